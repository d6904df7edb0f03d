"""YAML 1.2 with places: every value knows its line and column, so that every message can name them.

YAML 1.1 would read ``no`` as False, ``0123`` as 83 and ``12:30`` as 750; version 1.2 does not. Only maps,
lists, text, true/false, null and numbers are read: dates stay text, and so does a number with leading zeros,
a sign ``+`` or a digit grouping. A number with decimals or an exponent remembers how it is written
(`Written`). Words that other readers take for true, false or null are refused unless they are written so.
"""

import re
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any, NoReturn

from leverans.errors import ConfigurationError
from leverans.findings.phrases import Phrase, phrase

KeyPath = tuple[str | int, ...]

_CORE = "tag:yaml.org,2002:"
_NULL = frozenset({"", "~", "null"})
_BOOL = {"true": True, "false": False}
_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]*)?(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_SIGNED = re.compile(r"[-+]?[0-9]+")
_DIRECTIVE = re.compile(r"^%YAML\s+(?!1\.2\s*$)", re.MULTILINE)
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff]"
)
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_DEPTH = 64
_TOLD = {
    "a colon does not fit here: write a text that holds one in quotes": ("mapping values", "expected ':'"),
    "a text in quotes, or a bracket, is not closed": ("end of stream", "unclosed", "or ']'", "or '}'"),
    "a tab, or another sign that no value can begin with": ("cannot start any token",),
    "an anchor that is not there": ("undefined alias",),
    "more than one document": ("another document",),
    "an indentation, comma or bracket does not fit here": ("expected", "block", "indent"),
}
"""Pieces of `leverans.findings.phrases`, and what the reader's own words for them hold."""


class Written(float):
    """A number with decimals or an exponent that remembers how it is written: ``1.10`` is not ``1.1``."""

    text: str


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
        data = path.read_bytes()
    except FileNotFoundError:
        raise ConfigurationError("CFG001", name) from None
    except OSError as fault:
        why = fault.strerror or type(fault).__name__
        reason = phrase("the file cannot be opened ({why})", why=why)
        raise ConfigurationError("CFG002", name, reason=reason) from fault
    return parse(_decoded(data, name), name)


def parse(text: str, name: str) -> Document:
    """Read YAML from text; see `load`."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    _refuse_unseen(text, name)
    if _DIRECTIVE.search(text):
        raise ConfigurationError("CFG002", f"{name}:1:1", reason="%YAML ≠ 1.2")
    try:
        return _Reader(name).read(YAML(typ="safe", pure=True).compose(StringIO(text)))
    except MarkedYAMLError as fault:
        mark = fault.problem_mark
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else f"{name}:1:1"
        raise ConfigurationError("CFG002", where, reason=_told(str(fault.problem))) from fault
    except YAMLError as fault:
        raise ConfigurationError("CFG002", f"{name}:1:1", reason=phrase("not understood")) from fault
    except RecursionError:
        reason = phrase("blocks within each other deeper than {depth} levels", depth=_DEPTH)
        raise ConfigurationError("CFG002", _too_deep(text, name), reason=reason) from None


def _told(problem: str) -> Phrase:
    """Give what the reader found in words of our own."""
    return phrase(
        next(
            (piece for piece, held in _TOLD.items() if any(one in problem for one in held)), "not understood"
        )
    )


def _decoded(data: bytes, name: str) -> str:
    """Give the text of a file; CFG002 with the place of the first byte that is no UTF-8."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"} or data[:4] == b"\x00\x00\xfe\xff":
        raise ConfigurationError("CFG002", f"{name}:1:1", reason=phrase("UTF-16 or UTF-32, not UTF-8"))
    try:
        return data.decode("utf-8").replace("\r\n", "\n").removeprefix("\ufeff")
    except UnicodeDecodeError as fault:
        before = data[: fault.start].decode("utf-8").replace("\r\n", "\n").removeprefix("\ufeff")
        reason = phrase("another encoding than UTF-8")
        raise ConfigurationError("CFG002", _place(before, len(before), name), reason=reason) from None


def _refuse_unseen(text: str, name: str) -> None:
    """Refuse characters that nobody sees and that change what is read: control and direction marks."""
    found = _UNSEEN.search(text)
    if found is not None:
        raise ConfigurationError("CFG002", _place(text, found.start(), name), reason=_unseen(found[0]))


