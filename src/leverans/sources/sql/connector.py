"""The connector of kind ``sql``."""

import io
from collections.abc import Iterator, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

import sqlalchemy as sa

from leverans.contracts import Catalogue, Column, ControlTotals, Stream
from leverans.errors import AccessDenied, LeveransError, Refused
from leverans.sources.access import Access
from leverans.sources.binding import binding_problems
from leverans.sources.contract import DOCUMENT_COLUMNS, Batch, Document, SourceCheck
from leverans.sources.definition import Definition, StreamDefinition
from leverans.sources.sql.blob import Base64Reader
from leverans.sources.sql.engine import Account, Profile, SqlEngine, TableFacts
from leverans.sources.sql.reading import Token

_RIGHTS = 8


class SqlConnector:
    """Reads one database in one transaction (see `leverans.sources.Connector`)."""

    def __init__(
        self, name: str, definition: Definition, engine: SqlEngine[Any], access: Access | None = None
    ) -> None:
        self.name = name
        self.definition = definition
        self._engine = engine
        self._waiver = access.waiver if access is not None else ""
        self._opened: Any = None
        self._facts: dict[str, TableFacts] | None = None
        self._profiles: dict[str, Mapping[str, Profile]] = {}
        self._counted: dict[tuple[str, str], int] = {}

    def check(self) -> SourceCheck:
        """Open the database, let the engine check it, and hold the connector against its tables."""
        problems = list(self._engine.problems())
        version = ""
        account = Account(None, "unknown")
        if not problems:
            try:
                version = self._engine.version(self._connection())
                account = self._engine.account(self._connection())
                problems += self._refused(account)
                problems += binding_problems(self.definition, self._declared())
                names = tuple(stream.name for stream in self.definition.streams)
                problems += [
                    AccessDenied("SRC152", self.name, what=name)
                    for name in self._engine.unreadable(self._connection(), names)
                ]
            except LeveransError as fault:
                problems.append(fault)
        return SourceCheck(
            source=self.name,
            system=self.definition.system,
            kind=self.definition.kind,
            reachable=bool(version),
            version=version,
            may_write=account.may_write,
            known_by=account.known_by,
            problems=tuple(problems),
            waiver=self._waiver if account.may_write else "",
        )

    def discover(self) -> Catalogue:
        """Describe every table, those that are read by what their columns really hold."""
        declared = self._declared()
        binding = binding_problems(self.definition, declared)
        if binding:
            raise binding[0]
        read = {stream.name for stream in self.definition.streams}
        streams = tuple(self._typed(stream) if stream.name in read else stream for stream in declared.streams)
        return Catalogue(declared.source, declared.system, streams)

    def read(self, stream: str) -> Iterator[Batch]:
        """Read a table in the order of its key."""
        yield from self._read(self.definition.stream(stream), self._tables()[stream])

    def read_on(self, stream: str, rows: int) -> Iterator[Batch] | None:
        """Read a table on after so many rows, where its primary key gives the order."""
        definition, facts = self.definition.stream(stream), self._tables()[stream]
        if not facts.key or set(definition.key or facts.key) != set(facts.key):
            return None
        return self._read(definition, facts, rows)

    def unmoved(self) -> str:
        """Ask the engine for its mark of the tables that are read on (see `ReadsOn`)."""
        tables = self._tables()
        kept = tuple(
            tables[each.name]
            for each in self.definition.streams
            if not each.documents and each.name in tables and tables[each.name].key
        )
        with self._engine.guard():
            return self._engine.mark(self._connection(), kept)

    def documents(self, stream: str) -> Iterator[Document]:
        """List the documents of a document stream in the order of their rows."""
        owner = next(
            owner
            for owner in self.definition.streams
            if any(part.stream == stream for part in owner.documents)
        )
        for batch in self.read(owner.name):
            yield from (document for document in batch.documents if document.stream == stream)

    def open(self, document: Document) -> BinaryIO:
        """Open the bytes of one value, decoded where the connector says so."""
        token = cast("Token", document.token)
        if token.value is not None:
            source: BinaryIO = io.BytesIO(token.value)
        else:
            source = self._engine.open_value(self._connection(), token.table, token.column, token.locator)
        return cast("BinaryIO", Base64Reader(source)) if token.encoding == "base64" else source

    def references(self) -> tuple[tuple[str, tuple[str, ...], str, tuple[str, ...]], ...]:
        """Give table, columns, target and its columns (none: its key) of each reference that is declared.

        Names are those of the tables themselves, whatever case the declaration writes them in.
        """
        tables = self._tables()
        names = {name.casefold(): name for name in tables}
        found: list[tuple[str, tuple[str, ...], str, tuple[str, ...]]] = []
        for name in tables:
            for own, target, other in self._engine.references(self._connection(), name):
                there = names.get(target.casefold())
                if there is not None:
                    found.append((name, _spelt(tables[name], own), there, _spelt(tables[there], other)))
        return tuple(found)

    def totals(self, stream: str) -> ControlTotals:
        """Count rows and NULLs with SQL's own aggregates; of a table that is left, rows only."""
        if stream in self._document_streams():
            return self._document_totals(stream)
        facts = self._tables()[stream]
        read = any(definition.name == stream for definition in self.definition.streams)
        names = [item.name for item in facts.columns] if read else []
        with self._engine.guard():
            rows, nulls = self._engine.counts(self._connection(), facts, tuple(names))
        held = {column for owner, column in self._document_streams().values() if owner == stream}
        self._counted = {(stream, column): rows - nulls[column] for column in held}
        return ControlTotals(stream, rows, nulls=dict(nulls))

    def statements(self) -> tuple[str, ...]:
        """Give every different statement sent so far, without values."""
        return self._engine.statements()

    def fingerprint(self) -> str:
        """Give the engine's own."""
        return self._engine.fingerprint()

    def close(self) -> None:
        """End the transaction and close the database."""
        self._engine.close()
        if self._opened is not None:
            with suppress(LeveransError), self._engine.guard():
                _let_go(self._opened)
        self._opened = None
        self._facts = None
        self._profiles = {}
        self._counted = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self, definition: StreamDefinition, facts: TableFacts, skip: int = 0) -> Iterator[Batch]:
        profiles = self._profile(facts.name)
        with self._engine.guard():
            yield from self._engine.read(self._connection(), definition, facts, profiles, skip)

    def _refused(self, account: Account) -> list[LeveransError]:
        """An account that may write is refused where nobody answers for it by name."""
        if not account.may_write or self._waiver:
            return []
        rights = ", ".join(account.rights[:_RIGHTS])
        return [Refused("SRC150", self.name, account=account.name, rights=rights)]

    def _connection(self) -> Any:
        if self._opened is None:
            self._opened = self._engine.connect()
        return self._opened

    def _tables(self) -> dict[str, TableFacts]:
        if self._facts is None:
            self._facts = {facts.name: facts for facts in self._engine.tables(self._connection())}
        return self._facts

    def _profile(self, stream: str) -> Mapping[str, Profile]:
        """Look at the values of a table once per transaction: nothing in it can change before that ends."""
        if stream not in self._profiles:
            self._profiles[stream] = self._engine.profile(self._connection(), self._tables()[stream])
        return self._profiles[stream]

    def _declared(self) -> Catalogue:
        """The catalogue as the database declares it; no value is looked at."""
        read = {stream.name: stream for stream in self.definition.streams}
        streams: list[Stream] = []
        for facts in self._tables().values():
            definition = read.get(facts.name)
            if definition is not None:
                key = definition.key or facts.key
                streams.append(Stream(facts.name, "table", facts.columns, key, definition.personal))
                streams += _document_streams(definition)
            elif facts.table:
                streams.append(Stream(facts.name, "table", facts.columns, facts.key))
        return Catalogue(self.name, self.definition.system, tuple(streams))

    def _typed(self, stream: Stream) -> Stream:
        if stream.kind == "documents":
            return stream
        definition = self.definition.stream(stream.name)
        profiles = self._profile(stream.name)
        held = {document.column for document in definition.documents}
        columns = tuple(
            Column(
                item.name,
                "string" if item.name in held else profiles[item.name].type,
                item.source_type,
                item.nullable,
            )
            for item in stream.columns
        )
        return Stream(stream.name, stream.kind, columns, stream.key, stream.personal)

    def _document_streams(self) -> dict[str, tuple[str, str]]:
        return {
            document.stream: (stream.name, document.column)
            for stream in self.definition.streams
            for document in stream.documents
        }

    def _document_totals(self, stream: str) -> ControlTotals:
        owner, held = self._document_streams()[stream]
        counted = self._counted.pop((owner, held), None)  # its table was counted just before: once is enough
        if counted is not None:
            return ControlTotals(stream, counted)
        with self._engine.guard():
            rows, nulls = self._engine.counts(self._connection(), self._tables()[owner], (held,))
        return ControlTotals(stream, rows - nulls[held])


def _let_go(connection: Any) -> None:
    """Close a connection, also one that the server has closed, or whose answer is not read to its end.

    Nothing was written, so nothing is rolled back: that would wait for the rest of the answer.
    """
    if isinstance(connection, sa.Connection):
        with suppress(sa.exc.DBAPIError):
            connection.invalidate()
    with suppress(sa.exc.DBAPIError):
        connection.close()


def _spelt(facts: TableFacts, columns: tuple[str, ...]) -> tuple[str, ...]:
    """Give columns as their table spells them."""
    known = {column.name.casefold(): column.name for column in facts.columns}
    return tuple(known.get(name.casefold(), name) for name in columns)


def _document_streams(definition: StreamDefinition) -> list[Stream]:
    return [
        Stream(document.stream, "documents", DOCUMENT_COLUMNS, ("ref",), definition.personal)
        for document in definition.documents
    ]
