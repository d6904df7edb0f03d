"""Reads a source once, through the connector's contract, and keeps counts and hashes; memory is bounded."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa

from leverans.contracts import Stream
from leverans.contracts.profile import ColumnProfile, SourceProfile, TableProfile
from leverans.errors import ConfigurationError, LeveransError
from leverans.sources.contract import Connector, Progress, Silent
from leverans.sources.profiling.buffers import Hashes, mixed
from leverans.sources.profiling.distinct import Sketch, Uniqueness
from leverans.sources.profiling.linking import Evidence, Link, Side, infer
from leverans.sources.profiling.probing import probes
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
    connector: Connector, declared: Sequence[Link] = (), progress: Progress | None = None
) -> SourceProfile:
    """Read every table of a source and say what it holds and how its tables seem to hang together.

    Args:
        connector: an open source whose definition names every table that is to be read.
        declared: references that the source declares.
        progress: is told how many rows are read.

    Raises:
        LeveransError: the source cannot be read.
    """
    listener = progress or Silent()
    catalogue = connector.discover()
    read = {stream.name for stream in connector.definition.streams}
    streams = [one for one in catalogue.streams if one.kind == "table" and one.name in read]
    together = probes(streams)
    with TemporaryDirectory(prefix="leverans-") as folder:
        evidence = Evidence()
        tables = []
        for number, stream in enumerate(streams):
            with _told(connector.name, stream.name):
                place = Path(folder) / str(number)
                tables.append(_table(connector, stream, place, together.get(stream.name, ()), evidence, listener))
        references = infer(tables, evidence, declared)
    return SourceProfile(catalogue.source, catalogue.system, tuple(tables), references)


@contextmanager
def _told(source: str, stream: str) -> Iterator[None]:
    """Say of which table a fault is that nobody foresaw (a name or a value that the driver cannot take)."""
    try:
        yield
    except (LeveransError, OSError):
        raise
    except Exception as fault:
        raise ConfigurationError("MTL026", source, (), stream=stream, reason=type(fault).__name__) from fault


def _table(  # noqa: PLR0913  # one call, from `profile`
    connector: Connector,
    stream: Stream,
    folder: Path,
    together: Sequence[tuple[str, ...]],
    evidence: Evidence,
    progress: Progress,
) -> TableProfile:
    folder.mkdir()
    progress.stage(f"{connector.name}.{stream.name}", connector.totals(stream.name).rows)
    tallies = [Tally(column, folder / f"{at}.hashes") for at, column in enumerate(stream.columns)]
    groups = [_Together(names, Uniqueness(folder / f"t{at}.hashes")) for at, names in enumerate(together)]
    rows = 0
    for batch in connector.read(stream.name):
        rows += batch.rows.num_rows + len(batch.set_aside)
        _count(batch.rows, tallies, groups)
        progress.advance(batch.rows.num_rows)
    columns = tuple(tally.profile() for tally in tallies)
    for tally, column in zip(tallies, columns, strict=True):
        evidence.sides[stream.name, (column.name,)] = Side(
            tally.sketch.kept, not tally.sketch.full, tally.unique.path if column.unique else None, tally.low, tally.high
        )
    for group in groups:
        unique = group.unique.settle()
        evidence.sides[stream.name, group.columns] = Side(
            group.sketch.kept, not group.sketch.full, group.unique.path if unique else None
        )
    key = stream.key or _unique(columns, rows)
    return TableProfile(stream.name, rows, key, bool(stream.key), columns)


def _count(rows: pa.RecordBatch, tallies: Sequence[Tally], groups: Sequence[_Together]) -> None:
    made = {tally.column.name: tally.add(rows.column(at)) for at, tally in enumerate(tallies)}
    for group in groups:
        group.add(made)


def _unique(columns: Sequence[ColumnProfile], rows: int) -> tuple[str, ...]:
    """Give the first column that could be the key: unique, never empty, no date, no decimal, no long text."""
    for column in columns:
        fits = column.type in {"int64", "string"} and not column.layout and column.longest <= _KEY_BYTES
        if column.name and column.unique and column.filled == rows and fits:
            return (column.name,)
    return ()


_KEY_BYTES = 64