def _unseen(character: str) -> Phrase:
    told = f"U+{ord(character):04X}"
    return phrase("the character {character} is not seen and changes what is read", character=told)


def _place(text: str, at: int, name: str) -> str:
    line = text.count("\n", 0, at) + 1
    return f"{name}:{line}:{at - (text.rfind(chr(10), 0, at) + 1) + 1}"


def _too_deep(text: str, name: str) -> str:
    """Give the place where blocks lie deeper within each other than is read."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    depth = 0
    try:
        for event in YAML(typ="safe", pure=True).parse(StringIO(text)):
            kind = type(event).__name__
            depth += kind in {"MappingStartEvent", "SequenceStartEvent"}
            depth -= kind in {"MappingEndEvent", "SequenceEndEvent"}
            if depth > _DEPTH:
                return f"{name}:{event.start_mark.line + 1}:{event.start_mark.column + 1}"
    except (YAMLError, RecursionError):
        pass
    return f"{name}:1:1"


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
            self._refuse(node, phrase("a reference within itself"))
        if isinstance(node.value, str):
            return self._scalar(node, tag)
        if tag not in {_CORE + "map", _CORE + "seq"}:
            self._refuse(node, _mark(tag))
        if len(self._open) >= _DEPTH:
            self._refuse(node, phrase("blocks within each other deeper than {depth} levels", depth=_DEPTH))
        self._open.add(id(node))
        try:
            return self._map(node, path) if tag == _CORE + "map" else self._list(node, path)
        finally:
            self._open.discard(id(node))

    def _map(self, node: Any, path: KeyPath) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key.value, str) or key.tag == _CORE + "merge":
                self._refuse(key, phrase("a key that is no text"))
            self._seen(key)
            here = (*path, key.value)
            if key.value in data:
                self._twice.append(self._fault(key, phrase("the key {key} stands twice", key=key.value)))
                continue
            self._places[here] = (key.start_mark.line + 1, key.start_mark.column + 1)
            data[key.value] = self._node(value, here)
        return data

    def _list(self, node: Any, path: KeyPath) -> list[Any]:
        for index, item in enumerate(node.value):
            self._places[(*path, index)] = (item.start_mark.line + 1, item.start_mark.column + 1)
        return [self._node(item, (*path, index)) for index, item in enumerate(node.value)]

    def _scalar(self, node: Any, tag: str) -> Any:
        self._seen(node)
        if tag == _CORE + "str":
            return str(node.value)
        if node.style or tag not in {
            _CORE + kind for kind in ("null", "bool", "int", "float", "timestamp", "value")
        }:
            self._refuse(node, _mark(tag))
        meant = node.value.lower()
        if meant in {"true", "false", "null"} and node.value != meant:
            reason = (
                '{written} reads as {meant} in small letters only: write {meant}, or "{written}" for the text'
            )
            self._refuse(node, phrase(reason, written=node.value, meant=meant))
        return _plain(node.value)

    def _seen(self, node: Any) -> None:
        """Refuse direction marks that an escape in quotes makes."""
        found = _TURNING.search(node.value)
        if found is not None:
            self._refuse(node, _unseen(found[0]))

    def _refuse(self, node: Any, reason: Phrase) -> NoReturn:
        raise self._fault(node, reason)

    def _fault(self, node: Any, reason: Phrase) -> ConfigurationError:
        mark = node.start_mark
        return ConfigurationError("CFG002", f"{self._name}:{mark.line + 1}:{mark.column + 1}", reason=reason)


def _mark(tag: str) -> Phrase:
    return phrase("the mark {tag} is not used here", tag=tag.removeprefix(_CORE))


def _plain(text: str) -> str | bool | int | float | None:
    """Resolve an unquoted scalar: YAML 1.2.2, section 10.3, where one spelling has one meaning.

    Octal, hexadecimal, ``.inf``, ``.nan``, ``+1`` and ``-0`` are text.
    """
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if any(sign.isdigit() for sign in text) and not _SIGNED.fullmatch(text) and _FLOAT.fullmatch(text):
        number = Written(text)
        number.text = text
        return number
    return text
