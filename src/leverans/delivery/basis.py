"""What a run rests on, by digest: connectors, mapping, agreements, information plan and registry."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from leverans.blobs import canonical_digest, digest_file
from leverans.delivery.extracting import definitions
from leverans.registry import Agreement, Delivery, SourceEntry
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
        files of the municipality's information plan; ``registry``, see `registered`.
    """
    agreements = [delivery.agreement, *([delivery.protected.agreement] if delivery.protected else [])]
    named = zip(delivery.sources, definitions(settings, delivery), strict=True)
    return {
        "mapping": mapping,
        "connectors": {entry.name: definition.digest for entry, definition in named},
        "terms": canonical_digest([_terms(agreement) for agreement in agreements]),
        "plan": _plan(settings.content / "municipalities" / delivery.municipality.name / "plan"),
        "registry": canonical_digest(registered(delivery)),
    }


def registered(delivery: Delivery) -> dict[str, Any]:
    """Give what of the registry reaches packages, the protected route and papers, as plain data.

    The municipality with its organisation numbers, the creators of these records with their days, the
    delivery's own words, how its packages are cut, which root object rows belong to, and who approves the
    protected route. Where sources lie, how gently they are read, how landings travel and when the delivery is
    made decide nothing in it.
    """
    tenant, protected = delivery.municipality, delivery.protected
    return {
        "municipality": tenant.name,
        "display_name": tenant.display_name,
        "organisation_number": tenant.organisation_number,
        "archival_authority": tenant.archival_authority,
        "preservation_organisation": asdict(tenant.preservation_organisation),
        "format_policy": tenant.format_policy,
        "creators": [{**asdict(creator), "period": creator.period.text()} for creator in delivery.creators],
        "producer": delivery.producer,
        "system": delivery.system,
        "information_type": delivery.information_type,
        "period": delivery.period.text(),
        "packages": asdict(delivery.packages),
        "protected_approver": protected.approver if protected else None,
        "roots": {source.name: _roots(source) for source in delivery.sources},
    }


def agreed(agreement: Agreement) -> dict[str, Any]:
    """Give an agreement as plain data: what papers tell of it."""
    return {
        **agreement.plain(),
        "previous": agreement.previous or "",
        "valid": agreement.valid.text(),
        "checksum": agreement.checksum,
        "transferred": agreement.transferred,
        "signed_by": agreement.signed_by,
        "signed_on": agreement.signed_on.isoformat() if agreement.signed_on else "",
        "retention": list(agreement.retention),
        "secrecy": list(agreement.secrecy),
    }


def _roots(source: SourceEntry) -> dict[str, list[Any]]:
    return {
        stream: [list(rule.by), rule.via, [list(pair) for pair in rule.on]]
        for stream, rule in sorted(source.root.items())
    }


def _terms(agreement: Agreement) -> dict[str, str]:
    return {name: str(value) for name, value in asdict(agreement).items() if name not in _PLACES}


def _plan(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return canonical_digest({path.relative_to(folder).as_posix(): digest_file(path).sha256 for path in files})
