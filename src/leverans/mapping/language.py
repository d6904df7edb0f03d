"""The mapping as typed, frozen records: what a file says once it has passed the first layer.

Every record knows its place (``file:line:col``), so that a verdict about one value can name the line that
asked for it. References to columns stay as written (``Column`` or ``join.Column``); binding resolves them.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from leverans.mapping.functions import Function
    from leverans.mapping.shapes import Virtual

Policy = Literal["quarantine", "null", "default", "fail", "keep"]
Kind = Literal["text", "int", "decimal", "date", "datetime"]
Operator = Literal["from", "constant", "concat", "coalesce", "choose", "lookup", "fn"]
Scalar = str | None


@dataclass(frozen=True, slots=True)
class Test:
    """One test of one column; values are compared as exact text, ``None`` stands for NULL."""

    column: str
    operator: Literal["in", "not_in", "is_null", "empty", "match"]
    values: tuple[Scalar, ...] = ()
    flag: bool = True
    pattern: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """Tests that must all hold; no tests always hold."""

    tests: tuple[Test, ...] = ()
    where: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """How one value is made: one operator, then the steps in this fixed order.

    ``clean`` → ``null_if`` → ``match`` (and ``group``) → ``code`` → ``type``/``date``/``datetime``/
    ``identity`` → ``max_length`` → ``required``. A step that fails follows `on_error`.
    """

    operator: Operator
    where: str
    column: str = ""
    constant: Scalar = None
    parts: tuple["Value", ...] = ()
    choices: tuple[tuple[Condition, "Value"], ...] = ()
    table: str = ""
    by: "Value | None" = None
    take: tuple[str, ...] = ()
    function: str = ""
    nulls: Literal["null", "skip"] = "null"
    clean: tuple[str, ...] = ()
    null_if: tuple[str, ...] = ()
    match: str = ""
    group: str = ""
    code: str = ""
    kind: Kind = "text"
    decimal_mark: str = "."
    thousands: str = ""
    layouts: tuple[str, ...] = ()
    zone: str = ""
    dst: Literal["quarantine", "earlier", "later"] = "quarantine"
    identity: str = ""
    at: "Value | None" = None
    max_length: int = 0
    harmed: Literal["quarantine", "warn"] = "quarantine"
    required: bool = False
    on_error: Policy = "quarantine"
    default: Scalar = None


@dataclass(frozen=True, slots=True)
class Valid:
    """From when to when the rows of a code table hold.

    Attributes:
        start: column of the first day.
        end: column of the last day, counted in.
        layout: how both are written.
        gaps: days between two rows of a code in a CSV file are allowed.
    """

    start: str
    end: str
    layout: str = "%Y-%m-%d"
    gaps: bool = False


@dataclass(frozen=True, slots=True)
class Split:
    """One text taken apart by the named groups of an expression."""

    name: str
    by: Value
    pattern: str
    groups: tuple[str, ...]
    where: str
    on_error: Policy = "quarantine"


@dataclass(frozen=True, slots=True)
class Paper:
    """An archivist's word for where the paper of a series lies, for cases without document and place."""

    series: str
    place: str
    condition: Condition
    where: str
    by: str = ""
    date: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class CodeTable:
    """A code table: from CSV (already read into `entries`), inline, or a physical table told by a condition.

    Attributes:
        entries: per key the columns of its row (per key and first day in a dated table); empty for a
            physical table.
        table: the stream of a physical table, or an empty text.
        value: the column that `code:` takes; empty for a table that is only looked up.
        places: per key of `entries` the place of its row in the CSV.
    """

    name: str
    where: str
    key: str
    value: str
    unmapped: Policy = "quarantine"
    default: Scalar = None
    entries: dict[str, dict[str, str]] = field(default_factory=dict)
    table: str = ""
    condition: Condition = field(default_factory=Condition)
    columns: tuple[str, ...] = ()
    drop: tuple["Dropped", ...] = ()
    file: str = ""
    valid: Valid | None = None
    places: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dropped:
    """A column or table that is not mapped, and why."""

    name: str
    use: Literal["technical", "gallring"]
    reason: str
    where: str
    decision: str = ""


@dataclass(frozen=True, slots=True)
class Latest:
    """Of rows that are versions of one thing only the latest is used.

    Attributes:
        by: columns that order the versions, the first first; digits by number, NULL is the oldest.
        of: columns that are the same in all versions of one thing.
    """

    by: tuple[str, ...]
    of: tuple[str, ...]
    where: str


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """The table refers to itself: rows without a parent are the objects, the others lie below them.

    Attributes:
        parent: columns that hold the key of the row above; all empty for a row on top.
    """

    parent: tuple[str, ...]
    where: str


