"""Local times get the offset of their zone; what the clock skipped or showed twice is told, not guessed.

The rules come from the time zone database by `zoneinfo`. From 1970 on it is certain, and the same however it
was packed; of older times no offset is claimed.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leverans.mapping.execution.arrow import Text

_CERTAIN = 1970
_LAST = 9998
"""The last year in which a day can be moved by an offset."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Year:
    """The offsets of one zone in one year, by local time.

    Attributes:
        bounds: local seconds since 1970 at which another stretch begins, ascending.
        earlier: per stretch the offset, in seconds, that gives the earlier moment.
        later: per stretch the offset that gives the later moment; the same where there is no doubt.
        skipped: per stretch whether the clock skipped it.
    """

    bounds: np.ndarray
    earlier: np.ndarray
    later: np.ndarray
    skipped: np.ndarray


@dataclass(frozen=True, slots=True)
class Offsets:
    """Per local time its offsets as ``+01:00``, and what is doubtful about it.

    Attributes:
        earlier: the offset that gives the earlier moment.
        later: the offset that gives the later moment; the same where there is no doubt.
        skipped: the clock never showed it.
        twice: the clock showed it twice.
        unknown: no offset is certain.
    """

    earlier: Text
    later: Text
    skipped: np.ndarray
    twice: np.ndarray
    unknown: np.ndarray


def offsets(local: Text, zone: str) -> Offsets:
    """Give the offsets of local times.

    Args:
        local: real times as ISO 8601 text without an offset, none of them NULL.
        zone: name of the zone.
    """
    seconds = np.asarray(
        pc.cast(pc.cast(pc.utf8_slice_codeunits(local, 0, 19), pa.timestamp("s")), pa.int64())
    )
    years = np.asarray(pc.cast(pc.utf8_slice_codeunits(local, 0, 4), pa.int64()))
    rows = len(seconds)
    earlier, later = np.zeros(rows, dtype=np.int64), np.zeros(rows, dtype=np.int64)
    skipped, unknown = np.zeros(rows, dtype=bool), (years < _CERTAIN) | (years > _LAST)
    for year in np.unique(years[~unknown]).tolist():
        rules = _year(zone, year)
        at = np.flatnonzero(years == year)
        stretch = np.searchsorted(rules.bounds, seconds[at], side="right")
        earlier[at], later[at] = rules.earlier[stretch], rules.later[stretch]
        skipped[at] = rules.skipped[stretch]
    unknown = unknown | (earlier % 60 != 0) | (later % 60 != 0)
    twice = (earlier != later) & ~skipped
    return Offsets(_written(earlier), _written(later), skipped & ~unknown, twice & ~unknown, unknown)


@lru_cache(maxsize=1024)
def _year(zone: str, year: int) -> Year:
    info = ZoneInfo(zone)
    start = datetime(year, 1, 1, tzinfo=UTC) - _DAY
    days = [start + number * _DAY for number in range(369)]
    bounds: list[int] = []
    earlier = [_offset(info, days[0])]
    later, skipped = list(earlier), [False]
    for before, after in pairwise(days):
        old, new = _offset(info, before), _offset(info, after)
        if old != new:
            moment = _change(info, before, after)
            bounds += [moment + min(old, new), moment + max(old, new)]
            earlier += [max(old, new), new]
            later += [min(old, new), new]
            skipped += [new > old, False]
    return Year(np.array(bounds, dtype=np.int64), np.array(earlier), np.array(later), np.array(skipped))


def _change(info: ZoneInfo, before: datetime, after: datetime) -> int:
    """Give the second since 1970 at which the offset changes."""
    low, high = int((before - _EPOCH).total_seconds()), int((after - _EPOCH).total_seconds())
    old = _offset(info, before)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(info, _EPOCH + timedelta(seconds=middle)) == old:
            low = middle
        else:
            high = middle
    return high


def _offset(info: ZoneInfo, moment: datetime) -> int:
    found = moment.astimezone(info).utcoffset() or timedelta()
    return int(found.total_seconds())


def _written(seconds: np.ndarray) -> Text:
    """Write offsets as ``+01:00``."""
    known, places = np.unique(seconds, return_inverse=True)
    texts = [
        f"{'-' if one < 0 else '+'}{abs(one) // 3600:02}:{abs(one) // 60 % 60:02}" for one in known.tolist()
    ]
    return pa.array(texts, pa.string()).take(pa.array(places.astype(np.int64)))
