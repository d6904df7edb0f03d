"""One connector on one engine, and what was read from it: sources are made and read once for all rules."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from leverans.contracts import Catalogue, ControlTotals
from leverans.sources.certifying import judging
from leverans.sources.contract import Batch, Connector, Document, Told
from leverans.sources.loading import load_connector
from leverans.sources.opening import open_connector
from leverans.testing.contract.source import Rig, Source, Variant

Wrap = Callable[[Connector], Connector]


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that one pass over a source gave.

    Attributes:
        catalogue: what `discover` told.
        before: totals by stream, before the pass.
        after: the same, after it.
        batches: by table stream.
        documents: by document stream.
        statements: what was sent, or None where the connector does not tell.
    """

    catalogue: Catalogue
    before: Mapping[str, ControlTotals]
    after: Mapping[str, ControlTotals]
    batches: Mapping[str, tuple[Batch, ...]]
    documents: Mapping[str, tuple[Document, ...]]
    statements: tuple[str, ...] | None = None

    def rows(self, stream: str) -> list[dict[str, object]]:
        """Give the rows of a stream."""
        return [row for batch in self.batches[stream] for row in batch.rows.to_pylist()]

    def counted(self, stream: str) -> int:
        """Count rows, those set aside counted in."""
        return sum(batch.rows.num_rows + len(batch.set_aside) for batch in self.batches[stream])

    def aside(self, stream: str) -> int:
        """Count rows that were set aside."""
        return sum(len(batch.set_aside) for batch in self.batches[stream])


class Sources:
    """Makes each source of a rig once.

    Args:
        rig: makes them.
        folder: takes their files.
    """

    def __init__(self, rig: Rig, folder: Path) -> None:
        self.rig = rig
        self._folder = folder
        self._made: dict[str, Source | Exception] = {}
        self._fresh = 0

    def get(self, variant: Variant) -> Source:
        """Give the source of a variant; it is the same for every rule and must not be changed.

        Raises:
            NotApplicable: there is no such source.
            NotHere: the server is missing.
        """
        if variant not in self._made:
            try:
                self._made[variant] = self._make(variant, variant)
            except Exception as fault:  # noqa: BLE001  # whatever it is, each rule that wants it tells
                self._made[variant] = fault
        found = self._made[variant]
        if isinstance(found, Exception):
            raise found
        return found

    def fresh(self, variant: Variant) -> Source:
        """Give a source of its own, that may be changed."""
        self._fresh += 1
        return self._make(variant, f"{variant}-{self._fresh}")

    def close(self) -> None:
        """Let all of them go."""
        for source in self._made.values():
            if isinstance(source, Source) and source.stop is not None:
                source.stop()
        self._made = {}

    def _make(self, variant: Variant, name: str) -> Source:
        folder = self._folder / name
        folder.mkdir(parents=True)
        return self.rig.make(variant, folder)


@dataclass(slots=True)
class Subject:
    """One connector on one engine.

    Attributes:
        name: name of the connector's folder.
        connector: its ``connector.yaml``.
        sources: makes sources.
        wrap: lies around every connector that is opened; a saboteur, in the suite's own tests.
        load: reads a connector's file.
    """

    name: str
    connector: Path
    sources: Sources
    wrap: Wrap = lambda connector: connector
    load: Callable[[Path], object] = load_connector
    _readings: dict[str, Reading] = field(default_factory=dict)

    @contextmanager
    def open(self, source: Source) -> Iterator[Connector]:
        """Open a source, and close it."""
        connector = self.opened(source)
        try:
            yield connector
        finally:
            connector.close()

    def opened(self, source: Source) -> Connector:
        """Open a source; the caller closes it."""
        definition = load_connector(source.connector)
        if source.opener is not None:
            return self.wrap(source.opener("källa", definition, source.access))
        made = open_connector("källa", definition, source.location, source.base, source.access)
        return self.wrap(made)

    def reading(self, variant: Variant) -> Reading:
        """Read a source once, from beginning to end."""
        if variant not in self._readings:
            with self.open(self.sources.get(variant)) as connector:
                self._readings[variant] = read_all(connector)
        return self._readings[variant]


def read_all(connector: Connector) -> Reading:
    """Read everything that a connector reads; documents are listed, not opened."""
    catalogue = connector.discover()
    before = totals_of(connector, catalogue)
    batches: dict[str, tuple[Batch, ...]] = {}
    documents: dict[str, tuple[Document, ...]] = {}
    for stream in connector.definition.streams:
        if catalogue.stream(stream.name).kind == "documents":
            documents[stream.name] = tuple(connector.documents(stream.name))
            continue
        batches[stream.name] = tuple(connector.read(stream.name))
        for part in stream.documents:
            documents[part.stream] = tuple(
                one for batch in batches[stream.name] for one in batch.documents if one.stream == part.stream
            )
    return Reading(
        catalogue,
        before,
        totals_of(connector, catalogue),
        batches,
        documents,
        connector.statements() if isinstance(connector, Told) else None,
    )


def totals_of(connector: Connector, catalogue: Catalogue) -> dict[str, ControlTotals]:
    """Give the control totals of every stream."""
    return {stream.name: connector.totals(stream.name) for stream in catalogue.streams}


def same_rows(first: tuple[Batch, ...], second: tuple[Batch, ...]) -> bool:
    """Say whether two reads gave the same rows in the same order, however they were cut into batches."""
    return judging.same_rows([one.rows for one in first], [one.rows for one in second])


def end(reading: Iterator[object]) -> None:
    """Give up a read."""
    close = getattr(reading, "close", None)
    if close is not None:
        close()
