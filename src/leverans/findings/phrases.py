"""Pieces of findings that are words themselves: told in Swedish in a Swedish text, in English in an English.

``phrases.toml`` beside this file holds each English piece with its Swedish; ``{named}`` places are filled in
both. A piece is its English text wherever it is only carried along (JSON, ledger).
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from string import Formatter


class Phrase(str):
    """A piece of text in two languages; as text it is the English one."""

    __slots__ = ("sv",)
    sv: str


def phrase(english: str, **parts: object) -> Phrase:
    """Give a piece of text in both languages.

    Args:
        english: the piece as ``phrases.toml`` has it.
        parts: what fills its places; a piece among them is told in the language of the whole.

    Raises:
        KeyError: there is no such piece.
    """
    made = Phrase(english.format_map(parts))
    made.sv = swedish_pieces()[english].format_map({name: spoken(part, "sv") for name, part in parts.items()})
    return made


def joined(pieces: list[str], *, between: str) -> Phrase:
    """Give several pieces as one, with a word of ``phrases.toml`` between them."""
    made = Phrase(between.join(pieces))
    made.sv = swedish_pieces()[between].join(str(spoken(piece, "sv")) for piece in pieces)
    return made


def spoken(value: object, language: str) -> object:
    """Give a parameter of a finding as `language` says it; what is no piece stays as it is."""
    return value.sv if language == "sv" and isinstance(value, Phrase) else value


@cache
def swedish_pieces() -> Mapping[str, str]:
    """Give the Swedish of every piece by its English.

    Raises:
        ValueError: a piece has other places in Swedish than in English.
    """
    text = files("leverans.findings").joinpath("phrases.toml").read_text(encoding="utf-8")
    pieces: dict[str, str] = tomllib.loads(text)
    for english, swedish in pieces.items():
        if _places(english) != _places(swedish):
            raise ValueError(english)
    return pieces


def _places(text: str) -> set[str | None]:
    return {name for _text, name, _format, _how in Formatter().parse(text)} - {None}
