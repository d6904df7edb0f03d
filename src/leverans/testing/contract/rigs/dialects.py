"""How tables are made on each engine of a server."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from leverans.testing.contract.declared import Type
from leverans.testing.contract.rigs.tables import REPEATED

LONGEST = 500


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one engine makes tables.

    Attributes:
        name: the engine, a column of the matrix.
        types: its types.
        keyed: type of a text in a key.
        quote: signs before and after names.
        refused: rules about names and values that it cannot hold, with the reason.
        mark: where a value goes in a statement.
        more: digits that it writes after a planted value, by rule.
        long: type of a text of more than `LONGEST` signs, where it is another.
        big: the expression of the big document, from what its pieces repeat (hex); None: it is sent.
    """

    name: str
    types: Mapping[Type, str]
    keyed: str
    quote: str
    refused: Mapping[str, str]
    mark: str = "%s"
    more: Mapping[str, str] = field(default_factory=dict)
    long: str = ""
    big: Callable[[Sequence[str]], str] | None = None

    def quoted(self, name: str) -> str:
        """Quote a name."""
        first, last = self.quote[0], self.quote[-1]
        return first + name.replace(last, last * 2) + last

    def landed(self, rule: str, value: object) -> object:
        """Give a planted value as the engine writes it."""
        return value + self.more.get(rule, "") if isinstance(value, str) else value


def _joined(hexes: Sequence[str]) -> str:
    return "CONCAT(" + ",".join(f"REPEAT(x'{one}',{REPEATED})" for one in hexes) + ")"


def _gathered(hexes: Sequence[str]) -> str:
    pieces = ",".join(f"({number},'{one}')" for number, one in enumerate(hexes))
    told = f"decode(repeat(h,{REPEATED}),'hex')"
    return f"(SELECT string_agg({told}, ''::bytea ORDER BY n) FROM (VALUES {pieces}) v(n,h))"  # noqa: S608


DIALECTS: Mapping[str, Dialect] = {
    "postgresql": Dialect(
        "PostgreSQL",
        {
            "int": "bigint",
            "text": "text",
            "decimal": "numeric(40,10)",
            "double": "double precision",
            "timestamp": "timestamp",
            "date": "date",
            "blob": "bytea",
        },
        "text",
        '"',
        {"value-nul": "PostgreSQL holds no NUL in a text"},
        big=_gathered,
    ),
    "mariadb": Dialect(
        "MariaDB",
        {
            "int": "bigint",
            "text": "longtext",
            "decimal": "decimal(40,10)",
            "double": "double",
            "timestamp": "datetime",
            "date": "date",
            "blob": "longblob",
        },
        "varchar(100)",
        "`",
        {"name-emoji": "names in MariaDB hold only signs of the basic plane"},
        big=_joined,
    ),
    "firebird": Dialect(
        "Firebird",
        {
            "int": "BIGINT",
            "text": "VARCHAR(500)",
            "decimal": "NUMERIC(18,4)",
            "double": "DOUBLE PRECISION",
            "timestamp": "TIMESTAMP",
            "date": "DATE",
            "blob": "BLOB",
        },
        "VARCHAR(100)",
        '"',
        {
            "name-emoji": "names in Firebird 3 hold only signs of the basic plane",
            "value-decimal": "Firebird 3 has decimals of 18 digits",
        },
        "?",
        {"value-dst": ".0000"},
        "BLOB SUB_TYPE TEXT",
    ),
    "sqlserver": Dialect(
        "SQL Server (mock)",
        {
            "int": "bigint",
            "text": "nvarchar(max)",
            "decimal": "decimal(38,10)",
            "double": "float",
            "timestamp": "datetime2(7)",
            "date": "date",
            "blob": "varbinary(max)",
        },
        "nvarchar(100)",
        "[]",
        {},
        "?",
    ),
}
"""Engines by the name that ``contract.yaml`` gives them."""
