"""Canonical JSON of the contracts, and their schemas."""

import dataclasses
import json
import types
import typing
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar, cast

Record = TypeVar("Record")


def to_json(record: object) -> str:
    """Write a contract as canonical JSON: sorted keys, no spaces, UTF-8 text, a final line break."""
    text = json.dumps(
        _plain(record), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return text + "\n"


def from_json(kind: type[Record], text: str | bytes) -> Record:
    """Read a contract, checked against its schema.

    Raises:
        ValueError: the text is no JSON or does not fit the schema; the message names the place.
    """
    plain = json.loads(text)
    validate(kind, plain)
    return cast("Record", _build(kind, plain))


@cache
def schema(kind: type) -> Mapping[str, Any]:
    """Give the JSON Schema of a contract by its type."""
    name = kind.__name__.lower()
    text = files("leverans.contracts").joinpath("schemas", f"{name}.schema.json").read_text(encoding="utf-8")
    return cast("Mapping[str, Any]", json.loads(text))


def validate(kind: type, plain: object) -> None:
    """Hold plain JSON data against the schema of `kind`.

    Raises:
        ValueError: with every fault of the pass, each with its place.
    """
    import jsonschema

    validator = jsonschema.Draft202012Validator(cast("Any", schema(kind)))
    faults = sorted(
        validator.iter_errors(cast("Any", plain)), key=lambda fault: list(map(str, fault.absolute_path))
    )
    if faults:
        lines = [
            f"{'/'.join(map(str, fault.absolute_path)) or '.'}: {fault.message[:200]}" for fault in faults
        ]
        raise ValueError(f"{kind.__name__}: " + "; ".join(lines))


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return [_plain(item) for item in sorted(value)]
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _build(kind: Any, plain: Any) -> Any:
    make: Any = kind
    origin = typing.get_origin(kind)
    if origin in {typing.Union, types.UnionType}:
        options = [option for option in typing.get_args(kind) if option is not type(None)]
        return None if plain is None else _build(options[0], plain)
    if origin is tuple:
        return tuple(_build(typing.get_args(kind)[0], item) for item in plain)
    if origin is not None and isinstance(plain, dict):
        return {key: _build(typing.get_args(kind)[1], item) for key, item in plain.items()}
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return make(**{name: _build(hints[name], item) for name, item in plain.items()})
    return plain
