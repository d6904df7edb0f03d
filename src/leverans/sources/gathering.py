"""Rows that were gathered one by one → batches."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from leverans.contracts import Finding
from leverans.sources.contract import Batch, Document, SetAside


def batch_of(
    stream: str,
    schema: pa.Schema,
    rows: Sequence[Sequence[Any]],
    *,
    aside: Sequence[SetAside] = (),
    findings: Sequence[Finding] = (),
    documents: Sequence[Document] = (),
) -> Batch:
    """Make a batch of rows whose values fit the schema.

    Args:
        stream: the stream.
        schema: of the rows.
        rows: a value for each column.
        aside: rows that do not fit.
        findings: what is told of the stream.
        documents: listed beside the rows.
    """
    columns = zip(*rows, strict=True) if rows else [[] for _ in schema]
    arrays = [pa.array(values, item.type) for values, item in zip(columns, schema, strict=True)]
    made = pa.RecordBatch.from_arrays(arrays, schema=schema)
    return Batch(stream, made, tuple(documents), set_aside=tuple(aside), findings=tuple(findings))
