"""Rows that are protected as one thing and read as another: who reads them must say what holds there."""

from collections.abc import Iterator, Mapping

from leverans.mapping import language as lang

_Column = tuple[str, str]


def unguarded(mapping: Mapping[str, lang.Entity]) -> Iterator[tuple[lang.Entity, str, str]]:
    """Give every entity that is silent about an axis which another one decides by a column of its table.

    Silent is who neither has rules of that axis nor stands on the very row of one that has: what lies above
    it speaks of other rows. Given are the entity, the axis and the column, the first of each axis.
    """
    decided = [
        (owner, axis, column)
        for owner in mapping.values()
        for axis, rules in owner.restrict.items()
        for column in _tested(owner, rules)
    ]
    told: set[tuple[str, str]] = set()
    for owner, axis, (table, column) in decided:
        for entity in mapping.values():
            silent = entity.table == table and not _speaks(mapping, entity, axis, frozenset())
            if entity is not owner and silent and (entity.name, axis) not in told:
                told.add((entity.name, axis))
                yield entity, axis, column


def _tested(entity: lang.Entity, rules: tuple[lang.Protect, ...]) -> Iterator[_Column]:
    joins = {join.name: join.table for join in entity.joins}
    splits = {split.name: split.by.column for split in entity.splits}
    for test in (test for rule in rules for test in rule.condition.tests):
        prefix, dot, rest = test.column.partition(".")
        column = splits.get(prefix, test.column) if dot else test.column
        prefix, dot, rest = column.partition(".")
        yield (joins[prefix], rest) if dot and prefix in joins else (entity.table, column)


def _speaks(mapping: Mapping[str, lang.Entity], entity: lang.Entity, axis: str, seen: frozenset[str]) -> bool:
    """Say whether an entity has rules of an axis, or every one above it has them on the same row."""
    if axis in entity.restrict:
        return True
    above = [
        (owner, child)
        for owner in mapping.values()
        for child in owner.children
        if child.entity == entity.name
    ]
    return bool(above) and all(
        owner.name not in seen
        and _same_row(owner, entity, child)
        and _speaks(mapping, owner, axis, seen | {entity.name})
        for owner, child in above
    )


def _same_row(owner: lang.Entity, below: lang.Entity, child: lang.Child) -> bool:
    """Say whether a child is the row of its parent: it says so, or hangs on the whole key of both."""
    pairs = set(child.on)
    whole = owner.key == below.key and pairs >= {(column, column) for column in owner.key}
    return owner.table == below.table and (child.same_row or whole)
