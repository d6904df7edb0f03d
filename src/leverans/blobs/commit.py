"""The crash-safe commit: write aside, sync, rename, sync.

::

    with commit(root) as group:
        path = group.file(root / "2003" / "a.zip")      # write to `path`
        tree = group.directory(root / "objects" / "x")  # fill `tree`
        seal = group.seal(root / "manifest.json")       # appears only after all the others are durable

When the block ends without an exception everything is synced, then renamed in the order asked for, then
synced again; only then is the seal renamed. A kill at any point leaves either nothing, or some finished files
without the seal, or everything: never half a file. After an exception nothing has moved.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leverans.blobs.filesystem import Filesystem, filesystem

STAGING = ".staging"


class Group:
    """What is written in one commit."""

    def __init__(self, root: Path, fs: Filesystem) -> None:
        self._root = root
        self._fs = fs
        self._stage = root / STAGING / f"{os.getpid()}-{id(self):x}"
        self._moves: list[tuple[Path, Path]] = []
        self._seals: list[tuple[Path, Path]] = []
        self._scratches = 0
        self._stage.mkdir(parents=True)

    def file(self, target: Path) -> Path:
        """Give the path to write to; the file comes to `target` in the commit and replaces what is there."""
        return self._register(target, self._moves)

    def directory(self, target: Path) -> Path:
        """Give an empty folder to fill; it comes to `target`, which must not be there, in the commit."""
        staged = self._register(target, self._moves)
        staged.mkdir()
        return staged

    def seal(self, target: Path) -> Path:
        """Give the path of a file that appears only when all the rest is durable."""
        return self._register(target, self._seals)

    def scratch(self) -> Path:
        """Give a path to write to whose place is not known yet; `adopt` it or delete it."""
        self._scratches += 1
        return self._stage / f"s{self._scratches:06d}"

    def adopt(self, staged: Path, target: Path) -> None:
        """Let a written scratch file come to `target` in the commit."""
        self._moves.append((staged, target))

    def _register(self, target: Path, moves: list[tuple[Path, Path]]) -> Path:
        staged = self._stage / f"{len(self._moves) + len(self._seals):06d}"
        moves.append((staged, target))
        return staged

    def _finish(self) -> None:
        if self._moves:
            self._move(self._moves)
        if self._seals:
            self._move(self._seals)
        self._discard()

    def _move(self, moves: list[tuple[Path, Path]]) -> None:
        self._fs.sync(self._root)
        made: set[Path] = set()
        for staged, target in moves:
            if target.parent not in made:
                target.parent.mkdir(parents=True, exist_ok=True)
                made.add(target.parent)
            self._fs.rename(staged, target)
        self._fs.sync(self._root)

    def _discard(self) -> None:
        shutil.rmtree(self._stage, ignore_errors=True)


@contextmanager
def commit(root: Path, fs: Filesystem | None = None) -> Iterator[Group]:
    """Open a commit below `root` (made if missing); every target must lie on the same file system.

    Raises:
        OSError: the disk is full, or a rename or sync failed; what was not yet renamed is discarded.
    """
    root.mkdir(parents=True, exist_ok=True)
    group = Group(root, fs or filesystem())
    try:
        yield group
        group._finish()  # noqa: SLF001  # the two halves of one class
    except BaseException:
        group._discard()  # noqa: SLF001
        raise


def sweep(root: Path) -> int:
    """Remove what killed commits left below `root`; give how many. Call it under the run's lock only."""
    staging = root / STAGING
    if not staging.is_dir():
        return 0
    left = list(staging.iterdir())
    for entry in left:
        shutil.rmtree(entry, ignore_errors=True)
    return len(left)
