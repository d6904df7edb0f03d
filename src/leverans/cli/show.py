"""What a person or a program is shown: JSON on standard output, or text; errors on standard error."""

import json
import sys
from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import Any, Literal

from leverans.errors import ConfigurationError, LeveransError


def show_json(plain: object) -> None:
    """Write plain data as JSON on standard output."""
    json.dump(plain, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def show_error(fault: LeveransError, *, as_json: bool) -> int:
    """Tell an error with all its problems; give the exit status it stands for."""
    if as_json:
        show_json({"error": _plain(fault), "problems": [_plain(problem) for problem in _problems(fault)]})
    for problem in (fault, *_problems(fault)):
        sys.stderr.write(f"{problem.text('sv')}\n    {problem.text('en')}\n")
    remedy = fault.remedy("sv")
    if remedy:
        sys.stderr.write(f"  → {remedy}\n    {fault.remedy('en')}\n")
    return fault.exit_code


def _problems(fault: LeveransError) -> tuple[LeveransError, ...]:
    return fault.problems if isinstance(fault, ConfigurationError) else ()


def _plain(fault: LeveransError) -> dict[str, Any]:
    return {
        "code": fault.code,
        "where": fault.where,
        "text": {"sv": fault.text("sv"), "en": fault.text("en")},
        "remedy": {"sv": fault.remedy("sv"), "en": fault.remedy("en")},
    }


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; numbers to the right.

    The first column names a thing (a reference code, a path): a name breaks only when it takes more than a
    third of the line. The other columns fold.
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    sheet = Table(title=title, title_justify="left", header_style="bold")
    lines = [list(row) for row in rows]
    for number, column in enumerate(columns):
        numeric = bool(lines) and all(isinstance(row[number], int) for row in lines)
        justify: Literal["right", "left"] = "right" if numeric else "left"
        sheet.add_column(column, justify=justify, overflow="fold", no_wrap=number == 0)
    for row in lines:
        cells = [thousands(cell) if isinstance(cell, int) else str(cell) for cell in row]
        cells[:1] = ["\n".join(wrap(name, console.width // 3, break_on_hyphens=False)) for name in cells[:1]]
        sheet.add_row(*map(escape, cells))
    console.print(sheet)


def thousands(number: int) -> str:
    """Write a number the Swedish way: 12 345."""
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")


def counted(number: int, one: str, many: str) -> str:
    """Write a number with its noun: ``1 rad``, ``2 rader``."""
    return f"{thousands(number)} {one if number == 1 else many}"


def size(number: int) -> str:
    """Write bytes for people: 79,3 MB."""
    value = float(number)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}".replace(".", ",")
        value /= 1000
    return f"{value:.1f} TB".replace(".", ",")
