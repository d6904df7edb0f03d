"""One look at a real source: bounded, only reading, everything that the rules judge kept in one record."""

import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pyarrow as pa

from leverans.contracts import Catalogue, ControlTotals, Stream
from leverans.errors import LeveransError, Outage
from leverans.sources.access import Secret
from leverans.sources.certifying.judging import digest_of, fits
from leverans.sources.certifying.watching import (
    States,
    error_text,
    left_open,
    listening,
    open_places,
    states,
    texts_of,
)
from leverans.sources.contract import Batch, Connector, Document, DocumentFault, SourceCheck, Told

ROWS = 10_000
"""So many rows of each table are read at most, twice (a batch that has begun is looked at whole)."""
BYTES = 32 << 20
"""So many bytes of rows of each table are kept at most."""
DOCUMENTS = 20
"""So many documents of each stream are opened, twice."""
DOCUMENT_BYTES = 64 << 20
"""So many bytes of each document are read at most."""
FILES = 20_000
"""So many files at the source are watched at most."""
_SHORTEST_SECRET = 4


@dataclass(slots=True)
class Pass:
    """One bounded read of one table.

    Attributes:
        rows: what was read, whole batches.
        read: rows, those set aside counted in.
        whole: the table was read to its end.
        fitting: every batch had the catalogue's columns and types.
        most_rows: rows of the greatest batch.
        most_bytes: bytes of the greatest batch.
        alive: batches that were alive at once.
    """

    rows: list[pa.RecordBatch] = field(default_factory=list)
    read: int = 0
    whole: bool = True
    fitting: bool = True
    most_rows: int = 0
    most_bytes: int = 0
    alive: int = 0


@dataclass(slots=True)
class Opened:
    """Documents that were listed and opened.

    Attributes:
        listed: how many were listed.
        opened: how many were opened.
        otherwise: how many gave other bytes, or another size than listed.
        largest: bytes that came at once at most.
        unsaid: documents that cannot be had without a reason.
        outside: documents outside the source that were opened.
        looked_outside: the source's documents are files, so that can be told.
    """

    listed: int = 0
    opened: int = 0
    otherwise: int = 0
    largest: int = 0
    unsaid: int = 0
    outside: int = 0
    looked_outside: bool = False


@dataclass(slots=True)
class Visit:
    """Everything that one look gave; what could not be looked at is None or empty.

    Attributes:
        kind: kind of the connector.
        named: streams that the connector names, those in document columns counted in.
        keys: declared keys by stream.
        held: columns by stream whose values are documents.
        check: what the check said.
        catalogues: of two looks in one session, and of one anew.
        before: totals by stream.
        after: the same, after the read.
        moved: the source tells that it was written to meanwhile.
        passes: two bounded reads by table.
        documents: what became of documents.
        statements: what was sent; None where the connector does not tell.
        before_files: the files at the source before the look; None where they cannot be seen.
        after_files: the same, after it.
        left_open: files and connections left open by a read that was given up; None where nobody can tell.
        closes: the connector can be closed twice, and before it is used.
        has_secrets: it was given a secret.
        told_secret: a secret was told.
        faults: kinds of errors that nobody foresaw, by part of the look.
        stopped: outages, stops and closed hours, by part of the look: they say nothing of the connector.
    """

    kind: str
    named: tuple[str, ...]
    keys: Mapping[str, tuple[str, ...]]
    held: Mapping[str, frozenset[str]]
    check: SourceCheck | None = None
    catalogues: tuple[Catalogue, ...] = ()
    before: Mapping[str, ControlTotals] = field(default_factory=dict)
    after: Mapping[str, ControlTotals] = field(default_factory=dict)
    moved: bool = False
    passes: dict[str, tuple[Pass, Pass]] = field(default_factory=dict)
    documents: Opened = field(default_factory=Opened)
    statements: tuple[str, ...] | None = None
    before_files: States | None = None
    after_files: States | None = None
    left_open: int | None = None
    closes: bool = True
    has_secrets: bool = False
    told_secret: bool = False
    faults: dict[str, str] = field(default_factory=dict)
    stopped: dict[str, str] = field(default_factory=dict)

    @property
    def catalogue(self) -> Catalogue:
        """The first catalogue."""
        return self.catalogues[0]

    def tables(self) -> Iterator[tuple[Stream, Pass, Pass]]:
        """Give each table that was read, with both reads."""
        for name, (first, second) in self.passes.items():
            yield self.catalogue.stream(name), first, second


