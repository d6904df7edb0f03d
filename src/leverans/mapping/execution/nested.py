"""Unfolds XML and JSON: each text is walked once, and every leaf goes to its one place or becomes a fault.

Texts come from outside: a document type, entities, depth and size beyond measure, or a key that stands twice
make the text unreadable; nothing of that is an exception.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from leverans.mapping.shapes import XSI, Nested, Spot, plant

DEPTH = 100
"""Levels that a text may have."""

UNREADABLE, REFUSED, UNKNOWN, SEVERAL, MIXED = "MAP160", "MAP161", "MAP162", "MAP163", "MAP164"
_NIL = f"{{{XSI}}}nil"
_LONG = 120
_DIGITS = re.compile(r"\d{4,}")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one text.

    Attributes:
        base: number of the row that holds it.
        table: the virtual table in whose row it was found; empty for the text as a whole.
        row: number of that row.
        code: what is wrong.
        detail: where in the text, as a path; names only, never a value.
    """

    base: int
    table: str
    row: int
    code: str
    detail: str


@dataclass(slots=True)
class Rows:
    """The rows of one virtual table, as columns.

    Attributes:
        base: number of the row of the source that each comes from.
        parent: number of the row it lies within; of the source's row for the outermost.
        number: its number there, from 1.
        again: number of the row of the same table that it lies within, -1 for none.
        values: the texts of each column.
    """

    base: list[int] = field(default_factory=list)
    parent: list[int] = field(default_factory=list)
    number: list[int] = field(default_factory=list)
    again: list[int] = field(default_factory=list)
    values: dict[str, list[str | None]] = field(default_factory=dict)


class Refused(ValueError):
    """A text that is well formed but must not be read."""


def unfold(tables: list[Nested], texts: Iterable[str | bytes | None]) -> tuple[dict[str, Rows], list[Fault]]:
    """Unfold the texts of one column; NULL and empty texts hold nothing.

    Args:
        tables: the virtual tables of the column, outer ones first.
        texts: the text of every row of the source.
    """
    walk = _Walk(tables)
    read = _walk_xml if tables[0].format == "xml" else _walk_json
    for number, text in enumerate(texts):
        if text:
            walk.begin(number)
            try:
                read(walk, text)
            except Refused:
                walk.fail(REFUSED)
            except (ValueError, RecursionError, etree.XMLSyntaxError):
                walk.fail(UNREADABLE)
    return walk.rows, walk.faults


class _Walk:
    """Where the leaves go."""

    def __init__(self, tables: list[Nested]) -> None:
        self.top, _ = plant(tables)
        self.rows = {table.name: Rows(values={name: [] for name in table.columns}) for table in tables}
        self.faults: list[Fault] = []
        self.prefixes = {space: prefix for prefix, space in tables[0].namespaces.items()}
        self._base = 0
        self._open: list[tuple[str, int, int]] = []
        self._current: dict[str, int] = {}
        self._filled: set[tuple[str, int, str]] = set()
        self._counts: dict[tuple[str, int, int], int] = {}
        self._told: set[tuple[str, int, str, str]] = set()
        self._sizes: dict[str, int] = {}

    def begin(self, base: int) -> None:
        """Begin with the text of a row."""
        self._base = base
        self._open, self._current = [], {}
        self._filled, self._counts, self._told = set(), {}, set()
        self._sizes = {name: len(rows.base) for name, rows in self.rows.items()}

    def fail(self, code: str) -> None:
        """Take back what was read of the text and note why."""
        for name, size in self._sizes.items():
            rows = self.rows[name]
            for numbers in (rows.base, rows.parent, rows.number, rows.again):
                del numbers[size:]
            for texts in rows.values.values():
                del texts[size:]
        self.faults = [fault for fault in self.faults if fault.base != self._base]
        self.faults.append(Fault(self._base, "", 0, code, ""))

    def row(self, table: Nested) -> None:
        """Begin a row."""
        rows = self.rows[table.name]
        parent = self._current[table.within] if table.within else self._base
        again = self._current.get(table.name, -1)
        place = (table.name, parent, again)
        number = self._counts[place] = self._counts.get(place, 0) + 1
        self._open.append((table.name, len(rows.base), again))
        self._current[table.name] = len(rows.base)
        rows.again.append(again)
        rows.base.append(self._base)
        rows.parent.append(parent)
        rows.number.append(number)
        for column in rows.values.values():
            column.append(None)

    def close(self) -> None:
        """End the row that was begun last."""
        table, _row, before = self._open.pop()
        self._current[table] = before

    def put(self, leaf: tuple[str, str], text: str | None, path: list[str]) -> None:
        """Put a leaf into its place; a second one there is a fault."""
        table, column = leaf
        row = self._current[table]
        if (table, row, column) in self._filled:
            self.fault(SEVERAL, path)
            return
        self._filled.add((table, row, column))
        self.rows[table].values[column][row] = text

    def fault(self, code: str, path: list[str]) -> None:
        """Note a fault in the row that is open."""
        table, row, _ = self._open[-1] if self._open else ("", 0, -1)
        detail = "/".join(self._shown(step) for step in path)[:_LONG] or "."
        if (table, row, code, detail) not in self._told:
            self._told.add((table, row, code, detail))
            self.faults.append(Fault(self._base, table, row, code, detail))

    def _shown(self, step: str) -> str:
        """Give a step as a mapping would write it; what looks like data in a name is not shown."""
        sign, name = ("@", step[1:]) if step.startswith("@") else ("", step)
        if name.startswith("{"):
            space, _, name = name[1:].partition("}")
            prefix = self.prefixes.get(space, f"{{{space}}}")
            name = name if prefix == "default" else f"{prefix}{'' if prefix.startswith('{') else ':'}{name}"
        return sign + _DIGITS.sub("…", name)


