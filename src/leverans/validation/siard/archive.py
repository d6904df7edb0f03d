"""One SIARD file from its zip form to its last cell."""

import hashlib
from collections.abc import Callable
from functools import partial

from leverans.errors import LeveransError
from leverans.formats.entries import Container, Survey
from leverans.formats.xmlstream import XmlFault
from leverans.formats.zipreader import Zip
from leverans.validation.siard.keys import LIMIT, Keys
from leverans.validation.siard.layout import check_layout
from leverans.validation.siard.lobs import Lobs, Outside, plain_bases, same_digest
from leverans.validation.siard.metadata import MetadataCheck
from leverans.validation.siard.model import Column, Metadata, Table
from leverans.validation.siard.schema import TableSchema, read_schema
from leverans.validation.siard.table import Lob, TableCheck
from leverans.validation.siard.types import CHECKS, allowed
from leverans.validation.sink import Sink

METADATA, SCHEMA = "header/metadata.xml", "header/metadata.xsd"
_FORM = {"ZIP002": "G_4.1-3", "ZIP006": "G_4.1-2"}
_HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256"}


def check_siard(
    container: Container,
    survey: Survey,
    sink: Sink,
    *,
    prefix: str = "",
    outside: Outside = lambda _: None,
) -> Metadata:
    """Check one SIARD file whose directory has been read.

    Args:
        container: the file, opened.
        survey: its directory.
        sink: takes the findings.
        prefix: stands before each place: ``data/x.siard!/`` for a file inside a package.
        outside: tells whether a file beside the archive is there; None when it cannot know.

    Returns:
        What its metadata say.
    """
    return _Archive(container, survey, sink, prefix, outside).all()


