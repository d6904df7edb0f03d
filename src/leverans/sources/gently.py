"""Reads any source as gently as its delivery says: rows per second, hours of the day, a stop by hand.

It lies around the connector, so it is the same for every kind of source.
"""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from leverans.clock import Clock, SystemClock
from leverans.contracts import ControlTotals
from leverans.errors import Outage
from leverans.sources.access import Limits
from leverans.sources.around import Around
from leverans.sources.contract import Batch, Connector, Document

Pause = Callable[[float], object]
_LONGEST = 1.0
"""Seconds between two looks whether somebody wants the reading to stop."""


class Gate:
    """Lets reading through.

    Args:
        where: name of the source, for messages.
        limits: what the delivery says.
        clock: tells the hour of the day.
        pause: waits some seconds.
        elapsed: seconds since any fixed moment.
    """

    def __init__(
        self,
        where: str,
        limits: Limits,
        clock: Clock | None = None,
        pause: Pause = time.sleep,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._where = where
        self._limits = limits
        self._clock = clock or SystemClock()
        self._pause = pause
        self._elapsed = elapsed
        self._free: float | None = None

    def look(self) -> None:
        """Go on, or not.

        Raises:
            Outage: SRC161 stopped by hand, SRC162 outside the hours.
        """
        for file in self._limits.stops:
            if file.exists():
                raise Outage("SRC161", self._where, file=file.name)
        if self._limits.hours is not None:
            start, end = self._limits.hours
            now = self._now().time()
            inside = start <= now < end if start < end else now >= start or now < end
            if not inside:
                raise Outage("SRC162", self._where, start=f"{start:%H:%M}", end=f"{end:%H:%M}")

    def passed(self, rows: int) -> None:
        """Tell that so many rows were read; waits until they have had their time."""
        self.look()
        if self._limits.rows_per_second is None:
            return
        now = self._elapsed()
        begun = now if self._free is None else max(self._free, now - _LONGEST)
        self._free = begun + rows / self._limits.rows_per_second
        while (left := self._free - self._elapsed()) > 0:
            self._pause(min(left, _LONGEST))
            self.look()

    def _now(self) -> datetime:
        return self._clock.now().astimezone(ZoneInfo(self._limits.zone))


class Gently(Around):
    """A connector behind a gate; looking at the source is free at any hour."""

    def __init__(self, connector: Connector, gate: Gate) -> None:
        super().__init__(connector)
        self._gate = gate

    def read(self, stream: str) -> Iterator[Batch]:
        """Read the rows of a stream, batch by batch through the gate."""
        yield from self._gated(self.inner.read(stream))

    def documents(self, stream: str) -> Iterator[Document]:
        """List documents; each is counted when it is opened."""
        self._gate.look()
        yield from self.inner.documents(stream)

    def open(self, document: Document) -> BinaryIO:
        """Open the bytes of a document when the gate lets it through."""
        self._gate.passed(1)
        return self.inner.open(document)

    def totals(self, stream: str) -> ControlTotals:
        """Count a stream."""
        self._gate.look()
        return self.inner.totals(stream)

    def __getattr__(self, name: str) -> Any:
        """Give what only this kind of connector has: `statements`, `references`, `read_on`."""
        found = super().__getattr__(name)
        return partial(self._read_on, found) if name == "read_on" else found

    def _read_on(self, inner: Callable[[str, int], Iterator[Batch] | None], stream: str, rows: int) -> object:
        batches = inner(stream, rows)
        return None if batches is None else self._gated(batches)

    def _gated(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        with ExitStack() as stack:
            if isinstance(batches, Generator):  # a reading that the gate stops must not hold its connection
                stack.callback(batches.close)
            self._gate.look()
            for batch in batches:
                yield batch
                self._gate.passed(batch.rows.num_rows + len(batch.set_aside))
