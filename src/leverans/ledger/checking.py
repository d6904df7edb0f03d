"""Holds a ledger to its audit log: every entry, every seal, every row, from what is stored."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain, groupby, islice
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from leverans.contracts import Finding
from leverans.ledger import sealing
from leverans.ledger.audit import (
    BEGUN,
    CREATED,
    DECISION,
    SEALED,
    AuditEntry,
    Head,
    as_bytes,
)
from leverans.ledger.bulk import OBJECT_COLUMNS, PIECE, ROW_COLUMNS, Fingerprint
from leverans.ledger.decisions import Item, items_digest
from leverans.ledger.guards import unguarded
from leverans.ledger.tables import (
    batch,
    decision,
    decision_item,
    event,
    identity,
    object_event,
    row_event,
    run,
)
from leverans.trust import merkle

_SCHEMAS = {"object_event": OBJECT_COLUMNS, "row_event": ROW_COLUMNS}
_STORED = {"where": "place"}
_APART = 60.0
"""Seconds that a decision's own time and that of its entry may lie apart."""


def check(connection: sa.Connection, heads: Iterable[Head] = ()) -> list[Finding]:
    """Hold the ledger to its audit log, and the log to heads that were signed earlier.

    Args:
        connection: a snapshot of the ledger.
        heads: what the log must lead to.

    Returns:
        Every fault: AUD001 to AUD009, AUD011, AUD012.
    """
    query = "SELECT position, at, kind, entry, leaf FROM audit ORDER BY position"
    entries = [
        AuditEntry(row.position, row.at, row.kind, _read(row.entry), as_bytes(row.leaf))
        for row in connection.exec_driver_sql(query)
    ]
    return [
        *unguarded(connection),
        *_entries(entries),
        *_owner(connection, entries),
        *led([entry.leaf for entry in entries], heads),
        *_runs(connection, entries),
        *_batches(connection),
        *_decisions(connection, entries),
    ]


def _read(text: str, otherwise: Any = MappingProxyType({})) -> Any:
    try:
        plain = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return otherwise
    return plain if isinstance(plain, dict) else otherwise


def _entries(entries: list[AuditEntry]) -> Iterator[Finding]:
    for place, entry in enumerate(entries):
        if _computed(entry) != entry.leaf:
            yield Finding.of("AUD001", f"audit[{entry.position}]", position=entry.position)
        if entry.position != place:
            yield Finding.of("AUD002", f"audit[{entry.position}]", position=place)
            return
    if not entries or entries[0].kind != CREATED:
        yield Finding.of("AUD002", "audit[0]", position=0)


def _owner(connection: sa.Connection, entries: list[AuditEntry]) -> Iterator[Finding]:
    """The ledger belongs to whom its first entry says."""
    owners = [tuple(row) for row in connection.execute(sa.select(identity))]
    for entry in entries[:1]:
        since = entry.entry.get("since")
        ours = [
            (owner, at if since is not None else None) for owner, at in owners
        ]  # an older log tells no time
        if ours != [(entry.entry.get("municipality"), since)]:
            yield Finding.of("AUD012", "ledger.identity")


def _computed(entry: AuditEntry) -> bytes | None:
    try:
        return entry.computed()
    except (TypeError, ValueError):
        return None


def led(leaves: list[bytes], heads: Iterable[Head]) -> Iterator[Finding]:
    """Tell of every head that the log does not lead to (AUD003, AUD004)."""
    asked = sorted(set(heads), key=lambda one: one.size)
    known = dict(merkle.roots(leaves, (head.size for head in asked)))
    for head in asked:
        if head.size > len(leaves):
            yield Finding.of("AUD004", f"audit[{len(leaves)}]", size=head.size, found=len(leaves))
        elif head.size not in known or known[head.size].hex() != head.root:
            yield Finding.of("AUD003", f"audit[0..{head.size}]", size=head.size)


