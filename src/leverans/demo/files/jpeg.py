"""Baseline JPEG in grey (ITU-T T.81): every block is a tile whose transform is worked out once.

The Huffman tables give every symbol a code of the same length: legal (annex C), and no statistics are needed.
"""

import math
import struct
from functools import cache
from random import Random

from leverans.demo.files.picture import Tile, draw, pixels
from leverans.demo.things import Letter

_STEP = 12
_DC_SYMBOLS = bytes(range(12))
_AC_SYMBOLS = bytes([0x00, 0xF0] + [run << 4 | size for run in range(16) for size in range(1, 11)])
_AC_CODE = {symbol: f"{code:08b}" for code, symbol in enumerate(_AC_SYMBOLS)}
_ZIGZAG = sorted(
    ((v, u) for v in range(8) for u in range(8)),
    key=lambda p: (p[0] + p[1], p[0] if (p[0] + p[1]) % 2 else p[1]),
)
_WAVE = [
    [math.cos((2 * x + 1) * u * math.pi / 16) * (math.sqrt(0.125) if u == 0 else 0.5) for x in range(8)]
    for u in range(8)
]


def _transform(rows: tuple[bytes, ...]) -> list[int]:
    lines = [[sum(w * (p - 128) for w, p in zip(wave, row, strict=True)) for wave in _WAVE] for row in rows]
    return [round(sum(_WAVE[v][y] * lines[y][u] for y in range(8)) / _STEP) for v, u in _ZIGZAG]


def _magnitude(value: int) -> tuple[int, str]:
    size = abs(value).bit_length()
    bits = value if value > 0 else value + (1 << size) - 1
    return size, f"{bits:0{size}b}" if size else ""


@cache
def _tile(tile: Tile) -> tuple[int, str]:
    coefficients = _transform(pixels(tile))
    bits = []
    run = 0
    for value in coefficients[1:]:
        if not value:
            run += 1
            continue
        bits += [_AC_CODE[0xF0]] * (run // 16)
        size, amount = _magnitude(value)
        bits += [_AC_CODE[run % 16 << 4 | size], amount]
        run = 0
    if run:
        bits.append(_AC_CODE[0])
    return coefficients[0], "".join(bits)


@cache
def _difference(value: int) -> str:
    size, amount = _magnitude(value)
    return f"{size:04b}{amount}"


def _scan(tiles: list[Tile]) -> bytes:
    bits = []
    before = 0
    for tile in tiles:
        level, rest = _tile(tile)
        bits += [_difference(level - before), rest]
        before = level
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\0")


def _segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def _huffman(table: int, length: int, symbols: bytes) -> bytes:
    counts = bytearray(16)
    counts[length - 1] = len(symbols)
    return _segment(0xC4, bytes([table]) + counts + symbols)


def render(letter: Letter, chance: Random) -> bytes:
    """The letter's picture as a JPEG file, with its reference code in a comment."""
    grid = draw(letter, chance)
    size = struct.pack(">HH", len(grid) * 8, len(grid[0]) * 8)
    note = f"{letter.reference} {letter.number} {letter.title}".encode("latin-1")
    return b"".join(
        (
            b"\xff\xd8",
            _segment(0xE0, b"JFIF\0\x01\x01\x01\0\x48\0\x48\0\0"),
            _segment(0xFE, note),
            _segment(0xDB, b"\0" + bytes([_STEP]) * 64),
            _segment(0xC0, b"\x08" + size + b"\x01\x01\x11\0"),
            _huffman(0x00, 4, _DC_SYMBOLS),
            _huffman(0x10, 8, _AC_SYMBOLS),
            _segment(0xDA, b"\x01\x01\0\0\x3f\0"),
            _scan([tile for line in grid for tile in line]),
            b"\xff\xd9",
        )
    )
