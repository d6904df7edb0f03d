"""The kinds of rules; each reads its arguments, looks at columns and marks rows.

A rule that cannot be checked (no such column, arguments that make no sense) raises `Unable`; a value that
cannot be judged (text that is no date) is marked apart from one that fails.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leverans.quality.bench import UNREADABLE, Bench, Mark
from leverans.quality.census import doubles, hashes
from leverans.quality.crossing import files_exist, orphans
from leverans.quality.subject import Unable
from leverans.quality.swedish import diary_number, legal_ground, property_designation
from leverans.quality.swedish_numbers import organisation_number, personal_number
from leverans.quality.texts import encoding


def order(bench: Bench) -> Iterator[Mark]:
    """Dates that must not run backwards; absent ones are skipped, and so is what is not certain."""
    from leverans.quality.instants import certainly_after, spans  # imports pandas

    fields = bench.fields()
    if len(fields) < 2:
        raise Unable("at least two fields are wanted")
    read = {name: spans(bench.given(name)) for name in fields}
    for name in fields:
        yield Mark(pa.array(read[name].given & ~read[name].valid), UNREADABLE, name)
    for (at, first), (to, second) in combinations(enumerate(fields), 2):
        skipped = [read[name].given for name in fields[at + 1 : to]]
        mask = certainly_after(read[first], read[second]) & _all_absent(skipped, bench.table.num_rows)
        yield Mark(pa.array(mask), "QUA101", f"{first} > {second}")


def required(bench: Bench) -> Iterator[Mark]:
    """Fields that must have a value other than white space."""
    for name in bench.fields():
        column = bench.any_column(name)
        missing = pc.is_null(column)
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            blank = pc.equal(pc.utf8_trim_whitespace(column), "")
            missing = pc.or_(missing, pc.fill_null(blank, True))
        yield Mark(missing, "QUA102", name)


def unique(bench: Bench) -> Iterator[Mark]:
    """Values of all the fields together that only one row may have; rows where one is absent are skipped."""
    fields = bench.fields()
    values = hashes([bench.any_column(name) for name in fields])
    twice = bench.facts.twice.get(bench.check.id)
    found = doubles(values.digests) if twice is None else twice
    mask = values.given & np.isin(values.digests, found)
    yield Mark(pa.array(mask), "QUA103", ", ".join(fields))


def pattern(bench: Bench) -> Iterator[Mark]:
    """A regular expression (RE2) that the whole value must fit."""
    for name, demand in bench.demands():
        column = bench.column(name)
        try:
            fits = pc.match_substring_regex(column, f"^(?:{demand})$")
            re.compile(str(demand))
        except (pa.ArrowInvalid, re.error):
            raise Unable(f"{name}: the regular expression cannot be read") from None
        yield Mark(_false(fits), "QUA104", name)


def one_of(bench: Bench) -> Iterator[Mark]:
    """The only values a field may have."""
    for name, demand in bench.demands():
        if not isinstance(demand, list | tuple):
            raise Unable(f"{name}: a list of values is wanted")
        column = bench.any_column(name)
        texts = pc.cast(column, pa.string())
        allowed = pc.is_in(texts, value_set=pa.array([_text(value) for value in demand], pa.string()))
        yield Mark(pc.and_(pc.is_valid(texts), pc.invert(allowed)), "QUA105", name)


def between(bench: Bench) -> Iterator[Mark]:
    """Dates from ``from`` to ``to``, both counted in; ``today`` is the day of the reference time."""
    from leverans.quality.instants import certainly_after, spans  # imports pandas

    for name, demand in bench.demands():
        if not isinstance(demand, Mapping) or not demand or set(demand) - {"from", "to"}:
            raise Unable(f"{name}: from and to are wanted")
        read = spans(bench.given(name))
        yield Mark(pa.array(read.given & ~read.valid), UNREADABLE, name)
        outside = np.zeros(bench.table.num_rows, dtype=bool)
        if "from" in demand:
            outside |= certainly_after(_limit(bench, name, demand["from"]), read)
        if "to" in demand:
            outside |= certainly_after(read, _limit(bench, name, demand["to"]))
        yield Mark(pa.array(outside), "QUA106", name)


def count(bench: Bench) -> Iterator[Mark]:
    """How many children of a kind each must have, at least."""
    for name, demand in bench.demands():
        children = bench.tables.get(bench.facts.entities.get(name, name))
        if children is None or "owner" not in children.column_names:
            raise Unable(f"no table {name}")
        if not isinstance(demand, int) or isinstance(demand, bool):
            raise Unable(f"{name}: a whole number is wanted")
        counted = children.group_by("owner").aggregate([([], "count_all")])
        at = pc.index_in(bench.column("id"), value_set=counted["owner"].combine_chunks())
        number = pc.fill_null(pc.take(counted["count_all"], at), 0)
        yield Mark(pc.less(number, demand), "QUA107", f"{name} < {demand}")


def max_length(bench: Bench) -> Iterator[Mark]:
    """Most characters a field may have."""
    for name, demand in bench.demands():
        if not isinstance(demand, int) or isinstance(demand, bool):
            raise Unable(f"{name}: a whole number is wanted")
        longer = pc.greater(pc.utf8_length(bench.column(name)), demand)
        yield Mark(pc.fill_null(longer, False), "QUA108", name)


KINDS: dict[str, Callable[[Bench], Iterator[Mark]]] = {
    "order": order,
    "required": required,
    "unique": unique,
    "pattern": pattern,
    "one_of": one_of,
    "between": between,
    "count": count,
    "max_length": max_length,
    "personal_number": personal_number,
    "organisation_number": organisation_number,
    "diary_number": diary_number,
    "property_designation": property_designation,
    "legal_ground": legal_ground,
    "encoding": encoding,
    "orphans": orphans,
    "files_exist": files_exist,
}
"""The kinds of rules by name."""


def _all_absent(given: list[np.ndarray], rows: int) -> np.ndarray:
    absent = np.ones(rows, dtype=bool)
    for column in given:
        absent &= ~column
    return absent


def _false(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.fill_null(pc.invert(column), False)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _limit(bench: Bench, name: str, text: object) -> Any:
    from leverans.quality.instants import spans

    day = str(bench.facts.as_of or "") if text == "today" else str(text)
    limit = spans(pa.chunked_array([[day]], pa.string()))  # one row, held against all
    if bench.table.num_rows and not limit.valid[0]:
        raise Unable(f"{name}: no date to hold against")
    return limit
