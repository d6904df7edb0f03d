"""XML of any origin, element by element: no DTD, no entities, no network; what cannot be read says where."""

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from lxml import etree

LONGEST = 1 << 26
"""Bytes that a document may go on with no element in it: a text is read up to about that length."""


class Unreadable(Exception):
    """A document that cannot be read on; `reason` holds no text of it.

    Attributes:
        line: line of the fault, from 1.
        reason: what kind of fault.
    """

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


def elements(stream: BinaryIO, events: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Yield (event, element) of a document; the caller lets go of what it has used.

    Raises:
        Unreadable: not well-formed, a document type declaration, a text that is longer than `LONGEST`, or
            beyond the parser's limits.
    """
    bounded = _Bounded(stream)
    reader = etree.iterparse(
        bounded,
        events=tuple(events),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
    )
    first = True
    try:
        for event, raw in reader:
            if first and raw.getroottree().docinfo.internalDTD is not None:
                raise Unreadable(raw.sourceline or 1, "document type declaration")
            first = False
            bounded.read_on = 0
            yield event, raw
    except etree.XMLSyntaxError as fault:
        raise Unreadable(fault.lineno or 1, _kind(fault)) from None
    except (LookupError, ValueError) as fault:
        raise Unreadable(1, f"unreadable encoding ({type(fault).__name__})") from None


class _Bounded:
    """A stream that ends in a fault where more than `LONGEST` bytes are read between two elements."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.read_on = 0

    def read(self, size: int = -1) -> bytes:
        """Read on."""
        piece = self._stream.read(size)
        self.read_on += len(piece)
        if self.read_on > LONGEST:
            raise Unreadable(1, f"more than {LONGEST >> 20} MB without an element")
        return piece


def _kind(fault: etree.XMLSyntaxError) -> str:
    """Name the kind of a fault; its message may hold text of the document."""
    log: Any = fault.error_log
    names = [str(entry.type_name) for entry in log]
    return names[-1] if names else "XML error"


def forget(raw: Any) -> None:
    """Let go of an element and of those before it."""
    raw.clear(keep_tail=False)
    while raw.getprevious() is not None:
        del raw.getparent()[0]
