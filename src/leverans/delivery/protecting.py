"""Which rule of a mapping protected an archived object: its rules are tried on its rows."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from leverans.delivery.archived import Evidence
from leverans.mapping.building import scalar_text
from leverans.mapping.layers import KeyPath, Layered
from leverans.mapping.tools.origin import SourceRow

Row = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule about one axis that made, or may have made, what an object says.

    Attributes:
        columns: (``source.table``, column) of what it tests; empty for ``otherwise``.
        words: ``when`` or ``otherwise``, and what the rule says: ``none``, ``law``, ``web …``.
        where: the place of the rule in the mapping.
        sure: it matched, and none before it can have.
        rows: the rows that it was tried on, as far as they travelled with the object.
    """

    columns: tuple[tuple[str, str], ...]
    words: tuple[str, ...]
    where: str
    sure: bool
    rows: tuple[SourceRow, ...]


def rules_of(evidence: Evidence, entity: str, axis: str, row: SourceRow | None) -> list[RuleLine]:
    """Give the rules that can have made an axis of an object, the first that surely matches last.

    Args:
        evidence: the archived case.
        entity: entity of the mapping.
        axis: ``secrecy``, ``personal_data`` or ``copyright``.
        row: the object's own row, None where it is not known.

    Returns:
        Nothing where no mapping travelled, the entity has no such axis, or none matches.
    """
    mapping = evidence.mapping
    if mapping is None:
        return []
    block = mapping.data["entities"].get(entity, {})
    rules = (block.get("restrict") or {}).get(axis, [])
    table = next((one.table for one in evidence.entities if one.name == entity), "")
    desk = _Desk(evidence, mapping, block, table, row)
    found: list[RuleLine] = []
    for index, rule in enumerate(rules):
        holds = desk.holds(rule.get("when") or {})
        if holds is not False:
            path = ("entities", entity, "restrict", axis, index)
            found.append(desk.line(rule, path, sure=holds is True and not found))
        if holds:
            break
    return found


@dataclass(slots=True)
class _Desk:
    """Tries conditions on the rows of one object."""

    evidence: Evidence
    mapping: Layered
    block: Mapping[str, Any]
    table: str
    own: SourceRow | None

    def line(self, rule: Mapping[str, Any], path: KeyPath, *, sure: bool) -> RuleLine:
        tested = tuple(self._named(column) for column in rule.get("when") or {})
        said = [word for word in ("none", "law", "hidden") if word in rule]
        said += [f"web {rule['web']}"] if "web" in rule else []
        words = ("when" if tested else "otherwise", *said)
        rows = [row for column in rule.get("when") or {} for row in self._rows(column) or ()]
        return RuleLine(tested, words, self.mapping.where(path), sure, tuple(rows))

    def holds(self, tests: Mapping[str, Mapping[str, Any]]) -> bool | None:
        """Say whether every test holds; None where that cannot be known."""
        answers = [self._test(column, test) for column, test in tests.items()]
        if False in answers:
            return False
        return None if None in answers else True

    def _test(self, column: str, test: Mapping[str, Any]) -> bool | None:
        rows = self._rows(column)
        if rows is None:
            return None
        name = column.partition(".")[2] if self._join(column) else column
        answers = {_meets(row.values.get(name), test) for row in rows}
        return answers.pop() if len(answers) == 1 else None

    def _join(self, column: str) -> Mapping[str, Any] | None:
        name, dot, _rest = column.partition(".")
        found: Mapping[str, Any] | None = (self.block.get("join") or {}).get(name) if dot else None
        return found

    def _named(self, column: str) -> tuple[str, str]:
        join = self._join(column)
        return (
            (self.table, column) if join is None else (self._stream(join["table"]), column.partition(".")[2])
        )

    def _stream(self, table: str) -> str:
        data = self.mapping.data
        only = data.get("source") or (data["sources"][0] if len(data.get("sources", ())) == 1 else "")
        return table if not only or table.startswith(f"{only}.") else f"{only}.{table}"

    def _rows(self, column: str) -> list[SourceRow] | None:
        """Give the rows whose column a test reads; None where they are not in the package."""
        if self.own is None or column.partition(".")[0] in (self.block.get("split") or {}):
            return None
        join = self._join(column)
        if join is None:
            return [self.own] if column in self.own.values else None
        return list(self._joined(join, self.own.values)) or None

    def _joined(self, join: Mapping[str, Any], own: Row) -> Iterator[SourceRow]:
        wanted = {other: own.get(column) for column, other in join["on"].items()}
        for row in self.evidence.rows:
            fits = all(row.values.get(other) == value for other, value in wanted.items())
            kept = all(_meets(row.values.get(name), test) for name, test in (join.get("where") or {}).items())
            if row.stream == self._stream(join["table"]) and fits and kept:
                yield row


def _meets(value: str | None, test: Mapping[str, Any]) -> bool | None:
    for operator, wanted in test.items():
        match operator:
            case "in":
                return value in [scalar_text(one) for one in wanted]
            case "not_in":
                return value not in [scalar_text(one) for one in wanted]
            case "empty":
                return (value in {None, ""}) is wanted
            case "is_null":
                return (value is None) is wanted
            case "match":
                return _fits(value, wanted)
    return None


def _fits(value: str | None, pattern: str) -> bool | None:
    try:
        return value is not None and re.fullmatch(pattern, value) is not None
    except re.error:
        return None
