"""Typed reading of YAML: every fault of the pass is collected, each with its place."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from leverans.errors import ConfigurationError
from leverans.formats.yamltext import Document, KeyPath

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Node:
    """One value of a file, with its place and the faults found so far in the whole pass.

    What is missing or of the wrong kind is noted and stands in for itself as an empty value, so that
    reading goes on and finds the other faults.
    """

    def __init__(
        self, document: Document, path: KeyPath, data: Any, problems: list[ConfigurationError]
    ) -> None:
        self._document = document
        self.path = path
        self.data = data
        self.problems = problems

    @classmethod
    def top(cls, document: Document, problems: list[ConfigurationError]) -> "Node":
        """Give the whole file; one that is empty is a fault."""
        node = cls(document, (), document.data, problems)
        if not node.given:
            node.fault("REG004", expected="nycklar / keys")
        return node

    @property
    def where(self) -> str:
        """``file:line:column``."""
        return self._document.where(self.path)

    @property
    def given(self) -> bool:
        """There is a value."""
        return self.data is not None

    def place(self, *path: str | int) -> str:
        """Give ``file:line:column`` of something below."""
        return self._document.where((*self.path, *path))

    def fault(self, code: str, **parameters: object) -> None:
        """Note a fault here."""
        self.problems.append(ConfigurationError(code, self.where, (), **parameters))

    def keys(self, required: Sequence[str], optional: Sequence[str] = ()) -> None:
        """Demand a map with these keys and no others; one that is absent was demanded, or not, above it."""
        if not self.given:
            return
        data = self._map()
        for key in required:
            if data.get(key) is None:
                self.fault("REG002", key=key)
        for key in data:
            if key not in required and key not in optional:
                self.at(key).fault("REG003", key=key, known=", ".join([*required, *optional]))

    def at(self, key: str) -> "Node":
        """Give the value of a key."""
        return Node(self._document, (*self.path, key), self._map().get(key), self.problems)

    def items(self) -> Iterator["Node"]:
        """Yield the items of a list; none when it is absent."""
        if not self.given:
            return
        if not isinstance(self.data, list):
            self.fault("REG004", expected="lista / list")
            return
        for at, item in enumerate(self.data):
            yield Node(self._document, (*self.path, at), item, self.problems)

    def entries(self) -> Iterator[tuple[str, "Node"]]:
        """Yield the keys and values of a map; none when it is absent."""
        for key in self._map():
            yield key, self.at(key)

    def text(self) -> str:
        """Read a text that is not empty."""
        if not self.given:
            return ""
        if not isinstance(self.data, str) or not self.data.strip():
            self.fault("REG004", expected="text")
            return ""
        return self.data

    def texts(self) -> tuple[str, ...]:
        """Read a list of texts."""
        return tuple(item.text() for item in self.items())

    def choice(self, *words: str) -> str:
        """Read one of `words`."""
        if self.given and self.data not in words:
            self.fault("REG004", expected=" | ".join(words))
        return self.data if self.data in words else words[0]

    def truth(self) -> bool:
        """Read ``true`` or ``false``."""
        if self.given and not isinstance(self.data, bool):
            self.fault("REG004", expected="true | false")
        return self.data is True

    def day(self) -> date | None:
        """Read a day, ``1996-01-01``."""
        if not self.given:
            return None
        try:
            if isinstance(self.data, str) and _DAY.fullmatch(self.data):
                return date.fromisoformat(self.data)
        except ValueError:
            pass
        self.fault("REG004", expected="YYYY-MM-DD")
        return None

    def _map(self) -> dict[str, Any]:
        if isinstance(self.data, dict):
            return self.data
        if self.given:
            self.fault("REG004", expected="nycklar / keys")
            self.data = None
        return {}
