"""What became of every column of the source: mapped, joined, conditioned, key, dropped or left."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from leverans.mapping.plan import ColumnUse, Plan

RANK = ("mapped", "joined", "conditioned", "key", "dropped", "left", "document", "uncovered")
"""The uses, the strongest first: a column that is mapped and joined on counts as mapped."""


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """One column of the source.

    Attributes:
        stream: ``source.table``.
        column: its name in the source.
        use: the strongest of its uses, one of `RANK`; ``document`` for a column that describes a document
            and is read by the software itself.
        targets: the archive's fields, joins and rules that use it.
        reason: why it is dropped or left, with the decision for gallring.
        where: the line of the mapping, the first of the strongest use.
        uses: every use.
    """

    stream: str
    column: str
    use: str
    targets: tuple[str, ...]
    reason: str
    where: str
    uses: tuple[ColumnUse, ...]

    def plain(self) -> dict[str, Any]:
        """Give it as plain data."""
        return {**asdict(self), "targets": list(self.targets), "uses": [asdict(use) for use in self.uses]}


def column_lines(plan: Plan) -> list[ColumnLine]:
    """Give every column of every table, in the source's order; a bound mapping has none uncovered."""
    noted: dict[tuple[str, str], list[ColumnUse]] = {}
    for use in plan.column_ledger():
        noted.setdefault((use.stream, use.column), []).append(use)
    return [
        _line(stream, column, noted.get((stream, column), []), documents=stream in plan.documents)
        for stream, columns in plan.columns.items()
        for column in columns
    ]


def by_use(lines: Iterable[ColumnLine]) -> dict[str, int]:
    """Count columns by use, in the order of `RANK`."""
    found = [line.use for line in lines]
    return {use: found.count(use) for use in RANK if use in found}


def _line(stream: str, column: str, uses: list[ColumnUse], *, documents: bool) -> ColumnLine:
    if not uses:
        return ColumnLine(stream, column, "document" if documents else "uncovered", (), "", "", ())
    best = min(uses, key=lambda use: RANK.index(use.use))
    targets = tuple(dict.fromkeys(use.target for use in uses if use.target))
    return ColumnLine(stream, column, best.use, targets, best.reason, best.where, tuple(uses))
