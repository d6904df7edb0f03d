"""Does a key hold personal identity numbers? Such keys are shown as pseudonyms only."""

import re
from collections.abc import Sequence

from leverans.contracts.profile import ColumnProfile
from leverans.sources.profiling.likeness import tokens, words

_SHAPE = re.compile(r"(?:99)?999999[-+]9999")


def personal_key(key: Sequence[str], columns: Sequence[ColumnProfile]) -> bool:
    """Say whether a column of the key is named like a personal identity number, or values have its shape."""
    return any(_is_personal(column) for column in columns if column.name in key)


def named_personal(name: str) -> bool:
    """Say whether a column is named like something personal: a number, a name, an address, a telephone."""
    found = tokens(name)
    wanted = {*words()["case"]["personal"], *words()["case"]["personal_more"]}
    return bool(wanted & {*found, "".join(found), "".join(found[-2:])})


def _is_personal(column: ColumnProfile) -> bool:
    named = set(words()["case"]["personal"])
    found = tokens(column.name)
    return bool(named & {*found, "".join(found)}) or any(
        _SHAPE.fullmatch(shape) for shape, _rows in column.shapes
    )
