"""What one rule works on, and what it gives: rows marked, with a code and the fields."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from leverans.quality.port import Check, Facts
from leverans.quality.subject import Unable

UNREADABLE = "QUA003"


@dataclass(frozen=True, slots=True)
class Mark:
    """Rows of one table that break a rule or cannot be judged: which, the code, the fields."""

    mask: pa.Array
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Bench:
    """What one rule works on.

    Attributes:
        check: the rule.
        table: the rows that it is about.
        tables: every table of the bucket.
        facts: what it must know beside them.
    """

    check: Check
    table: pa.Table
    tables: Mapping[str, pa.Table]
    facts: Facts

    def column(self, name: str, *kinds: pa.DataType) -> pa.ChunkedArray:
        """Give a column of one of `kinds` (text unless said otherwise).

        Raises:
            Unable: there is none, or it holds something else.
        """
        column = self.any_column(name)
        if column.type not in (kinds or (pa.string(), pa.large_string())):
            raise Unable(f"column {name} is {column.type}")
        return column

    def any_column(self, name: str) -> pa.ChunkedArray:
        """Give a column of any kind.

        Raises:
            Unable: there is none.
        """
        if name not in self.table.column_names:
            raise Unable(f"no column {name}")
        return self.table[name]

    def given(self, name: str) -> pa.ChunkedArray:
        """Give a column of text in which an empty text is no value.

        Raises:
            Unable: there is none, or it holds something else.
        """
        column = self.column(name)
        return pc.if_else(pc.equal(column, ""), pa.scalar(None, column.type), column)

    def fields(self) -> list[str]:
        """Give the arguments as a list of fields.

        Raises:
            Unable: they are no list.
        """
        arguments = self.check.arguments
        fields = [arguments] if isinstance(arguments, str) else arguments
        if not isinstance(fields, list | tuple) or not fields:
            raise Unable("a list of fields is wanted")
        return [str(name) for name in fields]

    def demands(self) -> Iterator[tuple[str, Any]]:
        """Give the arguments as (field, what is demanded).

        Raises:
            Unable: they are no map.
        """
        if not isinstance(self.check.arguments, Mapping) or not self.check.arguments:
            raise Unable("fields with what is demanded of each are wanted")
        yield from ((str(name), demand) for name, demand in self.check.arguments.items())

    def words(self, name: str, demand: Any, allowed: tuple[str, ...]) -> list[str]:
        """Give a demand as a list of words of a closed set.

        Raises:
            Unable: it is none.
        """
        if not isinstance(demand, list | tuple) or not demand or set(demand) - set(allowed):
            raise Unable(f"{name}: a list of {', '.join(allowed)} is wanted")
        return [str(word) for word in demand]
