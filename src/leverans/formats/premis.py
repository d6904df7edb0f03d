"""Reads PREMIS 3 as a stream of objects, events and agents."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from leverans.formats.xmlbuilder import Node, NodeBuilder
from leverans.formats.xmlstream import Scanner, scan

Identifier = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Object:
    """A PREMIS object.

    Attributes:
        kind: ``file``, ``representation``, ``bitstream`` or ``intellectualEntity``.
        identifiers: (type, value), in order.
        fixity: (algorithm, digest in lower case), in order.
        size: bytes, None when absent or no number.
        format_name: name of the first format.
        format_version: its version.
        registry_key: its key in the registry, e.g. a PRONOM id.
        original_name: ``originalName``.
        location: ``storage/contentLocation/contentLocationValue``.
        related: (relationship subtype, identifier value) of related objects.
    """

    kind: str
    identifiers: tuple[Identifier, ...]
    fixity: tuple[Identifier, ...] = ()
    size: int | None = None
    format_name: str | None = None
    format_version: str | None = None
    registry_key: str | None = None
    original_name: str | None = None
    location: str | None = None
    related: tuple[Identifier, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """A PREMIS event: identifier, type, time, outcome, values of linked agents and objects."""

    identifier: Identifier
    type: str
    time: str
    outcome: str | None = None
    detail: str | None = None
    agents: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Agent:
    """A PREMIS agent: identifiers, name, type, version."""

    identifiers: tuple[Identifier, ...]
    name: str
    type: str
    version: str | None = None


Part = Object | Event | Agent


def read(stream: BinaryIO) -> Iterator[Part]:
    """Yield each object, event and agent as soon as it ends; memory holds one at a time.

    Raises:
        XmlFault: not well-formed, a DTD, or beyond the limits of `leverans.formats.xmlstream`.
    """
    reader = _Reader()
    for _ in scan(stream, reader.scanner):
        yield from reader.ready
        reader.ready.clear()


class _Reader:
    def __init__(self) -> None:
        self.ready: list[Part] = []
        self._builder = NodeBuilder()
        self.scanner = Scanner(self._start, self._end, self._builder.data)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._builder.start(name, attributes)
        self.scanner.guard(self._builder.depth)

    def _end(self, _: str) -> None:
        node = self._builder.end()
        if self._builder.depth == 1:
            self._builder.drop(node)
            make = _MAKERS.get(node.name)
            if make is not None:
                self.ready.append(make(node))


def _object(node: Node) -> Object:
    characteristics = node.first("objectCharacteristics")
    about = characteristics or Node("", {})
    size = about.value("size") or ""
    return Object(
        kind=node.attributes.get("type", "").rpartition(":")[2],
        identifiers=_pairs(node.each("objectIdentifier"), "objectIdentifier"),
        fixity=tuple(
            (found.value("messageDigestAlgorithm") or "", (found.value("messageDigest") or "").lower())
            for found in about.each("fixity")
        ),
        size=int(size) if size.isascii() and size.isdigit() and len(size) < 19 else None,
        format_name=about.value("format", "formatDesignation", "formatName"),
        format_version=about.value("format", "formatDesignation", "formatVersion"),
        registry_key=about.value("format", "formatRegistry", "formatRegistryKey"),
        original_name=node.value("originalName"),
        location=node.value("storage", "contentLocation", "contentLocationValue"),
        related=tuple(
            (found.value("relationshipSubType") or "", target.value("relatedObjectIdentifierValue") or "")
            for found in node.each("relationship")
            for target in found.each("relatedObjectIdentifier")
        ),
    )


def _event(node: Node) -> Event:
    return Event(
        identifier=next(iter(_pairs(node.each("eventIdentifier"), "eventIdentifier")), ("", "")),
        type=node.value("eventType") or "",
        time=node.value("eventDateTime") or "",
        outcome=node.value("eventOutcomeInformation", "eventOutcome"),
        detail=node.value("eventDetailInformation", "eventDetail"),
        agents=_values(node.each("linkingAgentIdentifier"), "linkingAgentIdentifierValue"),
        objects=_values(node.each("linkingObjectIdentifier"), "linkingObjectIdentifierValue"),
    )


def _agent(node: Node) -> Agent:
    return Agent(
        identifiers=_pairs(node.each("agentIdentifier"), "agentIdentifier"),
        name=node.value("agentName") or "",
        type=node.value("agentType") or "",
        version=node.value("agentVersion"),
    )


def _pairs(nodes: list[Node], name: str) -> tuple[Identifier, ...]:
    return tuple((node.value(f"{name}Type") or "", node.value(f"{name}Value") or "") for node in nodes)


def _values(nodes: list[Node], name: str) -> tuple[str, ...]:
    return tuple(node.value(name) or "" for node in nodes)


_MAKERS: dict[str, Callable[[Node], Part]] = {"object": _object, "event": _event, "agent": _agent}
