"""Names of a source in SQL: always quoted, never built into text by hand."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import quoted_name


def table(name: str) -> sa.TableClause:
    """Give a table by its exact name."""
    return sa.table(quoted_name(name, quote=True))


def column(name: str) -> sa.ColumnClause[Any]:
    """Give a column by its exact name."""
    return sa.column(quoted_name(name, quote=True))
