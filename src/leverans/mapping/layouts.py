"""Layouts of dates and times: what ``%Y%m%d`` accepts, and how the pieces become ISO 8601 text.

``%y`` is a year of two digits: the latest one not after the delivery's day (`as_of`).
"""

import re
from dataclasses import dataclass
from functools import cache

_PIECES = {
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d{2})",
    "m": r"(?P<m>\d{2})",
    "d": r"(?P<d>\d{2})",
    "H": r"(?P<H>\d{2})",
    "M": r"(?P<M>\d{2})",
    "S": r"(?P<S>\d{2})",
    "f": r"(?P<f>\d{1,9})",
    "z": r"(?P<z>Z|[+-]\d{2}:?\d{2})",
    "-m": r"(?P<m>\d{1,2})",
    "-d": r"(?P<d>\d{1,2})",
    "-H": r"(?P<H>\d{1,2})",
}
"""Piece → what it takes; ``%-m`` takes a month of one digit or two."""
_DATE = frozenset("Ymd")


@dataclass(frozen=True, slots=True)
class Layout:
    """One layout: the expression that a text must fit, and which pieces it has."""

    text: str
    expression: str
    pieces: frozenset[str]


@cache
def compile_layout(text: str, *, time: bool) -> Layout:
    """Read a layout.

    Raises:
        ValueError: an unknown or doubled piece, no full date, or a time of day where only a date may be.
    """
    pieces: list[str] = []
    expression = ""
    at = 0
    while at < len(text):
        if text[at] != "%":
            expression += re.escape(text[at])
            at += 1
            continue
        piece = text[at + 1 : at + 3] if text[at + 1 : at + 2] == "-" else text[at + 1 : at + 2]
        if piece not in _PIECES or piece[-1] in pieces:
            raise ValueError(f"%{piece}")
        pieces.append(piece[-1])
        expression += _PIECES[piece]
        at += 1 + len(piece)
    _whole(pieces, time=time)
    return Layout(text, f"^(?:{expression})$", frozenset(pieces))


def _whole(pieces: list[str], *, time: bool) -> None:
    if "Y" in pieces and "y" in pieces:
        raise ValueError("%y")
    if not {"Y" if piece == "y" else piece for piece in pieces} >= _DATE:
        raise ValueError("%Y %m %d")
    if not time and set(pieces) - _DATE - {"y"}:
        raise ValueError("date")
    for later, earlier in (("M", "H"), ("S", "M"), ("f", "S"), ("z", "H")):
        if later in pieces and earlier not in pieces:
            raise ValueError(f"%{later}")
