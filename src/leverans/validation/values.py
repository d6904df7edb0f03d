"""Checks of single values, by the names that the grammars use."""

import re
from collections.abc import Callable
from datetime import date

Check = Callable[[str], object]

_DATE = r"-?(?P<y>\d{4,})-(?P<m>0[1-9]|1[0-2])-(?P<d>0[1-9]|[12]\d|3[01])"
_ZONE = r"(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)?"
_DATETIME = re.compile(
    _DATE + r"T(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?|24:00:00(?:\.0+)?)" + _ZONE, re.ASCII
)
_DAY = re.compile(_DATE + _ZONE, re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_NATURAL = re.compile(r"\+?\d{1,18}", re.ASCII)
_NCNAME = re.compile(r"[^\W\d][\w.·-]*")
_UUID = re.compile(
    r"(?:urn:uuid:|uuid-)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    re.ASCII | re.IGNORECASE,
)
_MEDIA = re.compile(
    r"(?:application|audio|example|font|haptics|image|message|model|multipart|text|video)/"
    r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}(?:\s*;.*)?"
)
_LENGTH = r"(\s*\(\s*[1-9]\d*\s*\))?"
_LARGE = r"(\s*\(\s*[1-9]\d*(\s*[KMG])?\s*\))?"
_SQL = re.compile(
    r"INTEGER|INT|SMALLINT|BIGINT|REAL|DOUBLE\s+PRECISION|XML|DATE|BOOLEAN|DATALINK"
    r"|(NUMERIC|DECIMAL|DEC)(\s*\(\s*[1-9]\d*\s*(,\s*\d+\s*)?\))?"
    rf"|(FLOAT|BINARY|BINARY\s+VARYING|VARBINARY){_LENGTH}"
    rf"|((NATIONAL\s+)?(CHARACTER|CHAR)(\s+VARYING)?|VARCHAR|NCHAR(\s+VARYING)?){_LENGTH}"
    rf"|((NATIONAL\s+)?CHARACTER\s+LARGE\s+OBJECT|NCHAR\s+LARGE\s+OBJECT|N?CLOB|BINARY\s+LARGE\s+OBJECT|BLOB){_LARGE}"
    rf"|TIME(\s+WITH\s+TIME\s+ZONE)?{_LENGTH}"
    r"|TIMESTAMP(\s+WITH\s+TIME\s+ZONE)?(\s*\(\s*(0|[1-9]\d*)\s*\))?"
    rf"|INTERVAL\s+(YEAR|MONTH|DAY|HOUR|MINUTE|SECOND){_LENGTH}(\s+TO\s+(MONTH|DAY|HOUR|MINUTE|SECOND){_LENGTH})?"
    r"|INTERVAL\s+SECOND\s*\(\s*[1-9]\d*\s*,\s*\d+\s*\)"
)
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
_LAST_DAY = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_datetime(value: str) -> bool:
    """Tell whether `value` is an xs:dateTime (its day exists)."""
    return _is_day(_DATETIME.fullmatch(value.strip()))


def is_date(value: str) -> bool:
    """Tell whether `value` is an xs:date (it exists)."""
    return _is_day(_DAY.fullmatch(value.strip()))


def _is_day(match: re.Match[str] | None) -> bool:
    if match is None or match["y"] == "0000":
        return False
    month, day = int(match["m"]), int(match["d"])
    if month == 2 and day == 29 and len(match["y"]) == 4:
        year = int(match["y"])
        return date(year, 3, 1).toordinal() - date(year, 2, 1).toordinal() == 29
    return day <= _LAST_DAY[month - 1]


def is_int(value: str) -> bool:
    """Tell whether `value` is an xs:int."""
    return _INTEGER.fullmatch(value.strip()) is not None and -(2**31) <= int(value) < 2**31


def is_names(value: str) -> bool:
    """Tell whether `value` is a list of at least one XML name without colon."""
    return bool(value.split()) and all(_NCNAME.fullmatch(name) for name in value.split())


CHECKS: dict[str, Check | None] = {
    "string": None,
    "nonempty": str.strip,
    "dateTime": is_datetime,
    "date": is_date,
    "boolean": {"true", "false", "1", "0"}.__contains__,
    "int": is_int,
    "long": _INTEGER.fullmatch,
    "natural": _NATURAL.fullmatch,
    "ID": _NCNAME.fullmatch,
    "IDREF": _NCNAME.fullmatch,
    "IDREFS": is_names,
    "uuid": _UUID.fullmatch,
    "media": _MEDIA.fullmatch,
    "base64": _BASE64.fullmatch,
    "fgsDate": re.compile(r"\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d:\d\d)?)?)?", re.ASCII).fullmatch,
    "sql": _SQL.fullmatch,
    "URL": {"URL"}.__contains__,
    "simple": {"simple"}.__contains__,
}
