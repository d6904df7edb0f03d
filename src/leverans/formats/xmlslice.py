"""Cuts an element's own bytes out of the document that is being read, as a document of its own."""

import codecs
import re
from typing import BinaryIO, cast

from leverans.formats.xmlstream import Scanner

_NAME_END = re.compile(rb"<[^\s/>]+")
_START_TAG = re.compile(rb"<(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")
_ENCODING = re.compile(rb"^\s*<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_LONGEST_END = 1 << 12
_HEAD = 256
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class Slicer:
    """Keeps the bytes since the open piece began, and no others.

    The document's declared encoding is heeded; a piece comes out as UTF-8, its start tag completed with the
    namespace declarations in scope.
    """

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._buffer = bytearray()
        self._base = 0
        self._from: int | None = None
        self._encoding = ""
        self._head = b""
        self._scopes: list[tuple[str, str]] = []
        self._outer: dict[str, str] = {}
        scanner.parser.StartNamespaceDeclHandler = self._declare
        scanner.parser.EndNamespaceDeclHandler = self._undeclare

    def tee(self, stream: BinaryIO) -> BinaryIO:
        """Give a stream that keeps what may still be cut out."""
        return cast("BinaryIO", _Tee(stream, self))

    @property
    def held(self) -> int:
        """How many bytes are kept."""
        return len(self._buffer)

    def begin(self) -> None:
        """A piece starts with the element whose start tag is being handed out."""
        self._from = self._scanner.offset
        self._outer = dict(self._scopes)

    def end(self) -> bytes:
        """The piece ends with the element whose end is being handed out; give it."""
        start, self._from = self._from or 0, None
        at = self._scanner.offset - self._base
        raw = self._plain(self._buffer[start - self._base : at])
        if not (raw.endswith(b"/>") and _START_TAG.fullmatch(raw)):
            rest = self._plain(self._buffer[at : at + _LONGEST_END])
            raw += rest[: rest.find(b">") + 1]
        return _complete(raw, self._outer)

    def _plain(self, raw: bytearray) -> bytes:
        if self._encoding in {"", "utf-8", "ascii"}:
            return bytes(raw)
        return raw.decode(self._encoding, "replace").encode()

    def keep(self, chunk: bytes) -> None:
        """Take the next bytes of the document and forget those that no piece needs."""
        if len(self._head) < _HEAD:
            self._head += chunk[:_HEAD]
            self._encoding = _encoding_of(self._head)
        needed = self._scanner.offset if self._from is None else self._from
        if needed > self._base:
            del self._buffer[: needed - self._base]
            self._base = needed
        self._buffer += chunk

    def _declare(self, prefix: str | None, uri: str | None) -> None:
        self._scanner.namespace(prefix, uri)
        self._scopes.append((prefix or "", uri or ""))

    def _undeclare(self, prefix: str | None) -> None:
        for index in range(len(self._scopes) - 1, -1, -1):
            if self._scopes[index][0] == (prefix or ""):
                del self._scopes[index]
                return


class _Tee:
    def __init__(self, stream: BinaryIO, slicer: Slicer) -> None:
        self._stream = stream
        self._slicer = slicer

    def read(self, size: int = -1) -> bytes:
        """Read, and let the slicer keep it."""
        chunk = self._stream.read(size)
        self._slicer.keep(chunk)
        return chunk


def _encoding_of(head: bytes) -> str:
    for mark, name in _UTF16.items():
        if head.startswith(mark):
            return name
    found = _ENCODING.match(head.removeprefix(codecs.BOM_UTF8))
    return codecs.lookup(found[1].decode()).name if found else ""


def _complete(piece: bytes, scope: dict[str, str]) -> bytes:
    """Add the namespace declarations that the start tag lacks."""
    tag = _START_TAG.match(piece)
    name = _NAME_END.match(piece)
    if tag is None or name is None:
        return piece
    lacking = b""
    for prefix, uri in sorted(scope.items()):
        attribute = f"xmlns:{prefix}" if prefix else "xmlns"
        if uri and not re.search(rb"\s" + attribute.encode() + rb"\s*=", tag[0]):
            value = uri.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
            lacking += f' {attribute}="{value}"'.encode()
    return piece[: name.end()] + lacking + piece[name.end() :]
