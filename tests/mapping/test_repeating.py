"""Which regular expressions Python's engine may not come to an end with."""

import pytest

from leverans.mapping.repeating import may_not_end


@pytest.mark.parametrize(
    "regex",
    [r"^(\w+\s?)*$", r"(a+)+b", r"(?:a|aa)*$", r"((ab?){3,5}c)+x", r"(a*){0,40}$", r"x(?P<n>(?:\d+,)*)y", r"(a+?)+?b", "(a|a)+"],
)  # fmt: skip
def test_a_repetition_in_a_repetition(regex):
    assert may_not_end(regex)


@pytest.mark.parametrize(
    "regex",
    [r"^\d+(\.\d+)?$", r"^[0-9A-Z][0-9A-Z /.:_-]{0,59}$", r"(?:ab)+", r"a|b+", r"(\d{2}-)*\d", r"^[^@\s]+@[^@\s]+$", r"(a+){2}", ""],
)  # fmt: skip
def test_others(regex):
    assert not may_not_end(regex)
