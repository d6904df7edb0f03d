"""Sealing with age (age-encryption.org/v1): bound to the recipient's key, and any change is found."""

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol

import pyrage
from pyrage.x25519 import Identity

from leverans.errors import ConfigurationError


class Damaged(Exception):
    """What was sealed is not whole, or not what was sealed."""


class Foreign(Exception):
    """What was sealed is for another recipient."""


class Sink(Protocol):
    """Takes plain bytes as they are opened."""

    def write(self, data: bytes) -> int:
        """Take some bytes; an exception ends the opening."""
        ...


def seal(source: Iterable[bytes], target: Path, recipient: str) -> tuple[str, int]:
    """Seal bytes into a new file; they are never on the disk in any other form.

    Returns:
        SHA-256 (hex) and size of the sealed bytes.

    Raises:
        ConfigurationError: CAR003, the recipient is none.
        OSError: the disk takes no more.
        Exception: whatever `source` raises.
    """
    reader = _Reader(iter(source))
    with target.open("xb") as stream:
        writer = _Hashing(stream)
        guard = _Guard(writer)
        _sealed(lambda: pyrage.encrypt_io(reader, guard, [_recipient(recipient)]), reader, guard)
    return writer.sha.hexdigest(), writer.size


def seal_bytes(data: bytes, recipient: str) -> bytes:
    """Seal a small message.

    Raises:
        ConfigurationError: CAR003, the recipient is none.
    """
    return bytes(pyrage.encrypt(data, [_recipient(recipient)]))


def unseal(source: BinaryIO, target: Sink, identities: Sequence[Identity]) -> None:
    """Open what is sealed with any of the keys; each piece is passed on only when it is authentic.

    That nothing is missing at the end is known only when this returns.

    Raises:
        Foreign: none of the keys opens it.
        Damaged: it is cut off, changed, or was never sealed.
        Exception: whatever `target` raises.
    """
    guard = _Guard(target)
    try:
        pyrage.decrypt_io(source, guard, list(identities))
    except (pyrage.DecryptError, OSError) as fault:
        if guard.fault is not None:
            raise guard.fault from None
        raise (Foreign() if "No matching keys" in str(fault) else Damaged()) from None


def unseal_bytes(data: bytes, identities: Sequence[Identity]) -> bytes:
    """Open a small message.

    Raises:
        Foreign: none of the keys opens it.
        Damaged: it is cut off, changed, or was never sealed.
    """
    plain = io.BytesIO()
    unseal(io.BytesIO(data), plain, identities)
    return plain.getvalue()


def _recipient(text: str) -> pyrage.x25519.Recipient:
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        raise ConfigurationError("CAR003") from None


def _sealed(work: Callable[[], None], *parts: "_Reader | _Guard") -> None:
    """Raise what one of our own ends raised, not what the library makes of it."""
    try:
        work()
    except Exception:
        for part in parts:
            if part.fault is not None:
                raise part.fault from None
        raise


class _Reader:
    """A file to read from, made of pieces."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")
        self.fault: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        try:
            while not self._rest:
                self._rest = memoryview(next(self._pieces))
        except StopIteration:
            return b""
        except BaseException as fault:
            self.fault = fault
            raise
        piece, self._rest = self._rest[:size], self._rest[size:]
        return bytes(piece)


class _Guard:
    """A file to write to that remembers why it could not."""

    def __init__(self, inner: Sink) -> None:
        self._inner = inner
        self.fault: BaseException | None = None

    def write(self, data: bytes) -> int:
        try:
            return self._inner.write(data)
        except BaseException as fault:
            self.fault = fault
            raise

    def flush(self) -> None:
        """Do nothing: the owner of the inner file closes it."""


class _Hashing:
    """Writes to a file, and hashes and counts what it writes."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.sha = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        self.sha.update(data)
        self.size += len(data)
        return self._stream.write(data)
