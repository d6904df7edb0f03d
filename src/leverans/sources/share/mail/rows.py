"""The rows of the mails below a share: one per mail, one per part."""

import errno
import hashlib
import io
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa

from leverans.contracts import Column, Finding
from leverans.sources.contract import ARROW_TYPES, Batch, Document, DocumentStatus, SetAside
from leverans.sources.definition import StreamDefinition
from leverans.sources.faults import is_outage, source_error
from leverans.sources.gathering import batch_of
from leverans.sources.share.crawl import Entry
from leverans.sources.share.mail.eml import take_apart as take_eml_apart
from leverans.sources.share.mail.headers import COLUMNS
from leverans.sources.share.mail.letters import LARGEST, Letter, Mail, Part, Unreadable
from leverans.sources.share.mail.msg import take_apart as take_msg_apart

SUFFIXES = (".eml", ".msg")
CONTENT = "content"
BATCH_ROWS = 2_000
BATCH_BYTES = 16 << 20

_MAIL = ("id", "ref", "inside", "sent", *COLUMNS, "headers")
_PART = ("id", "ref", "mail", "name", "type", "charset", "disposition", "content_id", CONTENT)
_ALWAYS = {"id", "ref", "mail", "type", "headers"}
TABLES = {
    "mails": tuple(Column(name, "string", nullable=name not in _ALWAYS) for name in _MAIL),
    "parts": tuple(Column(name, "string", nullable=name not in _ALWAYS) for name in _PART),
}
"""What a stream of a share may hold beside files, and its columns."""

_STATUS: Mapping[str, DocumentStatus] = {"": "landed", "SRC241": "missing", "SRC243": "unreadable"}
_FAULTS = {errno.ENOENT: "SRC114", errno.ELOOP: "SRC113"}
_ENDINGS = {"text/plain": ".txt", "text/html": ".html", "application/rtf": ".rtf", "text/calendar": ".ics"}


@dataclass(frozen=True, slots=True)
class Counted:
    """How many rows the mails of a share make.

    Attributes:
        mails: rows of mails, those set aside counted in.
        parts: rows of parts.
    """

    mails: int
    parts: int


class Mails:
    """Reads the mails below a share.

    Args:
        where: name of the source.
        crawl: lists the files.
        opened: gives a handle of a file by its path (see `opening.open_below`).
    """

    def __init__(
        self, where: str, crawl: Callable[[], Iterator[Entry]], opened: Callable[[str], int]
    ) -> None:
        self._where = where
        self._crawl = crawl
        self._opened = opened
        self._counted: tuple[str, Counted] | None = None

    def read(self, stream: StreamDefinition) -> Iterator[Batch]:
        """Read the mails or the parts, in the order of the files."""
        maker = _Maker(self._where, stream)
        for number, entry in enumerate(self._entries(), start=1):
            maker.take(entry, number, self._letter(entry))
            if maker.full:
                yield maker.batch()
        yield maker.batch()

    def counted(self) -> Counted:
        """Count without reading what is in the parts; again only where a file is another than before."""
        mark = self._mark()
        if self._counted is None or self._counted[0] != mark:
            mails = parts = 0
            for entry in self._entries():
                letter = self._letter(entry)
                mails += 1 if isinstance(letter, SetAside) else len(letter.mails)
                parts += 0 if isinstance(letter, SetAside) else len(letter.parts)
            self._counted = (mark, Counted(mails, parts))
        return self._counted[1]

    def _entries(self) -> Iterator[Entry]:
        return (entry for entry in self._crawl() if entry.name.lower().endswith(SUFFIXES))

    def _mark(self) -> str:
        digest = hashlib.sha256()
        for entry in self._entries():
            told = [entry.ref, entry.fault]
            if not entry.fault:
                try:
                    found = os.stat(entry.path)  # noqa: PTH116  # a text all the way
                    told += [str(found.st_ino), str(found.st_size), str(found.st_mtime_ns)]
                except OSError:
                    told.append("-")
            digest.update("\0".join([*told, "\n"]).encode("utf-8", "surrogatepass"))
        return digest.hexdigest()

    def _letter(self, entry: Entry) -> Letter | SetAside:
        """Take a file apart, or tell why it is set aside."""
        if entry.fault:
            return SetAside("", 0, entry.fault, "")
        try:
            with os.fdopen(self._opened(entry.path), "rb") as file:
                raw = file.read(LARGEST + 1)
        except OSError as fault:
            if is_outage(fault):
                raise source_error(fault, self._where) from fault
            return SetAside("", 0, _FAULTS.get(fault.errno or 0, "SRC111"), "")
        if len(raw) > LARGEST:
            return SetAside("", 0, "SRC104", "", (("limit", LARGEST),))
        try:
            if entry.name.lower().endswith(".msg"):
                return take_msg_apart(io.BytesIO(raw))
            return take_eml_apart(raw)
        except Unreadable as fault:
            return SetAside("", 0, "SRC140", fault.reason, (("reason", fault.reason),))


