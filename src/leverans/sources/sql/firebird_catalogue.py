"""What Firebird's system tables tell: tables, keys, references, privileges; and how a value is asked for."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from leverans.contracts import Column
from leverans.contracts.catalogue import ArrowType
from leverans.sources.sql.engine import Account, ForeignKey, TableFacts

Ask = Callable[..., list[tuple[Any, ...]]]
"""Sends a statement with its values and gives all rows."""

LOCATOR = "RDB$DB_KEY"
TEXT_BLOB, BLOB = "BLOB TEXT", "BLOB"

_FIELDS = """
SELECT TRIM(r.RDB$RELATION_NAME), IIF(r.RDB$VIEW_BLR IS NULL, 1, 0), TRIM(f.RDB$FIELD_NAME), t.RDB$FIELD_TYPE,
 COALESCE(t.RDB$FIELD_SUB_TYPE, 0), COALESCE(t.RDB$FIELD_SCALE, 0), COALESCE(t.RDB$FIELD_PRECISION, 0),
 COALESCE(t.RDB$CHARACTER_LENGTH, t.RDB$FIELD_LENGTH, 0), COALESCE(TRIM(s.RDB$CHARACTER_SET_NAME), ''),
 COALESCE(f.RDB$NULL_FLAG, t.RDB$NULL_FLAG, 0)
FROM RDB$RELATIONS r
JOIN RDB$RELATION_FIELDS f ON f.RDB$RELATION_NAME = r.RDB$RELATION_NAME
JOIN RDB$FIELDS t ON t.RDB$FIELD_NAME = f.RDB$FIELD_SOURCE
LEFT JOIN RDB$CHARACTER_SETS s ON s.RDB$CHARACTER_SET_ID = t.RDB$CHARACTER_SET_ID
WHERE COALESCE(r.RDB$SYSTEM_FLAG, 0) = 0 ORDER BY r.RDB$RELATION_NAME, f.RDB$FIELD_POSITION, f.RDB$FIELD_NAME
"""
_KEYS = """
SELECT TRIM(c.RDB$RELATION_NAME), TRIM(s.RDB$FIELD_NAME) FROM RDB$RELATION_CONSTRAINTS c
JOIN RDB$INDEX_SEGMENTS s ON s.RDB$INDEX_NAME = c.RDB$INDEX_NAME
WHERE c.RDB$CONSTRAINT_TYPE = 'PRIMARY KEY' ORDER BY c.RDB$RELATION_NAME, s.RDB$FIELD_POSITION
"""
_REFERENCES = """
SELECT TRIM(c.RDB$CONSTRAINT_NAME), TRIM(o.RDB$RELATION_NAME), TRIM(s.RDB$FIELD_NAME), TRIM(k.RDB$FIELD_NAME)
FROM RDB$RELATION_CONSTRAINTS c
JOIN RDB$REF_CONSTRAINTS r ON r.RDB$CONSTRAINT_NAME = c.RDB$CONSTRAINT_NAME
JOIN RDB$RELATION_CONSTRAINTS o ON o.RDB$CONSTRAINT_NAME = r.RDB$CONST_NAME_UQ
JOIN RDB$INDEX_SEGMENTS s ON s.RDB$INDEX_NAME = c.RDB$INDEX_NAME
JOIN RDB$INDEX_SEGMENTS k ON k.RDB$INDEX_NAME = o.RDB$INDEX_NAME
 AND k.RDB$FIELD_POSITION = s.RDB$FIELD_POSITION
WHERE c.RDB$CONSTRAINT_TYPE = 'FOREIGN KEY' AND c.RDB$RELATION_NAME = ?
ORDER BY c.RDB$CONSTRAINT_NAME, s.RDB$FIELD_POSITION
"""
_PRIVILEGES = """
SELECT TRIM(RDB$USER), TRIM(RDB$PRIVILEGE), TRIM(RDB$RELATION_NAME) FROM RDB$USER_PRIVILEGES
WHERE RDB$PRIVILEGE IN ('I', 'U', 'D', 'X', 'C', 'L', 'O', 'M')
 AND NOT RDB$RELATION_NAME STARTING WITH 'RDB$'
