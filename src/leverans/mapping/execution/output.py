"""Finished columns, chunk by chunk, until they become the tables of the model."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leverans.mapping.execution.arrow import Text, ranks, repeat
from leverans.model import SCHEMAS, empty


@dataclass(slots=True)
class Output:
    """Chunks of rows by table of the model."""

    chunks: dict[str, list[pa.Table]] = field(default_factory=dict)

    def add(
        self,
        model: str,
        root: np.ndarray,
        owner: Text,
        fields: dict[str, Any],
        *,
        block: int = 0,
        order: Text | None = None,
        tie: Text | None = None,
    ) -> None:
        """Add rows of one table.

        Args:
            model: the table's name.
            root: number of the root object of each row.
            owner: object id of what each row belongs to.
            fields: columns of the table; those that are not given are NULL.
            block: siblings of a lower block come first.
            order: sort key among the siblings of one block.
            tie: sort key where `order` is equal.
        """
        rows = len(root)
        if rows == 0:
            return
        columns: dict[str, Any] = {"_root": pa.array(root, pa.int64()), "owner": owner}
        columns["_block"] = pa.array(np.full(rows, block), pa.int64())
        columns["_order"] = repeat("", rows) if order is None else order
        columns["_tie"] = repeat("", rows) if tie is None else tie
        for name in _own(model):
            kind = SCHEMAS[model].field(name).type
            given = fields.get(name)
            columns[name] = pa.nulls(rows, kind) if given is None else pc.cast(given, kind)
        self.chunks.setdefault(model, []).append(pa.table(columns))

    def roots(self, model: str) -> np.ndarray:
        """Give the numbers of the root objects that have rows in a table so far, each once."""
        tables = self.chunks.get(model, [])
        found = [np.asarray(table["_root"].combine_chunks()) for table in tables]
        return np.unique(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)

    def owners(self, model: str) -> Text:
        """Give the owners of all rows of a table so far."""
        tables = self.chunks.get(model, [])
        return pa.concat_arrays([table["owner"].combine_chunks() for table in tables] or [repeat("", 0)])

    def tables(self, roots: Text) -> dict[str, pa.Table]:
        """Give every table of the model; siblings are numbered in their order.

        Args:
            roots: object id of each root number, ascending.
        """
        return {name: self._finished(name, roots) for name in SCHEMAS}

    def _finished(self, name: str, roots: Text) -> pa.Table:
        chunks = self.chunks.get(name)
        if not chunks:
            return empty(name)
        table = pa.concat_tables(chunks)
        keys = ["_root", "owner", "_block", "_order", "_tie"]
        if name == "case":
            keys = ["_order", "_root"]
        table = table.sort_by([(key, "ascending") for key in keys])
        owner = table["owner"].combine_chunks()
        seq = np.arange(table.num_rows) if name == "case" else ranks(owner)
        columns: dict[str, Any] = {
            "root": roots.take(table["_root"].combine_chunks()),
            "owner": owner,
            "seq": pa.array(seq, pa.int64()),
        }
        names = SCHEMAS[name].names
        arrays = [columns[column] if column in columns else table[column] for column in names]
        return pa.table(arrays, schema=SCHEMAS[name])


def _own(model: str) -> list[str]:
    return [name for name in SCHEMAS[model].names if name not in {"root", "owner", "seq"}]
