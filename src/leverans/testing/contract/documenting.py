"""Rules about documents: listed, opened, whole; what cannot be had is told."""

from collections.abc import Iterator
from typing import BinaryIO

from leverans.sources.certifying.judging import MOST_PIECE, digest_of
from leverans.sources.contract import Connector, Document, DocumentFault
from leverans.testing.contract.rules import rule
from leverans.testing.contract.subject import Subject
from leverans.testing.contract.verdicts import Broken, NotApplicable, ensure


def _streams(connector: Connector) -> Iterator[str]:
    for stream in connector.discover().streams:
        if stream.kind == "documents":
            yield stream.name


def _listed(connector: Connector) -> list[Document]:
    found = [one for name in _streams(connector) for one in connector.documents(name)]
    if not found:
        raise NotApplicable("the connector has no documents")
    return found


def _digest(file: BinaryIO) -> tuple[str, int]:
    sha256, size, largest = digest_of(file)
    ensure(largest <= MOST_PIECE, "more bytes at once than were asked for")
    return sha256, size


@rule("documents", "Every listed document opens and gives the source's bytes, as often as it is asked for.")
def documents(subject: Subject) -> None:
    """Open every document twice."""
    source = subject.sources.get("plain")
    with subject.open(source) as connector:
        for one in _listed(connector):
            if one.status != "landed":
                continue
            found = []
            for _ in range(2):
                with connector.open(one) as file:
                    found.append(_digest(file))
            ensure(found[0] == found[1], "a document has other bytes the second time")
            ensure(one.size in {0, found[0][1]}, "a document has another size than listed")
            wanted = source.documents.get(one.name, found[0][0])
            ensure(found[0][0] == wanted, "a document has other bytes than the source's")


@rule("blob-big", "A big document comes in pieces, whole.")
def blob_big(subject: Subject) -> None:
    """Read a document that is bigger than what may be held at once."""
    source = subject.sources.get("big")
    with subject.open(source) as connector:
        for one in _listed(connector):
            if one.name in source.documents:
                with connector.open(one) as file:
                    ensure(_digest(file)[0] == source.documents[one.name], "the big document has other bytes")
                return
    raise Broken("the big document is not listed")


@rule(
    "document-missing",
    "A document that has gone since it was listed is told as missing, and the rest goes on.",
)
def document_missing(subject: Subject) -> None:
    """Take a document away after it was listed."""
    source = subject.sources.fresh("vanishing")
    with subject.open(source) as connector:
        found = _listed(connector)
        if source.change is not None:
            source.change()
        told = [fault for one in found if (fault := _fault(connector, one)) is not None]
        ensure(told, "a document that has gone is opened")
        ensure(all(fault.status in {"missing", "unreadable"} for fault in told), "its status is another")
        ensure(len(told) < len(found), "with it, all others have gone")


def _fault(connector: Connector, one: Document) -> DocumentFault | None:
    try:
        with connector.open(one) as file:
            _digest(file)
    except DocumentFault as fault:
        return fault
    except OSError as fault:
        raise Broken(f"{type(fault).__name__} is raised instead of a fault of the document") from fault
    return None


@rule("path-traversal", "What leads out of the source is refused, and told.")
def path_traversal(subject: Subject) -> None:
    """Look at what leads outside."""
    source = subject.sources.get("outside")
    outside = set(source.documents.values())
    told = 0
    with subject.open(source) as connector:
        for one in _listed(connector):
            if one.status != "landed":
                told += bool(one.fault)
                continue
            try:
                with connector.open(one) as file:
                    ensure(_digest(file)[0] not in outside, "a document from outside is opened")
            except DocumentFault as fault:
                told += fault.status in {"refused", "missing", "unreadable"}
    ensure(told, "what leads outside is passed over in silence")
