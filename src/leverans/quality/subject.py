"""What a rule is about: the rows of one table that its ``when`` chooses, and the columns that it needs."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from leverans.quality.port import DOCUMENT, EXPECTATION, Check, Facts

_PARAMETERS = ("column", "column_A", "column_B", "column_list")


class Unable(Exception):  # it is an answer, not an error
    """The rule could not be checked; the text says why and names no value."""


def subject(check: Check, tables: Mapping[str, pa.Table], facts: Facts) -> pa.Table:
    """Give the rows of a bucket that a rule is about.

    Raises:
        Unable: there is no such table, or ``when`` names a column that it does not have.
    """
    table = tables.get(facts.entities.get(check.on, check.on))
    if table is None:
        raise Unable(f"no table {check.on}")
    if check.on == DOCUMENT:
        table = _of_objects(table)
    mask = None
    for test in check.when.tests:
        if test.column not in table.column_names:
            raise Unable(f"no column {test.column}")
        found = _meets(pc.cast(table[test.column], pa.string()), test)
        mask = found if mask is None else pc.and_(mask, found)
    return table if mask is None else table.filter(mask)


def columns(check: Check) -> list[str]:
    """Give the fields of its table that a rule needs, in its order; each stands once."""
    arguments = check.arguments
    if check.kind == EXPECTATION:
        named = [arguments["with"].get(name) for name in _PARAMETERS]
        listed = [one for value in named if value for one in ([value] if isinstance(value, str) else value)]
        return list(dict.fromkeys(listed))
    if check.kind == "count":
        return ["id"]
    if check.kind == "files_exist":
        return ["status"]
    if isinstance(arguments, str):
        return [arguments]
    named = list(arguments) if isinstance(arguments, (Mapping, list, tuple)) else []
    if check.kind == "diary_number" and isinstance(arguments, Mapping):
        named += [form["year"] for form in arguments.values() if isinstance(form, Mapping) and "year" in form]
    return list(dict.fromkeys(str(name) for name in named))


def _of_objects(documents: pa.Table) -> pa.Table:
    """Keep the documents that belong to an object and follow it."""
    own = pc.and_(pc.is_valid(documents["root"]), pc.is_null(documents["disposition"]))
    return documents.filter(own)


def _meets(text: pa.ChunkedArray, test: Any) -> pa.ChunkedArray:
    """Say which values meet one test, as conditions of a mapping do: exact text, None stands for no value."""
    match test.operator:
        case "in" | "not_in":
            listed = pa.array([value for value in test.values if value is not None], pa.string())
            inside = pc.is_in(text, value_set=listed)
            if None in test.values:
                inside = pc.or_(inside, pc.is_null(text))
            return inside if test.operator == "in" else pc.invert(inside)
        case "match":
            return pc.fill_null(pc.match_substring_regex(text, test.pattern), False)
        case "empty":
            found = pc.fill_null(pc.equal(text, ""), True)
        case _:
            found = pc.is_null(text)
    return found if test.flag else pc.invert(found)
