"""What SQL Server's catalogue views tell, and how a value is asked for: few types, every value exact."""

from collections.abc import Callable, Mapping
from typing import Any

from leverans.contracts import Column
from leverans.contracts.catalogue import ArrowType
from leverans.sources.sql.engine import Account, ForeignKey, TableFacts

Ask = Callable[..., list[tuple[Any, ...]]]
"""Sends a statement with its values (texts) and gives all rows."""

MARK = "\x01"
"""Stands in a statement where a value goes."""

_COLUMNS = """
SELECT o.name, CASE o.type WHEN 'U' THEN 1 ELSE 0 END, c.name, TYPE_NAME(c.system_type_id), c.max_length,
 c.precision, c.scale, c.is_nullable, COALESCE(t.name, N'')
FROM sys.objects o JOIN sys.columns c ON c.object_id = o.object_id
LEFT JOIN sys.types t ON t.user_type_id = c.user_type_id
WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0 AND o.schema_id = SCHEMA_ID({mark})
ORDER BY o.name, c.column_id
""".replace("{mark}", MARK)
_KEYS = """
SELECT o.name, c.name FROM sys.indexes i JOIN sys.objects o ON o.object_id = i.object_id
JOIN sys.index_columns k ON k.object_id = i.object_id AND k.index_id = i.index_id
JOIN sys.columns c ON c.object_id = k.object_id AND c.column_id = k.column_id
WHERE i.is_primary_key = 1 AND o.schema_id = SCHEMA_ID({mark}) ORDER BY o.name, k.key_ordinal
""".replace("{mark}", MARK)
_REFERENCES = """
SELECT f.name, o.name, c.name, r.name FROM sys.foreign_key_columns k
JOIN sys.foreign_keys f ON f.object_id = k.constraint_object_id
JOIN sys.objects p ON p.object_id = k.parent_object_id
JOIN sys.objects o ON o.object_id = k.referenced_object_id
JOIN sys.columns c ON c.object_id = k.parent_object_id AND c.column_id = k.parent_column_id
JOIN sys.columns r ON r.object_id = k.referenced_object_id AND r.column_id = k.referenced_column_id
WHERE p.schema_id = SCHEMA_ID({mark}) AND p.name = {mark} ORDER BY f.name, k.constraint_column_id
""".replace("{mark}", MARK)
_SELF = """
SELECT SUSER_SNAME(), COALESCE(IS_MEMBER('db_owner'), 0), COALESCE(IS_SRVROLEMEMBER('sysadmin'), 0),
 CAST(DATABASEPROPERTYEX(DB_NAME(), 'Updateability') AS nvarchar(20))
"""
_DATABASE = "SELECT permission_name FROM fn_my_permissions(NULL, 'DATABASE')"
_OBJECTS = """
SELECT o.name, p.permission_name FROM sys.objects o
CROSS APPLY fn_my_permissions(QUOTENAME(SCHEMA_NAME(o.schema_id)) + '.' + QUOTENAME(o.name), 'OBJECT') p
WHERE o.type IN ('U', 'V', 'P') AND o.is_ms_shipped = 0 AND p.subentity_name = '' ORDER BY o.name
"""
_SELECTABLE = (
    f"SELECT COALESCE(HAS_PERMS_BY_NAME({MARK}, 'OBJECT', 'SELECT'), 0), COALESCE(OBJECT_ID({MARK}), 0)"
)
_READING = frozenset(["CONNECT", "SELECT", "SHOWPLAN", "REFERENCES", "UNMASK"])
_INTEGERS = frozenset(["bigint", "int", "smallint", "tinyint"])
_BYTES = frozenset(["binary", "varbinary", "image", "timestamp"])
_TIMES = frozenset(["date", "datetime", "datetime2", "smalldatetime", "time", "datetimeoffset"])
_MONEY = frozenset(["money", "smallmoney"])
_SPATIAL = frozenset(["geography", "geometry", "hierarchyid"])


def quoted(name: str) -> str:
    """Quote a name."""
    return "[" + name.replace("]", "]]") + "]"


