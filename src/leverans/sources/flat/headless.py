"""Does a first line hold the columns' names, or is it a row already? What looks like a row is not shown."""

import re
from collections.abc import Sequence
from itertools import islice

LOOKED_AT = 200
"""So many rows below the first line are looked at."""
_FEWEST, _SEVERAL = 3, 2
_VALUE = re.compile(
    r"\s*(?:[-+]?\d+(?:[ .,]\d+)*"
    r"|\d{2,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[ T]\d{1,2}[:.]\d{2}(?:[:.]\d{2})?\S*)?)\s*"
)
"""A number, or a day with or without a time."""
_PERSONAL = re.compile(
    r"(?<!\d)(?:\d{2})?\d{2}-?\d{2}-?\d{2} ?[-+\u2010-\u2015\u2212]? ?\d{4}(?!\d)"
    r"|[\w.+-]{1,64}@[\w-]{1,64}\.[A-Za-z]{2}"
    r"|(?<!\d)(?:\+46|0)[ \d()/-]{6,24}\d"
)
"""A number of a person, an address of mail, a telephone."""


def values_among(names: Sequence[str], below: Sequence[Sequence[str]]) -> int:
    """Count what looks like values in a line that should hold names; 0 where nothing says that it is a row.

    A name that is a number, a day, or holds a personal number, a mail address or a telephone is one at once.
    One with a digit that is built as most values below it, or that stands below it too, is one where there
    are several.

    Args:
        names: the cells of the first line.
        below: the cells of rows that follow it.
    """
    own = [_VALUE.fullmatch(name) is not None or _PERSONAL.search(name) is not None for name in names]
    rows = [row for row in islice(below, LOOKED_AT) if len(row) == len(names) and [*row] != [*names]]
    like = [_like(name, [row[at] for row in rows]) for at, name in enumerate(names)]
    if any(own) or sum(like) >= _SEVERAL:
        return sum(one or other for one, other in zip(own, like, strict=True))
    return 0


def numbered(count: int) -> tuple[str, ...]:
    """Give names to columns that have none."""
    return tuple(f"kolumn {number}" for number in range(1, count + 1))


def _like(name: str, values: Sequence[str]) -> bool:
    filled = [value for value in values if value.strip()]
    if len(filled) < _FEWEST:
        return False
    shape = _shape(name)
    built = "9" in shape and sum(_shape(value) == shape for value in filled) * 2 > len(filled)
    return built or name in filled


def _shape(text: str) -> str:
    """Write a digit as 9, a capital as A, small letters as one a."""
    made = re.sub(r"\d", "9", text)
    return re.sub(r"[^\W\d_]+", lambda word: re.sub("a+", "a", _letters(word[0])), made)


def _letters(word: str) -> str:
    return "".join("A" if sign.isupper() else "a" for sign in word)
