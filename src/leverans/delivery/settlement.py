"""When a delivery was settled: complete, balanced, and nothing in quarantine undecided."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from leverans.ledger import Ledger, RunState


@dataclass(frozen=True, slots=True)
class Settlement:
    """How far a delivery has come.

    Attributes:
        latest: its latest run that was complete, None while there is none.
        settled: everything that its latest full run found is archived or decided about.
        since: since when that is so; for an unsettled one since when somebody is waited for; None without a
            complete run. Real clock, UTC.
    """

    latest: RunState | None
    settled: bool
    since: datetime | None


def settlement(ledger: Ledger, delivery: str, *, test: bool = False) -> Settlement:
    """Say whether a delivery is settled, and since when."""
    complete = _complete(ledger, delivery, test=test)
    if not complete:
        return Settlement(None, settled=False, since=None)
    if _settled(ledger, delivery, test=test):
        return Settlement(complete[-1], settled=True, since=_decided(ledger, complete[-1]))
    return Settlement(complete[-1], settled=False, since=_waiting(complete))


def settlements(ledger: Ledger, delivery: str, *, test: bool = False) -> Iterator[tuple[int, datetime]]:
    """Yield the number of each settled run and since when it is, oldest first."""
    complete = _complete(ledger, delivery, test=test)
    for state in complete:
        if state.payload.get("settled") and state.ended is not None:
            yield state.run.number, state.ended
    if complete and not complete[-1].payload.get("settled") and _settled(ledger, delivery, test=test):
        yield complete[-1].run.number, _decided(ledger, complete[-1])


def _complete(ledger: Ledger, delivery: str, *, test: bool) -> list[RunState]:
    states = ledger.runs(delivery)
    return [state for state in states if state.run.test == test and state.status == "complete"]


def _settled(ledger: Ledger, delivery: str, *, test: bool) -> bool:
    return any(
        state.settled for state in ledger.status() if state.delivery == delivery and state.test == test
    )


def _decided(ledger: Ledger, latest: RunState) -> datetime:
    """Give when the last run ended or the last decision was made, whichever came later."""
    made = [one.at for one in ledger.decisions.list(latest.run.delivery, test=latest.run.test)]
    return max([latest.ended or latest.run.started, *made])


def _waiting(complete: Sequence[RunState]) -> datetime | None:
    """Give the end of the first of the latest runs that all left something undecided."""
    alike = list(takewhile(lambda state: not state.payload.get("settled"), reversed(complete)))
    return (alike[-1] if alike else complete[-1]).ended
