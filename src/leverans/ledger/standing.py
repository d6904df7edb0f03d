"""What stands: decisions and what they are about, read from the ledger."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from leverans.ledger import chains
from leverans.ledger.tables import decision, decision_item, object_event
from leverans.ledger.types import Aside, Run

RowKey = tuple[str, str | None, str]
"""Stream, key and code of a row or document that belongs to no object."""

RULE = "decision "
"""Begins the name of the rule by which a decision excludes."""

Key = TypeVar("Key")
Found = list[tuple[Aside, "Decision | None"]]
_KEPT = ("archived", "unchanged")
_STANDING = ("accept", "exclude", "retry")


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
        return f"{RULE}{self.reference}"

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


def aside_and_decided(connection: sa.Connection, of: chains.Chain) -> Found:
    """Give what lies in quarantine after a chain of runs, each with what was decided about it in them."""
    delivery, test, numbers = of.full.run.delivery, of.full.run.test, set(of.numbers)
    stands = standing_of(connection, delivery, test=test, only=lambda one: one.run in numbers)
    return [(aside, stands.on(aside)) for aside in chains.quarantined(connection, of)]


def items_digest(items: Iterable[Item]) -> str:
    """Give the SHA-256 of items, in their order, as the audit log keeps it."""
    digest = hashlib.sha256()
    for item in items:
        row = item_row(item)
        digest.update(json.dumps(row, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass"))
        digest.update(b"\n")
    return digest.hexdigest()


def only_in(connection: sa.Connection, one: Run, other: Run) -> int:
    """Count the objects that one run stands for and another does not."""
    here, there = object_event.alias("here"), object_event.alias("there")
    same = sa.exists().where(
        there.c.object == here.c.object, there.c.run == other.number, there.c.disposition.in_(_KEPT)
    )
    query = sa.select(sa.func.count()).select_from(here)
    query = query.where(here.c.run == one.number, here.c.disposition.in_(_KEPT), ~same)
    return int(connection.scalar(query) or 0)


def changed(connection: sa.Connection, one: Run, other: Run) -> int:
    """Count the objects that two runs stand for with different content."""
    here, there = object_event.alias("here"), object_event.alias("there")
    query = (
        sa.select(sa.func.count())
        .select_from(here)
        .join(there, sa.and_(there.c.object == here.c.object, there.c.run == other.number))
        .where(here.c.run == one.number, here.c.disposition.in_(_KEPT))
        .where(there.c.disposition.in_(_KEPT), there.c.digest != here.c.digest)
    )
    return int(connection.scalar(query) or 0)


def decision_row(made: Decision) -> dict[str, Any]:
    """Give the row of a decision."""
    names = ("number", "id", "delivery", "test", "run", "action", "person", "reason", "reference")
    text = json.dumps(dict(made.selection), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    at = made.at.isoformat(timespec="milliseconds")
    return {**{name: getattr(made, name) for name in names}, "selection": text, "at": at}


def item_row(item: Item) -> dict[str, str | None]:
    """Give the row of an item, without its decision."""
    return {name: getattr(item, name) for name in ("object", "stream", "key", "code", "rule")}


def decisions_of(connection: sa.Connection, delivery: str, *, test: bool) -> list[Decision]:
    """Give every decision about a delivery, oldest first."""
    query = _counted().where(decision.c.delivery == delivery, decision.c.test == sa.bindparam("test", test))
    return [_decision(row) for row in connection.execute(query)]


def decisions_about(connection: sa.Connection, thing: str) -> list[tuple[Decision, tuple[str, ...]]]:
    """Give every decision about an object, oldest first, with the codes of the faults it was about."""
    items = sa.select(decision_item.c.decision, decision_item.c.code).where(decision_item.c.object == thing)
    codes: dict[int, set[str]] = {}
    for number, code in connection.execute(items):
        codes.setdefault(number, set()).add(code)
    rows = connection.execute(_counted().where(decision.c.number.in_(sorted(codes))))
    return [(_decision(row), tuple(sorted(codes[row.number]))) for row in rows]


def _counted() -> sa.Select[Any]:
    """Give the query of decisions with how much each is about, oldest first."""
    counted = (
        sa.select(decision_item.c.decision, sa.func.count().label("about"))
        .group_by(decision_item.c.decision)
        .subquery()
    )
    return (
        sa.select(decision, sa.func.coalesce(counted.c.about, 0).label("about"))
        .outerjoin(counted, counted.c.decision == decision.c.number)
        .order_by(decision.c.number)
    )


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


def items_of(connection: sa.Connection, number: int) -> Iterator[Item]:
    """Yield what a decision is about, in the order it was written."""
    query = (
        sa.select(decision_item).where(decision_item.c.decision == number).order_by(decision_item.c.sequence)
    )
    for row in connection.execute(query):
        yield Item(row.code, object=row.object, stream=row.stream, key=row.key, rule=row.rule)


def standing_of(
    connection: sa.Connection,
    delivery: str,
    *,
    test: bool,
    only: Callable[[Decision], bool] | None,
) -> Standing:
    """Give the decisions about a delivery that stand, leaving out those of which `only` says no."""
    objects: dict[str, dict[str, Decision]] = {}
    rows: dict[RowKey, Decision] = {}
    for made in decisions_of(connection, delivery, test=test):
        if made.action not in _STANDING or (only is not None and not only(made)):
            continue
        for item in items_of(connection, made.number):
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
