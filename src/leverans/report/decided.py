"""What people decided about a run, and the approval it rests on."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leverans.clock import iso
from leverans.ledger import Ledger, RunState
from leverans.ledger.decisions import Decision
from leverans.report.guarded import masked
from leverans.report.parts import Cut, DecisionFacts

APPROVE = "approve"


@dataclass(frozen=True, slots=True)
class Decided:
    """Decisions about a run, its approval, and how much nobody has decided about (None: not known)."""

    decisions: Cut[DecisionFacts]
    approval: DecisionFacts | None
    undecided: int | None


def decided(ledger: Ledger, this: RunState, body: Mapping[str, Any], most: int) -> Decided:
    """Read what was decided about a run and about the runs that settle its quarantine.

    Args:
        ledger: the municipality's ledger.
        this: the run.
        body: its receipt, empty when there is none; it names the approval that a live run rests on.
        most: how many decisions to give.
    """
    run = this.run
    states = [state for state in ledger.runs(run.delivery) if state.run.test == run.test]
    full = this.parent or run.id
    chain = {state.run.number: state.run.id for state in states if full in {state.run.id, state.parent}}
    made = [one for one in ledger.decisions.list(run.delivery, test=run.test) if one.run in chain]
    shown = tuple(_fact(ledger, one, chain[one.run]) for one in made[:most])
    return Decided(
        decisions=Cut(shown, len(made)),
        approval=_approval(ledger, this, body),
        undecided=_undecided(ledger, states, full, run.delivery, test=run.test),
    )


def _undecided(ledger: Ledger, states: list[RunState], full: str, delivery: str, *, test: bool) -> int | None:
    """Count what nobody has decided about; only the latest full run can still be decided about."""
    whole = [state.run.id for state in states if state.full and state.status != "refused"]
    if not whole or whole[-1] != full:
        return None
    return len(ledger.decisions.undecided(delivery, test=test))


def _approval(ledger: Ledger, this: RunState, body: Mapping[str, Any]) -> DecisionFacts | None:
    """Give the approval of a test run, or the one that the receipt of a live run names."""
    approvals = {
        one.id: one
        for one in ledger.decisions.list(this.run.delivery, test=True)
        if one.action == APPROVE and (not this.run.test or one.run == this.run.number)
    }
    if this.run.test:
        found = next(reversed(approvals.values()), None)
    else:
        named = body.get("approval")
        found = approvals.get(str(named["decision"])) if isinstance(named, Mapping) else None
    if found is None:
        return None
    names = {state.run.number: state.run.id for state in ledger.runs(this.run.delivery)}
    return _fact(ledger, found, names.get(found.run, ""))


def _fact(ledger: Ledger, one: Decision, run: str) -> DecisionFacts:
    codes = Counter(item.code for item in ledger.decisions.items(one)) if one.items else Counter[str]()
    return DecisionFacts(
        id=one.id,
        at=iso(one.at),
        person=masked(one.person),
        action=one.action,
        reason=masked(one.reason),
        reference=masked(one.reference),
        run=run,
        items=one.items,
        codes=tuple(sorted(codes.items())),
    )
