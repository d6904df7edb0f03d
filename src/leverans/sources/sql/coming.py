"""Small values fetched some at a time, in the order in which a batch has them.

A question for each value costs more than the value where it is small: a server answers for sixteen in the
time of three.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence

from leverans.sources.contract import Document
from leverans.sources.sql.reading import Token

TOGETHER = 16
"""How many values are asked for at once."""

LARGEST = 512 << 10
"""Bytes of the largest value that comes with others."""

Place = tuple[str, str]
"""Table and column."""

Fetch = Callable[[Sequence[str]], Mapping[str, bytes]]
"""Gives the values that are small by their locators."""


class Coming:
    """Knows which values will be opened next; keeps at most `TOGETHER` of them in memory."""

    def __init__(self) -> None:
        self._waiting: dict[Place, deque[str]] = {}
        self._here: dict[tuple[Place, str], bytes] = {}

    def expect(self, documents: Iterable[Document]) -> None:
        """Forget what was expected before; these documents come, column by column in their order."""
        self._waiting, self._here = {}, {}
        for document in documents:
            if isinstance(document.token, Token) and isinstance(document.token.locator, str):
                place = (document.token.table, document.token.column)
                self._waiting.setdefault(place, deque()).append(document.token.locator)

    def take(self, place: Place, locator: str, fetch: Fetch) -> bytes | None:
        """Give a value, or None where it was not expected now or is not small.

        Args:
            place: its table and column.
            locator: its row.
            fetch: is asked for this value and the next ones.
        """
        found = self._here.pop((place, locator), None)
        if found is not None:
            return found
        waiting = self._waiting.get(place, deque())
        if not waiting or waiting[0] != locator:
            return None
        part = [waiting.popleft() for _ in range(min(TOGETHER, len(waiting)))]
        self._here = {(place, one): value for one, value in fetch(part).items()}
        return self._here.pop((place, locator), None)
