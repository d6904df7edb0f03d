"""Which fields of a mapping a golden pair puts to work.

The mapping is run once more with a mark behind every value; what comes out marked was made by that line.
The mark never changes which rows become objects: it stands at the end of texts that nothing compares.
"""

import dataclasses
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from leverans.mapping import facts
from leverans.mapping import language as lang
from leverans.mapping.blocks import PAIRS

_MARK = re.compile(r"⟦(\d+)⟧")
_WHOLE = r"⟦(?P<number>\d+)⟧$"


@dataclass(frozen=True, slots=True)
class FieldPlace:
    """One field of one entity: its name as verdicts call it, and the line of the mapping."""

    name: str
    where: str


@dataclass(slots=True)
class Marked:
    """A mapping with marks, and what each mark stands for.

    Attributes:
        mapping: the marked mapping.
        places: what each mark stands for, by number.
        numbers: whole numbers and documents that take no mark: (table, column) of the model → places.
    """

    mapping: lang.Mapping
    places: list[FieldPlace] = field(default_factory=list)
    numbers: dict[tuple[str, str], list[FieldPlace]] = field(default_factory=dict)

    def every(self) -> set[FieldPlace]:
        """Give every field of the mapping."""
        return {*self.places, *(place for places in self.numbers.values() for place in places)}

    def seen(self, tables: Mapping[str, pa.Table]) -> set[FieldPlace]:
        """Give the fields that made a value in these tables."""
        found = {self.places[number] for number in _numbers(tables.values())}
        for (table, column), places in self.numbers.items():
            if pc.count(tables[table][column]).as_py():
                found.update(places)
        return found


def marked(mapping: lang.Mapping) -> Marked:
    """Give a mapping whose values tell which line made them."""
    made = Marked(mapping)
    entities = {name: _entity(made, entity) for name, entity in mapping.entities.items()}
    made.mapping = dataclasses.replace(mapping, entities=entities, checks=())
    return made


def _entity(made: Marked, entity: lang.Entity) -> lang.Entity:
    fields = {
        name: _field(made, entity.model, name, value, f"{entity.name}.{name}")
        for name, value in entity.fields.items()
    }
    if entity.content is not None:
        place = FieldPlace(f"{entity.name}.content", entity.content.where)
        made.numbers.setdefault(("file", "sha256"), []).append(place)
    parts = tuple(
        dataclasses.replace(
            part,
            fields={
                name: _field(made, part.model, name, value, f"{entity.name}.{part.model}.{name}")
                for name, value in part.fields.items()
            },
        )
        for part in entity.parts
    )
    restrict = {
        axis: tuple(_protect(made, rule, f"{entity.name}.restrict.{axis}") for rule in rules)
        for axis, rules in entity.restrict.items()
    }
    return dataclasses.replace(entity, fields=fields, parts=parts, restrict=restrict)


def _protect(made: Marked, rule: lang.Protect, name: str) -> lang.Protect:
    law = None if rule.law is None else _mark(made, rule.law, f"{name}.law")
    text = None if rule.text is None else _mark(made, rule.text, f"{name}.text")
    return dataclasses.replace(rule, law=law, text=text)


def _field(made: Marked, model: str, name: str, value: lang.Value, label: str) -> lang.Value:
    if facts.is_whole(model, name):
        made.numbers.setdefault((model, name), []).append(FieldPlace(label, value.where))
        return value
    if name in PAIRS:  # a lookup of two columns cannot stand inside another value
        for half in PAIRS[name]:
            made.numbers.setdefault((model, half), []).append(FieldPlace(f"{label} ({half})", value.where))
        return value
    return _mark(made, value, label)


def _mark(made: Marked, value: lang.Value, label: str) -> lang.Value:
    """Set a mark behind a value; an empty text stays empty, so that a part without a name is not made."""
    number = len(made.places)
    made.places.append(FieldPlace(label, value.where))
    sign = lang.Value("constant", value.where, constant=f"⟦{number}⟧")
    whole = lang.Value("concat", value.where, parts=(value, sign))
    return dataclasses.replace(whole, null_if=(f"⟦{number}⟧",))


def _numbers(tables: Iterable[pa.Table]) -> set[int]:
    found: set[int] = set()
    for table in tables:
        for column in table.columns:
            if pa.types.is_string(column.type) and len(column):
                pieces = pc.extract_regex(column.combine_chunks(), pattern=_WHOLE)
                texts = pc.unique(pc.struct_field(pieces, "number")).drop_null()
                found.update(int(text) for text in texts.to_pylist())
    return found
