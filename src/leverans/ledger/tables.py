"""The ledger's tables: all append-only; states are derived by queries.

The migrations make them; a test holds the two equal.
"""

import sqlalchemy as sa

metadata = sa.MetaData()

run = sa.Table(
    "run",
    metadata,
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

event = sa.Table(
    "event",
    metadata,
    sa.Column("sequence", sa.Integer, primary_key=True),
    sa.Column("run", sa.Integer, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("part", sa.Text, nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Index("event_by_kind", "run", "kind", "part"),
)

batch = sa.Table(
    "batch",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("run", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("part", sa.Text, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.UniqueConstraint("run", "kind", "part", name="batch_once"),
)

object_event = sa.Table(
    "object_event",
    metadata,
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
    sa.Column("inventory", sa.Text),
    sa.Index("object_event_by_object", "object", "run"),
    sa.Index("object_event_by_run", "run", "disposition"),
    sa.Index("object_event_by_key", "key", sqlite_where=sa.text("key IS NOT NULL")),
    sa.Index("object_event_by_reference", "reference", sqlite_where=sa.text("reference IS NOT NULL")),
)

row_event = sa.Table(
    "row_event",
    metadata,
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
    sa.Index("row_event_by_run", "run", "code"),
)

identity = sa.Table(
    "identity",
    metadata,
    sa.Column("municipality", sa.Text, primary_key=True),
    sa.Column("at", sa.Text, nullable=False),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("entry", sa.Text, nullable=False),
    sa.Column("leaf", sa.LargeBinary, nullable=False),
)

decision = sa.Table(
    "decision",
    metadata,
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
    sa.Index("decision_by_delivery", "delivery", "test"),
)

decision_item = sa.Table(
    "decision_item",
    metadata,
    sa.Column("sequence", sa.Integer, primary_key=True),
    sa.Column("decision", sa.Integer, nullable=False),
    sa.Column("object", sa.Text),
    sa.Column("stream", sa.Text),
    sa.Column("key", sa.Text),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("rule", sa.Text),
    sa.Index("decision_item_by_object", "object"),
    sa.Index("decision_item_by_decision", "decision"),
)
