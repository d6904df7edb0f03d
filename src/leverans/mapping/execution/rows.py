"""The accounting: every row of every bucketed stream once, and the source rows that travel with an object."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leverans.mapping import language as lang
from leverans.mapping.execution.arrow import Text, repeat
from leverans.mapping.execution.bench import Bench
from leverans.mapping.execution.frames import NOBODY, Frame
from leverans.mapping.execution.restrict import HIDDEN
from leverans.mapping.execution.streams import Stream
from leverans.mapping.execution.verdicts import Cause

SCHEMA = pa.schema([(name, pa.string()) for name in ("stream", "key", "root", "role", "disposition")])


def rows_table(
    bench: Bench, entity: lang.Entity, frame: Frame, roots: Text, protected: np.ndarray
) -> pa.Table:
    """Give the disposition of every row, with a verdict for each that belongs to nothing.

    Args:
        bench: what was worked on.
        entity: the root entity.
        frame: one row per root object.
        roots: object id of each root number.
        protected: whether each root number is protected.
    """
    _report_discards(bench, protected)
    tables = [SCHEMA.empty_table()]
    left = {item.name: item for item in bench.mapping.leave}
    base = bench.mapping.base_of(entity.table)
    for name in bench.bucketed:
        if name in bench.plan.documents:
            continue
        stream = bench.stream(name)
        primary = _primary(bench, entity.table, frame) if name == base else np.empty(0, dtype=np.int64)
        tables.append(_stream(bench, stream, primary, roots=roots, protected=protected, left=left.get(name)))
    for made in bench.mapping.virtual:
        if bench.stream(made).bucketed:
            claims = bench.claims(made)
            _travel(bench, bench.stream(made), np.where(claims.discarded, NOBODY, claims.roots()))
    return pa.concat_tables(tables).combine_chunks()


def _primary(bench: Bench, table: str, frame: Frame) -> np.ndarray:
    """Give the rows of the source that root objects are made of."""
    if table not in bench.mapping.virtual:
        return frame.rows
    rows: np.ndarray = np.unique(bench.derived.made(table).base[frame.rows])
    return rows


def with_protection(tables: dict[str, pa.Table], roots: Text, protected: np.ndarray) -> dict[str, pa.Table]:
    """Send the cases of protected persons the separate route; nothing below them is to be seen."""
    secret = roots.filter(pa.array(protected))
    if len(secret) == 0:
        return tables
    made = dict(tables)
    for name in ("case", "subcase", "record"):
        mask = pc.is_in(made[name]["root"], value_set=secret)
        made[name] = _replaced(made[name], "access", mask, HIDDEN)
    mask = pc.is_in(made["case"]["root"], value_set=secret)
    made["case"] = _replaced(made["case"], "route", mask, "protected")
    return made


def _replaced(table: pa.Table, column: str, mask: Text, word: str) -> pa.Table:
    values = pc.if_else(mask, word, table[column])
    return table.set_column(table.schema.get_field_index(column), table.schema.field(column), values)


def _stream(
    bench: Bench,
    stream: Stream,
    primary: np.ndarray,
    *,
    roots: Text,
    protected: np.ndarray,
    left: lang.Dropped | None,
) -> pa.Table:
    claims = bench.claims(stream.name)
    discarded = claims.discarded
    owners = np.where(discarded, NOBODY, claims.roots())
    owned = owners != NOBODY
    words = np.full(len(stream), None, dtype=object)
    words[discarded] = "exclude"
    loose = np.flatnonzero(~owned & ~discarded)
    words[loose] = "quarantine" if left is None else "exclude"
    told = sorted(bench.told.get(stream.name, ()))
    _report(bench, stream, np.setdiff1d(loose, told), left)
    _travel(bench, stream, owners)
    roles = np.full(len(stream), "part_of", dtype=object)
    roles[primary[owned[primary]]] = "object"
    once = np.where(discarded, claims.excluded_from, owners)
    hidden = np.append(protected, False)[once]  # the last one stands for nobody
    columns = {
        "stream": repeat(stream.name, len(stream)),
        "key": _keys(bench, stream, hidden),
        "root": roots.take(pa.array(owners, mask=~owned)),
        "role": pa.array(roles, pa.string()),
        "disposition": pa.array(words, pa.string()),
    }
    return pa.table([columns[name] for name in SCHEMA.names], schema=SCHEMA)


def _report_discards(bench: Bench, protected: np.ndarray) -> None:
    """Report rows that a named rule excluded; those of a protected object under a pseudonym."""
    for frame, rule in bench.discards:
        keys = frame.shown(np.arange(len(frame))).to_pylist()
        hidden = protected[frame.root].tolist()
        shown = [bench.pseudonym(key) if hide else key for key, hide in zip(keys, hidden, strict=True)]
        cause = Cause("MAP140", "exclude", rule.name, rule.where)
        nobody = np.full(len(frame), NOBODY)
        bench.verdicts.add(nobody, frame.stream.name, pa.array(shown, pa.string()), cause)


def _keys(bench: Bench, stream: Stream, hidden: np.ndarray) -> Text:
    keys = stream.shown(np.arange(len(stream)))
    if not hidden.any():
        return keys
    masked = [bench.pseudonym(key) for key in keys.filter(pa.array(hidden)).to_pylist()]
    return pc.replace_with_mask(keys, pa.array(hidden), pa.array(masked, pa.string()))


def _report(bench: Bench, stream: Stream, loose: np.ndarray, left: lang.Dropped | None) -> None:
    nobody = np.full(len(loose), NOBODY)
    keys = stream.shown(loose)
    if left is not None:
        bench.verdicts.add(nobody, stream.name, keys, Cause("MAP142", "exclude", "leave", left.where))
        return
    place = bench.orphan_places.get(stream.name, _joined_at(bench, stream.name))
    bench.verdicts.add(nobody, stream.name, keys, Cause("MAP115", "quarantine", "orphan", place))


def _joined_at(bench: Bench, stream: str) -> str:
    for entity in bench.mapping.entities.values():
        for join in entity.joins:
            if join.table == stream:
                return join.where
    made = (table.where for table in bench.mapping.virtual.values() if stream == table.base)
    return next(made, bench.mapping.entities_where)


def _travel(bench: Bench, stream: Stream, owners: np.ndarray) -> None:
    """Let the source rows of every object travel with it, by stream and in the stream's own order."""
    at = np.flatnonzero(owners != NOBODY)
    taken = pa.array(at)
    numbers = owners[at]
    keys = stream.shown(at)
    texts = _json(bench, stream).take(taken)
    fields = {"stream": repeat(stream.name, len(at)), "key": keys, "json": texts}
    bench.output.add("row", numbers, None, fields, order=fields["stream"], tie=at)


def _json(bench: Bench, stream: Stream) -> Text:
    """Give the rows as JSON; what is about several objects travels with none of them."""
    texts = stream.json()
    columns: dict[int, set[str]] = {}
    for column, rows in bench.withheld.get(stream.name, ()):
        for row in rows.tolist():
            columns.setdefault(row, set()).add(column)
    for names in sorted({tuple(sorted(found)) for found in columns.values()}):
        mask = np.zeros(len(stream), dtype=bool)
        mask[[row for row, found in columns.items() if tuple(sorted(found)) == names]] = True
        texts = pc.if_else(pa.array(mask), stream.json_without(frozenset(names)), texts)
    return texts
