"""The files inside a package's zip: found by name, read straight where they are stored."""

import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Self

from leverans.errors import IntegrityError

_CHUNK = 1 << 20
_LOCAL_HEADER = 30
_LOCAL_SIGNATURE = b"PK\x03\x04"


class Members:
    """A package's zip; use it in a ``with`` block.

    Attributes:
        root: the single folder everything lies in, e.g. ``uuid-…``.
    """

    def __init__(self, package: Path) -> None:
        self._name = package.name
        try:
            self._zip = zipfile.ZipFile(package)
        except (zipfile.BadZipFile, NotImplementedError) as error:
            raise IntegrityError("ARC001", package.name, reason=type(error).__name__) from error
        self._handle = os.open(package, os.O_RDONLY | os.O_CLOEXEC)
        roots = {name.partition("/")[0] for name in self._zip.namelist()}
        if len(roots) != 1:
            self.close()
            raise IntegrityError("ARC001", package.name, reason=f"{len(roots)} roots")
        self.root = roots.pop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._handle)
        self._zip.close()

    def names(self) -> Iterator[str]:
        """Yield the path of every file below the root folder, in the zip's order."""
        cut = len(self.root) + 1
        for info in self._zip.infolist():
            if not info.is_dir():
                yield info.filename[cut:]

    def has(self, path: str) -> bool:
        """Say whether there is such a file."""
        return f"{self.root}/{path}" in self._zip.NameToInfo

    def open(self, path: str) -> IO[bytes]:
        """Open a file as a stream.

        Raises:
            IntegrityError: ARC004 there is no such file.
        """
        return self._zip.open(self._info(path))

    def size_and_crc(self, path: str) -> tuple[int, int]:
        """Give size in bytes and CRC-32 as the zip's directory states them.

        Raises:
            IntegrityError: ARC004 there is no such file.
        """
        info = self._info(path)
        return info.file_size, info.CRC

    def pieces(self, path: str) -> Iterator[bytes]:
        """Yield the bytes of a file in pieces of 1 MiB; the CRC-32 is not checked here.

        Raises:
            IntegrityError: ARC004 there is no such file, ARC001 the zip is damaged at this place.
        """
        info = self._info(path)
        if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:
            yield from self._unpacked(info)
            return
        header = os.pread(self._handle, _LOCAL_HEADER, info.header_offset)
        if header[:4] != _LOCAL_SIGNATURE or len(header) != _LOCAL_HEADER:
            raise IntegrityError("ARC001", path, reason="local header")
        at = info.header_offset + _LOCAL_HEADER + sum(struct.unpack("<HH", header[26:30]))
        left = info.file_size
        while left:
            piece = os.pread(self._handle, min(left, _CHUNK), at)
            if not piece:
                raise IntegrityError("ARC001", path, reason="truncated")
            yield piece
            at += len(piece)
            left -= len(piece)

    def _unpacked(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        try:
            with self._zip.open(info) as stream:
                while piece := stream.read(_CHUNK):
                    yield piece
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error) as error:
            raise IntegrityError("ARC001", self._name, reason=type(error).__name__) from error

    def _info(self, path: str) -> zipfile.ZipInfo:
        try:
            return self._zip.getinfo(f"{self.root}/{path}")
        except KeyError:
            raise IntegrityError("ARC004", path) from None
