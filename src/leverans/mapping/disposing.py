"""What a virtual table disposes of stands in a column of its base, too: nothing else may use that column."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from leverans.mapping import language as lang
from leverans.mapping.plan import ColumnUse
from leverans.mapping.shapes import Nested, Pivot, Virtual
from leverans.mapping.uses import Desk

_GALLRING = "gallring"
Question = tuple[str, str]
"""Version of the form (empty where there is only one) and question."""


@dataclass(frozen=True, slots=True)
class Held:
    """A column that disposed values stand in.

    Attributes:
        column: stream and column.
        table: the virtual table that disposes of them.
        dropped: what it drops, as written; its own name where the whole table is left.
        where: the place of that.
        pivot: the pivot that reads the column; None where it is unfolded.
        questions: the questions whose answers are disposed of; empty for all.
    """

    column: tuple[str, str]
    table: Virtual
    dropped: str
    where: str
    pivot: Pivot | None = None
    questions: frozenset[Question] = frozenset()


def hold(mapping: lang.Mapping, desk: Desk) -> None:
    """Note MAP067 for uses of columns that hold disposed values, MAP068 where one is of a table's key."""
    told: set[tuple[str, tuple[str, str]]] = set()
    for held in chain.from_iterable(_held(mapping, table) for table in mapping.virtual.values()):
        for where in _uses(mapping, desk, held):
            if (where, held.column) not in told:
                told.add((where, held.column))
                _note(desk, ("MAP067", where), held.column, (held.dropped, held.where))
        _key(desk, held.column, held.dropped, held.where)
    for use in desk.uses:
        if use.use == "dropped" and use.reason.startswith(_GALLRING) and use.stream not in mapping.virtual:
            _key(desk, (use.stream, use.column), use.column, use.where)


def _key(desk: Desk, column: tuple[str, str], dropped: str, where: str) -> None:
    stream = desk.streams.get(column[0])
    if stream is not None and column[1] in stream.key:
        _note(desk, ("MAP068", where), column, (dropped, where))


def _note(desk: Desk, told: tuple[str, str], column: tuple[str, str], dropped: tuple[str, str]) -> None:
    """Note a code at its place; `dropped` is what is disposed of and the place that says so."""
    (code, where), (name, place) = told, dropped
    desk.problems.note(code, where, table=column[0], column=column[1], dropped=name, place=place)


def _held(mapping: lang.Mapping, table: Virtual) -> Iterator[Held]:
    """Give every column that something disposed of by a virtual table stands in, nearest first."""
    left = next((one for one in mapping.leave if (one.name, one.use) == (table.name, _GALLRING)), None)
    if isinstance(table, Nested):
        gone = [one for one in (*table.drop, left) if one is not None and one.use == _GALLRING]
        if gone:
            name = table.short if gone[0] is left else gone[0].name
            yield from _upwards(mapping, Held(table.origin, table, name, gone[0].where))
        return
    asked = {
        (version, question): one
        for version, form in table.forms.items()
        for question, name in form.dropped.items()
        for one in form.drop
        if (one.name, one.use) == (name, _GALLRING)
    }
    column = (table.base, table.value)
    if left is not None:
        yield from _upwards(mapping, Held(column, table, table.short, left.where, table))
    elif asked:
        first = next(iter(asked.values()))
        yield from _upwards(mapping, Held(column, table, first.name, first.where, table, frozenset(asked)))


def _upwards(mapping: lang.Mapping, held: Held) -> Iterator[Held]:
    """Give a column, and those that it is made of where its table is virtual itself."""
    yield held
    stream, column = held.column
    above = mapping.virtual.get(stream)
    if isinstance(above, Nested):
        origin = (above.within or above.base, column) if column in above.carry else above.origin
        yield from _upwards(mapping, Held(origin, held.table, held.dropped, held.where))
    elif above is not None:
        questions = frozenset(
            (version, question)
            for version, form in above.forms.items()
            for name, question in (*form.columns.items(), *form.several.items())
            if name == column
        )
        origin = (above.base, above.value if questions else column)
        pivot = above if questions else None
        yield from _upwards(mapping, Held(origin, held.table, held.dropped, held.where, pivot, questions))


def _uses(mapping: lang.Mapping, desk: Desk, held: Held) -> Iterator[str]:
    """Give the places of uses that would let a disposed value out: all but the making of its own tables."""
    making = {
        f"{'pivot' if isinstance(table, Pivot) else 'nested'}.{table.short}": table
        for table in mapping.virtual.values()
    }
    for use in desk.uses:
        if (use.stream, use.column) == held.column and not _makes(making.get(use.target), use, held):
            yield use.where


def _makes(table: Virtual | None, use: ColumnUse, held: Held) -> bool:
    """Say whether a use is the making of a virtual table that has nothing of what is disposed of."""
    if table is None or use.use != "mapped":
        return False
    if isinstance(
        table, Nested
    ):  # all tables of one column are read as one document: MAP035 keeps them apart
        carried = use.column in table.carry and use.stream == (table.within or table.base)
        return held.pivot is None and not carried and table.origin == held.column
    return held.pivot is not None and (table is held.pivot or _apart(table, held.pivot, held.questions))


def _apart(table: Pivot, pivot: Pivot, questions: frozenset[Question]) -> bool:
    """Say whether a pivot keeps none of some questions of another one."""
    if not questions or table.question != pivot.question:
        return False
    same = table.version == pivot.version
    kept = {
        (version, question)
        for version, form in table.forms.items()
        for question in (*form.columns.values(), *form.several.values())
    }
    return not any(
        question == other and (not same or version == of)
        for version, question in kept
        for of, other in questions
    )
