"""From a location to the engine that reads it."""

from pathlib import Path

from leverans.sources.access import Access
from leverans.sources.sql.engine import SqlEngine


def engine_of(source: str, location: str, path: Path, access: Access) -> SqlEngine:  # noqa: ARG001
    """Make the engine of a location: by its address, else by the file."""
    from leverans.sources.sql.sqlite import SqliteEngine

    return SqliteEngine(source, path)
