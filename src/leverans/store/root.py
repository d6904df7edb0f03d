"""A storage root: opening, finding objects, adding versions."""

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from leverans.blobs import commit
from leverans.clock import Clock
from leverans.errors import ConfigurationError, IntegrityError
from leverans.formats.ocfl import Malformed, ObjectInventory, read_inventory
from leverans.store import journal
from leverans.store.batch import Batch
from leverans.store.layout import DECLARATION, Layout
from leverans.store.recovery import recover
from leverans.store.version import NewVersion, Stored, User

GROUP_OBJECTS = 500
GROUP_BYTES = 1 << 30

Done = Callable[[list[Stored]], None]


class StorageRoot:
    """One OCFL 1.1 storage root; get it by `create_or_open` or `open`.

    Attributes:
        path: the root.
        layout: where objects lie in it.
        protected: it holds protected identities: no list of what is in it is ever written outside it.
    """

    def __init__(self, path: Path, layout: Layout, *, protected: bool = False) -> None:
        self.path = path
        self.layout = layout
        self.protected = protected
        self._staging = path.with_name(f"{path.name}.staging")

    @classmethod
    def create_or_open(
        cls, path: Path, *, protected: bool = False, layout: Layout | None = None
    ) -> "StorageRoot":
        """Open a storage root, made if missing; what a killed run left half done is completed or removed.

        Args:
            path: the root; beside it its staging folder and lock must be writable, on the same file system.
            protected: it is the root of the protected route.
            layout: of a new root; an old one declares its own.

        Raises:
            ConfigurationError: STO001 the folder is not empty and no storage root, STO003 an unknown layout,
                STO004 the root is a file system of its own.
            OSError: it cannot be written.
        """
        new = cls(path, layout or Layout(), protected=protected)
        path.parent.mkdir(parents=True, exist_ok=True)
        with new.writing():
            if not (path / DECLARATION).is_file():
                new._create()
            recover(path, new._staging)
        return cls.open(path, protected=protected)

    @classmethod
    def open(cls, path: Path, *, protected: bool = False) -> "StorageRoot":
        """Open a storage root that is there, for reading; nothing is mended.

        Raises:
            ConfigurationError: STO002 it is no OCFL 1.1 root, STO003 an unknown layout.
        """
        return cls(path, Layout.read(path), protected=protected)

    def path_of(self, object_id: str) -> Path:
        """Give the folder of an object, whether or not it is there."""
        return self.path / self.layout.relative(object_id)

    def object(self, object_id: str) -> ObjectInventory | None:
        """Give the inventory of an object, None when there is no such object.

        Raises:
            IntegrityError: STO010 the object is there but its inventory is not what it should be.
        """
        folder = self.path_of(object_id)
        if not folder.exists():
            return None
        try:
            inventory = read_inventory(folder)
        except Malformed as error:
            where = folder.relative_to(self.path).as_posix()
            raise IntegrityError("STO010", where, reason=error.code) from error
        if inventory.id != object_id:
            raise IntegrityError("STO010", folder.relative_to(self.path).as_posix(), reason="E037")
        return inventory

    def put(
        self,
        versions: Iterable[NewVersion],
        clock: Clock,
        user: User,
        done: Done | None = None,
    ) -> int:
        """Write versions in groups of up to 500 objects or 1 GiB, each durable before the next is begun.

        Args:
            versions: read one at a time, each written before the next is asked for.
            clock: gives the moment in the inventories, one for each group.
            user: goes into the inventories.
            done: told of each group when it is durable.

        Returns:
            The number of versions written.

        Raises:
            IntegrityError: STO011 a version does not follow the newest one of its object, STO010.
            OSError: the disk is full, or a rename or sync failed; the groups before stay.
        """
        waiting = iter(versions)
        following = next(waiting, None)
        count = 0
        while following is not None:
            with self.writing():
                recover(self.path, self._staging)
                stored, following = self._group(following, waiting, clock, user)
            count += len(stored)
            if done is not None:
                done(stored)
        return count

    def _group(
        self, following: NewVersion | None, waiting: Iterator[NewVersion], clock: Clock, user: User
    ) -> tuple[list[Stored], NewVersion | None]:
        with commit(self.path, staging=self._staging) as group:
            batch = Batch(self, group, clock, user)
            while following is not None and batch.takes(following, GROUP_OBJECTS, GROUP_BYTES):
                batch.add(following)
                following = next(waiting, None)
            left = journal.write(self._staging, batch.touched)
        journal.forget(left)
        return batch.stored, following

    def _create(self) -> None:
        if self.path.is_dir():
            if self.path.stat().st_dev != self.path.parent.stat().st_dev:
                raise ConfigurationError("STO004", self.path.name)
            if any(self.path.iterdir()):
                raise ConfigurationError("STO001", self.path.name)
        with commit(self.path.parent, staging=self._staging) as group:
            self.layout.write(group.directory(self.path))

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Let one process write to the root and beside it; another waits, about a second for a group."""
        lock = self.path.with_name(f"{self.path.name}.lock")
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)
