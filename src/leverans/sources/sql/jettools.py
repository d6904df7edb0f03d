"""The programs of mdbtools, run so that a damaged file can neither keep them going nor fill memory or disk.

Measured on a file that was cut off: the program writes warnings without end. So its messages are limited, the
first one ends the reading, and its memory is bounded.
"""

import os
import resource
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from leverans.errors import ConfigurationError, IntegrityError

_MAGIC = (b"Standard Jet DB", b"Standard ACE DB")
_MESSAGES = 64 << 10
_MEMORY = 4 << 30
_LINE = 1 << 16


def is_jet(path: Path) -> bool:
    """Say whether a file calls itself an Access database."""
    try:
        with path.open("rb") as file:
            return file.read(19)[4:] in _MAGIC
    except OSError:
        return False


@contextmanager
def running(where: str, program: str, *words: str) -> Iterator[IO[bytes]]:
    """Run a program and give what it writes.

    Raises:
        ConfigurationError: SRC250, the program is not installed.
        IntegrityError: SRC017, it complained or failed.
    """
    found = shutil.which(program)
    if found is None:
        raise ConfigurationError("SRC250", where, program=program)
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 - no shell, words of our own and names behind "--"
            [found, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            env={"PATH": os.environ.get("PATH", ""), "MDBICONV": "UTF-8", "LC_ALL": "C.UTF-8"},
        )
        with suppress(ProcessLookupError, PermissionError):
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (_MESSAGES, _MESSAGES))
            resource.prlimit(process.pid, resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        ended = False
        try:
            assert process.stdout is not None  # noqa: S101 - stdout is a pipe
            yield process.stdout
            ended = True
        finally:
            if not ended:
                process.kill()
            if process.stdout is not None:
                process.stdout.close()
            status = process.wait()
        said.seek(0)
        message = said.readline(200).decode("utf-8", "replace").strip()
    if status not in {0, -signal.SIGPIPE} or message:
        raise IntegrityError("SRC017", where, reason=_told(message, status))


def output(where: str, program: str, *words: str) -> str:
    """Run a program to its end and give its text; see `running`."""
    with running(where, program, *words) as written:
        return written.read().decode("utf-8", "surrogateescape")


def records(written: IO[bytes]) -> Iterator[bytes]:
    """Cut CSV into records: a line end inside quotation marks belongs to its cell."""
    waiting: list[bytes] = []
    odd = 0
    while line := written.readline(_LINE):
        odd ^= line.count(b'"') & 1
        if not waiting and not odd and line.endswith(b"\n"):
            yield line
            continue
        waiting.append(line)
        if not odd and line.endswith(b"\n"):
            yield b"".join(waiting)
            waiting = []
    if waiting:
        yield b"".join(waiting)


def _told(message: str, status: int) -> str:
    """The tool's own words name offsets and types, never a value."""
    return f"mdbtools: {message}" if message else f"mdbtools: status {status}"
