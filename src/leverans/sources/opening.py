"""From a definition and a location to a connector; kinds are imported when they are used."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from leverans.sources.access import Access, Limits
from leverans.sources.contract import Connector
from leverans.sources.definition import Definition
from leverans.sources.wire.declaring import WIRE


def open_connector(
    name: str, definition: Definition, location: str, base: Path, access: Access | None = None
) -> Connector:
    """Make the connector of a source; nothing is opened or read before it is asked for.

    Args:
        name: name of the source inside the delivery.
        definition: what the connector's file says.
        location: path of the database, file or folder, or an address (``scheme://…``).
        base: where relative locations start.
        access: secrets, waiver and limits of the delivery.
    """
    told = access or Access()
    if told.frozen:
        definition = replace(definition, frozen=True)
    made = _KINDS[definition.kind](name, definition, Place(location, base), told)
    if told.limits == Limits() or definition.kind in WIRE:
        return made  # a service is asked through a gate of its own
    from leverans.sources.gently import Gate, Gently

    return Gently(made, Gate(name, told.limits))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a source lies.

    Attributes:
        location: as the delivery says it.
        base: where relative paths start.
    """

    location: str
    base: Path

    @property
    def path(self) -> Path:
        """The location as a path."""
        return self.base / self.location


def _sql(name: str, definition: Definition, place: Place, access: Access) -> Connector:
    from leverans.sources.sql.connector import SqlConnector
    from leverans.sources.sql.engines import engine_of

    return SqlConnector(name, definition, engine_of(name, place.location, place.path, access), access)


def _flat(name: str, definition: Definition, place: Place, _access: Access) -> Connector:
    from leverans.sources.flat.connector import FlatConnector

    return FlatConnector(name, definition, place.path)


def _share(name: str, definition: Definition, place: Place, _access: Access) -> Connector:
    from leverans.sources.share.connector import ShareConnector

    return ShareConnector(name, definition, place.path)


def _tree(name: str, definition: Definition, place: Place, _access: Access) -> Connector:
    from leverans.sources.tree.connector import TreeConnector

    return TreeConnector(name, definition, place.path)


def _sie(name: str, definition: Definition, place: Place, _access: Access) -> Connector:
    from leverans.sources.sie.connector import SieConnector

    return SieConnector(name, definition, place.path)


def _wire(name: str, definition: Definition, place: Place, access: Access) -> Connector:
    from leverans.sources.wire.opening import open_wire

    return open_wire(name, definition, place.location, place.base, access)


_KINDS: Mapping[str, Callable[[str, Definition, Place, Access], Connector]] = {
    "sql": _sql,
    "flat": _flat,
    "share": _share,
    "xml": _tree,
    "json": _tree,
    "soap": _wire,
    "rest": _wire,
    "sie": _sie,
}