def _walk_xml(walk: _Walk, text: str | bytes) -> None:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8" if isinstance(text, str) else None,
    )
    root: Any = etree.fromstring(text.encode() if isinstance(text, str) else text, parser)
    if root.getroottree().docinfo.doctype:
        raise Refused
    spot = walk.top
    if spot.table is not None:
        walk.row(spot.table)
    _child(walk, spot, root, [])


def _child(walk: _Walk, above: Spot, element: Any, path: list[str]) -> None:
    spot = above.below.get(element.tag)
    if len(path) >= DEPTH:
        raise Refused
    if spot is None:
        walk.fault(UNKNOWN, [*path, element.tag])
    elif not spot.dropped:
        _element(walk, spot, element, [*path, element.tag])


def _element(walk: _Walk, spot: Spot, element: Any, path: list[str]) -> None:
    if spot.table is not None:
        walk.row(spot.table)
    for name, value in element.attrib.items():
        if name != _NIL:
            _attribute(walk, spot, f"@{name}", value, path)
    _text(walk, spot, element, path)
    for child in element:
        _child(walk, spot, child, path)
    if spot.table is not None:
        walk.close()


def _attribute(walk: _Walk, spot: Spot, name: str, value: str, path: list[str]) -> None:
    place = spot.below.get(name)
    if place is None:
        walk.fault(UNKNOWN, [*path, name])
    elif place.leaf is not None:
        walk.put(place.leaf, value, [*path, name])


def _text(walk: _Walk, spot: Spot, element: Any, path: list[str]) -> None:
    """Place an element's own text; text between its children has no place."""
    if len(element):
        pieces = [element.text, *(child.tail for child in element)]
        if any(piece and not piece.isspace() for piece in pieces):
            walk.fault(MIXED, path)
        return
    text = element.text or ""
    if spot.leaf is not None:
        nil = element.get(_NIL) in {"true", "1"}
        walk.put(spot.leaf, None if nil and not text else text, path)
    elif text and not text.isspace():
        walk.fault(UNKNOWN, [*path, "text()"])


def _walk_json(walk: _Walk, text: str | bytes) -> None:
    given = text if isinstance(text, str) else text.decode("utf-8-sig")
    value = json.loads(
        given, object_pairs_hook=_once, parse_int=str, parse_float=str, parse_constant=_refused
    )
    if _SURROGATE.search(given):  # half a character is no text
        json.dumps(value, ensure_ascii=False).encode()
    _value(walk, walk.top, value, [])


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError(len(pairs))
    return made


def _refused(word: str) -> Any:
    raise ValueError(word)


def _value(walk: _Walk, spot: Spot, value: Any, path: list[str]) -> None:
    if len(path) > DEPTH:
        raise Refused
    if isinstance(value, list):
        for item in value:
            if isinstance(item, list):
                walk.fault(UNKNOWN, [*path, "[]"])
            else:
                _item(walk, spot, item, path)
    else:
        _item(walk, spot, value, path)


def _item(walk: _Walk, spot: Spot, value: Any, path: list[str]) -> None:
    if spot.table is not None and (value is not None or spot.leaf is not None):
        walk.row(spot.table)
        _plain(walk, spot, value, path)
        walk.close()
    else:
        _plain(walk, spot, value, path)


def _plain(walk: _Walk, spot: Spot, value: Any, path: list[str]) -> None:
    if isinstance(value, dict):
        _object(walk, spot, value, path)
    elif spot.leaf is not None:
        text = value if value is None or isinstance(value, str) else "true" if value else "false"
        walk.put(spot.leaf, text, path)
    elif value is not None:
        walk.fault(UNKNOWN, [*path, "text()"])


def _object(walk: _Walk, spot: Spot, value: dict[str, Any], path: list[str]) -> None:
    if not value and spot.leaf is not None and not spot.below:
        walk.fault(UNKNOWN, [*path, "{}"])
    for key, item in value.items():
        place = spot.below.get(key)
        if place is None:
            walk.fault(UNKNOWN, [*path, key.replace("~", "~0").replace("/", "~1")])
        elif not place.dropped:
            _value(walk, place, item, [*path, key])
