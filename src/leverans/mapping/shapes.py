"""Virtual tables: what a mapping unfolds from XML or JSON in a column; everywhere else they are tables."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from leverans.mapping.language import Dropped

ROW, PARENT, NUMBER = "_row", "_parent", "_no"
OWN = (ROW, PARENT, NUMBER)
"""Columns that every virtual table has: its key, the key of the row it lies within, its number there."""

XSI = "http://www.w3.org/2001/XMLSchema-instance"
Steps = tuple[str, ...]

_NAME = re.compile(r"[^\W\d][\w.-]*")


@dataclass(frozen=True, slots=True)
class Nested:
    """One virtual table.

    Attributes:
        name: ``source.table``.
        base: the stream whose column holds the text.
        column: that column.
        format: what the text is.
        within: the virtual table it lies within; empty for the document itself.
        each: steps to a row, from the document or from the row it lies within.
        columns: column → steps; an attribute is a last step that begins with ``@``.
        carry: columns of the row it lies within that its rows get, too.
        again: steps from a row to rows of the same kind within it; None where there are none.
        drop: paths that are not read, as written.
        dropped: the steps of each of them.
        namespaces: prefix → namespace, ``default`` for names without one.
    """

    name: str
    base: str
    column: str
    format: Literal["xml", "json"]
    within: str
    each: Steps
    columns: dict[str, Steps]
    where: str
    carry: tuple[str, ...] = ()
    again: Steps | None = None
    drop: tuple[Dropped, ...] = ()
    dropped: dict[str, Steps] = field(default_factory=dict)
    namespaces: dict[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> tuple[str, str]:
        """Stream and column that it is unfolded from."""
        return self.base, self.column

    @property
    def short(self) -> str:
        """Its name without the source."""
        return self.name.partition(".")[2]


@dataclass(frozen=True, slots=True)
class Form:
    """The questions of one version of a form.

    Attributes:
        columns: column → question with one answer.
        several: column → question with any number of answers.
        drop: questions that are not kept, as ``version/question``.
        dropped: question → that name.
    """

    columns: dict[str, str]
    several: dict[str, str]
    drop: tuple[Dropped, ...] = ()
    dropped: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pivot:
    """One virtual table: a row per filled-in form, made of a row per answer.

    Attributes:
        name: ``source.table``.
        base: the table of the answers.
        key: its columns that tell which form an answer belongs to.
        question: its column of the question.
        value: its column of the answer.
        version: its column of the form's version; empty where there is only one.
        forms: the questions of each version.
        separator: stands between the answers of a question with several.
        drop: columns of the answers that are not kept.
    """

    name: str
    base: str
    key: tuple[str, ...]
    question: str
    value: str
    version: str
    forms: dict[str, Form]
    where: str
    separator: str = ""
    drop: tuple[Dropped, ...] = ()

    @property
    def short(self) -> str:
        """Its name without the source."""
        return self.name.partition(".")[2]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of all versions, each once."""
        names = [name for form in self.forms.values() for name in (*form.columns, *form.several)]
        return tuple(dict.fromkeys(names))

    @property
    def within(self) -> str:
        """It lies within nothing."""
        return ""


Virtual = Nested | Pivot


@dataclass(slots=True)
class Spot:
    """One place in a document: what lies below it, and what is done with what stands there.

    Attributes:
        below: step → place.
        table: the virtual table whose rows these are.
        leaf: (table, column) that takes its text.
        dropped: nothing here or below is read.
    """

    below: dict[str, "Spot"] = field(default_factory=dict)
    table: Nested | None = None
    leaf: tuple[str, str] | None = None
    dropped: bool = False

    def at(self, steps: Steps) -> "Spot":
        """Give the place some steps below, made when it is new."""
        spot = self
        for step in steps:
            spot = spot.below.setdefault(step, Spot())
        return spot


class PathFault(ValueError):
    """A path that is none; `code` and `piece` say why."""

    def __init__(self, code: str, piece: str) -> None:
        super().__init__(code, piece)
        self.code = code
        self.piece = piece


