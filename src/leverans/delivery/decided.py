"""What standing decisions make of a mapped bucket before it is judged, and a bucket cut to a selection."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from leverans.findings import describe
from leverans.ledger import Decision, Standing
from leverans.ledger.types import reason_text
from leverans.mapping import MappedBucket
from leverans.model import SCHEMAS
from leverans.model.columns import TABLES, scalar_fields
from leverans.packaging import Deviation
from leverans.trust import pseudonym

QUARANTINE, EXCLUDE, WARN = "quarantine", "exclude", "warn"
UNPACKABLE = "DEC010"
"""An accepted object lacks what a valid package demands."""

LANDING = "landing"
"""In a decision's selection: the landing of the run that it is about."""

_FILLED = ("case", "subcase", "record")
"""Tables in which an empty text is as bad as none."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What a settling run touches.

    Attributes:
        objects: object ids.
        rows: stream and key of rows and documents that belonged to no object.
    """

    objects: frozenset[str] = frozenset()
    rows: frozenset[tuple[str, str | None]] = frozenset()


@dataclass(frozen=True, slots=True)
class Decided:
    """A bucket under the decisions that stand.

    Attributes:
        mapped: the bucket; what a decision leaves out of an object is not in it any more.
        verdicts: the verdicts; what a decision covers sets nothing aside.
        deviations: per accepted object what was accepted, as JSON (see `deviations`).
        left_out: per rule, how many documents decisions left out of objects that are archived.
    """

    mapped: MappedBucket
    verdicts: pa.Table
    deviations: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)


def excluded_by(standing: Standing, stream: str, place: str | None, code: str, landing: str) -> str | None:
    """Give the rule by which a row that could not be read is excluded, None when it is not.

    A line has no key, only a place: on another landing that place is another line, and nothing is decided.
    """
    decision = standing.rows.get((stream, place, code))
    if decision is None or decision.action != EXCLUDE:
        return None
    if describe(code).scope == "record" and decision.selection.get(LANDING) != landing:
        return None
    return decision.rule


def decide(mapped: MappedBucket, verdicts: pa.Table, standing: Standing, secret: bytes) -> Decided:
    """Let the decisions that stand meet the verdicts of a bucket.

    An object is excluded when any of its faults was decided to exclude it. A fault that was accepted sets its
    object aside no more; a fault of any other code still does.

    Args:
        mapped: the bucket.
        verdicts: all verdicts about it.
        standing: the decisions.
        secret: the municipality's key, by which protected documents are named.
    """
    roots = pa.array(list(standing.objects), pa.string())
    touched = verdicts.num_rows and pc.any(pc.is_in(verdicts["root"], value_set=roots)).as_py()
    if not standing.rows and not touched:
        return Decided(mapped, verdicts)
    rows = verdicts.to_pylist()
    met: dict[str, list[tuple[dict[str, Any], Decision]]] = {}
    loose: dict[tuple[str, str | None], Decision] = {}
    for row in rows:
        if row["disposition"] == QUARANTINE:
            _meet(row, standing, met, loose)
    accepted = _objects(rows, met)
    mapped, left_out = _without_missing(mapped, accepted)
    rows += [_left(row, standing) for row in _unpackable(mapped, accepted)]
    decided = pa.Table.from_pylist(rows, schema=verdicts.schema)
    told = {root: deviations(found) for root, found in accepted.items()}
    return Decided(_loose(mapped, loose, secret), decided, told, left_out)


def deviations(found: Iterable[tuple[Mapping[str, Any], Decision]]) -> str:
    """Write what was accepted on one object as JSON, once per code and rule."""
    told = {
        (row["code"], row["rule"] or ""): {
            "code": row["code"],
            "rule": row["rule"],
            "person": decision.person,
            "reference": decision.reference,
        }
        for row, decision in found
    }
    return json.dumps([told[name] for name in sorted(told)], ensure_ascii=False, sort_keys=True)


def read_deviations(own: str, text: str | None) -> tuple[Deviation, ...]:
    """Read what `deviations` wrote about the object `own`, as a package tells it."""
    return tuple(
        Deviation(
            object=own,
            code=row["code"],
            rule=row["rule"] or "",
            sv=reason_text(row["code"], row["rule"], "sv"),
            en=reason_text(row["code"], row["rule"], "en"),
            person=row["person"],
            reference=row["reference"],
        )
        for row in json.loads(text or "[]")
    )


