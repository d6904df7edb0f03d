"""Requests and answers of REST services; JSON in the encoding it really has."""

import io
import json
from typing import Any, BinaryIO
from urllib.parse import quote

from leverans.formats.xmlstream import XmlFault
from leverans.sources.soap.answers import is_html, look_into
from leverans.sources.wire.client import Answer, Judge, Request, Unfit
from leverans.sources.wire.declaring import Ask

_ACCEPT = {"json": "application/json", "xml": "application/xml, text/xml", "bytes": "*/*"}
_UTF8 = {"", "utf-8", "utf8"}


def request(ask: Ask, values: dict[str, str]) -> Request:
    """Put values into an ask; a path that is ``{value}`` alone may be a whole address on the same server."""
    value = values.get("value", "")
    whole = ask.path == "{value}"
    path = value if whole else ask.path.replace("{value}", quote(value, safe=""))
    query = []
    for name, told in ask.query:
        for key, text in values.items():
            told = told.replace("{" + key + "}", text)  # noqa: PLW2901  # one place after the other
        query.append((name, told))
    if whole and "://" not in path and not path.startswith("/"):
        path = f"/{path}"
    return Request(ask.name, path, tuple(query), None, {"Accept": _ACCEPT[ask.format]})


def judge(ask: Ask) -> Judge:
    """Give what tells a right answer of `ask` from any other."""

    def look(answer: Answer) -> None:
        if answer.status >= 400:
            raise Unfit("SRC174", passing=False, operation=ask.name, status=answer.status)
        if ask.format == "bytes":
            return
        if is_html(answer):
            raise Unfit("SRC177", passing=True, operation=ask.name, status=answer.status)
        if ask.format == "xml":
            try:
                look_into(answer.body, set())
            except XmlFault as fault:
                raise Unfit(
                    "SRC179", passing=True, operation=ask.name, reason=f"{fault.code}, line {fault.line}"
                ) from None
            finally:
                answer.body.seek(0)
            return
        converted(answer, ask)

    return look


def converted(answer: Answer, ask: Ask) -> None:
    """Turn a JSON answer into UTF-8; `Answer.lied` gets the encoding that it really had where it lied.

    UTF-8 is believed before any declaration: text in another encoding is hardly ever valid UTF-8.

    Raises:
        Unfit: SRC179 no JSON, or in an encoding that nobody told.
    """
    raw = answer.body.read()
    found, text = _decoded(raw, answer.charset, ask)
    try:
        json.loads(text)
    except (ValueError, RecursionError) as fault:
        reason = f"JSON {getattr(fault, 'pos', '')}".strip()
        raise Unfit("SRC179", passing=True, operation=ask.name, reason=reason) from None
    if found != "utf-8" or raw.startswith(b"\xef\xbb\xbf"):
        answer.body.close()
        answer.body = io.BytesIO(text.encode())
    answer.body.seek(0)
    declared = answer.charset if answer.charset not in _UTF8 else "utf-8"
    answer.lied = found if found != declared and not raw.isascii() else ""


def _decoded(raw: bytes, charset: str, ask: Ask) -> tuple[str, str]:
    for name in ("utf-8-sig", charset, ask.encoding):
        if name in _UTF8:
            continue
        try:
            return ("utf-8" if name == "utf-8-sig" else name), raw.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    raise Unfit("SRC179", passing=False, operation=ask.name, reason="encoding")


def value_at(ask: Ask, body: BinaryIO, path: str) -> str:
    """Give the text or number at a path of a JSON answer as text; empty where nothing or null stands.

    Raises:
        Unfit: SRC179, something else stands there, or on the way there.
    """
    found: Any = json.loads(body.read())
    body.seek(0)
    for key in path.split("/") if path else ():
        if found is None:
            break
        if not isinstance(found, dict):
            raise Unfit("SRC179", passing=False, operation=ask.name, reason=f"{path}: no object")
        found = found.get(key)
    if isinstance(found, bool | dict | list):
        raise Unfit("SRC179", passing=False, operation=ask.name, reason=f"{path}: no text or number")
    return "" if found is None else str(found)
