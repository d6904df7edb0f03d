"""Agents, events, places and the other parts: from the object's own row or from rows of a table."""

import dataclasses

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leverans.mapping import facts
from leverans.mapping import language as lang
from leverans.mapping.execution.arrow import (
    Text,
    holds,
    joined,
    natural,
    position,
    present,
    repeat,
    repeated,
    where,
)
from leverans.mapping.execution.bench import Bench
from leverans.mapping.execution.frames import NOBODY, Frame, satisfies
from leverans.mapping.execution.joins import join_all, selected
from leverans.mapping.execution.latest import only_newest
from leverans.mapping.execution.values import Evaluator, split_all
from leverans.mapping.execution.verdicts import Cause

_PROTECTED = "protected_identity"
_NUMBER, _NUMBER_TYPE = "id_number", "id_number_type"
_DATA_TYPES = {"int": "integer", "decimal": "decimal", "date": "date", "datetime": "dateTime"}


def children_of(
    bench: Bench,
    frame: Frame,
    below: Frame,
    on: tuple[tuple[str, str], ...],
    *,
    rule: str,
    place: str,
) -> tuple[Frame, np.ndarray]:
    """Give the rows of `below` that hang on rows of a frame, and for each the position of its parent.

    Rows that hang on several rows of one frame set all of those aside; the least root keeps them.
    """
    own = joined([frame.text(column) for column, _other in on])
    other = joined([below.text(column) for _own, column in on])
    order = np.argsort(frame.root, kind="stable")
    found = position(other, own.take(pa.array(order)))
    at = where(pc.is_valid(found))
    parents = order[np.asarray(found.take(pa.array(at)))]
    doubled = pc.is_in(own, value_set=repeated(own))
    used = pc.is_in(own, value_set=other)
    bench.fault(frame, where(holds(pc.and_(doubled, used))), Cause("MAP116", "quarantine", rule, place))
    bench.orphan_places.setdefault(below.stream.name, place)
    taken = below.subset(at)
    return dataclasses.replace(taken, root=frame.root[parents]), parents


def make_parts(bench: Bench, entity: lang.Entity, frame: Frame, owners: Text) -> None:
    """Make all parts of the objects of a frame."""
    for block, part in enumerate(entity.parts):
        rows, parents = part_rows(bench, entity, part, frame)
        if part.table:
            bench.claims(part.table).take(rows.rows, rows.root)
            late = only_newest(bench, rows, part.latest, f"{entity.name}.{part.model}")
            rows, parents = rows.subset(late), parents[late]
            join_all(bench, rows, part.joins)
            split_all(bench, rows, part.splits, f"{entity.name}.{part.model}")
        at = where(satisfies(rows, part.when))
        made = rows.subset(at)
        _make(bench, entity, part, made, owners.take(pa.array(parents[at], pa.int64())), block=block)


def part_rows(bench: Bench, entity: lang.Entity, part: lang.Part, frame: Frame) -> tuple[Frame, np.ndarray]:
    """Give the rows that a part is made of, and for each the position of its object in the frame."""
    if not part.table:
        return frame, np.arange(len(frame))
    rule = f"{entity.name}.{part.model}"
    below = selected(bench, part.table, part.condition)
    if any("." in other for _own, other in part.on):
        _join_first(bench, below, part)
    return children_of(bench, frame, below, part.on, rule=rule, place=part.where)


def _join_first(bench: Bench, below: Frame, part: lang.Part) -> None:
    """Do those joins without a word that the key to the object goes through; the whole ones come after."""
    quiet = tuple(dataclasses.replace(join, missing="null", cardinality="many_to_one") for join in part.joins)
    join_all(bench, below, quiet)


def _make(
    bench: Bench, entity: lang.Entity, part: lang.Part, frame: Frame, owners: Text, *, block: int
) -> None:
    naming = facts.NAMING.get(part.model)
    fields: dict[str, Text] = {}
    if naming is not None:
        _field(bench, entity, part, frame, naming, into=fields)
        if _PROTECTED in part.fields:
            _protect(bench, entity, part, frame, fields[naming])
        at = pa.array(where(present(fields[naming])))
        frame, owners = frame.subset(np.asarray(at)), owners.take(at)
        fields[naming] = fields[naming].take(at)
    for name in part.fields:
        if name != naming:
            _field(bench, entity, part, frame, name, into=fields)
    if part.model in facts.ANY_OF:
        frame, owners, fields = _any_of(part, frame, owners, fields)
    _complete(part, frame, fields)
    order = natural([frame.text(column) for column in part.order], len(frame))
    bench.output.add(part.model, frame.root, owners, fields, block=block, order=order, tie=frame.rows)


