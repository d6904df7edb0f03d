"""When deliveries are due: cron lines reckoned in Swedish time, while the agreement holds."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from leverans.registry.types import Period, Schedule

_ZONE = "Europe/Stockholm"
_EARLIER = timedelta(hours=2)
"""More than a clock is ever set on or back."""

_GRACE = {"once": 30, "yearly": 30, "monthly": 7, "cron": 1}


def grace_days(schedule: Schedule) -> int:
    """Give the days that a delivery may be late before it is missed."""
    return _GRACE.get(schedule.kind, 0) if schedule.grace is None else schedule.grace


def due_moments(
    schedule: Schedule, line: str | None, valid: Period, until: datetime, *, after: datetime | None = None
) -> Iterator[datetime]:
    """Yield the moments at which a delivery is due, in UTC, oldest first.

    Args:
        schedule: when the delivery is made; ``once`` is due as the agreement begins to hold, ``on request``
            never.
        line: its cron line in the timetable (`leverans.registry.timetable`); every fire of it is due while
            the agreement holds.
        valid: the days the agreement holds.
        until: the last moment to look at, with its zone.
        after: only moments after this one, e.g. the last delivery.
    """
    zone = ZoneInfo(_ZONE)
    begin = datetime.combine(valid.start, time(), zone)
    if schedule.kind == "once" and begin <= until and (after is None or begin > after):
        yield begin.astimezone(UTC)
    if line is not None:
        start = begin if after is None else max(begin, after.astimezone(zone))
        yield from _fires(line, start, valid, until)


def is_cron(text: str) -> bool:
    """Say whether `text` is a cron expression of five fields that can be reckoned with."""
    from cronsim import CronSim, CronSimError

    try:
        CronSim(text, datetime(2026, 1, 1, tzinfo=UTC))
    except CronSimError:
        return False
    return len(text.split()) == 5


def _fires(line: str, begin: datetime, valid: Period, until: datetime) -> Iterator[datetime]:
    """Reckon on the clock on the wall, as the scheduler does.

    An hour that comes twice counts the first time; a time in an hour that is left out is an hour before the
    clock shows it again.
    """
    from cronsim import CronSim

    zone = ZoneInfo(_ZONE)
    last = begin.astimezone(UTC)
    for wall in CronSim(line, begin.astimezone(zone).replace(tzinfo=None) - _EARLIER):
        moment = _moment(wall, zone)
        if moment <= last:
            continue
        if moment > until or not valid.holds(wall.date()):
            return
        last = moment
        yield moment


def _moment(wall: datetime, zone: ZoneInfo) -> datetime:
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    left_out = moment.astimezone(zone).replace(tzinfo=None) != wall
    return wall.replace(tzinfo=zone, fold=1).astimezone(UTC) if left_out else moment
