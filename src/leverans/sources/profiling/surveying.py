"""From a location to what was seen there, before any connector file is written."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, runtime_checkable

from leverans.contracts.profile import SourceProfile
from leverans.errors import ConfigurationError
from leverans.sources.contract import Connector, Progress
from leverans.sources.definition import Definition, StreamDefinition
from leverans.sources.opening import open_connector
from leverans.sources.profiling.linking import Link
from leverans.sources.profiling.reading import profile, told

_NOT_READ_YET = "0" * 64


@runtime_checkable
class Declares(Protocol):
    """A connector whose source can declare references."""

    def references(self) -> tuple[tuple[str, tuple[str, ...], str, tuple[str, ...]], ...]:
        """Give table, columns, target and its columns (none: its key) of each declared reference."""
        ...


def survey(  # what a source is, and where
    source: str,
    system: str,
    kind: str,
    location: str,
    base: Path,
    *,
    options: Mapping[str, str],
    declared: bool = True,
    progress: Progress | None = None,
) -> SourceProfile:
    """Read a whole source once and say what it holds; nothing is written to it.

    Args:
        source: name of the source inside the delivery.
        system: id of the system.
        kind: ``sql`` or ``flat``.
        location: path of the database, file or folder.
        base: where relative locations start.
        options: the kind's options.
        declared: believe the references that the source declares; otherwise infer them all.
        progress: is told how many rows are read.

    Raises:
        ConfigurationError: MTL022, there are no tables.
        LeveransError: the source cannot be read.
    """
    streams = _files(base / location) if kind == "flat" else ()
    opened = open_connector(source, _definition(system, kind, options, streams), location, base)
    with told(source, "–"), opened as connector:
        connector.check().raise_problems()
        found = _streams(connector, streams)
    if not found:
        raise ConfigurationError("MTL022", source)
    opened = open_connector(source, _definition(system, kind, options, found), location, base)
    with told(source, "–"), opened as connector:
        links = links_of(connector) if declared else ()
        return profile(connector, links, progress)


def _definition(
    system: str, kind: str, options: Mapping[str, str], streams: tuple[StreamDefinition, ...]
) -> Definition:
    return Definition(system, system, "", kind, options, streams, _NOT_READ_YET, lambda _path: system)


def _streams(connector: Connector, known: tuple[StreamDefinition, ...]) -> tuple[StreamDefinition, ...]:
    if known:
        return known
    return tuple(
        StreamDefinition(stream.name, key=tuple(name for name in stream.key if name))
        for stream in connector.discover().streams
        if stream.kind == "table"
    )


def _files(path: Path) -> tuple[StreamDefinition, ...]:
    if not path.is_dir():
        return (StreamDefinition(path.stem),)
    found = sorted(one for one in path.iterdir() if one.is_file() and one.suffix.lower() in _ENDINGS)
    return tuple(StreamDefinition(one.stem, file=one.name) for one in found)


_ENDINGS = {".csv", ".txt", ".tsv", ".dat"}


def links_of(connector: Connector) -> tuple[Link, ...]:
    """Give the references that a source declares between the tables that are read."""
    if not isinstance(connector, Declares):
        return ()
    known = {stream.name for stream in connector.definition.streams}
    return tuple(Link(*one) for one in connector.references() if one[0] in known and one[2] in known)
