"""Reads METS as a stream of what a package's reader needs: the header, the references, the pointers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import unquote

from leverans.formats.xmlbuilder import Node, NodeBuilder
from leverans.formats.xmlstream import Scanner, scan

_REFERRING = frozenset({"dmdSec", "techMD", "rightsMD", "sourceMD", "digiprovMD", "file"})


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent of the header: @ROLE, @TYPE, @OTHERTYPE, its name, its notes as (type, text)."""

    role: str
    type: str
    other_type: str
    name: str
    notes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Header:
    """``mets`` and ``metsHdr``; what is absent is an empty text.

    Attributes:
        id: ``@OBJID``.
        profile: ``@PROFILE``.
        type: ``@TYPE``.
        label: ``@LABEL``.
        information_type: ``@csip:CONTENTINFORMATIONTYPE``.
        package_type: ``metsHdr/@csip:OAISPACKAGETYPE``.
        status: ``metsHdr/@RECORDSTATUS``.
        created: ``metsHdr/@CREATEDATE``.
        agents: in order.
        record_ids: ``altRecordID`` as (type, value), in order.
    """

    id: str
    profile: str = ""
    type: str = ""
    label: str = ""
    information_type: str = ""
    package_type: str = ""
    status: str = ""
    created: str = ""
    agents: tuple[Agent, ...] = ()
    record_ids: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """One file that METS declares.

    Attributes:
        kind: ``file`` (fileSec) or the name of the metadata section, e.g. ``digiprovMD``.
        id: XML ID of the file or section.
        path: ``xlink:href``, percent-decoded; relative to the METS document.
        group: ``fileGrp/@USE`` around it, or ``mdRef/@MDTYPE``.
        mime: ``@MIMETYPE``.
        size: ``@SIZE`` in bytes, None when it is absent or no number.
        created: ``@CREATED``.
        checksum: ``@CHECKSUM`` in lower case.
        algorithm: ``@CHECKSUMTYPE``.
        owner_id: ``@OWNERID``.
    """

    kind: str
    id: str
    path: str
    group: str = ""
    mime: str = ""
    size: int | None = None
    created: str = ""
    checksum: str = ""
    algorithm: str = ""
    owner_id: str = ""


@dataclass(frozen=True, slots=True)
class Pointer:
    """A pointer to another METS document: the division's label, the decoded path, the file group's ID."""

    label: str
    path: str
    group: str = ""


Part = Header | Reference | Pointer


def read(stream: BinaryIO) -> Iterator[Part]:
    """Yield the header first, then every reference and pointer in the document's order; memory stays flat.

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
        self._headed = False
        self._root: dict[str, str] = {}
        self.scanner = Scanner(self._start, self._end, self._builder.data)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        node = self._builder.start(name, attributes)
        self.scanner.guard(self._builder.depth)
        if self._builder.depth == 1:
            self._root = node.attributes
        elif self._builder.depth == 2 and node.name != "metsHdr":
            self._head()

    def _end(self, _: str) -> None:
        node = self._builder.end()
        if node.name == "metsHdr":
            self._head(node)
        elif node.name == "FLocat" and self._builder.depth:
            owner = self._builder.stack[-1]
            group = self._builder.stack[-2].attributes.get("USE", "")
            self.ready.append(_reference("file", owner.attributes, node, group))
        elif node.name == "mdRef" and self._builder.stack[-1].name in _REFERRING:
            owner = self._builder.stack[-1]
            about = node.attributes | {"ID": owner.attributes.get("ID", "")}
            self.ready.append(_reference(owner.name, about, node, node.attributes.get("MDTYPE", "")))
        elif node.name == "mptr":
            label = self._builder.stack[-1].attributes.get("LABEL", "")
            path, title = node.attributes.get("href", ""), node.attributes.get("title", "")
            self.ready.append(Pointer(label, unquote(path), title))
        elif node.name == "mets":
            self._head()
        if not self._in_header(node):
            self._builder.drop(node)

    def _in_header(self, node: Node) -> bool:
        return node.name != "metsHdr" and any(
            open_node.name == "metsHdr" for open_node in self._builder.stack[:3]
        )

    def _head(self, header: Node | None = None) -> None:
        if self._headed:
            return
        self._headed = True
        root = self._root
        given = header.attributes if header else {}
        self.ready.append(
            Header(
                root.get("OBJID", ""),
                root.get("PROFILE", ""),
                root.get("TYPE", ""),
                root.get("LABEL", ""),
                root.get("CONTENTINFORMATIONTYPE", ""),
                given.get("OAISPACKAGETYPE", ""),
                given.get("RECORDSTATUS", ""),
                given.get("CREATEDATE", ""),
                tuple(_agent(node) for node in header.each("agent")) if header else (),
                tuple(
                    (node.attributes.get("TYPE", ""), node.text.strip())
                    for node in header.each("altRecordID")
                )
                if header
                else (),
            )
        )


def _agent(node: Node) -> Agent:
    given = node.attributes
    notes = tuple((note.attributes.get("NOTETYPE", ""), note.text.strip()) for note in node.each("note"))
    return Agent(
        given.get("ROLE", ""),
        given.get("TYPE", ""),
        given.get("OTHERTYPE", ""),
        node.value("name") or "",
        notes,
    )


def _reference(kind: str, about: dict[str, str], locator: Node, group: str) -> Reference:
    size = about.get("SIZE", "").strip()
    return Reference(
        kind=kind,
        id=about.get("ID", ""),
        path=unquote(locator.attributes.get("href", "")),
        group=group,
        mime=about.get("MIMETYPE", ""),
        size=int(size) if size.isascii() and size.isdigit() and len(size) < 19 else None,
        created=about.get("CREATED", ""),
        checksum=about.get("CHECKSUM", "").lower(),
        algorithm=about.get("CHECKSUMTYPE", ""),
        owner_id=about.get("OWNERID", ""),
    )
