"""Calls registered functions: what one does wrong is a fault of the rows that it does it to."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from leverans.mapping.execution.arrow import Text, blank, flat
from leverans.mapping.functions import Function

_FEW = 16
"""Rows that every answer is tried on again."""


def call(function: Function, columns: Sequence[Text], rows: int) -> tuple[Text, np.ndarray]:
    """Give what a function makes of columns, and the positions of rows that it fails on (NULL there).

    Functions work row by row: where one fails on several rows, each half is asked by itself.
    """
    whole = _asked(function, columns, rows)
    if whole is not None:
        steady = _steady(function, columns, whole)
        return (whole, np.empty(0, dtype=np.int64)) if steady else (blank(rows), np.arange(rows))
    if rows == 1:
        return blank(1), np.zeros(1, dtype=np.int64)
    half = rows // 2
    first, bad = call(function, [column.slice(0, half) for column in columns], half)
    second, worse = call(function, [column.slice(half) for column in columns], rows - half)
    return pa.concat_arrays([first, second]), np.concatenate([bad, worse + half])


def _steady(function: Function, columns: Sequence[Text], whole: Text) -> bool:
    """Say whether a few rows give the same by themselves: what does not is no function of the row."""
    few = min(len(whole), _FEW)
    again = _asked(function, [column.slice(0, few) for column in columns], few)
    return again is not None and bool(whole.slice(0, few).equals(again))


def _asked(function: Function, columns: Sequence[Text], rows: int) -> Text | None:
    """Give a function's answer, None where it gives none that can be used."""
    if rows == 0:
        return blank(0)
    try:
        made = flat(function.code()(*columns))
    except Exception:  # noqa: BLE001  # whatever it does wrong is told of the rows
        return None
    fits = isinstance(made, pa.Array) and len(made) == rows
    return made if fits and made.type == pa.string() else None
