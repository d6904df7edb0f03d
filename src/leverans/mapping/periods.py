"""Dated code tables: from when to when each row holds; a code's rows join without gap or overlap."""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from leverans.mapping import language as lang
from leverans.mapping.building import Maker
from leverans.mapping.layers import KeyPath, Problems
from leverans.mapping.layouts import compile_layout
from leverans.mapping.tables import table_rows

_DAY = timedelta(days=1)
SEPARATOR = "\x1f"
"""Stands between code and first day in the entries of a dated table."""

Period = tuple[date, date, int]
"""First day, last day, line of the file."""


def make_valid(maker: Maker, data: Any, path: KeyPath) -> lang.Valid | None:
    """Make the period of a code table; MAP007 for a layout that names no day of four digits a year."""
    if not isinstance(data, dict) or maker.problems.below(path):
        return None
    text = data.get("date", "%Y-%m-%d")
    fault = _layout_fault(text)
    if fault:
        maker.problems.add("MAP007", (*path, "date"), layout=text, piece=fault)
        return None
    return lang.Valid(data["from"], data["to"], text, data.get("gaps", "refuse") == "allow")


def read_dated(
    file: Path, name: str, columns: tuple[str, ...], path: KeyPath, problems: Problems, *, valid: lang.Valid
) -> dict[str, dict[str, str]]:
    """Read a dated code table: entries by code and first day; `columns` begins with the code's.

    Faults are noted: those of `leverans.mapping.tables.read_codes`, MAP084 a period that cannot be read or
    ends before it begins, MAP085 two rows of a code that overlap, MAP086 days between them that none has.
    """
    entries: dict[str, dict[str, str]] = {}
    periods: dict[str, list[Period]] = {}
    for line, row in table_rows(file, name, (*columns, valid.start, valid.end), path, problems):
        first = _day(row[valid.start], valid.layout, date.min)
        last = _day(row[valid.end], valid.layout, date.max)
        if first is None or last is None or last < first:
            problems.note("MAP084", f"{name}:{line}:1")
            continue
        code = row[columns[0]]
        periods.setdefault(code, []).append((first, last, line))
        entries[f"{code}{SEPARATOR}{first.isoformat()}{SEPARATOR}{line}"] = row
    for code, rows in periods.items():
        _held_together(code, sorted(rows), name, valid, problems)
    return entries


def _held_together(code: str, rows: list[Period], name: str, valid: lang.Valid, problems: Problems) -> None:
    until = rows[0][1]
    for first, last, line in rows[1:]:
        if first <= until:
            problems.note("MAP085", f"{name}:{line}:1", value=code)
        elif until + _DAY < first and not valid.gaps:
            problems.note("MAP086", f"{name}:{line}:1", value=code)
        until = max(until, last)


def _layout_fault(text: str) -> str:
    try:
        pieces = compile_layout(text, time=False).pieces
    except ValueError as fault:
        return str(fault)
    return "%y" if "y" in pieces else ""


def _day(text: str, layout: str, default: date) -> date | None:
    if text == "":
        return default
    found = re.fullmatch(compile_layout(layout, time=False).expression[1:-1], text, re.ASCII)
    if found is None:
        return None
    try:
        return date(int(found["Y"]), int(found["m"]), int(found["d"]))
    except ValueError:
        return None
