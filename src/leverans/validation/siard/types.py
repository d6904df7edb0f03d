"""SQL types, the XML types that stand for them, and the values these allow (P_4.3-3, T_6.3)."""

import re
from collections.abc import Callable
from decimal import Decimal

from leverans.validation import values

_DATE = re.compile(r"(?!0000)\d{4}-\d\d-\d\dZ?", re.ASCII)
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d*)?Z?", re.ASCII)
_INTEGER = re.compile(r"\s*[+-]?\d+\s*", re.ASCII)
_DECIMAL = re.compile(r"\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)\s*", re.ASCII)
_FLOAT = re.compile(r"\s*(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[+-]?INF|NaN)\s*", re.ASCII)
_HEX = re.compile(r"\s*(?:[0-9A-Fa-f]{2})*\s*", re.ASCII)
_PERIOD = re.compile(
    r"\s*-?P(?=.)(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?\s*", re.ASCII
)
_HARMED = re.compile("[\x7f-\x9f]|\\\\(?!u00[0-9A-Fa-f]{2})|  ")
_WIDE = frozenset({"string", "clobType"})
_BYTES = frozenset({"hexBinary", "blobType", "clobType"})

_MAPPED: dict[str, frozenset[str]] = {
    **dict.fromkeys(("INTEGER", "INT", "SMALLINT", "BIGINT"), frozenset({"integer"})),
    **dict.fromkeys(("NUMERIC", "DECIMAL", "DEC"), frozenset({"decimal"})),
    "REAL": frozenset({"float"}),
    **dict.fromkeys(("FLOAT", "DOUBLE PRECISION"), frozenset({"double"})),
    "BOOLEAN": frozenset({"boolean"}),
    **dict.fromkeys(("BINARY", "BINARY VARYING", "VARBINARY", "BINARY LARGE OBJECT", "BLOB"), _BYTES),
    "DATALINK": frozenset({"blobType", "clobType", "datalinkType"}),
    "DATE": frozenset({"dateType"}),
    **dict.fromkeys(("TIME", "TIME WITH TIME ZONE"), frozenset({"timeType"})),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP WITH TIME ZONE"), frozenset({"dateTimeType"})),
    "XML": frozenset({"clobType"}),
}
LARGE = frozenset({"clobType", "blobType", "datalinkType"})
NUMERIC = frozenset({"integer", "decimal"})


def is_day(value: str) -> bool:
    """Tell whether `value` is a dateType."""
    return _DATE.fullmatch(value) is not None and values.is_date(value)


def is_moment(value: str) -> bool:
    """Tell whether `value` is a dateTimeType."""
    day, _, time = value.partition("T")
    return not day.endswith("Z") and is_day(day) and _TIME.fullmatch(time) is not None


CHECKS: dict[str, Callable[[str], object] | None] = {
    "string": None,
    "integer": _INTEGER.fullmatch,
    "decimal": _DECIMAL.fullmatch,
    "float": _FLOAT.fullmatch,
    "double": _FLOAT.fullmatch,
    "boolean": lambda text: text.strip() in {"true", "false", "1", "0"},
    "hexBinary": _HEX.fullmatch,
    "duration": _PERIOD.fullmatch,
    "dateType": is_day,
    "timeType": _TIME.fullmatch,
    "dateTimeType": is_moment,
    "clobType": None,
    "blobType": _HEX.fullmatch,
    "datalinkType": None,
}


def allowed(sql: str) -> frozenset[str]:
    """Give the XML types that may stand for a built-in SQL type; empty when it is none."""
    word = re.sub(r"\s*\(.*?\)", "", sql).strip()
    word = " ".join(word.split())
    if word in _MAPPED:
        return _MAPPED[word]
    if word.startswith("INTERVAL"):
        return frozenset({"duration"})
    if re.search(r"CHAR|CLOB", word):
        return frozenset({"clobType"}) if "LARGE" in word or "CLOB" in word else _WIDE
    return frozenset()


def harmed(text: str) -> bool:
    """Tell whether text stands unescaped that should be written as a code (G_3.3-4)."""
    return _HARMED.search(text) is not None


def canonical(kind: str, text: str) -> str:
    """Give one spelling for values that are equal, so that keys can be compared."""
    if kind in NUMERIC and len(text) < 64:
        try:
            return str(Decimal(text.strip()).normalize())
        except ArithmeticError:
            return text
    return text.rstrip() if kind == "string" else text.strip()
