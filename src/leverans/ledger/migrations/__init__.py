"""Alembic migrations of the ledger, run by `leverans.ledger.schema`."""
