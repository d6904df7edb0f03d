"""What decides the outcome of a delivery beside its records: by digest, so that two runs can be compared."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from leverans.blobs import canonical_digest, digest_file
from leverans.registry import Agreement, Delivery, SourceEntry
from leverans.settings import Settings

_FILES = ("connector.yaml", "connector.py")


@dataclass(frozen=True, slots=True)
class Bound:
    """The terms of a run.

    Attributes:
        connectors: per source the digest of its connector and of how the delivery uses it; not where it lies.
        mapping: digest of the mapping with all that it extends and uses, its rules among them.
        agreement: digest of the agreements of both routes.
        plan: digest of every file of the municipality's information plan.
        profile: name of the target profile.
    """

    connectors: dict[str, str]
    mapping: str
    agreement: str
    plan: str
    profile: str

    def plain(self) -> dict[str, Any]:
        """Give it as plain data."""
        return asdict(self)

    def differs(self, other: Mapping[str, Any]) -> list[str]:
        """Name what another run, as plain data, has otherwise."""
        return [name for name, value in self.plain().items() if other.get(name) != value]


def bound(settings: Settings, delivery: Delivery, mapping: str) -> Bound:
    """Give the terms under which a delivery is made now.

    Args:
        settings: where the content is.
        delivery: the delivery.
        mapping: digest of its mapping (`leverans.mapping.Plan.digest`).
    """
    folder = settings.content / "municipalities" / delivery.municipality.name / "plan"
    return Bound(
        connectors={entry.name: _connector(settings.content, entry) for entry in delivery.sources},
        mapping=mapping,
        agreement=canonical_digest(
            {
                "open": _agreed(delivery.agreement),
                "protected": _agreed(delivery.protected.agreement) if delivery.protected else None,
            }
        ),
        plan=canonical_digest(_files(folder, sorted(folder.rglob("*")) if folder.is_dir() else [])),
        profile=delivery.profile,
    )


def _connector(content: Path, entry: SourceEntry) -> str:
    folder = content / "connectors" / entry.connector
    root = {stream: asdict(rule) for stream, rule in sorted(entry.root.items())}
    waived = sorted(waiver.name for waiver in entry.waivers)
    return canonical_digest(
        {
            "connector": entry.connector,
            "files": _files(folder, [folder / name for name in _FILES]),
            "root": root,
            "waivers": waived,
        }
    )


def _files(folder: Path, paths: list[Path]) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): digest_file(path).sha256 for path in paths if path.is_file()}


def _agreed(agreement: Agreement) -> dict[str, Any]:
    """Give what was agreed; where it stands in the file is nothing that two parties agree on."""
    plain = asdict(agreement)
    return {
        name: str(value) if name in {"period", "valid", "signed_on"} else value
        for name, value in plain.items()
        if name not in {"where", "places"}
    }
