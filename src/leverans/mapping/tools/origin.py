"""From an archive object back to the source row it was made of, and the lines of the mapping that made it."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from leverans.mapping.blocks import PAIRS, PART_MODELS
from leverans.mapping.language import Entity

PLURALS = {
    "agents": "agent",
    "events": "event",
    "relations": "relation",
    "restrictions": "restriction",
    "locations": "location",
    "extras": "extra",
    "fonds": "fonds",
    "classes": "class",
    "places": "place",
    "custody": "custody",
}
"""The lists of an archive object and the type of what is in them."""

HALVES = {half: name for name, halves in PAIRS.items() for half in halves}
"""Fields of the model that one lookup fills two of."""

_PASSING = frozenset({"from", "clean strip", "clean collapse_space", "null_if"})
"""Operator chains of these steps alone leave the source's value recognisable."""

_DATES = ("date ", "datetime ")
_DAY = 8
_DIGIT = re.compile(r"\D")


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source row of an object.

    Attributes:
        stream: ``source.table``.
        key: the row's key as it may be shown: a pseudonym where it is personal.
        values: column → text; None is NULL.
    """

    stream: str
    key: str
    values: Mapping[str, str | None] = field(repr=False)

    @classmethod
    def of(cls, stream: str, key: str, text: str | Mapping[str, Any]) -> "SourceRow":
        """Make it of the row's canonical JSON; numbers stay as they are written."""
        plain = json.loads(text, parse_int=str, parse_float=str) if isinstance(text, str) else text
        return cls(stream, key, {name: _text(value) for name, value in plain.items()})


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


@dataclass(frozen=True, slots=True)
class EntityFacts:
    """What must be known of an entity to find an object's row.

    Attributes:
        name: the entity's name in the mapping.
        model: ``case``, ``record`` or ``file``.
        table: ``source.table`` of its rows.
        key: columns of its key.
        children: entities below it.
    """

    name: str
    model: str
    table: str
    key: tuple[str, ...]
    children: tuple[str, ...] = ()

    @classmethod
    def of(cls, entity: Entity) -> "EntityFacts":
        """Take them from a mapping that was loaded."""
        below = tuple(child.entity for child in entity.children)
        return cls(entity.name, entity.model, entity.table, entity.key, below)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of ``lineage.jsonl``: where one field of one entity comes from."""

    entity: str
    field: str
    stream: str
    columns: tuple[str, ...]
    operators: tuple[str, ...]
    where: str

    @property
    def passing(self) -> bool:
        """The archived value is a value of one column, only cleaned, or a date with its digits in order."""
        steps = self.operators[:-1] if self.dated else self.operators
        return len(self.columns) == 1 and bool(steps) and set(steps) <= _PASSING

    @property
    def dated(self) -> bool:
        """The last step reads a date whose layouts all go from year to day."""
        last = self.operators[-1] if self.operators else ""
        if not last.startswith(_DATES):
            return False
        layouts = last.split(" ", 1)[1].split(" | ")
        return all(layout.find("%Y") < layout.find("%m") < layout.find("%d") for layout in layouts)


_TABLE = "table "


def own_row(
    entities: Iterable[EntityFacts],
    wanted: str,
    rows: Sequence[SourceRow],
    identify: Callable[[str, tuple[str, ...]], Iterable[str]],
) -> tuple[EntityFacts, SourceRow] | None:
    """Find the entity and the row whose key makes an object id.

    Args:
        entities: which ones it may be.
        wanted: the object id.
        rows: the source rows of the root object.
        identify: gives the ids that an entity's key could have.
    """
    for entity in entities:
        for row in rows:
            if row.stream == entity.table:
                key = tuple(row.values.get(column) or "" for column in entity.key)
                if wanted in identify(entity.name, key):
                    return entity, row
    return None


def joined_rows(data: Any, entity: str, own: SourceRow, rows: list[SourceRow]) -> list[SourceRow]:
    """Give those of a table's rows that an object's own row joins, where its joins tell; else all of them.

    Args:
        data: the mapping as it travelled.
        entity: name of the object's entity.
        own: its row.
        rows: rows of one other table.
    """
    block = (data.get("entities") or {}).get(entity) if isinstance(data, dict) else None
    joins = block.get("join") if isinstance(block, dict) else None
    found: list[SourceRow] = []
    for join in joins.values() if isinstance(joins, dict) else ():
        table, on = str(join.get("table", "")), join.get("on") or {}
        here = [row for row in rows if f".{row.stream}".endswith(f".{table}")]
        if here and not set(on) <= set(own.values):
            return rows  # it hangs on another join
        found += [
            row for row in here if all(own.values[one] == row.values.get(two) for one, two in on.items())
        ]
    return found or rows


def groups_of(lines: Iterable[Line]) -> list[list[Line]]:
    """Part the lines of one kind of part (agents, events …) of an entity: a group for each in the mapping.

    A field that stands again begins the next one; a field made of several tables has a line for each.
    """
    groups: list[list[Line]] = []
    for line in lines:
        if line.operators[:1] and line.operators[0].startswith(_TABLE) and groups:
            groups[-1].append(line)  # what a code table said to the field before it
            continue
        seen = groups[-1] if groups else []
        seen = [one for one in seen if not (one.operators and one.operators[0].startswith(_TABLE))]
        again = any(one.field == line.field and one.where != line.where for one in seen)
        again = again or any((one.field, one.stream) == (line.field, line.stream) for one in seen)
        if not groups or again:
            groups.append([])
        groups[-1].append(line)
    return groups


def fitting_rows(
    group: Sequence[Line],
    values: Mapping[str, str | None],
    rows: Sequence[SourceRow],
    constant: Callable[[Line], str | None] = lambda _line: None,
) -> list[SourceRow] | None:
    """Give the rows that a part with these values can be of; None when the group cannot have made it.

    Only fields that pass a column's value on are held against the rows; of a table whose rows are not
    in the package (code tables, parties that several objects share) nothing can be said.

    Args:
        group: the lines of one part.
        values: the archived values by field.
        rows: the source rows of the object.
        constant: gives the text of a line that is a constant, None where it is not known.
    """
    if set(values) - {line.field for line in group} - {"key", "data_type", "basis"}:
        return None
    for line in group:
        said = constant(line) if line.operators == ("constant",) else None
        if said is not None and values.get(line.field) != said:
            return None
    found: list[SourceRow] = []
    for stream in dict.fromkeys(line.stream for line in group if line.stream):
        there = [row for row in rows if row.stream == stream]
        told = [line for line in group if line.stream == stream and line.passing]
        fits = [row for row in there if all(_passes(line, values.get(line.field), row) for line in told)]
        if there and told and not fits:
            return None
        found += fits
    return found


def _passes(line: Line, value: str | None, row: SourceRow) -> bool:
    given = row.values.get(line.columns[0])
    if value is None:
        return "null_if" in line.operators or not given
    if line.dated:
        one, two = (_DIGIT.sub("", text) for text in (given or "", value))
        length = min(len(one), len(two))
        return length >= _DAY and one[:length] == two[:length]
    return " ".join((given or "").split()) == " ".join(value.split())


def lines_of(lines: Iterable[Line], entity: str, name: str) -> list[Line]:
    """Give the lines of one field of an entity; of half a pair those of the pair."""
    return [line for line in lines if line.entity == entity and line.field == HALVES.get(name, name)]


__all__ = [
    "HALVES",
    "PART_MODELS",
    "PLURALS",
    "EntityFacts",
    "Line",
    "SourceRow",
    "fitting_rows",
    "groups_of",
    "joined_rows",
    "lines_of",
    "own_row",
]
