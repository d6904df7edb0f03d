"""Streams XML of any origin in flat memory: no tree, no DTD, no entities, no network, true line numbers.

Built on expat, which hands out elements as they pass. What can hurt is refused as soon as it is seen: a
document type declaration (with it go all entity bombs), nesting deeper than `MAX_DEPTH`, one token larger
than `MAX_TOKEN`, and what expat keeps to the end: more than `MAX_NAMES` different names or `MAX_LETTERS`
letters in them, a namespace longer than `MAX_SPACE`.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import BinaryIO
from xml.parsers import expat

MAX_DEPTH = 1_000
MAX_TOKEN = 16 << 20
MAX_NAMES = 50_000
MAX_LETTERS = 8 << 20
MAX_SPACE = 4_096
CHUNK = 1 << 16

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Data = Callable[[str], None]


class XmlFault(Exception):
    """A document that cannot be read on.

    Attributes:
        code: ``XML001`` not well-formed, ``XML002`` a document type declaration, ``XML003`` beyond the
            limits.
        line: line of the fault, from 1.
        reason: what the parser said, without any text of the document.
    """

    def __init__(self, code: str, line: int, reason: str) -> None:
        super().__init__(f"{code} line {line}: {reason}")
        self.code = code
        self.line = line
        self.reason = reason


class Scanner:
    """Feeds one document through expat.

    Names come as ``namespace local`` (one space between), or ``local`` where there is no namespace.

    Args:
        start: called with name and attributes of each element.
        end: called with the name.
        data: called with each run of text, whole where it is shorter than 64 KiB.
    """

    def __init__(self, start: Start, end: End, data: Data | None = None) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.buffer_size = CHUNK
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        if data is not None:
            parser.CharacterDataHandler = data
        parser.StartDoctypeDeclHandler = self._refuse
        parser.StartNamespaceDeclHandler = self.namespace
        self.parser = parser
        self._fed = 0
        self._names = 0
        self._letters = 0

    @property
    def line(self) -> int:
        """Line of the event that is being handed out, from 1."""
        return self.parser.CurrentLineNumber

    @property
    def offset(self) -> int:
        """Byte offset of the event that is being handed out."""
        return self.parser.CurrentByteIndex

    def feed(self, chunk: bytes, *, last: bool = False) -> None:
        """Hand over the next bytes.

        Raises:
            XmlFault: see there.
        """
        self._fed += len(chunk)
        try:
            self.parser.Parse(chunk, last)
        except expat.ExpatError as fault:
            reason = expat.errors.messages.get(fault.code, "unknown fault")
            raise XmlFault("XML001", fault.lineno, reason) from None
        except (LookupError, ValueError, UnicodeError) as fault:
            raise XmlFault("XML001", self.line, f"unreadable encoding ({type(fault).__name__})") from None
        if self._fed - self.parser.CurrentByteIndex > MAX_TOKEN:
            raise XmlFault("XML003", self.line, "one token of more than 16 MiB")
        if len(self.parser.intern) > self._names:
            self._count()

    def chunk_size(self) -> int:
        """How much to feed next: more while one token does not end, so that the work stays linear."""
        open_token = self._fed - max(self.parser.CurrentByteIndex, 0)
        return max(CHUNK, min(open_token, MAX_TOKEN + 1 - open_token))

    def guard(self, depth: int) -> None:
        """Refuse to go deeper than `MAX_DEPTH`.

        Raises:
            XmlFault: ``XML003``.
        """
        if depth > MAX_DEPTH:
            raise XmlFault("XML003", self.line, f"elements nested deeper than {MAX_DEPTH}")

    def _count(self) -> None:
        """Count the names that came since the last chunk: they are kept to the end of the document."""
        known = self.parser.intern
        fresh = islice(reversed(known), len(known) - self._names)
        self._letters += sum(len(name or "") for name in fresh)  # the default namespace has no prefix
        self._names = len(known)
        if self._names > MAX_NAMES or self._letters > MAX_LETTERS:
            raise XmlFault("XML003", self.line, f"more than {MAX_NAMES} different names, or very long ones")

    def namespace(self, _: str | None, address: str | None) -> None:
        """Refuse a namespace longer than `MAX_SPACE`: it stands in every name.

        Raises:
            XmlFault: ``XML003``.
        """
        if len(address or "") > MAX_SPACE:
            raise XmlFault("XML003", self.line, f"a namespace of more than {MAX_SPACE} letters")

    def _refuse(self, *_: object) -> None:
        raise XmlFault("XML002", self.line, "document type declaration")


def scan(stream: BinaryIO, scanner: Scanner) -> Iterator[None]:
    """Feed a whole stream, yielding after each chunk so that a reader can hand out what is ready.

    Raises:
        XmlFault: see there.
    """
    while chunk := stream.read(scanner.chunk_size()):
        scanner.feed(chunk)
        yield
    scanner.feed(b"", last=True)
    yield
