"""Which table is the case, what hangs on it, and what a package could hold: proposals with evidence."""

import re
from collections.abc import Iterable, Iterator, Sequence

from leverans.contracts.profile import ColumnProfile, Guess, Proposal, Reference, SourceProfile, TableProfile
from leverans.errors import ConfigurationError
from leverans.sources.profiling.likeness import forms, tokens, words

_CHILDREN, _DATES, _REFERS = 3, 2, 2
_WEIGHTS = {"children": 0.30, "dates": 0.20, "number": 0.15, "refers": 0.10, "named": 0.25}
_FEW_COLUMNS = 3
_SMALL = 0.2
_NUMBER = re.compile(r"A+[ -]?9{2,4}[-/ ]9+|9{4}[-/]9+")
_SHOWN_TABLES = 12


def propose(profile: SourceProfile, root: str = "") -> Proposal:
    """Say how a source could be read.

    Args:
        profile: what was seen in it.
        root: the table of the cases, where the engineer knows it.

    Raises:
        ConfigurationError: MTL022 there are no tables, MTL023 there is no such table.
    """
    if not profile.tables:
        raise ConfigurationError("MTL022", profile.source)
    names = [table.name for table in profile.tables]
    if root and root not in names:
        more = ["…"] if len(names) > _SHOWN_TABLES else []
        raise ConfigurationError(
            "MTL023", profile.source, (), table=root, known=", ".join([*names[:_SHOWN_TABLES], *more])
        )
    chosen = profile.chosen()
    guesses = () if root else tuple(_guesses(profile, chosen))
    case = profile.table(root or guesses[0].table)
    parents = tuple(_tree(case.name, chosen))
    within = {case.name, *(one.table for one in parents)}
    joins = tuple(one for one in chosen if one.table == case.name and one.target not in within)
    number = _number(case)
    return Proposal(
        root=case.name,
        guesses=guesses,
        parents=parents,
        joins=joins,
        partition=_partition(case),
        title=_title(case, number),
        number=number,
        key=case.key or tuple(column.name for column in case.columns if column.name),
    )


def _guesses(profile: SourceProfile, chosen: Sequence[Reference]) -> list[Guess]:
    order = {table.name: at for at, table in enumerate(profile.tables)}
    made = [_guess(table, chosen) for table in profile.tables]
    return sorted(made, key=lambda one: (-one.score, order[one.table]))


def _guess(table: TableProfile, chosen: Sequence[Reference]) -> Guess:
    children = {one.table for one in chosen if one.target == table.name} - {table.name}
    refers = {one.target for one in chosen if one.table == table.name} - {table.name}
    dates = [column for column in _dates(table) if not _has(column.name, "technical")]
    number = _number(table) if _looks_like_number(table, _number(table)) else ""
    named = any(_is_word(word, "table") for word in (*tokens(table.name), "".join(tokens(table.name))))
    score = (
        _WEIGHTS["children"] * min(len(children), _CHILDREN) / _CHILDREN
        + _WEIGHTS["dates"] * min(len(dates), _DATES) / _DATES
        + _WEIGHTS["refers"] * min(len(refers), _REFERS) / _REFERS
        + _WEIGHTS["number"] * bool(number)
        + _WEIGHTS["named"] * (named and not _is_part(table, chosen))
        - (_SMALL if len(table.columns) <= _FEW_COLUMNS or not table.rows else 0)
    )
    return Guess(table.name, round(max(0.0, score), 3), len(children), len(dates), len(refers), number, named)


def _is_part(table: TableProfile, chosen: Iterable[Reference]) -> bool:
    """The table's name begins with that of a table it refers to: ``case_labels``."""
    own = "".join(tokens(table.name))
    targets = {one.target for one in chosen if one.table == table.name and one.target != table.name}
    return any(own.startswith("".join(tokens(target))) for target in targets)


def _tree(root: str, chosen: Sequence[Reference]) -> Iterator[Reference]:
    """Give the reference of each table that hangs on the root, nearest first."""
    reached, waiting = {root}, [root]
    while waiting:
        above = waiting.pop(0)
        below = [one for one in chosen if one.target == above and one.table not in reached]
        best: dict[str, Reference] = {}
        for one in below:
            if one.table not in best or (one.declared, one.score) > (
                best[one.table].declared,
                best[one.table].score,
            ):
                best[one.table] = one
        for table, one in best.items():
            reached.add(table)
            waiting.append(table)
            yield one


def _dates(table: TableProfile) -> list[ColumnProfile]:
    return [column for column in table.columns if column.layout]


def _partition(table: TableProfile) -> str:
    """Give the date that a case begins with: by its name, then by how many cases have it."""
    found = [column for column in _dates(table) if not _has(column.name, "technical")]
    if not found:
        return ""
    order = [column.name for column in table.columns]
    best = min(
        found,
        key=lambda one: (
            not _has(one.name, "opened"),
            _has(one.name, "closed"),
            -one.filled,
            order.index(one.name),
        ),
    )
    return best.name


def _number(table: TableProfile) -> str:
    """Give the column that could be the reference code: by its name, by its shape, else the key."""
    own = [
        column
        for column in table.columns
        if column.name and column.type in {"int64", "string"} and not column.layout
    ]
    for column in own:
        if "".join(tokens(column.name)) in words()["case"]["number"]:
            return column.name
    for column in own:
        if column.unique and _NUMBER.fullmatch(column.shapes[0][0] if column.shapes else ""):
            return column.name
    return table.key[0] if table.key else own[0].name if own else table.columns[0].name


def _looks_like_number(table: TableProfile, name: str) -> bool:
    column = table.column(name)
    shape = column.shapes[0][0] if column.shapes else ""
    return "".join(tokens(name)) in words()["case"]["number"] or _NUMBER.fullmatch(shape) is not None


def _title(table: TableProfile, number: str) -> str:
    texts = [
        one
        for one in table.columns
        if one.type == "string" and not one.layout and one.name not in {"", number, *table.key}
    ]
    named = [one for one in texts if _has(one.name, "title")]
    return next((one.name for one in (*named, *texts) if one.filled), "")


def _has(name: str, kind: str) -> bool:
    whole = "".join(tokens(name))
    return any(_is_word(word, kind) for word in (*tokens(name), whole))


def _is_word(word: str, kind: str) -> bool:
    return any(forms(word) & forms(one) for one in words()["case"][kind])
