"""File systems that fail, for fault tests that loop over every point of failure until there is none left.

::

    for at in itertools.count(1):
        with blobs.use(FailingFilesystem(at)) as fs: ...      # an error at the at-th rename or sync
        code = stopped(at, work, loss="last")                 # killed there, and the power went
        ... open again, work again, compare ...
        if code == 0: break
"""

import errno
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from leverans.blobs import Filesystem, LocalFilesystem, use

Loss = Literal["none", "all", "last", "first"]
KILLED = 9


class FailingFilesystem:
    """Raises an error instead of the n-th rename or sync, and works otherwise.

    Attributes:
        calls: renames and syncs so far.
    """

    def __init__(self, at: int, number: int = errno.ENOSPC) -> None:
        self._at = at
        self._number = number
        self._inner = LocalFilesystem()
        self.calls = 0

    def rename(self, source: Path, target: Path) -> None:
        """Move, or fail."""
        self._count()
        self._inner.rename(source, target)

    def sync(self, folder: Path) -> None:
        """Sync, or fail."""
        self._count()
        self._inner.sync(folder)

    def _count(self) -> None:
        self.calls += 1
        if self.calls == self._at:
            raise OSError(self._number, os.strerror(self._number))


class StoppingFilesystem:
    """Ends the process at the n-th rename or sync, before it is done.

    Args:
        at: which one, from 1.
        loss: what a power cut takes besides: of the renames since the last sync ``none``, ``all``, the
            ``last`` or the ``first`` (a file system that brings them to the disk in another order).
    """

    def __init__(self, at: int, loss: Loss = "none") -> None:
        self._at = at
        self._loss = loss
        self._inner = LocalFilesystem()
        self._calls = 0
        self._open: list[tuple[Path, Path, Path | None]] = []

    def rename(self, source: Path, target: Path) -> None:
        """Move, or end."""
        self._count()
        kept = None
        if target.is_file():
            kept = source.with_name(f"{source.name}.before")
            shutil.copyfile(target, kept)
        self._inner.rename(source, target)
        self._open.append((source, target, kept))

    def sync(self, folder: Path) -> None:  # noqa: ARG002  # all is on one disk
        """Make the renames so far certain, or end."""
        self._count()
        for _, _, kept in self._open:
            if kept is not None:
                kept.unlink()
        self._open.clear()

    def _count(self) -> None:
        self._calls += 1
        if self._calls == self._at:
            for source, target, kept in self._lost():
                os.rename(target, source)  # noqa: PTH104  # undone as the kernel would
                if kept is not None:
                    os.rename(kept, target)  # noqa: PTH104  # undone as the kernel would
            for _, _, kept in self._open:
                if kept is not None:
                    kept.unlink(missing_ok=True)
            os._exit(KILLED)

    def _lost(self) -> list[tuple[Path, Path, Path | None]]:
        newest_first = self._open[::-1]
        chosen = {"none": [], "all": newest_first, "last": newest_first[:1], "first": newest_first[-1:]}
        return chosen[self._loss]


def stopped(at: int, work: Callable[[], object], loss: Loss = "none") -> int:
    """Do `work` in a child process that ends at the `at`-th rename or sync.

    Returns:
        0 when the work was done before that, `KILLED` when it was stopped.

    Raises:
        AssertionError: the work failed in another way.
    """
    return in_child(work, StoppingFilesystem(at, loss))


def in_child(work: Callable[[], object], fs: Filesystem) -> int:
    """Do `work` on a file system in a child process and give its exit code, 0 or `KILLED`.

    Raises:
        AssertionError: the work failed in another way.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            with use(fs):
                work()
            code = 0
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code not in {0, KILLED}:
        raise AssertionError(code)
    return code
