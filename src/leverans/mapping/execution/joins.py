"""Joins by name: the cardinality is checked, and rows of a one-to-one join become part of the object."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leverans.mapping import language as lang
from leverans.mapping.execution.arrow import Text, holds, joined, position, repeated, where
from leverans.mapping.execution.bench import Bench
from leverans.mapping.execution.frames import NOBODY, Frame, Joined, satisfies, whole
from leverans.mapping.execution.latest import TIED, Newest, newest
from leverans.mapping.execution.streams import Stream
from leverans.mapping.execution.verdicts import Cause


@dataclass(frozen=True, slots=True)
class KeyIndex:
    """Some rows of a stream by the text of some columns."""

    stream: Stream
    keys: Text
    rows: np.ndarray
    several: Text


def key_index(frame: Frame, columns: tuple[str, ...]) -> KeyIndex:
    """Index the rows of a frame."""
    keys = joined([frame.text(column) for column in columns])
    return KeyIndex(frame.stream, keys, frame.rows, repeated(keys))


def selected(bench: Bench, table: str, condition: lang.Condition) -> Frame:
    """Give the rows of a stream that meet a condition, of nobody yet."""
    every = whole(bench.stream(table))
    return every.subset(where(satisfies(every, condition))) if condition.tests else every


def join_all(bench: Bench, frame: Frame, joins: tuple[lang.Join, ...]) -> None:
    """Do the joins of a frame in the order written; a later one may use an earlier one."""
    for join in joins:
        frame.joins[join.name] = _join(bench, frame, join)


def _join(bench: Bench, frame: Frame, join: lang.Join) -> Joined:
    every = selected(bench, join.table, join.condition)
    other = every if join.latest is None else every.subset(_late(newest(every, join.latest)))
    columns = tuple(column for _own, column in join.on)
    index = key_index(other, columns)
    left = joined([frame.text(own) for own, _column in join.on])
    found = position(left, index.keys)
    several = holds(pc.is_in(left, value_set=index.several))
    many, none = where(several), where(pc.is_null(found))
    rows = np.full(len(frame), NOBODY)
    at = where(pc.and_not(pc.is_valid(found), several))
    rows[at] = index.rows[np.asarray(found.take(pa.array(at)))]
    bench.fault(frame, many, Cause(_doubled(join), "quarantine", join.name, join.where))
    if join.missing == "quarantine":
        bench.fault(frame, none, Cause("MAP110", "quarantine", join.name, join.where))
        frame.broken[none] = True
    frame.broken[many] = True
    if join.cardinality == "one_to_one":
        _unshared(bench, frame, join, rows)
    _claim(bench, frame, join, left, index if join.latest is None else key_index(every, columns))
    return Joined(other.stream, rows, _all_of(left, index, many))


def _late(found: Newest) -> np.ndarray:
    """Give the latest rows with those that are as late: both will be found, and that is told."""
    rows: np.ndarray = np.union1d(found.chosen, found.tied)
    return rows


def _doubled(join: lang.Join) -> str:
    """Give the code of more than one row: a tie where the versions of what is joined on were told apart."""
    told_apart = join.latest is not None and set(join.latest.of) <= {column for _own, column in join.on}
    return TIED if told_apart else "MAP111"


def _unshared(bench: Bench, frame: Frame, join: lang.Join, rows: np.ndarray) -> None:
    """Set every object aside that shares its joined row with another one."""
    used, counts = np.unique(rows[rows != NOBODY], return_counts=True)
    shared = np.flatnonzero(np.isin(rows, used[counts > 1]))
    bench.fault(frame, shared, Cause("MAP112", "quarantine", join.name, join.where))


def _claim(bench: Bench, frame: Frame, join: lang.Join, left: Text, index: KeyIndex) -> None:
    """Let the joined rows be part of the object; where several share one, of the least.

    Rows of a many-to-one join are only claimed where nothing else does: they are parties and the like that
    happen to lie in the bucket.
    """
    if not index.stream.bucketed:
        return
    order = np.argsort(frame.root, kind="stable")
    owner = position(index.keys, left.take(pa.array(order)))
    at = where(pc.is_valid(owner))
    roots = frame.root[order[np.asarray(owner.take(pa.array(at)))]]
    late = join.cardinality == "many_to_one"
    bench.claims(index.stream.name).take(index.rows[at], roots, late=late)


def _all_of(left: Text, index: KeyIndex, many: np.ndarray) -> dict[int, np.ndarray]:
    """Give every row that a doubled join found: protection must see them all. There are few."""
    found: dict[int, np.ndarray] = {}
    for at in many.tolist():
        found[at] = index.rows[where(holds(pc.equal(index.keys, left[at])))]
    return found
