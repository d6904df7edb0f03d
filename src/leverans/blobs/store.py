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
    """Files below `root` at ``ab/cd/<sha256>``; never changed, never overwritten."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, sha256: str) -> Path:
        """Give where the bytes of a digest lie, whether or not they are there."""
        return self.root / sha256[:2] / sha256[2:4] / sha256

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

        The bytes are readable by `open` after the commit. Bytes that are here already are not written twice.
        """
        staged = group.scratch()
        with staged.open("wb") as target:
            digest = digest_stream(source, target)
        if self.has(digest.sha256):
            staged.unlink()
            return Blob(digest, fresh=False)
        group.adopt(staged, self.path(digest.sha256))
        return Blob(digest, fresh=True)

    def digests(self) -> Iterator[str]:
        """Yield every digest that is here, sorted."""
        for path in sorted(self.root.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*")):
            yield path.name