def _runs(connection: sa.Connection, entries: list[AuditEntry]) -> Iterator[Finding]:
    """Every run has begun in the log as it stands in the ledger, and its seals hold."""
    told_earlier = entries[0].entry.get("earlier_runs", 0) if entries else 0
    earlier = told_earlier if isinstance(told_earlier, int) else 0
    begun: dict[int, Any] = {}
    seals: dict[int, list[Any]] = {}
    for entry in entries:
        number = entry.entry.get("number")
        if entry.kind == BEGUN and isinstance(number, int):
            begun[number] = entry.entry
        if entry.kind == SEALED and isinstance(number, int):
            seals.setdefault(number, []).append(entry.entry)
    known = _names(connection)
    for number in sorted({*known, *begun, *seals}):
        told, name = begun.get(number), known.get(number, f"#{number}")
        if number not in known or (told is None and number > earlier):
            yield Finding.of("AUD008", f"run {name}", run=name)
            continue
        try:
            if told is not None and sealing.run_row(connection, number) != dict(told):
                yield Finding.of("AUD005", f"run {name}", run=name, what="run")
            yield from _sealed(connection, number, name, seals.get(number, []))
        except (TypeError, ValueError):  # a value that no ledger holds has no digest
            yield Finding.of("AUD005", f"run {name}", run=name, what="value")


def _sealed(connection: sa.Connection, number: int, name: str, seals: list[Any]) -> Iterator[Finding]:
    last: Any = None
    ended = connection.scalar(
        sa.select(sa.func.min(event.c.sequence)).where(event.c.run == number, event.c.kind == "finished")
    )
    for seal in seals:
        if ended and _bound(last) and last["event"] >= ended:
            yield Finding.of("AUD007", f"run {name}", run=name)
        last = seal.get("last")
        if not _bound(last):
            yield Finding.of("AUD005", f"run {name}", run=name, what="seal")
            continue
        found = sealing.seal_of(connection, number, (last["batch"], last["event"]))
        for what in ("row", "batches", "events"):
            if found[what] != seal.get(what):
                yield Finding.of("AUD005", f"run {name}", run=name, what=what)
    if not ended:
        return
    now = sealing.seal_of(connection, number)
    if not seals:
        yield Finding.of("AUD008", f"run {name}", run=name)
    elif now["last"] != last:
        yield Finding.of("AUD007", f"run {name}", run=name)


def _bound(last: object) -> bool:
    return (
        isinstance(last, dict)
        and set(last) == {"batch", "event"}
        and all(isinstance(one, int) for one in last.values())
    )


def _names(connection: sa.Connection) -> dict[int, str]:
    return {row.number: row.id for row in connection.execute(sa.select(run.c.number, run.c.id))}


def _batches(connection: sa.Connection) -> Iterator[Finding]:
    """Every batch holds the rows its digest was taken over, in the order of the batches, and no other."""
    names = _names(connection)
    for table in (object_event, row_event):
        query = sa.select(batch).where(batch.c.kind == table.name).order_by(batch.c.number)
        told = {row.number: row for row in connection.execute(query)}
        seen: set[Any] = set()
        last = 0
        if _gaps(connection, table):
            yield Finding.of("AUD006", table.name, run="–", part=table.name)
        for (number, of), rows in groupby(_stored(connection, table), key=lambda row: row[:2]):
            row = told.get(number)
            whole = _fingerprint(rows, table.name)
            if row is not None and number < last:
                name = names.get(row.run, f"#{row.run}")
                yield Finding.of("AUD006", f"run {name}: {row.part}", run=name, part=row.part)
            if row is None or number in seen or of != row.run:
                name = names.get(of, f"#{of}")
                yield Finding.of("AUD007", f"run {name}", run=name)
            elif whole != (row.rows, row.sha256):
                name = names.get(row.run, f"#{row.run}")
                yield Finding.of("AUD006", f"run {name}: {row.part}", run=name, part=row.part)
            seen.add(number)
            last = max(last, number) if row is not None else last
        for number in sorted(set(told) - seen):
            if told[number].rows:
                name = names.get(told[number].run, f"#{told[number].run}")
                yield Finding.of(
                    "AUD006", f"run {name}: {told[number].part}", run=name, part=told[number].part
                )


def _gaps(connection: sa.Connection, table: sa.Table) -> bool:
    """Say whether the rows are not numbered one after the other: one was moved, deleted or put in."""
    found = connection.exec_driver_sql(
        f'SELECT count(*), min("sequence"), max("sequence") FROM "{table.name}"'  # noqa: S608  # own names
    ).one()
    return tuple(found) != ((found[0], 1, found[0]) if found[0] else (0, None, None))


