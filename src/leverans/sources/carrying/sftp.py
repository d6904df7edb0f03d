"""A drop that is a folder of an SFTP server."""

import errno
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import BinaryIO, Self

import paramiko

from leverans.errors import AccessDenied, ConfigurationError, IntegrityError, LeveransError, Outage
from leverans.sources.carrying.blocks import read_blocks, unsure, write_blocks
from leverans.sources.carrying.carrier import SET, Entry, split, valid
from leverans.sources.carrying.ssh import connect, link_lost

__all__ = ["SftpCarrier", "connect"]


class SftpCarrier:
    """Carries to an SFTP folder; writes and reads are pipelined, so a long way costs little.

    Args:
        transport: an open connection whose host key was checked; closed with the carrier.
        place: the address as people may be told of it.
        root: the folder on the server; it must be there.

    Raises:
        ConfigurationError: CAR015, there is no such folder.
    """

    def __init__(self, transport: paramiko.Transport, place: str, root: str) -> None:
        self._transport = transport
        self.place = place
        self._root = root.rstrip("/")
        with self._told():
            client = paramiko.SFTPClient.from_transport(transport)
            if client is None:
                raise Outage("CAR010", place, reason="SFTP")
            self._client = client
            channel = client.get_channel()
            if channel is not None:
                channel.settimeout(transport.banner_timeout)
            if not stat.S_ISDIR(client.stat(self._root or "/").st_mode or 0):
                raise ConfigurationError("CAR015", place)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def sets(self) -> list[str]:
        """Give the names of all sendings, sorted."""
        with self._told():
            found = [entry for entry in self._client.listdir_attr(self._root or "/") if _named(entry)]
        if any(not stat.S_ISDIR(entry.st_mode or 0) for entry in found):
            raise IntegrityError("CAR016", self.place)
        return sorted(entry.filename for entry in found)

    def list(self, sending: str) -> dict[str, Entry]:
        """Give the files of a sending by name."""
        with self._told():
            if not self._folder(sending):
                return {}
            found = [
                entry
                for entry in self._client.listdir_attr(f"{self._root}/{sending}")
                if valid(entry.filename)
            ]
        if any(not stat.S_ISREG(entry.st_mode or 0) for entry in found):
            raise IntegrityError("CAR016", sending)
        return {entry.filename: Entry(entry.filename, entry.st_size or 0) for entry in found}

    def size(self, name: str) -> int | None:
        """Give the size of a file, None when it is not there."""
        with self._told():
            try:
                found = self._client.lstat(self._path(name))
            except FileNotFoundError:
                return None
        if not stat.S_ISREG(found.st_mode or 0):
            raise IntegrityError("CAR016", name)
        return found.st_size or 0

    def make(self, sending: str) -> None:
        """Make the folder of a sending, if it is not there."""
        with self._told():
            if not self._folder(sending):
                self._client.mkdir(f"{self._root}/{sending}", 0o770)

    def append(self, name: str, source: BinaryIO, offset: int) -> int:
        """Write to a file from `offset` on; every block is confirmed when this ends."""
        with self._told(), self._client.open(self._path(name), "r+b" if offset else "wb") as stream:
            return write_blocks(self._client, stream, source, offset)

    def unsure(self) -> int:
        """Give how many bytes at the end of a half-written file may be holes."""
        return unsure()

    @contextmanager
    def read(self, name: str, offset: int) -> Iterator[Iterator[bytes]]:
        """Open the bytes of a file from `offset` to its end."""
        with self._told():
            stream = self._client.open(self._path(name), "rb")
        try:
            yield self._chunks(stream, offset)
        finally:
            with suppress(*_FAULTS):
                stream.close()

    def rename(self, name: str, target: str) -> None:
        """Bring a written file to its place."""
        source, place = self._path(name), self._path(target)
        with self._told():
            try:
                self._client.posix_rename(source, place)
            except OSError as fault:  # a server without the extension does not replace
                if fault.errno is not None:
                    raise
                with suppress(FileNotFoundError):
                    self._client.remove(place)
                self._client.rename(source, place)

    def remove(self, name: str) -> None:
        """Remove a file, or the empty folder of a sending."""
        with self._told(), suppress(FileNotFoundError):
            if not SET.fullmatch(name):
                self._client.remove(self._path(name))
            elif self._folder(name) and not self._client.listdir(f"{self._root}/{name}"):
                self._client.rmdir(f"{self._root}/{name}")

    def close(self) -> None:
        """End the connection."""
        with suppress(*_FAULTS):
            self._client.close()
        self._transport.close()

    def _chunks(self, stream: paramiko.SFTPFile, offset: int) -> Iterator[bytes]:
        with self._told():
            yield from read_blocks(self._client, stream, offset)

    def _folder(self, sending: str) -> bool:
        if not SET.fullmatch(sending):
            raise ValueError(sending[:8])
        try:
            mode = self._client.lstat(f"{self._root}/{sending}").st_mode or 0
        except FileNotFoundError:
            return False
        if not stat.S_ISDIR(mode):
            raise IntegrityError("CAR016", sending)
        return True

    def _path(self, name: str) -> str:
        sending, file = split(name)
        return f"{self._root}/{sending}/{file}"

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except LeveransError:
            raise
        except _FAULTS as fault:
            raise self._error(fault) from None

    def _error(self, fault: Exception) -> LeveransError:
        """Tell a lost connection, a missing permission and a server that takes no more apart."""
        if isinstance(fault, FileNotFoundError):
            return ConfigurationError("CAR015", self.place)
        if isinstance(fault, OSError) and fault.errno in {errno.EACCES, errno.EPERM}:
            return AccessDenied("CAR013", self.place)
        if link_lost(fault, self._transport):
            return Outage("CAR010", self.place, reason=type(fault).__name__)
        return Outage("CAR014", self.place, reason=_reason(fault))


_FAULTS = (OSError, EOFError, paramiko.SSHException)


def _named(entry: paramiko.SFTPAttributes) -> bool:
    return SET.fullmatch(entry.filename) is not None


def _reason(fault: Exception) -> str:
    """Give the kind of a refusal only: a server's own words may tell names."""
    return "SFTP " + type(fault).__name__
