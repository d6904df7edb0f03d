"""The register of the share: one row for each case, one for each document."""

import csv
from pathlib import Path
from typing import Final, Self

from leverans.demo.things import Case, Document

COLUMNS: Final = (
    "DiarieNr",
    "Löpnr",
    "Rubrik",
    "Filnamn",
    "Riktning",
    "Datum",
    "Makulerad",
    "Sekretess",
    "Lagrum",
    "Motpart",
    "SkyddadIdentitet",
    "Volym",
)

Row = tuple[str, ...]


def document_row(reference: str, document: Document) -> Row:
    """The row of a document."""
    secret = "S" if document.ground else ""
    day = f"{document.at:%Y-%m-%d}"
    name = (str(document.number), document.title, document.path, document.direction, day)
    return (reference, *name, "", secret, document.ground, "", "", "")


def case_row(case: Case) -> Row:
    """The row of a case, number 0."""
    secret = "S" if case.ground else ""
    flags = ("J" if case.voided else "N", secret, case.ground)
    return (
        case.reference,
        "0",
        case.title,
        "",
        "",
        "",
        *flags,
        case.counterpart,
        case.protection,
        case.volume,
    )


class Register:
    """Writes the register; use it as a context manager."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file, delimiter=";", lineterminator="\r\n")
        self._writer.writerow(COLUMNS)
        self.rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._file.close()

    def add(self, row: Row) -> None:
        """Writes one row."""
        self._writer.writerow(row)
        self.rows += 1

    def add_case(self, case: Case) -> None:
        """Writes the rows of a case and its registered documents."""
        if not case.registered:
            return
        self.add(case_row(case))
        for document in case.documents:
            if document.registered:
                self.add(document_row(case.reference, document))


def read_rows(path: Path) -> list[Row]:
    """All rows of a register, its header first."""
    with path.open(encoding="utf-8", newline="") as file:
        return [tuple(row) for row in csv.reader(file, delimiter=";")]


def write_rows(path: Path, rows: list[Row]) -> None:
    """Writes a register anew, its header first; unchanged rows keep their bytes."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";", lineterminator="\r\n").writerows(rows)
