"""Rules in an order of which the first that matches wins: which of them can never be reached."""

from collections.abc import Sequence

from leverans.mapping import language as lang

_EMPTY = (None, "")


def unreached(conditions: Sequence[lang.Condition]) -> list[tuple[int, int]]:
    """Give the rules that those before them take everything from.

    A rule is unreached where one before it holds whenever it holds, or where a column has only some values
    there and each of them is taken before. Regular expressions are held against values, not against others.

    Returns:
        (number of the rule, number of the last of those before it that take its rows), from 0.
    """
    found: list[tuple[int, int]] = []
    for at, condition in enumerate(conditions):
        by = _taken_by(condition, conditions[:at])
        if by is not None:
            found.append((at, by))
    return found


def _taken_by(condition: lang.Condition, earlier: Sequence[lang.Condition]) -> int | None:
    whole = _first(condition.tests, earlier)
    if whole is not None:
        return whole
    for test in condition.tests:
        values = _values(test)
        if not values:
            continue
        rest = [other for other in condition.tests if other is not test]
        one_by_one = [
            _first((*rest, lang.Test(test.column, "in", values=(value,))), earlier) for value in values
        ]
        taken = [by for by in one_by_one if by is not None]
        if len(taken) == len(values):
            return max(taken)
    return None


def _first(tests: Sequence[lang.Test], earlier: Sequence[lang.Condition]) -> int | None:
    """Give the first condition that holds whenever all of `tests` hold."""
    for at, condition in enumerate(earlier):
        if all(any(_within(own, wider) for own in tests) for wider in condition.tests):
            return at
    return None


def _values(test: lang.Test) -> tuple[lang.Scalar, ...]:
    """Give the values that a test lets through where they can be counted up, else none."""
    match test.operator:
        case "in":
            return test.values
        case "empty" if test.flag:
            return _EMPTY
        case "is_null" if test.flag:
            return (None,)
        case _:
            return ()


def _without(test: lang.Test) -> tuple[lang.Scalar, ...] | None:
    """Give the values that a test keeps out where those can be counted up, else None."""
    match test.operator:
        case "not_in":
            return test.values
        case "empty" if not test.flag:
            return _EMPTY
        case "is_null" if not test.flag:
            return (None,)
        case _:
            return None


def _within(test: lang.Test, wider: lang.Test) -> bool:
    """Say whether every value that `test` lets through is let through by `wider`, too."""
    if test.column != wider.column:
        return False
    if test.operator == "match" == wider.operator:
        return test.pattern == wider.pattern
    let, kept_out = _values(test), _without(wider)
    if let:
        return all(_lets(value, wider) for value in let)
    return kept_out is not None and set(kept_out) <= set(_without(test) or ())


def _lets(value: lang.Scalar, test: lang.Test) -> bool:
    out = _without(test)
    return value not in out if out is not None else value in _values(test)