def literal(value: object) -> str:
    """Write a value as T-SQL does."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return str(int(value)) if isinstance(value, int) else "N'" + str(value).replace("'", "''") + "'"


def bound(query: str, values: tuple[object, ...]) -> str:
    """Put values where the marks are."""
    head, *parts = query.split(MARK)
    return head + "".join(literal(value) + part for value, part in zip(values, parts, strict=True))


def tables_of(ask: Ask, schema: str) -> tuple[TableFacts, ...]:
    """Describe all tables and views of a schema, sorted by name."""
    keys: dict[str, list[str]] = {}
    for table, column in ask(_KEYS, schema):
        keys.setdefault(table, []).append(column)
    found: dict[str, tuple[bool, list[Column]]] = {}
    for table, real, name, base, length, precision, scale, nullable, own in ask(_COLUMNS, schema):
        kind = str(base or own)
        _, columns = found.setdefault(table, (bool(real), []))
        columns.append(Column(name, arrow(kind), _declared(kind, length, precision, scale), bool(nullable)))
    return tuple(
        TableFacts(name, tuple(columns), tuple(keys.get(name, ())), real, "key" if name in keys else "")
        for name, (real, columns) in sorted(found.items())
    )


def _declared(kind: str, length: int, precision: int, scale: int) -> str:
    if kind in {"decimal", "numeric"}:
        return f"{kind}({precision},{scale})"
    if kind in {"datetime2", "time", "datetimeoffset"}:
        return f"{kind}({scale})"
    if kind in {"char", "varchar", "binary", "varbinary", "nchar", "nvarchar"}:
        size = length // 2 if kind.startswith("n") else length
        return f"{kind}({'max' if length < 0 else size})"
    return kind


def arrow(kind: str) -> ArrowType:
    """Give the Arrow type of a type; what is exact only as text lands as text."""
    if kind in _INTEGERS:
        return "int64"
    if kind in {"float", "real"}:
        return "double"
    if kind == "bit":
        return "bool"
    return "binary" if kind in _BYTES else "string"


def references_of(ask: Ask, schema: str, table: str) -> tuple[ForeignKey, ...]:
    """Give the foreign keys of a table."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for name, target, own, other in ask(_REFERENCES, schema, table):
        found.setdefault(name, []).append((target, own, other))
    return tuple(
        (tuple(own for _, own, _ in pairs), pairs[0][0], tuple(other for _, _, other in pairs))
        for pairs in found.values()
    )


def account_of(ask: Ask) -> Account:
    """Ask `fn_my_permissions` of the database, every table, view and procedure; roles are in it already."""
    ((name, owner, admin, updateable),) = ask(_SELF)
    if updateable == "READ_ONLY":
        return Account(False, "privileges", name)
    rights = [word for word, held in (("sysadmin", admin), ("db_owner", owner)) if held]
    rights += [str(word) for (word,) in ask(_DATABASE) if writes(str(word))]
    rights += [f"{word} ON {place}" for place, word in ask(_OBJECTS) if writes(str(word))]
    return Account(bool(rights), "privileges", name, tuple(dict.fromkeys(rights)))


def writes(permission: str) -> bool:
    """Say whether a permission lets more than read."""
    return permission not in _READING and not permission.startswith("VIEW ")


def unreadable_of(ask: Ask, schema: str, tables: tuple[str, ...]) -> tuple[str, ...]:
    """Give those of the tables that are there and that the account may not select from."""
    found: list[str] = []
    for name in tables:
        place = f"{quoted(schema)}.{quoted(name)}"
        ((readable, known),) = ask(_SELECTABLE, place, place)
        if known and not readable:
            found.append(name)
    return tuple(found)


def cell(column: Column) -> str:
    """Give the expression that lets a value come exactly and in one of five types."""
    name, kind = quoted(column.name), column.source_type.partition("(")[0]
    forms = {
        "int64": f"CAST({name} AS bigint)",
        "double": f"CAST({name} AS float)",
        "bool": name,
        "binary": f"CAST({name} AS varbinary(max))",
    }
    if column.type in forms:
        return forms[column.type]
    if kind in _SPATIAL:
        return f"{name}.ToString()"
    if kind in _TIMES:
        return f"CONVERT(nvarchar(40), {name}, 121)"
    return f"CONVERT(nvarchar(40), {name}, 2)" if kind in _MONEY else f"CONVERT(nvarchar(max), {name})"


def whole(column: Column) -> str:
    """Give the expression of a document's bytes; texts as UTF-16, as the server keeps them."""
    if column.type == "binary":
        return f"CAST({quoted(column.name)} AS varbinary(max))"
    return f"CAST(CONVERT(nvarchar(max), {quoted(column.name)}) AS varbinary(max))"


def select(facts: TableFacts, schema: str, plain: tuple[str, ...], held: tuple[str, ...]) -> str:
    """Give the SELECT of rows: cells, whether documents are there (or their bytes), without an order."""
    known: Mapping[str, Column] = {column.name: column for column in facts.columns}
    told = [cell(known[name]) for name in plain]
    told += [
        f"CASE WHEN {quoted(name)} IS NULL THEN 0 ELSE 1 END" if facts.locator else whole(known[name])
        for name in held
    ]
    return f"SELECT {', '.join(told)} FROM {quoted(schema)}.{quoted(facts.name)}"  # noqa: S608 - quoted names
