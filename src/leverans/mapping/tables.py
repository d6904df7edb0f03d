"""Tables beside a mapping: code tables as CSV, all text, and the table of secrecy paragraphs."""

import csv
import re
import unicodedata
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from leverans.mapping.layers import KeyPath, Layered, Problems

START_EVENTS = ("created", "opened", "closed", "received", "sent")
"""Fields of a case or record that a secrecy time can run from."""

_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters that show nothing."""

_PARAGRAPH = re.compile(r"^\s*([A-Za-zÅÄÖåäö]+)\s+(\d+)\s*(?:kap\.?\s*|:\s*)(\d+)\s*([a-z]?)\s*(?:§|$)")


def paragraph(text: str) -> str:
    """Give ``OSL 30:23`` for ``OSL 30 kap. 23 §`` (more may follow), an empty text for other words."""
    found = _PARAGRAPH.match(text)
    if found is None:
        return ""
    law, chapter, number, letter = found.groups()
    return f"{law.upper()} {int(chapter)}:{int(number)}{letter}"


def readable(text: str) -> str:
    """Give what a person can see of a text: without signs of no width, controls, white space around it."""
    seen = (sign for sign in text if sign not in _BLANKS and unicodedata.category(sign) not in {"Cc", "Cf"})
    return "".join(seen).strip()


def read_codes(
    file: Path, name: str, columns: tuple[str, ...], path: KeyPath, problems: Problems
) -> dict[str, dict[str, str]]:
    """Read a code table into key → row; `columns` must be there, the first of them is the key.

    The delimiter is ``;`` where the header holds one, else ``,``. Faults are noted: MAP009 no such file or
    no UTF-8, MAP010 a column is missing, MAP011 a code stands twice, MAP012 a column stands twice, MAP016 a
    row without a code, MAP028 a row has too few or many cells.
    """
    entries: dict[str, dict[str, str]] = {}
    for line, row in table_rows(file, name, columns, path, problems):
        key = row[columns[0]]
        if key in entries:
            problems.note("MAP011", f"{name}:{line}:1", value=key)
        entries[key] = row
    return entries


def code_places(file: Path, name: str, key: str) -> dict[str, str]:
    """Give where the row of each code of a table stands, as ``name:line:1``; faults are not told again."""
    unheard = Problems(Layered(name, {}, {}))
    rows = table_rows(file, name, (key,), (), unheard)
    return {row[key]: f"{name}:{line}:1" for line, row in rows}


def read_laws(file: Path, name: str, path: KeyPath, problems: Problems) -> dict[str, tuple[int, str]]:
    """Read the table of paragraphs: paragraph → (years, start event)."""
    laws: dict[str, tuple[int, str]] = {}
    for line, row in table_rows(file, name, ("law", "years", "start"), path, problems):
        key, years, start = paragraph(row["law"]), row["years"], row["start"]
        if not key or not years.isdigit() or start not in START_EVENTS:
            problems.note("MAP029", f"{name}:{line}:1", starts=", ".join(START_EVENTS))
        elif key in laws:
            problems.note("MAP011", f"{name}:{line}:1", value=key)
        else:
            laws[key] = (int(years), start)
    return laws


def table_rows(
    file: Path, name: str, columns: tuple[str, ...], path: KeyPath, problems: Problems
) -> Iterator[tuple[int, dict[str, str]]]:
    """Give (line, row) of a CSV file, each with a cell in the first of `columns`.

    Faults are noted as `read_codes` says, without MAP011.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        problems.add("MAP009", path, file=name)
        return
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    header = next(reader, [])
    missing = [column for column in columns if column not in header]
    for column in missing:
        problems.add("MAP010", path, column=column, file=name)
    read = [readable(column) for column in header]
    twice = [name for name in dict.fromkeys(read) if read.count(name) > 1]
    for column in twice:
        problems.note("MAP012", f"{name}:1:1", column=column)
    if missing or twice:
        return
    for row in reader:
        if not row:
            continue
        if len(row) != len(header):
            problems.note("MAP028", f"{name}:{reader.line_num}:1", cells=len(row), wanted=len(header))
            continue
        cells = dict(zip(header, row, strict=True))
        if readable(cells[columns[0]]):
            yield reader.line_num, cells
        else:
            problems.note("MAP016", f"{name}:{reader.line_num}:1", column=columns[0])
