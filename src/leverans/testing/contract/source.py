"""Sources for tests: what a rig makes, and the names and values that sources of the field have."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from leverans.sources.access import Access
from leverans.sources.contract import Connector
from leverans.sources.definition import Definition

Variant = Literal[
    "plain", "nulls", "names", "values", "many", "big", "moving", "older",
    "missing", "away", "auth", "denied", "not-that", "vanishing", "outside",
]  # fmt: skip
"""What a rig can make.

``plain``: a few clean rows and documents; ``nulls``: the same, NULL wherever that is allowed;
``names``, ``values``: hostile ones; ``many``: several batches; ``big``: one big document;
``moving``: can be changed while it is read; ``older``: lacks something that the connector names;
``missing``: is not there; ``away``: does not answer; ``auth``: wants another password;
``denied``: may not be read; ``not-that``: something else, e.g. an error page saved as data;
``vanishing``: a document goes between listing and opening; ``outside``: leads out.
"""

NAMES: Mapping[str, str] = {
    "name-letters": "Åtgärdsärende",
    "name-space": "Datum för beslut",
    "name-reserved": "order",
    "name-digit": "1st",
    "name-emoji": "läge 😀",
}
"""Hostile names by the rule that is about them."""

NUL = "före\0efter"
ZEROS = "00000000"
MISREAD = "Ã¥Ã¤Ã¶ â€“ Ã©"
"""UTF-8 that somebody once read as Windows-1252 and saved again: it is kept as it is, never mended."""
LONG = "lång text å " * 400_000
"""About 5 MB."""
DECIMAL = "12345678901234567890.1000000001"
DST = "2024-10-27 02:30:00"
"""The hour that is there twice."""

VALUES = (
    "value-nul",
    "value-zeros",
    "value-misread",
    "value-empty",
    "value-decimal",
    "value-dst",
    "value-long",
)
"""The rules about hostile values."""


@dataclass(frozen=True, slots=True)
class Planted:
    """A value that a rig put into a source and wants back.

    Attributes:
        rule: the rule that is about it.
        stream: where it stands.
        row: column and value that find its row.
        column: its column.
        value: what must be read there.
    """

    rule: str
    stream: str
    row: tuple[str, object]
    column: str
    value: object = field(repr=False)


@dataclass(frozen=True, slots=True)
class Source:
    """A source for tests.

    Attributes:
        connector: the ``connector.yaml``.
        location: as a delivery says it.
        base: where relative locations start.
        access: what the delivery tells besides.
        planted: values that must come back.
        refused: rules about names and values that this engine cannot hold, each with the reason.
        names: hostile names by rule: stream and column, of which either is the name.
        documents: SHA-256 (hex) of documents by name, as far as they are known.
        rows: how many rows the rig put into each stream, as far as it knows.
        secrets: texts that nothing may show.
        change: writes to the source (``moving``), or takes the document away (``vanishing``).
        stop: lets go what the rig holds open.
        opener: opens it from a name, the connector's definition and what the delivery tells, where the suite
            must not wait as a delivery does; None: as a delivery does.
    """

    connector: Path
    location: str
    base: Path
    access: Access = field(default_factory=Access)
    planted: tuple[Planted, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    documents: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    change: Callable[[], object] | None = None
    stop: Callable[[], object] | None = None
    opener: Callable[[str, Definition, Access], Connector] | None = None


class Rig(Protocol):
    """Makes sources of one engine for one connector."""

    @property
    def engine(self) -> str:
        """Name of the engine or kind: a column of the matrix."""
        ...

    def make(self, variant: Variant, folder: Path) -> Source:
        """Make a source in an empty folder of its own.

        Raises:
            NotApplicable: there is no such source of this kind.
            NotHere: the server is missing on this machine.
        """
        ...


class Server(Protocol):
    """A database server of the suite's own with the accounts ``reader`` and ``nobody``."""

    @property
    def password(self) -> str:
        """The password of every account; planted: nothing may show it."""
        ...

    def create(self, database: str) -> None:
        """Make an empty database."""
        ...

    def fill(self, database: str, statements: list[tuple[str, list[tuple[object, ...]]]]) -> None:
        """Run statements as administrator, each once or once per row, and let ``reader`` read all of it."""
        ...

    def address(self, database: str, user: str = "reader", port: int | None = None) -> str:
        """Give the location of a database."""
        ...


class Files(Protocol):
    """Copies of real files of an engine that nothing here can write: Access."""

    def make(self, variant: Variant, path: Path) -> tuple[tuple[Planted, ...], Mapping[str, tuple[str, str]]]:
        """Copy a file to a path; give what was planted in it, and hostile names by rule."""
        ...

    def change(self, path: Path) -> None:
        """Change a value in a file."""
        ...

    def reason(self, rule: str) -> str:
        """Say why nothing could be planted for a rule."""
        ...
