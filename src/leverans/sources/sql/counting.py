"""Rows and NULLs counted by SQL's own aggregates."""

from collections.abc import Mapping

import sqlalchemy as sa

from leverans.sources.sql.naming import column

_AT_ONCE = 200


def counts(
    connection: sa.Connection, source: sa.FromClause, columns: tuple[str, ...]
) -> tuple[int, Mapping[str, int]]:
    """Count the rows of a table, and the NULLs of some columns, a few hundred at a time."""
    rows, nulls = 0, {}
    for start in range(0, max(len(columns), 1), _AT_ONCE):
        part = columns[start : start + _AT_ONCE]
        measures = [sa.func.count(), *(sa.func.count(column(name)) for name in part)]
        row = connection.execute(sa.select(*measures).select_from(source)).one()
        rows = int(row[0])
        nulls.update({name: rows - int(filled) for name, filled in zip(part, row[1:], strict=True)})
    return rows, nulls
