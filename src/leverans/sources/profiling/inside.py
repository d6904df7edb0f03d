"""Looks into documents for what seems personal: the text of the usual formats, bounded, never kept."""

import io
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default

import pyarrow as pa

from leverans.contracts.profile import DocumentsProfile
from leverans.sources.contract import Connector, Document, DocumentFault
from leverans.sources.profiling.suspecting import Suspicion, listed

DOCUMENTS = 200
"""So many documents of each stream are looked into."""
BYTES = 16 << 20
"""A document of more bytes is not looked into."""
_TEXT = 8 << 20
_OFFICE = re.compile(r"(?:word|xl|ppt)/.*\.xml|content\.xml|meta\.xml|docProps/.*\.xml")
_TAG = re.compile(rb"<[A-Za-z/!?][^<>]*+>")
"""A tag; a sign that begins none is read no further than the next one, so that any text is read once."""
_SHOWN = re.compile(rb"\(((?:[^()\\]|\\.)*+)\)?+|[\[\]]", re.DOTALL)
"""A text of a page, to its end or as far as it goes, or where an array of them begins or ends."""
_SHOWS, _SHOWS_ALL = re.compile(rb"\s*+(?:Tj|'|\")"), re.compile(rb"\s*+TJ")
_LONGEST_HEADER = 8192
_RUN, _WIDE = re.compile(rb"[\x20-\x7e\xc0-\xff]{6,}"), re.compile(rb"(?:[\x20-\x7e\xc0-\xff]\0){6,}")


@dataclass(slots=True)
class Inside:
    """Counts the documents of one stream."""

    stream: str
    listed: int = 0
    looked: int = 0
    closed: int = 0
    names: Counter[str] = field(default_factory=Counter)
    personal: Counter[str] = field(default_factory=Counter)

    def add(self, connector: Connector, documents: Iterable[Document]) -> None:
        """Count documents and look into the first of them."""
        for one in documents:
            self.listed += 1
            self.names.update(_suspected(one.name))
            if self.looked + self.closed < DOCUMENTS:
                text = _text(connector, one)
                self.looked += text is not None
                self.closed += text is None
                self.personal.update(_suspected(text or ""))

    def profile(self) -> DocumentsProfile:
        """Give what was counted."""
        return DocumentsProfile(
            self.stream, self.listed, self.looked, self.closed, listed(self.names), listed(self.personal)
        )


def _suspected(text: str) -> list[str]:
    told = Suspicion()
    told.add(pa.array(text.splitlines() or [""], pa.string()))
    return list(told.personal)


def _text(connector: Connector, one: Document) -> str | None:
    if one.status != "landed" or one.size > BYTES:
        return None
    try:
        with connector.open(one) as file:
            data = file.read(BYTES + 1)
    except (DocumentFault, OSError):
        return None
    return text_of(data) if len(data) <= BYTES else None


def text_of(data: bytes) -> str | None:
    """Give the text of a document, or None where it cannot be told (a picture, a scan, a cipher)."""
    with suppress(Exception):  # whatever is wrong with a document, it is not looked into
        if data.startswith(b"PK\x03\x04"):
            return _read(b"\n".join(_office(data)))
        if data.startswith(b"%PDF"):
            return _read(b"\n".join(_pdf(data)))
        if data.startswith(b"\xd0\xcf\x11\xe0"):
            runs = [one.replace(b"\0", b"") for one in _WIDE.findall(data)]
            return _read(b"\n".join([*runs, *_RUN.findall(data)]))
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return data.decode("utf-16")
        if b"\0" not in data[:4096] and data:
            return "\n".join(_parts(data)) if _is_mail(data) else _read(_TAG.sub(b" ", data))
    return None


def _read(data: bytes) -> str | None:
    if not data.strip():
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _office(data: bytes) -> Iterator[bytes]:
    left = _TEXT
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for name in package.namelist():
            if left > 0 and _OFFICE.fullmatch(name):
                with package.open(name) as member:
                    part = member.read(left)
                left -= len(part)
                yield _TAG.sub(b"", re.sub(rb"</(?:w:p|text:p|a:p|si|c)>", b"\n", part))


def _pdf(data: bytes) -> Iterator[bytes]:
    left = _TEXT
    for raw in _streams(data):
        made: bytes | memoryview
        try:
            made = zlib.decompressobj().decompress(raw, left) if left > 0 else b""
        except zlib.error:
            made = raw[:left]
        left -= len(made)
        yield from _shown(made)


def _streams(data: bytes) -> Iterator[memoryview]:
    """Give what stands between the words; each byte is looked at once, also where an end is missing."""
    at = 0
    while (begin := data.find(b"stream", at)) >= 0:
        begin += len(b"stream")
        line = 2 if data.startswith(b"\r\n", begin) else 1 if data.startswith(b"\n", begin) else 0
        end = data.find(b"endstream", begin) if line else begin
        if end < 0:
            return
        if line:
            yield memoryview(data)[begin + line : end]
        at = end + len(b"endstream") * bool(line)


def _shown(page: bytes | memoryview) -> Iterator[bytes]:
    """Give the texts that a page shows, those of an array together."""
    pieces: list[bytes] | None = None
    for found in _SHOWN.finditer(page):
        sign = found[0][:1]
        if sign == b"[":
            pieces = []
        elif sign == b"]":
            if pieces and _SHOWS_ALL.match(page, found.end()):
                yield b"".join(pieces)
            pieces = None
        elif pieces is not None:
            pieces.append(found[1])
        elif _SHOWS.match(page, found.end()):
            yield found[1]


def _is_mail(data: bytes) -> bool:
    head = b"\n" + data[:2048].lower()
    known = b"\nsubject:" in head and b"\nfrom:" in head
    return known or head.startswith((b"\nreceived:", b"\nreturn-path:"))


def _parts(data: bytes) -> Iterator[str]:
    mail = message_from_bytes(data, policy=default)
    for name, value in mail.raw_items():
        told = str(value)  # one that is far too long is not taken apart: that takes its square
        read = default.header_fetch_parse(name, told) if len(told) <= _LONGEST_HEADER else told
        yield f"{name}: {read}"
    for part in mail.walk():
        if part.get_content_maintype() == "text":
            yield str(part.get_content())
