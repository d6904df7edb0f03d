"""Which sendings in a drop are complete, and whose they are."""

from collections.abc import Sequence
from dataclasses import dataclass

from pyrage.x25519 import Identity

from leverans.errors import IntegrityError
from leverans.sources.carrying import sealing
from leverans.sources.carrying.carrier import READY, Carrier, Entry
from leverans.sources.carrying.messages import Malformed, Marker, read_marker, sending
from leverans.sources.carrying.moving import TooLong, fetch_bytes


@dataclass(frozen=True, slots=True)
class Complete:
    """A sending whose marker stands.

    Attributes:
        name: its folder.
        marker: what the marker says.
        entries: its files.
    """

    name: str
    marker: Marker
    entries: dict[str, Entry]


def complete(
    carrier: Carrier, delivery: str, identities: Sequence[Identity], landing: str | None
) -> Complete | None:
    """Give the complete sending of a landing, or the oldest one of the delivery; None when none waits.

    What cannot be opened is somebody else's business, unless it is the landing asked for or all there is.

    Raises:
        IntegrityError: CAR023 it is sealed to another recipient, CAR025 its marker is damaged.
    """
    names = carrier.sets() if landing is None else [sending(delivery, landing)]
    found, faults = [], []
    for name in names:
        entries = carrier.list(name)
        if READY not in entries:
            continue
        try:
            marker = _marker(carrier, name, identities)
        except IntegrityError as fault:
            faults.append(fault)
            continue
        if marker.delivery == delivery and name == sending(delivery, marker.landing):
            found.append(Complete(name, marker, entries))
        elif landing is not None:
            faults.append(IntegrityError("CAR027", name))
    return _oldest(found, faults)


def _oldest(found: list[Complete], faults: list[IntegrityError]) -> Complete | None:
    if not found and faults:
        raise faults[0]
    return min(found, key=lambda one: (one.marker.at, one.marker.landing), default=None)


def _marker(carrier: Carrier, name: str, identities: Sequence[Identity]) -> Marker:
    try:
        return read_marker(sealing.unseal_bytes(fetch_bytes(carrier, f"{name}/{READY}"), identities))
    except (TooLong, Malformed, sealing.Damaged, sealing.Foreign) as fault:
        raise broken(fault, f"{name}/{READY}") from None


def broken(fault: Exception, where: str) -> IntegrityError:
    """Give the error of a marker or an index that cannot be used."""
    if isinstance(fault, sealing.Foreign):
        return IntegrityError("CAR023", where)
    return IntegrityError("CAR025", where, reason=str(fault) or type(fault).__name__)