class _Maker:
    """Gathers rows into batches."""

    def __init__(self, where: str, stream: StreamDefinition) -> None:
        self._place = f"{where}.{stream.name}"
        self._stream = stream
        columns = TABLES[stream.holds]
        self._schema = pa.schema([(one.name, ARROW_TYPES[one.type]) for one in columns])
        self._listed = 0
        self._clear()

    @property
    def full(self) -> bool:
        return len(self._rows) + len(self._aside) >= BATCH_ROWS or self._weight >= BATCH_BYTES

    def take(self, entry: Entry, number: int, letter: Letter | SetAside) -> None:
        if isinstance(letter, SetAside):
            if self._stream.holds == "mails":
                told = letter.parameters
                self._aside.append(SetAside(f"#{number}", number, letter.code, letter.detail, told))
            return
        if self._stream.holds == "mails":
            for mail in letter.mails:
                self._mail(entry, mail)
            for part in letter.parts:
                part.content()  # what is broken in it shows when it is decoded
            self._tell(letter, number)
        else:
            for part in letter.parts:
                self._part(entry, part)

    def _tell(self, letter: Letter, number: int) -> None:
        where = f"{self._place}[{number}]"
        if letter.damage:
            self._findings.append(Finding.of("SRC240", where, damage=", ".join(sorted(letter.damage))))
        if letter.encrypted:
            self._findings.append(Finding.of("SRC242", where, count=letter.encrypted))

    def _mail(self, entry: Entry, mail: Mail) -> None:
        inside = None if mail.inside is None else _id(entry, mail.inside)
        row = (_id(entry, mail.place), entry.ref, inside, mail.headers["sent"])
        told = tuple(mail.headers[name] for name in COLUMNS)
        self._add((*row, *told, mail.all_headers))

    def _part(self, entry: Entry, part: Part) -> None:
        identifier = _id(entry, part.place)
        for column in self._stream.documents:
            if column.column != CONTENT:
                continue
            self._listed += 1
            content = b"" if part.fault else part.content()
            self._weight += len(content)
            self._documents.append(
                Document(
                    stream=column.stream,
                    ref=identifier,
                    name=part.name or part.place + _ENDINGS.get(part.type, ""),
                    token=content,
                    position=self._listed,
                    size=len(content),
                    fault=part.fault,
                    status=_STATUS[part.fault],
                    row=len(self._rows),
                    column=CONTENT,
                )
            )
        mail = _id(entry, part.mail)
        told = (part.name, part.type, part.charset, part.disposition, part.content_id)
        self._add((identifier, entry.ref, mail, *told, None))

    def _add(self, row: tuple[str | None, ...]) -> None:
        self._rows.append(tuple(None if value is None else _sound(value) for value in row))
        self._weight += sum(len(value) for value in row if value)

    def batch(self) -> Batch:
        made = batch_of(
            self._stream.name,
            self._schema,
            self._rows,
            aside=self._aside,
            findings=self._findings,
            documents=self._documents,
        )
        self._clear()
        return made

    def _clear(self) -> None:
        self._rows: list[tuple[str | None, ...]] = []
        self._documents: list[Document] = []
        self._aside: list[SetAside] = []
        self._findings: list[Finding] = []
        self._weight = 0


def _id(entry: Entry, place: str) -> str:
    """Give the id of a mail or part: the file's reference, and the place in it."""
    return f"{entry.ref}!/{place}" if place else entry.ref


def _sound(text: str) -> str:
    """Give a text that can be written as UTF-8."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "backslashreplace")
