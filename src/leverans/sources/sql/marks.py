"""Marks of what a database holds, for resuming only: another one as soon as kept rows were written to."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import sqlalchemy as sa

from leverans.sources.sql.engine import TableFacts
from leverans.sources.sql.naming import column, table

_COUNTER = slice(24, 28)
_VALID_FOR = slice(92, 100)
_WAL_HEAD = 32


def of_file(path: Path) -> str:
    """Give the mark of a SQLite file ("Database File Format", 1.3.7 and 4.1) and of the log beside it.

    Every commit moves the file's change counter, or, in write-ahead mode, the log's size and time; a log that
    begins anew has other salts. Read before the snapshot begins, it is never newer than what is read.
    """
    told = []
    for place in (path, path.with_name(path.name + "-wal")):
        try:
            found = place.stat()
            with place.open("rb") as file:
                head = file.read(100)
        except OSError:
            told.append("-")
            continue
        part = head[_COUNTER] + head[_VALID_FOR] if place is path else head[:_WAL_HEAD]
        told.append(f"{found.st_ino} {found.st_size} {found.st_mtime_ns} {part.hex()}")
    return "; ".join(told)


def of_versions(connection: sa.Connection, places: Sequence[str]) -> str:
    """Give the mark of PostgreSQL tables: who wrote each version of a row, and where it lies.

    An update makes a new version, whatever it changes; values are not looked at.
    """
    told = []
    for place in places:
        written: sa.ColumnElement[int] = sa.literal_column(
            "pg_catalog.hashtext(ctid::text || ' ' || xmin::text)::bigint"
        )
        query = sa.select(sa.func.count(), sa.func.sum(written), sa.func.sum(_XMIN))
        told.append(connection.execute(query.select_from(cast("sa.FromClause", sa.text(place)))).one())
    return "; ".join(" ".join(map(str, row)) for row in told)


_XMIN: sa.ColumnElement[int] = sa.literal_column("xmin::text::bigint")


def of_values(connection: sa.Connection, tables: Sequence[TableFacts]) -> str:
    """Give the mark of MariaDB tables: a CRC-32 of every value, put together row by row.

    The server keeps no account of who wrote what that survives its own restart, so values are looked at.
    """
    told = []
    for facts in tables:
        cells = [
            sa.func.coalesce(sa.func.crc32(_whole(item.name, item.source_type)), _NOTHING)
            for item in facts.columns
        ]
        row = sa.func.crc32(sa.func.concat_ws(_COMMA, *cells))
        query = sa.select(sa.func.count(), sa.func.sum(row), sa.func.bit_xor(row)).select_from(
            table(facts.name)
        )
        told.append(connection.execute(query).one())
    return "; ".join(" ".join(map(str, row)) for row in told)


_COMMA: sa.ColumnElement[str] = sa.literal_column("','")
_NOTHING: sa.ColumnElement[str] = sa.literal_column("'-'")


def _whole(name: str, source_type: str) -> sa.ColumnElement[object]:
    """A float as text has six digits; as a double it has all of its own."""
    told = column(name)
    return told + sa.literal_column("0E0") if source_type.startswith("float") else told
