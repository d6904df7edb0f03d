"""What a run set aside or excluded, in groups and by the first names of each: bounded, however much."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from leverans.ledger.tables import object_event, row_event

_WORDS = ("quarantined", "excluded")


@dataclass(frozen=True, slots=True)
class AsideName:
    """One object or row of a group, on the open route.

    Attributes:
        object: object id, None for a row or document that belongs to no object.
        reference: reference code, None where it is not to be told.
        key: the source's key (a pseudonym when personal).
        stream: ``source.stream``, None for an object.
        number: its number in the ledger, for what has no name that may be told.
    """

    object: str | None
    reference: str | None
    key: str | None
    stream: str | None
    number: int


@dataclass(frozen=True, slots=True)
class AsideGroup:
    """Objects, or rows without an object, of one run that share disposition, code, rule, place and route.

    Attributes:
        disposition: ``quarantined`` or ``excluded``.
        code: reason, a code of `leverans.findings`.
        rule: name of the rule or field that said so.
        place: ``file:line:column`` of it.
        route: ``open`` or ``protected``.
        objects: how many objects (0 for a group of rows).
        documents: documents in those objects.
        rows: how many rows and documents that belong to no object (0 for a group of objects).
    """

    disposition: str
    code: str
    rule: str | None
    place: str | None
    route: str
    objects: int
    documents: int
    rows: int


@dataclass(frozen=True, slots=True)
class Asides:
    """All groups of a run, and per disposition and code the first names of the open route."""

    groups: tuple[AsideGroup, ...]
    names: dict[tuple[str, str], tuple[AsideName, ...]]


def asides(connection: sa.Connection, number: int, most: int) -> Asides:
    """Group what run `number` set aside, with at most `most` names per disposition and code."""
    groups = [*_object_groups(connection, number), *_row_groups(connection, number)]
    names: dict[tuple[str, str], list[AsideName]] = {}
    for disposition, code, name in (
        *_object_names(connection, number, most),
        *_row_names(connection, number, most),
    ):
        found = names.setdefault((disposition, code), [])
        if len(found) < most:
            found.append(name)
    return Asides(tuple(groups), {key: tuple(found) for key, found in names.items()})


def _object_groups(connection: sa.Connection, number: int) -> list[AsideGroup]:
    table = object_event.c
    keys = (table.disposition, table.reason, table.rule, table.place, table.route)
    query = (
        sa.select(*keys, sa.func.count(), sa.func.sum(table.documents))
        .where(table.run == number, table.disposition.in_(_WORDS))
        .group_by(*keys)
        .order_by(*keys)
    )
    return [
        AsideGroup(disposition, code or "", rule, place, route, count, documents or 0, 0)
        for disposition, code, rule, place, route, count, documents in connection.execute(query)
    ]


def _row_groups(connection: sa.Connection, number: int) -> list[AsideGroup]:
    table = row_event.c
    keys = (table.disposition, table.code, table.rule, table.place, table.route)
    query = (
        sa.select(*keys, sa.func.count())
        .where(table.run == number, table.disposition.in_(_WORDS))
        .group_by(*keys)
        .order_by(*keys)
    )
    return [
        AsideGroup(disposition, code, rule, place, route, 0, 0, count)
        for disposition, code, rule, place, route, count in connection.execute(query)
    ]


def _object_names(connection: sa.Connection, number: int, most: int) -> list[tuple[str, str, AsideName]]:
    table = object_event.c
    order = (table.reference, table.key, table.object)
    columns = (table.disposition, table.reason, table.object, table.reference, table.key, table.sequence)
    found = _first(connection, columns, order, (table.run == number, table.route == "open"), most)
    return [
        (disposition, code or "", AsideName(thing, reference, key, None, sequence))
        for disposition, code, thing, reference, key, sequence, _ in found
    ]


def _row_names(connection: sa.Connection, number: int, most: int) -> list[tuple[str, str, AsideName]]:
    table = row_event.c
    order = (table.stream, table.sequence)
    columns = (table.disposition, table.code, table.stream, table.key, table.sequence)
    found = _first(connection, columns, order, (table.run == number, table.route == "open"), most)
    return [
        (disposition, code, AsideName(None, None, key, stream, sequence))
        for disposition, code, stream, key, sequence, _ in found
    ]


def _first(
    connection: sa.Connection,
    columns: tuple[sa.ColumnElement[Any], ...],
    order: tuple[sa.ColumnElement[Any], ...],
    where: tuple[sa.ColumnElement[bool], ...],
    most: int,
) -> list[Any]:
    """Give the first `most` rows per disposition and code, the first two of `columns`."""
    disposition, code = columns[:2]
    place = sa.func.row_number().over(partition_by=(disposition, code), order_by=order).label("nth")
    ranked = sa.select(*columns, place).where(*where, disposition.in_(_WORDS)).subquery()
    query = sa.select(ranked).where(ranked.c.nth <= most)
    return list(connection.execute(query.order_by(*list(ranked.c)[:2], ranked.c.nth)))
