"""Time and randomness, injected: nothing else in the core asks the machine for either."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What tells the time and gives unguessable names."""

    def now(self) -> datetime:
        """Give the present time, with its zone (UTC)."""
        ...

    def token(self, length: int = 16) -> bytes:
        """Give `length` random bytes."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's own clock and randomness."""

    def now(self) -> datetime:
        """Give the present time in UTC."""
        return datetime.now(UTC)

    def token(self, length: int = 16) -> bytes:
        """Give `length` bytes from the operating system's random source."""
        return secrets.token_bytes(length)


@dataclass(frozen=True, slots=True)
class FixedClock:
    """A clock that stands still, for tests and for reproducing a run."""

    instant: datetime = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
    filler: bytes = b"\x2a"

    def now(self) -> datetime:
        """Give the fixed instant."""
        return self.instant

    def token(self, length: int = 16) -> bytes:
        """Give `length` bytes that are always the same."""
        return (self.filler * length)[:length]


def iso(moment: datetime) -> str:
    """Write a moment as xs:dateTime in UTC with whole seconds, e.g. ``2026-01-01T12:00:00Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
