"""Addresses of databases: ``kind://account@server:port/database?option=value``; never with a password."""

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from leverans.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is.

    Attributes:
        kind: the scheme, in small letters.
        host: the server.
        port: its port, or 0 for the usual one.
        user: the account.
        database: the database.
        options: what stands after ``?``.
    """

    kind: str
    host: str
    port: int
    user: str
    database: str
    options: dict[str, str] = field(default_factory=dict)

    @property
    def server(self) -> str:
        """Server and port, for messages."""
        return f"{self.host}:{self.port}" if self.port else self.host


def parse(text: str, source: str) -> Address:
    """Read an address.

    Raises:
        ConfigurationError: SRC159; the address is not repeated.
    """
    try:
        parts = urlsplit(text)
        port = parts.port or 0
    except ValueError as fault:
        raise ConfigurationError("SRC159", source, (), reason="port") from fault
    if parts.password:
        raise ConfigurationError("SRC159", source, (), reason="password")
    return Address(
        kind=parts.scheme.lower(),
        host=parts.hostname or "localhost",
        port=port,
        user=unquote(parts.username or ""),
        database=unquote(parts.path.removeprefix("/")),
        options=dict(parse_qsl(parts.query)),
    )
