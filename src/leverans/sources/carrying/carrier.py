"""What carries sealed bytes to a drop and back: one structural `Protocol`, whatever lies behind it."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, Protocol

CHUNK = 1 << 18
"""Bytes that go over at a time."""

PART = ".part"
SET = re.compile(r"[0-9a-f]{64}")
"""Name of the folder of one sending."""
BLOB = re.compile(r"[0-9a-f]{64}")
"""Name of a pack or an index: the SHA-256 of its ciphertext."""
READY, REPLY = "ready", "reply"
_FILE = re.compile(rf"(?:[0-9a-f]{{64}}|{READY}|{REPLY})(?:\{PART})?")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a sending's folder: its name and its size in bytes."""

    name: str
    size: int


class Carrier(Protocol):
    """A drop. Names are ``<sending>/<file>``; names of another form are neither listed nor touched.

    Raised are `Outage` (CAR010, CAR014), `AccessDenied` (CAR012, CAR013), `ConfigurationError` (CAR015) and
    `IntegrityError` (CAR011, CAR016), never anything that tells a secret.
    """

    @property
    def place(self) -> str:
        """The drop as people may be told of it: an address without credentials, or a path."""
        ...

    def sets(self) -> list[str]:
        """Give the names of all sendings, sorted."""
        ...

    def list(self, sending: str) -> dict[str, Entry]:
        """Give the files of a sending by name; none when it is not there."""
        ...

    def size(self, name: str) -> int | None:
        """Give the size of a file, None when it is not there."""
        ...

    def make(self, sending: str) -> None:
        """Make the folder of a sending, if it is not there."""
        ...

    def append(self, name: str, source: BinaryIO, offset: int) -> int:
        """Write `source` from its position to its end into a file at `offset`; 0 begins the file anew.

        Returns:
            The bytes written. After an error some of them may be there.
        """
        ...

    def unsure(self) -> int:
        """Give how many bytes at the end of a half-written file cannot be trusted; they are written anew."""
        ...

    def read(self, name: str, offset: int) -> AbstractContextManager[Iterator[bytes]]:
        """Open the bytes of a file from `offset` to its end."""
        ...

    def rename(self, name: str, target: str) -> None:
        """Bring a written file to its place, in one step; what is there is replaced."""
        ...

    def remove(self, name: str) -> None:
        """Remove a file, or the empty folder of a sending; nothing happens when it is not there."""
        ...

    def close(self) -> None:
        """End the connection."""
        ...


def valid(name: str) -> bool:
    """Say whether a file of a sending may have this name."""
    return _FILE.fullmatch(name) is not None


def split(name: str) -> tuple[str, str]:
    """Take ``<sending>/<file>`` apart.

    Raises:
        ValueError: the name has another form.
    """
    sending, _, file = name.partition("/")
    if not SET.fullmatch(sending) or not valid(file):
        raise ValueError(sending[:8])
    return sending, file
