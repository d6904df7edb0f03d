"""Digests on the way: SHA-256, CRC-32 and size of what is read, in one pass."""

import hashlib
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Digest:
    """SHA-256 (lower-case hex), CRC-32 and size in bytes of one stream of bytes."""

    sha256: str
    crc32: int
    size: int


def digest_file(path: Path) -> Digest:
    """Read a file once and give its digest."""
    with path.open("rb", buffering=0) as stream:
        return digest_stream(stream)


def digest_stream(source: BinaryIO, target: BinaryIO | None = None) -> Digest:
    """Read `source` to its end, copy it to `target` if given, and give the digest of what went by."""
    sha, crc, size = hashlib.sha256(), 0, 0
    for chunk in chunks(source):
        sha.update(chunk)
        crc = zlib.crc32(chunk, crc)
        size += len(chunk)
        if target is not None:
            target.write(chunk)
    return Digest(sha.hexdigest(), crc, size)


def chunks(source: BinaryIO) -> Iterator[bytes]:
    """Read to the end in pieces of 1 MiB."""
    while chunk := source.read(CHUNK):
        yield chunk


def canonical_digest(value: object) -> str:
    """Give the SHA-256 of the canonical JSON of plain data: sorted keys, no spaces, UTF-8."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
