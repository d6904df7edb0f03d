"""What the engines of databases on servers share: columns hold what they declare, a read is a snapshot."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Generic, Protocol, TypeVar

from leverans.errors import LeveransError
from leverans.sources.access import Access
from leverans.sources.sql.address import Address
from leverans.sources.sql.engine import Profile, TableFacts
from leverans.sources.sql.log import Statements

LOCK_SECONDS = 30
"""How long a table that somebody has locked is waited for before it is an outage."""


class Closing(Protocol):
    """What every driver's connection can."""

    def close(self) -> None:
        """Let it go."""


Session = TypeVar("Session", bound=Closing)


class ServerEngine(ABC, Generic[Session]):
    """A part of `leverans.sources.sql.engine.SqlEngine`; the rest is each server's own."""

    def __init__(self, source: str, address: Address, access: Access) -> None:
        self._where = source
        self._address = address
        self._access = access
        self._sent = Statements()
        self._reading = False

    @abstractmethod
    def connect(self) -> Session:
        """Open a connection and begin the one transaction, read only."""

    def problems(self) -> tuple[LeveransError, ...]:
        """Open it once."""
        try:
            self.connect().close()
        except LeveransError as fault:
            return (fault,)
        return ()

    def profile(self, connection: Session, facts: TableFacts) -> Mapping[str, Profile]:  # noqa: ARG002
        """Columns hold what they declare."""
        return {column.name: Profile(column.type) for column in facts.columns}

    def statements(self) -> tuple[str, ...]:
        """Give every different statement sent so far."""
        return self._sent.all()

    def fingerprint(self) -> str:
        """A snapshot needs none."""
        return ""
