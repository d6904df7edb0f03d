"""The facts and words of the demo world, read from the data files beside the code."""

import csv
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


def _text(name: str) -> str:
    return (files("leverans.demo") / "data" / name).read_text(encoding="utf-8")


def _table(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(_text(name).splitlines(), delimiter=";"))


@dataclass(frozen=True)
class Lexicon:
    """Everything in the world that is a fact and no chance.

    `world` and `words` are the JSON files as they stand, `codes` the rows of the code table,
    `titles` the document titles with their directions by kind of file, `font` seven rows of five points
    for each letter, one byte a row in hexadecimal.
    """

    world: dict[str, Any]
    words: dict[str, list[str]]
    codes: list[tuple[str, str, str]]
    titles: dict[str, list[tuple[str, str]]]
    font: dict[str, str]
    schema: str

    def terms(self, kind: str) -> dict[str, str]:
        """The codes of exactly one type, trailing space included, with their terms."""
        return {code: term for type_, code, term in self.codes if type_ == kind}


@cache
def lexicon() -> Lexicon:
    """The lexicon, read once."""
    titles: dict[str, list[tuple[str, str]]] = {}
    for row in _table("titles.csv"):
        titles.setdefault(row["kind"], []).append((row["title"], row["direction"]))
    return Lexicon(
        world=json.loads(_text("world.json")),
        words=json.loads(_text("words.json")),
        codes=[(row["Kodtyp"], row["Kod"], row["Klartext"]) for row in _table("klartext.csv")],
        titles=titles,
        font=json.loads(_text("font.json")),
        schema=_text("schema.sql"),
    )
