"""Grammars as data: which elements and attributes stand where, and which requirement says so.

One TOML file per document kind lies in ``grammars/``. A type is one table::

    [type.agent]
    attributes = "agentType!=ERMS93:@agentType otherAgentType"
    children = "name=ERMS95 role? note* {appendix | ownElement}"
    text = "dateTime"

A token is ``name``, then how often (children: nothing once, ``?``, ``*``, ``+``; attributes: ``!`` demanded),
then ``=ID``, the requirement that is broken when it is missing or wrong, then ``:kind``, the type of a child
(the type of its own name, or plain text, when not given) or of a value (``@name`` is a vocabulary). Children
keep the order given; those between braces share one place, and of those only one kind may stand (``}?``: or
none); of those between parentheses at least one must stand. ``any`` opens a type to foreign elements,
``foreign`` to foreign attributes, ``mixed`` to text between elements, ``free`` to any order.
``[type."agent@3.0"]`` takes the place of ``[type.agent]`` in version 3.0, and so does ``"children@3.0"``
inside a type.
"""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from leverans.validation import values

MANY = 1 << 62
_EXCLUSIVE = "{"
_OPENING = frozenset({_EXCLUSIVE, "("})
_CLOSING = frozenset({"}", "}?", ")"})
_CHILD = re.compile(r"(?P<name>[\w.-]+)(?P<often>[?*+]?)(?:=(?P<id>[\w.-]+))?(?::(?P<kind>[@\w.-]+))?")
_ATTRIBUTE = (
    r"(?P<name>(?:(?:{prefixes}):)?[\w.-]+)(?P<often>!?)(?:=(?P<id>[\w.-]+))?(?::(?P<kind>[@\w.-]+))?"
)

Check = Callable[[str], object]


class Attribute(NamedTuple):
    """One attribute: the name people read, the requirement behind it, and the check of its value.

    `link` is ``ID``, ``IDREF`` or ``IDREFS`` where the value names or points to an element, else empty.
    """

    label: str
    requirement: str | None
    check: Check | None
    kind: str
    link: str


@dataclass(slots=True, eq=False)
class Child:
    """One place of a child element."""

    name: str
    label: str
    type: "Type"
    order: int
    least: int
    most: int
    requirement: str | None
    group: int


