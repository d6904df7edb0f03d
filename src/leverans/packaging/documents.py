"""Documents on their way from a store into a container: read once, held to their digests."""

import hashlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, Protocol

from leverans.errors import IntegrityError
from leverans.formats.containers import ContainerWriter
from leverans.formats.zipwriter import ContentMismatch
from leverans.model import File

_PIECE = 1 << 20


class Bytes(Protocol):
    """Where the bytes of documents are, by digest."""

    def open(self, sha256: str) -> BinaryIO:
        """Open the bytes of a digest.

        Raises:
            FileNotFoundError: they are not here.
        """
        ...


def copied(store: Bytes, file: File, container: ContainerWriter, place: str) -> None:
    """Copy one document into a container.

    Raises:
        IntegrityError: PKG001 its bytes are missing or are not what was promised.
        OSError: the disk is full.
    """
    try:
        with store.open(file.sha256) as stream:
            container.add(place, file.size, file.crc32, _checked(stream.read, file))
    except FileNotFoundError:
        raise _wrong(file, "missing") from None
    except ContentMismatch as fault:
        raise _wrong(file, fault.reason) from None


def _checked(read: Callable[[int], bytes], file: File) -> Iterator[bytes]:
    """Yield the bytes of a document once, and refuse them if they are not what was promised."""
    sha, size = hashlib.sha256(), 0
    while piece := read(_PIECE):
        sha.update(piece)
        size += len(piece)
        yield piece
    if sha.hexdigest() != file.sha256:
        raise _wrong(file, "sha256" if size == file.size else "size")


def _wrong(file: File, reason: str) -> IntegrityError:
    return IntegrityError("PKG001", f"sha256:{file.sha256}", digest=file.sha256, reason=reason)
