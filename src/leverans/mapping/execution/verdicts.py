"""Where faults go: columns of verdicts, finished once it is known which cases are protected."""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leverans.mapping.execution.arrow import Text, blank, repeat

Disposition = Literal["quarantine", "exclude", "void", "warn"]
SCHEMA = pa.schema(
    [
        (name, pa.string())
        for name in ("root", "stream", "key", "code", "disposition", "rule", "where", "detail")
    ]
)
_DETAIL = 40


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a verdict: its code, what it leads to, the rule or field, and the line of the mapping."""

    code: str
    disposition: Disposition
    rule: str
    where: str


@dataclass(slots=True)
class Verdicts:
    """Collects verdicts; roots are numbers until the end, -1 is none."""

    chunks: list[dict[str, Any]] = field(default_factory=list)

    def add(
        self, roots: np.ndarray, stream: str, keys: Text, cause: Cause, detail: Text | None = None
    ) -> None:
        """Note one verdict per root given."""
        rows = len(roots)
        if rows:
            self.chunks.append(
                {
                    "root": np.asarray(roots, dtype=np.int64),
                    "stream": repeat(stream, rows),
                    "key": keys,
                    "code": repeat(cause.code, rows),
                    "disposition": repeat(cause.disposition, rows),
                    "rule": repeat(cause.rule, rows),
                    "where": repeat(cause.where, rows),
                    "detail": repeat("", rows) if detail is None else detail,
                }
            )

    def table(self, names: Text, protected: np.ndarray) -> pa.Table:
        """Give the verdicts, sorted, without keys and details of protected objects.

        Args:
            names: object id of each root number.
            protected: whether each root number is protected.
        """
        if not self.chunks:
            return SCHEMA.empty_table()
        numbers = np.concatenate([chunk["root"] for chunk in self.chunks])
        columns = {
            name: pa.concat_arrays([chunk[name] for chunk in self.chunks]) for name in SCHEMA.names[1:]
        }
        has = numbers >= 0
        hidden = np.zeros(len(numbers), dtype=bool)
        hidden[has] = protected[numbers[has]]
        columns["root"] = names.take(pa.array(numbers, mask=~has))
        columns["key"] = pc.if_else(pa.array(hidden), blank(len(numbers)), columns["key"])
        columns["detail"] = pc.if_else(pa.array(hidden), "", columns["detail"])
        table = pa.table([columns[name] for name in SCHEMA.names], schema=SCHEMA)
        return table.sort_by(
            [(name, "ascending") for name in ("root", "stream", "key", "code", "rule", "where")]
        )


def shape_of(values: Text) -> Text:
    """Give the shape of values: letters as ``a`` and ``A``, digits as ``9``; nothing of what they say."""
    text = pc.utf8_slice_codeunits(pc.fill_null(values, "NULL"), 0, _DETAIL)
    for pattern, sign in (
        (r"\p{Lu}", "A"),
        (r"[\p{Ll}\p{Lt}\p{Lm}\p{Lo}]", "a"),
        (r"\p{Nd}", "9"),
        (r"[\p{C}\x{FFFD}]", "?"),
    ):
        text = pc.replace_substring_regex(text, pattern=pattern, replacement=sign)
    return text
