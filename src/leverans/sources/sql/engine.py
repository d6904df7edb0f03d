"""What an SQL connector needs from one database engine."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, Literal, Protocol, TypeVar

from leverans.contracts import Column
from leverans.contracts.catalogue import ArrowType
from leverans.errors import LeveransError
from leverans.sources.contract import Batch
from leverans.sources.definition import StreamDefinition

Session = TypeVar("Session")
"""What an engine reads through: a connection, or whatever stands for one."""

ForeignKey = tuple[tuple[str, ...], str, tuple[str, ...]]
"""Columns, the table they refer to, and its columns (none: its primary key)."""


@dataclass(frozen=True, slots=True)
class TableFacts:
    """One table or view as the engine describes it.

    Attributes:
        name: the table's own name.
        columns: in the table's order, typed as declared.
        key: its primary key.
        table: a table, not a view.
        locator: name of the hidden column that finds a row again, or an empty text where there is none.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    table: bool
    locator: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a column really holds.

    Attributes:
        type: the Arrow type that fits every value.
        mixed: values of several kinds, all to land as text.
        longest: bytes of its longest value, 0 where the engine does not look.
    """

    type: ArrowType
    mixed: bool = False
    longest: int = 0


@dataclass(frozen=True, slots=True)
class Account:
    """What the account may do, as the engine's own catalogues tell.

    Attributes:
        may_write: True, False, or None where they do not tell.
        known_by: how that is known.
        name: the account, as the engine calls it.
        rights: what it may do besides reading, a few of them, for people.
    """

    may_write: bool | None
    known_by: Literal["opened_read_only", "privileges", "unknown"]
    name: str = ""
    rights: tuple[str, ...] = ()


class SqlEngine(Protocol[Session]):
    """One database engine; the connector asks it for everything that is not plain SQL."""

    def connect(self) -> Session:
        """Open the database for reading only, in one transaction that is one snapshot of all tables.

        Raises:
            LeveransError: missing, not permitted, locked, damaged or no such database, told apart.
        """
        ...

    def problems(self) -> tuple[LeveransError, ...]:
        """Look at the database as a whole, without changing it: every fault found."""
        ...

    def version(self, connection: Session) -> str:
        """Give the version of the engine."""
        ...

    def tables(self, connection: Session) -> tuple[TableFacts, ...]:
        """Describe all tables and views, sorted by name."""
        ...

    def references(self, connection: Session, table: str) -> tuple[ForeignKey, ...]:
        """Give the foreign keys that a table declares."""
        ...

    def profile(self, connection: Session, facts: TableFacts) -> Mapping[str, Profile]:
        """Look at every value of a table and say what each column holds."""
        ...

    def open_value(self, connection: Session, table: str, column: str, locator: object) -> BinaryIO:
        """Open one value as a stream of bytes, in bounded memory.

        Raises:
            DocumentFault: the value is no bytes.
        """
        ...

    def account(self, connection: Session) -> Account:
        """Ask the privilege catalogues whether the account may write; never by trying."""
        ...

    def unreadable(self, connection: Session, tables: tuple[str, ...]) -> tuple[str, ...]:
        """Give those of the tables that are there but may not be read by this account."""
        ...

    def read(
        self,
        connection: Session,
        definition: StreamDefinition,
        facts: TableFacts,
        profiles: Mapping[str, Profile],
        skip: int = 0,
    ) -> Iterator[Batch]:
        """Read a table in key order, without its first `skip` rows."""
        ...

    def counts(
        self, connection: Session, facts: TableFacts, columns: tuple[str, ...]
    ) -> tuple[int, Mapping[str, int]]:
        """Count the rows of a table, and the NULLs of some columns."""
        ...

    def statements(self) -> tuple[str, ...]:
        """Give every different statement sent so far, without values."""
        ...

    def close(self) -> None:
        """Let go what is open besides the connection that `connect` gave; may be called twice."""
        ...

    def guard(self) -> AbstractContextManager[None]:
        """Turn the driver's errors inside the block into `leverans.errors`."""
        ...

    def fingerprint(self) -> str:
        """See `Connector.fingerprint`."""
        ...

    def mark(self, connection: Session, tables: tuple[TableFacts, ...]) -> str:
        """Give a text that is another one once rows of these tables were written to (see `ReadsOn.unmoved`).

        It is never newer than what `read` gives. The tables have primary keys.
        """
        ...
