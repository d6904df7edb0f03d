"""Turns rows of questions and answers into one row per form; columns only, nothing per row."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leverans.mapping.execution.arrow import SEPARATOR, Text, blank, holds, joined, position, where
from leverans.mapping.execution.streams import Stream
from leverans.mapping.shapes import ROW, Pivot

STRANGE_FORM, STRANGE_QUESTION, TWICE = "MAP170", "MAP171", "MAP172"
_ONE = ""
"""The version of a form that has only one."""


@dataclass(frozen=True, slots=True)
class Turned:
    """The forms of some answers.

    Attributes:
        table: one row per form.
        member: per answer the form that it belongs to, -1 without a key.
        slot: per answer what it is: the number of its question, -1 for none that the mapping names.
        faults: code → answers that have it.
        first: per form its first answer.
    """

    table: pa.Table
    member: np.ndarray
    slot: np.ndarray
    faults: dict[str, np.ndarray]
    first: np.ndarray


def turn(pivot: Pivot, base: Stream) -> Turned:
    """Turn the answers of a stream."""
    versions = base.text(pivot.version) if pivot.version else pa.repeat(pa.scalar(_ONE), len(base))
    keys = [base.text(column) for column in pivot.key]
    member, first = _forms([*keys, pc.fill_null(versions, "\x00")])
    slot = _slots(pivot, versions, base.text(pivot.question))
    known = np.asarray(
        holds(pc.is_in(versions, value_set=pa.array(list(pivot.forms), pa.string()))), dtype=bool
    )
    inside = member >= 0
    columns = _columns(pivot, base, member, slot, first)
    faults = {
        STRANGE_FORM: np.flatnonzero(inside & ~known),
        STRANGE_QUESTION: np.flatnonzero(inside & known & (slot < 0)),
        TWICE: _twice(pivot, member, slot),
    }
    return Turned(pa.table(columns), member, slot, faults, first)


def questions(pivot: Pivot) -> list[tuple[str, str, str, bool]]:
    """Give every question as (version, question, column or dropped name, one answer only), in their order."""
    made: list[tuple[str, str, str, bool]] = []
    for version, form in pivot.forms.items():
        made += [(version, question, column, True) for column, question in form.columns.items()]
        made += [(version, question, column, False) for column, question in form.several.items()]
        made += [(version, question, name, False) for question, name in form.dropped.items()]
    return made


def _forms(keys: list[Text]) -> tuple[np.ndarray, np.ndarray]:
    """Number the forms in the order of their first answer; answers without a key are of none."""
    whole = joined([pc.replace_substring(key, SEPARATOR, "\x1e") for key in keys[:-1]] + keys[-1:])
    codes = np.asarray(pc.fill_null(pc.dictionary_encode(whole).indices, -1)).astype(np.int64)
    empty = np.zeros(len(codes), dtype=bool)
    for key in keys[:-1]:
        empty |= np.asarray(pc.fill_null(pc.equal(key, ""), True), dtype=bool)
    codes[empty] = -1
    used, first, numbers = np.unique(codes, return_index=True, return_inverse=True)
    order = np.argsort(first[used >= 0], kind="stable")
    rank = np.full(len(used), -1)
    rank[np.flatnonzero(used >= 0)[order]] = np.arange(len(order))
    return rank[numbers], np.sort(first[used >= 0])


def _slots(pivot: Pivot, versions: Text, asked: Text) -> np.ndarray:
    listed = pa.array(
        [f"{version}{SEPARATOR}{question}" for version, question, *_ in questions(pivot)], pa.string()
    )
    found = position(joined([versions, asked]), listed)
    return np.asarray(pc.fill_null(found, -1)).astype(np.int64)


def _twice(pivot: Pivot, member: np.ndarray, slot: np.ndarray) -> np.ndarray:
    single = np.array([one for *_rest, one in questions(pivot)] + [False])
    at = np.flatnonzero((member >= 0) & single[slot])
    pairs = np.column_stack([member[at], slot[at]])
    _, numbers, counts = np.unique(pairs, axis=0, return_inverse=True, return_counts=True)
    twice: np.ndarray = at[counts[numbers.reshape(-1)] > 1]
    return twice


def _columns(
    pivot: Pivot, base: Stream, member: np.ndarray, slot: np.ndarray, first: np.ndarray
) -> dict[str, Text]:
    taken = pa.array(first, pa.int64())
    own = {name: base.text(name).take(taken) for name in (*pivot.key, pivot.version) if name}
    made = {ROW: pc.binary_join_element_wise(*[pc.fill_null(text, "") for text in own.values()], "|"), **own}
    values = base.text(pivot.value)
    for name in pivot.columns:
        made[name] = blank(len(first))
    for number, (_version, _question, name, one) in enumerate(questions(pivot)):
        if name in pivot.columns:
            at = np.flatnonzero((slot == number) & (member >= 0))
            fill = _first if one else _all
            made[name] = fill(made[name], member[at], values.take(pa.array(at)), pivot.separator)
    return made


def _first(column: Text, rows: np.ndarray, values: Text, _separator: str) -> Text:
    forms, at = np.unique(rows, return_index=True)
    mask = np.zeros(len(column), dtype=bool)
    mask[forms] = True
    return pc.replace_with_mask(column, pa.array(mask), values.take(pa.array(at)))


def _all(column: Text, rows: np.ndarray, values: Text, separator: str) -> Text:
    given = where(pc.is_valid(values))
    table = pa.table({"form": rows[given], "value": values.take(pa.array(given))})
    lists = table.group_by("form", use_threads=False).aggregate([("value", "list")]).sort_by("form")
    texts = pc.binary_join(lists["value_list"].combine_chunks(), separator)
    return _first(column, np.asarray(lists["form"]), texts, separator)
