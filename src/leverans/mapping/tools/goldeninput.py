"""What a golden pair begins with: the rows of a small made-up source, as JSON, CSV or XML."""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

import pyarrow as pa

from leverans.contracts import Catalogue, Column, Stream
from leverans.contracts.catalogue import ArrowType
from leverans.errors import ConfigurationError
from leverans.mapping.plan import Context

SECRET = b"golden pairs have no secret key."
"""The key for pseudonyms in golden pairs: they hold made-up persons only."""

REFERENCE_TIME = datetime(2026, 1, 1, tzinfo=UTC)
DOCUMENT: dict[str, ArrowType] = {
    "ref": "string",
    "name": "string",
    "size": "int64",
    "sha256": "string",
    "crc32": "int64",
    "status": "string",
}
"""Columns of a stream of documents, where the input names no others."""

_ARROW = {
    "string": pa.string(),
    "int64": pa.int64(),
    "double": pa.float64(),
    "bool": pa.bool_(),
    "binary": pa.binary(),
}
_NULL = "\\N"


@dataclass(frozen=True, slots=True)
class GoldenStream:
    """One table of the made-up source.

    Attributes:
        name: ``source.table``.
        key: columns that identify a row.
        kind: ``table`` or ``documents``.
        shared: it lies whole (code tables, parties), not bucket by bucket.
        personal: its key is or holds a personal identity number.
        columns: name → type.
        rows: the rows; a column that a row does not name is NULL.
    """

    name: str
    key: tuple[str, ...]
    kind: str
    shared: bool
    personal: bool
    columns: dict[str, ArrowType]
    rows: list[dict[str, Any]]

    def table(self) -> pa.Table:
        """Give the rows as columns.

        Raises:
            ValueError: a column's type is none of ours, or a value is not of its column's type.
        """
        return pa.table({name: self._column(name, kind) for name, kind in self.columns.items()})

    def _column(self, name: str, kind: str) -> pa.Array:
        if kind not in _ARROW:
            known = ", ".join(_ARROW)
            raise ValueError(f"stream {self.name}, column {name}: type {kind} is none of {known}")
        values = [row.get(name) for row in self.rows]
        try:
            return pa.array(values, _ARROW[kind])
        except (pa.ArrowException, TypeError, OverflowError) as fault:
            number = next((row for row, value in enumerate(values, 1) if not _fits(value, kind)), 0)
            raise ValueError(f"stream {self.name}, column {name}, row {number}: no {kind}") from fault


@dataclass(frozen=True, slots=True)
class GoldenInput:
    """The first half of a golden pair.

    Attributes:
        name: the pair's name.
        mapping: the mapping's file name without ``.yaml``.
        system: the source system, part of every object id.
        creators: archival creators as (name, first day, last day).
        overlay: what a delivery would lay over the mapping.
        streams: the made-up source.
    """

    name: str
    mapping: str
    system: str
    creators: tuple[tuple[str, date | None, date | None], ...]
    overlay: dict[str, Any]
    streams: dict[str, GoldenStream] = field(repr=False)

    def catalogues(self) -> dict[str, Catalogue]:
        """Give a catalogue of each source, as `discover` would."""
        found: dict[str, list[Stream]] = {}
        for stream in self.streams.values():
            source, _dot, name = stream.name.partition(".")
            columns = tuple(Column(column, kind) for column, kind in stream.columns.items())
            entry = Stream(name, cast("Any", stream.kind), columns, stream.key, personal=stream.personal)
            found.setdefault(source, []).append(entry)
        return {source: Catalogue(source, self.system, tuple(entries)) for source, entries in found.items()}

    def bucket(self) -> dict[str, pa.Table]:
        """Give the streams that have a root."""
        return {name: stream.table() for name, stream in self.streams.items() if not stream.shared}

    def shared(self) -> dict[str, pa.Table]:
        """Give the streams that lie whole."""
        return {name: stream.table() for name, stream in self.streams.items() if stream.shared}

    def context(self) -> Context:
        """Give what a delivery would say."""
        return Context("golden", self.system, SECRET, self.creators, REFERENCE_TIME)


def read_input(path: Path) -> GoldenInput:
    """Read the first half of a golden pair: ``NAME.in.json``, ``NAME.in.csv`` or ``NAME.in.xml``.

    Raises:
        ConfigurationError: MTL001, it is not what docs/mapping-tools.md says.
    """
    name, ending = path.name.split(".in.")
    readers = {"json": _json, "csv": _csv, "xml": _xml}
    try:
        return _made(name, readers[ending](path))
    except (ValueError, KeyError, TypeError, AttributeError, pa.ArrowException, OSError) as fault:
        reason = f"{type(fault).__name__}: {fault}"[:200]
        raise ConfigurationError("MTL001", path.name, reason=reason) from fault


