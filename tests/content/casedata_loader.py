"""The CaseData schema and test data (MariaDB scripts) → SQLite files, for tests and for people.

    python tests/content/casedata_loader.py TARGET.sqlite [--scripts FOLDER] [--only SCRIPT]

What is kept: every table, column, declared type (an enum becomes text that only takes its words), NOT NULL,
keys, foreign keys, uniqueness and checks, and the values as MariaDB would give them back: `b'1'` is 1, a
`datetime(6)` has six decimals, `FROM_BASE64(@png)` is bytes, a text too long or outside its enum is refused.

The scripts use the same ids, as each one expects an empty database. `load_script` gives each its own. `merge`
puts all that load into one: script number *n* (by name, from 1) shifts its own identities by one rule:
a number *i* becomes *n* · 1,000,000 + *i*, a text becomes ``nn-text``. What is an identity is said once, in
`identities`; whatever refers to one follows it, also where the schema declares no foreign key.
"""

import argparse
import base64
import binascii
import re
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).resolve().parents[3] / "shared" / "data" / "casedata_mariadb"
STEP = 1_000_000
NOW = datetime(2025, 1, 1)  # noqa: DTZ001  # MariaDB's datetime has no zone

UNDECLARED = {
    ("attachment", "errand_id"): ("errand", "id"),
    ("conversation", "errand_id"): ("errand", "id"),
    ("message", "errand_id"): ("errand", "id"),
    ("message_attachment", "messageid"): ("message", "messageid"),
    ("related_errand", "related_errand_id"): ("errand", "id"),
    ("related_errand", "related_errand_number"): ("errand", "errand_number"),
}
"""References that the schema does not declare."""

UNIQUE = {("errand", "errand_number"), ("case_type", "namespace")}
"""Identities that are no primary key; `namespace` is one wherever it stands."""

