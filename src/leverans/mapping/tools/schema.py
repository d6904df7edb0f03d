"""The JSON Schema of the language, made from the grammar: ``leverans mapping schema``.

An editor that knows it (``# yaml-language-server: $schema=…``) completes keys and shows what each means. It
accepts whatever the first layer accepts; that layer is stricter where JSON Schema has no words for a rule.
Files that lie over another (``extends``, overlays) may leave out what the file below says.
"""

import json
from collections.abc import Iterator
from typing import Any, Literal

from leverans.mapping import facts
from leverans.mapping.blocks import PART_MODELS
from leverans.mapping.grammar import Key, Node, Type
from leverans.mapping.nodes import NODES
from leverans.mapping.tools.elements import element

Kind = Literal["mapping", "overlay", "rules"]
KINDS: tuple[Kind, ...] = ("mapping", "overlay", "rules")
DIALECT = "http://json-schema.org/draft-07/schema#"
"""Draft 7: the newest that the editors' YAML servers all read."""

_TITLES = {
    "mapping": "Leverans: a mapping",
    "overlay": "Leverans: a municipality's overlay over a mapping",
    "rules": "Leverans: rules beside a mapping",
}
_PARTIAL = "over."
_WORD = r"^[^\s!-,./:-@\[-^`{-~]+(\.[^\s!-,./:-@\[-^`{-~]+)*$"
"""Letters, digits, ``_`` and ``-``, with dots between; said so that JavaScript and Python both read it."""

_SAID = r"[^\s0-9!-/:-@\[-`{-~][\s\S]*[^\s0-9!-/:-@\[-`{-~]"
"""Two letters."""

Plain = dict[str, Any]


def schema(kind: Kind) -> Plain:
    """Give the JSON Schema of one kind of file as plain data."""
    made: Plain = {"$schema": DIALECT, "title": _TITLES[kind]}
    if kind == "overlay":
        made["$ref"] = _ref("mapping", partial=True)
    elif kind == "rules":
        made["$ref"] = _ref("rules", partial=False)
    else:
        made |= {
            "if": {"required": ["extends"]},
            "then": {"$ref": _ref("mapping", partial=True)},
            "else": {"$ref": _ref("mapping", partial=False)},
        }
    made["definitions"] = _used(made)
    return made


def render(kind: Kind) -> str:
    """Give the JSON Schema of one kind of file as text, as it lies in ``mappings/_schema``."""
    return json.dumps(schema(kind), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def file_name(kind: Kind) -> str:
    """Give the name of the file of a kind."""
    return f"{kind}.schema.json"


def _ref(name: str, *, partial: bool) -> str:
    return f"#/definitions/{_PARTIAL if partial else ''}{name}"


def _used(top: Plain) -> Plain:
    """Give the definitions that a schema refers to, with those that they refer to."""
    made: Plain = {}
    waiting = sorted(_references(top))
    while waiting:
        name = waiting.pop()
        if name not in made:
            made[name] = _definition(name)
            waiting += sorted(_references(made[name]))
    return made


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "$ref":
                yield item.removeprefix("#/definitions/")
            else:
                yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def _definition(name: str) -> Plain:
    partial = name.startswith(_PARTIAL)
    plain, _dot, model = name.removeprefix(_PARTIAL).partition(":")
    return _node(plain, NODES[plain], model, partial=partial)


def _node(name: str, node: Node, model: str, *, partial: bool) -> Plain:
    properties = {key: _key(name, key, entry, model, partial=partial) for key, entry in node.keys.items()}
    made: Plain = {
        "type": "object",
        "description": node.text,
        "properties": properties,
        "additionalProperties": False,
    }
    rules = list(_rules(node, partial=partial))
    if rules:
        made["allOf"] = rules
    required = [key for key, entry in node.keys.items() if entry.required]
    if required and not partial:
        made["required"] = required
    return made


def _rules(node: Node, *, partial: bool) -> Iterator[Plain]:
    for group in node.one:
        if not partial:
            yield {"oneOf": [{"required": [key]} for key in group]}
        else:
            yield from _exclusive(group)
    for group in node.exclusive:
        yield from _exclusive(group)


def _exclusive(group: tuple[str, ...]) -> Iterator[Plain]:
    for at, key in enumerate(group):
        for other in group[at + 1 :]:
            yield {"not": {"required": [key, other]}}


def _key(node: str, name: str, key: Key, model: str, *, partial: bool) -> Plain:
    made = _type(key.type, partial=partial)
    if node == "entity" and name in PART_MODELS:
        made["items"] = {"$ref": _ref(f"part:{PART_MODELS[name]}", partial=False)}
    if name == "fields":
        made["properties"] = _fields(node, model, partial=partial) | made.get("properties", {})
    text = f"{key.text}\n\nExample: {key.example}" if key.example else key.text
    return {"allOf": [made], "description": text} if "$ref" in made else {**made, "description": text}


def _fields(node: str, model: str, *, partial: bool) -> Plain:
    """Give the fields of the model, so that an editor can complete them; binding holds them against it."""
    every = ["case", "subcase", "record", "file"] if node == "entity" else [*PART_MODELS.values()]
    models = [model] if model else every
    value = {"$ref": _ref("value", partial=partial)}
    return {
        name: {"allOf": [value], "description": element(one, name).english}
        for one in reversed(models)
        for name in facts.fields_of(one)
    }


def _type(kind: Type, *, partial: bool) -> Plain:  # noqa: PLR0911  # one line a shape
    match kind.shape:
        case "node":
            return {"$ref": _ref(kind.node, partial=partial)}
        case "list":
            once: Plain = {"uniqueItems": True} if kind.once else {}
            return {"type": "array", "minItems": 1, "items": _type(kind.inner[0], partial=False)} | once
        case "map":
            named = {name: {"$ref": _ref(node, partial=partial)} for name, node in kind.named}
            inner = {"additionalProperties": _type(kind.inner[0], partial=partial)}
            return {"type": "object", **inner, **({"properties": named} if named else {})}
        case "either":
            return {"anyOf": [_type(one, partial=partial) for one in kind.inner]}
        case "one_of":
            words: list[str | None] = [*kind.choices]
            return {"enum": [*words, None] if "null" in words else words}
        case "any":
            return {}
        case _:
            return _scalar(kind)


def _scalar(kind: Type) -> Plain:
    match kind.shape:
        case "said":
            return {"type": "string", "pattern": _SAID}
        case "text":
            return {"type": "string", "minLength": 1}
        case "word":
            return {"type": "string", "pattern": _WORD}
        case "bool":
            return {"type": "boolean"}
        case "int":
            return {"type": "integer"}
        case _:
            kinds = ["string", "number", "boolean"]
            return {"type": [*kinds, "null"] if "null" in kind.choices else kinds}
