"""The words of a plan for how long: what is kept, and periods after which the rest is disposed of."""

import re

import pyarrow as pa
import pyarrow.compute as pc

KEEP = "keep"
"""The model's word for what is kept for ever."""

_KEPT = frozenset({KEEP, "bevaras"})
_PERIOD = re.compile(r"\d+|P(?=\d)(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?", re.ASCII)


def is_rule(text: str) -> bool:
    """Say whether a plan may say this: ``keep`` or ``bevaras``, whole years, or a period as in ISO 8601."""
    return text.casefold() in _KEPT or _PERIOD.fullmatch(text) is not None


def model_rules(texts: "pa.Array") -> "pa.Array":
    """Give a plan's words as the model has them: every word for what is kept becomes `KEEP`."""
    kept = pc.is_in(pc.utf8_lower(texts), value_set=pa.array(sorted(_KEPT)))
    return pc.if_else(pc.and_(kept, pc.is_valid(texts)), KEEP, texts)
