"""Guards of the big tables that cost less: they undo the transaction, not the statement.

A trigger that could undo a single statement makes SQLite keep a journal for every row inserted: a third of
the time of a million of them.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TABLES = ("object_event", "row_event")


def upgrade() -> None:
    """Make the guards against INSERT OR REPLACE anew."""
    for table in _TABLES:
        op.execute(f"DROP TRIGGER {table}_no_replace")
        there = f"EXISTS (SELECT 1 FROM {table} WHERE sequence = NEW.sequence)"  # noqa: S608  # the names above
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {there} "
            f"BEGIN SELECT RAISE(ROLLBACK, 'the ledger is append-only'); END"
        )
