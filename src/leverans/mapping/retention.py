"""The words of a plan for how long: what is kept, and periods after which the rest is disposed of."""

import re
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

START = "retention_start"
"""Field that says on which day the time begins."""

KEEP = "keep"
"""The model's word for what is kept for ever."""

_KEPT = frozenset({KEEP, "bevaras"})
_YEARS, _OTHER = "0*[0-9]{1,3}", "0*[0-9]{1,5}"
_PERIOD = f"{_YEARS}|P(?:{_YEARS}Y)?(?:{_OTHER}M)?(?:{_OTHER}W)?(?:{_OTHER}D)?"
"""Less than a thousand years; a period of nothing has no digit but 0."""
_SOME = "[1-9]"
_TIME = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
_DAY = f"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?:[T ]{_TIME})?"
"""How the model writes a day; a time of day may follow."""


def is_rule(text: str) -> bool:
    """Say whether a plan may say this: ``keep`` or ``bevaras``, whole years, or a period as in ISO 8601.

    No period is nothing at all (``0``, ``P0Y``) or a thousand years and more.
    """
    period = re.fullmatch(_PERIOD, text) is not None and re.search(_SOME, text) is not None
    return period or text.casefold() in _KEPT


def strange_rules(texts: "pa.Array") -> "pa.Array":
    """Say of each text whether a plan may not say it; where nothing is said, nothing is strange."""
    some = pc.match_substring_regex(texts, _SOME)
    period = pc.and_(pc.match_substring_regex(texts, rf"\A(?:{_PERIOD})\z"), some)
    return pc.fill_null(pc.invert(pc.or_(period, _kept(texts))), fill_value=False)


def model_rules(texts: "pa.Array") -> "pa.Array":
    """Give a plan's words as the model has them: every word for what is kept becomes `KEEP`."""
    return pc.if_else(pc.and_(_kept(texts), pc.is_valid(texts)), KEEP, texts)


def is_day(text: str) -> bool:
    """Say whether a text is a day that there is, as the model writes it."""
    if re.fullmatch(_DAY, text) is None:
        return False
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True


def no_days(texts: "pa.Array") -> "pa.Array":
    """Say of each text whether it is no day; where nothing is said, nothing is wrong."""
    told = pc.dictionary_encode(texts)
    wrong = pa.array(
        [text is not None and not is_day(text) for text in told.dictionary.to_pylist()], pa.bool_()
    )
    return pc.fill_null(wrong.take(told.indices), fill_value=False)


def _kept(texts: "pa.Array") -> "pa.Array":
    return pc.is_in(pc.utf8_lower(texts), value_set=pa.array(sorted(_KEPT)))
