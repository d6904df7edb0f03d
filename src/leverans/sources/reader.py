"""Takes values out of a read YAML file and collects every fault with its place."""

from collections.abc import Callable
from typing import Any

from leverans.errors import ConfigurationError
from leverans.findings.phrases import phrase
from leverans.formats.yamltext import KeyPath


class Reader:
    """Reads plain YAML data strictly; a fault gives a harmless value and stands in `problems`."""

    def __init__(self, where: Callable[[KeyPath], str]) -> None:
        self.where = where
        self.problems: list[ConfigurationError] = []

    def fault(self, code: str, path: KeyPath, **parameters: str) -> None:
        """Note a fault at the place of `path`."""
        self.problems.append(ConfigurationError(code, self.where(path), (), **parameters))

    def mapping(self, value: Any, path: KeyPath, required: set[str], optional: set[str]) -> dict[str, Any]:
        """Give a mapping with known keys only; unknown and missing ones are noted."""
        if not isinstance(value, dict):
            self.fault("SRC004", path, wanted="{…}")
            return {}
        for key in value:
            if key not in required | optional:
                self.fault("SRC002", (*path, key), key=key)
        for key in sorted(required - value.keys()):
            self.fault("SRC003", path, key=key)
        return {key: item for key, item in value.items() if key in required | optional}

    def text(self, value: Any, path: KeyPath, *, empty: bool = False) -> str:
        """Give a text; an empty one only where `empty` allows it."""
        if isinstance(value, str) and (value or empty):
            return value
        self.fault("SRC004", path, wanted="text")
        return "?"

    def flag(self, value: Any, path: KeyPath) -> bool:
        """Give true or false."""
        if isinstance(value, bool):
            return value
        self.fault("SRC004", path, wanted="true, false")
        return False

    def choice(self, value: Any, path: KeyPath, options: tuple[str, ...]) -> str:
        """Give one of the options."""
        if value in options:
            return str(value)
        self.fault("SRC004", path, wanted=", ".join(options))
        return options[0]

    def names(self, value: Any, path: KeyPath, *, empty: bool = True) -> tuple[str, ...]:
        """Give a list of different texts."""
        fits = isinstance(value, list) and all(isinstance(item, str) and item for item in value)
        if fits and (value or empty) and len(set(value)) == len(value):
            return tuple(value)
        self.fault("SRC004", path, wanted="[text, …]")
        return ()

    def pairs(self, value: Any, path: KeyPath) -> tuple[tuple[str, str], ...]:
        """Give a mapping of texts to texts as pairs, with at least one."""
        if (
            isinstance(value, dict)
            and value
            and all(isinstance(item, str) and item for item in value.values())
        ):
            return tuple(value.items())
        self.fault("SRC004", path, wanted=phrase("{{own column: parent column}}"))
        return ()
