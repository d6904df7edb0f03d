"""One bucket after mapping and checks: what becomes of each object, and its version."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from leverans.delivery.counting import Counts, count_documents, count_rows, tally
from leverans.delivery.mapped import PLAN_SCHEMA
from leverans.delivery.versions import content_digests, parts, state_of
from leverans.ledger import Standing

QUARANTINE, EXCLUDE, VOID = "quarantine", "exclude", "void"
VOIDED_STATUS = "obliterated"
MOVED = "DLV008"
ACCEPTED = "/accepted"
"""Ends the group of objects that are archived with a deviation: they go into packages of their own."""
_STATUS = {"new": "NEW", "supplemented": "SUPPLEMENT"}
_NOTHING = Standing()


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one bucket.

    Attributes:
        tables: model tables of the objects to archive, with version, digest and replaced package.
        plan: one row per object to archive (`PLAN_SCHEMA`).
        settled: one row per object that is not archived now, as the ledger records it.
        loose: rows and documents that belong to no object and were set aside.
        counts: everything counted.
    """

    tables: dict[str, pa.Table]
    plan: pa.Table
    settled: list[dict[str, Any]]
    loose: list[dict[str, Any]]
    counts: Counts


def verdict_by_root(verdicts: pa.Table, disposition: str) -> dict[str, dict[str, Any]]:
    """Give per object the first verdict of a disposition."""
    chosen: dict[str, dict[str, Any]] = {}
    for row in verdicts.filter(pc.equal(verdicts["disposition"], disposition)).to_pylist():
        if row["root"] is not None:
            chosen.setdefault(row["root"], row)
    return chosen


def judge(
    mapped: Any,
    verdicts: pa.Table,
    before: Mapping[str, Mapping[str, object]],
    salt: str,
    *,
    test: bool,
    personal: bool = False,
    standing: Standing = _NOTHING,
    deviations: Mapping[str, str] | None = None,
) -> Judged:
    """Decide about every object of a bucket.

    Args:
        mapped: the mapping room's `MappedBucket`.
        verdicts: all verdicts of mapping and checks about it.
        before: per object id the ledger's last archived version.
        salt: digest of what else decides content: mapping and profile.
        test: a test delivery: its packages are marked TEST.
        personal: the keys point out persons; a reference would say what the pseudonym hides.
        standing: the decisions that stand; the verdicts have met them (`leverans.delivery.decided`).
        deviations: per accepted object what was accepted, as JSON.
    """
    aside, excluded, voided = (verdict_by_root(verdicts, name) for name in (QUARANTINE, EXCLUDE, VOID))
    tables = _mark_void(mapped.tables, set(voided) - set(aside) - set(excluded))
    digests, pieces = content_digests(tables, salt), parts(tables, salt)
    counts, plan, settled = Counts(), [], []
    dispositions: dict[str, str] = {}
    per_case = _per_case(tables)
    for case in tables["case"].to_pylist():
        root = case["root"]
        quiet = personal or case["route"] == "protected"
        row = _plain_row(case, digests[root], pieces.get(root, b""), per_case.get(root, {}), quiet=quiet)
        row["deviations"] = (deviations or {}).get(root)
        verdict = aside.get(root) or _moved(row, before.get(root), standing) or excluded.get(root)
        if verdict is None and root in voided and root not in before:
            verdict = voided[root]
        if verdict is not None:
            row |= _set_aside(verdict, quarantined=verdict["disposition"] == QUARANTINE)
            _count_moved(counts, verdict)
            settled.append(row)
        else:
            row["state"] = state_of(
                digest=row["digest"],
                closed=row["closed"],
                voided=root in voided,
                parts=row["parts"],
                before=before.get(root),
            )
            if row["state"] == "unchanged":
                settled.append(row := row | _unchanged(before[root]))
            else:
                plan.append(row := row | _next_version(row, before.get(root), test=test))
        dispositions[root] = row["disposition"]
        _count_object(counts, row)
    kept = {root: "archived" if word == "unchanged" else word for root, word in dispositions.items()}
    count_rows(counts, mapped.rows, kept)
    count_documents(counts, mapped.documents, kept)
    counts.add(Counts(findings=tally(verdicts["code"]) if verdicts.num_rows else {}))
    loose = _loose(verdicts, counts)
    return Judged(_stamp(tables, plan), _plan_table(plan), settled, loose, counts)


def _moved(
    row: Mapping[str, Any], before: Mapping[str, object] | None, standing: Standing
) -> dict[str, Any] | None:
    """Give the verdict on an object that is archived on the other route: a person must decide about it.

    The archived copy would stay where it must not be seen, or the new one come where it need not be.
    """
    if before is None or before["route"] == row["route"]:
        return None
    decision = standing.objects.get(row["object"], {}).get(MOVED)
    if decision is not None and decision.action == EXCLUDE:
        return {"code": MOVED, "rule": decision.rule, "where": None, "disposition": EXCLUDE}
    return {"code": MOVED, "rule": "route", "where": None, "disposition": QUARANTINE}


def _count_moved(counts: Counts, verdict: Mapping[str, Any]) -> None:
    if verdict["code"] == MOVED:
        counts.findings[MOVED] = counts.findings.get(MOVED, 0) + 1


def _mark_void(tables: Mapping[str, pa.Table], roots: set[str]) -> dict[str, pa.Table]:
    if not roots:
        return dict(tables)
    cases = tables["case"]
    mask = pc.is_in(cases["root"], value_set=pa.array(sorted(roots), pa.string()))
    status = pc.if_else(mask, pa.scalar(VOIDED_STATUS), cases["status"])
    return {**tables, "case": cases.set_column(cases.schema.get_field_index("status"), "status", status)}


