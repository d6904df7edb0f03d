"""What people decide, and the audit log.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

from leverans.ledger.migrations.versions.r0001_first import append_only

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SAME = {
    "audit": "position = NEW.position",
    "decision": "number = NEW.number OR id = NEW.id",
    "decision_item": "sequence = NEW.sequence",
}


def upgrade() -> None:
    """Make the tables, and the triggers that forbid to change or delete what was written."""
    op.create_table(
        "audit",
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("entry", sa.Text, nullable=False),
        sa.Column("leaf", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "decision",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("delivery", sa.Text, nullable=False),
        sa.Column("test", sa.Boolean, nullable=False),
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("selection", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
    )
    op.create_index("decision_by_delivery", "decision", ["delivery", "test"])
    op.create_table(
        "decision_item",
        sa.Column("sequence", sa.Integer, primary_key=True),
        sa.Column("decision", sa.Integer, nullable=False),
        sa.Column("object", sa.Text),
        sa.Column("stream", sa.Text),
        sa.Column("key", sa.Text),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("rule", sa.Text),
    )
    op.create_index("decision_item_by_object", "decision_item", ["object"])
    op.create_index("decision_item_by_decision", "decision_item", ["decision"])
    for table, same in _SAME.items():
        append_only(table, same)
