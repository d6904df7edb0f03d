"""Runs the migrations on the connection that `leverans.ledger.schema` hands over, inside its transaction."""

from alembic import context

from leverans.ledger.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,
)
context.run_migrations()
