"""Delimited text."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from leverans.sources.definition import StreamDefinition
from leverans.testing.contract.declared import Declared
from leverans.testing.contract.rigs.files import HTML, appender, deny, not_there
from leverans.testing.contract.rigs.tables import FREE, MANY, ROWS
from leverans.testing.contract.source import (
    DECIMAL,
    DST,
    LONG,
    MISREAD,
    NAMES,
    NUL,
    ZEROS,
    Planted,
    Source,
    Variant,
)
from leverans.testing.contract.verdicts import NotApplicable

_REFUSED: dict[Variant, str] = {
    "away": "a file has no network",
    "auth": "a file has no password",
    "vanishing": "cells of a text file are not documents",
    "outside": "files are named by the connector; a path above the location is refused there",
    "big": "cells of a text file are not documents",
}
_VALUES = (
    ("value-nul", NUL),
    ("value-zeros", ZEROS),
    ("value-misread", MISREAD),
    ("value-decimal", DECIMAL),
    ("value-dst", DST),
    ("value-long", LONG),
)
_NO_NULL = {"value-empty": "a text file knows no NULL: an empty cell is an empty text"}


class FlatRig:
    """Makes delimited files from a connector's definition."""

    engine = "flat (csv)"

    def __init__(self, declared: Declared) -> None:
        self._declared = declared
        self._options = declared.definition.options

    def make(self, variant: Variant, folder: Path) -> Source:
        """Make files (see `Rig`)."""
        if variant in _REFUSED:
            raise NotApplicable(_REFUSED[variant])
        first, *rest = self._declared.definition.streams
        several = bool(first.file)
        place = folder / ("in" if several else "register.csv")
        path = place / first.file if several else place
        if variant == "missing":
            return not_there(self._declared.connector, place)
        path.parent.mkdir(exist_ok=True)
        for stream in rest:
            (path.parent / stream.file).write_bytes(self._text(_header(stream), _rows(stream, ROWS)))
        if variant == "not-that":
            path.write_bytes(HTML)
            return Source(self._declared.connector, place.name, folder)
        header, rows, planted = self._content(first, variant)
        path.write_bytes(self._text(header, rows))
        if variant == "denied":
            deny(path)
        names = {rule: (first.name, column) for rule, column in NAMES.items()} if variant == "names" else {}
        change = appender(path, self._text([], _rows(first, ROWS + 1)[-1:]))
        connector = self._declared.connector
        return Source(
            connector, place.name, folder, planted=planted, names=names, refused=_NO_NULL, change=change
        )

    def _content(
        self, stream: StreamDefinition, variant: Variant
    ) -> tuple[list[str], list[list[str]], tuple[Planted, ...]]:
        header, planted = _header(stream), []
        rows = _rows(stream, MANY if variant == "many" else ROWS)
        if variant == "older":
            return header[1:], [row[1:] for row in rows], ()
        if variant == "nulls":
            rows = [
                [cell if name in stream.key else "" for name, cell in zip(header, row, strict=True)]
                for row in rows
            ]
        if variant == "names":
            header, rows = [*header, *NAMES.values()], [[*row, *("x" * len(NAMES))] for row in rows]
        if variant == "values":
            header.append("x_row")
            rows = [[*row, str(number)] for number, row in enumerate(_rows(stream, len(_VALUES)), start=1)]
            for number, ((rule, value), row) in enumerate(zip(_VALUES, rows, strict=True), start=1):
                row[header.index(FREE)] = value
                planted.append(Planted(rule, stream.name, ("x_row", str(number)), FREE, value))
        return header, rows, tuple(planted)

    def _text(self, header: list[str], rows: Iterable[list[str]]) -> bytes:
        out = io.StringIO()
        writer = csv.writer(
            out, delimiter=self._options["delimiter"], quotechar=self._options["quote"] or None
        )
        writer.writerows([*([header] if header else []), *rows])
        return out.getvalue().encode(self._options["encoding"])


def _header(stream: StreamDefinition) -> list[str]:
    own = [name for rule in (stream.root.rules() if stream.root else ()) for name in rule.own]
    return list(dict.fromkeys([*stream.key, *own, FREE]))


def _rows(stream: StreamDefinition, number: int) -> list[list[str]]:
    return [[str(row)] * len(_header(stream)) for row in range(1, number + 1)]