def _per_case(tables: Mapping[str, pa.Table]) -> dict[str, dict[str, int]]:
    numbers: dict[str, dict[str, int]] = {}
    for name in ("record", "file"):
        for root, number in tally(tables[name]["root"]).items():
            numbers.setdefault(root, {})[name] = number
    files = tables["file"]
    if files.num_rows:
        sizes = pa.table({"root": files["root"], "size": files["size"]}).group_by("root")
        summed = sizes.aggregate([("size", "sum")])
        for root, size in zip(summed["root"].to_pylist(), summed["size_sum"].to_pylist(), strict=True):
            numbers[root]["bytes"] = size or 0
    return numbers


def _plain_row(
    case: Mapping[str, Any], digest: str, pieces: bytes, numbers: Mapping[str, int], *, quiet: bool
) -> dict[str, Any]:
    return {
        "object": case["root"],
        "key": None if case["route"] == "protected" else case["key"],
        "reference": None if quiet else case["reference_code"],
        "quiet": quiet,
        "partition": case["partition"] or "",
        "route": case["route"] or "open",
        "closed": case["closed"] is not None,
        "digest": digest,
        "parts": pieces,
        "records": numbers.get("record", 0),
        "documents": numbers.get("file", 0),
        "bytes": numbers.get("bytes", 0),
        "sort": case["reference_code"] or "",
        "disposition": "archived",
        "state": None,
        "version": None,
        "package": None,
        "reason": None,
        "rule": None,
        "where": None,
        "deviations": None,
    }


def _set_aside(verdict: Mapping[str, Any], *, quarantined: bool) -> dict[str, Any]:
    return {
        "disposition": "quarantined" if quarantined else "excluded",
        "reason": verdict["code"],
        "rule": verdict["rule"],
        "where": verdict["where"],
        "digest": None,
    }


def _unchanged(before: Mapping[str, object]) -> dict[str, Any]:
    kept = ("version", "package", "inventory")
    return {"disposition": "unchanged", **{name: before.get(name) for name in kept}}


def _next_version(
    row: Mapping[str, Any], before: Mapping[str, object] | None, *, test: bool
) -> dict[str, Any]:
    return {
        "version": 1 if before is None else int(str(before["version"])) + 1,
        "replaces": None if before is None else before["package"],
        "status": "TEST" if test else _STATUS.get(row["state"], "REPLACEMENT"),
    }


def _count_object(counts: Counts, row: Mapping[str, Any]) -> None:
    objects = counts.objects
    for name in ("found", row["disposition"]):
        objects[name] = objects.get(name, 0) + 1
    if row["disposition"] == "archived":
        if row["route"] == "protected":
            objects["archived_protected"] = objects.get("archived_protected", 0) + 1
        for name, number in (("case", 1), ("record", row["records"]), ("file", row["documents"])):
            counts.entities[name] = counts.entities.get(name, 0) + number
        counts.documents["bytes"] = counts.documents.get("bytes", 0) + row["bytes"]
    if row["state"]:
        counts.states[row["state"]] = counts.states.get(row["state"], 0) + 1
    if row["disposition"] == "quarantined":
        counts.quarantined[row["reason"]] = counts.quarantined.get(row["reason"], 0) + 1
    if row["disposition"] == "excluded":
        rule = row["rule"] or row["reason"]
        counts.excluded[rule] = counts.excluded.get(rule, 0) + 1


def _loose(verdicts: pa.Table, counts: Counts) -> list[dict[str, Any]]:
    """List what was set aside and belongs to no object, each with its reason."""
    rows = verdicts.filter(
        pc.and_(
            pc.is_null(verdicts["root"]), pc.is_in(verdicts["disposition"], pa.array([QUARANTINE, EXCLUDE]))
        )
    )
    listed: list[dict[str, Any]] = rows.select(
        ["stream", "key", "code", "disposition", "rule", "where"]
    ).to_pylist()
    for row in listed:
        into = counts.quarantined if row["disposition"] == QUARANTINE else counts.excluded
        name = row["code"] if row["disposition"] == QUARANTINE else row["rule"] or row["code"]
        into[name] = into.get(name, 0) + 1
    return listed


def _stamp(tables: Mapping[str, pa.Table], plan: list[dict[str, Any]]) -> dict[str, pa.Table]:
    """Keep the objects to archive and write version, digest and replaced package into their cases."""
    kept = pa.array([row["object"] for row in plan], pa.string())
    cases = tables["case"]
    cases = cases.filter(pc.is_in(cases["root"], value_set=kept))
    place = pc.index_in(cases["root"], value_set=kept)
    for column, kind in (("version", pa.int64()), ("digest", pa.string()), ("replaces", pa.string())):
        values = pa.array([row.get(column) for row in plan], kind).take(place)
        cases = cases.set_column(cases.schema.get_field_index(column), column, values)
    others = {
        name: table.filter(pc.is_in(table["root"], value_set=kept))
        for name, table in tables.items()
        if name != "case"
    }
    return {"case": cases, **others}


def _plan_table(plan: list[dict[str, Any]]) -> pa.Table:
    rows = [row | {"group": _group(row), "reference": row["sort"]} for row in plan]
    return pa.Table.from_pylist(rows, schema=PLAN_SCHEMA)


def _group(row: Mapping[str, Any]) -> str:
    return f"{row['partition']}/{row['route']}/{row['status']}{ACCEPTED if row['deviations'] else ''}"
