"""What the answers of a service become: catalogue, documents, and the errors of unfit ones."""

import pyarrow as pa
from lxml import etree

from leverans.contracts import Catalogue, Column, Stream
from leverans.errors import ConfigurationError, IntegrityError, LeveransError
from leverans.sources.contract import DOCUMENT_COLUMNS, Document
from leverans.sources.definition import Definition, StreamDefinition
from leverans.sources.landing.hashing import hint_of
from leverans.sources.soap.cutting import Cut
from leverans.sources.tree.making import OWN
from leverans.sources.wire.client import Unfit
from leverans.sources.wire.declaring import Ask


def catalogue_of(name: str, definition: Definition) -> Catalogue:
    """Describe the streams of a service as its connector declares them."""
    streams: list[Stream] = []
    for each in definition.streams:
        columns = [Column(column, "string") for column, _ in each.columns]
        columns += [Column(column, "int64", nullable=False) for column in OWN[:2]]
        columns.append(Column(OWN[2], "string", nullable=False))
        streams.append(Stream(each.name, "table", tuple(columns), each.key, each.personal))
        streams += [
            Stream(part.stream, "documents", DOCUMENT_COLUMNS, ("ref",), each.personal)
            for part in each.documents
        ]
    return Catalogue(name, definition.system, tuple(streams))


def document_of(one: Cut, ref: str, text: str, position: int, row: int) -> Document:
    """Describe a document that was cut out; its name stands beside it, in the element that holds it."""
    name = ""
    if one.column.name:
        root = etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
        steps = "/".join(f"{{*}}{step}" for step in one.column.name.split("/"))
        inside = "/".join(f"{{*}}{step}" for step in one.column.within.split("/")[1:])
        found = root.find(f"{inside}/{steps}" if inside else steps)
        name = (found.text or "") if found is not None else ""
    return Document(one.column.stream, ref, name or ref, one, position, row=row)


def hint_for(stream: StreamDefinition, values: tuple[str | None, ...]) -> str | None:
    """Give the canonical text of the root's key where a row's values tell it."""
    if stream.root is None or not stream.root.by:
        return None
    told = {name: value for (name, _), value in zip(stream.columns, values, strict=True)}
    if any(name not in told for name in stream.root.by):
        return None
    return hint_of([pa.array([told[name]], pa.string()) for name in stream.root.by])


def refused(fault: Unfit, where: str, ask: Ask) -> LeveransError:
    """Give the error of the whole source for an answer that is unfit."""
    told = str(fault.parameters.get("status", fault.parameters.get("reason", "")))
    if fault.code == "SRC174":
        return ConfigurationError("SRC174", where, (), operation=ask.name, status=told)
    return IntegrityError("SRC185", where, operation=ask.name, reason=f"{fault.code} {told}".strip())
