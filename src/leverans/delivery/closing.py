"""How a run ends: what vanished, what could not be delivered, and the final state."""

import shutil
import time
from collections.abc import Sequence

import pyarrow as pa

from leverans.contracts import Finding, PackageDescriptor
from leverans.delivery.approving import rests_on
from leverans.delivery.counting import Counts, imbalances, take_back
from leverans.delivery.extracting import EXTRACT, RESUMED
from leverans.delivery.job import Job
from leverans.delivery.mapping_stage import mapped_folder
from leverans.delivery.planning import PackagePlan, held_names
from leverans.delivery.receipting import write_receipt
from leverans.delivery.reconciling import ReadBack
from leverans.delivery.result import RunResult, Status
from leverans.errors import Refused
from leverans.ledger import OBJECT_COLUMNS
from leverans.ledger.queries import HELD, SETTLES
from leverans.mapping import Plan
from leverans.sources import Landing

_REMEMBERED = 200
"""Problems of the whole run that the ledger keeps; the counts keep them all."""


def settle_counts(
    job: Job,
    counts: Counts,
    packages: list[PackagePlan],
    delivered: list[PackageDescriptor],
    held: Sequence[PackagePlan] = (),
) -> None:
    """Take back what could not be delivered, note what is held back, and what vanished from the source."""
    done = {descriptor.id for descriptor in delivered}
    kept = [planned for planned in packages if planned.id not in done]
    back = {name for planned in (*kept, *held) for name in planned.objects["object"].to_pylist()}
    _vanished(job, counts, back)
    for planned in kept:
        take_back(counts, planned.objects.to_pylist())
    for planned in held:
        take_back(counts, planned.objects.to_pylist(), held=True)
    if held and not job.ledger.events(job.run, HELD):
        job.ledger.event(job.run, HELD, {"parts": held_names(held)})


def _vanished(job: Job, counts: Counts, kept: set[str]) -> None:
    """Note what the archive has and the source no longer shows; its archived version stays."""
    for number, table in enumerate(job.ledger.missing(job.run)):
        rows = [
            {
                **{name: row.get(name) for name in OBJECT_COLUMNS.names},
                "disposition": "vanished",
                "state": "vanished",
            }
            | {"reason": "DLV001"}
            for row in table.to_pylist()
            if row["object"] not in kept
        ]
        if not rows:
            continue
        job.ledger.record_objects(
            job.run, f"vanished {number:04d}", pa.Table.from_pylist(rows, schema=OBJECT_COLUMNS)
        )
        counts.states["vanished"] = counts.states.get("vanished", 0) + len(rows)
        counts.findings["DLV001"] = counts.findings.get("DLV001", 0) + len(rows)


def close(  # noqa: PLR0917  # the last step knows them all
    job: Job,
    plan: Plan,
    landing: Landing,
    counts: Counts,
    delivered: list[PackageDescriptor],
    problems: list[dict[str, object]],
    read_back: ReadBack,
    started: float,
) -> RunResult:
    """Compute the final state from what was counted and what the store gave back."""
    counts.finish()
    faults = imbalances(counts)
    problems = [*problems, *(finding.plain() for finding in read_back.problems)]
    problems += [
        Finding.of("DLV002", stream, stream=stream, rows=rows, accounted=told).plain()
        for stream, rows, told in faults
    ]
    whole = read_back.archived == counts.objects["archived"] and not read_back.broken
    balanced = not faults and whole and not counts.held["objects"]
    status: Status = "complete" if balanced and not problems else "incomplete"
    undecided, settled = _settled(job, counts, balanced=balanced)
    approval, settles = rests_on(job), next(iter(job.ledger.events(job.run, SETTLES)), None)
    if approval is not None and any(approval.get("difference", {}).values()):
        counts.findings["APV008"] = 1
    with job.timed("proof"):
        receipt = write_receipt(
            job,
            counts=counts,
            packages=delivered,
            status=status,
            balanced=balanced,
            settled=settled,
            landing=landing.folder.name,
            mapping=plan.digest,
            functions={name: one.sha256 for name, one in plan.mapping.functions.items()},
            approval=approval,
            settles=settles,
        )
    result = RunResult(
        run=job.run.id,
        status=status,
        balanced=balanced,
        settled=settled,
        counts=counts,
        packages=len(delivered),
        receipt=str(receipt),
        seconds=time.monotonic() - started,
        problems=tuple(problems),
        test=job.run.test,
        stages=job.seconds,
        undecided=undecided,
        parent=settles["parent"] if settles else None,
        approval=approval,
        ledger_seconds=job.ledger.seconds,
        resumed=dict(job.ledger.checkpoints(job.run, EXTRACT).get(RESUMED, {})),
    )
    job.ledger.finish(job.run, status, _summary(result))
    shutil.rmtree(mapped_folder(job), ignore_errors=True)
    return result


def _settled(job: Job, counts: Counts, *, balanced: bool) -> tuple[int, bool]:
    """Count what nobody has decided about, and say whether the delivery is settled with this run."""
    decisions, name, test = job.ledger.decisions, job.delivery.name, job.run.test
    of = decisions.chain(name, test=test)
    waiting = decisions.asides(name, test=test)
    undecided = sum(1 for _, stands in waiting if stands is None)
    pending = sum(1 for _, stands in waiting if stands is not None and stands.action == "accept")
    if of is None or of.full.run.number == job.run.number:
        return undecided, balanced and not counts.quarantined
    return undecided, balanced and of.balanced_but(job.run) and not undecided and not pending


def _summary(result: RunResult) -> dict[str, object]:
    plain = result.plain()
    names = ("balanced", "settled", "undecided", "objects", "documents", "packages", "findings", "stages")
    return {name: plain[name] for name in names} | {"problems": list(result.problems[:_REMEMBERED])}


def refused(job: Job, fault: Refused, started: float) -> RunResult:
    """End a run that a rule of the house forbids; nothing was read."""
    result = refusal(fault, started, run=job.run.id, test=job.run.test)
    job.ledger.finish(
        job.run, "refused", {"codes": sorted(result.counts.findings), "problems": list(result.problems)}
    )
    return result


def refusal(fault: Refused, started: float, *, run: str, test: bool) -> RunResult:
    """Give the outcome of a run that is forbidden; `run` is empty when no run could begin."""
    counts = Counts()
    counts.finish()
    problems: tuple[dict[str, object], ...] = tuple(
        {
            "code": problem.code,
            "severity": problem.kind.severity,
            "where": problem.where,
            "text": {language: problem.kind.text(language, problem.parameters) for language in ("sv", "en")},
            "remedy": {"sv": problem.remedy("sv"), "en": problem.remedy("en")},
        }
        for problem in (fault, *fault.problems)
    )
    for problem in problems:
        code = str(problem["code"])
        counts.findings[code] = counts.findings.get(code, 0) + 1
    return RunResult(
        run=run,
        status="refused",
        balanced=False,
        settled=False,
        counts=counts,
        packages=0,
        receipt=None,
        seconds=time.monotonic() - started,
        problems=problems,
        test=test,
    )
