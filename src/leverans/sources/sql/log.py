"""Every different statement that was sent to a database; values are bound, so none stands in it."""

from typing import Any

import sqlalchemy as sa


class Statements:
    """Keeps statements in the order in which they were first sent."""

    def __init__(self) -> None:
        self._sent: dict[str, None] = {}

    def add(self, statement: str | bytes) -> None:
        """Note a statement."""
        text = statement.decode("utf-8", "replace") if isinstance(statement, bytes) else statement
        self._sent.setdefault(" ".join(text.split()))

    def listen(self, engine: sa.Engine) -> None:
        """Note what SQLAlchemy sends through `engine`."""

        def sent(_c: Any, _cursor: Any, statement: str, _p: Any, _context: Any, _many: Any) -> None:
            self.add(statement)

        sa.event.listen(engine, "before_cursor_execute", sent)

    def all(self) -> tuple[str, ...]:
        """Give all of them."""
        return tuple(self._sent)
