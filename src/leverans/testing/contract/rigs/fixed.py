"""Files of fixed width with their description (ADDML)."""

from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import quoteattr

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

_REFUSED: Mapping[Variant, str] = {
    "away": "a file has no network",
    "auth": "a file has no password",
    "vanishing": "fields of a record are not documents",
    "outside": "files are named by the description; a path in it is refused there",
    "big": "fields of a record are not documents",
}
_VALUES = (
    ("value-nul", NUL),
    ("value-zeros", ZEROS),
    ("value-misread", MISREAD),
    ("value-decimal", DECIMAL),
    ("value-dst", DST),
    ("value-long", LONG.rstrip()),  # blanks at the end of a field are padding
)
_NUMBER = "x_row"
_WIDTH = 12


class FixedRig:
    """Makes files of fixed width from a connector's definition, one for each stream."""

    engine = "flat (fixed)"

    def __init__(self, declared: Declared) -> None:
        self._declared = declared
        options = declared.definition.options
        self._description, self._encoding = options["description"], options["encoding"]

    def make(self, variant: Variant, folder: Path) -> Source:  # noqa: C901  # one branch for each variant
        """Make files (see `Rig`)."""
        if variant in _REFUSED:
            raise NotApplicable(_REFUSED[variant])
        place = folder / "in"
        if variant == "missing":
            return not_there(self._declared.connector, place)
        place.mkdir()
        first = self._declared.definition.streams[0]
        fields = {one.name: _fields(one) for one in self._declared.definition.streams}
        rows = {one.name: _rows(fields[one.name], ROWS) for one in self._declared.definition.streams}
        refused = {"value-empty": "a field of fixed width is blank or not: it knows no NULL"}
        planted: tuple[Planted, ...] = ()
        if variant == "older":
            del fields[first.name][0]
        if variant == "names":
            fields[first.name] += NAMES.values()
        if variant in {"names", "older", "many"}:
            rows[first.name] = _rows(fields[first.name], MANY if variant == "many" else ROWS)
        if variant == "nulls":
            rows[first.name] = [
                {name: value if name in first.key else "" for name, value in row.items()}
                for row in rows[first.name]
            ]
        if variant == "values":
            fields[first.name].append(_NUMBER)
            planted, more = self._plant(first, fields[first.name], rows)
            refused |= more
        self._write(place, fields, rows)
        if variant == "not-that":
            for path in place.iterdir():
                path.write_bytes(HTML)
        if variant == "denied":
            deny(place)
        names = {rule: (first.name, column) for rule, column in NAMES.items()} if variant == "names" else {}
        change = appender(place / f"{first.name}.DAT", self._record(fields[first.name], rows[first.name][0]))
        return Source(
            self._declared.connector, place.name, folder, planted=planted, names=names, refused=refused,
            change=change,
        )  # fmt: skip

    def _plant(
        self, stream: StreamDefinition, fields: list[str], rows: dict[str, list[dict[str, str]]]
    ) -> tuple[tuple[Planted, ...], dict[str, str]]:
        values, refused = [], {}
        for rule, value in _VALUES:
            try:
                value.encode(self._encoding)
            except UnicodeEncodeError:
                refused[rule] = f"{self._encoding}, which the connector declares, has not its signs"
            else:
                values.append((rule, value))
        made = _rows(fields, len(values))
        for number, (row, (_, value)) in enumerate(zip(made, values, strict=True), start=1):
            row |= {FREE: value, _NUMBER: str(number)}
        rows[stream.name] = made
        return tuple(
            Planted(rule, stream.name, (_NUMBER, str(number)), FREE, value)
            for number, (rule, value) in enumerate(values, start=1)
        ), refused

    def _write(
        self, place: Path, fields: Mapping[str, list[str]], rows: Mapping[str, list[dict[str, str]]]
    ) -> None:
        """Write the description, and one file for each stream."""
        widths = {name: self._widths(columns, rows[name]) for name, columns in fields.items()}
        records = [_described(name, columns, widths[name]) for name, columns in fields.items()]
        files = "".join(_file(name) for name in fields)
        (place / self._description).write_text(
            '<addml xmlns="http://www.arkivverket.no/standarder/addml"><dataset><flatFiles>'
            f"{files}<flatFileDefinitions>{''.join(records)}</flatFileDefinitions><structureTypes>"
            '<flatFileTypes><flatFileType name="t"><fixedFileFormat/></flatFileType></flatFileTypes>'
            "</structureTypes></flatFiles></dataset></addml>",
            encoding="utf-8",
        )
        for name, columns in fields.items():
            data = b"".join(self._record(columns, row, widths[name]) for row in rows[name])
            (place / f"{name}.DAT").write_bytes(data)

    def _widths(self, columns: list[str], rows: list[dict[str, str]]) -> list[int]:
        return [max(_WIDTH, *(len(row[name].encode(self._encoding)) for row in rows)) for name in columns]

    def _record(self, columns: list[str], row: dict[str, str], widths: list[int] | None = None) -> bytes:
        told = [row[name].encode(self._encoding) for name in columns]
        return b"".join(
            cell.ljust(width) for cell, width in zip(told, widths or [_WIDTH] * len(told), strict=True)
        )


def _fields(stream: StreamDefinition) -> list[str]:
    own = [name for rule in (stream.root.rules() if stream.root else ()) for name in rule.own]
    return list(dict.fromkeys([*stream.key, *own, FREE]))


def _rows(fields: list[str], number: int) -> list[dict[str, str]]:
    return [dict.fromkeys(fields, str(row)) for row in range(1, number + 1)]


def _file(name: str) -> str:
    told = quoteattr(name)
    return (
        f'<flatFile name={told} definitionReference={told}><properties><property name="fileName">'
        f"<value>{name}.DAT</value></property></properties></flatFile>"
    )


def _described(name: str, columns: list[str], widths: list[int]) -> str:
    fields, start = [], 1
    for column, width in zip(columns, widths, strict=True):
        fields.append(
            f"<fieldDefinition name={quoteattr(column)}><startPos>{start}</startPos>"
            f"<fixedLength>{width}</fixedLength></fieldDefinition>"
        )
        start += width
    return (
        f'<flatFileDefinition name={quoteattr(name)} typeReference="t"><recordDefinitions>'
        f"<recordDefinition name={quoteattr(name)}><fixedLength>{start - 1}</fixedLength><fieldDefinitions>"
        f"{''.join(fields)}</fieldDefinitions></recordDefinition></recordDefinitions></flatFileDefinition>"
    )
