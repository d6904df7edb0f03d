"""One package, written straight: documents, the cases that refer to them, documentation, ``sip.xml`` last."""

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path

from leverans.contracts import PackageDescriptor
from leverans.errors import IntegrityError
from leverans.formats.containers import ContainerWriter, writer
from leverans.formats.zipwriter import Container
from leverans.model import Case
from leverans.packaging.cspackage.beyond import Report
from leverans.packaging.cspackage.cases import CaseWriter
from leverans.packaging.cspackage.sip import SipWriter
from leverans.packaging.describing import described
from leverans.packaging.documents import Bytes, copied
from leverans.packaging.names import CaseFolders, document_paths, free_path, safe_path
from leverans.packaging.order import PackageOrder
from leverans.packaging.rows import lineage_lines
from leverans.packaging.spool import Spool, Written

_ABOUT = "about.txt"


def build(
    order: PackageOrder, cases: Iterable[Case], store: Bytes, target: Path, *, report: Report | None = None
) -> PackageDescriptor:
    """Write one package as one zip file at `target`, in one pass over cases and documents.

    Memory does not grow with the number of documents, and the same order, cases and bytes give the same
    container, byte for byte.

    Args:
        order: what the package says about itself.
        cases: the objects, in the order they shall have; an iterator is enough.
        store: where the documents' bytes are.
        target: a path to write to, in a folder that is there.
        report: told of everything that the standard's own elements do not carry.

    Returns:
        The descriptor; its `counts` hold ``records``, ``files``, ``rows``, ``escaped`` (characters XML cannot
        hold), ``beside`` (values that stand beside the standard's elements) and ``left_out`` (values that
        the package does not carry).

    Raises:
        IntegrityError: PKG001 bytes are missing or are not what the case promises; PKG002 there was no case.
        ConfigurationError: PKG014 the order does not say who created or submits, or by which agreement.
        OSError: the disk is full.
    """
    order.complete(agreement=True)
    with ExitStack() as stack:
        container = stack.enter_context(writer(order.container, target))
        spools = [stack.enter_context(closing(Spool(target.parent))) for _ in range(3)]
        making = _Making(order, store, container, spools, report)
        for case in cases:
            making.case(case)
        return making.finish()


class _Making:
    def __init__(
        self,
        order: PackageOrder,
        store: Bytes,
        container: ContainerWriter,
        spools: list[Spool],
        report: Report | None,
    ) -> None:
        self._order, self._store, self._container = order, store, container
        self._place = order.profile.words["place"]
        self._cases, self._sip = CaseWriter(order.profile, report), SipWriter(order)
        self._folders = CaseFolders()
        self._text, self._entries, self._last = spools
        self._counts = {"cases": 0, "records": 0, "files": 0, "rows": 0}
        self._bytes = 0
        self._papers = list(_documentation(order))
        self._text.write(self._cases.head((original or path, path) for path, original, _ in self._papers))

    def case(self, case: Case) -> None:
        folder = self._folders.name(case)
        paths = [
            [f"{self._place['content']}/{one}" for one in names] for names in document_paths(folder, case)
        ]
        for record, names in zip(case.all_records(), paths, strict=True):
            for file, path in zip(record.files, names, strict=True):
                copied(self._store, file, self._container, path)
                self._bytes += file.size
                self._entries.write(self._sip.document(file, path))
            self._counts["files"] += len(names)
        self._counts["cases"] += 1
        self._counts["records"] += len(paths)
        self._counts["rows"] += len(case.rows)
        self._sip.see(case)
        self._text.write(self._cases.case(case, paths))

    def finish(self) -> PackageDescriptor:
        if not self._counts["cases"]:
            raise IntegrityError("PKG002", self._order.file_name)
        self._text.write(self._cases.tail())
        cases = self._spooled(self._text, self._place["cases"])
        papers = [self._added(path, original, content) for path, original, content in self._papers]
        self._sip.write(cases, papers, self._entries, self._last)
        self._spooled(self._last, self._place["sip"])
        return self._descriptor(self._container.finish())

    def _spooled(self, spool: Spool, path: str) -> Written:
        made = spool.written(path, self._order.profile.media_type(path))
        self._container.add(path, made.size, made.crc32, spool.pieces())
        return made

    def _added(self, path: str, original: str | None, content: bytes) -> Written:
        self._container.add_bytes(path, content)
        return Written.of(path, self._order.profile.media_type(path), content, original)

    def _descriptor(self, made: Container) -> PackageDescriptor:
        order, cases = self._order, self._cases
        told = {"escaped": cases.escapes.count, "beside": cases.beside, "left_out": cases.left_out}
        return described(order, made, self._counts, self._bytes, told)


def _documentation(order: PackageOrder) -> Iterator[tuple[str, str | None, bytes]]:
    """Yield (path, original path where it differs, bytes); what this package is comes first."""
    folder = order.profile.words["place"]["documentation"]
    own = files("leverans.packaging.cspackage").joinpath(_ABOUT).read_bytes()
    papers = {_ABOUT: own, **{name: order.documentation[name] for name in sorted(order.documentation)}}
    if order.lineage:
        papers["lineage.jsonl"] = lineage_lines(order.lineage).encode()
    if order.deviations:
        told = (json.dumps(asdict(one), ensure_ascii=False, sort_keys=True) for one in order.deviations)
        papers["deviations.jsonl"] = "".join(f"{line}\n" for line in told).encode()
    taken: set[str] = set()
    for original, content in papers.items():
        path = free_path(safe_path(original), taken)
        yield f"{folder}/{path}", original if path != original else None, content
