"""Digests of a file by the algorithms that OCFL knows (section 2.6), in one pass."""

import hashlib
import os
from collections.abc import Callable, Sequence
from typing import Protocol

_CHUNK = 1 << 20


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...
    def hexdigest(self) -> str: ...


SUPPORTED: dict[str, Callable[[], _Hash]] = {
    "md5": lambda: hashlib.md5(usedforsecurity=False),
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "sha256": hashlib.sha256,
    "sha512": hashlib.sha512,
    "blake2b-512": hashlib.blake2b,
    "blake2b-160": lambda: hashlib.blake2b(digest_size=20),
    "blake2b-256": lambda: hashlib.blake2b(digest_size=32),
    "blake2b-384": lambda: hashlib.blake2b(digest_size=48),
}


def file_digests(path: str, algorithms: Sequence[str]) -> tuple[dict[str, str], int]:
    """Read a file once; give its digest (lower-case hex) by algorithm, and its size in bytes.

    Raises:
        OSError: the file cannot be read.
    """
    hashes = {name: SUPPORTED[name]() for name in algorithms}
    size = 0
    handle = os.open(path, os.O_RDONLY)
    try:
        while chunk := os.read(handle, _CHUNK):
            size += len(chunk)
            for each in hashes.values():
                each.update(chunk)
    finally:
        os.close(handle)
    return {name: each.hexdigest() for name, each in hashes.items()}, size
