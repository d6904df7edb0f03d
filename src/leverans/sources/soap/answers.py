"""What a SOAP answer is: the right one, a fault of the service, or something else altogether."""

import re
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.sax.saxutils import escape

from leverans.errors import AccessDenied, ConfigurationError
from leverans.formats.xmlstream import Scanner, XmlFault, scan
from leverans.sources.wire.address import Address
from leverans.sources.wire.client import Answer, Judge, Request, Unfit
from leverans.sources.wire.declaring import Ask

_ENVELOPES = {
    "1.1": "http://schemas.xmlsoap.org/soap/envelope/",
    "1.2": "http://www.w3.org/2003/05/soap-envelope",
}
_SECURITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_PLAIN = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText"
_LOGIN = ("failedauthentication", "invalidsecurity", "securitytoken", "unauthorized")
_DENIED = ("accessdenied", "forbidden", "badcontexttoken")
_UNKNOWN = ("actionnotsupported", "versionmismatch", "mustunderstand", "destinationunreachable")
_SENDER = ("client", "sender", "deserializationfailed")
_HEAD = 2048
_LONGEST_TEXT = 1 << 16


def request(ask: Ask, values: dict[str, str], address: Address, version: str) -> Request:
    """Put an ask into its envelope."""
    header = ""
    if address.auth == "wss":
        user, password = escape(address.user), escape(address.secret)
        header = (
            f'<s:Header><o:Security s:mustUnderstand="1" xmlns:o="{_SECURITY}"><o:UsernameToken>'
            f'<o:Username>{user}</o:Username><o:Password Type="{_PLAIN}">{password}</o:Password>'
            "</o:UsernameToken></o:Security></s:Header>"
        )
    body = ask.body
    for name, value in values.items():
        body = body.replace("{" + name + "}", escape(value))
    text = (
        f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{_ENVELOPES[version]}">{header}'
        f"<s:Body>{body}</s:Body></s:Envelope>"
    )
    kinds = {
        "1.1": {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{ask.action}"'},
        "1.2": {"Content-Type": f'application/soap+xml; charset=utf-8; action="{ask.action}"'},
    }
    return Request(operation=ask.name, body=text.encode(), headers=kinds[version])


def judge(ask: Ask, where: str) -> Judge:
    """Give what tells a right answer of `ask` from any other."""

    def look(answer: Answer) -> None:
        _page(answer, ask.name)
        try:
            seen = look_into(answer.body, {ask.result})
        except XmlFault as fault:
            told = f"{fault.code}, line {fault.line}"
            raise Unfit("SRC179", passing=True, operation=ask.name, reason=told) from None
        finally:
            answer.body.seek(0)
        if seen.fault is not None:
            _fault(seen.fault, ask.name, where)
        if answer.status < 400 and (not seen.soap or ask.result not in seen.names):
            raise Unfit("SRC179", passing=False, operation=ask.name, reason=f"no {ask.result}")

    return look


@dataclass(slots=True)
class Seen:
    """What stands in an answer.

    Attributes:
        soap: it is an envelope.
        fault: code of its fault, or None.
        names: which of the wanted elements are there.
        texts: the text of the first of each.
    """

    soap: bool = False
    fault: str | None = None
    names: set[str] = field(default_factory=set)
    texts: dict[str, str] = field(default_factory=dict)


def look_into(body: BinaryIO, wanted: set[str]) -> Seen:  # noqa: C901  # one scanner with its three handlers
    """Read an answer once and note what is wanted.

    Args:
        body: the answer.
        wanted: local names.

    Raises:
        XmlFault: it is no well-formed document, or beyond limits.
    """
    seen = Seen()
    path: list[str] = []
    held: list[str] = []

    def start(name: str, _attributes: dict[str, str]) -> None:
        path.append(name.rpartition(" ")[2])
        scanner.guard(len(path))
        held.clear()
        if len(path) == 1:
            seen.soap = path == ["Envelope"]
        if path == ["Envelope", "Body", "Fault"]:
            seen.fault = ""
        if path[-1] in wanted:
            seen.names.add(path[-1])

    def end(_name: str) -> None:
        text = "".join(held).strip()
        if path[-1] in wanted:
            seen.texts.setdefault(path[-1], text)
        if seen.fault is not None and path[3:] in (
            ["faultcode"],
            ["Code", "Value"],
            ["Code", "Subcode", "Value"],
        ):
            seen.fault += f" {text}"
        held.clear()
        path.pop()

    def data(text: str) -> None:
        if path[-1] in wanted or seen.fault is not None:
            held.append(text[:_LONGEST_TEXT])
            del held[16:]

    scanner = Scanner(start, end, data)
    for _ in scan(body, scanner):
        pass
    return seen


def _page(answer: Answer, operation: str) -> None:
    """Tell a page for people from an answer for programs."""
    if answer.status in {404, 405, 410}:
        raise Unfit("SRC174", passing=False, operation=operation, status=answer.status)
    if is_html(answer):
        raise Unfit("SRC177", passing=True, operation=operation, status=answer.status)


def is_html(answer: Answer) -> bool:
    """Say whether an answer is a page of HTML, whatever it calls itself."""
    head = answer.body.read(_HEAD).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    answer.body.seek(0)
    return answer.kind in {"text/html", "application/xhtml+xml"} or head.startswith(
        (b"<!doctype html", b"<html")
    )


def _fault(code: str, operation: str, where: str) -> None:
    told = re.sub(r"[^A-Za-z0-9.:_ -]", "", code).strip()[:80]
    plain = told.lower()
    if any(word in plain for word in _LOGIN):
        raise AccessDenied("SRC170", where, account=operation)
    if any(word in plain for word in _DENIED):
        raise AccessDenied("SRC171", where, operation=operation)
    if any(word in plain for word in _UNKNOWN):
        raise ConfigurationError("SRC174", where, (), operation=operation, status=told)
    raise Unfit(
        "SRC176", passing=not any(word in plain for word in _SENDER), operation=operation, reason=told
    )
