"""What people decided about a delivery: append-only, each with its person, reason and reference.

A decision stands for an object *and* a finding code: a new fault on the same object is undecided again. The
latest decision about the two stands; ``retry`` lets an earlier one fall. A row or document that belongs to no
object is named by stream and key instead.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC
from itertools import islice
from typing import Any, Literal

import sqlalchemy as sa

from leverans.clock import Clock
from leverans.ledger import chains
from leverans.ledger.engine import Engine
from leverans.ledger.standing import (
    RULE,
    Decision,
    Found,
    Item,
    Standing,
    aside_and_decided,
    changed,
    decision_row,
    decisions_about,
    decisions_of,
    item_row,
    items_digest,
    items_of,
    only_in,
    standing_of,
)
from leverans.ledger.tables import decision, decision_item, object_event
from leverans.ledger.types import Aside, Run

__all__ = ["KIND", "Action", "Audit", "Decision", "Decisions", "Item", "Standing", "items_digest"]

Action = Literal["accept", "exclude", "retry", "approve", "countersign", "clear"]
Audit = Callable[[sa.Connection, str, Mapping[str, Any]], object]

KIND = "decision"
"""The kind of a decision's entry in the audit log."""

Made = list[Decision]
About = list[tuple[Decision, tuple[str, ...]]]
Asides = list[Aside]
Items = list[Item]
_TOKEN = 4
_PIECE = 10_000


class Decisions:
    """The decisions in one municipality's ledger; `Ledger.decisions` gives it."""

    def __init__(self, engine: Engine, clock: Clock, audit: Audit) -> None:
        self._engine = engine
        self._clock = clock
        self._audit = audit

    def record(
        self,
        of: Run,
        action: Action,
        *,
        person: str,
        reason: str,
        reference: str,
        selection: Mapping[str, Any] | None = None,
        items: Iterable[Item] = (),
    ) -> Decision:
        """Write down a decision, its items and its entry in the audit log, all or nothing.

        Args:
            of: the run it is about; it has ended.
            action: what was decided.
            person: who decided.
            reason: why.
            reference: the written decision.
            selection: what was asked for, plain data without personal data.
            items: what it is about.
        """
        listed = [*items]
        moment = self._clock.now().astimezone(UTC)
        with self._engine.write(f"decision:{action}", durable=True) as connection:
            number = int(connection.scalar(sa.select(sa.func.max(decision.c.number))) or 0) + 1
            made = Decision(
                number=number,
                id=f"d{number:05d}-{self._clock.token(_TOKEN).hex()}",
                delivery=of.delivery,
                test=of.test,
                run=of.number,
                action=action,
                person=person,
                reason=reason,
                reference=reference,
                selection=dict(selection or {}),
                at=moment,
                items=len(listed),
            )
            connection.execute(sa.insert(decision), decision_row(made))
            for piece in _pieces(listed):
                connection.execute(
                    sa.insert(decision_item), [{"decision": number, **item_row(item)} for item in piece]
                )
            entry = {
                **{name: value for name, value in made.plain().items() if name != "at"},
                "delivery": of.delivery,
                "test": of.test,
                "run": of.id,
                "items_sha256": items_digest(listed),
            }
            self._audit(connection, KIND, entry)
        return made

    def list(self, delivery: str, *, test: bool = False) -> Made:
        """Give every decision about a delivery, oldest first."""
        with self._engine.read() as connection:
            return decisions_of(connection, delivery, test=test)

    def items(self, of: Decision) -> Items:
        """Give what a decision is about, in the order it was written."""
        with self._engine.read() as connection:
            return [*items_of(connection, of.number)]

    def about(self, thing: str) -> About:
        """Give every decision about an object, oldest first, with the codes of the faults it was about.

        Args:
            thing: the object's id.
        """
        with self._engine.read() as connection:
            return decisions_about(connection, thing)

    def standing(
        self, delivery: str, *, test: bool = False, only: Callable[[Decision], bool] | None = None
    ) -> Standing:
        """Give the decisions that stand.

        Args:
            delivery: ``municipality/delivery``.
            test: about test deliveries.
            only: leave out decisions of which this says no.
        """
        with self._engine.read() as connection:
            return standing_of(connection, delivery, test=test, only=only)

    def asides(self, delivery: str, *, test: bool = False) -> Found:
        """Give what the latest full run and the settling runs after it left aside, with what stands on it.

        Only decisions about these runs count: what was decided before, the full run has applied itself.
        """
        with self._engine.read() as connection:
            of = chains.chain(connection, delivery, test=test)
            return [] if of is None else aside_and_decided(connection, of)

    def excluded(self, delivery: str, thing: str, *, test: bool = False) -> Asides:
        """Give the object with an id, key or reference code if it is excluded by decision."""
        with self._engine.read() as connection:
            of = chains.chain(connection, delivery, test=test)
            if of is None:
                return []
            found = chains.quarantined(connection, of, thing=thing, disposition="excluded")
        return [one for one in found if one.object is not None and (one.rule or "").startswith(RULE)]

    def undecided(self, delivery: str, *, test: bool = False) -> Asides:
        """Give what is in quarantine and nobody has decided about."""
        return [aside for aside, stands in self.asides(delivery, test=test) if stands is None]

    def undecided_of(self, full: Run) -> Asides:
        """Give the same of a full run, be it the latest or not."""
        with self._engine.read() as connection:
            found = aside_and_decided(connection, chains.chain_of(connection, full))
        return [aside for aside, stands in found if stands is None]

    def chain(self, delivery: str, *, test: bool = False) -> chains.Chain | None:
        """Give the latest full run that was not refused, with the settling runs after it."""
        with self._engine.read() as connection:
            return chains.chain(connection, delivery, test=test)

    def parts(self, of: chains.Chain, about: Iterable[Item]) -> set[str]:
        """Give the names of the parts in which the runs of a chain recorded what items name."""
        listed = [*about]
        objects = {item.object for item in listed if item.object is not None}
        streams = {item.stream for item in listed if item.stream is not None}
        with self._engine.read() as connection:
            return chains.parts(connection, of, objects, streams)

    def met(self, of: Run, objects: Iterable[str]) -> int:
        """Count those of some objects that a run found."""
        wanted, count = sorted(set(objects)), 0
        with self._engine.read() as connection:
            for start in range(0, len(wanted), _PIECE):
                query = sa.select(sa.func.count(object_event.c.object.distinct())).where(
                    object_event.c.run == of.number,
                    object_event.c.object.in_(wanted[start : start + _PIECE]),
                )
                count += int(connection.scalar(query) or 0)
        return count

    def difference(self, tested: Run, live: Run) -> dict[str, int]:
        """Count the objects in which what a live run stands for differs from what a test run did.

        Returns:
            ``new`` and ``changed`` since the test, and ``absent`` that the test had.
        """
        with self._engine.read() as connection:
            return {
                "new": only_in(connection, live, tested),
                "changed": changed(connection, live, tested),
                "absent": only_in(connection, tested, live),
            }

    def pending(self, delivery: str, *, test: bool = False) -> Asides:
        """Give what was accepted and is not archived yet: the next run, or a settling run, does it."""
        return [
            aside
            for aside, stands in self.asides(delivery, test=test)
            if stands is not None and stands.action == "accept"
        ]


def _pieces(items: list[Item]) -> Iterator[list[Item]]:
    walk = iter(items)
    while piece := list(islice(walk, _PIECE)):
        yield piece
