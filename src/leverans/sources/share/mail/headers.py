"""Headers of a mail as text (RFC 5322, 2047, 2231), whatever stands in them."""

import re
from base64 import b64decode
from collections.abc import Iterable
from email.utils import parsedate_to_datetime
from quopri import decodestring

COLUMNS = {
    "message_id": "message-id",
    "date": "date",
    "from": "from",
    "to": "to",
    "cc": "cc",
    "bcc": "bcc",
    "reply_to": "reply-to",
    "subject": "subject",
    "in_reply_to": "in-reply-to",
    "references": "references",
}
"""Columns of a mail → the headers in them."""

_FOLD = re.compile(r"\r?\n[ \t]*|\r")
_RAW = re.compile("[\udc80-\udcff]")
_WORD = re.compile(r"=\?([^?\s]+)\?([bBqQ])\?([^?]*)\?=")
_RUN = re.compile(rf"{_WORD.pattern}(?:\s*{_WORD.pattern})*")


def plain(value: str, damage: set[str]) -> str:
    """Decode the text of a header; what cannot be decoded stays as it stands.

    Args:
        value: bytes that are no ASCII stand in it as lone surrogates.
        damage: takes what is wrong.
    """
    text = _FOLD.sub(" ", value)
    if _RAW.search(text):
        damage.add("8-bit header")
        text = _eight_bit(text)
    return _RUN.sub(lambda run: _words(run[0], damage), text).strip()


def columns(headers: Iterable[tuple[str, str]]) -> dict[str, str | None]:
    """Give the columns of a mail from its decoded headers; of several of one name the first, addresses all.

    Args:
        headers: name and decoded text.
    """
    found: dict[str, list[str]] = {}
    for name, value in headers:
        found.setdefault(name.lower(), []).append(value)
    made: dict[str, str | None] = {}
    for column, name in COLUMNS.items():
        values = found.get(name, [])
        several = column in {"to", "cc", "bcc"}
        made[column] = (", ".join(values) if several else values[0]) if values else None
    made["sent"] = moment(made["date"])
    return made


def moment(text: str | None) -> str | None:
    """Give a date as it is written in mail in ISO 8601; None where it is none."""
    try:
        return parsedate_to_datetime(text).isoformat() if text else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _eight_bit(text: str) -> str:
    raw = text.encode("utf-8", "surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "backslashreplace")


def _words(run: str, damage: set[str]) -> str:
    """Decode encoded words that stand side by side; a letter may be cut between two of one charset."""
    made, waiting, last = "", b"", ""
    for charset, way, text in _WORD.findall(run):
        raw = _bytes(way, text)
        if raw is None:
            damage.add("encoded word")
            return run
        charset = charset.partition("*")[0].lower()  # noqa: PLW2901  # the language after it says nothing
        if charset != last:
            made += _decoded(waiting, last, damage)
            waiting, last = b"", charset
        waiting += raw
    return made + _decoded(waiting, last, damage)


def _bytes(way: str, text: str) -> bytes | None:
    if way in "qQ":
        return decodestring(text.encode("utf-8"), header=True)
    try:
        return b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        return None


def _decoded(raw: bytes, charset: str, damage: set[str]) -> str:
    if not raw:
        return ""
    try:
        return raw.decode(charset)
    except (LookupError, ValueError):
        damage.add("encoded word")
        return raw.decode("cp1252", "backslashreplace")
