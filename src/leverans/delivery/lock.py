"""One run of a delivery at a time: a lock that dies with its process."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leverans.errors import Outage


@contextmanager
def alone(path: Path, delivery: str) -> Iterator[None]:
    """Hold the lock while the block runs.

    Raises:
        Outage: RUN001, another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="ascii") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Outage("RUN001", "", delivery=delivery) from None
        yield


def busy(path: Path) -> bool:
    """Say whether a process holds the lock at this moment; nothing is made or changed."""
    try:
        handle = path.open("rb")
    except FileNotFoundError:
        return False
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


@contextmanager
def patient(path: Path) -> Iterator[None]:
    """Hold a lock while the short block runs; wait for it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="ascii") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
