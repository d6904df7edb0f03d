"""When a delivery was settled: complete, balanced, and nothing in quarantine undecided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from leverans.ledger import Ledger, RunState


@dataclass(frozen=True, slots=True)
class Settlement:
    """How far a delivery has come.

    Attributes:
        latest: its latest run that was complete, None while there is none.
        settled: everything that run found is delivered or decided about.
        since: since when that is so; for an unsettled one since when somebody is waited for; None without a
            complete run.
    """

    latest: RunState | None
    settled: bool
    since: datetime | None


def settlement(ledger: Ledger, delivery: str, *, test: bool = False) -> Settlement:
    """Say whether a delivery is settled, and since when (real clock, UTC)."""
    states = [state for state in ledger.runs(delivery) if state.run.test == test]
    complete = [state for state in states if state.status == "complete"]
    if not complete:
        return Settlement(None, settled=False, since=None)
    latest = complete[-1]
    if latest.payload.get("settled"):
        return Settlement(latest, settled=True, since=_streak(complete, settled=True))
    return Settlement(latest, settled=False, since=_streak(complete, settled=False))


def _streak(states: Sequence[RunState], *, settled: bool) -> datetime | None:
    """Give the end of the first of the latest runs that are all alike."""
    alike = list(takewhile(lambda state: bool(state.payload.get("settled")) == settled, reversed(states)))
    return alike[-1].ended