ORDER BY RDB$RELATION_NAME, RDB$PRIVILEGE, RDB$USER
"""
_ROLES = """
SELECT TRIM(RDB$USER), TRIM(RDB$RELATION_NAME) FROM RDB$USER_PRIVILEGES WHERE RDB$PRIVILEGE = 'M'
"""
_SELF = """
SELECT TRIM(CURRENT_USER), TRIM(CURRENT_ROLE), TRIM(d.MON$OWNER), d.MON$READ_ONLY FROM MON$DATABASE d
"""
_WORDS = {
    "I": "INSERT",
    "U": "UPDATE",
    "D": "DELETE",
    "X": "EXECUTE",
    "C": "CREATE",
    "L": "ALTER",
    "O": "DROP",
}
_NUMBERS = {7: "SMALLINT", 8: "INTEGER", 16: "BIGINT", 26: "INT128"}
_TEXTS = {14: "CHAR", 37: "VARCHAR", 40: "CSTRING"}
_OTHERS = {
    10: "FLOAT",
    27: "DOUBLE PRECISION",
    11: "DOUBLE PRECISION",
    12: "DATE",
    13: "TIME",
    35: "TIMESTAMP",
    28: "TIME WITH TIME ZONE",
    29: "TIMESTAMP WITH TIME ZONE",
    23: "BOOLEAN",
    24: "DECFLOAT(16)",
    25: "DECFLOAT(34)",
}
_ARROW: dict[str, ArrowType] = {
    "SMALLINT": "int64",
    "INTEGER": "int64",
    "BIGINT": "int64",
    "FLOAT": "double",
    "DOUBLE PRECISION": "double",
    "BOOLEAN": "bool",
    BLOB: "binary",
}


@dataclass(frozen=True, slots=True)
class _Field:
    kind: int
    sub: int
    scale: int
    precision: int
    length: int
    charset: str

    @property
    def declared(self) -> str:
        """The type as its declaration would write it."""
        if self.kind in _NUMBERS:
            if self.scale or self.sub:
                return f"NUMERIC({self.precision or 18},{-self.scale})"
            return _NUMBERS[self.kind]
        if self.kind == 261:
            return (f"{TEXT_BLOB} {self.charset}".strip()) if self.sub == 1 else BLOB
        if self.kind in _TEXTS:
            return f"{_TEXTS[self.kind]}({self.length}) {self.charset}".strip()
        return _OTHERS.get(self.kind, f"TYPE {self.kind}")


def quoted(name: str) -> str:
    """Quote a name."""
    return '"' + name.replace('"', '""') + '"'


def tables_of(ask: Ask) -> tuple[TableFacts, ...]:
    """Describe all tables and views, sorted by name."""
    keys: dict[str, list[str]] = {}
    for table, column in ask(_KEYS):
        keys.setdefault(table, []).append(column)
    found: dict[str, tuple[bool, list[Column]]] = {}
    for table, real, name, kind, sub, scale, precision, length, charset, required in ask(_FIELDS):
        declared = _Field(kind, sub, scale, precision, length, charset).declared
        _, columns = found.setdefault(table, (bool(real), []))
        columns.append(Column(name, arrow(declared), declared, not required))
    return tuple(
        TableFacts(name, tuple(columns), tuple(keys.get(name, ())), real, LOCATOR if real else "")
        for name, (real, columns) in sorted(found.items())
    )


def arrow(declared: str) -> ArrowType:
    """Give the Arrow type of a declared type; what is exact only as text lands as text."""
    if declared.endswith(" OCTETS"):
        return "binary"
    return _ARROW.get(declared, "string")


def references_of(ask: Ask, table: str) -> tuple[ForeignKey, ...]:
    """Give the foreign keys of a table."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for name, target, own, other in ask(_REFERENCES, table):
        found.setdefault(name, []).append((target, own, other))
    return tuple(
        (tuple(own for _, own, _ in pairs), pairs[0][0], tuple(other for _, _, other in pairs))
        for pairs in found.values()
    )


def account_of(ask: Ask) -> Account:
    """Read the privileges of the account, of PUBLIC and of every role that it may take on."""
    ((name, role, owner, closed),) = ask(_SELF)
    if closed:
        return Account(False, "privileges", name)
    who = members({name, "PUBLIC", role}, [(user, given) for user, given in ask(_ROLES)])
    rights = [
        f"{_WORDS[right]} ON {place}"
        for user, right, place in ask(_PRIVILEGES)
        if user in who and right in _WORDS
    ]
    if name == "SYSDBA" or "RDB$ADMIN" in who:
        rights.insert(0, "RDB$ADMIN")
    if name == owner:
        rights.insert(0, "OWNER")
    return Account(bool(rights), "privileges", name, tuple(dict.fromkeys(rights)))


def members(who: Iterable[str], roles: Sequence[tuple[str, str]]) -> set[str]:
    """Give an account's names and all roles that they may take on, also through other roles."""
    found = set(who)
    while more := {role for user, role in roles if user in found} - found:
        found |= more
    return found


def cell(column: Column) -> str:
    """Give the expression that lets a value come exactly: texts without a character set as bytes."""
    name, kind = quoted(column.name), column.source_type
    if kind.endswith(" NONE"):
        if kind.startswith(TEXT_BLOB):
            return f"CAST({name} AS BLOB SUB_TYPE BINARY)"
        length = kind.partition("(")[2].partition(")")[0]
        return f"CAST({name} AS VARCHAR({length}) CHARACTER SET OCTETS)"
    if column.type == "string" and kind.partition("(")[0] not in {"CHAR", "VARCHAR", "CSTRING"}:
        return name if kind.startswith(TEXT_BLOB) else f"CAST({name} AS VARCHAR(64))"
    return name
