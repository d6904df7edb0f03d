"""Rules of which the first that matches wins: those that are never reached are told."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leverans.mapping import language as lang
from leverans.mapping.reaching import unreached

VALUES = (None, "", "S", "O", "X")


def rule(**tests):
    return lang.Condition(
        tuple(
            lang.Test(column, kind, values=given if kind in {"in", "not_in"} else (), flag=given is True)
            for column, (kind, given) in tests.items()
        )
    )


def meets(condition, row):
    for test in condition.tests:
        value = row[test.column]
        match test.operator:
            case "in":
                holds = value in test.values
            case "not_in":
                holds = value not in test.values
            case "empty":
                holds = (value in {None, ""}) is test.flag
            case _:
                holds = (value is None) is test.flag
        if not holds:
            return False
    return True


TESTS = st.one_of(
    st.tuples(st.sampled_from(["in", "not_in"]), st.lists(st.sampled_from(VALUES), min_size=1).map(tuple)),
    st.tuples(st.sampled_from(["empty", "is_null"]), st.booleans()),
)
RULES = st.lists(st.dictionaries(st.sampled_from("AB"), TESTS).map(lambda one: rule(**one)), max_size=4)


@settings(max_examples=300, deadline=None)
@given(RULES)
def test_what_is_told_is_never_reached_by_any_row(rules):
    for at, _by in unreached(rules):
        for row in itertools.product(VALUES, VALUES):
            given = dict(zip("AB", row, strict=True))
            first = next((number for number, one in enumerate(rules) if meets(one, given)), None)
            assert first != at


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ([rule(A=("in", ("", "S"))), rule(A=("in", ("S",)))], [(1, 0)]),
        ([rule(A=("in", ("S",))), rule(A=("in", ("", "S")))], []),
        ([rule(A=("in", ("S",))), rule(A=("in", ("O",))), rule(A=("in", ("S", "O")))], [(2, 1)]),
        ([rule(), rule(A=("in", ("S",)))], [(1, 0)]),
        ([rule(A=("in", ("S",))), rule()], []),
        ([rule(A=("not_in", ("J",))), rule(A=("in", ("N",)))], [(1, 0)]),
        ([rule(A=("empty", True)), rule(A=("is_null", True))], [(1, 0)]),
        ([rule(A=("is_null", True)), rule(A=("empty", True))], []),
        ([rule(A=("in", ("S",))), rule(A=("in", ("S",)), B=("in", ("X",)))], [(1, 0)]),
        ([rule(A=("in", ("S",)), B=("in", ("X",))), rule(A=("in", ("S",)))], []),
    ],
)
def test_narrower_rules_come_first(rules, told):
    assert unreached(rules) == told
