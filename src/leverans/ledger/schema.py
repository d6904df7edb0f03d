"""Brings a ledger file to the version of the code; quick when it is there already."""

from pathlib import Path

import sqlalchemy as sa

from leverans.errors import ConfigurationError
from leverans.ledger.engine import Engine

HEAD = "0004"
MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(engine: Engine) -> bool:
    """Run the migrations that are missing, all in one transaction; say whether there were any.

    Raises:
        ConfigurationError: LED004, the file was written by a newer version of the software.
    """
    with engine.read() as connection:
        if version(connection) == HEAD:
            return False
    with engine.write("migrate", durable=True) as connection:
        _migrate(connection, engine.path.name)
    return True


def version(connection: sa.Connection) -> str | None:
    """Give the version of the file, None for an empty one; without importing alembic (0.3 s)."""
    there = connection.exec_driver_sql(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
    ).first()
    if there is None:
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if found is None else str(found)


def _migrate(connection: sa.Connection, name: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", MIGRATIONS.as_posix().replace("%", "%%"))
    config.attributes["connection"] = connection
    found = version(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise ConfigurationError("LED004", name, found=found, known=HEAD)
    command.upgrade(config, "head")
