"""A mapping file, what it extends, and a delivery's overlay: one tree in which every place is known."""

import functools
from collections.abc import Callable, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leverans.errors import ConfigurationError
from leverans.formats import yamltext
from leverans.mapping.nodes import NODES

KeyPath = tuple[str | int, ...]
Places = dict[KeyPath, str]
_DEPTH = 8
_ENTITY = 2  # keys down to an entity, and to what stands in it
_BLOCKS = 3
_GROUPS = [
    group
    for name, node in NODES.items()
    if name not in {"check", "archive_rule"}
    for group in (*node.one, *node.exclusive)
]


@dataclass(slots=True)
class Layered:
    """The merged tree; `places` holds ``file:line:col`` of every key and item, `files` what it is made of."""

    name: str
    data: Any
    places: Places = field(repr=False)
    files: tuple[Path, ...] = ()

    def where(self, path: KeyPath = ()) -> str:
        """Give the nearest place at or above `path`."""
        for length in range(len(path), -1, -1):
            place = self.places.get(path[:length])
            if place is not None:
                return place
        return f"{self.name}:1:1"


@dataclass(slots=True)
class Problems:
    """Every fault of one pass, located."""

    tree: Layered
    found: list[ConfigurationError] = field(default_factory=list)
    paths: set[KeyPath] = field(default_factory=set)
    texts: set[str] = field(default_factory=set, repr=False)

    def add(self, code: str, path: KeyPath, /, **parameters: object) -> None:
        """Note a fault at a key path of the tree."""
        self.paths.add(path)
        self.note(code, self.tree.where(path), **parameters)

    def note(self, code: str, where: str, /, **parameters: object) -> None:
        """Note a fault at a place; the same fault at the same place counts once."""
        problem = ConfigurationError(code, where, (), **parameters)
        if len(self.texts) != len(self.found):
            self.texts = {str(other) for other in self.found}
        if str(problem) not in self.texts:
            self.found.append(problem)
            self.texts.add(str(problem))

    def below(self, path: KeyPath) -> bool:
        """Say whether something at or below `path` is broken already."""
        return any(other[: len(path)] == path for other in self.paths)

    def stop(self, code: str) -> None:
        """Raise what was found, in the order of the places.

        Raises:
            ConfigurationError: `code` with all problems, if there is any.
        """
        if self.found:
            problems = tuple(sorted(self.found, key=lambda problem: _order(problem.where)))
            first = problems[0]
            raise ConfigurationError(
                code, self.tree.name, problems, count=len(problems), first=first.text("en")
            )


def read(path: Path, content: Path) -> Layered:
    """Read a mapping file and what it extends.

    Raises:
        ConfigurationError: CFG001, CFG002, or MAP019: files that extend each other.
    """
    return _read(path, content, ())


def room_of(folder: Path, content: Path) -> Path:
    """Give the folder that the files which a mapping names must lie in: the content.

    A mapping may be tried from outside it (``mapping diff --with``): then what lies beside it counts, with
    the other mappings of the content that it is part of, if any.
    """
    real = folder.resolve()
    if real.is_relative_to(content.resolve()):
        return content.resolve()
    return next((above for above in (real, *real.parents) if above.name == "mappings"), real)


def overlaid(base: Layered, overlay: AnyMapping[str, Any], where: Callable[[KeyPath], str] | None) -> Layered:
    """Lay the keys of a delivery over a mapping; maps are merged, everything else is replaced."""
    places: Places = {}
    _walk(overlay, (), places, where or _overlay_place)
    return _merged(base, Layered("overlay", overlay, places), base.name)


def stacked(documents: Sequence[yamltext.Document]) -> Layered:
    """Lay files over each other that are read already, the lowest first; the tree has the last one's name."""
    layers = [_layer(document) for document in documents]
    return functools.reduce(lambda base, over: _merged(base, over, over.name), layers)


def _layer(document: yamltext.Document, *files: Path) -> Layered:
    places = {key: f"{document.name}:{line}:{column}" for key, (line, column) in document.places.items()}
    return Layered(document.name, document.data, places, files)


def _read(path: Path, content: Path, seen: tuple[Path, ...]) -> Layered:
    document = yamltext.load(path, content)
    own = _layer(document, path)
    below = document.data.get("extends") if isinstance(document.data, dict) else None
    if not isinstance(below, str):
        return own
    other = (path.parent / below).resolve()
    if other in (*seen, path.resolve()) or len(seen) >= _DEPTH:
        raise ConfigurationError("MAP019", own.where(("extends",)), file=below)
    if not other.is_relative_to(room_of(path.parent, content)):
        raise ConfigurationError("MAP045", own.where(("extends",)), file=below)
    try:
        base = _read(other, content, (*seen, path.resolve()))
    except ConfigurationError as fault:
        if fault.code != "CFG001":
            raise
        raise ConfigurationError("MAP009", own.where(("extends",)), file=below) from fault
    return _merged(base, own, own.name)


def _merged(base: Layered, over: Layered, name: str) -> Layered:
    places = dict(base.places)
    data = _merge(base.data, over.data, (), places, over.places)
    return Layered(name, data, places, (*base.files, *over.files))


def _merge(base: Any, over: Any, path: KeyPath, places: Places, others: Places) -> Any:
    if isinstance(base, dict) and isinstance(over, AnyMapping):
        merged = {key: value for key, value in base.items() if not _ousted(key, over)}
        for key in base.keys() - merged.keys():
            _forget((*path, key), places)
        for key, value in over.items():
            below = (*path, key)
            if key in merged:
                merged[key] = _merge(base[key], value, below, places, others)
            else:
                merged[key] = value
                places.update({at: place for at, place in others.items() if at[: len(below)] == below})
        if path in others and _says(path, over):
            places[path] = others[path]
        return merged
    _forget(path, places)
    places.update({at: place for at, place in others.items() if at[: len(path)] == path})
    return over


def _says(path: KeyPath, over: AnyMapping[str, Any]) -> bool:
    """Say whether the upper layer says itself what stands here: then its line is the place of it.

    A field, a code table, a join or a rule is said by the last layer that changes it; what only holds such
    blocks (an entity, its `fields`) by the layer that began it.
    """
    if not path or (path[0] == "entities" and len(path) <= _ENTITY):
        return False
    holds = _BLOCKS if path[0] == "entities" else 1
    return len(path) > holds or not all(isinstance(value, AnyMapping) for value in over.values())


def _ousted(key: str, over: AnyMapping[str, Any]) -> bool:
    """Say whether the upper layer has another key of a group of which only one may stand."""
    if key in over:
        return False
    return any(key in group and any(other in over for other in group if other != key) for group in _GROUPS)


def _forget(path: KeyPath, places: Places) -> None:
    for at in [at for at in places if at[: len(path)] == path]:
        del places[at]


def _walk(value: Any, path: KeyPath, places: Places, where: Callable[[KeyPath], str]) -> None:
    places[path] = where(path)
    if isinstance(value, AnyMapping):
        for key, item in value.items():
            _walk(item, (*path, str(key)), places, where)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            _walk(item, (*path, index), places, where)


def _overlay_place(path: KeyPath) -> str:
    return ":".join(["overlay", ".".join(map(str, path))]) if path else "overlay"


def _order(where: str) -> tuple[str, int, int]:
    pieces = where.rsplit(":", 2)
    if len(pieces) == 3 and pieces[1].isdigit() and pieces[2].isdigit():
        return pieces[0], int(pieces[1]), int(pieces[2])
    return where, 0, 0
