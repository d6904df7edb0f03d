"""The first ledger: runs, events, and what became of every object and row.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SAME = {
    "run": "number = NEW.number OR id = NEW.id",
    "event": "sequence = NEW.sequence",
    "batch": "number = NEW.number OR (run = NEW.run AND kind = NEW.kind AND part = NEW.part)",
    "object_event": "sequence = NEW.sequence",
    "row_event": "sequence = NEW.sequence",
    "identity": "municipality = NEW.municipality",
}


def upgrade() -> None:
    """Make the tables, and the triggers that forbid to change or delete what was written."""
    _runs()
    _objects()
    _rows()
    for table, same in _SAME.items():
        append_only(table, same)


def _runs() -> None:
    op.create_table(
        "identity",
        sa.Column("municipality", sa.Text, primary_key=True),
        sa.Column("at", sa.Text, nullable=False),
    )
    op.create_table(
        "run",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("delivery", sa.Text, nullable=False),
        sa.Column("test", sa.Boolean, nullable=False),
        sa.Column("reference_time", sa.Text, nullable=False),
        sa.Column("code_version", sa.Text, nullable=False),
        sa.Column("agreement", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
    )
    op.create_table(
        "event",
        sa.Column("sequence", sa.Integer, primary_key=True),
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("part", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
    )
    op.create_index("event_by_kind", "event", ["run", "kind", "part"])
    op.create_table(
        "batch",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("part", sa.Text, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.UniqueConstraint("run", "kind", "part", name="batch_once"),
    )


def _objects() -> None:
    op.create_table(
        "object_event",
        sa.Column("sequence", sa.Integer, primary_key=True),
        sa.Column("batch", sa.Integer, nullable=False),
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("object", sa.Text, nullable=False),
        sa.Column("key", sa.Text),
        sa.Column("reference", sa.Text),
        sa.Column("partition", sa.Text),
        sa.Column("route", sa.Text, nullable=False),
        sa.Column("disposition", sa.Text, nullable=False),
        sa.Column("state", sa.Text),
        sa.Column("version", sa.Integer),
        sa.Column("digest", sa.Text),
        sa.Column("package", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("rule", sa.Text),
        sa.Column("place", sa.Text),
        sa.Column("closed", sa.Boolean),
        sa.Column("parts", sa.LargeBinary),
        sa.Column("documents", sa.Integer, nullable=False),
        sa.Column("records", sa.Integer, nullable=False),
    )
    op.create_index("object_event_by_object", "object_event", ["object", "run"])
    op.create_index("object_event_by_run", "object_event", ["run", "disposition"])
    for name in ("key", "reference"):
        there = sa.text(f"{name} IS NOT NULL")
        op.create_index(f"object_event_by_{name}", "object_event", [name], sqlite_where=there)


def _rows() -> None:
    op.create_table(
        "row_event",
        sa.Column("sequence", sa.Integer, primary_key=True),
        sa.Column("batch", sa.Integer, nullable=False),
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("key", sa.Text),
        sa.Column("route", sa.Text, nullable=False),
        sa.Column("disposition", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("rule", sa.Text),
        sa.Column("place", sa.Text),
    )
    op.create_index("row_event_by_run", "row_event", ["run", "code"])


def append_only(table: str, same: str) -> None:
    """Forbid to change or delete what was written.

    INSERT OR REPLACE would delete without the delete trigger: an insert onto a row that is there
    fails.
    """
    for act in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        )
    there = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608  # the names above
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {there} "
        f"BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
    )
