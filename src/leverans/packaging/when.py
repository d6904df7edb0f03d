"""Dates as xs:dateTime, by a rule that invents nothing it does not say.

``2003-04-02`` is written ``2003-04-02T00:00:00``: a midnight without a zone stands for the day. ``2003`` and
``2003-04`` are written as their first day. A zone stands only where the source has one. What `day_or_time`
does not give back from the written form alone is not exact: the writer notes the source's text beside it.
"""

import re
from datetime import date
from functools import lru_cache
from typing import NamedTuple

_SHAPE = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:[T ](?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d)(?P<part>\.\d{1,9})?)?"
    r"(?P<zone>Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)?)?)?)?",
    re.ASCII,
)
_MIDNIGHT = "T00:00:00"


class Moment(NamedTuple):
    """A source's date: as xs:dateTime, or None when it is none; `exact` when the text alone gives it back."""

    value: str | None
    exact: bool


@lru_cache(maxsize=1 << 14)
def moment(text: str) -> Moment:
    """Read ISO 8601 text as exact as the source."""
    found = _SHAPE.fullmatch(text)
    if found is None:
        return Moment(None, exact=False)
    day = f"{found['year']}-{found['month'] or '01'}-{found['day'] or '01'}"
    if not _is_day(day):
        return Moment(None, exact=False)
    if found["hour"] is None:
        return Moment(f"{day}{_MIDNIGHT}", exact=found["day"] is not None)
    clock = f"{found['hour']}:{found['minute']}:{found['second'] or '00'}"
    value = f"{day}T{clock}{found['part'] or ''}{found['zone'] or ''}"
    return Moment(value, exact=day_or_time(value) == text)


def day_or_time(value: str) -> str:
    """Give the model's text of a written xs:dateTime: a midnight without a zone is a day."""
    return value.removesuffix(_MIDNIGHT)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
