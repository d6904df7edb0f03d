"""The source database as an SQLite file whose bytes depend on the rows only."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from leverans.demo.cast import Cast
from leverans.demo.lexicon import lexicon
from leverans.demo.things import Case

TABLES = {"Klartext": 3, "Objekt": 5, "Ägare": 5, "Ärende": 9, "Ärende_Beslut": 4, "Ärende_Händelser": 8}
"""The tables and how many columns each has."""

_BATCH = 5000


def moment(at: datetime | None) -> str | None:
    """A point in time as the source writes it."""
    return at.isoformat(" ", "milliseconds") if at else None


class Database:
    """Writes the database row by row, in bounded batches; use it as a context manager."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._waiting: dict[str, list[tuple[Any, ...]]] = {table: [] for table in TABLES}
        self._decision = 3000
        self._event = 0
        self.rows = dict.fromkeys(TABLES, 0)

    def __enter__(self) -> Self:
        for pragma in ("page_size = 4096", "encoding = 'UTF-8'", "journal_mode = OFF", "synchronous = OFF"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.executescript(lexicon().schema)
        self._connection.execute("BEGIN")
        self._put("Klartext", lexicon().codes)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if kind is None:
            for table in TABLES:
                self._flush(table)
            self._connection.execute("COMMIT")
        self._connection.close()

    def add_cast(self, cast: Cast) -> None:
        """Writes the owners and the places."""
        self._put(
            "Ägare",
            ((o.id, o.number, o.name, moment(o.entered), moment(o.changed)) for o in cast.owners),
        )
        self._put(
            "Objekt",
            ((p.id, p.owner.id, p.name, moment(p.entered), moment(p.changed)) for p in cast.places),
        )

    def add_case(self, case: Case) -> None:
        """Writes a case with its decisions and events."""
        opened, closed = moment(case.opened), moment(case.closed)
        row = (
            case.id,
            case.place_id,
            case.kind,
            case.handler,
            case.reference,
            opened,
            closed,
            opened,
            closed,
        )
        self._put("Ärende", [row])
        for decision in case.decisions:
            self._decision += 1 + case.id % 2
            self._put("Ärende_Beslut", [(self._decision, case.id, decision.kind, moment(decision.at))])
        for event in case.events:
            place = case.place_id if event.at.second % 2 else None
            self._add_event(case.id, event.kind, event.at, place, case.reference)

    def add_orphan(self, case: Case) -> int:
        """Writes an event of the case that would have come next and is not there; returns the HandelseID."""
        event = case.events[-1]
        return self._add_event(case.id + 1, event.kind, event.at, case.place_id, None)

    def _add_event(self, case: int, kind: str, at: datetime, place: int | None, reference: str | None) -> int:
        self._event += 1 + at.second % 2
        stamp = moment(at)
        self._put("Ärende_Händelser", [(self._event, case, kind, stamp, stamp, None, place, reference)])
        return self._event

    def _put(self, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        waiting = self._waiting[table]
        before = len(waiting)
        waiting += rows
        self.rows[table] += len(waiting) - before
        if len(waiting) >= _BATCH:
            self._flush(table)

    def _flush(self, table: str) -> None:
        marks = ", ".join("?" * TABLES[table])
        self._connection.executemany(f'INSERT INTO "{table}" VALUES ({marks})', self._waiting[table])  # noqa: S608 - our own names
        self._waiting[table].clear()
