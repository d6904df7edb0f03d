"""Holds a tree against the grammar: keys, kinds of values, keys that exclude each other."""

import re
from typing import Any

from leverans.findings.phrases import phrase
from leverans.formats.yamltext import Written
from leverans.mapping.grammar import Node, Type
from leverans.mapping.layers import KeyPath, Problems
from leverans.mapping.nodes import NODES

_WORD = re.compile(r"[\w-]+(?:\.[\w-]+)*")
_SAID = re.compile(r"[^\W\d_].*[^\W\d_]", re.DOTALL)
_SCALARS = (str, int, float, bool)


def check_structure(data: Any, problems: Problems) -> None:
    """Note every place where the tree is not what the grammar says (MAP001 to MAP005)."""
    check_node(NODES["mapping"], data, (), problems)


def check_node(node: Node, data: Any, path: KeyPath, problems: Problems) -> None:
    """Note every place where a block is not what its node says."""
    if not isinstance(data, dict):
        problems.add("MAP003", path, expected=phrase("a block of keys"))
        return
    for key, value in data.items():
        entry = node.keys.get(key)
        if entry is None:
            problems.add("MAP001", (*path, key), key=key, allowed=", ".join(node.keys))
        else:
            _check(entry.type, value, (*path, key), problems)
            if entry.todo:
                _undecided(value, (*path, key), problems)
    for key, entry in node.keys.items():
        if entry.required and key not in data:
            problems.add("MAP002", path, key=key)
    for group in node.exclusive:
        _at_most_one(group, data, path, problems)
    for group in node.one:
        if not any(key in data for key in group):
            problems.add("MAP002", path, key=" | ".join(group))
        _at_most_one(group, data, path, problems)


def _undecided(value: Any, path: KeyPath, problems: Problems) -> None:
    """Note MAP049 for each column that is still to be decided on."""
    table = f"{path[-2]}." if path[-1] == "columns" else ""
    for name in value if isinstance(value, dict) else ():
        problems.add("MAP049", (*path, name), name=f"{table}{name}")


def _at_most_one(group: tuple[str, ...], data: dict[str, Any], path: KeyPath, problems: Problems) -> None:
    present = [key for key in data if key in group]
    for key in present[1:]:
        problems.add("MAP005", (*path, key), key=key, other=present[0])


def _check(kind: Type, value: Any, path: KeyPath, problems: Problems) -> None:
    match kind.shape:
        case "node":
            check_node(NODES[kind.node], value, path, problems)
        case "list":
            _check_list(kind, value, path, problems)
        case "map":
            _check_map(kind, value, path, problems)
        case "either":
            _check(_fitting(kind, value), value, path, problems)
        case "one_of":
            word = "null" if value is None else value  # YAML reads the word null as no value
            if isinstance(word, bool) or word not in kind.choices:
                problems.add("MAP004", path, allowed=", ".join(kind.choices))
        case _:
            if not _is_scalar(kind, value):
                problems.add("MAP003", path, expected=kind.describe())


def _check_list(kind: Type, value: Any, path: KeyPath, problems: Problems) -> None:
    if not isinstance(value, list) or not value:
        problems.add("MAP003", path, expected=phrase("a {inner}, not empty", inner=kind.describe()))
        return
    for index, item in enumerate(value):
        if kind.once and item in value[:index]:
            problems.add("MAP044", (*path, index), name=item)
        _check(kind.inner[0], item, (*path, index), problems)


def _check_map(kind: Type, value: Any, path: KeyPath, problems: Problems) -> None:
    if not isinstance(value, dict):
        problems.add("MAP003", path, expected=kind.describe())
        return
    named = dict(kind.named)
    for key, item in value.items():
        if key in named:
            check_node(NODES[named[key]], item, (*path, key), problems)
        else:
            _check(kind.inner[0], item, (*path, key), problems)


def _fitting(kind: Type, value: Any) -> Type:
    """Choose the alternative that the value's shape points at, so that its own faults are told."""
    wanted = "node" if isinstance(value, dict) else "list" if isinstance(value, list) else ""
    for alternative in kind.inner:
        if alternative.shape == wanted or (not wanted and alternative.shape not in {"node", "list"}):
            return alternative
    return kind.inner[0]


def _is_scalar(kind: Type, value: Any) -> bool:
    match kind.shape:
        case "text" | "said":
            return isinstance(value, str) and bool(_SAID.search(value) if kind.shape == "said" else value)
        case "word":
            return isinstance(value, str) and _WORD.fullmatch(value) is not None
        case "bool":
            return isinstance(value, bool)
        case "int":
            return isinstance(value, int) and not isinstance(value, bool)
        case "scalar":
            return isinstance(value, _SCALARS) or (value is None and "null" in kind.choices)
        case _:
            return True


def spelled(name: str, data: Any) -> Any:
    """Give a block in which each value that stands for a text is the text as it is written (`Written`)."""
    keys = NODES[name].keys
    if not isinstance(data, dict):
        return data
    return {key: _spelled(keys[key].type, value) if key in keys else value for key, value in data.items()}


def _spelled(kind: Type, value: Any) -> Any:
    match kind.shape:
        case "node":
            return spelled(kind.node, value)
        case "list" if isinstance(value, list):
            return [_spelled(kind.inner[0], item) for item in value]
        case "map" if isinstance(value, dict):
            named = dict(kind.named)
            return {
                key: spelled(named[key], item) if key in named else _spelled(kind.inner[0], item)
                for key, item in value.items()
            }
        case "either":
            return _spelled(_fitting(kind, value), value)
        case "scalar" | "any" if isinstance(value, Written):
            return value.text
        case _:
            return value
