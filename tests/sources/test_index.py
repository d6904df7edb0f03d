"""Where a parent lies, answered from the disk, equals what a dict would say."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leverans.sources.landing.hashing import canonical, hashes
from leverans.sources.landing.index import ViaIndex

KEYS = st.one_of(st.integers(0, 5), st.integers(0, 2**64 - 1))


@settings(max_examples=60)
@given(
    st.lists(st.tuples(KEYS, st.integers(0, 255)), max_size=60),
    st.lists(KEYS, max_size=20),
    st.integers(1, 7),
)
def test_the_first_parent_counts(tmp_path_factory, entries, wanted, chunk):
    index = ViaIndex(tmp_path_factory.mktemp("i") / "x", chunk)
    expected: dict[int, int] = {}
    for start in range(0, len(entries), 3):
        part = entries[start : start + 3]
        index.add(np.array([k for k, _ in part], np.uint64), np.array([b for _, b in part], np.uint16))
    for key, bucket in entries:
        expected.setdefault(key, bucket)
    index.seal()
    asked = [*wanted, *expected]
    own = np.full(len(asked), 999, np.uint16)
    found = index.find(np.array(asked, np.uint64), own)
    assert found.tolist() == [expected.get(key, 999) for key in asked]


def test_nothing_is_found_before_the_end(tmp_path):
    with pytest.raises(RuntimeError):
        ViaIndex(tmp_path / "x").find(np.zeros(1, np.uint64), np.zeros(1, np.uint16))


def test_equal_keys_meet_whatever_their_type():
    same = [
        pa.array([12], pa.int64()),
        pa.array([12.0], pa.float64()),
        pa.array(["12"]),
        pa.array([b"12"]),
    ]
    assert len({hashes([column])[0] for column in same}) == 1


def test_different_keys_stay_apart():
    columns = [
        pa.array(["", None, "~", "1:a", "a", "0:", "B", "B ", "\u00e9", "e\u0301"]),
    ]
    assert len(set(canonical(columns).to_pylist())) == 10
    left = canonical([pa.array(["a", "a1:"]), pa.array(["1:bc", "bc"])]).to_pylist()
    assert left[0] != left[1]


def test_numbers_that_are_not_whole_keep_their_text():
    assert canonical([pa.array([1.5, float("nan"), None, 1e300])]).to_pylist() == [
        b"3:1.5",
        b"3:nan",
        b"~",
        b"6:1e+300",
    ]
