"""The seal of a run: one digest over everything the ledger says about it, quick because batches have theirs.

A batch's digest is taken over its rows when they are inserted; a seal is taken over the run, its events and
its batches as stored. `leverans.ledger.checking` recomputes both from the rows.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from leverans.ledger.tables import batch, event, object_event, run
from leverans.trust import canonical

_KEPT = ("archived", "unchanged")
_PIECE = 20_000


@dataclass(frozen=True, slots=True)
class ContentSet:
    """What a delivery stands for: the objects archived or found unchanged, and their content digests.

    Attributes:
        objects: how many.
        sha256: SHA-256 over one line ``<object id> <content digest>`` each, sorted, a line break after each.
        stored: SHA-256 over one line ``<object id> <version> <SHA-256 of its inventory>`` each, likewise: it
            fixes every byte that the archive holds of them.
    """

    objects: int
    sha256: str
    stored: str

    def plain(self) -> dict[str, Any]:
        """Give it as plain data."""
        return {"objects": self.objects, "sha256": self.sha256, "stored": self.stored}


def content_set(connection: sa.Connection, number: int) -> ContentSet:
    """Compute the set of content digests of a run."""
    table = object_event.c
    query = (
        sa.select(table.object, table.digest, table.version, table.inventory)
        .where(table.run == number, table.disposition.in_(_KEPT))
        .order_by(table.object, table.digest)
    )
    sha, stored, count = hashlib.sha256(), hashlib.sha256(), 0
    for rows in connection.execution_options(yield_per=_PIECE).execute(query).partitions(_PIECE):
        sha.update("".join([f"{name} {digest}\n" for name, digest, _, _ in rows]).encode())
        stored.update("".join([f"{name} {number} {own or '-'}\n" for name, _, number, own in rows]).encode())
        count += len(rows)
    return ContentSet(count, sha.hexdigest(), stored.hexdigest())


def seal_of(connection: sa.Connection, number: int, upto: tuple[int, int] | None = None) -> dict[str, Any]:
    """Give the seal of a run as the audit log holds it.

    Args:
        connection: an open transaction.
        number: the run's number.
        upto: the last batch and event that an earlier seal covered; all of them when None.

    Returns:
        ``run`` and ``number``; ``row``, ``batches`` and ``events``, the digests of the run's own row and of
        its batches and events; ``last`` batch and event, and how many ``rows`` the batches hold.
    """
    batches, events = _batches(connection, number), _events(connection, number)
    if upto is not None:
        batches = [row for row in batches if row[0] <= upto[0]]
        events = [row for row in events if row[0] <= upto[1]]
    own = _run(connection, number)
    return {
        "run": own.id if own else "",
        "number": number,
        "row": _digest([own] if own else []),
        "batches": _digest(batches),
        "events": _digest(events),
        "last": {
            "batch": max((row[0] for row in batches), default=0),
            "event": max((row[0] for row in events), default=0),
        },
        "rows": sum(row.rows for row in batches),
    }


def run_row(connection: sa.Connection, number: int) -> dict[str, Any]:
    """Give what the audit log tells about a run that begins, as it stands in the ledger."""
    row = _run(connection, number)
    return {
        "run": row.id,
        "number": row.number,
        "delivery": row.delivery,
        "test": row.test if row.test not in {0, 1} else bool(row.test),
        "agreement": row.agreement,
        "code_version": row.code_version,
        "reference_time": row.reference_time,
        "by": row.by,
        "row": _digest([row]),
    }


def _run(connection: sa.Connection, number: int) -> Any:
    return next(iter(_stored(connection, run, "number", number)), None)


def _batches(connection: sa.Connection, number: int) -> list[Any]:
    return _stored(connection, batch, "run", number)


def _events(connection: sa.Connection, number: int) -> list[Any]:
    return _stored(connection, event, "run", number)


def _stored(connection: sa.Connection, table: sa.Table, name: str, value: int) -> list[Any]:
    """Give rows as they stand in the file, in order, whatever somebody wrote there."""
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    first = next(iter(table.primary_key.columns)).name
    query = f'SELECT {columns} FROM "{table.name}" WHERE "{name}" = ? ORDER BY "{first}"'  # noqa: S608  # own names
    return list(connection.exec_driver_sql(query, (value,)))


def _digest(rows: Iterable[Any]) -> str:
    sha = hashlib.sha256()
    for row in rows:
        sha.update(canonical([int(value) if isinstance(value, bool) else value for value in row]) + b"\n")
    return sha.hexdigest()
