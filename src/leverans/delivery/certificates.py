"""Which certificates a municipality holds for the sources of a delivery: what its receipts name."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leverans.blobs import digest_file
from leverans.clock import Clock
from leverans.delivery.certifying import Certificate, faults_of
from leverans.delivery.heads import keyring
from leverans.errors import IntegrityError
from leverans.registry import Delivery
from leverans.settings import Settings
from leverans.trust import CENTRE, Trust


@dataclass(frozen=True, slots=True)
class _Held:
    """A certificate that lies in the home."""

    sha256: str
    told: Certificate
    believed: bool


def held(settings: Settings, delivery: Delivery, clock: Clock) -> tuple[dict[str, Any], ...]:
    """Give the latest certificate of each source, in the delivery's order.

    A certificate that is signed by nobody who is believed here is named only where there is no other.

    Args:
        settings: the installation's roots.
        delivery: whose sources.
        clock: of the keys.

    Returns:
        ``source``, ``verdict`` (``kept``: no rule is broken; ``broken``; ``unverified``: the signature does
        not hold here; ``none``: there is no certificate), ``sha256`` of the certificate's file, its time
        ``at``, and ``connector``, the digest of the connector that was tried; empty texts where none is.
    """
    home = settings.municipality(delivery.municipality.name)
    folder = home.root / "certificates" / delivery.short_name
    trust = _trust(settings, delivery.municipality.name, clock)
    found = [one for path in sorted(folder.glob("*.json")) if (one := _read(path, delivery.name, trust))]
    found.sort(key=lambda one: (one.believed, str(one.told.body["at"]), one.sha256))
    return tuple(_named(entry.name, found) for entry in delivery.sources)


def _named(source: str, found: list[_Held]) -> dict[str, Any]:
    for one in reversed(found):
        for told in one.told.body["sources"]:
            if told["source"] == source:
                kept = "kept" if told["kept"] else "broken"
                return {
                    "source": source,
                    "verdict": kept if one.believed else "unverified",
                    "sha256": one.sha256,
                    "at": one.told.body["at"],
                    "connector": told["sha256"],
                }
    return {"source": source, "verdict": "none", "sha256": "", "at": "", "connector": ""}


def _read(path: Path, delivery: str, trust: Trust) -> _Held | None:
    """Read a file; None where it is no certificate, or one of something else."""
    try:
        told = Certificate.read(path.read_bytes(), path.name)
    except (IntegrityError, OSError):
        return None
    if told.delivery != delivery:
        return None
    faults = faults_of(told, trust, path.name)
    return _Held(digest_file(path).sha256, told, bool(faults) and not any(faults))


def _trust(settings: Settings, municipality: str, clock: Clock) -> Trust:
    rings = [keyring(settings, owner, clock) for owner in (CENTRE, municipality)]
    return Trust(*(ring.history() for ring in rings if ring.exists))
