"""Which delivery should have come and has not, and which one has stopped on its way."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from leverans.clock import SystemClock, iso
from leverans.delivery.lock import busy
from leverans.delivery.settlement import settlement
from leverans.errors import LeveransError, UsageError
from leverans.findings import describe
from leverans.ledger import Ledger, RunState
from leverans.registry import ZONE, Delivery, deliveries, due_moments, grace_days, load_delivery, timetable
from leverans.settings import Settings

PATIENCE = 30
"""Days that a delivery may be incomplete or unsettled before somebody is told."""

STALLED = 1
"""Days that an interrupted run may lie before somebody is told."""

_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something about a delivery that somebody must look at.

    Attributes:
        delivery: ``municipality/delivery``.
        code: ``OPR001`` it has not come, ``OPR002`` its run was interrupted, ``OPR003`` incomplete or refused
            for too long, ``OPR004`` unsettled for too long; else what is wrong with its files.
        since: since when.
        run: the run it is about, None for a delivery that has not come.
        test: about test deliveries.
        parameters: what fills the code's text.
    """

    delivery: str
    code: str
    since: datetime
    run: str | None
    test: bool
    parameters: Mapping[str, object]

    def text(self, language: str) -> str:
        """Give what is the matter in ``sv`` or ``en``."""
        return describe(self.code).text(language, self.parameters)

    def plain(self) -> dict[str, Any]:
        """Give it as ``leverans overdue --json`` prints it."""
        kind = describe(self.code)
        return {
            "delivery": self.delivery,
            "test": self.test,
            "code": self.code,
            "severity": kind.severity,
            "since": iso(self.since),
            "run": self.run,
            "missed": self.parameters.get("missed", 0),
            "text": {language: self.text(language) for language in ("sv", "en")},
            "remedy": {"sv": kind.remedy_sv, "en": kind.remedy_en},
        }


def overdue(
    settings: Settings, wanted: str = "", *, at: datetime, patience: int = PATIENCE, stalled: int = STALLED
) -> list[Alarm]:
    """Give every alarm, sorted by delivery; nothing is written.

    Args:
        settings: the installation's roots.
        wanted: a municipality, a ``municipality/delivery``, or empty for all.
        at: the moment it is asked for (real clock).
        patience: days that a delivery may be incomplete or unsettled.
        stalled: days that an interrupted run may lie.

    Raises:
        UsageError: USE003, there is no such delivery.
        LeveransError: a ledger cannot be read.
    """
    found: dict[str, Delivery | LeveransError] = {
        name: _loaded(settings, name) for name in deliveries(settings.content)
    }
    lines = timetable(each for each in found.values() if isinstance(each, Delivery))
    chosen = {name: each for name, each in found.items() if _meant(name, wanted)}
    if wanted and not chosen:
        raise UsageError("USE003", "", given=wanted)
    alarms: list[Alarm] = []
    for name, each in chosen.items():
        if isinstance(each, LeveransError):
            alarms.append(Alarm(name, each.code, at, None, test=False, parameters=each.parameters))
        else:
            watch = _Watch(settings, each, lines[name], at)
            alarms += watch.alarms(timedelta(days=patience), timedelta(days=stalled))
    return alarms


def _loaded(settings: Settings, name: str) -> Delivery | LeveransError:
    try:
        return load_delivery(settings.content, name)
    except LeveransError as fault:
        return fault


def _meant(name: str, wanted: str) -> bool:
    return not wanted or name == wanted or name.startswith(f"{wanted}/")


class _Watch:
    """One delivery, looked at from one moment."""

    def __init__(self, settings: Settings, delivery: Delivery, line: str | None, at: datetime) -> None:
        self._home = settings.municipality(delivery.municipality.name)
        self._delivery = delivery
        self._line = line
        self._at = at

    def alarms(self, patience: timedelta, stalled: timedelta) -> Iterator[Alarm]:
        if not self._home.ledger.is_file():
            yield from self._missing([])
            return
        with Ledger.look(self._home.ledger, SystemClock()) as ledger:
            states = [state for state in ledger.runs(self._delivery.name) if state.run.started <= self._at]
            live = [state for state in states if not state.run.test]
            yield from self._missing(live)
            yield from self._interrupted(ledger, states, stalled)
            failed = list(self._unfinished(live, patience))
            yield from failed or self._unsettled(ledger, patience)  # what failed cannot be settled

    def _missing(self, live: list[RunState]) -> Iterator[Alarm]:
        last = max((end for state in live if (end := self._complete(state))), default=None)
        schedule = self._delivery.schedule
        if schedule.kind == "once" and last is not None:
            return
        valid = self._delivery.agreement.valid
        moments = due_moments(schedule, self._line, valid, self._at, after=last)
        missed = list(islice(moments, _MOST))
        if missed and self._at > missed[0] + timedelta(days=grace_days(schedule)):
            yield self._alarm("OPR001", missed[0], None, missed=len(missed))

    def _interrupted(self, ledger: Ledger, states: list[RunState], stalled: timedelta) -> Iterator[Alarm]:
        latest = {state.run.test: state for state in states}
        for state in latest.values():
            if state.status is not None:
                continue
            heard = ledger.heard(state.run)
            if self._at - heard > stalled and not busy(self._home.lock(self._delivery.short_name)):
                yield self._alarm("OPR002", heard, state)

    def _unfinished(self, live: list[RunState], patience: timedelta) -> Iterator[Alarm]:
        """Tell of the latest runs when all that ended since some time were incomplete or refused."""
        failed: list[RunState] = []
        for state in reversed([state for state in live if state.status is not None]):
            if state.status == "complete":
                break
            failed.append(state)
        first = failed[-1].ended if failed else None
        if first is not None and self._at - first > patience:
            yield self._alarm("OPR003", first, failed[0])

    def _unsettled(self, ledger: Ledger, patience: timedelta) -> Iterator[Alarm]:
        found = settlement(ledger, self._delivery.name)
        if found.latest is None or found.settled or found.since is None:
            return
        if self._at - found.since > patience:
            yield self._alarm("OPR004", found.since, found.latest)

    def _complete(self, state: RunState) -> datetime | None:
        ended = state.ended if state.status == "complete" else None
        return ended if ended is not None and ended <= self._at else None

    def _alarm(self, code: str, since: datetime, state: RunState | None, missed: int = 0) -> Alarm:
        parameters = {"since": since.astimezone(ZoneInfo(ZONE)).date().isoformat(), "missed": missed}
        run, test = (state.run.id, state.run.test) if state else (None, False)
        return Alarm(self._delivery.name, code, since, run, test=test, parameters=parameters)