def _any_of(
    part: lang.Part, frame: Frame, owners: Text, fields: dict[str, Text]
) -> tuple[Frame, Text, dict[str, Text]]:
    """Keep the rows in which any of the fields that make the part has a value."""
    told = np.zeros(len(frame), dtype=bool)
    for name in facts.ANY_OF[part.model]:
        if name in fields:
            told |= np.asarray(present(fields[name]), dtype=bool)
    at = np.flatnonzero(told)
    taken = pa.array(at, pa.int64())
    return frame.subset(at), owners.take(taken), {name: text.take(taken) for name, text in fields.items()}


def _field(
    bench: Bench, entity: lang.Entity, part: lang.Part, frame: Frame, name: str, *, into: dict[str, Text]
) -> None:
    """Make one field of a part; an agent's number tells what it is, where the mapping does not."""
    needed = name in facts.REQUIRED[part.model] and name != facts.NAMING.get(part.model)
    evaluator = Evaluator(bench, frame, f"{entity.name}.{value_label(part, name)}")
    into[name] = evaluator.make(part.fields[name], required=needed)
    if name == _NUMBER and evaluator.classes is not None and _NUMBER_TYPE not in part.fields:
        into[_NUMBER_TYPE] = evaluator.classes


def _complete(part: lang.Part, frame: Frame, fields: dict[str, Text]) -> None:
    """Fill in what the mapping may leave to us."""
    rows = len(frame)
    if part.model == "event" and part.table and "key" not in fields:
        fields["key"] = frame.shown(np.arange(rows))
    if part.model == "extra" and "data_type" not in fields:
        fields["data_type"] = repeat(_DATA_TYPES.get(part.fields["value"].kind, "string"), rows)
    if part.model == "location" and "basis" not in fields:
        fields["basis"] = repeat("source", rows)
    if part.model == "custody" and "kind" not in fields:
        fields["kind"] = repeat("custodian", rows)


def value_label(part: lang.Part, name: str) -> str:
    """Give the field as verdicts name it; an extra by its own name."""
    label = part.fields.get("name")
    if part.model == "extra" and name == "value" and label is not None and label.operator == "constant":
        return f"extra.{label.constant}"
    return f"{part.model}.{name}"


def _protect(bench: Bench, entity: lang.Entity, part: lang.Part, frame: Frame, names: Text) -> None:
    """Mark the objects of protected persons, also where the word for it is unknown or the name is missing."""
    told = _protection_told(bench, frame, part.fields[_PROTECTED])
    bench.protected.update(int(root) for root in frame.root[told] if root != NOBODY)
    nameless = np.flatnonzero(told & ~np.asarray(present(names), dtype=bool) & ~frame.broken)
    rule = f"{entity.name}.agent.name"
    bench.fault(frame, nameless, Cause("MAP133", "quarantine", rule, part.fields["name"].where))


def _protection_told(bench: Bench, frame: Frame, value: lang.Value) -> np.ndarray:
    """Say for which rows the source says anything at all about protection, before any translation."""
    raw = dataclasses.replace(
        value, code="", match="", group="", kind="text", layouts=(), required=False, on_error="null"
    )
    quiet = Evaluator(bench, frame, "")
    told = np.array(present(quiet.make(raw, inspect=False)), dtype=bool)
    told |= quiet.failed & (
        value.operator == "fn"
    )  # a function that gives no answer may mean a protected person
    prefix, dot, column = value.column.partition(".")
    if dot and prefix in frame.joins:
        joined_rows = frame.joins[prefix]
        for at, rows in joined_rows.several.items():
            texts = joined_rows.stream.text(column).take(pa.array(rows))
            told[at] |= any(text and text not in value.null_if for text in texts.to_pylist())
    return told
