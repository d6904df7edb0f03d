"""Receipt: what came and what became of it, in one signed JSON file.

The ledger writes the body down first, in one transaction with the seal of the run; the file is made of it.
So a run that is killed anywhere in between ends with that one receipt.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leverans import __version__
from leverans.blobs import commit
from leverans.clock import iso
from leverans.contracts import PackageDescriptor, Receipt, to_json, validate
from leverans.delivery.basis import basis
from leverans.delivery.certificates import held
from leverans.delivery.counting import Counts
from leverans.delivery.heads import keyring, note_keys
from leverans.delivery.job import Job
from leverans.delivery.result import Status
from leverans.errors import IntegrityError
from leverans.ledger import Asides, Head, Ledger, Run
from leverans.trust import CENTRE, SignedReceipt, Signer

_MOVING = frozenset({"issued", "audit", "decisions", "certificates"})
"""What may differ when a run that was killed while closing closes again; all the rest must be the same."""


def write_receipt(
    job: Job,
    *,
    counts: Counts,
    packages: list[PackageDescriptor],
    status: Status,
    balanced: bool,
    settled: bool,
    landing: str,
    mapping: str,
    functions: Mapping[str, str] | None = None,
    approval: Mapping[str, Any] | None = None,
    settles: Mapping[str, Any] | None = None,
) -> Path:
    """Write down the receipt of a run and sign it as the centre; a resumed run issues the same one.

    Args:
        job: the run.
        counts: everything counted.
        packages: what was delivered.
        status: how the run ends.
        balanced: the conservation law holds.
        settled: nothing in quarantine is undecided.
        landing: digest of the landing manifest.
        mapping: digest of the mapping.
        functions: digest of the file of each registered function that it calls, by name.
        approval: ``run``, ``sha256`` and ``decision`` of the approval that a live run rests on.
        settles: ``parent`` and ``decision`` of a settling run.

    Raises:
        IntegrityError: RCP003, this run has issued a receipt that says something else.
    """
    signer = keyring(job.settings, CENTRE, job.clock).signer(create=True)
    note_keys(job.ledger, keyring(job.settings, CENTRE, job.clock).history())
    fixed = _fixed(job, counts, packages, mapping)
    certified = held(job.settings, job.delivery, job.clock)
    content, earlier = job.ledger.audit.content(job.run), _previous(job.ledger, job.run)
    decided = [
        _decision(one.plain()) for one in job.ledger.decisions.list(job.run.delivery, test=job.run.test)
    ]

    def make(head: Head) -> dict[str, Any]:
        receipt = Receipt(
            **fixed,
            issued=iso(job.clock.now()),
            status=status,
            balanced=balanced,
            settled=settled,
            landing=landing,
            functions=dict(functions or {}),
            audit=head.plain(),
            content=content.plain(),
            previous=earlier,
            approval=dict(approval) if approval else None,
            settles=dict(settles) if settles else None,
            decisions=tuple(decided),
            certificates=certified,
        )
        return _plain(receipt)

    path = job.home.receipts(job.name) / f"{job.run.id}.json"
    told = job.ledger.record_receipt(job.run, path.relative_to(job.home.root).as_posix(), make)
    _same(job.run, told["body"], make(Head(**told["body"]["audit"])))
    _lay(path, told, signer)
    return path


def _fixed(job: Job, counts: Counts, packages: list[PackageDescriptor], mapping: str) -> dict[str, Any]:
    return {
        "run": job.run.id,
        "delivery": job.delivery.name,
        "agreement": job.delivery.agreement.plain(),
        "reference_time": iso(job.run.reference_time),
        "objects": {**counts.objects, "by_state": dict(sorted(counts.states.items()))},
        "streams": dict(sorted(counts.streams.items())),
        "documents": counts.documents,
        "packages": tuple(_package(descriptor) for descriptor in packages),
        "findings": dict(sorted(counts.findings.items())),
        "code": __version__,
        "aside": _aside(job.ledger.asides(job.run, most=0)),
        "quarantined": dict(sorted(counts.quarantined.items())),
        "excluded": dict(sorted(counts.excluded.items())),
        "test": job.run.test,
        **basis(job.settings, job.delivery, mapping),
    }


def _package(descriptor: PackageDescriptor) -> dict[str, object]:
    return {
        "id": descriptor.id,
        "sha256": descriptor.sha256,
        "size": descriptor.size,
        "objects": descriptor.objects,
        "documents": descriptor.documents,
        "partition": descriptor.partition,
        "route": descriptor.route,
        "status": descriptor.status,
    }


def _aside(found: Asides) -> tuple[dict[str, Any], ...]:
    """Sum what was set aside by disposition, code and rule: places and routes are the report's."""
    sums: dict[tuple[str, str, str], list[int]] = {}
    for group in found.groups:
        row = sums.setdefault((group.disposition, group.code, group.rule or ""), [0, 0, 0])
        for at, number in enumerate((group.objects, group.documents, group.rows)):
            row[at] += number
    names = ("disposition", "code", "rule", "objects", "documents", "rows")
    return tuple(dict(zip(names, (*key, *row), strict=True)) for key, row in sorted(sums.items()))


def _decision(plain: Mapping[str, Any]) -> dict[str, Any]:
    return {name: plain[name] for name in ("id", "action", "person", "reason", "reference", "items")}


def _previous(ledger: Ledger, of: Run) -> str | None:
    """Give the digest of the receipt before this one; receipts form a chain."""
    for state in reversed(ledger.runs(of.delivery)):
        if state.run.number < of.number and state.run.test == of.test:
            for told in ledger.events(state.run, "receipt"):
                return str(told["sha256"])
    return None


def _plain(receipt: Receipt) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(to_json(receipt))
    validate(Receipt, plain)
    return plain


def _same(of: Run, told: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Hold a body to the one written down; what an earlier version did not name is not held."""
    differing = sorted(name for name in now if name not in _MOVING and told.get(name, now[name]) != now[name])
    if differing:
        raise IntegrityError("RCP003", of.id, names=", ".join(differing))


def _lay(path: Path, told: Mapping[str, Any], signer: Signer) -> None:
    """Write the file, unless it lies there already: it may be countersigned."""
    if path.is_file():
        try:
            if SignedReceipt.read(path.read_bytes(), path.name).sha256 == told["sha256"]:
                return
        except IntegrityError:
            pass
    body = told["body"]
    receipt = SignedReceipt(body, (signer.sign("receipt", body),))
    with commit(path.parent) as group:
        group.file(path).write_bytes(receipt.data())
