"""What is in quarantine: what the latest full run set aside, and what settling runs made of it since."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from leverans.ledger import queries
from leverans.ledger.tables import batch, decision, decision_item, object_event, row_event
from leverans.ledger.types import Aside, Run, RunState


@dataclass(frozen=True, slots=True)
class Chain:
    """A full run and the settling runs that followed it, oldest first."""

    full: RunState
    settling: tuple[RunState, ...] = ()

    @property
    def numbers(self) -> tuple[int, ...]:
        """The runs' numbers, the full run's first."""
        return (self.full.run.number, *(state.run.number for state in self.settling))

    @property
    def balanced(self) -> bool:
        """Every run of it has ended complete and balanced, but for those that were refused."""
        return self.balanced_but(None)

    def balanced_but(self, one: Run | None) -> bool:
        """Say the same of all runs but one, which has not ended yet."""
        return all(
            state.status == "complete" and state.payload.get("balanced", True) is True
            for state in (self.full, *self.settling)
            if state.status != "refused" and (one is None or state.run.number != one.number)
        )


def chain(connection: sa.Connection, delivery: str, *, test: bool) -> Chain | None:
    """Give the latest full run of a delivery that was not refused, with the settling runs after it."""
    states = [state for state in queries.runs(connection, delivery) if state.run.test == test]
    full = next((state for state in reversed(states) if state.full and state.status != "refused"), None)
    return None if full is None else _followed(full, states)


def chain_of(connection: sa.Connection, full: Run) -> Chain:
    """Give a full run with the settling runs after it."""
    states = queries.runs(connection, full.delivery)
    return _followed(next(state for state in states if state.run.number == full.number), states)


def _followed(full: RunState, states: list[RunState]) -> Chain:
    return Chain(full, tuple(state for state in states if state.parent == full.run.id))


def quarantined(
    connection: sa.Connection,
    of: Chain,
    *,
    code: str | None = None,
    thing: str | None = None,
    disposition: str = "quarantined",
) -> list[Aside]:
    """List what lies in quarantine: objects first, then rows and documents.

    Args:
        connection: open.
        of: the runs.
        code: only with this reason.
        thing: only with this object id, key or reference code.
        disposition: ``excluded`` for what was excluded instead, objects only.
    """
    objects = _objects(connection, of, code, thing, disposition)
    return objects + (_rows(connection, of, code, thing) if disposition == "quarantined" else [])


def count_objects(connection: sa.Connection, of: Chain) -> int:
    """Count the objects in quarantine."""
    query = sa.select(sa.func.count()).select_from(object_event).where(*_latest(of.numbers, "quarantined"))
    return int(connection.scalar(query) or 0)


def parts(connection: sa.Connection, of: Chain, objects: Iterable[str], streams: Iterable[str]) -> set[str]:
    """Give the names of the parts (buckets) in which objects, and loose rows of streams, were recorded."""
    found: set[str] = set()
    for table, column, words in (
        (object_event, object_event.c.object, sorted(set(objects))),
        (row_event, row_event.c.stream, sorted(set(streams))),
    ):
        for start in range(0, len(words), queries.BATCH // 10):
            piece = words[start : start + queries.BATCH // 10]
            query = (
                sa.select(batch.c.part)
                .join(table, table.c.batch == batch.c.number)
                .where(table.c.run.in_(of.numbers), column.in_(piece))
                .distinct()
            )
            found |= set(connection.scalars(query))
    return found


def outcomes(connection: sa.Connection, of: Chain, ids: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Give what became of objects after a chain of runs: disposition and rule, by object id."""
    table, found = object_event.c, dict[str, tuple[str, str]]()
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), queries.BATCH // 10):
        query = (
            sa.select(table.object, table.disposition, table.rule)
            .where(table.run.in_(of.numbers), table.object.in_(wanted[start : start + queries.BATCH // 10]))
            .order_by(table.sequence)
        )
        found |= {own: (disposition, rule or "") for own, disposition, rule in connection.execute(query)}
    return found


def count_kept(connection: sa.Connection, of: Chain) -> int:
    """Count the objects that are archived after a chain of runs: by it, or unchanged from before."""
    return sum(
        connection.scalar(
            sa.select(sa.func.count()).select_from(object_event).where(*_latest(of.numbers, disposition))
        )
        or 0
        for disposition in ("archived", "unchanged")
    )


def _latest(numbers: tuple[int, ...], disposition: str) -> tuple[Any, ...]:
    """Give the conditions for an object whose latest event in the runs has a disposition."""
    later = object_event.alias("later")
    newer = sa.exists().where(
        later.c.object == object_event.c.object,
        later.c.run.in_(numbers),
        later.c.sequence > object_event.c.sequence,
    )
    here = object_event.c.run.in_(numbers)
    return here, object_event.c.disposition == disposition, ~newer


def _objects(
    connection: sa.Connection, of: Chain, code: str | None, thing: str | None, disposition: str
) -> list[Aside]:
    table = object_event.c
    query = sa.select(object_event).where(*_latest(of.numbers, disposition))
    if code is not None:
        query = query.where(table.reason == code)
    if thing is not None:
        query = query.where(sa.or_(table.object == thing, table.key == thing, table.reference == thing))
    names = _names(of)
    return [
        Aside(
            run=names[row.run],
            object=row.object,
            stream=None,
            key=row.key,
            reference=row.reference,
            partition=row.partition,
            route=row.route,
            code=row.reason or "",
            rule=row.rule,
            where=row.place,
            number=row.sequence,
        )
        for row in connection.execute(query.order_by(table.reason, table.reference, table.object))
    ]


def _rows(connection: sa.Connection, of: Chain, code: str | None, thing: str | None) -> list[Aside]:
    """Rows have no identity of their own: what a settling run tried again is replaced by what it found."""
    names, found = _names(of), list[Any]()
    for number in of.numbers:
        if number != of.numbers[0]:
            tried = _tried(connection, number, of)
            found = [row for row in found if (row.stream, row.key) not in tried]
        table = row_event.c
        query = sa.select(row_event).where(table.run == number, table.disposition == "quarantined")
        found += connection.execute(query)
    asides = [
        Aside(
            run=names[row.run],
            object=None,
            stream=row.stream,
            key=row.key,
            reference=None,
            partition=None,
            route=row.route,
            code=row.code,
            rule=row.rule,
            where=row.place,
            number=row.sequence,
        )
        for row in found
        if (code is None or row.code == code) and (thing is None or row.key == thing)
    ]
    return sorted(asides, key=lambda one: (one.code, one.stream or "", one.key or ""))


def _tried(connection: sa.Connection, number: int, of: Chain) -> set[tuple[str, str | None]]:
    """Give stream and key of the rows that a settling run tried again; none before it has ended."""
    state = next(state for state in of.settling if state.run.number == number)
    if state.status != "complete":
        return set()
    ids = [payload["decision"] for payload in queries.payloads(connection, number, queries.SETTLES)]
    query = (
        sa.select(decision_item.c.stream, decision_item.c.key)
        .join(decision, decision.c.number == decision_item.c.decision)
        .where(decision.c.id.in_(ids), decision_item.c.object.is_(None))
    )
    return {(row.stream, row.key) for row in connection.execute(query)}


def _names(of: Chain) -> dict[int, str]:
    return {state.run.number: state.run.id for state in (of.full, *of.settling)}
