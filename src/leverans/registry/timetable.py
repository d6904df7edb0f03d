"""When deliveries start by themselves, where they run, and how many of them may read a source at once."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from leverans.registry.types import Concurrency, Delivery, SourceEntry

ZONE = "Europe/Stockholm"
"""Schedules are told in the zone of the people who watch them."""

CENTRE = "centre"
"""The work pool of the centre; a municipality's pool is called after the municipality."""

_HOURS = (22, 23, 0, 1, 3, 4)
"""At night; never between two and three, an hour that summer time skips or tells twice."""

_DAYS = 28
_MONTH = 2
"""Yearly deliveries start in February, when the year before is closed."""

_SLOTS = len(_HOURS) * 60


@dataclass(frozen=True, slots=True)
class Limit:
    """How many runs may read one source system at once.

    Attributes:
        name: ``source:<id>``.
        limit: at least 1.
    """

    name: str
    limit: int


def timetable(deliveries: Iterable[Delivery]) -> dict[str, str | None]:
    """Give the cron line of every delivery, in `ZONE`; None when a person starts it.

    ``yearly`` and ``monthly`` spread over nights by a digest of the name, so that no two start at the same
    minute of a night and a new municipality moves few of the others. ``once`` and ``on request`` are started
    by hand.
    """
    known = sorted(deliveries, key=lambda one: one.name)
    yearly = {one.name for one in known if one.schedule.kind == "yearly"}
    lines: dict[str, str | None] = {one.name: one.schedule.cron for one in known}
    return lines | spread(
        [one.name for one in known if one.schedule.kind in {"yearly", "monthly"}], yearly=yearly
    )


def spread(names: Iterable[str], *, yearly: Collection[str] = ()) -> dict[str, str]:
    """Give every name a minute of some night of the month as a cron line; those of `yearly` only in February.

    Args:
        names: what starts, in the order in which minutes are taken.
        yearly: those that start once a year.
    """
    taken: set[int] = set()
    lines: dict[str, str] = {}
    for name in names:
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8])
        slot = _free(number % _SLOTS, taken)
        month = str(_MONTH) if name in yearly else "*"
        lines[name] = f"{slot % 60} {_HOURS[slot // 60]} {number // _SLOTS % _DAYS + 1} {month} *"
    return lines


def limits(deliveries: Iterable[Delivery]) -> dict[str, Limit]:
    """Give the limits of all sources by name; where two deliveries differ, the lower one holds."""
    found: dict[str, Limit] = {}
    for delivery in deliveries:
        for limit in limits_of(delivery):
            known = found.get(limit.name)
            if known is None or limit.limit < known.limit:
                found[limit.name] = limit
    return dict(sorted(found.items()))


def limits_of(delivery: Delivery) -> tuple[Limit, ...]:
    """Give the limits of one delivery's sources, sorted by name.

    A source that names no server is taken for a server of its own by connector and municipality, which one
    run reads at a time.
    """
    found: Mapping[str, int] = {
        one.name: one.limit for one in (_limit(delivery, entry) for entry in delivery.sources)
    }
    return tuple(Limit(f"source:{name}", found[name]) for name in sorted(found))


def _limit(delivery: Delivery, entry: SourceEntry) -> Concurrency:
    return entry.concurrency or Concurrency(f"{entry.connector}-{delivery.municipality.name}", 1)


def _free(wanted: int, taken: set[int]) -> int:
    """Take the wanted slot, or the next that is free; when all are taken, the wanted one."""
    slot = next((at for step in range(_SLOTS) if (at := (wanted + step) % _SLOTS) not in taken), wanted)
    taken.add(slot)
    return slot
