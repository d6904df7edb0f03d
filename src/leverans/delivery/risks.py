"""What may go wrong with the next run, from what is known now and from the run before."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from leverans.contracts import Catalogue, Finding, Stream
from leverans.delivery.basis import basis
from leverans.delivery.before import Before
from leverans.delivery.testonly import only_for_test
from leverans.errors import LeveransError, Refused
from leverans.ledger import Ledger
from leverans.registry import (
    UNTESTED,
    Agreement,
    Delivery,
    deliveries,
    limits_of,
    load_delivery,
    match_agreement,
)
from leverans.settings import Settings
from leverans.sources import SourceCheck

_NEAR = 90
"""Days before an agreement's end when somebody should be told."""


def agreement_risks(delivery: Delivery, at: datetime) -> Iterator[Finding]:
    """Tell what the agreements forbid, and which one is about to end."""
    routes = ["open", *(["protected"] if delivery.protected else [])]
    for route in routes:
        try:
            match_agreement(delivery, delivery.facts, at, "open" if route == "open" else "protected")
        except Refused as fault:
            for problem in fault.problems or (fault,):
                yield stopping(problem)
    agreements = [delivery.agreement, *([delivery.protected.agreement] if delivery.protected else [])]
    for agreement in agreements:
        yield from _ending(agreement, at)


def _ending(agreement: Agreement, at: datetime) -> Iterator[Finding]:
    end = agreement.valid.end
    if end is not None and at.date() <= end <= (at + timedelta(days=_NEAR)).date():
        yield Finding.of("OPR032", agreement.where, agreement=agreement.id, end=end.isoformat())


def source_risks(
    settings: Settings, delivery: Delivery, checks: tuple[SourceCheck, ...]
) -> Iterator[Finding]:
    """Tell which source may be written to, and which one other deliveries read, too."""
    for check in checks:
        if check.may_write:
            yield Finding.of("OPR039", check.source, source=check.source)
        elif check.may_write is None:
            yield Finding.of("OPR040", check.source, source=check.source)
    limits = {limit.name: limit.limit for limit in limits_of(delivery)}
    shared: dict[str, list[str]] = {}
    for name in deliveries(settings.content):
        if name != delivery.name:
            for other in _limits(settings, name):
                shared.setdefault(other, []).append(name)
    for name, limit in limits.items():
        if others := shared.get(name):
            told = ", ".join(sorted(others)[:5])
            yield Finding.of("OPR041", name, source=name, limit=limit, others=told)


def _limits(settings: Settings, name: str) -> list[str]:
    try:
        return [limit.name for limit in limits_of(load_delivery(settings.content, name))]
    except LeveransError:
        return []


def drift_risks(known: Before, catalogues: Mapping[str, Catalogue]) -> Iterator[Finding]:
    """Tell which tables and columns are new, gone or changed since the last extract."""
    for source, now in sorted(catalogues.items()):
        then = known.catalogues.get(source)
        if then is None:
            continue
        was = {stream.name: stream for stream in then.streams}
        found = {stream.name: stream for stream in now.streams}
        for name in sorted(found.keys() - was.keys()):
            yield Finding.of("OPR033", f"{source}.{name}", what=f"{source}.{name}")
        for name in sorted(was.keys() - found.keys()):
            yield Finding.of("OPR034", f"{source}.{name}", what=f"{source}.{name}")
        for name in sorted(was.keys() & found.keys()):
            yield from _column_drift(f"{source}.{name}", was[name], found[name])


def _column_drift(place: str, was: Stream, now: Stream) -> Iterator[Finding]:
    old = {column.name: column for column in was.columns}
    new = {column.name: column for column in now.columns}
    for name in sorted(new.keys() - old.keys()):
        yield Finding.of("OPR033", place, what=f"{place}.{name}")
    for name in sorted(old.keys() - new.keys()):
        yield Finding.of("OPR034", place, what=f"{place}.{name}")
    for name in sorted(old.keys() & new.keys()):
        if old[name] != new[name]:
            told = f"{old[name].source_type or old[name].type} → {new[name].source_type or new[name].type}"
            yield Finding.of("OPR035", place, what=f"{place}.{name}", change=told)
    if was.key != now.key:
        yield Finding.of("OPR035", place, what=place, change=f"{', '.join(was.key)} → {', '.join(now.key)}")


def ledger_risks(
    ledger: Ledger | None, delivery: Delivery, known: Before, *, test: bool
) -> Iterator[Finding]:
    """Tell what the last run found and will find again, what is undecided, and what was interrupted."""
    if ledger is None:
        yield Finding.of("OPR036", delivery.name)
        return
    unfinished = ledger.unfinished(delivery.name, test=test)
    if unfinished is not None:
        yield Finding.of("OPR037", unfinished.id, run=unfinished.id)
    undecided = len(ledger.decisions.undecided(delivery.name, test=test))
    if undecided:
        yield Finding.of("OPR031", delivery.name, count=undecided)
    if known.tested is not None:
        yield Finding.of("OPR045", delivery.name, run=known.tested)
    elif known.run is None:
        yield Finding.of("OPR036", delivery.name)
    if not test:
        yield from _test_risks(ledger, delivery.name)
    for code, count in sorted(known.findings.items(), key=lambda entry: (-entry[1], entry[0])):
        yield Finding.of("OPR030", delivery.name, code=code, count=count)


def _test_risks(ledger: Ledger, delivery: str) -> Iterator[Finding]:
    """Tell what a live run meets again: critical rules of the newest test, and faults decided for TEST."""
    tests = [state for state in ledger.runs(delivery) if state.run.test and state.full and state.payload]
    newest = tests[-1] if tests else None
    if newest is not None:
        parts = sum(one.get("code") == "QUA006" for one in newest.payload.get("problems", ()))
        if parts:
            yield Finding.of("OPR046", delivery, run=newest.run.id, parts=parts)
    for action, count in only_for_test(ledger, delivery).items():
        yield Finding.of("OPR047" if action == "exclude" else "OPR048", delivery, count=count)


def approval_risks(
    settings: Settings, ledger: Ledger | None, delivery: Delivery, mapping: str
) -> Iterator[Finding]:
    """Tell whether a live run would find an approved test of what it is about to do.

    The run itself holds signature and content of the approval to the ledger, too.
    """
    if delivery.waived(UNTESTED):
        return
    tested = [] if ledger is None else _approved(ledger, delivery.name)
    if not tested:
        yield Finding.of("APV001", delivery.where, "critical", delivery=delivery.name)
        return
    now = {**basis(settings, delivery, mapping), "profile": delivery.profile}
    differing = [sorted(name for name in now if based.get(name) != now[name]) for _, based in tested]
    if all(differing):
        told = ", ".join(differing[-1])
        yield Finding.of("APV002", delivery.where, "critical", run=tested[-1][0], differs=told)


def _approved(ledger: Ledger, delivery: str) -> list[tuple[str, Mapping[str, object]]]:
    """Give the test runs that somebody approved, with what each rested on."""
    approved = {one.run for one in ledger.decisions.list(delivery, test=True) if one.action == "approve"}
    return [
        (state.run.id, ledger.checkpoints(state.run, "bind").get("basis") or {})
        for state in ledger.runs(delivery)
        if state.run.number in approved
    ]


def stopping(fault: LeveransError) -> Finding:
    """Give what would stop the run as a finding."""
    told = {name: value if isinstance(value, int) else str(value) for name, value in fault.parameters.items()}
    return Finding.of(fault.code, fault.where, "critical", **told)
