"""The triggers that forbid to change what was written, and whether a ledger has exactly these.

The migrations make them; a test holds the two equal. A trigger is known by what it does, not by its name: one
of the same name that does nothing guards nothing, and one more could swallow what is written.
"""

from collections.abc import Iterator

import sqlalchemy as sa

from leverans.contracts import Finding
from leverans.ledger.tables import metadata

_SAME = {
    "run": "number = NEW.number OR id = NEW.id",
    "event": "sequence = NEW.sequence",
    "batch": "number = NEW.number OR (run = NEW.run AND kind = NEW.kind AND part = NEW.part)",
    "object_event": "sequence = NEW.sequence",
    "row_event": "sequence = NEW.sequence",
    "identity": "municipality = NEW.municipality",
    "audit": "position = NEW.position",
    "decision": "number = NEW.number OR id = NEW.id",
    "decision_item": "sequence = NEW.sequence",
}
"""What an insert would replace, per table."""

_WHOLE = frozenset({"object_event", "row_event"})
"""The big tables: their guard undoes the transaction, which costs less than undoing a statement."""


def expected(table: str) -> dict[str, str]:
    """Give the guards of a table: name and normalised SQL."""
    there = f"EXISTS (SELECT 1 FROM {table} WHERE {_SAME[table]})"  # noqa: S608  # the names above
    undone = "ROLLBACK" if table in _WHOLE else "ABORT"
    acts = {
        "no_update": ("UPDATE ON", "", "ABORT"),
        "no_delete": ("DELETE ON", "", "ABORT"),
        "no_replace": ("INSERT ON", f"WHEN {there} ", undone),
    }
    return {
        f"{table}_{name}": (
            f"CREATE TRIGGER {table}_{name} BEFORE {act} {table} {when}"
            f"BEGIN SELECT RAISE({how}, 'the ledger is append-only'); END"
        )
        for name, (act, when, how) in acts.items()
    }


def normalised(sql: str | None) -> str:
    """Write SQL with one space between words."""
    return " ".join((sql or "").split())


def unguarded(connection: sa.Connection) -> Iterator[Finding]:
    """Tell of every table whose guards are not exactly those that belong to it (AUD011)."""
    query = "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger'"
    there: dict[str, dict[str, str]] = {}
    for table, name, sql in connection.exec_driver_sql(query):
        there.setdefault(table, {})[name] = normalised(sql)
    for table in sorted({*metadata.tables, *there}):
        wanted = expected(table) if table in _SAME else {}
        found = there.get(table, {})
        wrong = sorted(name for name in {*wanted, *found} if wanted.get(name) != found.get(name))
        if wrong:
            yield Finding.of("AUD011", f"ledger.{table}", missing=", ".join(wrong))