@dataclass(slots=True, eq=False)
class Type:
    """What an element may hold; see the module's text."""

    name: str
    children: dict[str, Child] = field(default_factory=dict)
    attributes: dict[str, Attribute] = field(default_factory=dict)
    demanded: tuple[tuple[str, Attribute], ...] = ()
    required: tuple[Child, ...] = ()
    one_of: tuple[tuple[Child, ...], ...] = ()
    text: Check | None = None
    text_kind: str = ""
    requirement: str | None = None
    any: bool = False
    foreign: bool = False
    mixed: bool = False
    free: bool = False
    together: tuple[tuple[str, str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Grammar:
    """All types of one document kind in one version."""

    root: str
    type: Type
    repeated: frozenset[str]
    prefixes: dict[str, str]
    vocabularies: dict[str, frozenset[str]]


@cache
def load(name: str, version: str = "") -> Grammar:
    """Read ``grammars/<name>.toml`` as it stands in `version`."""
    folder = files("leverans.validation").joinpath("grammars")
    return _Compiler(tomllib.loads(folder.joinpath(f"{name}.toml").read_text("utf-8")), version).grammar()


class _Compiler:
    def __init__(self, plain: dict[str, Any], version: str) -> None:
        self._namespaces: dict[str, str] = plain["namespaces"]
        self._root: str = plain["root"]
        self._version = version
        prefixes = "|".join(prefix for prefix in self._namespaces if prefix) or "-"
        self._attribute = re.compile(_ATTRIBUTE.format(prefixes=prefixes))
        self._vocabularies = {
            name: frozenset(terms.split() if isinstance(terms, str) else terms)
            for name, terms in _versioned(plain.get("vocabulary", {}), version).items()
        }
        self._plain = _versioned(plain["type"], version)
        self._types: dict[str, Type] = {}

    def grammar(self) -> Grammar:
        root = self._type(self._root)
        repeated = {
            child.label for kind in self._types.values() for child in kind.children.values() if child.most > 1
        }
        prefixes = {uri: prefix for prefix, uri in self._namespaces.items() if prefix}
        return Grammar(self._name(self._root), root, frozenset(repeated), prefixes, self._vocabularies)

    def _name(self, token: str, *, attribute: bool = False) -> str:
        prefix, colon, local = token.rpartition(":")
        if attribute and not colon:
            return local
        return f"{self._namespaces[prefix]} {local}"

    def _type(self, name: str) -> Type:
        if name in self._types:
            return self._types[name]
        plain = self._plain.get(name)
        if name.startswith("@"):
            made = self._types[name] = Type(name, text=self._check(name), text_kind=name)
            return made
        if plain is not None:
            plain = _versioned(plain, self._version)
        made = self._types[name] = Type(name)
        if plain is None:
            if name not in values.CHECKS:
                raise ValueError(f"no type {name}")
            made.text, made.text_kind = values.CHECKS[name], name
            return made
        for key in ("any", "foreign", "mixed", "free"):
            setattr(made, key, plain.get(key, False))
        if "text" in plain:
            made.text, made.text_kind = self._check(plain["text"]), plain["text"]
        made.requirement = plain.get("requirement")
        self._attributes(made, plain.get("attributes", ""))
        self._children(made, plain.get("children", ""))
        made.together = tuple(_condition(row) for row in plain.get("together", ()))
        return made

    def _attributes(self, made: Type, text: str) -> None:
        demanded = []
        for token in text.split():
            match = _whole(self._attribute, token)
            kind = match["kind"] or "string"
            link = kind if kind.startswith("ID") else ""
            attribute = Attribute(match["name"], match["id"], self._check(kind), kind, link)
            key = self._name(match["name"], attribute=True)
            made.attributes[key] = attribute
            if match["often"]:
                demanded.append((key, attribute))
        made.demanded = tuple(demanded)

    def _children(self, made: Type, text: str) -> None:
        required: list[Child] = []
        one_of: list[tuple[Child, ...]] = []
        order, group, groups = 0, 0, 0
        inside: list[Child] | None = None
        for token in text.replace("|", " ").split():
            if token in _OPENING:
                groups += token == _EXCLUSIVE
                order += token == _EXCLUSIVE
                group, inside = (groups if token == _EXCLUSIVE else 0), []
            elif token in _CLOSING:
                if not token.endswith("?") and inside:
                    one_of.append(tuple(inside))
                group, inside = 0, None
            else:
                order += 0 if group or made.free else 1
                child = self._child(token, order, group)
                made.children[child.name] = child
                if inside is not None:
                    inside.append(child)
                elif child.least:
                    required.append(child)
        made.required, made.one_of = tuple(required), tuple(one_of)

    def _child(self, token: str, order: int, group: int) -> Child:
        match = _whole(_CHILD, token)
        often, label = match["often"], match["name"]
        kind = match["kind"] or (label if label in self._plain else "string")
        return Child(
            name=self._name(label),
            label=label,
            type=self._type(kind),
            order=order,
            least=0 if often in {"?", "*"} else 1,
            most=MANY if often in {"*", "+"} else 1,
            requirement=match["id"],
            group=group,
        )

    def _check(self, kind: str) -> Check | None:
        if kind.startswith("@"):
            return self._vocabularies[kind[1:]].__contains__
        return values.CHECKS[kind]


def _whole(pattern: re.Pattern[str], token: str) -> re.Match[str]:
    match = pattern.fullmatch(token)
    if match is None:
        raise ValueError(f"no token of a grammar: {token}")
    return match


def _condition(row: str) -> tuple[str, str, str, str]:
    """Read ``agentType=other otherAgentType ERMS94``: where the first holds, the second must stand."""
    first, other, requirement = row.rsplit(maxsplit=2)
    attribute, value = first.split("=")
    return attribute, value, other, requirement


def _versioned(table: dict[str, Any], version: str) -> dict[str, Any]:
    chosen = {name: row for name, row in table.items() if "@" not in name}
    for name, row in table.items():
        plain, _, only = name.partition("@")
        if only and only == version:
            chosen[plain] = row
    return chosen
