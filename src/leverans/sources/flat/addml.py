"""Reads a description of fixed-width files: the flat file part of ADDML 8.2 (Arkivverket)."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from leverans.errors import ConfigurationError
from leverans.sources.faults import source_error

LARGEST = 64 << 20
_SEPARATORS = {"CRLF": b"\r\n", "LF": b"\n", "CR": b"\r"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One field: where it begins (from 0) and how many bytes it has."""

    name: str
    start: int
    length: int

    def of(self, record: bytes) -> bytes:
        """Give the field's bytes."""
        return record[self.start : self.start + self.length]


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of record.

    Attributes:
        name: of the record definition; the stream's name.
        file: name of the file below the location.
        length: bytes of a record, without separator.
        separator: bytes after each record; none where records follow each other.
        cells: its fields.
        told_by: the field that tells the kinds of record in one file apart, where there are several.
        value: what that field holds in this kind.
    """

    name: str
    file: str
    length: int
    separator: bytes
    cells: tuple[Cell, ...]
    told_by: Cell | None = None
    value: str = ""


def read_description(path: Path, where: str) -> tuple[Layout, ...]:
    """Read the record definitions of a description, in its order.

    Args:
        path: the ADDML document.
        where: what errors name.

    Raises:
        ConfigurationError: SRC012 it is not there, SRC215 it cannot be used.
        AccessDenied: SRC014.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as fault:
        raise source_error(fault, where) from fault
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        found = tuple(_layouts(etree.fromstring(raw[:LARGEST], parser)))
    except (etree.XMLSyntaxError, ValueError, AttributeError, KeyError) as fault:
        raise ConfigurationError("SRC215", where, reason=type(fault).__name__) from fault
    if not found:
        raise ConfigurationError("SRC215", where, reason="flatFileDefinition")
    return found


def _layouts(root: etree._Element) -> Iterator[Layout]:
    types = {one.get("name"): one for one in root.iter("{*}flatFileType")}
    files = {one.get("definitionReference"): _file(one) for one in root.iter("{*}flatFile")}
    for definition in root.iter("{*}flatFileDefinition"):
        kind = types[definition.get("typeReference")]
        told = kind.findtext(".//{*}recordSeparator", "").strip()
        separator = _SEPARATORS.get(told, told.encode("ascii"))
        identifier = definition.findtext("{*}recordDefinitionFieldIdentifier", "").strip()
        for record in definition.iter("{*}recordDefinition"):
            cells = tuple(_cells(record))
            told_by = next((cell for cell in cells if cell.name == identifier), None)
            yield Layout(
                name=record.get("name", ""),
                file=files[definition.get("name")],
                length=int(record.findtext("{*}fixedLength", "")),
                separator=separator,
                cells=cells,
                told_by=told_by,
                value=record.findtext("{*}recordDefinitionFieldValue", "").strip(),
            )


def _file(flat: etree._Element) -> str:
    told = [one for one in flat.iter("{*}property") if one.get("name") == "fileName"]
    name = told[0].findtext("{*}value", "").strip() if told else ""
    if "/" in name or "\\" in name or name in {"", ".", ".."}:
        raise ValueError(name)
    return name


def _cells(record: etree._Element) -> Iterator[Cell]:
    end = 0
    for field in record.iter("{*}fieldDefinition"):
        start = int(field.findtext("{*}startPos", str(end + 1))) - 1
        length = int(field.findtext("{*}fixedLength", ""))
        if start < 0 or length < 1:
            raise ValueError(start)
        end = start + length
        yield Cell(field.get("name", ""), start, length)
