"""What people decided about a delivery: append-only, each with its person, reason and reference.

A decision stands for an object *and* a finding code: a new fault on the same object is undecided again. The
latest decision about the two stands; ``retry`` lets an earlier one fall. A row or document that belongs to no
object is named by stream and key instead.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Literal, TypeVar

import sqlalchemy as sa

from leverans.clock import Clock
from leverans.ledger import chains
from leverans.ledger.engine import Engine
from leverans.ledger.tables import decision, decision_item, object_event
from leverans.ledger.types import Aside, Run

Action = Literal["accept", "exclude", "retry", "approve", "countersign", "clear"]
Audit = Callable[[sa.Connection, str, Mapping[str, Any]], object]
RowKey = tuple[str, str | None, str]
"""Stream, key and code of a row or document that belongs to no object."""

KIND = "decision"
"""The kind of a decision's entry in the audit log."""

Key = TypeVar("Key")
Found = list[tuple[Aside, "Decision | None"]]
Made = list["Decision"]
Asides = list[Aside]
Items = list["Item"]
_KEPT = ("archived", "unchanged")
_STANDING = ("accept", "exclude", "retry")
_RULE = "decision "
_TOKEN = 4
_PIECE = 10_000


@dataclass(frozen=True, slots=True)
class Item:
    """What a decision is about: an object, or a row or document without one, and the finding on it.

    Attributes:
        code: the finding.
        object: object id; None for a row or document.
        stream: ``source.stream`` of the row or document; None for an object.
        key: its key, as quarantine shows it.
        rule: the rule or field behind the finding.
    """

    code: str
    object: str | None = None
    stream: str | None = None
    key: str | None = None
    rule: str | None = None

    @classmethod
    def of(cls, aside: Aside) -> "Item":
        """Name what was set aside; an object by its id alone."""
        if aside.object is not None:
            return cls(aside.code, object=aside.object, rule=aside.rule)
        return cls(aside.code, stream=aside.stream, key=aside.key, rule=aside.rule)


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision.

    Attributes:
        number: its number in this ledger, from 1.
        id: ``d00001-<random>``.
        delivery: ``municipality/delivery``.
        test: about a test delivery.
        run: number of the run it is about.
        action: ``accept``, ``exclude``, ``retry``, ``approve``, ``countersign`` or ``clear``.
        person: who decided.
        reason: why.
        reference: the written decision (diary number, paragraph).
        selection: what was asked for: code, rule, object, and what else the action keeps.
        at: real clock, UTC.
        items: how many objects, rows and documents it is about.
    """

    number: int
    id: str
    delivery: str
    test: bool
    run: int
    action: str
    person: str
    reason: str
    reference: str
    selection: Mapping[str, Any]
    at: datetime
    items: int = 0

    @property
    def rule(self) -> str:
        """The name under which what it excludes is counted."""
        return f"{_RULE}{self.reference}"

    def plain(self) -> dict[str, Any]:
        """Give what a receipt, a report or a list tells about it."""
        return {
            "id": self.id,
            "action": self.action,
            "person": self.person,
            "reason": self.reason,
            "reference": self.reference,
            "at": self.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            "items": self.items,
            "selection": dict(self.selection),
        }


@dataclass(frozen=True, slots=True)
class Standing:
    """The decisions that stand, by what they are about.

    Attributes:
        objects: object id → finding code → ``accept`` or ``exclude``.
        rows: stream, key and code of rows and documents → ``exclude``.
    """

    objects: Mapping[str, Mapping[str, Decision]] = field(default_factory=dict)
    rows: Mapping[RowKey, Decision] = field(default_factory=dict)

    def on(self, aside: Aside) -> Decision | None:
        """Give the decision that stands on what was set aside."""
        if aside.object is not None:
            return self.objects.get(aside.object, {}).get(aside.code)
        return self.rows.get((aside.stream or "", aside.key, aside.code))


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
            connection.execute(sa.insert(decision), _row(made))
            for piece in _pieces(listed):
                connection.execute(
                    sa.insert(decision_item), [{"decision": number, **_item_row(item)} for item in piece]
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
            return _decisions(connection, delivery, test=test)

    def items(self, of: Decision) -> Items:
        """Give what a decision is about, in the order it was written."""
        with self._engine.read() as connection:
            return [*_items(connection, of.number)]

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
            return _standing(connection, delivery, test=test, only=only)

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
        return [one for one in found if one.object is not None and (one.rule or "").startswith(_RULE)]

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
                "new": _only_in(connection, live, tested),
                "changed": _changed(connection, live, tested),
                "absent": _only_in(connection, tested, live),
            }

    def pending(self, delivery: str, *, test: bool = False) -> Asides:
        """Give what was accepted and is not archived yet: the next run, or a settling run, does it."""
        return [
            aside
            for aside, stands in self.asides(delivery, test=test)
            if stands is not None and stands.action == "accept"
        ]


def aside_and_decided(connection: sa.Connection, of: chains.Chain) -> Found:
    """Give what lies in quarantine after a chain of runs, each with what was decided about it in them."""
    delivery, test, numbers = of.full.run.delivery, of.full.run.test, set(of.numbers)
    stands = _standing(connection, delivery, test=test, only=lambda one: one.run in numbers)
    return [(aside, stands.on(aside)) for aside in chains.quarantined(connection, of)]


def items_digest(items: Iterable[Item]) -> str:
    """Give the SHA-256 of items, in their order, as the audit log keeps it."""
    digest = hashlib.sha256()
    for item in items:
        row = _item_row(item)
        digest.update(json.dumps(row, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass"))
        digest.update(b"\n")
    return digest.hexdigest()


def _only_in(connection: sa.Connection, one: Run, other: Run) -> int:
    here, there = object_event.alias("here"), object_event.alias("there")
    same = sa.exists().where(
        there.c.object == here.c.object, there.c.run == other.number, there.c.disposition.in_(_KEPT)
    )
    query = sa.select(sa.func.count()).select_from(here)
    query = query.where(here.c.run == one.number, here.c.disposition.in_(_KEPT), ~same)
    return int(connection.scalar(query) or 0)


def _changed(connection: sa.Connection, one: Run, other: Run) -> int:
    here, there = object_event.alias("here"), object_event.alias("there")
    query = (
        sa.select(sa.func.count())
        .select_from(here)
        .join(there, sa.and_(there.c.object == here.c.object, there.c.run == other.number))
        .where(here.c.run == one.number, here.c.disposition.in_(_KEPT))
        .where(there.c.disposition.in_(_KEPT), there.c.digest != here.c.digest)
    )
    return int(connection.scalar(query) or 0)


def _pieces(items: list[Item]) -> Iterator[list[Item]]:
    walk = iter(items)
    while piece := list(islice(walk, _PIECE)):
        yield piece


def _row(made: Decision) -> dict[str, Any]:
    names = ("number", "id", "delivery", "test", "run", "action", "person", "reason", "reference")
    text = json.dumps(dict(made.selection), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    at = made.at.isoformat(timespec="milliseconds")
    return {**{name: getattr(made, name) for name in names}, "selection": text, "at": at}


def _item_row(item: Item) -> dict[str, str | None]:
    return {name: getattr(item, name) for name in ("object", "stream", "key", "code", "rule")}


def _decisions(connection: sa.Connection, delivery: str, *, test: bool) -> list[Decision]:
    counted = (
        sa.select(decision_item.c.decision, sa.func.count().label("about"))
        .group_by(decision_item.c.decision)
        .subquery()
    )
    query = (
        sa.select(decision, sa.func.coalesce(counted.c.about, 0).label("about"))
        .outerjoin(counted, counted.c.decision == decision.c.number)
        .where(decision.c.delivery == delivery, decision.c.test == sa.bindparam("test", test))
        .order_by(decision.c.number)
    )
    return [_decision(row) for row in connection.execute(query)]


def _decision(row: Any) -> Decision:
    return Decision(
        number=row.number,
        id=row.id,
        delivery=row.delivery,
        test=bool(row.test),
        run=row.run,
        action=row.action,
        person=row.person,
        reason=row.reason,
        reference=row.reference,
        selection=json.loads(row.selection),
        at=datetime.fromisoformat(row.at),
        items=row.about,
    )


def _items(connection: sa.Connection, number: int) -> Iterator[Item]:
    query = (
        sa.select(decision_item).where(decision_item.c.decision == number).order_by(decision_item.c.sequence)
    )
    for row in connection.execute(query):
        yield Item(row.code, object=row.object, stream=row.stream, key=row.key, rule=row.rule)


def _standing(
    connection: sa.Connection,
    delivery: str,
    *,
    test: bool,
    only: Callable[[Decision], bool] | None,
) -> Standing:
    objects: dict[str, dict[str, Decision]] = {}
    rows: dict[RowKey, Decision] = {}
    for made in _decisions(connection, delivery, test=test):
        if made.action not in _STANDING or (only is not None and not only(made)):
            continue
        for item in _items(connection, made.number):
            if item.object is not None:
                _put(objects.setdefault(item.object, {}), item.code, made)
            else:
                _put(rows, (item.stream or "", item.key, item.code), made)
    return Standing({name: codes for name, codes in objects.items() if codes}, rows)


def _put(into: dict[Key, Decision], key: Key, made: Decision) -> None:
    """Let the latest decision stand; a retry lets what stood fall."""
    into.pop(key, None)
    if made.action != "retry":
        into[key] = made
