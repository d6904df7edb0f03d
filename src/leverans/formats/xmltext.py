r"""Text as XML 1.0 can hold it, and back again, without loss.

The escape rule: a character that XML cannot hold (U+0000-U+0008, U+000B, U+000C, U+000E-U+001F, a lone
surrogate, U+FFFE, U+FFFF) is written as the six characters ``\uXXXX`` (hexadecimal). A backslash stays as it
is, except one that already stands before ``u`` and four hexadecimal digits: it is written ``\u005C``, so that
`unescape` gives back exactly what was there. Line breaks and tabs that a parser would change are written as
character references.
"""

import re
from re import Match

_UNHOLDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]|\\\\(?=u[0-9A-Fa-f]{4})")
_ESCAPED = re.compile(r"\\u([0-9A-Fa-f]{4})")
_SPECIAL = re.compile("[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff\\\\]")
_QUOTED = re.compile('[&<>"\r\n\t\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff\\\\]')
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_ATTRIBUTE = _TEXT | str.maketrans({'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})


def escape(value: str) -> tuple[str, int]:
    """Give `value` without characters that XML cannot hold, and how many were written otherwise."""
    return _UNHOLDABLE.subn(_as_words, value)


def unescape(value: str) -> str:
    """Give back what `escape` was given."""
    return _ESCAPED.sub(_as_character, value)


def text(value: str) -> str:
    """Give `value` as the content of an element."""
    if _SPECIAL.search(value) is None:
        return value
    return _UNHOLDABLE.sub(_as_words, value).translate(_TEXT)


def attribute(value: str) -> str:
    """Give `value` as an attribute's value, without the quotation marks around it."""
    if _QUOTED.search(value) is None:
        return value
    return _UNHOLDABLE.sub(_as_words, value).translate(_ATTRIBUTE)


class Escapes:
    """Writes text and attributes as `text` and `attribute` do, and counts what XML could not hold.

    Attributes:
        count: characters written as words so far.
    """

    def __init__(self) -> None:
        self.count = 0

    def text(self, value: str) -> str:
        """Give `value` as the content of an element."""
        if _SPECIAL.search(value) is None:
            return value
        plain, number = _UNHOLDABLE.subn(_as_words, value)
        self.count += number
        return plain.translate(_TEXT)

    def attribute(self, value: str) -> str:
        """Give `value` as an attribute's value, without the quotation marks around it."""
        if _QUOTED.search(value) is None:
            return value
        plain, number = _UNHOLDABLE.subn(_as_words, value)
        self.count += number
        return plain.translate(_ATTRIBUTE)


def _as_words(match: Match[str]) -> str:
    return f"\\u{ord(match[0]):04X}"


def _as_character(match: Match[str]) -> str:
    return chr(int(match[1], 16))
