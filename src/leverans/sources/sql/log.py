"""Every different statement that was sent to a database; values are bound, so none stands in it."""

import re
from typing import Any

import sqlalchemy as sa

_SKIPPED = re.compile(
    r"(?: LIMIT (?:-1|18446744073709551615))? OFFSET (?:\?|\d+)(?: ROWS)?(?=$|\) TO STDOUT )"
)
"""How an engine is told to leave out the rows that an interrupted extract has: a value, so not noted."""


class Statements:
    """Keeps statements in the order in which they were first sent."""

    def __init__(self) -> None:
        self._sent: dict[str, None] = {}

    def add(self, statement: str | bytes) -> None:
        """Note a statement."""
        text = statement.decode("utf-8", "replace") if isinstance(statement, bytes) else statement
        self._sent.setdefault(_SKIPPED.sub("", " ".join(text.split())))

    def listen(self, engine: sa.Engine) -> None:
        """Note what SQLAlchemy sends through `engine`."""

        def sent(_c: Any, _cursor: Any, statement: str, _p: Any, _context: Any, _many: Any) -> None:
            self.add(statement)

        sa.event.listen(engine, "before_cursor_execute", sent)

    def all(self) -> tuple[str, ...]:
        """Give all of them."""
        return tuple(self._sent)
