"""What a ledger is asked: nothing here writes."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from leverans.contracts import PackageDescriptor, from_json
from leverans.ledger import chains, queries
from leverans.ledger.asides import Asides, asides
from leverans.ledger.chains import Chain
from leverans.ledger.engine import Engine
from leverans.ledger.status import delivery_states
from leverans.ledger.types import Aside, DeliveryState, History, Run, RunState, Tally


class Reading:
    """The questions of a ledger; each is answered from one snapshot."""

    _engine: Engine

    @property
    def seconds(self) -> float:
        """Real time that was spent inside writing transactions, for benchmarks."""
        return self._engine.seconds

    def unfinished(self, delivery: str, *, test: bool = False, settling: bool = False) -> Run | None:
        """Give the latest run of a delivery if it has not ended: it can be resumed.

        Args:
            delivery: ``municipality/delivery``.
            test: of the test deliveries.
            settling: a settling run, and not a full one.
        """
        states = [state for state in self.runs(delivery) if state.run.test == test]
        if not states or states[-1].status is not None or states[-1].full is settling:
            return None
        return states[-1].run

    def runs(self, delivery: str | None = None) -> list[RunState]:
        """Give every run, oldest first."""
        with self._engine.read() as connection:
            return queries.runs(connection, delivery)

    def heard(self, of: Run) -> datetime:
        """Give when a run last wrote an event (real clock, UTC); when it began if it never did."""
        with self._engine.read() as connection:
            return queries.heard(connection, of.number) or of.started

    def events(self, of: Run, kind: str) -> list[dict[str, Any]]:
        """Give the payloads of one kind of event, in the order they were written."""
        with self._engine.read() as connection:
            return queries.payloads(connection, of.number, kind)

    def checkpoints(self, of: Run, stage: str) -> dict[str, Any]:
        """Give the payload of every part of a stage that is done, the latest where told twice."""
        with self._engine.read() as connection:
            return queries.checkpoints(connection, of.number, stage)

    def packages(self, of: Run) -> list[PackageDescriptor]:
        """Give the packages of a run, in the order they were recorded."""
        return [from_json(PackageDescriptor, json.dumps(plain)) for plain in self.events(of, "package")]

    def findings(self, of: Run) -> dict[str, int]:
        """Sum the findings of a run by code, sorted."""
        total: dict[str, int] = {}
        for counts in self.events(of, "findings"):
            for code, count in counts.items():
                total[code] = total.get(code, 0) + count
        return dict(sorted(total.items()))

    def current(self, delivery: str, *, test: bool = False, before: Run | None = None) -> Iterator[pa.Table]:
        """Yield the last archived version of every object, sorted by object id, 50,000 at a time.

        Args:
            delivery: ``municipality/delivery``.
            test: of the test deliveries.
            before: only what runs before this one archived; a resumed run gives itself.

        Yields:
            Tables with the columns of `leverans.ledger.CURRENT_COLUMNS`.
        """
        with self._engine.read() as connection:
            yield from queries.current(connection, delivery, test=test, before=_number(before))

    def lookup(
        self, ids: Sequence[str], delivery: str, *, test: bool = False, before: Run | None = None
    ) -> pa.Table:
        """Give the last archived version of those of `ids` that have one; otherwise as `current`."""
        with self._engine.read() as connection:
            return queries.lookup(connection, ids, delivery, test=test, before=_number(before))

    def missing(self, of: Run) -> Iterator[pa.Table]:
        """Yield, as `current` does, what earlier runs archived and this run did not find (vanished).

        Objects that this run recorded as ``vanished`` are still given, so that a resumed run gives the same.
        """
        with self._engine.read() as connection:
            yield from queries.current(
                connection, of.delivery, test=of.test, before=of.number, absent=of.number
            )

    def tallies(self, of: Run) -> list[Tally]:
        """Count the objects of a run by route, disposition and state."""
        with self._engine.read() as connection:
            return queries.tallies(connection, of.number)

    def reasons(self, of: Run) -> dict[tuple[str, str], int]:
        """Count the objects of a run that were set aside, by disposition and reason code."""
        with self._engine.read() as connection:
            return queries.reasons(connection, of.number)

    def asides(self, of: Run, *, most: int) -> Asides:
        """Group what a run set aside or excluded; at most `most` names per code, none of them protected."""
        with self._engine.read() as connection:
            return asides(connection, of.number, most)

    def status(self) -> list[DeliveryState]:
        """Give where every delivery stands, sorted by name, live before test."""
        with self._engine.read() as connection:
            return delivery_states(connection)

    def quarantine(
        self,
        delivery: str,
        *,
        code: str | None = None,
        object: str | None = None,  # noqa: A002  # the word people use
        test: bool = False,
    ) -> list[Aside]:
        """List what is in quarantine: objects first, then rows and documents.

        It is what the latest full run that was not refused set aside, less what settling runs have archived
        since; `Ledger.decisions` tells what was decided about it.

        Args:
            delivery: ``municipality/delivery``.
            code: only with this reason.
            object: only with this object id, key or reference code.
            test: of the test deliveries.
        """
        with self._engine.read() as connection:
            of = chains.chain(connection, delivery, test=test)
            return [] if of is None else chains.quarantined(connection, of, code=code, thing=object)

    def chain(self, delivery: str, *, test: bool = False) -> Chain | None:
        """Give the latest full run that was not refused, with the settling runs after it."""
        with self._engine.read() as connection:
            return chains.chain(connection, delivery, test=test)

    def outcomes(self, of: Chain, ids: Iterable[str]) -> dict[str, tuple[str, str]]:
        """Give what became of objects after a chain of runs: disposition and rule, by object id."""
        with self._engine.read() as connection:
            return chains.outcomes(connection, of, ids)

    def count_kept(self, of: Chain) -> int:
        """Count the objects that are archived after a chain of runs: by it, or unchanged from before."""
        with self._engine.read() as connection:
            return chains.count_kept(connection, of)

    def explain(self, text: str) -> list[History]:
        """Give the history of every object with that id, reference code or key (at most 100)."""
        with self._engine.read() as connection:
            return queries.explain(connection, text)


def _number(of: Run | None) -> int | None:
    return None if of is None else of.number
