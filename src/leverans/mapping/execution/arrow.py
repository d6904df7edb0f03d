"""Small tools over Arrow columns: everything is text until it is a field of the model."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Text: TypeAlias = Any
"""A `pyarrow.Array` of strings (the package has no types of its own)."""

Mask: TypeAlias = Any
"""A `pyarrow.Array` of booleans without nulls."""

SEPARATOR = "\x1f"
_DIGITS = 20
"""Digits of the longest run that is compared by number."""
_NEGATIVE = 18
"""Digits of the longest negative number that is compared by value."""


def flat(column: Any) -> Any:
    """Give a column as one array."""
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def as_text(column: Any) -> Text:
    """Give any landed column as text: digits, true/false, bytes as lower-case hex; NULL stays NULL."""
    array = flat(column)
    kind = array.type
    if pa.types.is_string(kind):
        return array
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.array([None if value is None else value.hex() for value in array.to_pylist()], pa.string())
    return pc.cast(array, pa.string())


def blank(rows: int) -> Text:
    """Give a text column of NULLs."""
    return pa.nulls(rows, pa.string())


def repeat(text: str | None, rows: int) -> Text:
    """Give a text column of one value."""
    return blank(rows) if text is None else pa.repeat(pa.scalar(text, pa.string()), rows)


def true(rows: int) -> Mask:
    """Give a mask that holds everywhere."""
    return pa.repeat(pa.scalar(True), rows)


def holds(mask: Any) -> Mask:
    """Give a mask without nulls; null is false."""
    return pc.fill_null(flat(mask), False)


def present(text: Text) -> Mask:
    """Say where a text is neither NULL nor empty."""
    return holds(pc.not_equal(text, ""))


def where(mask: Mask) -> np.ndarray:
    """Give the positions at which a mask holds."""
    return np.flatnonzero(np.asarray(mask, dtype=bool))


def joined(columns: Sequence[Text], separator: str = SEPARATOR) -> Text:
    """Join columns to one key text; NULL where any is NULL."""
    if len(columns) == 1:
        return columns[0]
    return pc.binary_join_element_wise(*columns, separator, null_handling="emit_null")


def shown(columns: Sequence[Text]) -> Text:
    """Give a key as people read it: its columns joined with ``|``, NULL as an empty text."""
    whole = [pc.fill_null(column, "") for column in columns]
    return whole[0] if len(whole) == 1 else pc.binary_join_element_wise(*whole, "|")


def position(needles: Text, haystack: Text) -> Any:
    """Give where each needle first stands in the haystack; null for none and for NULL."""
    found = pc.index_in(needles, value_set=haystack)
    return pc.if_else(pc.is_valid(needles), found, pa.scalar(None, found.type))


def repeated(keys: Text) -> Text:
    """Give the keys that stand more than once, NULL aside."""
    told = keys.drop_null() if keys.null_count else keys
    if len(pc.unique(told)) == len(told):
        return told.slice(0, 0)
    counts = pc.value_counts(told)
    return counts.field("values").filter(pc.greater(counts.field("counts"), 1))


def natural(columns: Sequence[Text], rows: int) -> Text:
    """Give a sort key: columns in turn, NULL first; the same in every bucket.

    Negative whole numbers come first, by value; then texts, sign by sign, each run of digits by number: ``9``
    before ``10``, ``1.9`` before ``1.10``, ``A2`` before ``A10``. A text with a run of more digits than 20 is
    compared sign by sign alone.
    """
    return joined([_natural(column) for column in columns]) if columns else repeat("", rows)


def _natural(column: Text) -> Text:
    number = holds(pc.match_substring_regex(column, rf"^\d{{1,{_DIGITS}}}$"))
    key = pc.utf8_lpad(pc.if_else(number, column, ""), width=_DIGITS, padding="0")
    rest = pc.if_else(number, "", column)
    mixed = where(pc.and_not(holds(pc.match_substring_regex(rest, r"\d")), _long_runs(rest)))
    rest = scatter(rest, mixed, _padded_runs(rest.take(pa.array(mixed))))
    key = pc.binary_join_element_wise("1", pc.if_else(number, key, rest), "")
    below = where(holds(pc.match_substring_regex(column, rf"^-0*[1-9]\d{{0,{_NEGATIVE - 1}}}$")))
    value = pc.add(pc.cast(column.take(pa.array(below)), pa.int64()), 10**_NEGATIVE)
    text = pc.utf8_lpad(pc.cast(value, pa.string()), width=_DIGITS, padding="0")
    return pc.fill_null(scatter(key, below, pc.binary_join_element_wise("0", text, "")), "")


def _long_runs(texts: Text) -> Mask:
    return holds(pc.match_substring_regex(texts, rf"\d{{{_DIGITS + 1},}}"))


def _padded_runs(texts: Text) -> Text:
    """Write every run of digits with `_DIGITS` of them."""
    filled = pc.replace_substring_regex(texts, pattern=r"(\d+)", replacement="0" * _DIGITS + r"\1")
    return pc.replace_substring_regex(filled, pattern=rf"\d*(\d{{{_DIGITS}}})", replacement=r"\1")


def scatter(values: Text, rows: np.ndarray, replacements: Text) -> Text:
    """Give `values` with `replacements` at `rows` (ascending)."""
    if len(rows) == 0:
        return values
    mask = np.zeros(len(values), dtype=bool)
    mask[rows] = True
    return pc.replace_with_mask(values, pa.array(mask), replacements)


def ranks(groups: Text) -> np.ndarray:
    """Number rows from 0 within runs of equal values; the rows lie sorted by group."""
    if len(groups) == 0:
        return np.empty(0, dtype=np.int64)
    return within_runs(np.diff(np.asarray(pc.dictionary_encode(groups).indices)) != 0)


def within_runs(changes: np.ndarray) -> np.ndarray:
    """Number rows from 0 within runs; `changes` says of every row but the first whether it begins one."""
    rows = len(changes) + 1
    starts = np.flatnonzero(np.concatenate(([True], changes)))
    lengths = np.diff(np.append(starts, rows))
    ranked: np.ndarray = np.arange(rows) - np.repeat(starts, lengths)
    return ranked


def order_of(texts: Text) -> np.ndarray:
    """Give a number for each text, so that the numbers lie as the texts do."""
    encoded = pc.dictionary_encode(texts)
    places = np.empty(len(encoded.dictionary), dtype=np.int64)
    places[np.asarray(pc.sort_indices(encoded.dictionary))] = np.arange(len(places))
    ordered: np.ndarray = places[np.asarray(encoded.indices)]
    return ordered


def bytes_of(text: Text) -> np.ndarray:
    """Give the UTF-8 of all texts in a row, as unsigned bytes."""
    _valid, ends, data = text.buffers()
    if data is None or len(text) == 0:
        return np.empty(0, dtype=np.uint8)
    places = np.frombuffer(ends, dtype=np.int32)[text.offset : text.offset + len(text) + 1]
    return np.frombuffer(data, dtype=np.uint8)[places[0] : places[-1]]


def slices(text: Text) -> list[bytes]:
    """Give the UTF-8 of each text; none of them is NULL."""
    data = bytes_of(text).tobytes()
    if not len(text):
        return []
    ends = np.frombuffer(text.buffers()[1], dtype=np.int32)[text.offset : text.offset + len(text) + 1]
    places = (ends - ends[0]).tolist()
    return [data[start:end] for start, end in pairwise(places)]


def fixed(data: bytes, width: int) -> Text:
    """Give texts of one width that lie in a row."""
    ends = np.arange(0, len(data) + 1, width, dtype=np.int32)
    return pa.StringArray.from_buffers(len(ends) - 1, pa.py_buffer(ends), pa.py_buffer(data))
