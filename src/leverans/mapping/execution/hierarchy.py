"""Tables that refer to themselves: what lies on top, and rows that hang in the air or in a circle."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leverans.mapping import language as lang
from leverans.mapping.execution.arrow import joined, position, present, true, where
from leverans.mapping.execution.bench import Bench
from leverans.mapping.execution.frames import NOBODY, Frame, whole
from leverans.mapping.execution.verdicts import Cause

LOST, CIRCLE, DEEP = "MAP118", "MAP119", "MAP126"
LEVELS = 60
"""Levels of entities below each other; more set the object aside."""


def tops(frame: Frame, hierarchy: lang.Hierarchy) -> np.ndarray:
    """Give the positions of rows without a parent."""
    return where(pc.invert(_has_parent(frame, hierarchy)))


def settle_hierarchy(bench: Bench, entity: lang.Entity) -> None:
    """Tell of rows that no object has because their parent is missing, or because they lie in a circle."""
    if entity.hierarchy is None or entity.table in bench.mapping.virtual:
        return
    every = whole(bench.stream(entity.table))
    every.key = entity.key
    claims = bench.claims(entity.table)
    free = (claims.roots() == NOBODY) & ~claims.discarded
    above = _above(every, entity)
    ends = _ends(above)
    asked = free & np.asarray(_has_parent(every, entity.hierarchy), dtype=bool)
    told = bench.told.setdefault(entity.table, set())
    on_top = np.zeros(len(every), dtype=bool)
    on_top[tops(every, entity.hierarchy)] = True
    lost = (ends >= 0) & ~on_top[np.maximum(ends, 0)]
    for code, at in ((CIRCLE, asked & (ends < 0)), (LOST, asked & lost)):
        rows = np.flatnonzero(at)
        bench.fault(every, rows, Cause(code, "quarantine", entity.name, entity.hierarchy.where))
        told.update(rows.tolist())


def _has_parent(frame: Frame, hierarchy: lang.Hierarchy) -> pa.Array:
    mask = pc.invert(true(len(frame)))
    for column in hierarchy.parent:
        mask = pc.or_(mask, present(frame.text(column)))
    return mask


def _above(every: Frame, entity: lang.Entity) -> np.ndarray:
    """Give the position of the parent of every row, the row itself where it has none."""
    parent = entity.hierarchy.parent if entity.hierarchy else ()
    keys = joined([every.text(column) for column in entity.key])
    found = position(joined([every.text(column) for column in parent]), keys)
    own = np.arange(len(every))
    places = np.asarray(pc.fill_null(pc.cast(found, pa.int64()), NOBODY))
    return np.where(places == NOBODY, own, np.where(places == own, NOBODY, places))


def _ends(above: np.ndarray) -> np.ndarray:
    """Give the last row on the way up from every row, -1 for a way that never ends."""
    ends = above.copy()
    for _step in range(max(1, len(above).bit_length())):
        ends = np.where(ends < 0, ends, ends[np.maximum(ends, 0)])
    last = (ends >= 0) & (above[np.maximum(ends, 0)] == ends)
    answer: np.ndarray = np.where(last, ends, -1)
    return answer
