"""Where the files of a stream lie: in a folder, or inside the containers of one (zip, tar)."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO, Self, cast

from leverans.errors import IntegrityError, LeveransError
from leverans.formats import mets
from leverans.formats.container import open_container
from leverans.formats.xmlstream import XmlFault
from leverans.sources.contract import DocumentFault
from leverans.sources.tree.items import Unreadable

INSIDE = "!/"
"""In a pattern: what follows is the name of files inside each container."""


@dataclass(frozen=True, slots=True)
class Place:
    """One file of a stream.

    Attributes:
        path: the file, or the container that it lies in.
        inner: its path inside the container, or an empty text.
        fault: why nothing can be read from the container, or an empty text.
    """

    path: Path
    inner: str = ""
    fault: str = ""

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open the file for reading from its start.

        Raises:
            Unreadable: the container is damaged, encrypted, or has no such file.
            OSError: the file system does not give it.
        """
        if self.fault:
            raise Unreadable(self.fault)
        if not self.inner:
            with self.path.open("rb") as file:
                yield file
            return
        try:
            with open_container(self.path) as container, container.open(self.inner) as file:
                yield file
        except LeveransError as fault:
            raise Unreadable(fault.code) from fault


def places(folder: Path, pattern: str) -> list[Place]:
    """Give the files that fit a pattern, in the order of their names; links are not followed.

    Args:
        folder: where the pattern begins.
        pattern: ``*.xml``, or ``*.zip!/name.xml`` for files inside containers.

    Raises:
        OSError: the folder cannot be listed.
    """
    outer, _, inner = pattern.partition(INSIDE)
    os.listdir(folder)  # noqa: PTH208  # a pattern finds nothing in a folder that may not be listed
    found = sorted(path for path in folder.glob(outer) if path.is_file() and not path.is_symlink())
    if not inner:
        return [Place(path) for path in found]
    return [place for path in found for place in _inside(path, inner)]


def _inside(path: Path, pattern: str) -> list[Place]:
    try:
        with open_container(path) as container:
            names = [
                entry.path
                for entry in container.entries()
                if entry.kind == "file" and fnmatchcase(entry.path, pattern)
            ]
    except LeveransError as fault:
        return [Place(path, fault=fault.code)]
    return [Place(path, name) for name in sorted(names)] or [Place(path, fault=pattern)]


def open_linked(place: Place, link: str, manifest: str) -> BinaryIO:
    """Open a document that an item points at, held against what the container's manifest says of it.

    Args:
        place: the file that the item stands in.
        link: the path that it writes, relative to that file.
        manifest: name of a METS document inside the container, or an empty text.

    Raises:
        DocumentFault: SRC112 it leads out, SRC114 it is not there, SRC111 it cannot be read.
    """
    target = _below(place.inner.rpartition("/")[0], link)
    if target is None:
        raise DocumentFault("SRC112", "refused")
    try:
        if place.inner:
            return cast("BinaryIO", _Held(place.path, target, manifest))
        return _beside(place.path.parent, target)
    except FileNotFoundError as fault:
        raise DocumentFault("SRC114", "missing") from fault
    except (LeveransError, OSError) as fault:
        raise DocumentFault("SRC111") from fault


def _beside(folder: Path, target: str) -> BinaryIO:
    path = folder / target
    if not path.resolve().is_relative_to(folder.resolve()):
        raise DocumentFault("SRC112", "refused")
    return path.open("rb")


class _Held:
    """A file inside a container; its last read holds it against length, CRC and the manifest's digest."""

    def __init__(self, path: Path, name: str, manifest: str) -> None:
        self._container = open_container(path)
        try:
            self._wanted, algorithm = _promised(path, manifest, name)
            self._sum = hashlib.new(algorithm or "sha256", usedforsecurity=False)
            self._file = self._container.open(name)
        except BaseException:
            self._container.close()
            raise

    def read(self, size: int = -1) -> bytes:
        """Give at most `size` bytes.

        Raises:
            DocumentFault: SRC210 the bytes are not those that were promised.
        """
        try:
            piece = self._file.read(size)
        except IntegrityError as fault:
            raise DocumentFault("SRC210") from fault
        self._sum.update(piece)
        if (not piece or size < 0) and self._wanted and self._sum.hexdigest() != self._wanted:
            raise DocumentFault("SRC210")
        return piece

    def close(self) -> None:
        """Close file and container."""
        self._file.close()
        self._container.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def _promised(path: Path, manifest: str, name: str) -> tuple[str, str]:
    """Give digest and algorithm that the manifest promises of a file; empty texts where it says nothing."""
    if not manifest:
        return "", ""
    found = path.stat()
    return _manifest(path, found.st_mtime_ns, found.st_size, manifest).get(name, ("", ""))


_LAST: dict[tuple[Path, int, int, str], dict[str, tuple[str, str]]] = {}


def _manifest(path: Path, time: int, size: int, name: str) -> dict[str, tuple[str, str]]:
    """Give the digests of one container; the last one asked for is kept."""
    mark = (path, time, size, name)
    if mark not in _LAST:
        told: dict[str, tuple[str, str]] = {}
        with open_container(path) as container:
            base = name.rpartition("/")[0]
            try:
                with container.open(name) as file:
                    for part in mets.read(file):
                        target = _below(base, part.path) if isinstance(part, mets.Reference) else None
                        if isinstance(part, mets.Reference) and target and part.checksum:
                            told[target] = (part.checksum, part.algorithm.lower().replace("-", ""))
            except XmlFault as fault:
                raise IntegrityError("SRC140", name, reason=fault.code) from fault
        _LAST.clear()
        _LAST[mark] = {key: value for key, value in told.items() if value[1] in hashlib.algorithms_available}
    return _LAST[mark]


def _below(base: str, link: str) -> str | None:
    """Give where a link leads below the container's root; None where it leads out."""
    plain = link.removeprefix("file:").replace("\\", "/").lstrip("/")
    parts: list[str] = [part for part in base.split("/") if part]
    for part in plain.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts) or None
