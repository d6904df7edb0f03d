"""Who uses which column: references are resolved against the catalogue and noted for ledger and lineage."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from leverans.contracts import Stream
from leverans.mapping import language as lang
from leverans.mapping.layers import Problems
from leverans.mapping.plan import ColumnUse, FieldLineage

Use = Literal["mapped", "joined", "conditioned", "key", "dropped", "left"]


def references(value: lang.Value) -> Iterator[tuple[str, Use, str]]:
    """Give every column that a value reads, as written, with how it is used and where."""
    if value.operator == "from":
        yield value.column, "mapped", value.where
    for part in value.parts:
        yield from references(part)
    for condition, choice in value.choices:
        for test in condition.tests:
            yield test.column, "conditioned", test.where
        yield from references(choice)
    if value.by is not None:
        yield from references(value.by)


def operators(value: lang.Value) -> tuple[str, ...]:
    """Give the operator chain of a value in words, outermost operator first, then its steps."""
    chain: list[str] = [value.operator]
    inner = [*value.parts, *(choice for _condition, choice in value.choices)]
    inner += [value.by] if value.by is not None else []
    for part in inner:
        chain += [word for word in operators(part) if word not in {"from", "constant"}]
    chain += [f"clean {step}" for step in value.clean]
    chain += ["null_if"] if value.null_if else []
    chain += [f"match {value.match}"] if value.match else []
    chain += [f"code {value.code}"] if value.code else []
    chain += [f"lookup {value.table}"] if value.table else []
    if value.layouts:
        chain.append(f"{value.kind} {' | '.join(value.layouts)}")
    elif value.kind != "text":
        chain.append(value.kind)
    return tuple(chain)


@dataclass(slots=True)
class Scope:
    """What the references of one block mean: its own table, then its joins by name."""

    own: str
    where: str
    joins: dict[str, str] = field(default_factory=dict)


class Desk:
    """Notes uses of columns; what cannot be resolved becomes a problem."""

    def __init__(self, streams: dict[str, Stream], problems: Problems, absent: frozenset[str]) -> None:
        self.streams = streams
        self.problems = problems
        self.absent = absent
        self.uses: list[ColumnUse] = []
        self.lines: list[FieldLineage] = []
        self.users: dict[str, str] = {}

    def table(self, name: str, kind: Literal["table", "documents"], where: str) -> None:
        """Note that a table is used; MAP052 when the source has none, MAP061 when it is of another kind."""
        stream = self.streams.get(name)
        if stream is None:
            if name.split(".", 1)[0] not in self.absent:
                self.problems.note("MAP052", where, table=name)
        elif stream.kind != kind:
            self.problems.note("MAP061", where, table=name, kind=kind)
        self.users.setdefault(name, where)

    def resolve(self, reference: str, scope: Scope, where: str) -> tuple[str, str] | None:
        """Give (stream, column) of a reference; MAP053 when there is no such column."""
        prefix, dot, rest = reference.partition(".")
        if dot and prefix in scope.joins:
            return self._column(scope.joins[prefix], rest, where)
        return self._column(scope.own, reference, where)

    def column(
        self, stream: str, column: str, use: Use, target: str, where: str, *, reason: str = ""
    ) -> None:
        """Note a use of a column that is named outright."""
        if self._column(stream, column, where) is not None:
            self._note((stream, column), use, target, where, reason)

    def reference(
        self, reference: str, scope: Scope, use: Use, target: str, where: str
    ) -> tuple[str, str] | None:
        """Note a use of a reference."""
        found = self.resolve(reference, scope, where)
        if found is not None:
            self._note(found, use, target, where, "")
        return found

    def condition(self, condition: lang.Condition, scope: Scope, target: str) -> None:
        """Note the columns of a condition."""
        for test in condition.tests:
            self.reference(test.column, scope, "conditioned", target, test.where)

    def value(self, value: lang.Value, scope: Scope, entity: str, name: str) -> None:
        """Note the columns of a value and its lineage."""
        target = f"{entity}.{name}"
        found: dict[str, list[str]] = {}
        for reference, use, where in references(value):
            column = self.reference(reference, scope, use, target, where)
            if column is not None and column[1] not in found.setdefault(column[0], []):
                found[column[0]].append(column[1])
        chain = operators(value)
        for stream, columns in (found or {"": []}).items():
            self.lines.append(FieldLineage(entity, name, stream, tuple(columns), chain, value.where))

    def drop(self, stream: str, dropped: tuple[lang.Dropped, ...]) -> None:
        """Note what is dropped, with its reason and decision."""
        for item in dropped:
            self.column(stream, item.name, "dropped", "", item.where, reason=reason_of(item))

    def type_of(self, found: tuple[str, str]) -> str:
        """Give the Arrow type of a resolved column."""
        stream, name = found
        return next(column.type for column in self.streams[stream].columns if column.name == name)

    def _column(self, stream: str, column: str, where: str) -> tuple[str, str] | None:
        known = self.streams.get(stream)
        if known is None:
            return None
        if all(column != entry.name for entry in known.columns):
            self.problems.note("MAP053", where, table=stream, column=column)
            return None
        return stream, column

    def _note(self, column: tuple[str, str], use: Use, target: str, where: str, reason: str) -> None:
        line = ColumnUse(*column, use, target, reason, where)
        if line not in self.uses:
            self.uses.append(line)


def reason_of(item: lang.Dropped) -> str:
    """Give the reason for the ledger: ``technical: …`` or ``gallring: … (decision)``."""
    decision = f" ({item.decision})" if item.decision else ""
    return f"{item.use}: {item.reason}{decision}"
