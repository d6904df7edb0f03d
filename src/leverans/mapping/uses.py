"""Who uses which column: references are resolved against the catalogue and noted for ledger and lineage."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from leverans.contracts import Stream
from leverans.findings.phrases import phrase
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
    for inner in (value.by, value.at):
        if inner is not None:
            yield from references(inner)


def operators(value: lang.Value) -> tuple[str, ...]:
    """Give the operator chain of a value in words, outermost operator first, then its steps."""
    chain: list[str] = [value.operator]
    inner = [*value.parts, *(choice for _condition, choice in value.choices)]
    inner += [value.by] if value.by is not None else []
    for part in inner:
        chain += [word for word in operators(part) if word not in {"from", "constant"}]
    chain += [f"fn {value.function}"] if value.function else []
    chain += [f"clean {step}" for step in value.clean]
    chain += ["null_if"] if value.null_if else []
    chain += [f"match {value.match}"] if value.match else []
    chain += [f"code {value.code}"] if value.code else []
    chain += [f"lookup {value.table}"] if value.table else []
    if value.at is not None:
        day = " ".join(word for word in operators(value.at) if word not in {"from", "constant"})
        chain.append(f"at {value.at.column} {day}".rstrip())
    if value.layouts:
        zone = f" {value.zone}" if value.zone else ""
        chain.append(f"{value.kind} {' | '.join(value.layouts)}{zone}")
    elif value.identity:
        chain.append(f"identity {value.identity}")
    elif value.kind != "text":
        marks = [f"decimal_mark {value.decimal_mark}"] if value.decimal_mark != "." else []
        marks += [f"thousands {value.thousands}"] if value.thousands else []
        chain.append(" ".join([value.kind, *marks]))
    return tuple(chain)


def _split_words(value: lang.Value, scope: "Scope") -> tuple[str, ...]:
    """Give the splits that a value's references go through, as steps of its chain."""
    named = dict.fromkeys(column.partition(".")[0] for column, _use, _at in references(value))
    splits = [scope.splits[name] for name in named if name in scope.splits]
    return tuple(f"split {split.pattern}" for split in splits)


@dataclass(slots=True)
class Scope:
    """What the references of one block mean: its own table, then its joins and splits by name."""

    own: str
    where: str
    joins: dict[str, str] = field(default_factory=dict)
    splits: dict[str, lang.Split] = field(default_factory=dict)


class Desk:
    """Notes uses of columns; what cannot be resolved becomes a problem."""

    def __init__(self, streams: dict[str, Stream], problems: Problems, absent: frozenset[str]) -> None:
        self.streams = streams
        self.problems = problems
        self.absent = absent
        self.uses: list[ColumnUse] = []
        self.lines: list[FieldLineage] = []
        self.users: dict[str, str] = {}
        self.codes: Mapping[str, lang.CodeTable] = {}
        self.taken: set[tuple[str, str]] = set()
        """The groups of splits that are used: (place of the split, group)."""

    def table(self, name: str, kind: Literal["table", "documents"], where: str) -> None:
        """Note that a table is used; MAP052 when the source has none, MAP061 when it is of another kind."""
        stream = self.streams.get(name)
        if stream is None:
            if name.split(".", 1)[0] not in self.absent:
                self.problems.note("MAP052", where, table=name)
        elif stream.kind != kind:
            self.problems.note("MAP061", where, table=name, kind=phrase(kind))
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
    ) -> list[tuple[str, str]]:
        """Note a use of a reference, and give the columns that it reads; of a group those of its split."""
        prefix, dot, group = reference.partition(".")
        if dot and prefix in scope.splits:
            return self._group((scope.splits[prefix], group), scope, use, target, where)
        found = self.resolve(reference, scope, where)
        if found is None:
            return []
        self._note(found, use, target, where, "")
        return [found]

    def _group(
        self, taken: tuple[lang.Split, str], scope: Scope, use: Use, target: str, where: str
    ) -> list[tuple[str, str]]:
        split, group = taken
        if group not in split.groups:
            self.problems.note("MAP053", where, table=f"split {split.name}", column=group)
            return []
        self.taken.add((split.where, group))
        read = [
            self.reference(column, scope, use, target, where) for column, _use, _at in references(split.by)
        ]
        return [column for columns in read for column in columns]

    def split_all(self, splits: tuple[lang.Split, ...], scope: Scope) -> None:
        """Let a block's references mean its splits, too; each may use those before it."""
        for split in splits:
            for column, _use, _at in references(split.by):
                self.resolve_any(column, scope, split.where)
            scope.splits[split.name] = split

    def resolve_any(self, reference: str, scope: Scope, where: str) -> None:
        """Note MAP053 for a reference that is neither a column nor a group, without noting a use."""
        prefix, dot, group = reference.partition(".")
        if not dot or prefix not in scope.splits:
            self.resolve(reference, scope, where)
        elif group not in scope.splits[prefix].groups:
            self.problems.note("MAP053", where, table=f"split {prefix}", column=group)

    def all_taken(self, splits: tuple[lang.Split, ...]) -> None:
        """Note MAP070 for groups that nothing uses: what they take would be lost without a word."""
        for split in splits:
            for group in split.groups:
                if (split.where, group) not in self.taken:
                    self.problems.note("MAP070", split.where, group=f"{split.name}.{group}")

    def condition(self, condition: lang.Condition, scope: Scope, target: str) -> None:
        """Note the columns of a condition."""
        for test in condition.tests:
            self.reference(test.column, scope, "conditioned", target, test.where)

    def value(self, value: lang.Value, scope: Scope, entity: str, name: str) -> None:
        """Note the columns of a value and its lineage."""
        target = f"{entity}.{name}"
        found: dict[str, list[str]] = {}
        for reference, use, where in references(value):
            for stream, column in self.reference(reference, scope, use, target, where):
                if column not in found.setdefault(stream, []):
                    found[stream].append(column)
        chain = (*_split_words(value, scope), *operators(value))
        for stream, columns in (found or {"": []}).items():
            self.lines.append(FieldLineage(entity, name, stream, tuple(columns), chain, value.where))
        for table, taken, place in self._consulted(value):
            said = (f"table {table.name}", *([f"file {table.file}"] if table.file else []))
            asked = tuple(dict.fromkeys((table.key, *taken))) if table.table else ()
            self.lines.append(FieldLineage(entity, name, table.table, asked, said, place))

    def _consulted(self, value: lang.Value) -> Iterator[tuple[lang.CodeTable, tuple[str, ...], str]]:
        """Give the code tables that a value asks, the columns it takes of each, and where they say it.

        Of a table that is always asked for the same code that is the line of the code.
        """
        for name, taken in ((value.code, ()), (value.table, value.take)):
            table = self.codes.get(name)
            if table is not None:
                key = value.by.constant if value.by is not None and value.by.operator == "constant" else None
                yield table, taken or (table.value,), table.places.get(str(key), table.where)
        for part in (*value.parts, *(choice for _condition, choice in value.choices), value.by, value.at):
            if part is not None:
                yield from self._consulted(part)

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