def steps_of(text: str, kind: str, namespaces: Mapping[str, str], *, leaf: bool) -> Steps:
    """Give the steps of a path; ``.`` has none.

    Args:
        text: as written.
        kind: ``xml`` or ``json``.
        namespaces: prefix → namespace.
        leaf: the last step may be ``@attribute`` or ``text()``.

    Raises:
        PathFault: MAP034 it is no path, MAP036 a prefix is not known.
    """
    if text == ".":
        return ()
    pieces = text.split("/")
    if leaf and pieces[-1] == "text()":
        pieces.pop()
    if kind == "json":
        if "" in pieces or "*" in pieces:
            raise PathFault("MAP034", text)
        return tuple(piece.replace("~1", "/").replace("~0", "~") for piece in pieces)
    last = len(pieces) - 1
    return tuple(_name(piece, namespaces, leaf=leaf and at == last) for at, piece in enumerate(pieces))


def _name(piece: str, namespaces: Mapping[str, str], *, leaf: bool) -> str:
    """Give a step of XML in Clark's notation; an attribute without a prefix has no namespace."""
    sign = "@" if leaf and piece.startswith("@") else ""
    prefix, colon, local = piece.removeprefix(sign).rpartition(":")
    if not _NAME.fullmatch(local) or (colon and not _NAME.fullmatch(prefix)):
        raise PathFault("MAP034", piece)
    known = {"xsi": XSI, **namespaces}
    if colon and prefix not in known:
        raise PathFault("MAP036", prefix)
    space = known[prefix] if colon else "" if sign else known.get("default", "")
    return f"{sign}{{{space}}}{local}" if space else f"{sign}{local}"


def plant(tables: Iterable[Nested]) -> tuple[Spot, list[tuple[str, str, str]]]:
    """Give the places of one document, and what claims a place that is taken: (table, what, other).

    Args:
        tables: every virtual table of one column, outer ones first.
    """
    every = list(tables)
    homes = {"": Spot()}
    clashes = _rows(every, homes)
    for table in every:
        for column, steps in table.columns.items():
            spot = homes[table.name].at(steps)
            other = spot.leaf[1] if spot.leaf else spot.table.short if spot.table else ""
            if spot.leaf or (spot.table is not None and spot.table is not table):
                clashes.append((table.name, column, other))
            spot.leaf = spot.leaf or (table.name, column)
    for table in every:
        for text, steps in table.dropped.items():
            spot = homes[table.name].at(steps)
            if spot.leaf or spot.table or spot.below or spot.dropped:
                clashes.append((table.name, text, _first(spot)))
            spot.dropped = True
    return homes[""], clashes


def _rows(tables: list[Nested], homes: dict[str, Spot]) -> list[tuple[str, str, str]]:
    """Place the rows of every table."""
    clashes: list[tuple[str, str, str]] = []
    for table in tables:
        spot = homes[table.within].at(table.each)
        if spot.table is not None:
            clashes.append((table.name, "each", spot.table.short))
            spot = Spot()
        spot.table = table
        homes[table.name] = spot
        if table.again:
            last = spot.at(table.again[:-1])
            if table.again[-1] in last.below:
                clashes.append((table.name, "again", _first(last.below[table.again[-1]])))
            last.below[table.again[-1]] = spot
    return clashes


def _first(spot: Spot) -> str:
    """Name something that is declared at a place or below it."""
    if spot.leaf:
        return spot.leaf[1]
    if spot.table:
        return spot.table.short
    return next((_first(other) for other in spot.below.values()), "drop")


def origins(tables: Mapping[str, Virtual]) -> dict[tuple[str, str], list[Nested]]:
    """Give the unfolded tables of each column, outer ones first."""
    made: dict[tuple[str, str], list[Nested]] = {}
    for table in tables.values():
        if isinstance(table, Nested):
            made.setdefault(table.origin, []).append(table)
    return made
