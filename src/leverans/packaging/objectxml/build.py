"""A zip of objects: each in a folder of its own, with its files and the whole object as ``original.xml``."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from leverans.contracts import PackageDescriptor
from leverans.errors import IntegrityError
from leverans.formats import profiles
from leverans.formats.containers import ContainerWriter, writer
from leverans.formats.zipwriter import Container
from leverans.model import Case
from leverans.packaging.cspackage.beyond import Report
from leverans.packaging.cspackage.cases import CaseWriter
from leverans.packaging.describing import described
from leverans.packaging.documents import Bytes, copied
from leverans.packaging.names import CaseFolders, document_paths
from leverans.packaging.objectxml.writing import ObjectWriter
from leverans.packaging.order import PackageOrder


@dataclass(frozen=True, slots=True)
class Sent:
    """An object that was sent: object id, the folder it went in, and its code where that may be told."""

    id: str
    folder: str
    code: str | None = None


def build(
    order: PackageOrder,
    cases: Iterable[Case],
    store: Bytes,
    target: Path,
    *,
    report: Report | None = None,
    sent: Callable[[Sent], None] | None = None,
) -> PackageDescriptor:
    """Write the objects as one zip file at `target`, in one pass.

    Args:
        order: where they come from; its profile gives the receiver's words.
        cases: the objects; an iterator is enough.
        store: where the documents' bytes are.
        target: a path to write to, in a folder that is there.
        report: told of everything that ``original.xml`` does not say in its standard's own elements.
        sent: told of each object, so that receipts can be held against what was sent.

    Raises:
        IntegrityError: PKG001 bytes are missing or are not what the case promises; PKG002 there was no case.
        ConfigurationError: PKG014 the order does not say who created or submits.
        OSError: the disk is full.
    """
    order.complete()
    with ExitStack() as stack:
        making = _Making(order, store, stack.enter_context(writer(order.container, target)), report)
        for case in cases:
            made = making.case(case)
            if sent is not None:
                sent(made)
        return making.finish()


class _Making:
    def __init__(
        self, order: PackageOrder, store: Bytes, container: ContainerWriter, report: Report | None
    ) -> None:
        self._order, self._store, self._container = order, store, container
        self._words = order.profile.words
        self._writer = ObjectWriter(order.profile, order.system.name, order.creator.name)
        self._whole = CaseWriter(profiles.load(self._words["original"]["profile"]), report)
        self._folders = CaseFolders()
        self._counts = {"cases": 0, "records": 0, "files": 0, "rows": 0}
        self._bytes = 0

    def case(self, case: Case) -> Sent:
        folder, place = self._folders.name(case), self._words["place"]
        names = [[one.rpartition("/")[2] for one in paths] for paths in document_paths(folder, case)]
        below = f"{folder}/{place['folder']}"
        for record, files in zip(case.all_records(), names, strict=True):
            for file, name in zip(record.files, files, strict=True):
                copied(self._store, file, self._container, f"{below}/{name}")
                self._bytes += file.size
            self._counts["files"] += len(files)
        linked = [[f"{place['folder']}/{name}" for name in files] for files in names]
        whole = self._whole.head([]) + self._whole.case(case, linked) + self._whole.tail()
        self._container.add_bytes(f"{below}/{place['original']}", whole.encode())
        self._container.add_bytes(f"{folder}/{place['object']}", self._writer.document(case, names).encode())
        self._counts["cases"] += 1
        self._counts["records"] += len(names)
        self._counts["rows"] += len(case.rows)
        return Sent(case.id, folder, None if folder.startswith(case.id) else case.reference_code)

    def finish(self) -> PackageDescriptor:
        order, whole = self._order, self._whole
        if not self._counts["cases"]:
            raise IntegrityError("PKG002", order.file_name)
        made: Container = self._container.finish()
        told = {"escaped": whole.escapes.count, "beside": whole.beside, "left_out": whole.left_out}
        return described(order, made, self._counts, self._bytes, told)
