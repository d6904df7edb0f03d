"""The standard's own places for more: ``EgnaElement`` for fields, ``TillkommandeXMLdata`` for source rows."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lxml import etree

from leverans.formats.profiles import Profile
from leverans.formats.xmltext import Escapes
from leverans.model import Extra, Record, Row
from leverans.packaging.cspackage.beyond import Difference, fields_of, kind_at, kinds
from leverans.packaging.cspackage.elements import Element
from leverans.packaging.cspackage.nesting import reference

_LIST, _OBJECT, _NONE, _NUMBER, _REFERENCE = "list", "object", "none", "int", "reference"
_DEEPEST = 60

Kind = tuple[type, bool, bool]


class OwnWriter:
    """Writes both."""

    def __init__(self, profile: Profile, escapes: Escapes) -> None:
        self._namespace = profile.namespaces["own"]
        self._text, self._attribute = escapes.text, escapes.attribute

    def mark(self) -> str:
        """Write what says that the document is ours, and how characters that XML cannot hold are written."""
        return self.group(self._namespace, '<EgetElement Namn="escape"><Varde>\\uXXXX</Varde></EgetElement>')

    def group(self, description: str, inner: str) -> str:
        """Write ``EgnaElement``, or nothing."""
        if not inner:
            return ""
        named = f"<EgnaElementBeskrivning>{self._text(description)}</EgnaElementBeskrivning>"
        return f"<EgnaElement>{named}{inner}</EgnaElement>"

    def field(self, extra: Extra) -> str:
        """Write one field of the source."""
        return (
            f'<EgetElement Namn="{self._attribute(extra.name)}" DataTyp="{self._attribute(extra.data_type)}">'
            f"<Varde>{self._text(extra.value)}</Varde></EgetElement>"
        )

    def differences(self, changes: Iterable[Difference]) -> str:
        """Write what the standard's elements do not give back."""
        return self.group(
            self._namespace, "".join(self._value(".".join(one.path), one.value) for one in changes)
        )

    def rows(self, rows: Iterable[Row]) -> str:
        """Write source rows."""
        inner = "".join(
            f'<row stream="{self._attribute(row.stream)}" key="{self._attribute(row.key)}">'
            f"{self._text(row.json)}</row>"
            for row in rows
        )
        return f'<TillkommandeXMLdata><rows xmlns="{self._namespace}">{inner}</rows></TillkommandeXMLdata>'

    def _value(self, name: str, value: Any) -> str:
        return f'<EgetElement Namn="{self._attribute(name)}"{self._content(value)}</EgetElement>'

    def _content(self, value: Any) -> str:
        if value is None:
            return f' DataTyp="{_NONE}">'
        if isinstance(value, tuple):
            inner = (self._value(str(place), one) for place, one in enumerate(value, start=1))
            return f' DataTyp="{_LIST}">{"".join(inner)}'
        if isinstance(value, Record):
            return f' DataTyp="{_REFERENCE}"><Varde>{self._text(value.id)}</Varde>'
        if dataclasses.is_dataclass(value):
            inner = (self._value(*pair) for pair in fields_of(value))
            return f' DataTyp="{_OBJECT}">{"".join(inner)}'
        typed = f' DataTyp="{_NUMBER}"' if isinstance(value, int) else ""
        return f"{typed}><Varde>{self._text(str(value))}</Varde>"


def read_differences(element: Element, namespace: str, owner: type) -> list[Difference]:
    """Read what `OwnWriter.differences` wrote in an object of a class; what is none is passed over."""
    return [
        change
        for group in element.each("EgnaElement")
        if group.text_at("EgnaElementBeskrivning") == namespace
        for one in group.each("EgetElement")
        for change in _difference(one, owner)
    ]


def _difference(one: Element, owner: type) -> Iterator[Difference]:
    path = tuple((one.get("Namn") or "").split("."))
    kind = kind_at(owner, path)
    if kind is None:
        return
    try:
        yield Difference(path, _read(one, kind, _DEEPEST))
    except ValueError:
        return


def _read(one: Element, kind: Kind, depth: int) -> Any:
    """Read a value.

    Raises:
        ValueError: it is none of that kind.
    """
    inner, many, optional = kind
    typed = one.get("DataTyp")
    if not depth or (typed == _NONE and not optional):
        raise ValueError(typed)
    if typed == _NONE:
        return None
    if many:
        return tuple(_read(each, (inner, False, False), depth - 1) for each in one.each("EgetElement"))
    if typed == _REFERENCE and inner is Record:
        return reference(one.text_at("Varde") or "")
    if dataclasses.is_dataclass(inner):
        return _object(one, inner, depth)
    text = one.text_at("Varde") or ""
    return int(text) if inner is int else text


def _object(one: Element, kind: Any, depth: int) -> Any:
    known = kinds(kind)
    values = {name: _nothing(of) for name, of in known.items()}
    for inner in one.each("EgetElement"):
        name = inner.get("Namn") or ""
        if name in known:
            values[name] = _read(inner, known[name], depth - 1)
    return kind(**values)


def _nothing(kind: Kind) -> Any:
    inner, many, optional = kind
    if optional:
        return None
    return () if many else inner()


def read_rows(raws: Sequence[etree._Element], namespace: str) -> tuple[Row, ...]:
    """Read the rows that `OwnWriter.rows` wrote."""
    return tuple(
        Row(row.get("stream") or "", row.get("key") or "", row.text)
        for raw in raws
        for row in (Element(found, ours=True) for found in raw.iter(f"{{{namespace}}}row"))
    )
