"""Finished columns, chunk by chunk, until they become the tables of the model.

Sorting is numeric: root objects have numbers, and whatever else rows lie by is numbered first.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leverans.mapping.execution.arrow import Text, order_of, repeat, within_runs
from leverans.model import SCHEMAS, empty


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows of one table; see `Output.add`."""

    root: np.ndarray
    owner: Text | None
    fields: dict[str, Any]
    block: int
    order: Text | None
    tie: np.ndarray | None

    def __len__(self) -> int:
        return len(self.root)


@dataclass(slots=True)
class Output:
    """Chunks of rows by table of the model."""

    chunks: dict[str, list[Chunk]] = field(default_factory=dict)

    def add(
        self,
        model: str,
        root: np.ndarray,
        owner: Text | None,
        fields: dict[str, Any],
        *,
        block: int = 0,
        order: Text | None = None,
        tie: np.ndarray | None = None,
    ) -> None:
        """Add rows of one table.

        Args:
            model: the table's name.
            root: number of the root object of each row.
            owner: object id of what each row belongs to; None where all belong to their root object.
            fields: columns of the table; those that are not given are NULL.
            block: siblings of a lower block come first.
            order: sort key among the siblings of one block.
            tie: sort key where `order` is equal.
        """
        if len(root):
            chunk = Chunk(np.asarray(root, dtype=np.int64), owner, fields, block, order, tie)
            self.chunks.setdefault(model, []).append(chunk)

    def roots(self, model: str) -> np.ndarray:
        """Give the numbers of the root objects that have rows in a table so far, each once."""
        found = [chunk.root for chunk in self.chunks.get(model, [])]
        return np.unique(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)

    def tables(self, roots: Text) -> dict[str, pa.Table]:
        """Give every table of the model; siblings are numbered in their order.

        Args:
            roots: object id of each root number, ascending.
        """
        return {name: self._finished(name, roots) for name in SCHEMAS}

    def _finished(self, name: str, roots: Text) -> pa.Table:
        chunks = self.chunks.pop(name, None)
        if not chunks:
            return empty(name)
        root = np.concatenate([chunk.root for chunk in chunks])
        if name == "case":
            at = np.lexsort((root, _order(chunks)))
            seq = np.arange(len(root))
        else:
            owner = _owners(chunks)
            at = _sorted(chunks, root, owner)
            seq = within_runs((np.diff(root[at]) != 0) | (np.diff(owner[at]) != 0))
        taken = None if bool((np.diff(at) == 1).all()) else pa.array(at)
        names = roots.take(pa.array(root[at]))
        columns = [_column(field, chunks, taken, names, seq) for field in SCHEMAS[name]]
        return pa.table(columns, schema=SCHEMAS[name])


def _column(field: pa.Field, chunks: list[Chunk], taken: Any, names: Text, seq: np.ndarray) -> Any:
    """Give one column of a table in the order of `taken`."""
    if field.name == "root":
        return names
    if field.name == "seq":
        return pa.array(seq, pa.int64())
    if field.name == "owner":
        given = [chunk.owner for chunk in chunks]
        if given[0] is None:
            return names
    else:
        given = [chunk.fields.get(field.name) for chunk in chunks]
    if all(column is None or column.null_count == len(column) for column in given):
        return pa.nulls(len(names), field.type)
    pieces = [
        pa.nulls(len(chunk), field.type)
        if column is None
        else column
        if column.type == field.type
        else pc.cast(column, field.type)
        for chunk, column in zip(chunks, given, strict=True)
    ]
    whole = pieces[0] if len(pieces) == 1 else pa.concat_arrays(pieces)
    return whole if taken is None else whole.take(taken)


def _owners(chunks: list[Chunk]) -> np.ndarray:
    """Number the owners as they come; rows of the root object itself all have one."""
    given = [chunk.owner for chunk in chunks]
    if given[0] is None:
        return np.zeros(sum(map(len, chunks)), dtype=np.int64)
    numbered: np.ndarray = np.asarray(pc.dictionary_encode(pa.concat_arrays(given)).indices)
    return numbered


def _order(chunks: list[Chunk]) -> np.ndarray:
    if all(chunk.order is None for chunk in chunks):
        return np.zeros(sum(map(len, chunks)), dtype=np.int64)
    texts = [repeat("", len(chunk)) if chunk.order is None else chunk.order for chunk in chunks]
    return order_of(pa.concat_arrays(texts))


def _sorted(chunks: list[Chunk], root: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Give the order of the rows: by root, owner, block, order and tie."""
    keys = [root, owner]
    if len(chunks) > 1:
        keys.append(np.concatenate([np.full(len(chunk), chunk.block) for chunk in chunks]))
    keys.append(_order(chunks))
    if any(chunk.tie is not None for chunk in chunks):
        ties = [np.zeros(len(chunk), dtype=np.int64) if chunk.tie is None else chunk.tie for chunk in chunks]
        keys.append(np.concatenate(ties))
    return np.lexsort([key for key in reversed(keys) if len(key) and key.min() != key.max()] or [root])
