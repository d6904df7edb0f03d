"""The files of the demo world: each kind is written by hand and opens in the tools that people use."""

from random import Random
from typing import Final

from leverans.demo.files import docx, jpeg, mail, pdf, plain, png, sheet
from leverans.demo.things import Letter

__all__ = ["SHARES", "SUFFIXES", "render"]

SHARES: Final = {"pdf": 35, "docx": 20, "jpeg": 12, "png": 8, "xml": 10, "eml": 8, "txt": 7}
"""How many files in a hundred are of each kind."""

SUFFIXES: Final = {kind: f".{kind}" for kind in SHARES} | {"jpeg": ".jpg"}
"""The usual ending of each kind of file."""


_WRITTEN: Final = {"pdf": pdf.render, "docx": docx.render, "txt": plain.render}
_DRAWN: Final = {"jpeg": jpeg.render, "png": png.render, "xml": sheet.render, "eml": mail.render}


def render(kind: str, letter: Letter, chance: Random) -> bytes:
    """The bytes of a letter as a file of this kind (one of `SHARES`)."""
    if kind in _WRITTEN:
        return _WRITTEN[kind](letter)
    return _DRAWN[kind](letter, chance)
