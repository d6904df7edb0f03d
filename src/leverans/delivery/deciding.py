"""Deciding about what lies in quarantine: accept, exclude, or try again.

A decision is written down with person, reason and reference, in one transaction with its entry in the audit
log. ``exclude`` needs no run. ``accept`` and ``retry`` are carried out at once by a settling run
(`leverans.delivery.settling`) that touches nothing but what the decision is about.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from leverans.clock import Clock, SystemClock
from leverans.delivery.beginning import Desk, Wish, desk
from leverans.delivery.decided import LANDING
from leverans.delivery.extracting import EXTRACT
from leverans.delivery.grounds import grounds
from leverans.delivery.mapping_stage import load_mapping, salt
from leverans.delivery.progress import Progress, Silent
from leverans.delivery.result import RunResult
from leverans.delivery.session import settle_first
from leverans.delivery.settling import FROM_SOURCE, carry_out, landing_of
from leverans.errors import Refused, UsageError
from leverans.findings import catalogue
from leverans.ledger import Aside, Decision, Item
from leverans.ledger.chains import Chain
from leverans.settings import Settings
from leverans.sources import Landing

Verdict = Literal["accept", "exclude", "retry"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person decides about what lies in quarantine.

    Attributes:
        action: ``accept``, ``exclude`` or ``retry``.
        person: who decides.
        reason: why.
        reference: the written decision.
        object: only what has this object id, key or reference code.
        code: only what was set aside with this code.
        rule: only what this rule or field set aside.
        test: about a test delivery.
        record_only: write an ``accept`` down and leave it to the next run.
        from_source: ``retry`` from a new extract; else from the landing that is there.
        at: reference time of the settling run, None for now.
    """

    action: Verdict
    person: str
    reason: str
    reference: str
    object: str | None = None
    code: str | None = None
    rule: str | None = None
    test: bool = False
    record_only: bool = False
    from_source: bool = False
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a decision.

    Attributes:
        decision: as it stands in the ledger.
        objects: how many objects it is about.
        rows: how many rows and documents without an object.
        result: of the settling run; None where none was needed.
        undecided: what is in quarantine and nobody has decided about, afterwards.
        settled: the delivery is balanced, nothing is undecided, every decision carried out.
    """

    decision: Decision
    objects: int
    rows: int
    result: RunResult | None
    undecided: int
    settled: bool

    def plain(self) -> dict[str, Any]:
        """Give it as plain data."""
        return {
            "decision": self.decision.plain(),
            "test": self.decision.test,
            "objects": self.objects,
            "rows": self.rows,
            "undecided": self.undecided,
            "settled": self.settled,
            "result": self.result.plain() if self.result else None,
        }


def decide(
    settings: Settings,
    name: str,
    asked: Asked,
    *,
    clock: Clock | None = None,
    progress: Progress | None = None,
) -> Done:
    """Decide about what lies in quarantine of ``municipality/delivery``, and carry it out.

    A settling run that was interrupted before is brought to its end first.

    Raises:
        UsageError: DEC001 who, why or by which decision is missing, DEC002 nothing matches, DEC004, DEC012.
        Refused: DEC003 the latest run is not complete, DEC005 to DEC007 this cannot be decided so, DEC008 the
            mapping has changed, DEC009 the landing is gone.
        LeveransError: what stops a run, as `leverans.delivery.opened` says.
    """
    grounds(asked.person, asked.reason, asked.reference)
    if asked.object is None and asked.code is None and asked.rule is None:
        raise UsageError("DEC004")
    with desk(settings, name, clock or SystemClock(), progress or Silent(), test=asked.test) as at:
        settle_first(at, Wish(test=asked.test, by=asked.person))
        of = _decidable(at, asked)
        chosen = choose(_choice(at, asked), asked)
        _possible(asked, chosen)
        if _runs(asked):
            _ready(at, asked, of)
        landed = at.ledger.checkpoints(of.full.run, EXTRACT).get("landing", {})
        decision = at.ledger.decisions.record(
            of.full.run,
            asked.action,
            person=asked.person,
            reason=asked.reason,
            reference=asked.reference,
            selection=_selection(asked, str(landed.get("id", ""))),
            items=[Item.of(aside) for aside in chosen],
        )
        result = carry_out(at, decision, of, asked.at) if _runs(asked) else None
        return _done(at, decision, chosen, result)


def choose(waiting: Iterable[tuple[Aside, Decision | None]], asked: Asked) -> list[Aside]:
    """Choose what a decision is about.

    By code or rule that is what nobody has decided about yet, and what was accepted and not carried out; a
    single object can be decided about anew.

    Raises:
        UsageError: DEC002, nothing matches.
    """
    chosen = [
        aside
        for aside, stands in waiting
        if _named(aside, asked.object)
        and asked.code in {None, aside.code}
        and asked.rule in {None, aside.rule}
        and (asked.object is not None or stands is None or stands.action == "accept" == asked.action)
    ]
    if not chosen:
        raise UsageError("DEC002")
    return chosen


def _choice(at: Desk, asked: Asked) -> list[tuple[Aside, Decision | None]]:
    """Give what can be decided about; a single object also when an earlier decision has excluded it."""
    decisions, name = at.ledger.decisions, at.delivery.name
    waiting = decisions.asides(name, test=asked.test)
    if asked.object is not None:
        waiting += [(aside, None) for aside in decisions.excluded(name, asked.object, test=asked.test)]
    return waiting


def _named(aside: Aside, thing: str | None) -> bool:
    return thing is None or aside.goes_by(thing)


def _runs(asked: Asked) -> bool:
    return asked.action == "retry" or (asked.action == "accept" and not asked.record_only)


def _decidable(at: Desk, asked: Asked) -> Chain:
    of = at.ledger.decisions.chain(at.delivery.name, test=asked.test)
    if of is None:
        raise UsageError("USE003", given=at.delivery.name)
    if of.full.status is None or "balanced" not in of.full.payload:
        raise Refused("DEC003", of.full.run.id, run=of.full.run.id)
    return of


def _possible(asked: Asked, chosen: list[Aside]) -> None:
    """Refuse what cannot be decided so, before anything is written."""
    known = catalogue()
    for aside in chosen:
        kind = known.get(aside.code)
        if asked.action == "accept" and aside.object is None:
            raise Refused("DEC006", aside.stream or "")
        if asked.action == "accept" and kind is not None and not kind.acceptable:
            raise Refused("DEC005", aside.object or "", fault=aside.code)
        if asked.action == "retry" and aside.object is None and _unreadable(aside.code):
            raise Refused("DEC007", aside.stream or "", fault=aside.code)


def _unreadable(code: str) -> bool:
    """Say whether a finding is about a row that the extract could not read: it has no key."""
    kind = catalogue().get(code)
    return kind is not None and kind.scope == "record"


def _ready(at: Desk, asked: Asked, of: Chain) -> None:
    """Hold what a settling run needs: the landing, and for an acceptance the mapping it was set aside by."""
    if asked.from_source:
        return
    job = at.job(of.full.run)
    landing = Landing.open(at.home.landings(job.name) / landing_of(job, of))
    if asked.action != "accept":
        return
    catalogues = {catalogue.source: catalogue for catalogue in landing.catalogues}
    plan = load_mapping(at.settings, at.delivery, catalogues)
    bound = {
        at.ledger.checkpoints(state.run, "bind").get("mapping", {}).get("salt")
        for state in (of.full, *of.settling)
    }
    if salt(job, plan) not in bound:
        raise Refused("DEC008", at.delivery.name, run=of.full.run.id)


def _selection(asked: Asked, landing: str) -> dict[str, Any]:
    """Give what was asked for, without what may name a person."""
    told: dict[str, Any] = {"code": asked.code, "rule": asked.rule, LANDING: landing or None}
    if asked.action == "retry":
        told[FROM_SOURCE] = asked.from_source
    if asked.record_only:
        told["record_only"] = True
    return {name: value for name, value in told.items() if value is not None}


def _done(at: Desk, decision: Decision, chosen: list[Aside], result: RunResult | None) -> Done:
    name = at.delivery.name
    state = next(one for one in at.ledger.status() if one.delivery == name and one.test == decision.test)
    objects = sum(1 for aside in chosen if aside.object is not None)
    return Done(decision, objects, len(chosen) - objects, result, state.undecided, settled=state.settled)
