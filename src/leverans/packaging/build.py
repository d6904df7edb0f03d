"""The order in which a package comes into being: documents, then what describes them, root METS last."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

from leverans.contracts import PackageDescriptor
from leverans.errors import IntegrityError
from leverans.formats.containers import ContainerWriter, writer
from leverans.formats.profiles import Information, Profile
from leverans.formats.zipwriter import Container
from leverans.model import Case, File
from leverans.packaging.describing import described
from leverans.packaging.documents import Bytes, copied
from leverans.packaging.ead import write_eac, write_ead
from leverans.packaging.erms import ErmsWriter
from leverans.packaging.further import FurtherWriter
from leverans.packaging.holdings import Collector
from leverans.packaging.mets import Description, Group, MetsWriter
from leverans.packaging.names import ERMS_FOLDER, CaseFolders, document_paths, free_path, safe_path
from leverans.packaging.order import PackageOrder
from leverans.packaging.packageinfo import Summary
from leverans.packaging.premis import PremisWriter
from leverans.packaging.rows import lineage_lines, rows_line
from leverans.packaging.schemas import catalog
from leverans.packaging.spool import Spool, Written

_REPRESENTATION = "rep1"
_FOLDER = f"representations/{_REPRESENTATION}"
_USE = f"Representations/{_REPRESENTATION}"
_ERMS = f"{ERMS_FOLDER}/ERMS.xml"
_PREMIS = "metadata/preservation/premis.xml"
_DESCRIPTIVE = "metadata/descriptive"
_ROWS = "metadata/other/rows.jsonl"
_LINEAGE = "metadata/other/lineage.jsonl"
_OTHER = "OTHER"
_ABOUT, _INFO = "about.txt", "additionalPackageInfo.xml"


def build(order: PackageOrder, cases: Iterable[Case], store: Bytes, target: Path) -> PackageDescriptor:
    """Write one package as one zip file at `target`, in one pass over cases and documents.

    Memory does not grow with the number of documents: they go straight into the container, the text of METS,
    PREMIS and ERMS into unnamed temporary files in the target's folder. The same order, cases and bytes give
    the same container, byte for byte.

    Args:
        order: what the package says about itself.
        cases: the objects, in the order they shall have; an iterator is enough.
        store: where the documents' bytes are.
        target: a path to write to, in a folder that is there; the caller commits it as `order.file_name`.

    Returns:
        The descriptor; its `counts` hold ``records``, ``files``, ``rows``, ``escaped`` (characters XML cannot
        hold), ``dates_supplied`` (objects without any date) and ``dates_unwritable`` (kept as own elements).

    Raises:
        IntegrityError: PKG001 bytes in the store are missing or are not what the case promises; PKG002 there
            was no case at all and no other representation, PKG003 a representation without name or files.
        ConfigurationError: PKG013 the profile cannot hold a representation that was ordered; PKG014 the order
            does not say who created or submits.
        OSError: the disk is full.
    """
    for one in order.representations:
        order.profile.information_of(one.kind)
    if order.profile.form == "cspackage":
        from leverans.packaging import cspackage

        return cspackage.build(order, cases, store, target)
    if order.profile.form == "archive-object":
        from leverans.packaging import objectxml

        return objectxml.build(order, cases, store, target)
    order.complete()
    with ExitStack() as stack:
        container = stack.enter_context(writer(order.container, target))
        making = _Making(order, store, container, _Spools(stack, target.parent))
        for case in cases:
            making.case(case)
        return making.finish()


class _Spools:
    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self._stack = stack
        self._folder = folder

    def new(self) -> Spool:
        return self._stack.enter_context(closing(Spool(self._folder)))


class _Making:
    def __init__(
        self, order: PackageOrder, store: Bytes, container: ContainerWriter, spools: _Spools
    ) -> None:
        self._order = order
        self._store = store
        self._container = container
        self._spools = spools
        self._erms, self._premis, self._mets = ErmsWriter(order), PremisWriter(order), MetsWriter(order)
        self._folders, self._collected = CaseFolders(), Collector()
        self._summary = Summary()
        self._erms_text, self._objects, self._parts = spools.new(), spools.new(), spools.new()
        self._entries, self._rows_text = spools.new(), spools.new()
        self._counts = {"cases": 0, "records": 0, "files": 0, "rows": 0}
        self._bytes = 0
        self._objects.write(self._premis.head())

    def case(self, case: Case) -> None:
        """Put one case in: its documents into the container, its text into the spools."""
        paths = document_paths(self._folders.name(case), case)
        for record, names in zip(case.all_records(), paths, strict=True):
            for file, name in zip(record.files, names, strict=True):
                self._document(file, f"{ERMS_FOLDER}/{name}")
            self._counts["files"] += len(names)
        self._counts["cases"] += 1
        self._counts["records"] += len(paths)
        self._counts["rows"] += len(case.rows)
        self._erms_text.write(self._erms.aggregation(case, paths))
        self._rows_text.write(rows_line(case))
        self._collected.add(case)
        self._summary.add(case, self._order.profile.words["describing"]["public"])

    def finish(self) -> PackageDescriptor:
        """Write all that describes the documents, and the directory."""
        if not self._counts["cases"] and not self._order.representations:
            raise IntegrityError("PKG002", self._order.file_name)
        groups = [self._representation()] if self._counts["cases"] else []
        further = FurtherWriter(
            self._order,
            self._store,
            self._container,
            self._spools.new,
            [_REPRESENTATION] if groups else [],
        )
        groups += [further.write(one, self._label()) for one in self._order.representations]
        self._counts["files"] += further.files
        self._bytes += further.bytes
        own = [self._premis.representation] if self._counts["cases"] else []
        self._root(groups, own + further.premis)
        return self._descriptor(self._container.finish())

    def _document(self, file: File, path: str) -> None:
        place = f"{self._order.root}/{_FOLDER}/{path}"
        copied(self._store, file, self._container, place)
        self._bytes += file.size
        self._objects.write(self._premis.file(file, path))
        self._parts.write(self._premis.part(file))
        self._entries.write(self._mets.document(file, path))

    def _representation(self) -> Group:
        erms = self._spooled(self._exported(), _ERMS)
        lineage_text = lineage_lines(self._order.lineage).encode()
        lineage = Written.of(_LINEAGE, self._media(_LINEAGE), lineage_text)
        premis = self._spooled(self._preservation(lineage), _PREMIS)
        rows = self._spooled(self._rows_text, _ROWS)
        self._container.add_bytes(f"{self._order.root}/{_FOLDER}/{_LINEAGE}", lineage_text)
        group = Group("Data", (erms,), more=self._entries, information=self._order.profile.cases)
        text = self._spools.new()
        label = f"{self._label()}, {_REPRESENTATION}"
        told = Description(_REPRESENTATION, label, premis, other=(rows, lineage), groups=(group,))
        self._mets.write(told, text)
        path = f"{_FOLDER}/METS.xml"
        self._add(text, path)
        described = text.written(path, self._media(path))
        return Group(_USE, (described,), information=self._order.profile.cases)

    def _exported(self) -> Spool:
        """Put the ERMS document together; its head knows what the cases in it use."""
        text = self._spools.new()
        text.write(self._erms.head())
        text.absorb(self._erms_text)
        text.write(self._erms.tail())
        return text

    def _preservation(self, lineage: Written) -> Spool:
        text, writer = self._objects, self._premis
        text.write(writer.representation_head())
        text.absorb(self._parts)
        text.write(writer.representation_tail(lineage))
        text.write(writer.representation_events(self._counts["files"], self._bytes))
        text.write(writer.tail())
        return text

    def _root(self, representations: list[Group], premis_ids: list[str]) -> None:
        profile, official = self._order.profile, self._order.schemas
        schemas = [
            *(self._added(f"schemas/{name}", content) for name, content in profile.subsets().items()),
            *(self._added(f"schemas/{name}", content) for name, content in sorted(official.items())),
            self._added("schemas/catalog.xml", catalog(profile)),
        ]
        documentation = [
            self._added(f"documentation/{path}", content, original)
            for path, original, content in _documentation(self._order, self._info())
        ]
        descriptive = self._descriptive()
        premis = self._added(
            _PREMIS, self._premis.package(self._counts["cases"], self._counts["files"], premis_ids).encode()
        )
        groups = (
            Group("Documentation", documentation),
            Group("Schemas", schemas),
            *representations,
        )
        text = self._spools.new()
        description = Description(
            self._order.root,
            self._label(),
            premis,
            descriptive,
            groups=groups,
            representations=[(group.use, group.files[0].path) for group in representations],
            information=_held(profile, representations),
        )
        self._mets.write(description, text)
        self._add(text, "METS.xml")

    def _info(self) -> bytes:
        return self._summary.write(self._order, self._collected.holdings()).encode()

    def _descriptive(self) -> list[tuple[Written, str]]:
        """Write what the cases lie in, and who created it."""
        order, holdings = self._order, self._collected.holdings()
        ead = self._added(f"{_DESCRIPTIVE}/ead.xml", write_ead(order, holdings).encode())
        authorities = [
            self._added(f"{_DESCRIPTIVE}/eac-cpf-{number}.xml", write_eac(order, creator).encode())
            for number, creator in enumerate(holdings.creators, start=1)
        ]
        return [(ead, "EAD"), *((file, "EAC-CPF") for file in authorities)]

    def _label(self) -> str:
        order = self._order
        return f"{order.delivery} {order.partition} ({order.part}/{order.parts})"

    def _media(self, path: str) -> str:
        return self._order.profile.media_type(path)

    def _spooled(self, spool: Spool, path: str) -> Written:
        self._add(spool, f"{_FOLDER}/{path}")
        return spool.written(path, self._media(path))

    def _add(self, spool: Spool, path: str) -> None:
        made = spool.written(path, "")
        self._container.add(f"{self._order.root}/{path}", made.size, made.crc32, spool.pieces())

    def _added(self, path: str, content: bytes, original: str | None = None) -> Written:
        self._container.add_bytes(f"{self._order.root}/{path}", content)
        return Written.of(path, self._media(path), content, original)

    def _descriptor(self, made: Container) -> PackageDescriptor:
        order, erms = self._order, self._erms
        told = {
            "escaped": erms.blocks.escapes.count,
            "dates_supplied": erms.supplied,
            "dates_unwritable": erms.blocks.unwritable,
        }
        return described(order, made, self._counts, self._bytes, told)


def _held(profile: Profile, representations: list[Group]) -> Information | None:
    """Say what a package holds by what its representations hold [CSIP5]."""
    kinds = {group.information for group in representations}
    held = kinds.pop() if len(kinds) == 1 else profile.information_of("mixed")
    return held if held is None or held.type == _OTHER else replace(held, other=None)


def _documentation(order: PackageOrder, info: bytes) -> Iterator[tuple[str, str | None, bytes]]:
    """Yield (safe path, original path where it differs, bytes), sorted; what this package is comes first."""
    yield _ABOUT, None, files("leverans.packaging").joinpath(_ABOUT).read_bytes()
    yield _INFO, None, info
    taken = {_ABOUT, _INFO.lower()}
    for original in sorted(order.documentation):
        path = free_path(safe_path(original), taken)
        yield path, original if path != original else None, order.documentation[original]
