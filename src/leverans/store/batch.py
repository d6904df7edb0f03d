"""The versions of one group, on their way from the caller into an open commit."""

import os
from pathlib import Path
from typing import Protocol

from leverans.blobs import Group
from leverans.clock import Clock, iso
from leverans.errors import IntegrityError
from leverans.formats.ocfl import ObjectInventory
from leverans.store.inventory import INVENTORY, SIDECAR, compose
from leverans.store.layout import Layout
from leverans.store.version import NewVersion, Stored, User

_DECLARATION = "0=ocfl_object_1.1"
_DECLARED = b"ocfl_object_1.1\n"


class _Root(Protocol):
    path: Path
    layout: Layout

    def object(self, object_id: str) -> ObjectInventory | None: ...


class Batch:
    """Stages versions; `stored` are those staged so far, `touched` their folders below the root."""

    def __init__(self, root: _Root, group: Group, clock: Clock, user: User) -> None:
        self._root = root
        self._group = group
        self._user = user
        self._created = iso(clock.now())
        self._bytes = 0
        self._ids: set[str] = set()
        self.stored: list[Stored] = []
        self.touched: list[str] = []

    def takes(self, version: NewVersion, objects: int, size: int) -> bool:
        """Say whether a version still belongs in this group: an object comes once, and the limits hold."""
        if not self.stored:
            return True
        full = len(self.stored) >= objects or self._bytes >= size
        return not full and version.object_id not in self._ids

    def add(self, version: NewVersion) -> None:
        """Stage one version.

        Raises:
            IntegrityError: STO011 it does not follow the newest version of its object.
        """
        before = self._root.object(version.object_id)
        newest = before.number if before else 0
        relative = self._root.layout.relative(version.object_id)
        if version.number != newest + 1:
            raise IntegrityError("STO011", relative, newest=newest, number=version.number)
        if before is None:
            size = self._new_object(version, self._root.path / relative)
        else:
            size = self._next_version(version, self._root.path / relative, before)
        self._ids.add(version.object_id)
        self._bytes += size
        self.touched.append(relative)
        self.stored.append(Stored(version.object_id, version.number, size))

    def _new_object(self, version: NewVersion, target: Path) -> int:
        staged = self._group.directory(target)
        _write(f"{staged}/{_DECLARATION}", _DECLARED)
        folder = staged / "v1"
        folder.mkdir()
        inventory, sidecar, size = self._fill(version, folder, None)
        _write(f"{staged}/{INVENTORY}", inventory)
        _write(f"{staged}/{SIDECAR}", sidecar)
        return size

    def _next_version(self, version: NewVersion, target: Path, before: ObjectInventory) -> int:
        folder = self._group.directory(target / f"v{version.number}")
        inventory, sidecar, size = self._fill(version, folder, before)
        _write(str(self._group.seal(target / INVENTORY)), inventory)
        _write(str(self._group.seal(target / SIDECAR)), sidecar)
        return size

    def _fill(
        self, version: NewVersion, folder: Path, before: ObjectInventory | None
    ) -> tuple[bytes, bytes, int]:
        content = folder / "content"
        content.mkdir()
        files = version.write(content)
        inventory, sidecar = compose(version, files, before, self._created, self._user)
        _write(f"{folder}/{INVENTORY}", inventory)
        _write(f"{folder}/{SIDECAR}", sidecar)
        return inventory, sidecar, sum(file.size for file in files)


def _write(path: str, content: bytes) -> None:
    """Write a small file by bare system calls: there are five of them for every object."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    try:
        left = memoryview(content)
        while left:
            left = left[os.write(handle, left) :]
    finally:
        os.close(handle)
