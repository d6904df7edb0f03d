"""The column ledger of a run: what became of every column of the sources."""

import csv
from pathlib import Path

from leverans.report.parts import ColumnFacts

FILE = "column-ledger.csv"
_Row = dict[str, str]


def read_columns(folder: Path) -> tuple[ColumnFacts, ...]:
    """Read the column ledger that a run left, one entry per column; empty when there is none.

    Args:
        folder: `leverans.settings.MunicipalityHome.evidence` of the run.
    """
    path = folder / FILE
    if not path.is_file():
        return ()
    with path.open(encoding="utf-8", newline="") as sheet:
        rows = list(csv.DictReader(sheet, delimiter=";"))
    uses: dict[tuple[str, str], list[_Row]] = {}
    for row in rows:
        uses.setdefault((row["stream"], row["column"]), []).append(row)
    return tuple(_column(stream, column, found) for (stream, column), found in uses.items())


def names(columns: tuple[ColumnFacts, ...]) -> dict[str, None]:
    """Give ``source.stream.column`` of each, in order."""
    return dict.fromkeys(f"{entry.stream}.{entry.column}" for entry in columns)


def _column(stream: str, column: str, rows: list[_Row]) -> ColumnFacts:
    def several(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(row[name] for row in rows if row[name]))

    return ColumnFacts(
        stream=stream,
        column=column,
        use="+".join(several("use")),
        targets=several("target"),
        reason=" · ".join(several("reason")),
        where=next(iter(several("where")), ""),
    )
