"""Texts as flat bytes: shapes and hashes of a whole batch in a few steps of numpy, no value in Python."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Hashes = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]

HASHED = 512
"""Texts are told apart by their first bytes and their length."""

_PART = 1 << 20
_MULTIPLIER = 0x9E3779B97F4A7C15
_SHAPED = 48
_LONGEST = 28


def _powers() -> Hashes:
    with np.errstate(over="ignore"):
        return np.cumprod(np.full(HASHED + 1, _MULTIPLIER | 1, np.uint64), dtype=np.uint64)


_POWERS = _powers()


def texts(column: pa.Array) -> pa.Array:
    """Give a column as text: numbers as they are written, whole ones without a decimal point."""
    if pa.types.is_floating(column.type):
        whole = pc.and_(pc.equal(pc.floor(column), column), pc.less(pc.abs(column), float(2**53)))
        numbers = pc.if_else(whole, column, 0.0).cast(pa.int64()).cast(pa.string())
        return pc.if_else(pc.fill_null(whole, fill_value=False), numbers, column.cast(pa.string()))
    return column.cast(pa.string()) if not pa.types.is_string(column.type) else column


def hashes(values: pa.Array) -> Hashes:
    """Give 64 bits per text; NULL as the empty text."""
    lengths = np.asarray(pc.fill_null(pc.binary_length(values), 0), np.uint64)
    cut = pc.binary_slice(pc.fill_null(values, "").cast(pa.binary()), 0, HASHED)
    parts = [_sums(data, offsets) for data, offsets in _parts(cut)]
    sums = np.concatenate(parts) if parts else np.zeros(0, np.uint64)
    return mixed(sums ^ mixed(lengths))


def mixed(numbers: Hashes) -> Hashes:
    """Spread 64 bits over 64 bits (the finaliser of SplitMix64)."""
    with np.errstate(over="ignore"):
        made = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        made = (made ^ (made >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return made ^ (made >> np.uint64(31))


def shapes(values: pa.Array) -> pa.Array:
    """Give the shape of each text: `A` a capital, `a` small letters, `9` a digit, `x` any other character.

    Blanks and plain punctuation stand as they are. Small letters, and anything else that repeats, are written
    once; of capitals at most five. So a shape tells how a code is built and not how long a name is.
    """
    cut = pc.binary_slice(values.cast(pa.binary()), 0, _SHAPED)
    made = [_shaped(data, offsets) for data, offsets in _parts(cut)]
    whole = pa.concat_arrays(made) if made else pa.array([], pa.binary())
    long = pc.or_(
        pc.greater(pc.binary_length(whole), _LONGEST), pc.greater(pc.binary_length(values), _SHAPED)
    )
    short = pc.binary_slice(whole, 0, _LONGEST)
    ended = pc.binary_join_element_wise(short, pa.scalar("…".encode()), pa.scalar(b""))
    return pc.if_else(long, ended, whole).cast(pa.string())


def _classes() -> Bytes:
    table = np.full(256, ord("x"), np.uint8)
    table[ord("0") : ord("9") + 1] = ord("9")
    table[ord("A") : ord("Z") + 1] = ord("A")
    table[ord("a") : ord("z") + 1] = ord("a")
    for sign in " -/.,:;_+@()#&%*='":
        table[ord(sign)] = ord(sign)
    table[0xC3:0xE0] = ord("a")  # letters beyond ASCII with two bytes; capitals of U+00C0 are told below
    return table


_CLASS = _classes()
_MOST = np.ones(256, np.int64)
_MOST[ord("A")], _MOST[ord("9")] = 5, 24


def _parts(values: pa.Array) -> Iterator[tuple[Bytes, Offsets]]:
    """Give bytes and offsets of a binary array, some of it at a time."""
    step = max(1, len(values) * _PART // max(1, values.nbytes))
    for start in range(0, len(values), step):
        yield _flat(values.slice(start, step))


def _flat(values: pa.Array) -> tuple[Bytes, Offsets]:
    _valid, places, data = values.buffers()
    offsets = np.frombuffer(places, np.int32)[values.offset : values.offset + len(values) + 1].astype(
        np.int64
    )
    first, last = int(offsets[0]), int(offsets[-1])
    flat = np.frombuffer(data, np.uint8)[first:last] if data is not None else np.zeros(0, np.uint8)
    return flat, offsets - first


def _positions(offsets: Offsets) -> Offsets:
    """Give for each byte its place in its own value."""
    starts = np.repeat(offsets[:-1], np.diff(offsets))
    return np.arange(offsets[-1], dtype=np.int64) - starts


def _sums(data: Bytes, offsets: Offsets) -> Hashes:
    with np.errstate(over="ignore"):
        terms = (data.astype(np.uint64) + np.uint64(1)) * _POWERS[_positions(offsets)]
        return _per_value(terms, offsets)


def _per_value(terms: npt.NDArray[np.uint64], offsets: Offsets) -> Hashes:
    with np.errstate(over="ignore"):
        totals = np.zeros(len(terms) + 1, np.uint64)
        np.cumsum(terms, out=totals[1:])
        return totals[offsets[1:]] - totals[offsets[:-1]]


def _shaped(data: Bytes, offsets: Offsets) -> pa.Array:
    signs = _CLASS[data]
    latin = np.flatnonzero(data[:-1] == 0xC3)  # U+00C0 to U+00FF
    signs[latin[data[latin + 1] < 0x9F]] = ord("A")
    kept = (data & 0xC0) != 0x80  # not the later bytes of a character
    signs, starts = _without(signs, kept, offsets)
    kept = _in_run(signs, starts) < _MOST[signs]
    signs, starts = _without(signs, kept, starts)
    places = starts.astype(np.int32)
    return pa.Array.from_buffers(
        pa.binary(), len(places) - 1, [None, pa.py_buffer(places.tobytes()), pa.py_buffer(signs.tobytes())]
    )


def _without(signs: Bytes, kept: npt.NDArray[np.bool_], offsets: Offsets) -> tuple[Bytes, Offsets]:
    counted = np.zeros(len(signs) + 1, np.int64)
    np.cumsum(kept, out=counted[1:])
    return signs[kept], counted[offsets]


def _in_run(signs: Bytes, offsets: Offsets) -> Offsets:
    """Give for each sign how many of the same stand right before it in its value."""
    if not len(signs):
        return np.zeros(0, np.int64)
    fresh = np.ones(len(signs), np.bool_)
    fresh[1:] = signs[1:] != signs[:-1]
    fresh[offsets[:-1][np.diff(offsets) > 0]] = True
    places = np.arange(len(signs), dtype=np.int64)
    return places - np.maximum.accumulate(np.where(fresh, places, 0))
