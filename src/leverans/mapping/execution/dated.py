"""Code tables with a time for each row: which row holds on a day, columnar, and where none or several do."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leverans.mapping import language as lang
from leverans.mapping.execution.arrow import Mask, Text, holds, joined, position, present
from leverans.mapping.execution.dates import parse_dates

_SPAN = 4_000_000
"""More days than the calendar has: code and day become one number."""
_YEAR_ONE = 719_163
"""1970-01-01, counted from 0000-12-31 as day 0."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found per value: its row, and what was wrong where there is none.

    Attributes:
        rows: position in the columns, null for none.
        none: the code is known, and none of its rows holds on the day.
        several: several rows hold on the day.
        unreadable: a period of the code cannot be read.
    """

    rows: pa.Array
    none: Mask
    several: Mask
    unreadable: Mask


class Periods:
    """The rows of a dated code table.

    Args:
        keys: the code of each row.
        first: ISO text of the first day, NULL is open.
        last: ISO text of the last day, NULL is open.
        unreadable: rows whose period cannot be read, or ends before it begins.
    """

    def __init__(self, keys: Text, first: Text, last: Text, unreadable: np.ndarray) -> None:
        self._unreadable = pc.unique(keys.filter(pa.array(unreadable)).drop_null())
        at = np.flatnonzero(np.asarray(pc.is_valid(keys), dtype=bool) & ~unreadable)
        taken = pa.array(at, pa.int64())
        self.keys = pc.unique(keys.drop_null())
        codes = np.asarray(pc.cast(pc.index_in(keys.take(taken), value_set=self.keys), pa.int64()))
        starts = codes * _SPAN + days_of(first.take(taken), 0)
        ends = codes * _SPAN + days_of(last.take(taken), _SPAN - 1)
        self._starts, self._started = _summed(starts, at)
        self._ends, self._ended = _summed(ends, at)

    def find(self, values: Text, days: Text) -> Found:
        """Give the row of each value on its day; a value or day that is NULL finds none, without a fault."""
        code = position(values, self.keys)
        asked = pc.and_(pc.is_valid(code), pc.is_valid(days))
        broken = pc.and_(asked, holds(pc.is_in(values, value_set=self._unreadable)))
        wanted = np.asarray(pc.fill_null(pc.cast(code, pa.int64()), 0)) * _SPAN + days_of(days, 0)
        begun = np.searchsorted(self._starts, wanted, side="right")
        over = np.searchsorted(self._ends, wanted, side="left")
        hits = begun - over
        rows = self._started[begun] - self._ended[over]
        sound = pc.and_not(asked, broken)
        good = np.asarray(sound, dtype=bool) & (hits == 1)
        return Found(
            pa.array(rows, pa.int64(), mask=~good),
            pc.and_(sound, pa.array(hits == 0)),
            pc.and_(sound, pa.array(hits > 1)),
            broken,
        )


def periods_of(keys: Text, start: Text, end: Text, valid: lang.Valid) -> Periods:
    """Make the periods of a table from its columns as they are written."""
    first = parse_dates(pc.if_else(present(start), start, None), (valid.layout,), time=False)
    last = parse_dates(pc.if_else(present(end), end, None), (valid.layout,), time=False)
    bad = np.zeros(len(keys), dtype=bool)
    for dates in (first, last):
        bad |= np.asarray(dates.unfit, dtype=bool) | np.asarray(dates.unreal, dtype=bool)
    bad |= np.asarray(holds(pc.less(last.iso, first.iso)), dtype=bool)
    return Periods(keys, first.iso, last.iso, bad)


def distinct(columns: dict[str, Text]) -> np.ndarray:
    """Give the first of all rows that say the same: a row that stands twice is no doubt."""
    whole = joined([pc.fill_null(column, "\x1e") for column in columns.values()])
    codes = np.asarray(pc.dictionary_encode(whole).indices)
    return np.sort(np.unique(codes, return_index=True)[1])


def days_of(iso: Text, default: int) -> np.ndarray:
    """Give days as numbers (0001-01-01 is 1), `default` for NULL."""
    days = pc.cast(pc.cast(pc.utf8_slice_codeunits(iso, 0, 10), pa.date32()), pa.int32())
    return np.asarray(pc.fill_null(pc.add(pc.cast(days, pa.int64()), _YEAR_ONE), default))


def _summed(numbers: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sort, and sum up the rows before each place: the difference of two sums is the one row between."""
    order = np.argsort(numbers, kind="stable")
    return numbers[order], np.concatenate(([0], np.cumsum(rows[order])))
