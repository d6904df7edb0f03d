"""Reads CITS ERMS (ärende, handling) as a stream of top aggregations."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from leverans.formats.xmlbuilder import Node, NodeBuilder
from leverans.formats.xmlslice import Slicer
from leverans.formats.xmlstream import Scanner, scan

_OBJECTS = frozenset({"aggregation", "record"})


@dataclass(frozen=True, slots=True)
class Appendix:
    """One file of a record (``additionalInformation/appendix``): `path` as written, `name`, `format`."""

    path: str
    name: str
    format: str | None = None


@dataclass(frozen=True, slots=True)
class Restriction:
    """A restriction: `type` (``restriction/@restrictionType``) and `regulation`."""

    type: str
    regulation: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A record (handling).

    Attributes:
        system_identifier: ``@systemIdentifier``.
        reference_code: ``objectId``.
        title: ``title``.
        extra_ids: ``extraId`` by ``@extraIdType``; the first of each type.
        status: ``status/@value``.
        dates: ``dates/date`` by ``@dateType``; the first of each type.
        restrictions: in the document's order.
        agents: how many agents it names.
        protected: some agent's ``protectedIdentity`` is true.
        appendices: its files, in the document's order.
    """

    system_identifier: str
    reference_code: str | None = None
    title: str | None = None
    extra_ids: dict[str, str] = field(default_factory=dict)
    status: str | None = None
    dates: dict[str, str] = field(default_factory=dict)
    restrictions: tuple[Restriction, ...] = ()
    agents: int = 0
    protected: bool = False
    appendices: tuple[Appendix, ...] = ()


@dataclass(frozen=True, slots=True)
class Aggregation(Record):
    """An aggregation (ärende): what a record has, and what lies in it.

    Attributes:
        kind: ``@aggregationType``.
        records: its direct records.
        aggregations: its direct sub-aggregations.
        xml: for a top aggregation read with ``xml=True`` its own element as UTF-8, byte for byte as in the
            source, with the namespaces that were in scope, so that it is a document of its own.
    """

    kind: str = ""
    records: tuple[Record, ...] = ()
    aggregations: tuple["Aggregation", ...] = ()
    xml: bytes | None = None


def read(stream: BinaryIO, *, xml: bool = False) -> Iterator[Aggregation]:
    """Yield each top aggregation as soon as it ends; memory holds one at a time.

    Args:
        stream: the document.
        xml: give each aggregation's own bytes too.

    Raises:
        XmlFault: not well-formed, a DTD, or beyond the limits of `leverans.formats.xmlstream`.
    """
    for made, piece in _pieces(stream, ("aggregations", "aggregation"), xml=xml):
        if isinstance(made, Aggregation):
            yield made if piece is None else replace(made, xml=piece)


def read_records(stream: BinaryIO) -> Iterator[Record]:
    """Yield each record of a document of loose records (``erms/records``); raises as `read`."""
    for made, _ in _pieces(stream, ("records", "record"), xml=False):
        yield made


def _pieces(stream: BinaryIO, wanted: tuple[str, str], *, xml: bool) -> Iterator[tuple[Record, bytes | None]]:
    """Yield each element ``wanted[1]`` directly in ``wanted[0]`` directly in the root."""
    reader = _Reader(wanted, xml=xml)
    source = reader.slicer.tee(stream) if reader.slicer else stream
    for _ in scan(source, reader.scanner):
        yield from reader.ready
        reader.ready.clear()


class _Reader:
    _PIECE_DEPTH = 3

    def __init__(self, wanted: tuple[str, str], *, xml: bool) -> None:
        self.ready: list[tuple[Record, bytes | None]] = []
        self._made: list[list[Record]] = [[]]
        self._wanted = wanted
        self._builder = NodeBuilder()
        self._path: list[str] = []
        self.scanner = Scanner(self._start, self._end, self._data)
        self.slicer = Slicer(self.scanner) if xml else None

    @property
    def _inside(self) -> bool:
        return len(self._path) >= self._PIECE_DEPTH and tuple(self._path[1:3]) == self._wanted

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        self._path.append(local)
        self.scanner.guard(len(self._path))
        if self._inside:
            if len(self._path) == self._PIECE_DEPTH and self.slicer:
                self.slicer.begin()
            self._builder.start(name, attributes)
            if local in _OBJECTS:
                self._made.append([])

    def _data(self, text: str) -> None:
        if self._builder.depth:
            self._builder.data(text)

    def _end(self, _: str) -> None:
        if self._inside:
            node = self._builder.end()
            if node.name in _OBJECTS:
                self._close(node)
        self._path.pop()

    def _close(self, node: Node) -> None:
        """Make the record of what has ended, from the records that ended inside it."""
        inner = self._made.pop()
        made = _record(node, inner)
        self._builder.drop(node)
        if len(self._path) == self._PIECE_DEPTH:
            self.ready.append((made, self.slicer.end() if self.slicer else None))
        else:
            self._made[-1].append(made)


def _record(node: Node, inner: list[Record]) -> Record:
    if node.name == "record":
        return Record(*_common(node))
    return Aggregation(
        *_common(node),
        kind=node.attributes.get("aggregationType", ""),
        records=tuple(made for made in inner if not isinstance(made, Aggregation)),
        aggregations=tuple(made for made in inner if isinstance(made, Aggregation)),
    )


def _common(
    node: Node,
) -> tuple[
    str,
    str | None,
    str | None,
    dict[str, str],
    str | None,
    dict[str, str],
    tuple[Restriction, ...],
    int,
    bool,
    tuple[Appendix, ...],
]:
    status = node.first("status")
    agents = node.each("agents", "agent")
    return (
        node.attributes.get("systemIdentifier", ""),
        node.value("objectId"),
        node.value("title"),
        _by_type(node.each("extraId"), "extraIdType"),
        status.attributes.get("value") if status else None,
        _by_type(node.each("dates", "date"), "dateType"),
        tuple(
            Restriction(found.attributes.get("restrictionType", ""), found.value("regulation"))
            for found in node.each("restriction")
        ),
        len(agents),
        any((agent.value("protectedIdentity") or "") in {"true", "1"} for agent in agents),
        tuple(_appendix(found) for found in node.each("additionalInformation", "appendix")),
    )


def _appendix(node: Node) -> Appendix:
    given = node.attributes
    return Appendix(given.get("path", ""), given.get("name", ""), given.get("fileFormat"))


def _by_type(nodes: list[Node], attribute: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in nodes:
        found.setdefault(node.attributes.get(attribute, ""), node.text.strip())
    return found
