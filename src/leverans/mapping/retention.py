"""The words of a plan for how long: what is kept, and periods after which the rest is disposed of."""

import re

import pyarrow as pa
import pyarrow.compute as pc

KEEP = "keep"
"""The model's word for what is kept for ever."""

_KEPT = frozenset({KEEP, "bevaras"})
_PERIOD = "[0-9]+|P(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+W)?(?:[0-9]+D)?"
_NOTHING = "P"
"""A period of nothing: the pattern has no other hole."""


def is_rule(text: str) -> bool:
    """Say whether a plan may say this: ``keep`` or ``bevaras``, whole years, or a period as in ISO 8601."""
    period = re.fullmatch(_PERIOD, text) is not None and text != _NOTHING
    return period or text.casefold() in _KEPT


def strange_rules(texts: "pa.Array") -> "pa.Array":
    """Say of each text whether a plan may not say it; where nothing is said, nothing is strange."""
    period = pc.and_(pc.match_substring_regex(texts, f"^(?:{_PERIOD})$"), pc.not_equal(texts, _NOTHING))
    return pc.fill_null(pc.invert(pc.or_(period, _kept(texts))), fill_value=False)


def model_rules(texts: "pa.Array") -> "pa.Array":
    """Give a plan's words as the model has them: every word for what is kept becomes `KEEP`."""
    return pc.if_else(pc.and_(_kept(texts), pc.is_valid(texts)), KEEP, texts)


def _kept(texts: "pa.Array") -> "pa.Array":
    return pc.is_in(pc.utf8_lower(texts), value_set=pa.array(sorted(_KEPT)))
