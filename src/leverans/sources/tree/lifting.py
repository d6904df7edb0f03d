"""What is lifted out of one item: key columns as text, embedded documents as bytes."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from leverans.sources.definition import DocumentColumn, StreamDefinition
from leverans.sources.tree.around import is_around

_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


LINKED = "linked"
"""Encoding of a document that lies beside the item; its text is the path to it."""


class Unliftable(Exception):
    """A column of the connector has not one plain value in an item.

    Attributes:
        column: which one.
    """

    def __init__(self, column: str) -> None:
        self.column = column
        super().__init__(column)


@dataclass(frozen=True, slots=True)
class Embedded:
    """A document that stood inside an item.

    Attributes:
        stream: name of the document stream.
        ref: what stands in its place in the item's text.
        name: file name, or an empty text.
        text: the encoded bytes.
        encoding: ``raw``, ``base64`` or `LINKED`.
        beside: where the item stands, of a document that is linked.
    """

    stream: str
    ref: str
    name: str
    text: bytes = field(repr=False)
    encoding: str
    beside: object = None


@dataclass(frozen=True, slots=True)
class Lifted:
    """One item with what was lifted out of it.

    Attributes:
        values: a text or None per lifted column.
        text: the item's text; where documents were lifted, with their references instead.
        documents: the documents.
    """

    values: tuple[str | None, ...]
    text: str
    documents: tuple[Embedded, ...] = ()


def lift_xml(
    text: str,
    stream: StreamDefinition,
    number: int,
    around: Mapping[str, str | None] | None = None,
    beside: object = None,
) -> Lifted:
    """Lift columns and documents out of an element.

    Args:
        text: the element as a document of its own.
        stream: what is wanted.
        number: the row's number, which makes references unique.
        around: values of the columns that lead out of the element.
        beside: where the element stands, for documents that are linked.

    Raises:
        Unliftable: a column has several values.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, load_dtd=False)
    root = etree.fromstring(text.encode("utf-8"), parser)
    outer = around or {}
    values = tuple(
        outer.get(name) if is_around(path) else _xml_value(root, name, path) for name, path in stream.columns
    )
    documents = tuple(_embedded(root, stream.documents, number, beside))
    if documents:
        text = etree.tostring(root, encoding="unicode")
    return Lifted(values, text, documents)


def lift_json(text: str, stream: StreamDefinition) -> Lifted:
    """Lift columns out of a JSON value; numbers as they are written.

    Raises:
        Unliftable: a column is a list or an object.
    """
    value = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    return Lifted(tuple(_json_value(value, name, path) for name, path in stream.columns), text)


def _xml_value(root: etree._Element, name: str, path: str) -> str | None:
    *steps, last = path.split("/")
    if not last.startswith("@"):
        steps.append(last)
    found = list(_descend(root, steps))
    if len(found) > 1:
        raise Unliftable(name)
    if not found:
        return None
    if last.startswith("@"):
        wanted = last[1:]
        return next((_text(value) for key, value in found[0].items() if _local(key) == wanted), None)
    if len(found[0]):
        raise Unliftable(name)
    return None if found[0].get(_NIL) in {"true", "1"} else found[0].text or ""


def _descend(root: etree._Element, steps: list[str]) -> Iterator[etree._Element]:
    if not steps:
        yield root
        return
    for child in root:
        if _local(child.tag) == steps[0]:
            yield from _descend(child, steps[1:])


def _embedded(
    root: etree._Element, columns: tuple[DocumentColumn, ...], number: int, beside: object
) -> Iterator[Embedded]:
    for column in columns:
        place = column.within.split("/")
        for index, holder in enumerate(_all(root, place), start=1):
            for at, element in enumerate(_descend(holder, _steps(column.column)), start=1):
                told = _told(element, column.column)
                if not told.strip():
                    continue
                ref = f"{number}.{index}" if at == 1 else f"{number}.{index}.{at}"
                linked = beside if column.encoding == LINKED else None
                name = _name(holder, column)
                yield Embedded(column.stream, ref, name, told.encode(), column.encoding, linked)
                _put(element, column.column, ref)


def _steps(path: str) -> list[str]:
    """Give the elements of a path; a last ``@attribute`` is none."""
    return [step for step in path.split("/") if not step.startswith("@")]


def _told(element: etree._Element, path: str) -> str:
    wanted = path.rpartition("/")[2]
    if not wanted.startswith("@"):
        return element.text or ""
    return next((_text(value) for key, value in element.items() if _local(key) == wanted[1:]), "")


def _put(element: etree._Element, path: str, ref: str) -> None:
    wanted = path.rpartition("/")[2]
    if not wanted.startswith("@"):
        element.text = ref
        return
    for key in list(element.keys()):
        if _local(key) == wanted[1:]:
            element.set(key, ref)


def _name(holder: etree._Element, column: DocumentColumn) -> str:
    if not column.name:
        return ""
    found = next(_descend(holder, _steps(column.name)), None)
    return "" if found is None else _told(found, column.name)


def _all(root: etree._Element, place: list[str]) -> Iterator[etree._Element]:
    for element in root.iter():
        at: etree._Element | None = element
        for name in reversed(place):
            if at is None or _local(at.tag) != name:
                break
            at = at.getparent()
        else:
            yield element


def _local(tag: object) -> str:
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode()


def _json_value(value: Any, name: str, path: str) -> str | None:
    for key in path.split("/"):
        value = value.get(key) if isinstance(value, dict) else None
    if isinstance(value, dict | list):
        raise Unliftable(name)
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if value is None else str(value)
