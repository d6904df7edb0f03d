"""What was seen in a source that nobody has mapped yet: counts, shapes and references, never a value."""

from dataclasses import dataclass

from leverans.contracts.catalogue import ArrowType


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column.

    Attributes:
        name: the source's own name.
        type: the Arrow type it lands as.
        source_type: the type as the source declares it.
        rows: rows of its table.
        nulls: rows in which it is NULL.
        empty: rows in which it is an empty text.
        distinct: different values, NULL and the empty text not counted.
        exact: `distinct` is counted; otherwise it is estimated (standard error about 2 %).
        unique: no value stands twice; False where it has none.
        shapes: (shape, rows), the most common first; only shapes of at least `FEWEST` rows.
        layout: the layout that nearly all its values fit as dates, or an empty text.
        fitting: share of its values that fit `layout`.
        time: `layout` has a time of day.
        years: different years among the values that fit.
        longest: bytes of its longest value, rounded up to a power of two.
        layouts: (layout, share of its values), where its dates are written in several, the most common first;
            `layout` is then the first of them and `fitting` what fits any.
        harmed: (encoding or kind of harm, rows) where it was looked for.
        personal: (kind, rows) of what seems personal, where it was looked for.
        named: its name says that it holds something personal.
    """

    name: str
    type: ArrowType
    source_type: str
    rows: int
    nulls: int = 0
    empty: int = 0
    distinct: int = 0
    exact: bool = True
    unique: bool = False
    shapes: tuple[tuple[str, int], ...] = ()
    layout: str = ""
    fitting: float = 0.0
    time: bool = False
    years: int = 0
    longest: int = 0
    layouts: tuple[tuple[str, float], ...] = ()
    harmed: tuple[tuple[str, int], ...] = ()
    personal: tuple[tuple[str, int], ...] = ()
    named: bool = False

    @property
    def filled(self) -> int:
        """Rows with a value."""
        return self.rows - self.nulls - self.empty

    @property
    def nearly_unique(self) -> bool:
        """No value stands twice, but for a few rows of many (counted, not estimated)."""
        few = self.filled - self.distinct <= max(1, self.filled // 100)
        return self.unique or (self.exact and self.filled >= MANY and few)

    @property
    def nearly_filled(self) -> bool:
        """Every row has a value, but for a few of many."""
        return self.filled == self.rows or (self.rows >= MANY and self.filled >= self.rows * 0.99)


MANY = 50
"""Of so many rows a few dirty ones do not decide whether a column is a key."""

FEWEST = 5
"""A shape of fewer rows is not shown: it could tell somebody apart."""


@dataclass(frozen=True, slots=True)
class TableProfile:
    """One table.

    Attributes:
        key: its declared key, else one column that is unique and never empty, else nothing.
        declared: the source declares the key.
        personal: the key seems to be or hold a personal identity number, by its name or its shape.
    """

    name: str
    rows: int
    key: tuple[str, ...]
    declared: bool
    columns: tuple[ColumnProfile, ...]
    personal: bool = False

    def column(self, name: str) -> ColumnProfile:
        """Give the column called `name`.

        Raises:
            KeyError: there is none.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Reference:
    """Columns that refer, or seem to refer, to columns that tell rows of a table apart.

    Attributes:
        table: the table that refers.
        columns: its columns.
        target: the table that is referred to.
        target_columns: in the order of `columns`.
        declared: the source declares it.
        score: 0 to 1; 1 for what is declared.
        rank: 1 for the best of the same columns.
        inclusion: share of the different values that are there in the target; None without values.
        names: likeness of the names, 0 to 1.
        counted: how many different values were looked up.
        orphans: how many of those are not there.
    """

    table: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    declared: bool = False
    score: float = 1.0
    rank: int = 1
    inclusion: float | None = None
    names: float = 0.0
    counted: int = 0
    orphans: int = 0


@dataclass(frozen=True, slots=True)
class DocumentsProfile:
    """The documents of one stream.

    Attributes:
        stream: name of the stream.
        listed: how many there are.
        looked: how many of the first ones were looked into.
        closed: how many of those could not be: a picture, a scan, too big, not to be had.
        names: (kind, documents) of what seems personal in names.
        personal: (kind, documents) of what seems personal in what was looked into.
    """

    stream: str
    listed: int
    looked: int
    closed: int
    names: tuple[tuple[str, int], ...] = ()
    personal: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class SourceProfile:
    """One source.

    Attributes:
        references: declared and inferred, best first for each column.
        documents: where they were looked into.
        left: (table, rows) of what the connector does not read.
    """

    source: str
    system: str
    tables: tuple[TableProfile, ...]
    references: tuple[Reference, ...] = ()
    documents: tuple[DocumentsProfile, ...] = ()
    left: tuple[tuple[str, int], ...] = ()

    def table(self, name: str) -> TableProfile:
        """Give the table called `name`.

        Raises:
            KeyError: there is none.
        """
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(name)

    def chosen(self) -> tuple[Reference, ...]:
        """Give the references that are likely: declared, or of the first rank with a score of `LIKELY`."""
        return tuple(
            one for one in self.references if one.declared or (one.rank == 1 and one.score >= LIKELY)
        )


LIKELY = 0.6
"""The least score of a reference that is proposed."""


@dataclass(frozen=True, slots=True)
class Guess:
    """How much speaks for a table being the case: the root object that all else hangs on.

    Attributes:
        score: 0 to 1.
        children: tables that refer to it.
        dates: its columns that hold dates, those of the system's own book-keeping not counted.
        refers: tables that it refers to.
        number: a column that looks like a case number, or an empty text.
        named: its name is a usual one for a case.
    """

    table: str
    score: float
    children: int
    dates: int
    refers: int
    number: str = ""
    named: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """How a source could be read.

    Attributes:
        root: the table that is the case.
        guesses: all tables that could be, the best first; empty where the engineer named it.
        parents: per table that is part of the case the reference that says so, in reading order.
        joins: references from the root to tables that many cases share.
        partition: the root's column for what part of the delivery a case belongs to, or an empty text.
        title: the root's column that could be the title, or an empty text.
        number: the root's column that could be the reference code.
        key: the root's key; all columns where nothing tells its rows apart.
    """

    root: str
    guesses: tuple[Guess, ...]
    parents: tuple[Reference, ...]
    joins: tuple[Reference, ...]
    partition: str
    title: str
    number: str
    key: tuple[str, ...]

    def parent(self, table: str) -> Reference | None:
        """Give the reference through which a table is part of the case, or None."""
        return next((one for one in self.parents if one.table == table), None)
