"""What is demanded of a connector and can be told by looking: the same in tests and at real sources."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from leverans.contracts import Stream
from leverans.sources.contract import ARROW_TYPES

BATCH_ROWS = 100_000
"""A batch has so many rows at most."""
BATCH_BYTES = 64 << 20
"""A batch has so many bytes at most."""
AT_ONCE = 2
"""So many batches are alive at most: the one that is looked at, and the next one."""
MOST_PIECE = 16 << 20
"""A document gives so many bytes at once at most."""

READING = re.compile(
    r"(?is)\s*(?:SELECT\b(?!.*\bINTO\b)|SHOW\b|PRAGMA \w+(?:\(\w+\))?$|SET (?:NAMES|SESSION|TRANSACTION)\b"
    r"|SET LOCK_TIMEOUT \d+$|mdb-(?:ver|schema|count|export)\b"
    r"|DECLARE \w+ NO SCROLL CURSOR FOR SELECT\b(?!.*\bINTO\b)"
    r"|COPY \(SELECT\b.*\) TO STDOUT|BEGIN\b(?!.*READ WRITE)|START TRANSACTION\b.*READ ONLY)"
)
"""Statements that may be sent to a database."""
_WRITING = re.compile(
    r"(?i)\b(INSERT INTO|UPDATE \S+ SET|DELETE FROM|MERGE INTO|DROP|ALTER|CREATE|TRUNCATE|GRANT|REVOKE)\b"
)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`|\[[^\]]*\]")
_PIECE = 1 << 20


def more_than_reading(statements: Iterable[str]) -> list[str]:
    """Give the statements that do more than read; what a table is called, or a text says, is not asked."""
    return [one for one in statements if not READING.match(one) or _WRITING.search(_QUOTED.sub("''", one))]


def fits(stream: Stream, rows: pa.RecordBatch) -> bool:
    """Say whether a batch has the columns of the catalogue, in its order, with its types."""
    wanted = [(column.name, ARROW_TYPES[column.type]) for column in stream.columns]
    return [(item.name, item.type) for item in rows.schema] == wanted


def keys_of(stream: Stream, batches: Iterable[pa.RecordBatch]) -> tuple[int, int]:
    """Count rows whose key lacks a value, and rows whose key another row before them has.

    The stream has a key, and batches have its columns.
    """
    parts = [batch.select(list(stream.key)) for batch in batches if batch.num_rows]
    if not parts:
        return 0, 0
    table = pa.Table.from_batches(parts)
    empty = pc.is_null(table.column(0))
    for name in stream.key[1:]:
        empty = pc.or_(empty, pc.is_null(table[name]))
    different = table.group_by(list(stream.key), use_threads=False).aggregate([]).num_rows
    return pc.sum(empty).as_py() or 0, table.num_rows - different


def same_rows(first: Sequence[pa.RecordBatch], second: Sequence[pa.RecordBatch]) -> bool:
    """Say whether two reads gave the same rows in the same order, however they were cut into batches."""
    left, right = _table(first), _table(second)
    return (left is not None and right is not None and left.equals(right)) or left is right


def digest_of(file: BinaryIO, most: int | None = None) -> tuple[str, int, int]:
    """Read a document in pieces.

    Args:
        file: its bytes.
        most: so many bytes are enough; None for all.

    Returns:
        Its SHA-256 (hex), how many bytes were read, and how many came at once at most.
    """
    digest, size, largest = hashlib.sha256(), 0, 0
    while (most is None or size < most) and (piece := file.read(_PIECE)):
        digest.update(piece)
        size += len(piece)
        largest = max(largest, len(piece))
    return digest.hexdigest(), size, largest


def _table(batches: Sequence[pa.RecordBatch]) -> pa.Table | None:
    filled = [rows for rows in batches if rows.num_rows]
    return pa.Table.from_batches(filled).combine_chunks() if filled else None
