"""What a run rests on, by digest: connectors, mapping, agreements and information plan."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from leverans.blobs import canonical_digest, digest_file
from leverans.delivery.extracting import definitions
from leverans.registry import Agreement, Delivery
from leverans.settings import Settings

_PLACES = ("where", "places")


def basis(settings: Settings, delivery: Delivery, mapping: str) -> dict[str, Any]:
    """Give the digests of what decides how a delivery comes out, beside its sources.

    Args:
        settings: the installation's roots.
        delivery: what is delivered.
        mapping: digest of the mapping and what it uses.

    Returns:
        ``mapping``; ``connectors`` by source; ``terms``, the agreements of both routes whole; ``plan``, the
        files of the municipality's information plan.
    """
    agreements = [delivery.agreement, *([delivery.protected.agreement] if delivery.protected else [])]
    named = zip(delivery.sources, definitions(settings, delivery), strict=True)
    return {
        "mapping": mapping,
        "connectors": {entry.name: definition.digest for entry, definition in named},
        "terms": canonical_digest([_terms(agreement) for agreement in agreements]),
        "plan": _plan(settings.content / "municipalities" / delivery.municipality.name / "plan"),
    }


def _terms(agreement: Agreement) -> dict[str, str]:
    return {name: str(value) for name, value in asdict(agreement).items() if name not in _PLACES}


def _plan(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return canonical_digest({path.relative_to(folder).as_posix(): digest_file(path).sha256 for path in files})
