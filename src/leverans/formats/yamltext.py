"""YAML 1.2 with places: every value knows its line and column, so that every message can name them.

YAML 1.1 would read ``no`` as False, ``0123`` as 83 and ``12:30`` as 750; version 1.2 does not.
"""

from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from leverans.errors import ConfigurationError

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A read YAML file.

    Attributes:
        name: how messages call the file: its path relative to the content root.
        data: plain dicts, lists and scalars.
        places: (line, column), both from 1, of the key or item at each path.
    """

    name: str
    data: Any
    places: dict[KeyPath, tuple[int, int]] = field(default_factory=dict, repr=False)

    def where(self, path: KeyPath = ()) -> str:
        """Give ``file:line:column`` of the nearest place at or above `path`."""
        for length in range(len(path), -1, -1):
            place = self.places.get(path[:length])
            if place is not None:
                return f"{self.name}:{place[0]}:{place[1]}"
        return f"{self.name}:1:1"

    def line(self, path: KeyPath = ()) -> int:
        """Give the line of the nearest place at or above `path`."""
        return int(self.where(path).rsplit(":", 2)[1])


def load(path: Path, root: Path | None = None) -> Document:
    """Read one YAML file.

    Args:
        path: the file.
        root: the folder that messages name the file relative to.

    Raises:
        ConfigurationError: CFG001 no such file, CFG002 no UTF-8 YAML, or a key stands twice (located).
    """
    name = _name(path, root)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigurationError("CFG001", name) from None
    except (OSError, UnicodeDecodeError) as fault:
        raise ConfigurationError("CFG002", name, reason=type(fault).__name__) from fault
    return parse(text, name)


def parse(text: str, name: str) -> Document:
    """Read YAML from text; see `load`."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        tree = YAML(typ="rt").load(StringIO(text))
    except MarkedYAMLError as fault:
        mark = fault.problem_mark
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        raise ConfigurationError("CFG002", where, reason=str(fault.problem)) from fault
    except YAMLError as fault:
        raise ConfigurationError("CFG002", name, reason=str(fault)[:200]) from fault
    places: dict[KeyPath, tuple[int, int]] = {(): (1, 1)}
    return Document(name, _plain(tree, (), places), places)


def _name(path: Path, root: Path | None) -> str:
    if root is not None and path.is_relative_to(root):
        return path.relative_to(root).as_posix()
    return path.name


def _plain(node: Any, path: KeyPath, places: dict[KeyPath, tuple[int, int]]) -> Any:
    marks: Any = getattr(node, "lc", None)
    if isinstance(node, dict):
        for key in node:
            line, column = marks.key(key)
            places[(*path, _key(key))] = (line + 1, column + 1)
        return {_key(key): _plain(value, (*path, _key(key)), places) for key, value in node.items()}
    if isinstance(node, list):
        for index in range(len(node)):
            line, column = marks.item(index)
            places[(*path, index)] = (line + 1, column + 1)
        return [_plain(value, (*path, index), places) for index, value in enumerate(node)]
    return _scalar(node)


def _key(key: Any) -> str:
    return str(key)


def _scalar(value: Any) -> Any:
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value
