"""Secret keys in files that only their owner may read."""

import hashlib
import hmac
import os
import stat
from contextlib import suppress
from pathlib import Path

from leverans.clock import Clock
from leverans.errors import AccessDenied, IntegrityError

_LENGTH = 32


def load_or_create_secret(path: Path, clock: Clock) -> bytes:
    """Read a secret of 32 bytes, or make it the first time (mode 0600, durable before it is used).

    Raises:
        AccessDenied: KEY001, others than the owner may read the file.
        IntegrityError: KEY002, the file does not hold 32 bytes.
    """
    if not path.exists():
        _create(path, clock.token(_LENGTH))
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise AccessDenied("KEY001", path.name)
    secret = path.read_bytes()
    if len(secret) != _LENGTH:
        raise IntegrityError("KEY002", path.name, length=len(secret), expected=_LENGTH)
    return secret


def fingerprint(secret: bytes) -> str:
    """Give what a ledger may remember of a secret: 16 hex digits of an HMAC that tells nothing about it."""
    return hmac.new(secret, b"leverans key fingerprint", hashlib.sha256).hexdigest()[:16]


def _create(path: Path, secret: bytes) -> None:
    """Write aside and link into place: nobody sees half a key, and of two makers the first one wins."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, secret)
        os.fsync(handle)
    finally:
        os.close(handle)
    with suppress(FileExistsError):
        os.link(fresh, path)
    fresh.unlink()
    _sync(path.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
