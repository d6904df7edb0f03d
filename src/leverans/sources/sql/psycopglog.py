"""A PostgreSQL connection that notes every statement it sends."""

from typing import Any

import psycopg

from leverans.sources.sql.log import Statements


def noting(sent: Statements) -> type[psycopg.Cursor[Any]]:
    """Give the class of cursors that note what they execute or copy."""

    class Noting(psycopg.Cursor[Any]):
        def execute(self, query: Any, *args: Any, **more: Any) -> Any:
            sent.add(_text(query, self))
            return super().execute(query, *args, **more)

        def copy(self, statement: Any, *args: Any, **more: Any) -> Any:
            sent.add(_text(statement, self))
            return super().copy(statement, *args, **more)

    return Noting


def _text(query: Any, cursor: Any) -> str:
    if isinstance(query, psycopg.sql.Composable):
        return query.as_string(cursor)
    return query.decode("utf-8", "replace") if isinstance(query, bytes) else str(query)
