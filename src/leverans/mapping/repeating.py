"""Regular expressions that Python's engine may not come to an end with.

That engine tries every way to split a text among its repetitions; where one stands inside another the ways
double with every letter. RE2, which all our own rules use, has no such case.
"""

import importlib
import re
from typing import Any

_WIDE = 16
"""A repetition with so many more turns at most than at least has too many ways to be taken apart."""

_REPEATS = {"MAX_REPEAT", "MIN_REPEAT"}


def may_not_end(regex: str) -> bool:
    """Say whether a repetition holds another one, or a choice, and so may take longer than anybody waits.

    Raises:
        re.error: it is no regular expression.
    """
    parser: Any = importlib.import_module("re._parser")  # the standard library's own reading of it
    return _endless(parser.parse(regex, re.UNICODE))


def _endless(parsed: Any) -> bool:
    for operator, argument in parsed:
        if str(operator) in _REPEATS:
            least, most, body = argument
            if int(most) - int(least) > _WIDE and _several_ways(body):
                return True
        if any(_endless(part) for part in _parts(argument)):
            return True
    return False


def _several_ways(parsed: Any) -> bool:
    """Say whether the same text may be taken in more than one way."""
    least, most = parsed.getwidth()
    return least != most or _chooses(parsed)


def _chooses(parsed: Any) -> bool:
    return any(
        str(operator) == "BRANCH" or any(_chooses(part) for part in _parts(argument))
        for operator, argument in parsed
    )


def _parts(argument: Any) -> list[Any]:
    """Give the expressions inside what an operator works on."""
    if hasattr(argument, "getwidth"):
        return [argument]
    if isinstance(argument, tuple | list):
        return [part for one in argument for part in _parts(one)]
    return []
