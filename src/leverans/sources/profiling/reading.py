"""Reads a source once, through the connector's contract, and keeps counts and hashes; memory is bounded."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa

from leverans.contracts import Catalogue, Stream
from leverans.contracts.profile import ColumnProfile, DocumentsProfile, SourceProfile, TableProfile
from leverans.errors import ConfigurationError, LeveransError
from leverans.sources.contract import Connector, Progress, Silent
from leverans.sources.profiling.buffers import Hashes, mixed
from leverans.sources.profiling.distinct import Sketch, Uniqueness
from leverans.sources.profiling.inside import Inside
from leverans.sources.profiling.likeness import tokens, words
from leverans.sources.profiling.linking import Evidence, Link, Side, infer
from leverans.sources.profiling.personal import personal_key
from leverans.sources.profiling.probing import probes
from leverans.sources.profiling.suspecting import Suspicion
from leverans.sources.profiling.tally import Tally


@dataclass(slots=True)
class _Together:
    """Columns that are looked at together."""

    columns: tuple[str, ...]
    unique: Uniqueness
    sketch: Sketch = field(default_factory=Sketch)

    def add(self, rows: Mapping[str, Hashes]) -> None:
        parts = [rows[name] for name in self.columns]
        there = np.logical_and.reduce([part != 0 for part in parts])
        made = np.zeros(int(there.sum()), np.uint64)
        for part in parts:
            made = mixed(made ^ part[there])
        self.sketch.add(np.unique(made))
        self.unique.add(made, self.sketch)


def profile(
    connector: Connector,
    declared: Sequence[Link] = (),
    progress: Progress | None = None,
    *,
    suspect: bool = False,
) -> SourceProfile:
    """Read every table of a source and say what it holds and how its tables seem to hang together.

    Args:
        connector: an open source whose definition names every table that is to be read.
        declared: references that the source declares.
        progress: is told how many rows are read.
        suspect: look for what seems personal or harmed too, in documents as well.

    Raises:
        LeveransError: the source cannot be read.
    """
    catalogue = connector.discover()
    read = {stream.name for stream in connector.definition.streams}
    streams = [one for one in catalogue.streams if one.kind == "table" and one.name in read]
    together = probes(streams)
    with TemporaryDirectory(prefix="leverans-") as folder:
        reading = _Reading(connector, Path(folder), progress or Silent(), suspect)
        tables = [reading.table(stream, together.get(stream.name, ())) for stream in streams]
        references = infer(tables, reading.evidence, declared)
    return SourceProfile(
        catalogue.source,
        catalogue.system,
        tuple(tables),
        references,
        tuple(reading.documents(catalogue)) if suspect else (),
        tuple(_left(connector, catalogue)) if suspect else (),
    )


def _left(connector: Connector, catalogue: Catalogue) -> Iterator[tuple[str, int]]:
    named = {stream.name for stream in connector.definition.streams}
    for stream in catalogue.streams:
        if stream.kind == "table" and stream.name not in named:
            yield stream.name, connector.totals(stream.name).rows


@contextmanager
def told(source: str, stream: str) -> Iterator[None]:
    """Say of which table a fault is that nobody foresaw (a name or a value that the driver cannot take)."""
    try:
        yield
    except (LeveransError, OSError):
        raise
    except Exception as fault:
        raise ConfigurationError("MTL026", source, (), stream=stream, reason=type(fault).__name__) from fault


@dataclass(slots=True)
class _Reading:
    """Reads table after table; what must outlive a table lies in `folder` and `evidence`."""

    connector: Connector
    folder: Path
    progress: Progress
    suspect: bool = False
    inside: dict[str, Inside] = field(default_factory=dict)
    evidence: Evidence = field(default_factory=Evidence)
    files: int = 0

    def table(self, stream: Stream, together: Sequence[tuple[str, ...]]) -> TableProfile:
        with told(self.connector.name, stream.name):
            tallies = [
                Tally(column, self._file(), Suspicion() if self.suspect else None)
                for column in stream.columns
            ]
            groups = [_Together(names, Uniqueness(self._file())) for names in together]
            rows = self._rows(stream, tallies, groups)
            columns = self._settled(stream.name, tallies)
            for group in groups:
                path = group.unique.path if group.unique.settle() else None
                self._note(stream.name, group.columns, Side(group.sketch.kept, not group.sketch.full, path))
        key = stream.key or _unique(columns, rows)
        personal = personal_key(key, columns)
        return TableProfile(stream.name, rows, key, bool(stream.key), columns, personal)

    def _rows(self, stream: Stream, tallies: Sequence[Tally], groups: Sequence[_Together]) -> int:
        self.progress.stage(f"{self.connector.name}.{stream.name}", self.connector.totals(stream.name).rows)
        rows = 0
        for batch in self.connector.read(stream.name):
            rows += batch.rows.num_rows + len(batch.set_aside)
            _count(batch.rows, tallies, groups)
            for one in batch.documents if self.suspect else ():
                self._inside(one.stream).add(self.connector, (one,))
            self.progress.advance(batch.rows.num_rows)
        return rows

    def documents(self, catalogue: Catalogue) -> Iterator[DocumentsProfile]:
        """List the document streams that stand by themselves, and tell of all."""
        for stream in self.connector.definition.streams:
            if catalogue.stream(stream.name).kind == "documents":
                self._inside(stream.name).add(self.connector, self.connector.documents(stream.name))
        for one in self.inside.values():
            yield one.profile()

    def _inside(self, stream: str) -> Inside:
        return self.inside.setdefault(stream, Inside(stream))

    def _settled(self, table: str, tallies: Sequence[Tally]) -> tuple[ColumnProfile, ...]:
        columns = tuple(tally.profile() for tally in tallies)
        for tally, column in zip(tallies, columns, strict=True):
            path = tally.unique.path if column.unique else None
            side = Side(tally.sketch.kept, not tally.sketch.full, path, tally.low, tally.high)
            self._note(table, (column.name,), side)
        return columns

    def _note(self, table: str, columns: tuple[str, ...], side: Side) -> None:
        self.evidence.sides[table, columns] = side

    def _file(self) -> Path:
        self.files += 1
        return self.folder / f"{self.files}.hashes"


def _count(rows: pa.RecordBatch, tallies: Sequence[Tally], groups: Sequence[_Together]) -> None:
    made = {tally.column.name: tally.add(rows.column(at)) for at, tally in enumerate(tallies)}
    for group in groups:
        group.add(made)


def _unique(columns: Sequence[ColumnProfile], rows: int) -> tuple[str, ...]:
    """Give the first column that could be the key: unique, never empty, no date, no decimal, no long text.

    One that is named like a key may have a few dirty rows.
    """
    fitting = [
        column
        for column in columns
        if column.name
        and column.type in {"int64", "string"}
        and not column.layout
        and column.longest <= _KEY_BYTES
    ]
    for column in fitting:
        nearly = column.nearly_unique and column.nearly_filled
        if (column.unique and column.filled == rows) or (nearly and _named_key(column.name)):
            return (column.name,)
    return ()


def _named_key(name: str) -> bool:
    return any(word in words()["key"] for word in tokens(name)[-1:])


_KEY_BYTES = 64
