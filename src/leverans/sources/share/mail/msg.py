"""Mail as Outlook keeps it (MS-OXMSG), read through olefile: BSD, no dependencies, made for hostile files.

The alternative, extract-msg, brings 18 packages and the GPL.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.parser import HeaderParser
from functools import partial
from struct import Struct, error
from typing import Any, BinaryIO

from leverans.sources.share.mail.headers import columns, plain
from leverans.sources.share.mail.letters import DEEPEST, Letter, Mail, Part, Unreadable
from leverans.sources.share.mail.rtf import unpacked

_PROPERTIES = "__properties_version1.0"
_ENTRY = Struct("<LL8s")
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_BY_VALUE = 1
_NESTED = "__substg1.0_3701000D"
_COLUMNS = {
    "message_id": 0x1035, "to": 0x0E04, "cc": 0x0E03, "bcc": 0x0E02, "subject": 0x0037, "in_reply_to": 0x1042,
    "references": 0x1039,
}  # fmt: skip
_HEADERS, _SENDER, _ADDRESS, _SMTP, _SENT, _RECEIVED = 0x007D, 0x0C1A, 0x0C1F, 0x5D01, 0x0039, 0x0E06
_BODY, _HTML, _RTF = 0x1000, 0x1013, 0x1009
_METHOD, _LONG_NAME, _SHORT_NAME, _MIME, _CONTENT_ID = 0x3705, 0x3707, 0x3704, 0x370E, 0x3712
_FAULTS = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    error,
)
_PAGES = (0x3FFD, 0x3FDE)


def take_apart(file: BinaryIO) -> Letter:
    """Take a mail apart.

    Raises:
        Unreadable: it is no such file, or damaged so that it cannot be read.
    """
    import olefile

    letter = Letter()
    try:
        with olefile.OleFileIO(file) as held:
            entries = {"/".join(path) for path in held.listdir(streams=True, storages=True)}
            if _PROPERTIES not in entries:
                raise Unreadable("no mail")
            _Storage(held, entries, "", "", letter).mail("", None, 0)
    except _FAULTS as fault:
        raise Unreadable(type(fault).__name__) from fault
    return letter


class _Storage:
    """One storage that holds properties: a mail, an attachment."""

    def __init__(self, held: Any, entries: set[str], path: str, page: str, letter: Letter) -> None:
        self._held = held
        self._entries = entries
        self._path = path
        self._letter = letter
        self._fixed = self._numbers()
        told = next((self._fixed[one] for one in _PAGES if one in self._fixed), None)
        self._page = page or "cp1252"
        if told is not None:
            number = int.from_bytes(told[:4], "little")
            self._page = "utf-8" if number == 65001 else f"cp{number}" if number != 20127 else "cp1252"

    def mail(self, place: str, inside: str | None, depth: int) -> None:
        """Add the mail that it is, and all in it."""
        if depth > DEEPEST:
            raise Unreadable("too deep")
        told = self._headers()
        text = "\n".join(f"{name}: {value}" for name, value in told)
        self._letter.mails.append(Mail(place, inside, self._columns(told), text))
        number = self._bodies(place)
        below = sorted({name for name in self.names() if name.lower().startswith("__attach_version1.0_#")})
        for at, name in enumerate(below, start=number + 1):
            where = f"{place}.{at}" if place else str(at)
            self._down(name).attachment(where, place, depth)

    def attachment(self, place: str, mail: str, depth: int) -> None:
        """Add the attachment that it is, or the mail in it."""
        method = int.from_bytes(self._fixed.get(_METHOD, b"\1")[:4], "little")
        if _PROPERTIES in self._down(_NESTED).names():
            self._down(_NESTED).mail(place, mail, depth + 1)
            return
        fault = "" if self._has(0x3701) or method == _BY_VALUE else "SRC241"
        if not self._has(0x3701) and f"{self._path}{_NESTED}" in self._entries:
            fault = "SRC243"
        part = Part(
            place=place,
            mail=mail,
            type=self._text(_MIME) or "application/octet-stream",
            content=self._bytes(0x3701),
            name=self._text(_LONG_NAME) or self._text(_SHORT_NAME),
            disposition="attachment",
            content_id=self._text(_CONTENT_ID),
            fault=fault,
        )
        self._letter.parts.append(part)

    def _bodies(self, place: str) -> int:
        """Add the bodies: text, HTML, RTF; give how many there are."""
        found: list[tuple[str, Callable[[], bytes], str | None]] = []
        if f"{self._path}__substg1.0_1000001F" in self._entries:
            text = self._text(_BODY) or ""
            found.append(("text/plain", partial(text.encode, "utf-8", "surrogatepass"), "utf-8"))
        elif self._has(_BODY, "001E"):
            found.append(("text/plain", self._bytes(_BODY, "001E"), self._page))
        if self._has(_HTML):
            found.append(("text/html", self._bytes(_HTML), None))
        if self._has(_RTF):
            found.append(("application/rtf", self._rich, None))
        for number, (kind, content, charset) in enumerate(found, start=1):
            where = f"{place}.{number}" if place else str(number)
            self._letter.parts.append(
                Part(where, place, kind, content, charset=charset, disposition="inline")
            )
        return len(found)

    def _rich(self) -> bytes:
        raw = self._bytes(_RTF)()
        made = unpacked(raw)
        if made is None:
            self._letter.damage.add("RTF")
        return raw if made is None else made

    def _headers(self) -> list[tuple[str, str]]:
        """Give the headers that it came with, or what its properties tell in their place."""
        raw = self._text(_HEADERS)
        if raw:
            parsed = HeaderParser().parsestr(raw.lstrip())
            return [(name, plain(str(value), self._letter.damage)) for name, value in parsed.raw_items()]
        named = {column: self._text(tag) for column, tag in _COLUMNS.items()}
        sender, address = self._text(_SENDER) or "", self._text(_SMTP) or self._text(_ADDRESS) or ""
        named["from"] = f"{sender} <{address}>" if sender and address else sender or address
        return [(name.replace("_", "-").title(), value) for name, value in named.items() if value]

    def _columns(self, told: list[tuple[str, str]]) -> dict[str, str | None]:
        made = columns(told)
        if made["sent"] is None:
            made["sent"] = self._moment(_SENT) or self._moment(_RECEIVED)
        return made

    def _moment(self, tag: int) -> str | None:
        ticks = int.from_bytes(self._fixed.get(tag, b""), "little")
        try:
            return (_EPOCH + timedelta(microseconds=ticks // 10)).isoformat() if ticks else None
        except OverflowError:
            return None

    def _numbers(self) -> dict[int, bytes]:
        """Give the properties of fixed length (MS-OXMSG 2.4.1)."""
        name = f"{self._path}{_PROPERTIES}"
        raw = self._stream(name) if name in self._entries else b""
        skip = 32 if not self._path else 24 if self._path.endswith(f"{_NESTED}/") else 8
        whole = skip + (len(raw) - skip) // _ENTRY.size * _ENTRY.size
        return {tag >> 16: value for tag, _flags, value in _ENTRY.iter_unpack(raw[skip:whole])}

    def _text(self, tag: int) -> str | None:
        wide, narrow = (f"{self._path}__substg1.0_{tag:04X}{kind}" for kind in ("001F", "001E"))
        if wide in self._entries:
            raw = self._stream(wide)
            return raw[: len(raw) // 2 * 2].decode("utf-16-le", "surrogatepass").rstrip("\0") or None
        if narrow not in self._entries:
            return None
        raw = self._stream(narrow).rstrip(b"\0")
        try:
            return raw.decode(self._page) or None
        except (LookupError, UnicodeDecodeError):
            self._letter.damage.add("code page")
            return raw.decode("cp1252", "backslashreplace")

    def _has(self, tag: int, kind: str = "0102") -> bool:
        return f"{self._path}__substg1.0_{tag:04X}{kind}" in self._entries

    def _bytes(self, tag: int, kind: str = "0102") -> Callable[[], bytes]:
        name = f"{self._path}__substg1.0_{tag:04X}{kind}"
        if name not in self._entries:
            return bytes
        return partial(bytes, self._stream(name))

    def _stream(self, name: str) -> bytes:
        return bytes(self._held.openstream(name.split("/")).read())

    def names(self) -> set[str]:
        """Give the names of what stands in it."""
        cut = len(self._path)
        return {name[cut:].partition("/")[0] for name in self._entries if name.startswith(self._path)} - {""}

    def _down(self, name: str) -> "_Storage":
        return _Storage(self._held, self._entries, f"{self._path}{name}/", self._page, self._letter)