_TOKEN = re.compile(
    r"""(?P<space>\s+|--(?=[\s])[^\n]*|--$|\#[^\n]*|/\*.*?\*/)
    |(?P<bits>[bB]'[01]*')
    |(?P<hex>[xX]'[0-9a-fA-F]*')
    |(?P<string>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*")
    |(?P<name>`(?:[^`]|``)*`|[^\W\d][\w$]*)
    |(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    |(?P<variable>@\w+)
    |(?P<mark>:=|>=|<=|<>|[(),;=<>.*+-])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a", "%": "\\%", "_": "\\_"}


class LoadError(Exception):
    """A script does not fit the schema, as MariaDB would say it."""


@dataclass(frozen=True)
class Token:
    """One token: `kind` as in `_TOKEN`, and its text."""

    kind: str
    text: str

    @property
    def word(self) -> str:
        """The name without its quotes."""
        return self.text[1:-1].replace("``", "`") if self.text.startswith("`") else self.text


@dataclass
class Column:
    """A column as declared; `length` and `words` are what MariaDB refuses beyond."""

    name: str
    type: str
    length: int = 0
    words: tuple[str, ...] = ()
    required: bool = False
    automatic: bool = False
    default: Any = None
    check: str = ""


@dataclass
class Table:
    """A table as declared."""

    name: str
    columns: dict[str, Column] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    unique: list[tuple[str, ...]] = field(default_factory=list)
    foreign: list[tuple[tuple[str, ...], str, tuple[str, ...]]] = field(default_factory=list)
    indexes: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)


Shift = Callable[[str, str, Any], Any]
"""(table, column, value) → the value in the merged file."""


def tokens(sql: str) -> list[Token]:
    """Cut a script into tokens, without comments."""
    found, at = [], 0
    while at < len(sql):
        match = _TOKEN.match(sql, at)
        if match is None:
            raise LoadError(f"line {sql.count(chr(10), 0, at) + 1}: {sql[at : at + 20]!r}")
        if match.lastgroup != "space":
            found.append(Token(str(match.lastgroup), match.group()))
        at = match.end()
    return found


def statements(sql: str) -> Iterator["Reader"]:
    """Give the statements of a script."""
    part: list[Token] = []
    for token in [*tokens(sql), Token("mark", ";")]:
        if token.text != ";":
            part.append(token)
        elif part:
            yield Reader(part)
            part = []


class Reader:
    """Walks over the tokens of one statement."""

    def __init__(self, found: list[Token]) -> None:
        self.found = found
        self.at = 0

    def peek(self) -> str:
        """Give the next token in upper case, or an empty text at the end."""
        return self.found[self.at].text.upper() if self.at < len(self.found) else ""

    def take(self) -> Token:
        """Give the next token and go on."""
        self.at += 1
        return self.found[self.at - 1]

    def skip(self, *words: str) -> bool:
        """Go past these words if they are next."""
        ahead = [token.text.upper() for token in self.found[self.at : self.at + len(words)]]
        if ahead != [word.upper() for word in words]:
            return False
        self.at += len(words)
        return True

    def need(self, *words: str) -> None:
        """Go past these words, or say what stands there."""
        if not self.skip(*words):
            raise LoadError(f"{' '.join(words)} expected, {self.peek()} found")

    def names(self) -> tuple[str, ...]:
        """Read ``(name, …)``."""
        self.need("(")
        found = [self.take().word]
        while self.skip(","):
            found.append(self.take().word)
        self.need(")")
        return tuple(found)

    def balanced(self) -> str:
        """Read a parenthesis with all that is in it."""
        self.need("(")
        depth, text = 1, ["("]
        while depth:
            token = self.take()
            depth += {"(": 1, ")": -1}.get(token.text, 0)
            text.append(token.text)
        return "".join(text)


def read_schema(sql: str) -> dict[str, Table]:
    """Read the CREATE TABLE, CREATE INDEX and ALTER TABLE statements."""
    tables: dict[str, Table] = {}
    for reader in statements(sql):
        if reader.skip("create", "table"):
            table = _table(reader)
            tables[table.name] = table
        elif reader.skip("create", "index"):
            name = reader.take().word
            reader.need("on")
            tables[reader.take().word].indexes.append((name, reader.names()))
        elif reader.skip("alter", "table", "if", "exists"):
            _constraint(reader, tables[reader.take().word])
        else:
            raise LoadError(f"statement {reader.peek()}")
    return tables


def _table(reader: Reader) -> Table:
    table = Table(reader.take().word)
    reader.need("(")
    while True:
        if reader.skip("primary", "key"):
            table.key = reader.names()
        else:
            column = _column(reader)
            table.columns[column.name] = column
        if not reader.skip(","):
            break
    reader.need(")")
    return table


def _column(reader: Reader) -> Column:
    column = Column(reader.take().word, reader.take().word)
    if column.type.lower() == "enum":
        reader.need("(")
        column.words = tuple(_values(reader, {}))
        reader.need(")")
    elif reader.peek() == "(":
        size = reader.balanced()
        column.length = int(size[1:-1]) if column.type.lower() == "varchar" else 0
        column.type += size
    while reader.peek() not in {",", ")"}:
        if reader.skip("not", "null"):
            column.required = True
        elif reader.skip("auto_increment"):
            column.automatic = True
        elif reader.skip("default"):
            column.default = _value(reader, {})
        elif reader.skip("check"):
            column.check = reader.balanced()
        else:
            raise LoadError(f"column {column.name}: {reader.peek()}")
    return column


def _constraint(reader: Reader, table: Table) -> None:
    reader.need("add", "constraint")
    reader.take()
    if reader.skip("unique"):
        table.unique.append(reader.names())
        return
    reader.need("foreign", "key")
    own = reader.names()
    reader.need("references")
    table.foreign.append((own, reader.take().word, reader.names()))


def ddl(table: Table) -> Iterator[str]:
    """Give the SQLite statements of a table; types as declared, enum as text."""
    lines = [_declare(column) for column in table.columns.values()]
    lines.append(f"primary key ({_list(table.key)})" if table.key else "")
    lines += [f"unique ({_list(columns)})" for columns in table.unique]
    lines += [
        f'foreign key ({_list(own)}) references "{other}" ({_list(theirs)})'
        for own, other, theirs in table.foreign
    ]
    yield f'create table "{table.name}" (\n  ' + ",\n  ".join(line for line in lines if line) + "\n)"
    for name, columns in table.indexes:
        yield f'create index "{name}" on "{table.name}" ({_list(columns)})'


def _declare(column: Column) -> str:
    words = ", ".join(f"'{word}'" for word in column.words)
    parts = [f'"{column.name}"', "TEXT" if column.words else column.type]
    parts += ["not null"] if column.required else []
    parts += [f"check ({column.name} in ({words}))"] if words else []
    parts += [f"check {column.check}"] if column.check else []
    return " ".join(parts)


def _list(columns: tuple[str, ...]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def create(connection: sqlite3.Connection, tables: dict[str, Table]) -> None:
    """Make empty tables."""
    connection.execute("pragma foreign_keys = on")
    connection.execute("pragma synchronous = off")  # a copy that can be made again
    connection.execute("begin")
    with connection:
        for table in tables.values():
            for statement in ddl(table):
                connection.execute(statement)


def run(
    connection: sqlite3.Connection, tables: dict[str, Table], sql: str, shift: Shift = lambda _t, _c, v: v
) -> None:
    """Run the SET and INSERT statements of one script, all or nothing.

    Raises:
        LoadError: a statement that the schema does not take, e.g. an unknown table.
    """
    variables: dict[str, Any] = {}
    try:
        with connection:
            for reader in statements(sql):
                if reader.skip("set"):
                    name = reader.take().text
                    if not (reader.skip(":=") or reader.skip("=")):
                        raise LoadError(f"SET {name}")
                    variables[name] = _value(reader, variables)
                else:
                    _insert(connection, tables, reader, variables, shift)
    except sqlite3.Error as fault:
        raise LoadError(str(fault)) from fault


def _insert(
    connection: sqlite3.Connection,
    tables: dict[str, Table],
    reader: Reader,
    variables: dict[str, Any],
    shift: Shift,
) -> None:
    reader.need("insert", "into")
    name = reader.take().word
    if name not in tables:
        raise LoadError(f"no such table: {name}")
    table, columns = tables[name], reader.names()
    reader.need("values")
    while True:
        reader.need("(")
        given = dict(zip(columns, _values(reader, variables), strict=True))
        reader.need(")")
        row = {column.name: _stored(connection, table, column, given) for column in table.columns.values()}
        row = {column: shift(name, column, value) for column, value in row.items()}
        marks = ", ".join("?" * len(row))
        connection.execute(
            f'insert into "{name}" ({_list(tuple(row))}) values ({marks})', tuple(row.values())
        )
        if not reader.skip(","):
            break
    if reader.peek():
        raise LoadError(f"{name}: {reader.peek()}")


def _values(reader: Reader, variables: dict[str, Any]) -> list[Any]:
    found = [_value(reader, variables)]
    while reader.skip(","):
        found.append(_value(reader, variables))
    return found


def _value(reader: Reader, variables: dict[str, Any]) -> Any:
    token = reader.take()
    match token.kind:
        case "string":
            text = _text(token.text)
            while reader.at < len(reader.found) and reader.found[reader.at].kind == "string":
                text += _text(reader.take().text)  # adjacent strings are one
            return text
        case "number":
            return int(token.text) if re.fullmatch(r"-?\d+", token.text) else float(token.text)
        case "bits":
            return int(token.text[2:-1] or "0", 2)
        case "hex":
            return bytes.fromhex(token.text[2:-1])
        case "variable":
            return variables.get(token.text)
        case _:
            return _word(token.text.lower(), reader, variables)


def _word(word: str, reader: Reader, variables: dict[str, Any]) -> Any:
    match word:
        case "null":
            return None
        case "true" | "false":
            return int(word == "true")
        case "from_base64":
            reader.need("(")
            text = _value(reader, variables)
            reader.need(")")
            return from_base64(text)
        case "now" | "current_timestamp":
            if reader.peek() == "(":
                reader.balanced()
            return NOW.isoformat(" ")
        case _:
            raise LoadError(f"value {word}")


def _text(quoted: str) -> str:
    mark, inner = quoted[0], quoted[1:-1]
    return re.sub(
        rf"\\(.)|{mark}{mark}",
        lambda found: _ESCAPES.get(found[1], found[1]) if found[1] is not None else mark,
        inner,
        flags=re.DOTALL,
    )


def from_base64(text: str | None) -> bytes | None:
    """Decode as MariaDB does: white space counts for nothing, what is no Base64 gives NULL."""
    try:
        return None if text is None else base64.b64decode(re.sub(r"\s", "", text), validate=True)
    except binascii.Error:
        return None


def _stored(connection: sqlite3.Connection, table: Table, column: Column, given: dict[str, Any]) -> Any:
    value = given.get(column.name, column.default)
    if value is None and column.automatic:
        query = f'select coalesce(max("{column.name}"), 0) + 1 from "{table.name}"'
        return connection.execute(query).fetchone()[0]
    if column.words and value is not None and value not in column.words:
        raise LoadError(f"{table.name}.{column.name}: data truncated")
    if column.length and isinstance(value, (str, int)) and len(str(value)) > column.length:
        raise LoadError(f"{table.name}.{column.name}: data too long")
    if column.type.lower() == "datetime(6)" and value is not None:
        return datetime.fromisoformat(value).isoformat(" ", "microseconds")
    return value


def identities(tables: dict[str, Table]) -> dict[tuple[str, str], tuple[str, str]]:
    """Give every column that is or refers to an identity → the identity."""
    found = {
        (table.name, table.key[0]): (table.name, table.key[0])
        for table in tables.values()
        if len(table.key) == 1
    }
    found |= {own: own for own in UNIQUE}
    for table in tables.values():
        for own, other, theirs in table.foreign:
            found |= {(table.name, mine): (other, its) for mine, its in zip(own, theirs, strict=True)}
        if "namespace" in table.columns:
            found[table.name, "namespace"] = ("case_type", "namespace")
    return found | UNDECLARED


def shifter(tables: dict[str, Table], number: int) -> Shift:
    """Give the shift of script `number`."""
    known = identities(tables)

    def shift(table: str, column: str, value: Any) -> Any:
        target = known.get((table, column))
        if target is None or value is None:
            return value
        kind = tables[target[0]].columns[target[1]].type.lower()
        if kind in {"bigint", "integer"}:
            moved = number * STEP + int(value)
            return str(moved) if isinstance(value, str) else moved
        return f"{number:02d}-{value}"

    return shift


def scripts(folder: Path = SCRIPTS) -> dict[str, Path]:
    """Give the data scripts by short name, sorted."""
    return {path.name.split("IT-")[0]: path for path in sorted(folder.glob("*IT-testdata.sql"))}


def load_script(target: Path, name: str, folder: Path = SCRIPTS) -> None:
    """Load one script into a new SQLite file.

    Raises:
        LoadError: it does not fit the schema; no row of it is there.
    """
    _load(target, {name: scripts(folder)[name]}, folder, shifted=False)


def merge(target: Path, folder: Path = SCRIPTS) -> dict[str, str]:
    """Load all scripts that load into one new SQLite file; give those that do not, and why."""
    return _load(target, scripts(folder), folder, shifted=True)


def _load(target: Path, chosen: dict[str, Path], folder: Path, *, shifted: bool) -> dict[str, str]:
    tables = read_schema((folder / "schema.sql").read_text(encoding="utf-8"))
    failed: dict[str, str] = {}
    connection = sqlite3.connect(target)
    try:
        create(connection, tables)
        for number, (name, path) in enumerate(chosen.items(), 1):
            shift = shifter(tables, number) if shifted else (lambda _table, _column, value: value)
            try:
                run(connection, tables, path.read_text(encoding="utf-8"), shift)
            except LoadError as fault:
                if not shifted:
                    raise
                failed[name] = str(fault)
    finally:
        connection.close()
    return failed


def _main() -> int:
    parser = argparse.ArgumentParser(description="CaseData test data (MariaDB scripts) → one SQLite file")
    parser.add_argument("target", type=Path)
    parser.add_argument("--scripts", type=Path, default=SCRIPTS, metavar="FOLDER")
    parser.add_argument("--only", choices=sorted(scripts()) or None, metavar="SCRIPT")
    given = parser.parse_args()
    if given.target.exists():
        parser.error(f"{given.target} exists")
    if given.only:
        load_script(given.target, given.only, given.scripts)
        return 0
    for name, reason in merge(given.target, given.scripts).items():
        print(f"{name}: not loaded: {reason}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(_main())
