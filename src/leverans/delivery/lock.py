"""One run of a delivery at a time: a lock that dies with its process."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from leverans.errors import Outage

_TRIES = 3
_PAUSE = 0.05
"""Seconds: who only asks whether it is taken (`busy`) holds it for a moment, and must make no run fail."""


@contextmanager
def alone(path: Path, delivery: str) -> Iterator[None]:
    """Hold the lock while the block runs.

    Raises:
        Outage: RUN001, another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="ascii") as handle:
        if not any(_taken(handle, again=at < _TRIES) for at in range(1, _TRIES + 1)):
            raise Outage("RUN001", "", delivery=delivery)
        yield


def _taken(handle: IO[str], *, again: bool) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if again:
            time.sleep(_PAUSE)
        return False
    return True


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