@dataclass(frozen=True, slots=True)
class Join:
    """A named join from the rows of an entity or part to another table."""

    name: str
    table: str
    on: tuple[tuple[str, str], ...]
    cardinality: Literal["one_to_one", "many_to_one"]
    missing: Literal["quarantine", "null"]
    condition: Condition
    drop: tuple[Dropped, ...]
    where: str
    latest: Latest | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A named rule that decides which rows are archived: those that `keep` holds for."""

    name: str
    keep: Condition
    otherwise: Literal["exclude", "void"]
    because: str
    where: str


@dataclass(frozen=True, slots=True)
class Part:
    """Agents, events, locations, relations or extras: from the entity's own row or from rows of a table.

    Attributes:
        table: stream of the child rows; empty for the entity's own row.
        on: (column of the entity, column of the child row or of its joins).
        when: the part is made only where this holds (tested on the row that the part comes from).
    """

    model: str
    where: str
    fields: dict[str, Value]
    table: str = ""
    on: tuple[tuple[str, str], ...] = ()
    condition: Condition = field(default_factory=Condition)
    when: Condition = field(default_factory=Condition)
    joins: tuple[Join, ...] = ()
    order: tuple[str, ...] = ()
    drop: tuple[Dropped, ...] = ()
    latest: Latest | None = None
    splits: tuple[Split, ...] = ()


@dataclass(frozen=True, slots=True)
class Protect:
    """One rule on one axis of protection; the first that matches wins."""

    condition: Condition
    web: Literal["full", "metadata", "none"]
    where: str
    law: Value | None = None
    text: Value | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """Which landed document a file is."""

    document: str
    by: Value
    where: str
    missing: Literal["quarantine", "warn"] = "quarantine"
    empty: Literal["quarantine", "warn"] = "quarantine"
    absent: Literal["quarantine", "skip"] = "quarantine"
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Child:
    """Entities below an entity, found by key or on the same row."""

    name: str
    entity: str
    on: tuple[tuple[str, str], ...]
    same_row: bool
    condition: Condition
    order: tuple[str, ...]
    where: str


@dataclass(frozen=True, slots=True)
class Entity:
    """One kind of archive object and where it comes from."""

    name: str
    model: Literal["case", "subcase", "record", "file"]
    table: str
    key: tuple[str, ...]
    where: str
    personal: bool = False
    rules: tuple[Rule, ...] = ()
    joins: tuple[Join, ...] = ()
    fields: dict[str, Value] = field(default_factory=dict)
    content: Content | None = None
    parts: tuple[Part, ...] = ()
    restrict: dict[str, tuple[Protect, ...]] = field(default_factory=dict)
    children: tuple[Child, ...] = ()
    drop: tuple[Dropped, ...] = ()
    unique: tuple[str, ...] = ()
    hierarchy: Hierarchy | None = None
    latest: Latest | None = None
    splits: tuple[Split, ...] = ()


@dataclass(frozen=True, slots=True)
class Partition:
    """What part of the delivery a case belongs to: the value itself, or the year of a date."""

    by: Value
    take: Literal["value", "year"]
    where: str


@dataclass(frozen=True, slots=True)
class Check:
    """A rule about finished objects; the quality room evaluates it.

    Attributes:
        on: name of an entity of the mapping; in a file of rules a table of the model or ``document``, too.
        kind: what is checked, e.g. ``order``; ``expectation`` for a class of Great Expectations.
        arguments: as written, e.g. the names of two fields; of an expectation its class and parameters.
        severity: ``critical``, ``quarantine`` or ``warning``.
        text: what it says when it fails, by language.
        when: which rows it is about; its columns are fields of the model.
        because: the clause or source behind it.
    """

    id: str
    on: str
    kind: str
    arguments: Any
    severity: str
    text: dict[str, str]
    where: str
    when: Condition = field(default_factory=Condition)
    because: str = ""


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping that passed the first layer.

    Attributes:
        sources: names of the delivery's sources that it reads.
        root: name of the entity that is the root object.
        leave: tables that are not archived, and why.
        laws: the paragraph table: per paragraph (years, start event).
        data: the merged plain data (file, what it extends, overlay), for digests and documents.
        name: the file, relative to the content root.
        sources_where: the place that names the sources.
        entities_where: the place of the entities.
        virtual: virtual tables by ``source.table``, each after those that it is made of.
        functions: registered functions that values use, by name; their digests stand in `data`.
        paper: where the paper of a series lies, as the municipality's archivist declares.
    """

    name: str
    id: str
    information_type: str
    system: str
    sources: tuple[str, ...]
    root: str
    partition: Partition
    entities: dict[str, Entity]
    codes: dict[str, CodeTable]
    checks: tuple[Check, ...]
    leave: tuple[Dropped, ...]
    laws: dict[str, tuple[int, str]]
    data: dict[str, Any] = field(repr=False)
    title: str = ""
    sources_where: str = ""
    entities_where: str = ""
    virtual: dict[str, "Virtual"] = field(default_factory=dict)
    functions: dict[str, "Function"] = field(default_factory=dict)
    paper: tuple[Paper, ...] = ()

    def base_of(self, table: str) -> str:
        """Give the stream of the source that a table is, or that a virtual table is made of."""
        while table in self.virtual:
            table = self.virtual[table].base
        return table
