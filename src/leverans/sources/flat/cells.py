"""What a number in a cell of a spreadsheet says, by the format it is shown in (ECMA-376 part 1, 18.8.30)."""

import re
from datetime import datetime, timedelta
from typing import Literal

Look = Literal["plain", "date", "time", "elapsed", "zeros"]
"""How a number is shown: as it is, as a day (and time), as a time of day, as hours that run on past 24, or
filled up with zeros at the front."""

_BUILT_IN: dict[int, Look] = {
    **dict.fromkeys((*range(14, 18), 22, *range(27, 37), *range(50, 59)), "date"),
    **dict.fromkeys((*range(18, 22), 45, 47), "time"),
    46: "elapsed",
}
_SILENT = re.compile(r'"[^"]*"|\\.|[_*].|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE)
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
_LONG = re.compile(r"[+-]?(?=\d*[.eE]|\d*\.)[\d.]+(?:[eE][+-]?\d+)?")
_EPOCH = (datetime(1899, 12, 30), datetime(1904, 1, 1))  # noqa: DTZ001  # a spreadsheet knows no zones
_LEAP = 60
"""The 29th of February 1900, which never was; days before it are one less from the epoch."""


def look_of(number: int, code: str | None) -> Look:
    """Tell how a number format shows numbers.

    Args:
        number: its id.
        code: its code where the workbook defines it; None: built in.
    """
    if code is None:
        return _BUILT_IN.get(number, "plain")
    said = _SILENT.sub("", code.partition(";")[0]).lower()
    if re.search(r"\[[hms]+\]", said):
        return "elapsed"
    if re.search("[yd]", said) or ("m" in said and not re.search("[hs]", said)):
        return "date"
    if re.search("[hs]", said):
        return "time"
    return "zeros" if re.match("0[0 -]*0", said) and not re.search("[#.?/%e]", said) else "plain"


def number_text(written: str) -> str:
    """Give a number as it is written; of 16 or 17 digits after a point the shortest that is the same number.

    A spreadsheet writes 0.1 as 0.10000000000000001. Whole numbers are never touched.
    """
    digits = sum(map(str.isdigit, written.lower().partition("e")[0]))
    if digits > 15 and _LONG.fullmatch(written):
        short = repr(float(written)).removesuffix(".0")
        return written if short.endswith("inf") else short
    return written


def moment_text(written: str, look: Look, *, from_1904: bool) -> str | None:
    """Give a day, a day and time, a time or a duration in ISO 8601; None where the number is none.

    Args:
        written: the number: days since the epoch.
        look: how it is shown.
        from_1904: the workbook counts from 1904.
    """
    try:
        return _moment(float(written), look, from_1904=from_1904)
    except (ValueError, OverflowError):
        return None


def _moment(value: float, look: Look, *, from_1904: bool) -> str | None:
    if look == "elapsed":
        return _duration(value) if value >= 0 else None
    if look == "time" and 0 <= value < 1:
        return _with_time(_EPOCH[0] + _rounded(value)).partition("T")[2]
    if value < 0 or (not from_1904 and (value < 1 or _LEAP <= value < _LEAP + 1)):
        return None
    early = not from_1904 and value < _LEAP
    when = _EPOCH[from_1904] + _rounded(value + early)
    whole = look == "date" and when == datetime(when.year, when.month, when.day)  # noqa: DTZ001
    return f"{when:%Y-%m-%d}" if whole else _with_time(when)


def whole(text: str | None) -> int | None:
    """Give a small whole number as it stands in an attribute; None where it is none."""
    return int(text) if text and len(text) < 10 and text.isdecimal() else None


def unescaped(text: str) -> str:
    """Give a text without the escapes of characters that XML cannot hold (ST_Xstring)."""
    if "_x" not in text:
        return text
    found = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    try:
        return found.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        return text


def _rounded(days: float) -> timedelta:
    return timedelta(milliseconds=round(days * 86_400_000))


def _with_time(when: datetime) -> str:
    return when.isoformat(timespec="milliseconds" if when.microsecond else "seconds")


def _duration(days: float) -> str:
    seconds, thousandths = divmod(round(days * 86_400_000), 1000)
    minutes, seconds = divmod(seconds, 60)
    rest = f".{thousandths:03}" if thousandths else ""
    return f"PT{minutes // 60}H{minutes % 60}M{seconds}{rest}S"
