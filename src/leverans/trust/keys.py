"""Secret keys in files that only their owner may read."""

import stat
from pathlib import Path

from leverans.clock import Clock
from leverans.errors import AccessDenied

_LENGTH = 32


def load_or_create_secret(path: Path, clock: Clock) -> bytes:
    """Read a secret of 32 bytes, or make it the first time (mode 0600).

    Raises:
        AccessDenied: KEY001, others than the owner may read the file.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_bytes(clock.token(_LENGTH))
        fresh.replace(path)
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise AccessDenied("KEY001", path.name)
    return path.read_bytes()
