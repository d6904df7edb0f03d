"""Mail as it goes over the wire (RFC 5322, MIME), taken apart with the standard library."""

from collections.abc import Callable
from email import message_from_bytes
from email.message import Message
from email.policy import Compat32
from email.utils import collapse_rfc2231_value

from leverans.sources.share.mail.headers import columns, plain
from leverans.sources.share.mail.letters import DEEPEST, Letter, Mail, Part, Unreadable
from leverans.sources.share.mail.tnef import attached

_MAIL = "message/rfc822"
_ENCRYPTED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime", "multipart/encrypted"})
_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_KNOWN = frozenset(
    {"from", "to", "date", "subject", "received", "message-id", "mime-version", "content-type", "return-path"}
)
"""A file that has none of these headers is no mail."""
_FAULTS = (ValueError, LookupError, TypeError, AttributeError, AssertionError)


class _Raw(Compat32):
    """Gives headers as they stand: bytes that are no ASCII stay to be decoded."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        """Give the value."""
        del name
        return value


def take_apart(raw: bytes) -> Letter:
    """Take a mail apart.

    Raises:
        Unreadable: it has no header, or its parts lie too deep in each other.
    """
    try:
        message = message_from_bytes(raw, policy=_Raw())
        if _KNOWN.isdisjoint(name.lower() for name in message):
            raise Unreadable("no header")
        letter = Letter()
        _mail(message, "", None, letter, 0)
    except RecursionError:
        raise Unreadable("too deep") from None
    except _FAULTS as fault:
        raise Unreadable(type(fault).__name__) from fault
    return letter


def _mail(message: Message, place: str, inside: str | None, letter: Letter, depth: int) -> None:
    if depth > DEEPEST:
        raise Unreadable("too deep")
    told = [(name, plain(str(value), letter.damage)) for name, value in message.raw_items()]
    text = "\n".join(f"{name}: {value}" for name, value in told)
    letter.mails.append(Mail(place, inside, columns(told), text))
    _parts(message, place, place, letter, depth)


def _parts(message: Message, place: str, mail: str, letter: Letter, depth: int) -> None:
    """Walk the parts; a mail that is one part has it at ``1``."""
    letter.damage |= {type(defect).__name__ for defect in message.defects}
    if message.is_multipart() and message.get_content_maintype() != "message":
        letter.encrypted += message.get_content_type() in _ENCRYPTED
        for number, part in enumerate(message.get_payload(), start=1):
            below = f"{place}.{number}" if place else str(number)
            if part.is_multipart() and part.get_content_maintype() != "message":
                _parts(part, below, mail, letter, depth)
            else:
                _leaf(part, below, mail, letter, depth)
        return
    _leaf(message, f"{place}.1" if place else "1", mail, letter, depth)


def _leaf(message: Message, place: str, mail: str, letter: Letter, depth: int) -> None:
    letter.damage |= {type(defect).__name__ for defect in message.defects}
    kind = message.get_content_type()
    if kind == _MAIL and message.is_multipart():
        for number, nested in enumerate(message.get_payload()):
            _mail(nested, f"{place}+{number}" if number else place, mail, letter, depth + 1)
        return
    letter.encrypted += kind in _ENCRYPTED
    part = Part(
        place=place,
        mail=mail,
        type=kind,
        content=_content(message, letter.damage),
        name=_name(message, letter.damage),
        charset=_text(message.get_param("charset"), letter.damage),
        disposition=message.get_content_disposition(),
        content_id=_text(message.get("content-id"), letter.damage),
        fault="SRC241" if kind == "message/external-body" else "",
    )
    letter.parts.append(part)
    if kind in _TNEF or (part.name or "").lower() == "winmail.dat":
        attached(part, letter)


def _content(message: Message, damage: set[str]) -> Callable[[], bytes]:
    def give() -> bytes:
        if message.is_multipart():
            return b"\r\n".join(map(_written, message.get_payload()))
        payload = message.get_payload(decode=True)
        damage.update(type(defect).__name__ for defect in message.defects)
        return payload if isinstance(payload, bytes) else b""

    return give


def _written(message: Message) -> bytes:
    """Give a block of headers (of a report of delivery, a link) as it was written."""
    told = "".join(f"{name}: {value}\r\n" for name, value in message.raw_items())
    payload = message.get_payload()
    body = f"\r\n{payload}" if isinstance(payload, str) and payload else ""
    return (told + body).encode("utf-8", "surrogateescape")


def _name(message: Message, damage: set[str]) -> str | None:
    """Give the file name; many programs write it in encoded words where RFC 2231 has its own way."""
    for parameter, header in (("filename", "content-disposition"), ("name", "content-type")):
        found = message.get_param(parameter, None, header)
        if found is not None:
            return _text(found, damage)
    return None


def _text(value: object, damage: set[str]) -> str | None:
    if value is None:
        return None
    if isinstance(value, tuple):
        try:
            return collapse_rfc2231_value(value, "backslashreplace", "cp1252")
        except (ValueError, LookupError, TypeError):
            damage.add("parameter")
            return str(value[2])
    return plain(str(value), damage) or None
