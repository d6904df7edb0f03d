"""YAML 1.2 with places: every value knows its line and column, so that every message can name them.

YAML 1.1 would read ``no`` as False, ``0123`` as 83 and ``12:30`` as 750; version 1.2 does not. Only maps,
lists, text, true/false, null and numbers are read: dates stay text, and so does a number with leading zeros.
"""

import re
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any, NoReturn

from leverans.errors import ConfigurationError

KeyPath = tuple[str | int, ...]

_CORE = "tag:yaml.org,2002:"
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]*)?(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_DIRECTIVE = re.compile(r"^%YAML\s+(?!1\.2\s*$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Document:
    """A read YAML file.

    Attributes:
        name: how messages call the file: its path relative to the content root.
        data: plain dicts (with text keys), lists, text, bool, int, float and None.
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
        ConfigurationError: CFG001 no such file, CFG002 no UTF-8 YAML 1.2, a key that stands twice, a tag or
            merge key, an alias inside itself (located; keys that stand twice are all listed in `problems`).
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

    if _DIRECTIVE.search(text):
        raise ConfigurationError("CFG002", f"{name}:1:1", reason="%YAML ≠ 1.2")
    try:
        tree = YAML(typ="safe", pure=True).compose(StringIO(text))
    except MarkedYAMLError as fault:
        mark = fault.problem_mark
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        raise ConfigurationError("CFG002", where, reason=str(fault.problem)) from fault
    except YAMLError as fault:
        raise ConfigurationError("CFG002", name, reason=str(fault)[:200]) from fault
    except RecursionError:
        raise ConfigurationError("CFG002", name, reason="nested too deep") from None
    return _Reader(name).read(tree)


def _name(path: Path, root: Path | None) -> str:
    if root is not None and path.is_relative_to(root):
        return path.relative_to(root).as_posix()
    return path.name


class _Reader:
    """Turns the composed nodes of one file into plain data and places."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._places: dict[KeyPath, tuple[int, int]] = {(): (1, 1)}
        self._twice: list[ConfigurationError] = []
        self._open: set[int] = set()

    def read(self, tree: Any) -> Document:
        data = None if tree is None else self._node(tree, ())
        if self._twice:
            first = self._twice[0]
            problems = tuple(self._twice) if len(self._twice) > 1 else ()
            raise ConfigurationError("CFG002", first.where, problems, **first.parameters)
        return Document(self._name, data, self._places)

    def _node(self, node: Any, path: KeyPath) -> Any:
        tag = str(node.tag or "")
        if id(node) in self._open:
            self._refuse(node, "alias inside itself")
        if isinstance(node.value, str):
            return self._scalar(node, tag)
        if tag not in {_CORE + "map", _CORE + "seq"}:
            self._refuse(node, f"tag {tag.removeprefix(_CORE)}")
        self._open.add(id(node))
        try:
            return self._map(node, path) if tag == _CORE + "map" else self._list(node, path)
        finally:
            self._open.discard(id(node))

    def _map(self, node: Any, path: KeyPath) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key.value, str) or key.tag == _CORE + "merge":
                self._refuse(key, "key is no text")
            here = (*path, key.value)
            if key.value in data:
                self._twice.append(self._fault(key, f"duplicate key {key.value!r}"))
                continue
            self._places[here] = (key.start_mark.line + 1, key.start_mark.column + 1)
            data[key.value] = self._node(value, here)
        return data

    def _list(self, node: Any, path: KeyPath) -> list[Any]:
        for index, item in enumerate(node.value):
            self._places[(*path, index)] = (item.start_mark.line + 1, item.start_mark.column + 1)
        return [self._node(item, (*path, index)) for index, item in enumerate(node.value)]

    def _scalar(self, node: Any, tag: str) -> Any:
        if tag == _CORE + "str":
            return str(node.value)
        if node.style or tag not in {
            _CORE + kind for kind in ("null", "bool", "int", "float", "timestamp", "value")
        }:
            self._refuse(node, f"tag {tag.removeprefix(_CORE)}")
        return _plain(node.value)

    def _refuse(self, node: Any, reason: str) -> NoReturn:
        raise self._fault(node, reason)

    def _fault(self, node: Any, reason: str) -> ConfigurationError:
        mark = node.start_mark
        return ConfigurationError("CFG002", f"{self._name}:{mark.line + 1}:{mark.column + 1}", reason=reason)


def _plain(text: str) -> str | bool | int | float | None:
    """Resolve an unquoted scalar (YAML 1.2.2, section 10.3, without octal, hexadecimal, .inf and .nan)."""
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if any(sign.isdigit() for sign in text) and _FLOAT.fullmatch(text):
        return float(text)
    return text