def cut(
    mapped: MappedBucket, verdicts: pa.Table, selection: Selection, secret: bytes
) -> tuple[MappedBucket, pa.Table]:
    """Give the part of a bucket that a settling run touches.

    These are the selected objects, the selected rows and documents, and the objects that those belong to now.
    """
    rows = _named(mapped.rows, "key", selection.rows, None)
    documents = _named(mapped.documents, "ref", selection.rows, secret)
    owners = pa.chunked_array([*mapped.rows["root"].filter(rows).chunks,
                               *mapped.documents["root"].filter(documents).chunks,
                               pa.array(sorted(selection.objects), pa.string())])  # fmt: skip
    roots = pc.drop_null(pc.unique(owners))
    part = MappedBucket(
        {
            name: table.filter(pc.is_in(table["root"], value_set=roots))
            for name, table in mapped.tables.items()
        },
        mapped.rows.filter(_or(pc.is_in(mapped.rows["root"], value_set=roots), rows)),
        mapped.documents.filter(_or(pc.is_in(mapped.documents["root"], value_set=roots), documents)),
        mapped.verdicts,
    )
    loose = _and(_named(verdicts, "key", selection.rows, None), pc.is_null(verdicts["root"]))
    return part, verdicts.filter(_or(pc.is_in(verdicts["root"], value_set=roots), loose))


def _meet(
    row: dict[str, Any],
    standing: Standing,
    met: dict[str, list[tuple[dict[str, Any], Decision]]],
    loose: dict[tuple[str, str | None], Decision],
) -> None:
    root, code = row["root"], row["code"]
    if root is not None:
        decision = standing.objects.get(root, {}).get(code)
        if decision is not None:
            met.setdefault(root, []).append((row, decision))
        return
    decision = standing.rows.get((row["stream"], row["key"], code))
    if decision is not None and decision.action == EXCLUDE:
        row |= {"disposition": EXCLUDE, "rule": decision.rule}
        loose[row["stream"], row["key"]] = decision


def _objects(
    rows: list[dict[str, Any]], met: Mapping[str, list[tuple[dict[str, Any], Decision]]]
) -> dict[str, list[tuple[dict[str, Any], Decision]]]:
    """Carry the decisions about objects into their verdicts; give those that were accepted."""
    excluded = {
        root: next(decision for _, decision in found if decision.action == EXCLUDE)
        for root, found in met.items()
        if any(decision.action == EXCLUDE for _, decision in found)
    }
    for row in rows:
        decision = excluded.get(row["root"])
        if decision is not None and row["disposition"] in {QUARANTINE, EXCLUDE}:
            row |= {"disposition": EXCLUDE, "rule": decision.rule, "where": None}
    accepted = {root: found for root, found in met.items() if root not in excluded}
    for found in accepted.values():
        for row, _ in found:
            row["disposition"] = WARN
    aside = {row["root"] for row in rows if row["disposition"] == QUARANTINE}
    return {root: found for root, found in accepted.items() if root not in aside}


def _without_missing(
    mapped: MappedBucket, accepted: Mapping[str, list[tuple[dict[str, Any], Decision]]]
) -> tuple[MappedBucket, dict[str, int]]:
    """Take documents without bytes out of accepted objects: by decision they are archived without them."""
    roots = pa.array(sorted(accepted), pa.string())
    documents = mapped.documents
    gone = _and(
        pc.is_in(documents["root"], value_set=roots),
        _and(pc.not_equal(documents["status"], "landed"), pc.is_null(documents["disposition"])),
    )
    left_out: dict[str, int] = {}
    for root in documents["root"].filter(gone).to_pylist():
        rule = accepted[root][0][1].rule
        left_out[rule] = left_out.get(rule, 0) + 1
    words = pc.if_else(gone, pa.scalar(EXCLUDE), documents["disposition"])
    tables = _bare(mapped.tables, roots)
    return replace(mapped, tables=tables, documents=_with(documents, "disposition", words)), left_out


