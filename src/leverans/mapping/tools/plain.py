"""Archive objects as plain nested data that people can read: what is absent is left out."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from leverans.model import SCHEMAS, Case, assemble


def objects(tables: Mapping[str, pa.Table]) -> list[Case]:
    """Give the archive objects of mapped tables, in their order."""
    return list(assemble({name: tables[name] for name in SCHEMAS}))


def plain_object(case: Case) -> dict[str, Any]:
    """Give one object as nested data without its source rows; what has no value is left out.

    Lists stand under the names that `leverans trace` takes: ``records[0].files[0].name``.
    """
    return _plain(case)


def _plain(thing: Any) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for entry in dataclasses.fields(thing):
        value = getattr(thing, entry.name)
        if isinstance(value, tuple):
            if value and entry.name != "rows":
                made[entry.name] = [_plain(one) for one in value]
        elif value not in {None, ""}:
            made[entry.name] = value
    return made
