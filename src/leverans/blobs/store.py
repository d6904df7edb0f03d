"""The content store: documents by SHA-256, written once, owned here from landing until receipt."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from leverans.blobs.commit import Group
from leverans.blobs.digest import Digest, digest_stream


@dataclass(frozen=True, slots=True)
class Blob:
    """A stored stream of bytes: its digest and whether it is new here."""

    digest: Digest
    fresh: bool


class ContentStore:
    """Files below `root` at ``ab/<sha256>``; never changed, never overwritten.

    One level of folders: 256 of them, 4,000 files in each at a million documents. A second level would make
    about one folder per document in a delivery of ordinary size.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, sha256: str) -> Path:
        """Give where the bytes of a digest lie, whether or not they are there."""
        return self.root / sha256[:2] / sha256

    def has(self, sha256: str) -> bool:
        """Say whether the bytes are here."""
        return self.path(sha256).is_file()

    def open(self, sha256: str) -> BinaryIO:
        """Open the bytes of a digest.

        Raises:
            FileNotFoundError: they are not here.
        """
        return self.path(sha256).open("rb")

    def add(self, source: BinaryIO, group: Group) -> Blob:
        """Copy a stream into an open commit of this store; the digest is taken on the way.

        The bytes are readable by `open` after the commit. Bytes that are here already, or come twice in one
        commit, are kept once; a file here of another size (a disk that failed) is replaced.

        Raises:
            OSError: the source cannot be read to its end, or the disk is full.
        """
        staged = group.scratch()
        with staged.open("wb") as stream:
            digest = digest_stream(source, stream)
        target = self.path(digest.sha256)
        if group.pending(target) or _size(target) == digest.size:
            staged.unlink()
            return Blob(digest, fresh=False)
        group.adopt(staged, target)
        return Blob(digest, fresh=True)

    def digests(self) -> Iterator[str]:
        """Yield every digest that is here, sorted."""
        for folder in sorted(self.root.glob("[0-9a-f][0-9a-f]")):
            yield from sorted(path.name for path in folder.iterdir())


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return -1