def _made(name: str, plain: Mapping[str, Any]) -> GoldenInput:
    unknown = set(plain) - {"mapping", "system", "creators", "overlay", "streams", "about"}
    if unknown:
        raise ValueError(f"unknown key: {', '.join(sorted(unknown))}")
    streams = {key: _stream(key, entry) for key, entry in plain["streams"].items()}
    for stream in streams.values():
        stream.table()  # types and values are tried here, where the file is known
    return GoldenInput(
        name=name,
        mapping=str(plain.get("mapping") or name.split(".", maxsplit=1)[0]),
        system=str(plain.get("system", "golden")),
        creators=tuple(
            (str(who["name"]), _day(who.get("from")), _day(who.get("to")))
            for who in plain.get("creators", ())
        ),
        overlay=dict(plain.get("overlay") or {}),
        streams=streams,
    )


def _fits(value: Any, kind: str) -> bool:
    try:
        pa.array([value], _ARROW[kind])
    except (pa.ArrowException, TypeError, OverflowError):
        return False
    return True


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _stream(name: str, plain: Mapping[str, Any]) -> GoldenStream:
    rows = [dict(row) for row in plain.get("rows", ())]
    kind = str(plain.get("kind", "table"))
    given: dict[str, ArrowType] = dict(plain.get("columns") or (DOCUMENT if kind == "documents" else {}))
    for row in rows:
        for column, value in row.items():
            if column not in given or (given[column] == "string" and not plain.get("columns")):
                given[column] = _type(value, given.get(column))
    return GoldenStream(
        name=name,
        key=tuple(plain.get("key", ("ref",) if kind == "documents" else ())),
        kind=kind,
        shared=bool(plain.get("shared", False)),
        personal=bool(plain.get("personal", False)),
        columns=given,
        rows=rows,
    )


def _type(value: Any, known: ArrowType | None) -> ArrowType:
    """Give the type that a value asks for; NULL asks for nothing, text wins over what was seen before."""
    kinds: dict[type, ArrowType] = {bool: "bool", int: "int64", float: "double", str: "string"}
    if value is None:
        return known or "string"
    return kinds[type(value)]


def _json(path: Path) -> dict[str, Any]:
    plain = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(plain, dict):
        raise TypeError("not an object")
    return plain


def _csv(path: Path) -> dict[str, Any]:
    r"""Read sections: lines that begin with ``#`` say what follows; ``\N`` is NULL."""
    made: dict[str, Any] = {"streams": {}, "creators": []}
    current: dict[str, Any] | None = None
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for cells in csv.reader(stream, delimiter=";"):
            if cells and cells[0].startswith("#"):
                current = _said(made, cells[0][1:], cells[1:], current)
            elif cells and current is not None:
                _cells(current, cells)
            elif cells:
                raise ValueError("a row before #stream")
    return made


def _said(
    made: dict[str, Any], word: str, cells: list[str], current: dict[str, Any] | None
) -> dict[str, Any] | None:
    if word == "stream":
        opened: dict[str, Any] = {"rows": [], "columns": {}, "key": []}
        for said in cells[1:]:
            name, _equals, value = said.partition("=")
            opened |= {"key": value.split(",")} if name == "key" else _flag(name)
        made["streams"][cells[0]] = opened
        return opened
    if word == "creator":
        made["creators"].append(dict(zip(("name", "from", "to"), cells, strict=False)))
    elif word in {"mapping", "system"}:
        made[word] = cells[0]
    else:
        raise ValueError(f"#{word}")
    return current


def _flag(name: str) -> dict[str, Any]:
    if name == "documents":
        return {"kind": "documents"}
    if name in {"shared", "personal"}:
        return {name: True}
    raise ValueError(name)


def _cells(stream: dict[str, Any], cells: list[str]) -> None:
    if not stream["columns"]:
        for cell in cells:
            name, _colon, kind = cell.partition(":")
            stream["columns"][name] = kind or "string"
        return
    pairs = zip(stream["columns"].items(), cells, strict=True)
    stream["rows"].append({name: _value(cell, kind) for (name, kind), cell in pairs})


def _value(text: str, kind: str) -> Any:
    if text == _NULL or (kind != "string" and not text):
        return None
    if kind == "bool":
        return {"true": True, "false": False}[text]
    return {"string": str, "int64": int, "double": float}[kind](text)


def _xml(path: Path) -> dict[str, Any]:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(path.read_bytes(), parser)
    except etree.XMLSyntaxError as fault:
        raise ValueError(str(fault)) from fault
    made: dict[str, Any] = {"streams": {}, "creators": [dict(one.attrib) for one in root.iter("creator")]}
    made |= {name: root.get(name) for name in ("mapping", "system") if root.get(name)}
    for stream in root.iter("stream"):
        made["streams"][stream.get("name")] = _xml_stream(stream)
    return made


def _xml_stream(stream: Any) -> dict[str, Any]:
    columns = {entry.get("name"): entry.get("type", "string") for entry in stream.iterfind("column")}
    return {
        "key": (stream.get("key") or "").split(),
        "kind": stream.get("kind", "table"),
        "shared": stream.get("shared") == "true",
        "personal": stream.get("personal") == "true",
        "columns": columns,
        "rows": [dict(_xml_cells(row, columns)) for row in stream.iterfind("row")],
    }


def _xml_cells(row: Any, columns: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    for cell in row.iterfind("c"):
        name = cell.get("name")
        yield name, _value(cell.text or "", columns[name])
