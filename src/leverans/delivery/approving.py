"""Approval: a person looks at a test delivery and signs for it; a live delivery must match it.

The statement is signed with the municipality's key and lies in ``approvals/<delivery>/<run>.json``; the
ledger keeps its digest in the decision ``approve``. A forged file does not meet the ledger, a forged ledger
does not meet the signature, and the set of content digests is computed anew each time.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from leverans import __version__
from leverans.blobs import commit
from leverans.clock import Clock, SystemClock, iso
from leverans.delivery.basis import agreed, basis, registered
from leverans.delivery.grounds import grounds, same_person
from leverans.delivery.heads import keyring, note_keys
from leverans.delivery.job import Job
from leverans.delivery.lock import alone
from leverans.delivery.mapping_stage import read_mapping
from leverans.delivery.testonly import only_for_test
from leverans.delivery.traces import refuse_lost
from leverans.delivery.witness import witnessed
from leverans.errors import ConfigurationError, IntegrityError, LeveransError, Refused, UsageError
from leverans.ledger import Decision, Ledger, Run, RunState
from leverans.mapping import Plan
from leverans.mapping.binding import mapping_digest
from leverans.registry import UNTESTED, Delivery, load_delivery
from leverans.settings import MunicipalityHome, Settings
from leverans.trust import Signature, Trust, canonical, digest, read_canonical

APPROVE: Literal["approve"] = "approve"
BIND, BASIS, APPROVAL, PARTIES = "bind", "basis", "approval", "parties"
FORMAT = "leverans-approval-1"
DELIVERY, PROTECTED = "delivery", "protected"
"""The roles of an approval: of the delivery, and of its protected route besides."""


@dataclass(frozen=True, slots=True)
class Approved:
    """An approval.

    Attributes:
        statement: what was signed.
        decision: the decision in the ledger.
        path: the file with statement and signature.
        missing: who has to approve besides, empty when nobody has.
        test_only: what the test had decided that is not decided for the live delivery, by action: a live run
            sets the same aside again.
    """

    statement: Mapping[str, Any]
    decision: Decision
    path: Path
    missing: str = ""
    test_only: Mapping[str, int] = field(default_factory=dict)


def approve(  # what a decision needs
    settings: Settings,
    name: str,
    run: str,
    *,
    person: str,
    role: str = "",
    reason: str = "",
    reference: str = "",
    clock: Clock | None = None,
) -> Approved:
    """Approve a test run: sign what it came to with the municipality's key.

    Args:
        settings: the installation's roots.
        name: ``municipality/delivery``.
        run: id of the test run.
        person: who approves; not who ran it.
        role: for the protected route the role that approves it, as the delivery file says.
        reason: why, if there is more to say.
        reference: a written decision, if there is one.
        clock: real time.

    Raises:
        UsageError: DEC001 nobody approves, DEC012, USE003 there is no such run, APV007.
        Refused: APV004, APV005.
        Outage: the delivery is being run just now.
        IntegrityError: OPR070, OPR071, ledger or test archive is lost.
    """
    told = clock or SystemClock()
    grounds(person, reason, reference, demanded=("by",))
    delivery = load_delivery(settings.content, name)
    home = settings.municipality(delivery.municipality.name)
    refuse_lost(home, delivery.municipality.name)
    with (
        alone(home.lock(delivery.short_name), name),
        witnessed(settings, delivery.municipality.name, told) as ledger,
    ):
        refuse_lost(home, delivery.municipality.name, ledger, test=True)
        state = _approvable(ledger, delivery, run)
        part = _role(delivery, role)
        _somebody_else(ledger, state.run, person, part)
        statement = _statement(ledger, delivery, state.run, person, part)
        statement |= {"role_name": role.strip(), "reason": reason, "reference": reference}
        keys = keyring(settings, delivery.municipality.name, told)
        signature = keys.signer(create=True).sign("approval", statement, by=person)
        note_keys(ledger, keys.history())
        path = _path(home, delivery, run)
        _add(path, statement, signature)
        made = ledger.decisions.record(
            state.run,
            APPROVE,
            person=person,
            reason=reason,
            reference=reference,
            selection={"run": run, "role": part, "statement": digest(statement)},
        )
        missing, only = _missing(ledger, delivery, state.run), only_for_test(ledger, name, state.run)
        return Approved(statement, made, path, missing, only)


def note_basis(job: Job, plan: Plan) -> None:
    """Write down what a run rests on, once, so that it can be approved, or held against an approval.

    The registry's own words are kept beside their digest: papers of this run tell them ever after.

    Raises:
        ConfigurationError: DLV010, a run that goes on finds another registry than it began with.
    """
    noted, delivery = job.ledger.checkpoints(job.run, BIND), job.delivery
    now = _basis(job.settings, delivery, plan.digest)
    if BASIS not in noted:
        told = {"registry": registered(delivery), "agreement": agreed(delivery.agreement)}
        job.ledger.checkpoint(job.run, BIND, PARTIES, told)
        job.ledger.checkpoint(job.run, BIND, BASIS, now)
    elif noted[BASIS].get("registry", now["registry"]) != now["registry"]:
        raise ConfigurationError("DLV010", delivery.name, municipality=delivery.municipality.name)


def foresee(job: Job) -> None:
    """Hold a live run to an approved test before any source is asked; otherwise as `require`."""
    if not job.run.test and not job.delivery.waived(UNTESTED):
        require(job, mapping_digest(read_mapping(job.settings, job.delivery)))


def require(job: Job, mapping: str) -> None:
    """Hold a live run to an approved test, before any row is read; note which it rests on.

    A settling run with the mapping of its full run rests on that run's approval; with a mended mapping it
    needs an approved test of that mapping, as every live run does.

    Args:
        job: the run.
        mapping: digest of the mapping.

    Raises:
        Refused: APV001 there is no approved test, APV002 it was for something else, APV003 the approval was
            tampered with, APV006 the protected route is not approved.
    """
    if job.run.test or job.delivery.waived(UNTESTED):
        return
    now = _basis(job.settings, job.delivery, mapping)
    parent = _parent(job)
    if parent is not None and job.ledger.checkpoints(parent, BIND).get(BASIS) == now:
        return
    rests = _matching(job, now)
    if APPROVAL not in job.ledger.checkpoints(job.run, BIND):
        job.ledger.checkpoint(job.run, BIND, APPROVAL, rests)


def rests_on(job: Job) -> dict[str, Any] | None:
    """Give the approval that a run rests on, with the difference in content since, or None."""
    noted = job.ledger.checkpoints(job.run, BIND).get(APPROVAL)
    if noted is None:
        return None
    tested = _state(job.ledger, job.delivery.name, noted["run"])
    if tested is None or _parent(job) is not None:
        return dict(noted)
    return {**noted, "difference": job.ledger.decisions.difference(tested.run, job.run)}


def _basis(settings: Settings, delivery: Delivery, mapping: str) -> dict[str, Any]:
    return {**basis(settings, delivery, mapping), "profile": delivery.profile}


def _parent(job: Job) -> Run | None:
    for told in job.ledger.events(job.run, "settles"):
        state = _state(job.ledger, job.delivery.name, told["parent"])
        return state.run if state else None
    return None


def _state(ledger: Ledger, delivery: str, run: str) -> RunState | None:
    return next((state for state in ledger.runs(delivery) if state.run.id == run), None)


def _approvable(ledger: Ledger, delivery: Delivery, run: str) -> RunState:
    state = _state(ledger, delivery.name, run)
    if state is None:
        raise UsageError("USE003", given=run)
    reasons = (
        ("live", not state.run.test),
        ("settling", not state.full),
        (state.status or "interrupted", state.status != "complete"),
        ("unbalanced", state.payload.get("balanced") is not True),
        ("basis", BASIS not in ledger.checkpoints(state.run, BIND)),
    )
    for reason, wrong in reasons:
        if wrong:
            raise Refused("APV005", run, run=run, reason=reason)
    return state


def _role(delivery: Delivery, role: str) -> str:
    if not role.strip():
        return DELIVERY
    if delivery.protected is None or not same_person(delivery.protected.approver, role):
        raise UsageError("APV007", delivery.where, given=role)
    return PROTECTED


def _somebody_else(ledger: Ledger, run: Run, person: str, part: str) -> None:
    others = [one.person for one in _approvals(ledger, run) if one.selection.get("role") != part]
    if any(same_person(person, other) for other in (run.by, *others)):
        raise Refused("APV004", run.id)


def _statement(ledger: Ledger, delivery: Delivery, run: Run, person: str, part: str) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "run": run.id,
        "delivery": delivery.name,
        "reference_time": iso(run.reference_time),
        "ran_by": run.by,
        "approver": person,
        "role": part,
        "content": ledger.audit.content(run).plain(),
        "basis": ledger.checkpoints(run, BIND)[BASIS],
        "code": run.code_version,
        "approved_with": __version__,
        "undecided": len(ledger.decisions.undecided_of(run)),
        "protected": _protected(ledger, run),
    }


def _protected(ledger: Ledger, run: Run) -> int:
    return sum(tally.objects for tally in ledger.tallies(run) if tally.route == "protected")


def _approvals(ledger: Ledger, run: Run) -> list[Decision]:
    made = ledger.decisions.list(run.delivery, test=True)
    return [one for one in made if one.action == APPROVE and one.run == run.number]


def _missing(ledger: Ledger, delivery: Delivery, run: Run) -> str:
    """Say who has to approve a run besides those who did."""
    given = {one.selection.get("role") for one in _approvals(ledger, run)}
    if DELIVERY not in given:
        return DELIVERY
    if PROTECTED not in given and _protected(ledger, run) and delivery.protected is not None:
        return delivery.protected.approver
    return ""


def _matching(job: Job, now: Mapping[str, Any]) -> dict[str, Any]:
    """Give the latest approved test with the basis that a live run has now."""
    name, ledger = job.delivery.name, job.ledger
    tests = [state for state in ledger.runs(name) if state.run.test and _approvals(ledger, state.run)]
    approved = [state for state in tests if _missing(ledger, job.delivery, state.run) != DELIVERY]
    if not approved:
        raise Refused("APV001", job.delivery.where, delivery=name)
    differing = ""
    for state in reversed(approved):
        based = ledger.checkpoints(state.run, BIND)[BASIS]
        different = ", ".join(sorted(key for key in now if based.get(key) != now[key]))
        if not different:
            return _checked(job, state.run, now)
        differing = differing or different
    raise Refused("APV002", job.delivery.where, run=approved[-1].run.id, differs=differing)


def _checked(job: Job, run: Run, now: Mapping[str, Any]) -> dict[str, Any]:
    """Hold every approval of a test run to file, signature, ledger and content."""
    missing = _missing(job.ledger, job.delivery, run)
    if missing:
        raise Refused("APV006", job.delivery.where, run=run.id, approver=missing)
    latest = {str(one.selection["role"]): one for one in _approvals(job.ledger, run)}
    content = job.ledger.audit.content(run).plain()
    for part, made in sorted(latest.items()):
        statement = _signed(job, run, made)
        wrong = (
            ("content", statement["content"] != content),
            ("basis", statement["basis"] != now),
            ("role", statement["role"] != part),
            ("run", statement["run"] != run.id or statement["delivery"] != job.delivery.name),
            ("approver", not same_person(statement["approver"], made.person)),
            ("approver", same_person(statement["approver"], run.by)),
        )
        for reason, found in wrong:
            if found:
                raise Refused("APV003", job.delivery.where, run=run.id, reason=reason)
    return {"run": run.id, "sha256": content["sha256"], "decision": latest[DELIVERY].id}


def _signed(job: Job, run: Run, made: Decision) -> dict[str, Any]:
    """Give the statement that a decision names, with a signature that holds."""
    path, owner = _path(job.home, job.delivery, run.id), job.delivery.municipality.name
    where = path.name
    try:
        for entry in _read(path):
            statement: dict[str, Any] = entry["statement"]
            if digest(statement) == made.selection.get("statement"):
                Trust.of_home(job.settings.home).verify(
                    Signature.of(entry["signature"], where),
                    statement,
                    purpose="approval",
                    owner=owner,
                    where=where,
                )
                return statement
    except (IntegrityError, OSError, KeyError, TypeError, ValueError) as fault:
        problems = (fault,) if isinstance(fault, LeveransError) else ()
        reason = fault.code if isinstance(fault, LeveransError) else type(fault).__name__
        raise Refused("APV003", where, problems, run=run.id, reason=reason) from fault
    raise Refused("APV003", where, run=run.id, reason="statement")


def _path(home: MunicipalityHome, delivery: Delivery, run: str) -> Path:
    return home.root / "approvals" / delivery.short_name / f"{run}.json"


def _read(path: Path) -> list[dict[str, Any]]:
    plain = read_canonical(path.read_bytes(), path.name)
    return list(plain["approvals"])


def _add(path: Path, statement: Mapping[str, Any], signature: Signature) -> None:
    """Add an approval to the file; what somebody else approved before stays."""
    known = _read(path) if path.exists() else []
    known.append({"statement": dict(statement), "signature": signature.plain()})
    data = canonical(json.loads(json.dumps({"approvals": known})))
    with commit(path.parent) as group:
        group.file(path).write_bytes(data + b"\n")
