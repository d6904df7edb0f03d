"""Which type fits every value of an SQLite column."""

from collections.abc import Callable, Mapping
from itertools import chain, islice
from typing import Any

import sqlalchemy as sa

from leverans.sources.sql.engine import Profile, TableFacts
from leverans.sources.sql.naming import column, table

_LIKELY = {"int64": "integer", "double": "real", "binary": "blob"}
_AT_ONCE = 200
_EXACT = 2**53


def profile(connection: sa.Connection, facts: TableFacts) -> Mapping[str, Profile]:
    """Ask the table for the storage classes of each column, and for the longest value of those with text.

    One class lands as its own type; whole numbers among decimals land as double where every one of them is
    exact in it; any other mixture lands as text. A column without values lands as declared.
    """
    names = tuple(item.name for item in facts.columns)
    likely = {item.name: _LIKELY.get(item.type, "text") for item in facts.columns}
    fitting = _asked(connection, facts.name, names, lambda name: _fitting(name, likely[name]))
    gaps = tuple(name for name, (number, rows) in fitting.items() if number < rows)
    filled = _asked(connection, facts.name, gaps, lambda name: (sa.func.count(column(name)),))
    doubtful = tuple(name for name in gaps if filled[name][0] != fitting[name][0])
    classes: dict[str, set[bytes]] = {
        name: {likely[name].encode()} if number else set() for name, (number, _) in fitting.items()
    }
    classes |= {
        name: {word for word in found if word is not None}
        for name, found in _asked(connection, facts.name, doubtful, _first_and_last).items()
    }
    weighed = tuple(name for name in names if classes[name] & {b"text", b"blob"})
    longest = _asked(connection, facts.name, weighed, lambda name: _longest(name, classes[name]))
    return {
        name: _profile(connection, facts, name, classes[name], int(longest.get(name, (0,))[0]))
        for name in names
    }


def _fitting(name: str, likely: str) -> tuple[sa.ColumnElement[Any], ...]:
    """How many values are of the class that the declaration makes likely, and how many rows there are."""
    stored = sa.func.typeof(column(name))
    return sa.func.count().filter(stored == sa.literal_column(f"'{likely}'")), sa.func.count()


def _first_and_last(name: str) -> tuple[sa.ColumnElement[Any], ...]:
    """The classes are blob, integer, real, text: where the first and the last are one, no other is there."""
    stored = sa.func.nullif(sa.func.typeof(column(name)), "null")
    return sa.func.min(stored), sa.func.max(stored)


def _longest(name: str, classes: set[bytes]) -> tuple[sa.ColumnElement[Any], ...]:
    """Bytes; of a column with bytes only SQLite tells them without reading the values."""
    value = column(name)
    return (sa.func.max(sa.func.length(value if classes == {b"blob"} else sa.cast(value, sa.BLOB))),)


def _asked(
    connection: sa.Connection,
    source: str,
    names: tuple[str, ...],
    measures: Callable[[str], tuple[sa.ColumnElement[Any], ...]],
) -> dict[str, tuple[Any, ...]]:
    """Ask a few measures of each column, a few hundred columns at a time."""
    found: dict[str, tuple[Any, ...]] = {}
    for start in range(0, len(names), _AT_ONCE):
        part = names[start : start + _AT_ONCE]
        asked = [measures(name) for name in part]
        row = iter(connection.execute(sa.select(*chain(*asked)).select_from(table(source))).one())
        found.update({name: tuple(islice(row, len(one))) for name, one in zip(part, asked, strict=True)})
    return found


def _profile(
    connection: sa.Connection, facts: TableFacts, name: str, classes: set[bytes], longest: int
) -> Profile:
    """Tell what a column holds from its first and last class."""
    if not classes:
        return Profile(next(item.type for item in facts.columns if item.name == name))
    if classes == {b"integer"}:
        return Profile("int64")
    if classes == {b"real"} or (classes == {b"integer", b"real"} and _exact(connection, facts.name, name)):
        return Profile("double")
    if classes == {b"blob"}:
        return Profile("binary", longest=longest)
    return Profile("string", mixed=classes != {b"text"}, longest=longest)


def _exact(connection: sa.Connection, source: str, name: str) -> bool:
    value = column(name)
    whole = sa.func.typeof(value) == "integer"
    query = sa.select(sa.func.min(value), sa.func.max(value)).select_from(table(source)).where(whole)
    low, high = connection.execute(query).one()
    return int(low) >= -_EXACT and int(high) <= _EXACT
