"""From an opened pack to its files: cut by the sizes of the index, each held against its digest."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from leverans.blobs import Group
from leverans.sources.carrying.packing import Member


class Mismatch(Exception):
    """The content of a pack is not what the index says; the text names what differs."""


class Splitter:
    """Takes the plain bytes of a pack and writes its files aside in an open commit.

    Args:
        members: what is in the pack, in its order.
        group: the commit; nothing of it stays unless the whole pack is right.
        target: gives where a file belongs, None for one that is there already.
    """

    def __init__(
        self, members: Sequence[Member], group: Group, target: Callable[[Member], Path | None]
    ) -> None:
        self._members = iter(members)
        self._group = group
        self._target = target
        self._present: Member | None = None
        self._left = 0
        self._sha = hashlib.sha256()
        self._stream: BinaryIO | None = None
        self._staged: Path | None = None
        self.files = self.bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def write(self, data: bytes) -> int:
        """Take some bytes.

        Raises:
            Mismatch: a file is not the one of the index, or the pack is longer than it.
            OSError: the disk takes no more.
        """
        rest = memoryview(data)
        while rest:
            if not self._left:
                self._next()
                continue
            piece = rest[: self._left]
            self._sha.update(piece)
            if self._stream is not None:
                self._stream.write(piece)
            self._left -= len(piece)
            rest = rest[len(piece) :]
        return len(data)

    def end(self) -> None:
        """Say that the pack is at its end.

        Raises:
            Mismatch: a file is not the one of the index, or the pack is shorter than it.
        """
        while not self._left and self._begin():
            pass
        if self._left:
            raise Mismatch("size")

    def _close(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _next(self) -> None:
        if not self._begin():
            raise Mismatch("size")

    def _begin(self) -> bool:
        """End the present file and begin the next one; False when there is none."""
        self._finish()
        self._present = next(self._members, None)
        if self._present is None:
            return False
        self._left = self._present.size
        self._sha = hashlib.sha256()
        if self._target(self._present) is not None:
            self._staged = self._group.scratch()
            self._stream = self._staged.open("wb")
        return True

    def _finish(self) -> None:
        self._close()
        if self._present is None:
            return
        if self._sha.hexdigest() != self._present.sha256:
            raise Mismatch("sha256")
        target = self._target(self._present)
        if self._staged is not None and target is not None:
            if self._group.pending(target):
                self._staged.unlink()
            else:
                self._group.adopt(self._staged, target)
                self.files += 1
                self.bytes += self._present.size
        self._staged = None
