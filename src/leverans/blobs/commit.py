"""The crash-safe commit: write aside, sync, rename, sync.

::

    with commit(root) as group:
        path = group.file(root / "2003" / "a.zip")      # write to `path`
        tree = group.directory(root / "objects" / "x")  # fill `tree`
        seal = group.seal(root / "manifest.json")       # appears only after all the others are durable

When the block ends without an exception everything is synced, then renamed in the order asked for, then
synced again; only then are the seals renamed. A kill at any point leaves either nothing, or some finished
files without the seals, or everything: never half a file. An exception inside the block leaves nothing; a
rename or sync that fails afterwards leaves what a kill at that point would leave.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from leverans.blobs.filesystem import Filesystem, attend, filesystem

STAGING = ".staging"
_ATTEMPTS = 10


class Group:
    """What is written in one commit."""

    def __init__(self, root: Path, fs: Filesystem, staging: Path) -> None:
        self._root = root
        self._fs = fs
        self._stage = _make_stage(staging)
        self._moves: list[tuple[Path, Path]] = []
        self._seals: list[tuple[Path, Path]] = []
        self._targets: set[Path] = set()
        self._scratches = 0

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
        self._targets.add(target)

    def pending(self, target: Path) -> bool:
        """Say whether something comes to `target` in this commit."""
        return target in self._targets

    def _register(self, target: Path, moves: list[tuple[Path, Path]]) -> Path:
        staged = self._stage / f"{len(self._moves) + len(self._seals):06d}"
        moves.append((staged, target))
        self._targets.add(target)
        return staged

    def _finish(self) -> None:
        for moves in (self._moves, self._seals):
            if moves:
                self._fs.sync(self._root)
                self._move(moves)
        if self._moves or self._seals:
            self._fs.sync(self._root)
        self._discard()

    def _move(self, moves: list[tuple[Path, Path]]) -> None:
        made: set[Path] = set()
        for staged, target in moves:
            parent = target.parent
            if parent not in made:
                parent.mkdir(parents=True, exist_ok=True)
                made.add(parent)
            self._fs.rename(staged, target)

    def _discard(self) -> None:
        shutil.rmtree(self._stage, ignore_errors=True)
        with suppress(OSError):  # another commit is at work there
            self._stage.parent.rmdir()


@contextmanager
def commit(root: Path, fs: Filesystem | None = None, *, staging: Path | None = None) -> Iterator[Group]:
    """Open a commit below `root` (made if missing); every target must lie on the same file system.

    Args:
        root: where the targets are.
        fs: the file system; the one in use when None.
        staging: where to write aside, on the same file system; ``.staging`` below `root` when None.

    Raises:
        OSError: the disk is full, or a rename or sync failed; what was not yet renamed is discarded.
    """
    root.mkdir(parents=True, exist_ok=True)
    attend(root)
    group = Group(root, fs or filesystem(), staging or root / STAGING)
    try:
        yield group
        group._finish()  # noqa: SLF001  # the two halves of one class
    except BaseException:
        group._discard()  # noqa: SLF001
        raise


def sweep(root: Path, *, staging: Path | None = None) -> int:
    """Remove what killed commits left below `root`; give how many. Call it under the run's lock only."""
    place = staging or root / STAGING
    if not place.is_dir():
        return 0
    left = [entry for entry in place.iterdir() if entry.is_dir()]
    for entry in left:
        shutil.rmtree(entry, ignore_errors=True)
    with suppress(OSError):  # a journal lies there, or another commit is at work
        place.rmdir()
    return len(left)


def _make_stage(staging: Path) -> Path:
    """Make a folder of our own; a commit that ends at this moment may take the parent away under us."""
    for _ in range(_ATTEMPTS):
        staging.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            return Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=staging))
    raise FileNotFoundError(staging)
