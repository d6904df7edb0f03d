"""Writes the representations of a package that hold no cases: files, PREMIS, METS."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, cast

from leverans.errors import IntegrityError
from leverans.formats.containers import ContainerWriter
from leverans.model import File
from leverans.packaging.documents import Bytes, copied
from leverans.packaging.mets import Description, Group, MetsWriter
from leverans.packaging.names import free_path, safe_name, safe_path
from leverans.packaging.order import PackageOrder
from leverans.packaging.premis import PremisWriter
from leverans.packaging.representations import Content, Representation
from leverans.packaging.spool import Spool, Written

_DATA, _PREMIS, _METS = "data", "metadata/preservation/premis.xml", "METS.xml"


class FurtherWriter:
    """Writes them into a container that is open.

    Args:
        order: what the package says about itself.
        store: where the bytes of documents are.
        container: the package.
        spool: gives a new spool.
        taken: names of representations that are there already.

    Attributes:
        premis: PREMIS id of each representation that was written.
        files: how many files.
        bytes: how many bytes in them.
    """

    def __init__(
        self,
        order: PackageOrder,
        store: Bytes,
        container: ContainerWriter,
        spool: Callable[[], Spool],
        taken: Iterable[str],
    ) -> None:
        self._order, self._store, self._container = order, store, container
        self._mets = MetsWriter(order)
        self._spool = spool
        self._taken = set(taken)
        self.premis: list[str] = []
        self.files = self.bytes = 0

    def write(self, one: Representation, label: str) -> Group:
        """Write one; give the group by which the package's METS names it.

        Raises:
            IntegrityError: PKG001 bytes are missing or are not what was promised; PKG003 the name is no
                folder's name or is taken, or there is no file.
            ConfigurationError: PKG013 the profile knows no such kind.
        """
        if safe_name(one.name) != one.name or one.name.lower() in self._taken or not one.files:
            raise IntegrityError("PKG003", one.name)
        self._taken.add(one.name.lower())
        information = self._order.profile.information_of(one.kind, one.form)
        premis = PremisWriter(self._order, one.name)
        objects, parts, entries = self._spool(), self._spool(), self._spool()
        objects.write(premis.head())
        taken: set[str] = set()
        for content in one.files:
            path = f"{_DATA}/{free_path(safe_path(content.path), taken)}"
            file = self._file(one, content, path)
            objects.write(premis.file(file, path))
            parts.write(premis.part(file))
            entries.write(self._mets.document(file, path))
        objects.write(premis.representation_head())
        objects.absorb(parts)
        objects.write(premis.representation_end())
        sizes = sum(content.file.size for content in one.files)
        objects.write(premis.file_events(len(one.files), sizes))
        objects.write(premis.tail())
        kept = self._added(objects, one.name, _PREMIS)
        group = Group("Data", (), more=entries, information=information)
        told = Description(one.name, f"{label}, {one.name}", kept, groups=(group,), information=information)
        text = self._spool()
        self._mets.write(told, text)
        described = self._added(text, one.name, _METS)
        self.premis.append(premis.representation)
        use, path = f"Representations/{one.name}", f"representations/{one.name}/{_METS}"
        return Group(use, (replace(described, path=path),), information=information)

    def _file(self, one: Representation, content: Content, path: str) -> File:
        """Copy a file into the package; its id is of the package, the representation and its path."""
        own = uuid.uuid5(uuid.UUID(self._order.id), f"{one.name}/{path}")
        file = replace(content.file, id=str(own))
        store = self._store if content.place is None else _Place(content.place)
        copied(store, file, self._container, f"{self._folder(one.name)}/{path}")
        self.files += 1
        self.bytes += file.size
        return file

    def _added(self, text: Spool, name: str, path: str) -> Written:
        made = text.written(path, self._order.profile.media_type(path))
        self._container.add(f"{self._folder(name)}/{path}", made.size, made.crc32, text.pieces())
        return made

    def _folder(self, name: str) -> str:
        return f"{self._order.root}/representations/{name}"


class _Place:
    """A file that stands by itself, as a store of one."""

    def __init__(self, place: Path) -> None:
        self._place = place

    def open(self, sha256: str) -> BinaryIO:  # noqa: ARG002 - there is one only
        """Open it."""
        return cast("BinaryIO", self._place.open("rb"))
