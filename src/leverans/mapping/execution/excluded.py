"""What excluded rows were joined with: rows and documents that no other row needs are excluded with them."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leverans.mapping import language as lang
from leverans.mapping.execution.arrow import joined, position
from leverans.mapping.execution.bench import Bench
from leverans.mapping.execution.frames import NOBODY, Frame, Joined, whole
from leverans.mapping.execution.joins import selected


def exclude_joined(bench: Bench) -> None:
    """Let joined rows and documents follow the rows that a named rule excluded; when all claims are made."""
    for frame, _rule in tuple(bench.discards):
        for entity in bench.mapping.entities.values():
            if entity.table == frame.stream.name and len(frame):
                _exclude(bench, entity, frame.subset(np.arange(len(frame))))


def _exclude(bench: Bench, entity: lang.Entity, out: Frame) -> None:
    kept = _kept(bench, entity)
    for join in entity.joins:
        if bench.stream(join.table).bucketed:
            needed = _join(bench, kept, join)
            _discard(bench, join.table, _join(bench, out, join), needed, out.root)
    content = entity.content
    if (
        content is None
        or content.by.operator != "from"
        or content.by.column.partition(".")[0] not in out.joins
    ):
        return
    found = [_documents(bench, content, frame) for frame in (out, kept)]
    if bench.stream(content.document).bucketed:
        _discard(bench, content.document, found[0], found[1], out.root)


def _kept(bench: Bench, entity: lang.Entity) -> Frame:
    """Give the entity's rows that objects have."""
    every, claims = whole(bench.stream(entity.table)), bench.claims(entity.table)
    return every.subset(np.flatnonzero((claims.roots() != NOBODY) & ~claims.discarded))


def _join(bench: Bench, frame: Frame, join: lang.Join) -> np.ndarray:
    """Do a join, the first row of several; nothing is told and nothing claimed."""
    other = selected(bench, join.table, join.condition)
    keys = joined([other.text(column) for _own, column in join.on])
    found = _rows(position(joined([frame.text(own) for own, _column in join.on]), keys))
    rows = found if not len(other) else np.where(found == NOBODY, NOBODY, other.rows[np.maximum(found, 0)])
    frame.joins[join.name] = Joined(other.stream, rows, {})
    return rows


def _documents(bench: Bench, content: lang.Content, frame: Frame) -> np.ndarray:
    return _rows(position(frame.text(content.by.column), bench.stream(content.document).text("ref")))


def _discard(bench: Bench, name: str, rows: np.ndarray, needed: np.ndarray, roots: np.ndarray) -> None:
    bench.claims(name).discard(np.where(np.isin(rows, needed), NOBODY, rows), roots)


def _rows(found: pa.Array) -> np.ndarray:
    return np.asarray(pc.fill_null(pc.cast(found, pa.int64()), NOBODY))