def _bare(tables: Mapping[str, pa.Table], roots: pa.Array) -> dict[str, pa.Table]:
    files = tables["file"]
    lost = _and(pc.is_in(files["root"], value_set=roots), pc.is_null(files["sha256"]))
    if not pc.any(lost).as_py():
        return dict(tables)
    own = files["id"].filter(lost)
    made = {"file": files.filter(pc.invert(lost))}
    for name in ("restriction", "extra"):
        below = pc.is_in(tables[name]["owner"], value_set=own.combine_chunks())
        made[name] = tables[name].filter(pc.invert(below))
    return {**tables, **made}


def _unpackable(
    mapped: MappedBucket, accepted: dict[str, list[tuple[dict[str, Any], Decision]]]
) -> Iterable[dict[str, Any]]:
    """Yield a verdict for each accepted object that lacks what a valid package demands."""
    roots = pa.array(sorted(accepted), pa.string())
    for name in SCHEMAS:
        table = mapped.tables[name]
        table = table.filter(pc.is_in(table["root"], value_set=roots))
        for column in demanded(name) if table.num_rows else ():
            absent = pc.is_null(table[column])
            if name in _FILLED and pa.types.is_string(table[column].type):
                absent = _or(absent, pc.equal(table[column], ""))
            for root in pc.unique(table["root"].filter(absent)).to_pylist():
                accepted.pop(root, None)
                yield {"root": root, "code": UNPACKABLE, "disposition": QUARANTINE, "detail": ""} | {
                    "rule": f"{name}.{column}"
                }


def _left(row: dict[str, Any], standing: Standing) -> dict[str, Any]:
    """Let an object that cannot be packed be excluded, if that was decided after it was accepted."""
    decision = standing.objects.get(row["root"], {}).get(UNPACKABLE)
    if decision is not None and decision.action == EXCLUDE:
        return row | {"disposition": EXCLUDE, "rule": decision.rule}
    return row


@cache
def demanded(table: str) -> tuple[str, ...]:
    """Give the fields of a table of the model that every row must have."""
    given = {entry.name for entry in fields(TABLES[table]) if entry.default is MISSING}
    return tuple(
        name for name, (_, optional) in scalar_fields(TABLES[table]).items() if name in given and not optional
    )


def _loose(
    mapped: MappedBucket, loose: Mapping[tuple[str, str | None], Decision], secret: bytes
) -> MappedBucket:
    """Count rows and documents as excluded that a decision excludes."""
    if not loose:
        return mapped
    made = {}
    for name, column, key in (("rows", "key", None), ("documents", "ref", secret)):
        table = getattr(mapped, name)
        own = _and(_named(table, column, loose, key), pc.is_null(table["root"]))
        own = _and(own, pc.equal(table["disposition"], QUARANTINE))
        words = pc.if_else(pc.fill_null(own, False), pa.scalar(EXCLUDE), table["disposition"])
        made[name] = _with(table, "disposition", words)
    return replace(mapped, **made)


def _named(
    table: pa.Table, column: str, wanted: Iterable[tuple[str, str | None]], secret: bytes | None
) -> pa.ChunkedArray:
    """Say which rows of a table are meant by stream and key; a document may be meant by its pseudonym."""
    streams = {stream for stream, _ in wanted}
    names = set(wanted)
    if not names:
        return pa.chunked_array([pa.repeat(pa.scalar(False), table.num_rows)])
    near = pc.is_in(table["stream"], value_set=pa.array(sorted(streams), pa.string()))
    if not pc.any(near).as_py():
        return near
    found = []
    for stream, key in zip(table["stream"].to_pylist(), table[column].to_pylist(), strict=True):
        meant = (stream, key) in names
        if not meant and secret is not None and stream in streams and key is not None:
            meant = (stream, pseudonym(secret, key)) in names
        found.append(meant)
    return pa.chunked_array([pa.array(found, pa.bool_())])


def _with(table: pa.Table, column: str, values: pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.schema.get_field_index(column), table.schema.field(column), values)


def _or(one: Any, other: Any) -> Any:
    return pc.or_(pc.fill_null(one, False), pc.fill_null(other, False))


def _and(one: Any, other: Any) -> Any:
    return pc.and_(pc.fill_null(one, False), pc.fill_null(other, False))
