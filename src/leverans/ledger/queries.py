"""States, derived from events by queries."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from leverans.ledger.bulk import CURRENT_COLUMNS, to_table
from leverans.ledger.tables import batch, event, object_event, run
from leverans.ledger.types import Entry, History, Run, RunState, Tally

BATCH = 50_000
_IDS = 10_000
_MOST = 100
_FINISHED = "finished"
HELD = "held"
"""The kind of the event that tells what was held back with its partition."""

SETTLES = "settles"
"""The event by which a run settles the quarantine of a full run: ``parent`` and ``decision``."""


def runs(connection: sa.Connection, delivery: str | None = None) -> list[RunState]:
    """Give every run, oldest first."""
    begun = event.alias("begun")
    query = (
        sa.select(run, event.c.at.label("ended"), event.c.payload, begun.c.payload.label("settles"))
        .outerjoin(event, sa.and_(event.c.run == run.c.number, event.c.kind == _FINISHED))
        .outerjoin(begun, sa.and_(begun.c.run == run.c.number, begun.c.kind == SETTLES))
        .order_by(run.c.number)
    )
    if delivery is not None:
        query = query.where(run.c.delivery == delivery)
    return [_run_state(row) for row in connection.execute(query)]


def checkpoints(connection: sa.Connection, number: int, stage: str) -> dict[str, Any]:
    """Give the latest payload of every finished part of a stage."""
    query = (
        sa.select(event.c.part, event.c.payload)
        .where(event.c.run == number, event.c.kind == f"checkpoint:{stage}")
        .order_by(event.c.sequence)
    )
    return {part: json.loads(payload) for part, payload in connection.execute(query)}


def heard(connection: sa.Connection, number: int) -> datetime | None:
    """Give when a run last wrote an event, None when it never did."""
    latest = connection.scalar(sa.select(sa.func.max(event.c.at)).where(event.c.run == number))
    return None if latest is None else datetime.fromisoformat(latest)


def payloads(
    connection: sa.Connection, number: int, kind: str, part: str | None = None
) -> list[dict[str, Any]]:
    """Give the payloads of one kind of event, in the order they were written."""
    query = sa.select(event.c.payload).where(event.c.run == number, event.c.kind == kind)
    if part is not None:
        query = query.where(event.c.part == part)
    return [json.loads(payload) for payload in connection.scalars(query.order_by(event.c.sequence))]


def tallies(connection: sa.Connection, number: int) -> list[Tally]:
    """Count the objects of a run."""
    keys = (object_event.c.route, object_event.c.disposition, object_event.c.state)
    query = (
        sa.select(
            *keys, sa.func.count(), sa.func.sum(object_event.c.records), sa.func.sum(object_event.c.documents)
        )
        .where(object_event.c.run == number)
        .group_by(*keys)
        .order_by(*keys)
    )
    return [Tally(*row) for row in connection.execute(query)]


def reasons(connection: sa.Connection, number: int) -> dict[tuple[str, str], int]:
    """Count the objects of a run that were set aside, by disposition and reason."""
    keys = (object_event.c.disposition, object_event.c.reason)
    query = (
        sa.select(*keys, sa.func.count())
        .where(object_event.c.run == number, object_event.c.disposition.in_(("quarantined", "excluded")))
        .group_by(*keys)
        .order_by(*keys)
    )
    return {(disposition, reason or ""): count for disposition, reason, count in connection.execute(query)}


def current(
    connection: sa.Connection, delivery: str, *, test: bool, before: int | None, absent: int | None = None
) -> Iterator[pa.Table]:
    """Yield the last archived version of every object, sorted by object id.

    Args:
        connection: open as long as the iterator is used.
        delivery: ``municipality/delivery``.
        test: of the test deliveries.
        before: only what runs before this number archived.
        absent: only objects that this run did not find.
    """
    query = _archived(delivery, test=test, before=before).order_by(object_event.c.object)
    if absent is not None:
        found = object_event.alias("found")
        query = query.where(
            ~sa.exists().where(
                found.c.object == object_event.c.object,
                found.c.run == absent,
                found.c.disposition != "vanished",
            )
        )
    result = connection.execution_options(yield_per=BATCH).execute(query)
    for rows in result.partitions(BATCH):
        yield to_table(rows, CURRENT_COLUMNS)


def lookup(
    connection: sa.Connection, ids: Sequence[str], delivery: str, *, test: bool, before: int | None
) -> pa.Table:
    """Give the last archived version of those objects that have one, sorted by object id."""
    wanted = sorted(set(ids))
    found: list[Any] = []
    base = _archived(delivery, test=test, before=before)
    for start in range(0, len(wanted), _IDS):
        part = base.where(object_event.c.object.in_(wanted[start : start + _IDS]))
        found += connection.execute(part.order_by(object_event.c.object))
    return to_table(found, CURRENT_COLUMNS)


def explain(connection: sa.Connection, text: str) -> list[History]:
    """Give the history of every object with that id, key or reference code (at most 100)."""
    names = (object_event.c.object, object_event.c.key, object_event.c.reference)
    finds = [sa.select(object_event.c.object).where(name == text) for name in names]
    ids = sorted(connection.scalars(sa.union(*finds)))[:_MOST]
    states = {state.run.number: state for state in runs(connection)} if ids else {}
    return [_history(connection, object_id, states) for object_id in ids]


def _run_state(row: Any) -> RunState:
    payload = json.loads(row.payload) if row.payload else {}
    return RunState(
        run=to_run(row),
        status=payload.get("status"),
        ended=datetime.fromisoformat(row.ended) if row.ended else None,
        payload=payload,
        parent=json.loads(row.settles)["parent"] if row.settles else None,
    )


def to_run(row: Any) -> Run:
    """Make a run of its row."""
    return Run(
        number=row.number,
        id=row.id,
        delivery=row.delivery,
        test=bool(row.test),
        reference_time=datetime.fromisoformat(row.reference_time),
        code_version=row.code_version,
        agreement=row.agreement,
        by=row.by,
        started=datetime.fromisoformat(row.at),
    )


def _archived(delivery: str, *, test: bool, before: int | None) -> sa.Select[Any]:
    """Select the archived versions of a delivery after which no later one came."""
    later, later_run = object_event.alias("later"), run.alias("later_run")
    newer = (
        sa.exists()
        .where(later.c.object == object_event.c.object)
        .where(later.c.disposition == "archived", later.c.sequence > object_event.c.sequence)
        .where(later_run.c.number == later.c.run)
        .where(later_run.c.delivery == delivery, later_run.c.test == sa.bindparam("test", test))
    )
    if before is not None:
        newer = newer.where(later.c.run < before)
    query = (
        sa.select(*(object_event.c[name] for name in CURRENT_COLUMNS.names))
        .join(run, run.c.number == object_event.c.run)
        .where(object_event.c.disposition == "archived", ~newer)
        .where(run.c.delivery == delivery, run.c.test == sa.bindparam("test", test))
    )
    return query if before is None else query.where(object_event.c.run < before)


def count_archived(connection: sa.Connection, delivery: str, *, test: bool) -> int:
    """Count the objects of a delivery with at least one archived version."""
    query = (
        sa.select(sa.func.count(object_event.c.object.distinct()))
        .join(run, run.c.number == object_event.c.run)
        .where(object_event.c.disposition == "archived", run.c.delivery == delivery, run.c.test == test)
    )
    return int(connection.scalar(query) or 0)


def _history(connection: sa.Connection, object_id: str, states: dict[int, RunState]) -> History:
    query = (
        sa.select(object_event, batch.c.at)
        .join(batch, batch.c.number == object_event.c.batch)
        .where(object_event.c.object == object_id)
        .order_by(object_event.c.sequence)
    )
    rows = list(connection.execute(query))
    return History(
        object=object_id,
        key=next((row.key for row in reversed(rows) if row.key is not None), None),
        reference=next((row.reference for row in reversed(rows) if row.reference is not None), None),
        entries=tuple(_entry(row, states[row.run]) for row in rows),
    )


def _entry(row: Any, state: RunState) -> Entry:
    return Entry(
        run=state,
        at=datetime.fromisoformat(row.at),
        partition=row.partition,
        route=row.route,
        disposition=row.disposition,
        state=row.state,
        version=row.version,
        digest=row.digest,
        package=row.package,
        code=row.reason,
        rule=row.rule,
        where=row.place,
        records=row.records,
        documents=row.documents,
    )