def visit(
    connector: Connector, place: Path | None = None, secrets: Sequence[Secret] = (), rows: int = ROWS
) -> Visit:
    """Look at a source; whatever the connector raises is noted, not raised.

    Args:
        connector: not in use; it is closed when the look ends.
        place: the file or folder where the source lies, None for a server.
        secrets: what nothing may tell.
        rows: how many rows of each table are read at most.
    """
    return _Look(connector, place, secrets, rows).look()


class _Look:
    def __init__(
        self, connector: Connector, place: Path | None, secrets: Sequence[Secret], rows: int
    ) -> None:
        definition = connector.definition
        named = [stream.name for stream in definition.streams]
        named += [part.stream for stream in definition.streams for part in stream.documents]
        self._connector, self._place, self._most = connector, place, rows
        words = (one.reveal() for one in secrets)
        self._secrets = [one for one in words if len(one) >= _SHORTEST_SECRET]
        keys = {stream.name: stream.key for stream in definition.streams}
        held = {
            stream.name: frozenset(part.column for part in stream.documents) for stream in definition.streams
        }
        self._found = Visit(definition.kind, tuple(named), keys, held, has_secrets=bool(self._secrets))

    def look(self) -> Visit:
        found = self._found
        found.before_files = self._files()
        with listening(self._hear):
            parts = (
                ("closing", self._close_first),
                ("check", self._check),
                ("reading", self._read),
                ("documents", self._documents),
                ("anew", self._anew),
                ("cancel", self._cancel),
            )
            for name, part in parts:
                if name not in {"closing", "check"} and (found.check is None or found.check.problems):
                    break
                try:
                    part()
                except Outage as fault:
                    found.stopped[name] = fault.code
                    self._hear(error_text(fault))
                except Exception as fault:  # noqa: BLE001  # whatever a connector raises, it is told
                    found.faults[name] = (
                        fault.code if isinstance(fault, LeveransError) else type(fault).__name__
                    )
                    self._hear(error_text(fault))
            self._close_last()
        found.after_files = self._files()
        return found

    def _close_first(self) -> None:
        self._found.closes = self._closed() and self._closed()

    def _close_last(self) -> None:
        self._found.closes = self._closed() and self._closed() and self._found.closes

    def _closed(self) -> bool:
        try:
            self._connector.close()
        except Exception as fault:  # noqa: BLE001  # it is told
            self._hear(error_text(fault))
            return False
        return True

    def _check(self) -> None:
        self._found.check = self._connector.check()
        for text in (*texts_of(self._connector), repr(self._found.check.plain())):
            self._hear(text)
        for problem in self._found.check.problems:
            self._hear(error_text(problem))

    def _read(self) -> None:
        connector, found = self._connector, self._found
        found.catalogues = (connector.discover(), connector.discover())
        self._hear(repr(found.catalogue))
        found.before, mark = self._totals(), connector.fingerprint()
        for stream in connector.definition.streams:
            told = found.catalogue.stream(stream.name)
            if told.kind == "table":
                found.passes[stream.name] = (self._pass(told), self._pass(told))
        found.after, now = self._totals(), connector.fingerprint()
        found.moved = mark != now

    def _totals(self) -> dict[str, ControlTotals]:
        return {stream.name: self._connector.totals(stream.name) for stream in self._found.catalogue.streams}

    def _pass(self, stream: Stream) -> Pass:
        made, alive, size = Pass(), list[weakref.ref[Batch]](), 0
        reading = self._connector.read(stream.name)
        for batch in reading:
            if made.read >= self._most or size >= BYTES:
                made.whole = False
                break
            size += batch.rows.nbytes
            made.read += batch.rows.num_rows + len(batch.set_aside)
            made.fitting &= fits(stream, batch.rows)
            made.most_rows = max(made.most_rows, batch.rows.num_rows)
            made.most_bytes = max(made.most_bytes, batch.rows.nbytes)
            # the same columns in another batch: whether this one is kept is the connector's doing alone
            made.rows.append(pa.RecordBatch.from_arrays(batch.rows.columns, schema=batch.rows.schema))
            alive.append(weakref.ref(batch.rows))
            made.alive = max(made.alive, sum(one() is not None for one in alive))
            del batch
        _end(reading)
        return made

    def _documents(self) -> None:
        connector, opened = self._connector, self._found.documents
        opened.looked_outside = self._place is not None and self._place.is_dir()
        for stream in connector.definition.streams:
            if self._found.catalogue.stream(stream.name).kind == "documents":
                listed: Iterable[Document] = connector.documents(stream.name)
                self._open(listed)
            elif stream.documents:
                reading = connector.read(stream.name)
                self._open(one for batch in islice(reading, 1) for one in batch.documents)
                _end(reading)

    def _open(self, listed: Iterable[Document]) -> None:
        opened, taken = self._found.documents, 0
        for one in islice(listed, self._most):
            opened.listed += 1
            opened.unsaid += one.status != "landed" and not one.fault
            outside = opened.looked_outside and _leads_out(self._place, one)
            if one.status == "landed" and (outside or taken < DOCUMENTS):
                taken += not outside
                self._open_one(one, outside=outside)
        _end(listed)

    def _open_one(self, one: Document, *, outside: bool) -> None:
        opened, seen = self._found.documents, list[tuple[str, int]]()
        with suppress(DocumentFault):
            for _ in range(2):
                with self._connector.open(one) as file:
                    sha256, size, largest = digest_of(file, DOCUMENT_BYTES)
                seen.append((sha256, size))
                opened.largest = max(opened.largest, largest)
        if len(seen) == 2:  # both times
            opened.opened += 1
            opened.outside += outside
            other = one.size not in {0, seen[0][1]} and seen[0][1] < DOCUMENT_BYTES
            opened.otherwise += seen[0] != seen[1] or other

    def _anew(self) -> None:
        if isinstance(self._connector, Told):
            self._found.statements = self._connector.statements()
            for statement in self._found.statements:
                self._hear(statement)
        self._connector.close()
        self._found.catalogues += (self._connector.discover(),)

    def _cancel(self) -> None:
        self._connector.close()
        before = open_places()
        catalogue = self._connector.discover()
        name = self._connector.definition.streams[0].name
        table = catalogue.stream(name).kind == "table"
        reading: Iterator[object] = self._connector.read(name) if table else self._connector.documents(name)
        next(reading, None)
        self._connector.close()
        with suppress(LeveransError):
            _end(reading)
        left = left_open(before)
        self._found.left_open = None if left is None else len(left)

    def _files(self) -> States | None:
        if self._place is None or not self._place.exists():
            return None
        if self._place.is_dir():
            return states(self._place, FILES)
        parent, own = self._place.parent, self._place.name
        beside: States = {str(one): (0, 0, 0) for one in islice(parent.iterdir(), FILES)}
        for name in [name for name in beside if Path(name).name.startswith(own)]:
            beside |= states(Path(name), 0)  # of the others only whether they are there
        return beside

    def _hear(self, text: str) -> None:
        self._found.told_secret |= any(secret in text for secret in self._secrets)


def _leads_out(place: Path | None, one: Document) -> bool:
    """Say whether a document's path leads out of the source: by its words, or by a link."""
    if place is None:
        return False
    try:
        return not (place / one.ref).resolve().is_relative_to(place.resolve())
    except (OSError, ValueError, RuntimeError):
        return False


def _end(reading: object) -> None:
    close = getattr(reading, "close", None)
    if close is not None:
        close()