def _stored(connection: sa.Connection, table: sa.Table) -> Iterator[tuple[Any, ...]]:
    """Give batch, run and the columns of every row in order, as the driver gives them."""
    names = [_STORED.get(name, name) for name in _SCHEMAS[table.name].names]
    columns = ", ".join(f'"{name}"' for name in ("batch", "run", *names))
    cursor: Any = connection.connection.cursor()
    cursor.execute(f'SELECT {columns} FROM "{table.name}" ORDER BY "sequence"')  # noqa: S608  # own names
    try:
        yield from cursor
    finally:
        cursor.close()


def _fingerprint(rows: Iterable[tuple[Any, ...]], name: str) -> tuple[int, str]:
    """Take the digest of a batch's rows again, in the pieces in which they were inserted."""
    at = _SCHEMAS[name].get_field_index("closed")
    digest, count, stream = Fingerprint(), 0, iter(rows)
    while piece := list(islice(stream, PIECE)):
        digest.add([_fitted(row[2:], at) for row in piece])
        count += len(piece)
    return count, digest.hexdigest()


def _fitted(row: tuple[Any, ...], at: int) -> tuple[Any, ...]:
    if at < 0 or row[at] not in {0, 1}:
        return row
    return (*row[:at], bool(row[at]), *row[at + 1 :])


def _decisions(connection: sa.Connection, entries: list[AuditEntry]) -> Iterator[Finding]:
    """Every decision stands in the log as it stands in the ledger, and the other way round."""
    told = {entry.entry.get("id"): entry for entry in entries if entry.kind == DECISION}
    names = _names(connection)
    found = set()
    if _gaps(connection, decision_item) or _mixed(connection):
        yield Finding.of("AUD009", "decision_item", decision="–")
    stored = ", ".join(f'"{column.name}"' for column in decision.columns)
    for row in connection.exec_driver_sql(f"SELECT {stored} FROM decision ORDER BY number"):  # noqa: S608  # own names
        found.add(row.id)
        entry = told.get(row.id)
        plain = _plain_decision(connection, row, names)
        if entry is None or plain != dict(entry.entry) or _apart(row.at, entry.at) > _APART:
            yield Finding.of("AUD009", f"decision {row.id}", decision=row.id)
    loose = (
        sa.select(decision_item.c.decision)
        .distinct()
        .where(decision_item.c.decision.not_in(sa.select(decision.c.number)))
    )
    for number in chain(sorted(set(told) - found, key=str), connection.scalars(loose)):
        yield Finding.of("AUD009", f"decision {number}", decision=str(number))


def _mixed(connection: sa.Connection) -> bool:
    """Say whether items do not stand in the order of their decisions."""
    query = 'SELECT "decision" FROM decision_item ORDER BY "sequence"'
    numbers = list(connection.exec_driver_sql(query).scalars())
    return any(not isinstance(number, int) for number in numbers) or numbers != sorted(numbers)


def _plain_decision(connection: sa.Connection, row: Any, names: dict[int, str]) -> dict[str, Any]:
    items = [
        Item(one.code, object=one.object, stream=one.stream, key=one.key, rule=one.rule)
        for one in connection.execute(
            sa.select(decision_item)
            .where(decision_item.c.decision == row.number)
            .order_by(decision_item.c.sequence)
        )
    ]
    return {
        **{
            name: getattr(row, name) for name in ("id", "action", "person", "reason", "reference", "delivery")
        },
        "items": len(items),
        "selection": _read(row.selection, None),
        "test": row.test if row.test not in {0, 1} else bool(row.test),
        "run": names.get(row.run, ""),
        "items_sha256": _digest(items),
    }


def _digest(items: list[Item]) -> str:
    try:
        return items_digest(items)
    except (TypeError, ValueError):
        return ""


def _apart(one: str, other: str) -> float:
    try:
        return abs((datetime.fromisoformat(one) - datetime.fromisoformat(other)).total_seconds())
    except (TypeError, ValueError):
        return _APART + 1
