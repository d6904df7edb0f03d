"""Writes a new ledger from archive, receipts and approvals, run by run."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from leverans.clock import Clock
from leverans.delivery.approving import BASIS, BIND
from leverans.delivery.beginning import KEY, PSEUDONYMS
from leverans.delivery.extracting import EXTRACT
from leverans.delivery.heads import heads_path, read_heads
from leverans.delivery.keeping import evidence
from leverans.delivery.keeping.evidence import Evidence, with_inventories
from leverans.errors import IntegrityError
from leverans.ledger import OBJECT_COLUMNS, ROW_COLUMNS, Item, Known, Ledger, Run
from leverans.ledger.audit import COUNTERSIGNED
from leverans.settings import Settings
from leverans.trust import SignedReceipt, Trust, digest, fingerprint, load_or_create_secret

_NOBODY = "–"
"""Who ran a run, and which stream something in quarantine is of, where nobody knows any more."""


class Renewal:
    """One rebuild at work.

    Args:
        settings: the installation's roots.
        municipality: whose ledger.
        ledger: the new one, empty.

    Attributes:
        runs: runs that came back.
        packages: packages that came back.
        objects: archived versions that came back.
        lost: what did not, by kind: how many, or which.
    """

    def __init__(self, settings: Settings, municipality: str, ledger: Ledger) -> None:
        self._home = settings.municipality(municipality)
        self._ledger = ledger
        trust = Trust.of_home(settings.home)
        self._receipts: dict[str, tuple[Path, SignedReceipt]] = {}
        self._bad: list[str] = []
        for path, receipt in evidence.receipts(self._home, trust):
            if receipt is None:
                self._bad.append(path.name)
            else:
                self._receipts[str(receipt.body["run"])] = (path, receipt)
        self._approvals: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for one in evidence.approvals(self._home, municipality, trust):
            self._approvals[str(one["statement"]["run"])].append(one["statement"])
        self._counted: Counter[str] = Counter()
        self._accepted: dict[tuple[str, str], list[tuple[Run, str, dict[str, Any]]]] = defaultdict(list)
        self.runs = self.packages = self.objects = 0
        self.lost: dict[str, Any] = {}

    def work(self, clock: Clock) -> None:
        """Write everything down anew."""
        found = list(evidence.packages(self._home))
        packages = sorted(
            (each for each in found if isinstance(each, Evidence)), key=lambda each: (each.created, each.id)
        )
        runs = self._begin(packages)
        self._fingerprint(runs, clock)
        self._packages(packages, runs)
        for run in sorted(runs.values(), key=lambda run: run.number):
            self._end(run)
        self._accept()
        self._tell([folder.name for folder in found if isinstance(folder, Path)])

    def _begin(self, packages: list[Evidence]) -> dict[str, Run]:
        """Begin the runs that have a receipt, and one for the packages of each that has none."""
        runs: dict[str, Run] = {}
        for name, (_, receipt) in sorted(self._receipts.items()):
            body = receipt.body
            runs[name] = self._ledger.begin(
                body["delivery"],
                reference_time=evidence.moment(body["reference_time"]),
                test=body["test"],
                code_version=body["code"],
                agreement=body["agreement"]["id"],
                by=_NOBODY,
                settles=body.get("settles"),
                known=Known(evidence.number_of(name), name, evidence.moment(body["issued"])),
            )
        listed = {one["id"] for _, receipt in self._receipts.values() for one in receipt.body["packages"]}
        loose = {package.begun: package for package in packages if package.id not in listed}
        for (delivery, test, reference_time), package in sorted(loose.items()):
            run = self._ledger.begin(
                delivery,
                reference_time=evidence.moment(reference_time),
                test=test,
                code_version=str(package.head["code"]),
                agreement=str(package.head["agreement"]),
                by=_NOBODY,
            )
            runs[run.id] = run
        return runs

    def _fingerprint(self, runs: Mapping[str, Run], clock: Clock) -> None:
        """Remember which key for pseudonyms the objects were made with, as far as it is here."""
        path = self._home.keys / PSEUDONYMS
        if not path.is_file():
            self._counted["key"] += 1
            return
        secret = load_or_create_secret(path, clock)
        for run in runs.values():
            self._ledger.checkpoint(run, KEY, PSEUDONYMS, {"fingerprint": fingerprint(secret)})

    def _packages(self, packages: list[Evidence], runs: Mapping[str, Run]) -> None:
        """Record packages and their objects, in the order in which they were archived."""
        owner = {
            str(one["id"]): (runs[name], dict(one))
            for name, (_, receipt) in self._receipts.items()
            for one in receipt.body["packages"]
        }
        loose = {
            (run.delivery, run.test, run.reference_time): run
            for name, run in runs.items()
            if name not in self._receipts
        }
        for package in packages:
            delivery, test, reference_time = package.begun
            run, told = owner.pop(package.id, (None, None))
            run = run or loose[delivery, test, evidence.moment(reference_time)]
            if told is not None and told["sha256"] != package.sha256:
                self._counted["packages"] += 1
                continue
            rows, accepted = package.objects()
            self._ledger.record_package(run, package.descriptor(told, rows))
            rows = with_inventories(rows, self._home, test=run.test)
            self._ledger.record_objects(run, f"deliver {package.id}", rows)
            for own, deviation in accepted:
                key = (str(deviation["person"]), str(deviation["reference"]))
                self._accepted[key].append((run, own, deviation))
            self.packages += 1
            self.objects += rows.num_rows
        self._counted["packages"] += len(owner)

    def _end(self, run: Run) -> None:
        """Write down what receipt and approvals tell of a run, and end it."""
        self.runs += 1
        approvals = self._approvals.pop(run.id, [])
        for statement in approvals[:1]:
            self._ledger.checkpoint(run, BIND, BASIS, statement["basis"])
        if run.id not in self._receipts:
            self._counted["runs without receipt"] += 1
            self._ledger.finish(run, "incomplete", {"given_up": True, "rebuilt": True})
            return
        path, receipt = self._receipts[run.id]
        body = dict(receipt.body)
        self._ledger.checkpoint(run, EXTRACT, "landing", {"id": body["landing"]})
        self._unchanged(run, body)
        self._aside(run, body)
        self._ledger.record_findings(run, "rebuilt", body["findings"])
        place = path.relative_to(self._home.root).as_posix()
        self._ledger.record_receipt(run, place, lambda _: body)
        summary = {name: body[name] for name in ("balanced", "settled", "objects", "documents", "findings")}
        self._ledger.finish(
            run,
            body["status"],
            {**summary, "packages": len(body["packages"]), "rebuilt": True},
            at=evidence.moment(body["issued"]),
        )
        self._countersigned(run, receipt)
        for statement in approvals:
            self._approved(run, statement)

    def _unchanged(self, run: Run, body: Mapping[str, Any]) -> None:
        """Find again what a run found unchanged: what was archived before, if its digests are those told."""
        sha, objects = hashlib.sha256(), 0
        for table in self._known(run):
            lines = zip(table["object"].to_pylist(), table["digest"].to_pylist(), strict=True)
            sha.update("".join(f"{own} {digest}\n" for own, digest in lines).encode())
            objects += table.num_rows
        if (objects, sha.hexdigest()) != (body["content"]["objects"], body["content"]["sha256"]):
            self._counted["runs whose unchanged objects are not known"] += 1
            return
        own = {str(one["id"]) for one in body["packages"]}
        for number, table in enumerate(self._known(run)):
            rows = [
                {**row, "disposition": "unchanged", "state": "unchanged", "parts": None}
                for row in table.to_pylist()
                if row["package"] not in own
            ]
            if rows:
                self._ledger.record_objects(run, f"unchanged {number:04d}", _objects(rows))

    def _known(self, run: Run) -> Iterator[pa.Table]:
        """Yield what was archived when a run had ended, sorted by object."""
        after = replace(run, number=run.number + 1)
        return self._ledger.current(run.delivery, test=run.test, before=after)

    def _aside(self, run: Run, body: Mapping[str, Any]) -> None:
        """Write down how much lay in quarantine, without names, so that nobody takes it for nothing."""
        if body["settled"]:
            return
        rows = [
            {"stream": _NOBODY, "key": f"#{number}", "code": code}
            for code, count in sorted(body["quarantined"].items())
            for number in range(1, count + 1)
        ]
        if rows:
            plain = [{"route": "open", "disposition": "quarantined", **row} for row in rows]
            self._ledger.record_rows(run, "rebuilt", pa.Table.from_pylist(plain, schema=ROW_COLUMNS))
            self._counted["quarantined without name"] += len(rows)

    def _countersigned(self, run: Run, receipt: SignedReceipt) -> None:
        signature = receipt.countersignature
        if signature is None:
            return
        selection = {"receipt": receipt.sha256, "key": signature.key}
        self._ledger.decisions.record(
            run, "countersign", person=signature.by, reason="", reference="", selection=selection
        )
        entry = {"run": run.id, "delivery": run.delivery, "by": signature.by, "key": signature.key}
        self._ledger.audit.append(COUNTERSIGNED, {**entry, "sha256": receipt.sha256})

    def _accept(self) -> None:
        """Let what was accepted and archived stand again; of other decisions only the receipts tell."""
        for (person, reference), found in sorted(self._accepted.items()):
            self._ledger.decisions.record(
                found[-1][0],
                "accept",
                person=person,
                reason="",
                reference=reference,
                selection={"rebuilt": True},
                items=[Item(one["code"], object=own, rule=one["rule"]) for _, own, one in found],
            )
        told = {
            str(one["id"]): str(one["action"])
            for _, receipt in self._receipts.values()
            for one in receipt.body.get("decisions", ())
        }
        for action in told.values():
            if action in {"exclude", "retry"}:
                self._counted[f"decisions: {action}"] += 1

    def _approved(self, run: Run, statement: Mapping[str, Any]) -> None:
        self._ledger.decisions.record(
            run,
            "approve",
            person=statement["approver"],
            reason=statement["reason"],
            reference=statement["reference"],
            selection={"run": run.id, "role": statement["role"], "statement": digest(dict(statement))},
        )

    def _tell(self, damaged: list[str]) -> None:
        """Say what cannot come back."""
        self._counted["approvals"] += sum(len(found) for found in self._approvals.values())
        self.lost = {name: number for name, number in sorted(self._counted.items()) if number}
        if self._bad:
            self.lost["receipts that do not hold"] = sorted(self._bad)
        if damaged:
            self.lost["evidence that cannot be read"] = sorted(damaged)
        heads = [int(receipt.body["audit"]["size"]) for _, receipt in self._receipts.values()]
        with suppress(OSError, IntegrityError):
            heads += [signed.head.size for signed in read_heads(heads_path(self._home))]
        self.lost["entries of the audit log"] = max(heads, default=0)


def _objects(rows: list[dict[str, Any]]) -> pa.Table:
    plain = [{name: row.get(name) for name in OBJECT_COLUMNS.names} for row in rows]
    return pa.Table.from_pylist(plain, schema=OBJECT_COLUMNS)
