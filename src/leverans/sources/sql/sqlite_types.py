"""Which type fits every value of an SQLite column."""

from collections.abc import Iterator, Mapping

import sqlalchemy as sa

from leverans.sources.sql.engine import Profile, TableFacts
from leverans.sources.sql.naming import column, table

_STORED = ("integer", "real", "text", "blob")
_AT_ONCE = 200
_EXACT = 2**53


def profile(connection: sa.Connection, facts: TableFacts) -> Mapping[str, Profile]:
    """Ask one pass over the table for the storage classes and the longest value of each column.

    One class lands as its own type; whole numbers among decimals land as double where every one of them is
    exact in it; any other mixture lands as text. A column without values lands as declared.
    """
    found: dict[str, Profile] = {}
    for part in _parts(tuple(item.name for item in facts.columns)):
        measures = [measure for name in part for measure in _measures(name)]
        row = list(connection.execute(sa.select(*measures).select_from(table(facts.name))).one())
        for index, name in enumerate(part):
            classes = {
                word for word, seen in zip(_STORED, row[index * 5 : index * 5 + 4], strict=True) if seen
            }
            longest = int(row[index * 5 + 4] or 0)
            found[name] = _profile(connection, facts, name, classes, longest)
    return found


def _parts(names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(names), _AT_ONCE):
        yield names[start : start + _AT_ONCE]


def _measures(name: str) -> Iterator[sa.ColumnElement[int]]:
    value = column(name)
    for word in _STORED:
        yield sa.func.max(sa.func.typeof(value) == word)
    yield sa.func.max(sa.func.length(sa.cast(value, sa.BLOB)))


def _profile(
    connection: sa.Connection, facts: TableFacts, name: str, classes: set[str], longest: int
) -> Profile:
    if not classes:
        return Profile(next(item.type for item in facts.columns if item.name == name))
    if classes == {"integer"}:
        return Profile("int64")
    if classes == {"real"} or (classes == {"integer", "real"} and _exact(connection, facts.name, name)):
        return Profile("double")
    if classes == {"blob"}:
        return Profile("binary", longest=longest)
    return Profile("string", mixed=classes != {"text"}, longest=longest)


def _exact(connection: sa.Connection, source: str, name: str) -> bool:
    value = column(name)
    whole = sa.func.typeof(value) == "integer"
    query = sa.select(sa.func.min(value), sa.func.max(value)).select_from(table(source)).where(whole)
    low, high = connection.execute(query).one()
    return int(low) >= -_EXACT and int(high) <= _EXACT