class _Archive:
    def __init__(
        self, container: Container, survey: Survey, sink: Sink, prefix: str, outside: Outside
    ) -> None:
        self._container = container
        self._survey = survey
        self._sink = sink
        self._prefix = prefix
        self._lobs = Lobs(container, survey.index, sink.report, outside)
        self._meta = Metadata()
        self._unread: set[int] = set()

    def all(self) -> Metadata:
        """Form, layout, metadata, each table, keys, digests."""
        self._form()
        check_layout(self._container, self._at)
        check = MetadataCheck(self._sink, self._prefix + METADATA)
        for path in (METADATA, SCHEMA):
            if path not in self._survey.index:
                self._at("P_4.2-5", path)
        if METADATA in self._survey.index and self._read(METADATA, check.read):
            self._meta = check.found
            if check.ok:
                self._described()
        return self._meta

    def _at(self, code: str, where: str, /, **parameters: str | int) -> None:
        self._sink.report(code, self._prefix + where, **parameters)

    def _form(self) -> None:
        if self._container.root:
            self._at("P_4.2-1", self._container.root)
        for finding in self._survey.findings:
            if finding.code != "CSIPSTR1":
                self._at(_FORM.get(finding.code, finding.code), finding.where, **finding.parameters)

    def _read(self, path: str, reader: Callable[..., object]) -> bool:
        """Read one file of the archive; False when it could not be read."""
        try:
            with self._container.open(path) as stream:
                reader(stream)
        except XmlFault as fault:
            self._at(fault.code, f"{path}:{fault.line}", reason=fault.reason)
        except LeveransError as fault:
            self._at(fault.code, path, reason=str(fault.parameters.get("reason", "")))
        except OSError as fault:
            self._at("VAL003", path, reason=fault.strerror or type(fault).__name__)
        else:
            return True
        return False

    def _described(self) -> None:
        """Hold the content against the metadata."""
        meta = self._meta
        version = f"header/siardversion/{meta.version}"
        if not {version, version.rpartition(".")[0]} & self._survey.folders:
            self._at("P_4.2-4", version)
        keys = Keys(meta.tables)
        for table in meta.tables:
            self._table(table, keys)
        self._strays()
        self._pointers(keys)
        for kind, digest in meta.digests:
            self._digest(kind.strip(), digest)
        if self._lobs.unseen:
            self._at("SRD006", METADATA, times=self._lobs.unseen)

    def _table(self, table: Table, keys: Keys) -> None:
        name = table.folder.rpartition("/")[2]
        schema, rows = f"{table.folder}/{name}.xsd", f"{table.folder}/{name}.xml"
        declared = TableSchema()
        if schema not in self._survey.index:
            self._at("T_6.1-1", schema)
        else:
            kept: list[TableSchema] = []
            if self._read(schema, lambda stream: kept.append(read_schema(stream))):
                declared = kept[0]
                self._columns(table, declared, schema)
        if rows not in self._survey.index:
            self._at("T_6.4-1", rows)
            self._unread.add(id(table))
            return
        check = TableCheck(
            self._prefix + rows,
            declared.cells,
            keys.of(table) if len(declared.cells) == len(table.columns) else [],
            self._sink.report,
            partial(self._large, table),
        )
        if not declared.cells or not self._read(rows, check.read):
            self._unread.add(id(table))
        elif check.rows != table.rows >= 0:
            self._sink.report("P_4.3-10", table.place, value=check.rows, declared=table.rows)

    def _large(self, table: Table, lob: Lob) -> None:
        column = table.columns[lob.column] if 0 <= lob.column < len(table.columns) else Column()
        self._lobs.check(lob, plain_bases(self._meta.folder, column.folder))

    def _columns(self, table: Table, declared: TableSchema, path: str) -> None:
        if not declared.root or declared.row is None:
            self._at("T_6.1-2", path, name="table" if not declared.root else "row")
            return
        most = declared.row[1]
        if (not declared.row[0] <= table.rows and table.rows >= 0) or 0 <= most < table.rows:
            self._at("P_4.3-10", path, value=most, declared=table.rows)
        tags = [cell.tag for cell in declared.cells]
        wanted = [f"c{number}" for number in range(1, len(tags) + 1)]
        if tags != wanted:
            code = "P_4.3-8" if sorted(tags) == sorted(wanted) else "T_6.1-2"
            self._at(
                code, path, name=next(one for one, other in zip(tags, wanted, strict=True) if one != other)
            )
        if len(tags) != len(table.columns):
            self._at("P_4.3-2", path, value=len(tags), declared=len(table.columns))
            return
        for column, cell in zip(table.columns, declared.cells, strict=True):
            if column.nullable != cell.optional:
                self._at("P_4.3-7", path, name=cell.tag)
            self._type(column, cell.type, path, cell.tag)

    def _type(self, column: Column, kind: str, path: str, tag: str) -> None:
        if column.parts:
            if kind and kind in CHECKS:
                self._at("P_4.3-5" if column.type else "P_4.3-6", path, name=tag)
            return
        base = column.type or self._meta.bases.get((column.schema, column.kind), "")
        expected = allowed(base) if base else frozenset()
        if kind and kind not in CHECKS:
            self._at("T_6.1-3", path, name=tag, value=kind)
        elif expected and kind not in expected:
            code = "P_4.3-3" if column.type else "P_4.3-4"
            self._at(code, path, name=tag, value=kind or "–", declared=base)

    def _strays(self) -> None:
        """What lies in content and is named nowhere (P_4.3-1), and large objects that no cell points to."""
        known = {table.folder for table in self._meta.tables}
        schemas = {f"content/{name}" for name in self._meta.schemas}
        for entry in self._container.entries():
            parts = entry.path.split("/")
            folder = "/".join(parts[:3])
            if entry.kind == "folder" and parts[0] == "content":
                wanted = schemas if len(parts) == 2 else known if len(parts) == 3 else None
                if wanted is not None and entry.path not in wanted:
                    self._at("P_4.3-1", entry.path)
            elif entry.kind == "file" and parts[0] == "content" and len(parts) > 3 and not self._unread:
                number = self._survey.index.find(entry.path)
                if folder in known and len(parts) > 4 and number >= 0 and not self._lobs.pointed[number]:
                    self._at("SRD004", entry.path)
        for table in self._meta.tables:
            if table.folder not in self._survey.folders:
                self._sink.report("P_4.3-1", table.place)

    def _pointers(self, keys: Keys) -> None:
        for table, foreign in keys.lost:
            self._sink.report("SRD010", table.place, name=f"{foreign.schema}.{foreign.table}")
        for table, foreign, seen, target in keys.foreign:
            if {id(table), id(keys.target(foreign))} & self._unread:
                continue
            if not (seen.whole and target.whole):
                self._sink.report("SRD007", table.place, value=LIMIT)
                continue
            document = f"{self._prefix}{table.folder}/{table.folder.rpartition('/')[2]}.xml"
            name = f"{foreign.schema}.{foreign.table}"
            for number in seen.values.missing_from(target.values):
                self._sink.report("T_6.0-1", f"{document} /table/row[{seen.rows[number]}]", name=name)

    def _digest(self, kind: str, digest: str) -> None:
        """Compute the digest over all bytes ahead of the entry ``header/``."""
        before = self._container.before("header/") if isinstance(self._container, Zip) else None
        if kind not in _HASHES:
            return
        if before is None:
            self._at("SRD008", METADATA)
            return
        hasher = hashlib.new(_HASHES[kind], usedforsecurity=False)
        for chunk in before:
            hasher.update(chunk)
        if not same_digest(kind, digest, hasher.hexdigest()):
            self._at("SRD005", METADATA, value=kind)
