"""A package as one thing, whether it lies in a folder, a zip or a tar."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, Protocol, Self

from leverans.contracts import Finding

Kind = Literal["file", "folder", "link", "special"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a container.

    Attributes:
        path: below the package's root folder, forward slashes; bytes that are no UTF-8 stand as surrogates.
        size: bytes of the unpacked file, 0 for a folder.
        kind: ``file``, ``folder``, ``link`` or ``special`` (device, pipe, socket).
        flags: what is odd about it: ``encrypted``, ``duplicate``, ``unsafe``, ``unsupported``.
        position: where the container finds it again; of no meaning to others.
    """

    path: str
    size: int
    kind: Kind = "file"
    flags: tuple[str, ...] = ()
    position: int = 0


class Container(Protocol):
    """A package that can be listed and read, any number of times, in bounded memory."""

    @property
    def root(self) -> str:
        """Name of the single root folder; empty when the container has none."""
        ...

    def entries(self) -> Iterator[Entry]:
        """List all entries below the root, in the same order each time."""
        ...

    def open(self, entry: Entry | str) -> BinaryIO:
        """Open one file for reading from its start.

        The stream's last read raises `IntegrityError` (ZIP005) when the bytes are not those that the container
        promised (CRC, length, broken compression); what could be read has been handed out before.

        Raises:
            FileNotFoundError: there is no such file.
            IntegrityError: ZIP001, ZIP002 encrypted, ZIP006 unknown compression.
        """
        ...

    def hygiene(self) -> tuple[Finding, ...]:
        """Give what is wrong with the container itself (reads the whole directory once)."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...

    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...


def open_container(path: Path) -> Container:
    """Open a package.

    Raises:
        ConfigurationError: PKG001 nothing is there, PKG002 neither folder, zip nor tar.
        AccessDenied: PKG003 may not be read.
        IntegrityError: ZIP001 damaged so that its directory cannot be read.
    """
    raise NotImplementedError
