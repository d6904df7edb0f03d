"""The tables of a connector of kind ``sql``, made from its definition: invented rows that hang together."""

import hashlib
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from leverans.sources.definition import StreamDefinition
from leverans.testing.contract.declared import Declared, Type
from leverans.testing.contract.source import (
    DECIMAL,
    DST,
    LONG,
    MISREAD,
    NAMES,
    NUL,
    ZEROS,
    Planted,
    Variant,
)
from leverans.testing.contract.verdicts import NotApplicable

ROWS = 3
MANY = 20_100
FREE = "fritext"
"""A text column that every first table has."""
LEFT = "tabell 1 som ingen läser"
BIG_MIB = 953 if os.environ.get("LEVERANS_CONTRACT_BIG") else 12
"""Size of the big document: 1 GB where it is asked for, as much as SQLite holds in one row."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table to be made.

    Attributes:
        name: its name.
        columns: type by column.
        key: its primary key, or nothing.
        rows: its rows, in the order of `columns`.
    """

    name: str
    columns: Mapping[str, Type]
    key: tuple[str, ...]
    rows: list[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Made:
    """Tables, and what was planted in them."""

    tables: tuple[Table, ...]
    planted: tuple[Planted, ...] = ()
    names: Mapping[str, tuple[str, str]] | None = None
    documents: Mapping[str, str] | None = None

    @property
    def rows(self) -> Mapping[str, int]:
        """How many rows each table has."""
        return {table.name: len(table.rows) for table in self.tables}


def tables_of(  # noqa: PLR0911  # one return for each variant
    declared: Declared, variant: Variant, refused: Collection[str] = ()
) -> Made:
    """Make the tables of a variant.

    Args:
        declared: the connector.
        variant: which source.
        refused: rules about names and values that the engine cannot hold.

    Raises:
        NotApplicable: the connector has nothing to try it on.
    """
    tables = tuple(_table(declared, stream) for stream in declared.definition.streams)
    first, rest = tables[0], tables[1:]
    if variant == "nulls":
        return Made(tuple(_emptied(declared, table) for table in tables))
    if variant == "older":
        return Made((_without_key(first), *rest))
    if variant == "many":
        return Made((replace(first, rows=[_row(declared, first, n) for n in range(1, MANY + 1)]), *rest))
    if variant == "names":
        return _named(first, rest, refused)
    if variant == "values":
        return _planted(declared, first, rest, refused)
    if variant == "big":
        return _big(declared, tables)
    return Made(tables, documents=_documents(declared, tables))


def change_of(declared: Declared) -> tuple[str, Mapping[str, Type], tuple[object, ...]]:
    """Give the row that is written while a source is read: table, columns, values."""
    table = _table(declared, declared.definition.streams[0])
    return table.name, table.columns, _row(declared, table, ROWS + 1)


REPEATED = 32_768
"""So often a digest of 32 bytes stands in a piece of the big document."""


class Big:
    """Stands for the big document in a row: servers can make it themselves."""

    def hexes(self) -> list[str]:
        """Give what is repeated in each piece, as hex."""
        return [_repeated(number).hex() for number in range(BIG_MIB)]

    def content(self) -> bytes:
        """Give its bytes."""
        return b"".join(big_bytes())


def big_bytes() -> Iterator[bytes]:
    """Give the big document in pieces of a MiB, no two alike."""
    for number in range(BIG_MIB):
        yield _repeated(number) * REPEATED


def _repeated(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest()


def _table(declared: Declared, stream: StreamDefinition) -> Table:
    told = declared.columns.get(stream.name, {})
    held = {part.column: part for part in stream.documents}
    rules = stream.root.rules() if stream.root else ()
    named = [*stream.key, *(name for rule in rules for name in rule.own)]
    named += [name for part in stream.documents for name in (part.name, part.column) if name]
    named += [
        parent
        for other in declared.definition.streams
        for rule in (other.root.rules() if other.root else ())
        if rule.via == stream.name
        for _own, parent in rule.on
    ]
    columns: dict[str, Type] = {}
    for name in dict.fromkeys([*named, *told]):
        raw: Type = "text" if name in held and held[name].encoding == "base64" else "blob"
        columns[name] = told.get(name, raw if name in held else "text")
    columns.setdefault(FREE, "text")
    made = Table(stream.name, columns, stream.key, [])
    return replace(made, rows=[_row(declared, made, number) for number in range(1, ROWS + 1)])


def _row(declared: Declared, table: Table, number: int) -> tuple[object, ...]:
    documents = declared.definition.stream(table.name).documents
    encoded = {part.column for part in documents if part.encoding == "base64"}
    return tuple(
        "aGVq" if name in encoded else _value(kind, number, name) for name, kind in table.columns.items()
    )


def _value(kind: Type, number: int, name: str) -> object:
    return _VALUES[kind](number, name)


_VALUES: Mapping[Type, Callable[[int, str], object]] = {
    "int": lambda number, _: number,
    "decimal": lambda number, _: f"{number}.5",
    "double": lambda number, _: number / 4,
    "timestamp": lambda number, _: f"2020-01-{number % 28 + 1:02} 08:00:00",
    "date": lambda number, _: f"2020-01-{number % 28 + 1:02}",
    "blob": lambda number, name: f"innehåll {name} {number}".encode(),
    "text": lambda number, _: f"{number}",
}


def _needed(declared: Declared, table: Table) -> set[str]:
    return set(declared.definition.stream(table.name).key)


def _emptied(declared: Declared, table: Table) -> Table:
    kept = _needed(declared, table)
    rows: list[tuple[object, ...]] = [
        tuple(value if name in kept else None for name, value in zip(table.columns, row, strict=True))
        for row in table.rows
    ]
    return replace(table, rows=rows)


def _without_key(table: Table) -> Table:
    name = (table.key or tuple(table.columns))[-1]
    at = list(table.columns).index(name)
    columns = {one: kind for one, kind in table.columns.items() if one != name}
    return Table(table.name, columns, (), [(*row[:at], *row[at + 1 :]) for row in table.rows])


def _with(table: Table, columns: Mapping[str, Type], rows: list[tuple[object, ...]]) -> Table:
    return replace(table, columns={**table.columns, **columns}, rows=rows)


def _named(first: Table, rest: tuple[Table, ...], refused: Collection[str]) -> Made:
    wanted = {rule: name for rule, name in NAMES.items() if rule not in refused}
    columns: dict[str, Type] = dict.fromkeys(wanted.values(), "text")
    rows: list[tuple[object, ...]] = [
        (*row, *(f"värde {number}" for number, _ in enumerate(columns))) for row in first.rows
    ]
    left = Table(LEFT, {"id": "int"}, ("id",), [(1,), (2,)])
    names = {rule: (first.name, column) for rule, column in wanted.items()}
    names["left"] = (LEFT, "")
    return Made((_with(first, columns, rows), *rest, left), names=names)


def _planted(declared: Declared, first: Table, rest: tuple[Table, ...], refused: Collection[str]) -> Made:
    values: tuple[tuple[str, str, object], ...] = (
        ("value-nul", "x_text", NUL),
        ("value-zeros", "x_text", ZEROS),
        ("value-misread", "x_text", MISREAD),
        ("value-empty", "x_text", ""),
        ("value-empty", "x_text", None),
        ("value-long", "x_text", LONG),
        ("value-decimal", "x_decimal", DECIMAL),
        ("value-dst", "x_time", DST),
        ("value-dst", "x_time", "2024-10-27 03:30:00"),
    )
    kinds: dict[str, Type] = {"x_text": "text", "x_decimal": "decimal", "x_time": "timestamp", "x_row": "int"}
    rows: list[tuple[object, ...]] = []
    planted: list[Planted] = []
    for number, (rule, column, value) in enumerate((one for one in values if one[0] not in refused), start=1):
        cells = {"x_row": number, column: value}
        rows.append((*_row(declared, first, number), *(cells.get(name) for name in kinds)))
        planted.append(Planted(rule, first.name, ("x_row", number), column, value))
    return Made((_with(first, kinds, rows), *rest), tuple(planted))


def _big(declared: Declared, tables: tuple[Table, ...]) -> Made:
    for number, table in enumerate(tables):
        for part in declared.definition.stream(table.name).documents:
            if part.encoding != "raw":
                continue
            digest = hashlib.sha256()
            for piece in big_bytes():
                digest.update(piece)
            cells = dict(zip(table.columns, table.rows[0], strict=True)) | {part.column: Big()}
            name = "stor.bin" if part.name else "|".join(str(cells[key]) for key in table.key)
            if part.name:
                cells[part.name] = name
            made = replace(table, rows=[tuple(cells.values()), *table.rows[1:]])
            return Made((*tables[:number], made, *tables[number + 1 :]), documents={name: digest.hexdigest()})
    raise NotApplicable("the connector has no documents in its rows")


def _documents(declared: Declared, tables: tuple[Table, ...]) -> dict[str, str]:
    """Digests of documents by name, where names tell them apart."""
    found: dict[str, str] = {}
    for table in tables:
        for part in declared.definition.stream(table.name).documents:
            if part.name and part.encoding == "raw":
                for row in table.rows:
                    cells = dict(zip(table.columns, row, strict=True))
                    if isinstance(content := cells[part.column], bytes):
                        found[str(cells[part.name])] = hashlib.sha256(content).hexdigest()
    streams = [part for stream in declared.definition.streams for part in stream.documents]
    return found if len(streams) == 1 else {}
