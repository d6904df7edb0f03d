import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leverans.blobs import canonical_digest
from leverans.errors import IntegrityError
from leverans.trust import canonical, digest, read_canonical

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=12,
)


@given(PLAIN)
def test_what_is_written_is_read_and_written_the_same(value):
    data = canonical(value)
    assert json.loads(data) == value
    assert read_canonical(data + b"\n", "x") == value
    assert digest(value) == canonical_digest(value)


def test_the_form_to_the_byte():
    value = {"å": [1, True, None], "a": {"c": "\u00e5\u2028\x7f", "b": '"\\\n\x01/'}}
    assert canonical(value) == (
        '{"a":{"b":"\\"\\\\\\n\\u0001/","c":"\u00e5\u2028\x7f"},"å":[1,true,null]}'.encode()
    )


@pytest.mark.parametrize("value", [1.0, [0.5], {"a": float("nan")}, 2**53, {"a": [-(2**60)]}, b"x", "\ud800"])
def test_what_could_be_written_in_two_ways_is_not_written(value):
    with pytest.raises((TypeError, ValueError)):
        canonical(value)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1}',
        b'{"a": 1}\n',
        b'{"b":1,"a":1}\n',
        b'{"a":1,"a":1}\n',
        b'{"a":1.0}\n',
        b'{"a":1e3}\n',
        b'{"a":NaN}\n',
        b'{"a":"\\u00e5"}\n',
        b'{"a":1}\n\n',
        b'\xef\xbb\xbf{"a":1}\n',
        '{"a":1}\n'.encode("utf-16"),
        b"",
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_a_file_in_any_other_form_is_refused(data):
    with pytest.raises(IntegrityError, match="SIG001"):
        read_canonical(data, "x.json")
