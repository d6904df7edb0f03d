"""The streams of one bucket: rows in an order of their own, text on demand, canonical JSON."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leverans.mapping.execution.arrow import Text, as_text, bytes_of, flat, joined, order_of, repeated, shown

_CONTROL = r"[\x00-\x1F]"
_ESCAPED = np.zeros(256, dtype=bool)
_ESCAPED[[*range(0x20), *b'"\\']] = True


class Stream:
    """One stream: its rows lie in the order of their keys, so that the order of the input never shows.

    Args:
        name: ``source.stream``.
        table: its rows.
        key: columns that identify a row; without any the row's own text does.
        hide: makes the pseudonym of a personal key, or None.
        secret_columns: columns that do not travel in the row (dropped as gallring).
        bucketed: every row must be accounted for.
        sort: the rows are to be put in the order of their keys; those of virtual tables lie in theirs.
    """

    def __init__(
        self,
        name: str,
        table: pa.Table,
        key: tuple[str, ...],
        hide: Callable[[str], str] | None,
        secret_columns: frozenset[str],
        *,
        bucketed: bool,
        sort: bool = True,
    ) -> None:
        self.name = name
        self.key = tuple(column for column in key if column in table.column_names)
        self.bucketed = bucketed
        self._hide = hide
        self._left_out = secret_columns
        self._texts: dict[str, Text] = {}
        self._json: Text | None = None
        self.table = self._ordered(table) if bucketed and sort else table

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def text(self, column: str) -> Text:
        """Give a whole column as text."""
        if column not in self._texts:
            self._texts[column] = as_text(self.table[column])
        return self._texts[column]

    def column(self, name: str) -> Any:
        """Give a column as landed, or None when it is not there."""
        return flat(self.table[name]) if name in self.table.column_names else None

    def shown(self, rows: np.ndarray, columns: tuple[str, ...] = ()) -> Text:
        """Give the keys of some rows as verdicts show them."""
        names = columns or self.key
        taken = pa.array(rows, pa.int64())
        if not names:
            texts = [f"row {_digest(text)}" for text in self.json().take(taken).to_pylist()]
            return pa.array(texts, pa.string())
        keys = shown([self.text(name).take(taken) for name in names])
        if self._hide is None:
            return keys
        return pa.array([self._hide(key) for key in keys.to_pylist()], pa.string())

    def json(self) -> Text:
        """Give every row as canonical JSON: sorted names, no spaces, without what is disposed of."""
        if self._json is None:
            self._json = _row_json(self.table, self._left_out)
        return self._json

    def json_without(self, columns: frozenset[str]) -> Text:
        """Give every row as canonical JSON that lacks some more columns."""
        return _row_json(self.table, self._left_out | columns)

    def _ordered(self, table: pa.Table) -> pa.Table:
        """Sort by key; rows that share a key, or have none, by all that they hold.

        Where a row lies never hangs on rows of other keys, so that the bucket it is in does not show.
        """
        if not self.key:
            return table.take(pc.sort_indices(_row_json(table, frozenset())))
        columns = [as_text(table[column]) for column in self.key]
        keys = joined([pc.fill_null(column, "") if column.null_count else column for column in columns])
        if len(repeated(keys)) == 0:
            return table.take(pc.sort_indices(keys))
        texts = _row_json(table, frozenset())
        return table.take(pa.array(np.lexsort((order_of(texts), order_of(keys)))))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _row_json(table: pa.Table, left_out: frozenset[str]) -> Text:
    names = sorted(name for name in table.column_names if name not in left_out)
    if not names:
        return pa.repeat(pa.scalar("{}"), table.num_rows)
    pieces: list[Any] = []
    before = "{"
    for name in names:
        label = before + json.dumps(name, ensure_ascii=False) + ":"
        column = flat(table[name])
        bare = pa.types.is_string(column.type) and column.null_count == 0 and _is_plain(column)
        pieces += [f'{label}"', column] if bare else [label, _json_values(column)]
        before = '",' if bare else ","
    return pc.binary_join_element_wise(*[_scalar(piece) for piece in pieces], before[:-1] + "}", "")


def _scalar(piece: Any) -> Any:
    return pa.scalar(piece, pa.string()) if isinstance(piece, str) else piece


def _json_values(array: Any) -> Text:
    kind = array.type
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return pc.fill_null(pc.cast(array, pa.string()), "null")
    if pa.types.is_floating(kind):
        return pc.fill_null(
            pc.if_else(pc.is_finite(array), pc.cast(array, pa.string()), _quoted(as_text(array))), "null"
        )
    return pc.fill_null(_quoted(as_text(array)), "null")


def _is_plain(text: Text) -> bool:
    """Say whether no text needs an escape."""
    return not _ESCAPED[bytes_of(text)].any()


def _quoted(text: Text) -> Text:
    if _is_plain(text):
        return pc.binary_join_element_wise('"', text, '"', "")
    escaped = pc.replace_substring(pc.replace_substring(text, "\\", "\\\\"), '"', '\\"')
    escaped = pc.binary_join_element_wise('"', escaped, '"', "")
    controls = pc.fill_null(pc.match_substring_regex(text, _CONTROL), False)
    if pc.any(controls).as_py():
        few = [json.dumps(value, ensure_ascii=False) for value in text.filter(controls).to_pylist()]
        escaped = pc.replace_with_mask(escaped, controls, pa.array(few, pa.string()))
    return escaped
