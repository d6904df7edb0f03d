"""What MariaDB's information schema tells of tables and references, and how a cell becomes text."""

import sqlalchemy as sa

from leverans.contracts import Column
from leverans.contracts.catalogue import ArrowType
from leverans.sources.sql.engine import ForeignKey, TableFacts

_INTEGERS = ("tinyint", "smallint", "mediumint", "int", "bigint", "year")
_BYTES = (
    "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "geometry", "point", "linestring",
    "polygon", "multipoint", "multilinestring", "multipolygon", "geometrycollection", "geomcollection",
    "vector",
)  # fmt: skip
_COLUMNS = """
SELECT c.TABLE_NAME, t.TABLE_TYPE, c.COLUMN_NAME, c.COLUMN_TYPE, c.DATA_TYPE, c.IS_NULLABLE
FROM information_schema.COLUMNS c
JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
WHERE c.TABLE_SCHEMA = %s ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION
"""
_KEYS = """
SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE
WHERE TABLE_SCHEMA = %s AND CONSTRAINT_NAME = 'PRIMARY' ORDER BY TABLE_NAME, ORDINAL_POSITION
"""
_COLLATIONS = """
SELECT COLUMN_NAME, CHARACTER_SET_NAME, COLLATION_NAME FROM information_schema.COLUMNS
WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s AND COLLATION_NAME IS NOT NULL
"""
_REFERENCES = """
SELECT CONSTRAINT_NAME, REFERENCED_TABLE_NAME, COLUMN_NAME, REFERENCED_COLUMN_NAME
FROM information_schema.KEY_COLUMN_USAGE
WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s AND REFERENCED_TABLE_NAME IS NOT NULL
ORDER BY CONSTRAINT_NAME, ORDINAL_POSITION
"""


def quoted(name: str) -> str:
    """Quote a name; a per cent sign is doubled for the driver."""
    return "`" + name.replace("`", "``").replace("%", "%%") + "`"


def tables_of(connection: sa.Connection, database: str) -> tuple[TableFacts, ...]:
    """Describe all tables and views, sorted by name."""
    keys: dict[str, list[str]] = {}
    for name, column in connection.exec_driver_sql(_KEYS, (database,)):
        keys.setdefault(name, []).append(column)
    found: dict[str, tuple[str, list[Column]]] = {}
    for name, kind, column, declared, data, nullable in connection.exec_driver_sql(_COLUMNS, (database,)):
        _, columns = found.setdefault(name, (kind, []))
        columns.append(Column(column, arrow(str(data), str(declared)), str(declared), nullable == "YES"))
    return tuple(
        TableFacts(name, tuple(columns), tuple(keys.get(name, ())), kind != "VIEW")
        for name, (kind, columns) in sorted(found.items())
    )


def collations_of(connection: sa.Connection, database: str, table: str) -> dict[str, tuple[str, str]]:
    """Give character set and collation of each column of a table that has them."""
    rows = connection.exec_driver_sql(_COLLATIONS, (database, table)).all()
    return {str(name): (str(characters), str(collation)) for name, characters, collation in rows}


def arrow(data: str, declared: str) -> ArrowType:
    """Give the Arrow type of a type; what is exact only as text lands as text."""
    if data in _INTEGERS:
        return "string" if data == "bigint" and "unsigned" in declared else "int64"
    if data in {"double", "float"}:
        return "double"
    return "binary" if data in _BYTES else "string"


def references_of(connection: sa.Connection, database: str, table: str) -> tuple[ForeignKey, ...]:
    """Give the foreign keys of a table."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for name, target, own, other in connection.exec_driver_sql(_REFERENCES, (database, table)):
        found.setdefault(name, []).append((target, own, other))
    return tuple(
        (tuple(own for _, own, _ in pairs), pairs[0][0], tuple(other for _, _, other in pairs))
        for pairs in found.values()
    )


def cell(column: Column) -> str:
    """Give the expression that writes a value as CSV: NULL as nothing, texts in quotation marks."""
    name = quoted(column.name)
    if column.type == "binary":
        return f"IFNULL(CONCAT('\"', HEX({name}), '\"'), '')"
    if column.type == "double" and column.source_type.startswith("float"):
        return f"IFNULL(CAST({name} AS DOUBLE), '')"
    if column.type in {"int64", "double"}:
        return f"IFNULL({name}, '')"
    if column.source_type.startswith("bit("):
        width = column.source_type[4:-1]
        return f"IFNULL(CONCAT('\"', LPAD(BIN({name} + 0), {width}, '0'), '\"'), '')"
    return f"IFNULL(CONCAT('\"', REPLACE(CONVERT({name} USING utf8mb4), '\"', '\"\"'), '\"'), '')"
