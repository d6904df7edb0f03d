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
_TAG = re.compile(rb"<[^>]*>")
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_SHOWN = re.compile(rb"\(((?:[^()\\]|\\.)*)\)\s*(?:Tj|'|\")|\[((?:[^\[\]\\]|\\.)*)\]\s*TJ", re.DOTALL)
_PIECE = re.compile(rb"\(((?:[^()\\]|\\.)*)\)")
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
    for raw in _STREAM.findall(data):
        try:
            made = zlib.decompressobj().decompress(raw, left) if left > 0 else b""
        except zlib.error:
            made = raw[:left]
        left -= len(made)
        for plain, pieces in _SHOWN.findall(made):
            yield plain or b"".join(_PIECE.findall(pieces))


def _is_mail(data: bytes) -> bool:
    head = b"\n" + data[:2048].lower()
    known = b"\nsubject:" in head and b"\nfrom:" in head
    return known or head.startswith((b"\nreceived:", b"\nreturn-path:"))


def _parts(data: bytes) -> Iterator[str]:
    mail = message_from_bytes(data, policy=default)
    yield from (f"{name}: {value}" for name, value in mail.items())
    for part in mail.walk():
        if part.get_content_maintype() == "text":
            yield str(part.get_content())
