"""From a definition and a location to a connector; kinds are imported when they are used."""

from collections.abc import Callable, Mapping
from pathlib import Path

from leverans.sources.contract import Connector
from leverans.sources.definition import Definition


def open_connector(name: str, definition: Definition, location: str, base: Path) -> Connector:
    """Make the connector of a source; nothing is opened or read before it is asked for.

    Args:
        name: name of the source inside the delivery.
        definition: what the connector's file says.
        location: path of the database, file or folder.
        base: where relative locations start.
    """
    return _KINDS[definition.kind](name, definition, base / location)


def _sql(name: str, definition: Definition, path: Path) -> Connector:
    from leverans.sources.sql.connector import SqlConnector
    from leverans.sources.sql.sqlite import SqliteEngine

    return SqlConnector(name, definition, SqliteEngine(name, path))


def _flat(name: str, definition: Definition, path: Path) -> Connector:
    from leverans.sources.flat.connector import FlatConnector

    return FlatConnector(name, definition, path)


def _share(name: str, definition: Definition, path: Path) -> Connector:
    from leverans.sources.share.connector import ShareConnector

    return ShareConnector(name, definition, path)


def _tree(name: str, definition: Definition, path: Path) -> Connector:
    from leverans.sources.tree.connector import TreeConnector

    return TreeConnector(name, definition, path)


_KINDS: Mapping[str, Callable[[str, Definition, Path], Connector]] = {
    "sql": _sql,
    "flat": _flat,
    "share": _share,
    "xml": _tree,
    "json": _tree,
}
