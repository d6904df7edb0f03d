"""PNG: eight-bit grey, stored deflate blocks, so that the bytes are the same under every zlib."""

import struct
import zlib
from random import Random

from leverans.demo.files.picture import draw, pixels
from leverans.demo.things import Letter


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def render(letter: Letter, chance: Random) -> bytes:
    """The letter's picture as a PNG file, with its reference code in a text chunk."""
    grid = draw(letter, chance)
    rows = []
    for line in grid:
        tiles = [pixels(tile) for tile in line]
        rows += [b"\0" + b"".join(tile[y] for tile in tiles) for y in range(8)]
    header = struct.pack(">IIBBBBB", len(grid[0]) * 8, len(rows), 8, 0, 0, 0, 0)
    note = f"Title\0{letter.reference} {letter.number} {letter.title}".encode("latin-1")
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", header),
            _chunk(b"tEXt", note),
            _chunk(b"IDAT", zlib.compress(b"".join(rows), 0)),
            _chunk(b"IEND", b""),
        )
    )
