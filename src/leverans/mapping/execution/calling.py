"""Calls registered functions: what one does wrong is a fault of the rows that it does it to.

A function answers row by row. What it says of a bucket is therefore asked again: some rows each by itself,
and all of them in another order and in two parts, every time with its module made anew. An answer that
depends on neighbours, order, number of rows, chance or earlier calls differs: then nothing of it is used.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leverans.mapping.execution.arrow import Text, blank, flat, holds, where
from leverans.mapping.functions import Function

_FEW = 3
"""Rows asked by themselves from the beginning, the middle and the end, and of those without some argument."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a function made of columns.

    Attributes:
        text: a text for every row, NULL where it failed; NULL everywhere unless it is steady.
        failed: positions of the rows that it fails on, ascending.
        steady: it gave the same when it was asked again.
    """

    text: Text
    failed: np.ndarray
    steady: bool


def call(function: Function, columns: Sequence[Text], rows: int) -> Answer:
    """Give what a function makes of columns, tried again row by row and in another order."""
    made, failed = _answers(function, columns, rows)
    sound = np.setdiff1d(np.arange(rows), failed)
    if _steady(function, columns, made, sound):
        return Answer(made, failed, steady=True)
    return Answer(blank(rows), failed, steady=False)


def _answers(function: Function, columns: Sequence[Text], rows: int) -> tuple[Text, np.ndarray]:
    """Give the answers and where it fails: of rows that it fails on, each half is asked by itself."""
    whole = _asked(function, columns, rows)
    if whole is not None:
        return whole, np.empty(0, dtype=np.int64)
    if rows == 1:
        return blank(1), np.zeros(1, dtype=np.int64)
    half = rows // 2
    first, bad = _answers(function, [column.slice(0, half) for column in columns], half)
    second, worse = _answers(function, [column.slice(half) for column in columns], rows - half)
    return pa.concat_arrays([first, second]), np.concatenate([bad, worse + half])


def _steady(function: Function, columns: Sequence[Text], made: Text, sound: np.ndarray) -> bool:
    """Say whether rows get the same answers by themselves, and all of them shuffled, in two parts."""
    alone = [np.array([row]) for row in _samples(columns, sound)]
    shuffled = np.random.default_rng(len(sound)).permutation(sound)
    return all(_same(function, columns, made, at) for at in (*alone, *np.array_split(shuffled, 2)))


def _samples(columns: Sequence[Text], sound: np.ndarray) -> np.ndarray:
    """Give a few rows: first, in the middle, last, and of those that lack an argument (NULL or empty)."""
    middle = max(0, len(sound) // 2 - 1)
    chosen = [sound[:_FEW], sound[middle : middle + _FEW], sound[-_FEW:]]
    lacking = (mask for column in columns for mask in (pc.is_null(column), holds(pc.equal(column, ""))))
    chosen += [np.intersect1d(where(mask), sound)[:_FEW] for mask in lacking]
    return np.unique(np.concatenate(chosen))


def _same(function: Function, columns: Sequence[Text], made: Text, at: np.ndarray) -> bool:
    rows = pa.array(at)
    again = _asked(function, [column.take(rows) for column in columns], len(at))
    return again is not None and bool(again.equals(made.take(rows)))


def _asked(function: Function, columns: Sequence[Text], rows: int) -> Text | None:
    """Give a function's answer, None where it gives none that can be used; it never ends the run."""
    if rows == 0:
        return blank(0)
    try:
        made = flat(function.code()(*columns))
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001  # whatever it does wrong, SystemExit too, is told of the rows
        return None
    fits = isinstance(made, pa.Array) and len(made) == rows
    return made if fits and made.type == pa.string() else None
