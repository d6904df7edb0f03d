"""A picture as a grid of 8 x 8 tiles: letters of a small bitmap font above a drawing in shades of grey."""

from functools import cache
from random import Random

from leverans.demo.lexicon import lexicon
from leverans.demo.things import Letter

PAPER = 235
INK = 30

_BLANK = "00" * 7

Tile = str | int
Grid = list[list[Tile]]


@cache
def pixels(tile: Tile) -> tuple[bytes, ...]:
    """The eight rows of a tile: a letter in ink on paper, or one shade of grey."""
    if isinstance(tile, int):
        return (bytes([tile]) * 8,) * 8
    rows = (*bytes.fromhex(lexicon().font.get(tile, _BLANK)), 0)
    return tuple(bytes(INK if row << 2 >> (7 - x) & 1 else PAPER for x in range(8)) for row in rows)


def _lettering(text: str, columns: int) -> list[Tile]:
    return list(f" {text}".upper()[:columns].ljust(columns))


def _drawing(chance: Random, columns: int) -> list[Tile]:
    base = chance.randrange(70, 200)
    slope = chance.randrange(-3, 4)
    return [
        min(250, max(20, base + slope * x + (shade & 31)))
        for x, shade in enumerate(chance.randbytes(columns))
    ]


def draw(letter: Letter, chance: Random) -> Grid:
    """The picture that belongs to a letter; its size is drawn by lot."""
    columns = chance.randrange(18, 30)
    texts = ("", letter.reference, letter.title, letter.place, f"{letter.at:%Y-%m-%d} NR {letter.number}", "")
    rows = [_lettering(text, columns) for text in texts]
    return rows + [_drawing(chance, columns) for _ in range(chance.randrange(6, 14))]
