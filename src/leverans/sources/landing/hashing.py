"""One canonical text per value, whatever its type, and its hash: equal keys meet in the same bucket."""

import functools
from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Hashes: TypeAlias = npt.NDArray[np.uint64]
Buckets: TypeAlias = npt.NDArray[np.uint16]

_EXACT = float(2**53)


def hashes(columns: Sequence[pa.Array]) -> Hashes:
    """Give 64 bits of BLAKE2b per row over the canonical texts of the columns; each value is hashed once."""
    encoded = canonical(columns).dictionary_encode()
    digests = [blake2b(text, digest_size=8).digest() for text in encoded.dictionary.to_pylist()]
    values = np.frombuffer(b"".join(digests), "<u8").astype(np.uint64)
    placed: Hashes = values[encoded.indices.to_numpy(zero_copy_only=False)]
    return placed


def canonical(columns: Sequence[pa.Array]) -> pa.Array:
    """Give one byte text per row: every value with its length, NULL told from the empty text."""
    return pc.binary_join_element_wise(*map(_canonical, columns), b"")


def root_text(columns: Sequence[pa.Array]) -> pa.Array:
    """Give the canonical text of a root's key per row, null where one of its values is NULL."""
    told = functools.reduce(pc.and_, [column.is_valid() for column in columns])
    return pc.if_else(told, canonical(columns), pa.scalar(None, pa.binary()))


def hint_of(columns: Sequence[pa.Array]) -> str | None:
    """Give `root_text` of one row as text, or None where it is none.

    Args:
        columns: one value each.
    """
    if not columns:
        return None
    text = root_text(columns)[0].as_py()
    try:
        return None if text is None else text.decode()
    except UnicodeDecodeError:
        return None


def bucket_of(hint: str, buckets: int) -> int:
    """Give the bucket of the root object that a hint tells."""
    return _hash(hint.encode()) % buckets


def _canonical(column: pa.Array) -> pa.Array:
    text = _bytes(column)
    length = pc.binary_length(text).cast(pa.string()).cast(pa.binary())
    told = pc.binary_join_element_wise(length, text, b":")
    return pc.fill_null(told, pa.scalar(b"~", pa.binary()))


def _bytes(column: pa.Array) -> pa.Array:
    if pa.types.is_binary(column.type):
        return column
    if pa.types.is_floating(column.type):
        column = _number(column)
    return column.cast(pa.string()).cast(pa.binary())


def _number(column: pa.Array) -> pa.Array:
    """A whole number is written as one, so that 12.0 meets 12 and '12'."""
    whole = pc.and_(pc.equal(pc.floor(column), column), pc.less(pc.abs(column), _EXACT))
    integers = pc.if_else(whole, column, 0.0).cast(pa.int64()).cast(pa.string())
    return pc.if_else(pc.fill_null(whole, fill_value=False), integers, column.cast(pa.string()))


def _hash(text: bytes) -> int:
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "little")
