"""Looks at what a connector does beside reading: files it leaves open or touches, texts in which it tells."""

import logging
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from leverans.errors import LeveransError
from leverans.sources.contract import Connector

_CLOSING = 2.0
"""Seconds that a connection may take to go."""

States = dict[str, tuple[int, int, int]]


def texts_of(connector: Connector) -> list[str]:
    """Give every text that a connector is shown as."""
    return [repr(connector), str(connector), repr(getattr(connector, "__dict__", ""))]


def error_text(fault: BaseException) -> str:
    """Give every text of an error and of those behind it."""
    told = f"{fault!r} {fault} {fault.__dict__!r}"
    if isinstance(fault, LeveransError):
        told += fault.text("sv") + fault.text("en") + fault.remedy("sv")
    return told + "".join(error_text(one) for one in (fault.__cause__, fault.__context__) if one is not None)


@contextmanager
def listening(heard: Callable[[str], object]) -> Iterator[None]:
    """Hear every message that is logged, of any level."""

    class Gather(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard(record.getMessage())

    handler, root = Gather(0), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(0)
    try:
        yield
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


def states(folder: Path, most: int | None = None) -> States:
    """Give size, time of change and mode of everything in a folder, itself counted in; of `most` at most."""
    found = {}
    for path in (folder, *islice(folder.rglob("*"), most)):
        try:
            told = path.lstat()
        except OSError:
            continue  # gone since it was listed
        found[str(path)] = (told.st_size, told.st_mtime_ns, told.st_mode)
    return found


def open_places() -> set[str] | None:
    """Give everything this process has open with a place: files, and connections by their ends.

    Returns:
        None where the system does not tell.
    """
    found = set()
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        return None
    for entry in os.listdir(folder):  # noqa: PTH208  # a number that may be gone
        try:
            target = str((folder / entry).readlink())
        except OSError:
            continue
        if target.startswith("socket:"):
            found.add(_ends(int(entry)) or target)
        elif target.startswith("/") and not target.startswith(("/dev", "/proc")):
            found.add(f"{entry} {target}")
    return found - {""}


def left_open(before: set[str] | None) -> set[str] | None:
    """Give what is open that was not open before; the far end of a connection may take a moment to go.

    Args:
        before: what `open_places` gave.

    Returns:
        None where the system does not tell.
    """
    end = time.monotonic() + _CLOSING
    while True:
        now = open_places()
        if before is None or now is None:
            return None
        if not now - before or time.monotonic() >= end:
            return now - before
        time.sleep(0.01)


def _ends(number: int) -> str:
    try:
        with socket.socket(fileno=os.dup(number)) as one:
            return f"{number} {one.getpeername()}"
    except OSError:
        return f"{number} not connected"
