"""Access (.mdb, .accdb): a file that mdbtools reads; rows as the CSV text that it writes.

There is no transaction in a file: it is read as it lies, and its size and time tell whether it was changed
meanwhile. Rows come in the file's own order, which is the same every time.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, BinaryIO

import pyarrow as pa
from pyarrow import csv

from leverans.contracts import Column
from leverans.contracts.catalogue import ArrowType
from leverans.errors import IntegrityError, LeveransError
from leverans.sources.contract import Batch, DocumentFault
from leverans.sources.definition import StreamDefinition
from leverans.sources.faults import source_error
from leverans.sources.sql.engine import Account, ForeignKey, Profile, TableFacts
from leverans.sources.sql.jettools import output, records, running
from leverans.sources.sql.log import Statements
from leverans.sources.sql.reading import Shape
from leverans.sources.sql.textrows import TextRows, parts

_TYPES: Mapping[str, ArrowType] = {
    "Boolean": "bool",
    "Byte": "int64",
    "Integer": "int64",
    "Long Integer": "int64",
    "Single": "double",
    "Double": "double",
    "OLE": "binary",
    "Binary": "binary",
}
"""Everything else lands as the text that the tool writes."""

_UNTOLD = "1900-01-00 00:00:00"
"""What mdbtools writes for a date before 1899-12-30 or after the year 4637, which it cannot tell."""

_TABLE = re.compile(
    r"^CREATE TABLE \[(?P<name>[^\n]*)\]\n \(\n(?P<columns>.*?)\n\);", re.MULTILINE | re.DOTALL
)
_COLUMN = re.compile(r"^\t\[(?P<name>.*)\]\t\t\t(?P<kind>.*?)(?P<required> NOT NULL)?,? *$", re.MULTILINE)
_KEY = re.compile(r"^ALTER TABLE `(?P<name>.*)` ADD PRIMARY KEY \(`(?P<columns>.*)`\);$", re.MULTILINE)
_FORM = ("-H", "-T", "%Y-%m-%d %H:%M:%S", "-D", "%Y-%m-%d %H:%M:%S")
_JET3_PAGE, _PAGE = 2048, 4096


class JetFile:
    """The file; mdbtools opens it for each question, for reading only."""

    def close(self) -> None:
        """Nothing stays open."""


class JetEngine:
    """Reads one Access file (see `SqlEngine`)."""

    def __init__(self, source: str, path: Path) -> None:
        self._where = source
        self._path = path
        self._facts: tuple[TableFacts, ...] | None = None
        self._sent = Statements()

    def connect(self) -> JetFile:
        """Look whether the file is there and whole pages long.

        Raises:
            LeveransError: missing, not permitted, or cut off.
        """
        with self.guard(), self._path.open("rb") as file:
            version = file.read(21)[20]
            size = os.fstat(file.fileno()).st_size
        page = _PAGE if version else _JET3_PAGE
        if size % page:
            raise IntegrityError("SRC017", self._where, reason=f"{size} B ≠ n × {page} B")
        return JetFile()

    def problems(self) -> tuple[LeveransError, ...]:
        """Read the catalogue, and every table to its end: what is cut off shows there."""
        try:
            for one in self.tables(self.connect()):
                for _ in self._texts(one.name, "-b", "strip"):
                    pass
        except LeveransError as fault:
            return (fault,)
        return ()

    def version(self, session: JetFile) -> str:  # noqa: ARG002 - the file is asked anew
        """Give the file's format."""
        self._sent.add("mdb-ver")
        return f"Access {output(self._where, 'mdb-ver', '--', str(self._path)).strip()}"

    def tables(self, session: JetFile) -> tuple[TableFacts, ...]:  # noqa: ARG002
        """Describe all tables that people made, sorted by name; queries hold no rows."""
        if self._facts is None:
            text = self._schema("access")
            keys = {
                found["name"]: tuple(found["columns"].split("`, `"))
                for found in _KEY.finditer(self._schema("mysql"))
            }
            self._facts = tuple(
                TableFacts(found["name"], _columns(found["columns"]), keys.get(found["name"], ()), table=True)
                for found in sorted(_TABLE.finditer(text), key=lambda one: one["name"])
            )
        return self._facts

    def references(self, session: JetFile, table: str) -> tuple[ForeignKey, ...]:  # noqa: ARG002
        """Give the relations that the file keeps, those of `table`."""
        with self._export("MSysRelationships", "-d", "\t", "-Q", "-R", "\n") as written:
            lines = [line.decode("utf-8", "replace").split("\t") for line in written.read().splitlines()]
        found: dict[str, list[tuple[int, str, str, str]]] = {}
        for cells in lines:
            name, _grbit, _count, number, own, column, other, key = cells
            if own == table:
                found.setdefault(name, []).append((int(number), column, other, key))
        return tuple(
            (tuple(part[1] for part in ordered), ordered[0][2], tuple(part[3] for part in ordered))
            for _, ordered in sorted((name, sorted(told)) for name, told in found.items())
        )

    def profile(self, session: JetFile, facts: TableFacts) -> Mapping[str, Profile]:  # noqa: ARG002
        """Columns hold what they declare."""
        return {column.name: Profile(column.type) for column in facts.columns}

    def open_value(self, session: JetFile, table: str, column: str, locator: object) -> BinaryIO:  # noqa: ARG002
        """No row can be found again, so values came with their rows."""
        raise DocumentFault("SRC111", "missing")

    def account(self, session: JetFile) -> Account:  # noqa: ARG002
        """Nobody can write through a file that is opened read-only."""
        return Account(False, "opened_read_only")

    def unreadable(self, session: JetFile, tables: tuple[str, ...]) -> tuple[str, ...]:  # noqa: ARG002
        """Whoever may read the file may read all of it."""
        return ()

    def read(
        self,
        session: JetFile,  # noqa: ARG002
        definition: StreamDefinition,
        facts: TableFacts,
        profiles: Mapping[str, Profile],
        skip: int = 0,
    ) -> Iterator[Batch]:
        """Read a table in the file's order, and hold its rows against the number that the file tells."""
        shape = Shape(definition, facts, profiles)
        rows = _rows(shape)
        position = 0
        for text, number in self._texts(facts.name):
            if position >= skip:
                yield rows.batch(text, number, position)
            position += number

    def counts(
        self,
        session: JetFile,  # noqa: ARG002
        facts: TableFacts,
        columns: tuple[str, ...],
    ) -> tuple[int, Mapping[str, int]]:
        """Give the rows that the file's own catalogue counts, and the NULLs that a pass of its own finds."""
        rows = self._counted(facts.name)
        nulls = dict.fromkeys(columns, 0)
        if not nulls:
            return rows, nulls
        names = [column.name for column in facts.columns]
        for text, _ in self._texts(facts.name, "-b", "strip"):
            table = _cells(text, len(names))
            for name in columns:
                nulls[name] += table[names.index(name)].null_count
        return rows, nulls

    def statements(self) -> tuple[str, ...]:
        """Give every program that was run, with its table; no statement is sent."""
        return self._sent.all()

    def close(self) -> None:
        """Forget the catalogue."""
        self._facts = None

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Turn the file system's errors into what to do about them."""
        try:
            yield
        except OSError as fault:
            raise source_error(fault, self._where) from fault

    def fingerprint(self) -> str:
        """Give size and time of the file."""
        with self.guard():
            found = self._path.stat()
        return f"{found.st_ino} {found.st_size} {found.st_mtime_ns}"

    def mark(self, session: JetFile, tables: tuple[TableFacts, ...]) -> str:  # noqa: ARG002 - one file
        """The fingerprint is that of the file already."""
        return ""

    def _schema(self, backend: str) -> str:
        self._sent.add(f"mdb-schema {backend}")
        return output(
            self._where, "mdb-schema", "--no-comments", "--no-relations", "--", str(self._path), backend
        )

    def _counted(self, table: str) -> int:
        self._sent.add(f"mdb-count [{table}]")
        text = output(self._where, "mdb-count", "--", str(self._path), table).strip()
        if not text.isdigit():
            raise IntegrityError("SRC017", self._where, reason=table)
        return int(text)

    def _texts(self, table: str, *options: str) -> Iterator[tuple[bytes, int]]:
        """Read a table, and hold its rows against the number that the file tells."""
        wanted, position = self._counted(table), 0
        with self._export(table, *options) as written:
            for text, number in parts(records(written)):
                position += number
                if position > wanted:
                    break
                yield text, number
        if position != wanted:
            raise IntegrityError("SRC017", self._where, reason=f"{table}: {position} ≠ {wanted}")

    def _export(self, table: str, *options: str) -> AbstractContextManager[IO[bytes]]:
        self._sent.add(f"mdb-export [{table}]")
        told = (*_FORM, *(options or ("-b", "hex")))
        return running(self._where, "mdb-export", *told, "--", str(self._path), table)


def _columns(text: str) -> tuple[Column, ...]:
    found = [(one["name"], one["kind"], one["required"]) for one in _COLUMN.finditer(text)]
    return tuple(
        Column(name, _TYPES.get(kind.partition(" (")[0], "string"), kind, not required)
        for name, kind, required in found
    )


def _rows(shape: Shape) -> TextRows:
    kinds = {column.name: column for column in shape.facts.columns}
    return TextRows(
        shape,
        hexed=frozenset(name for name in shape.plain if kinds[name].type == "binary"),
        held_inline=True,
        texts=frozenset(name for name in shape.held if kinds[name].type != "binary"),
        order=tuple(kinds),
        untold={name: _UNTOLD for name, column in kinds.items() if column.source_type == "DateTime"},
    )


def _cells(text: bytes, columns: int) -> pa.Table:
    names = [str(number) for number in range(columns)]
    return csv.read_csv(
        pa.BufferReader(text),
        read_options=csv.ReadOptions(use_threads=False, block_size=len(text) + 1, column_names=names),
        parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.binary()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
