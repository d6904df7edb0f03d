"""ISO 8601 dates of any precision as spans of time, so that only what is certain is called wrong.

``2003`` is the span of a year, ``2003-04-02`` of a day. One date is after another only when its span begins
after the other's has ended. A text without a zone, beside one with a zone, may be meant in any zone.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

_SHAPE = (
    r"^(?P<date>\d{4}(?:-\d{2}(?:-\d{2})?)?)"
    r"(?:[T ](?P<time>\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)(?P<zone>Z|[+-]\d{2}(?::?\d{2})?)?)?$"
)
_MONTHS = {4: 12, 7: 1}
_LENGTHS = {5: 60_000_000, 8: 1_000_000}
_DAY = 86_400_000_000
_ANY_ZONE = 14 * 3_600_000_000


@dataclass(frozen=True, slots=True)
class Spans:
    """Columns of microseconds since 1970: `start` is counted in, `end` is not.

    Attributes:
        start: the first microsecond it may be.
        end: the first microsecond that it cannot be any more.
        zoned: the text has a zone.
        given: there is a text.
        valid: the text is a date.
    """

    start: np.ndarray
    end: np.ndarray
    zoned: np.ndarray
    given: np.ndarray
    valid: np.ndarray


def spans(column: pa.ChunkedArray) -> Spans:
    """Read a column of texts."""
    series = pd.Series(column.to_pandas(), dtype="str")
    parts = series.str.extract(_SHAPE)
    day = _days(parts["date"])
    clock = parts["time"].fillna("")
    moment = pd.to_timedelta(_clock(clock), errors="coerce")
    offset = _offset(parts["zone"])
    given = series.notna().to_numpy()
    valid = given & day.notna().to_numpy() & _in_day(moment, clock)
    start = day.astype("datetime64[us]").to_numpy().astype("int64") + _micros(moment) - offset
    end = np.where(clock.eq("").to_numpy(), _end_of_date(parts["date"], day), start + _length(clock))
    zoned = parts["zone"].notna().to_numpy()
    return Spans(np.where(valid, start, 0), np.where(valid, end, 0), zoned, given, valid)


def certainly_after(first: Spans, second: Spans) -> np.ndarray:
    """Mark where the first is after the second whatever the missing digits and zones are."""
    slack = np.where(first.zoned == second.zoned, 0, _ANY_ZONE)
    return np.asarray(first.valid & second.valid & (first.start >= second.end + slack), dtype=bool)


def _days(texts: pd.Series) -> pd.Series:
    whole = texts + texts.str.len().map({4: "-01-01", 7: "-01", 10: ""})
    return pd.to_datetime(whole, format="%Y-%m-%d", errors="coerce")


def _clock(clock: pd.Series) -> pd.Series:
    whole = clock.str.replace(",", ".", regex=False)
    return whole.where(whole.str.len() != 5, whole + ":00").replace("", "00:00:00")


def _micros(moment: pd.Series) -> np.ndarray:
    whole = moment.fillna(pd.Timedelta(0)).to_numpy().astype("timedelta64[us]")
    return np.asarray(whole.astype("int64"))


def _in_day(moment: pd.Series, clock: pd.Series) -> np.ndarray:
    sane = clock.eq("") | clock.str.match(r"(?:[01]\d|2[0-3]):[0-5]\d(?::(?:[0-5]\d|60)|$)")
    return np.asarray(moment.notna() & sane, dtype=bool)


def _offset(zone: pd.Series) -> np.ndarray:
    digits = zone.fillna("").str.replace("Z", "", regex=False).str.replace(":", "", regex=False)
    sign = np.where(digits.str.startswith("-"), -1, 1)
    hours = pd.to_numeric(digits.str[1:3], errors="coerce").fillna(0)
    minutes = pd.to_numeric(digits.str[3:5], errors="coerce").fillna(0)
    return np.asarray(sign * (hours * 3_600_000_000 + minutes * 60_000_000), dtype="int64")


def _end_of_date(texts: pd.Series, day: pd.Series) -> np.ndarray:
    start = day.astype("datetime64[us]").to_numpy()
    months = texts.str.len().map(_MONTHS).fillna(0).to_numpy().astype("timedelta64[M]")
    later = (start.astype("datetime64[M]") + months).astype("datetime64[us]").astype("int64")
    return np.where(months.astype("int64") == 0, start.astype("int64") + _DAY, later)


def _length(clock: pd.Series) -> np.ndarray:
    size = clock.str.len()
    fraction = np.power(10.0, 6 - (size - 9).clip(0, 6)).round().astype("int64")
    return np.where(size.isin(list(_LENGTHS)), size.map(_LENGTHS).fillna(0), fraction).astype("int64")
