"""What PostgreSQL's system catalogues tell of tables, references and privileges."""

import json
from collections.abc import Mapping

import sqlalchemy as sa

from leverans.contracts import Column
from leverans.contracts.catalogue import ArrowType
from leverans.sources.sql.engine import Account, ForeignKey, TableFacts

SORTABLE = frozenset(
    ["smallint", "integer", "bigint", "oid", "real", "double precision", "numeric", "boolean", "date",
     "bytea", "timestamp without time zone", "timestamp with time zone", "uuid"]
)  # fmt: skip
"""Types whose own order is the same under every collation."""

_ARROW: Mapping[str, ArrowType] = {
    "smallint": "int64", "integer": "int64", "bigint": "int64", "oid": "int64", "real": "double",
    "double precision": "double", "boolean": "bool", "bytea": "binary",
}  # fmt: skip

_COLUMNS = """
SELECT c.relname, c.relkind, a.attname,
       format_type(coalesce(nullif(t.typbasetype, 0), a.atttypid), a.atttypmod), a.attnotnull
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
WHERE n.nspname = %s AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
ORDER BY c.relname, a.attnum
"""
_KEYS = """
SELECT c.relname, a.attname
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL unnest(k.conkey) WITH ORDINALITY AS u(attnum, place)
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.attnum
WHERE n.nspname = %s AND k.contype = 'p'
ORDER BY c.relname, u.place
"""
_REFERENCES = """
SELECT k.conname, f.relname, a.attname, b.attname
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class f ON f.oid = k.confrelid
CROSS JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY AS u(own, other, place)
JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.own
JOIN pg_catalog.pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = u.other
WHERE n.nspname = %s AND c.relname = %s AND k.contype = 'f'
ORDER BY k.conname, u.place
"""
_UNREADABLE = """
SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = %s AND c.relname IN (SELECT json_array_elements_text(%s::json))
AND (row_security_active(c.oid)
     OR NOT (has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'))) ORDER BY 1
"""
_ROLE = """
SELECT current_user, r.rolsuper, r.rolcreatedb, r.rolcreaterole, r.rolreplication, r.rolbypassrls,
       has_database_privilege(current_database(), 'CREATE'),
       EXISTS (SELECT FROM pg_catalog.pg_roles w
               WHERE w.rolname IN ('pg_write_all_data', 'pg_write_server_files', 'pg_execute_server_program')
               AND pg_has_role(current_user, w.oid, 'USAGE')),
       EXISTS (SELECT FROM pg_catalog.pg_database d
               WHERE d.datname = current_database() AND pg_has_role(current_user, d.datdba, 'USAGE'))
FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
"""
_WORDS = (
    "SUPERUSER", "CREATEDB", "CREATEROLE", "REPLICATION", "BYPASSRLS",
    "CREATE ON DATABASE", "pg_write_*", "OWNER",
)  # fmt: skip
_SCHEMAS = """
SELECT n.nspname FROM pg_catalog.pg_namespace n
WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%%'
AND has_schema_privilege(n.oid, 'CREATE') ORDER BY 1 LIMIT 8
"""
_TABLES = """
SELECT n.nspname || '.' || c.relname FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> 'information_schema'
AND n.nspname NOT LIKE 'pg\\_%%'
AND has_schema_privilege(n.oid, 'USAGE')
AND (has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
     OR has_any_column_privilege(c.oid, 'INSERT, UPDATE'))
ORDER BY 1 LIMIT 8
"""


def tables_of(connection: sa.Connection, schema: str) -> tuple[TableFacts, ...]:
    """Describe the tables, partitioned tables, foreign tables and views of a schema; partitions are parts."""
    keys: dict[str, list[str]] = {}
    for name, column in connection.exec_driver_sql(_KEYS, (schema,)):
        keys.setdefault(name, []).append(column)
    found: dict[str, tuple[str, list[Column]]] = {}
    for name, relation, column, kind, required in connection.exec_driver_sql(_COLUMNS, (schema,)):
        _, columns = found.setdefault(name, (relation, []))
        columns.append(Column(column, arrow(kind), kind, not required))
    return tuple(
        TableFacts(
            name,
            tuple(columns),
            tuple(keys.get(name, ())),
            relation in {"r", "p", "f"},
            "ctid" if relation in {"r", "m"} else "",
        )
        for name, (relation, columns) in sorted(found.items())
    )


def unreadable_of(connection: sa.Connection, schema: str, tables: tuple[str, ...]) -> tuple[str, ...]:
    """Give those of the tables that the role may not SELECT from, or of which a policy hides rows from it."""
    names = json.dumps(tables, ensure_ascii=False)
    found = connection.exec_driver_sql(_UNREADABLE, (schema, names)).scalars()
    return tuple(str(name) for name in found)


def arrow(kind: str) -> ArrowType:
    """Give the Arrow type of a type; what Arrow's types here do not hold exactly lands as its text."""
    return _ARROW.get(kind, "string")


def references_of(connection: sa.Connection, schema: str, table: str) -> tuple[ForeignKey, ...]:
    """Give the foreign keys of a table."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for name, target, own, other in connection.exec_driver_sql(_REFERENCES, (schema, table)):
        found.setdefault(name, []).append((target, own, other))
    return tuple(
        (tuple(own for _, own, _ in pairs), pairs[0][0], tuple(other for _, _, other in pairs))
        for pairs in found.values()
    )


def account_of(connection: sa.Connection) -> Account:
    """Say what the current role may besides reading: by attribute, membership, ownership or grant."""
    name, *has = connection.exec_driver_sql(_ROLE).one()
    rights = [word for word, there in zip(_WORDS, has, strict=True) if there]
    if "SUPERUSER" not in rights:
        rights += [f"CREATE ON {schema}" for schema in connection.exec_driver_sql(_SCHEMAS).scalars()]
        rights += [f"WRITE {table}" for table in connection.exec_driver_sql(_TABLES).scalars()]
    return Account(bool(rights), "privileges", str(name), tuple(rights))
