"""Of rows that are versions of one thing only the latest is used."""

from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from leverans.mapping import language as lang
from leverans.mapping.execution.arrow import joined, natural
from leverans.mapping.execution.bench import Bench
from leverans.mapping.execution.frames import Frame
from leverans.mapping.execution.verdicts import Cause

TIED = "MAP117"


@dataclass(frozen=True, slots=True)
class Newest:
    """Which rows of a frame are the latest.

    Attributes:
        chosen: positions of the latest row of each thing, ascending.
        stands: per row of the frame the position of the latest row of its thing.
        tied: positions of rows that are latest together with another.
    """

    chosen: np.ndarray
    stands: np.ndarray
    tied: np.ndarray


def newest(frame: Frame, latest: lang.Latest) -> Newest:
    """Find the latest rows; a row that lacks a column of `of` is a thing of its own."""
    count = len(frame)
    things = _things(frame, latest)
    order = natural([frame.text(column) for column in latest.by], count)
    rank = np.asarray(pc.rank(order, sort_keys="ascending", tiebreaker="dense")).astype(np.int64)
    best = np.full(int(things.max(initial=-1)) + 1, -1)
    np.maximum.at(best, things, rank)
    late = np.flatnonzero(rank == best[things])
    _, first, numbers = np.unique(things[late], return_index=True, return_inverse=True)
    several = np.bincount(numbers.reshape(-1), minlength=len(first))[numbers.reshape(-1)] > 1
    chosen = late[first]
    stands = chosen[things] if count else chosen
    return Newest(np.sort(chosen), stands, late[several])


def only_newest(bench: Bench, frame: Frame, latest: lang.Latest | None, rule: str) -> np.ndarray:
    """Give the positions of the rows that count; ties set their objects aside."""
    if latest is None:
        return np.arange(len(frame))
    found = newest(frame, latest)
    bench.fault(frame, found.tied, Cause(TIED, "quarantine", rule, latest.where))
    return found.chosen


def _things(frame: Frame, latest: lang.Latest) -> np.ndarray:
    """Number the things in some order; things of different objects differ."""
    keys = joined([frame.text(column) for column in latest.of])
    codes = np.asarray(pc.fill_null(pc.dictionary_encode(keys).indices, -1)).astype(np.int64)
    alone = np.flatnonzero(codes < 0)
    codes[alone] = codes.max(initial=-1) + 1 + np.arange(len(alone))
    pairs = np.column_stack([frame.root, codes])
    numbers: np.ndarray = np.unique(pairs, axis=0, return_inverse=True)[1].reshape(-1)
    return numbers


__all__ = ["TIED", "Newest", "newest", "only_newest"]
