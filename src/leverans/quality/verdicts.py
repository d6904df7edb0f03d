"""From masks to verdicts."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from leverans.quality.port import VERDICTS, Check

UNABLE = "QUA002"
_DISPOSITIONS = {"warning": "warn", "info": "warn"}


def disposition(check: Check) -> str:
    """Give what a broken rule does to its object; what is not a mere warning sets it aside."""
    return _DISPOSITIONS.get(check.severity, "quarantine")


def of_rows(check: Check, table: pa.Table, mask: pa.Array, code: str, detail: str) -> pa.Table:
    """Make one verdict per row that `mask` marks; `detail` names fields, never values.

    The row of a child is named by its place among its siblings, so that a person finds it in the case.
    """
    below = "owner" in table.column_names
    marked = table.select(["root", "seq"] if below else ["root"]).filter(mask)
    if marked.num_rows == 0:
        return VERDICTS.empty_table()
    text = pa.array([detail] * marked.num_rows, pa.string())
    if below:
        number = pc.cast(pc.add(marked["seq"], 1), pa.string())
        text = pc.binary_join_element_wise(check.on, " ", number, ": ", text, "")
    return _filled(check, marked["root"], code, text)


def nothing_proved(check: Check, tables: Mapping[str, pa.Table], reason: str) -> pa.Table:
    """Make a verdict QUA002 for every object of the bucket: the rule could not be checked."""
    cases = tables.get("case")
    return VERDICTS.empty_table() if cases is None else of_all(check, cases["root"], UNABLE, reason)


def of_all(check: Check, roots: pa.ChunkedArray, code: str, detail: str) -> pa.Table:
    """Make one verdict for each of `roots`: nothing was proved about any of them."""
    return _filled(check, roots, code, pa.array([detail] * len(roots), pa.string()))


def joined(tables: list[pa.Table]) -> pa.Table:
    """Put verdicts together."""
    return pa.concat_tables(tables) if tables else VERDICTS.empty_table()


def _filled(check: Check, roots: pa.ChunkedArray, code: str, detail: pa.Array) -> pa.Table:
    rows = len(roots)
    constant = {"code": code, "disposition": disposition(check), "rule": check.id, "where": check.where}
    columns = {
        "root": roots,
        "stream": pa.nulls(rows, pa.string()),
        "key": pa.nulls(rows, pa.string()),
        "detail": detail,
        **{name: pa.array([value] * rows, pa.string()) for name, value in constant.items()},
    }
    return pa.table([columns[name] for name in VERDICTS.names], schema=VERDICTS)
