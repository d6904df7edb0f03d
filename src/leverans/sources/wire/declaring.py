"""What `asks` of a `connector.yaml` says: which requests a service answers, how pages follow each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leverans.formats.yamltext import KeyPath
from leverans.sources.reader import Reader

WIRE = ("soap", "rest")
"""The kinds that ask over HTTP."""

_PLACES = ("none", "page", "offset", "cursor", "link")


@dataclass(frozen=True, slots=True)
class Paging:
    """How the next page is asked for.

    Attributes:
        style: ``none``, ``page``, ``offset``, ``cursor`` (a token in the answer) or ``link`` (RFC 8288).
        parameter: the query parameter that tells page, offset or token.
        next: path of the token in the answer (style ``cursor``).
        first: number of the first page or offset.
    """

    style: str = "none"
    parameter: str = ""
    next: str = ""
    first: int = 0


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows of time, exclusive below and inclusive above; ``{from}`` and ``{to}`` stand in the request.

    Attributes:
        start: where the first one begins, as the service writes times, without zone.
        days: the length of one.
        end: name of the element that tells how far the answer reached, or an empty text.
    """

    start: datetime
    days: int
    end: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request that the service answers.

    Attributes:
        name: what the connector calls it.
        path: below the location; may hold ``{value}``.
        query: parameters; values may hold ``{value}``, ``{from}`` and ``{to}``.
        action: SOAP action.
        body: what stands in the SOAP body; may hold the same.
        result: local name of the element that a right SOAP answer holds.
        format: ``xml`` or ``json``, or ``bytes`` for documents.
        encoding: of answers that neither are UTF-8 nor declare anything, or an empty text.
        paging: how pages follow each other.
        windows: windows of time, if it has any.
        count: name of the ask that counts, or an empty text.
        value: path of the number in the answer of a counting ask.
        per: stream and column whose values are asked for one by one, or None.
        again: the query parameter that asks for what was changed after a time, or an empty text.
    """

    name: str
    path: str = ""
    query: tuple[tuple[str, str], ...] = ()
    action: str = ""
    body: str = ""
    result: str = ""
    format: str = "xml"
    encoding: str = ""
    paging: Paging = Paging()
    windows: Windows | None = None
    count: str = ""
    value: str = ""
    per: tuple[str, str] | None = None
    again: str = ""


_COMMON = {"windows", "count", "value", "per"}
_SOAP = _COMMON | {"action", "body", "result"}
_REST = _COMMON | {"path", "query", "format", "encoding", "paging", "again"}


def read_asks(reader: Reader, kind: str, value: Any) -> Mapping[str, Ask]:
    """Read `asks`; faults are noted with `reader`."""
    if kind not in WIRE:
        if value is not None:
            reader.fault("SRC002", ("asks",), key="asks")
        return {}
    if not isinstance(value, dict) or not value:
        reader.fault("SRC004", ("asks",), wanted="{name: {…}}")
        return {}
    asks = {str(name): _ask(reader, kind, str(name), told) for name, told in value.items()}
    for ask in asks.values():
        if ask.count and ask.count not in asks:
            reader.fault("SRC004", ("asks", ask.name, "count"), wanted=", ".join(sorted(asks)))
    return asks


def _ask(reader: Reader, kind: str, name: str, value: Any) -> Ask:
    path: KeyPath = ("asks", name)
    soap = kind == "soap"
    required = {"action", "body", "result"} if soap else {"path"}
    told = reader.mapping(value, path, required, (_SOAP if soap else _REST) - required)

    def text(key: str) -> str:
        return reader.text(told.get(key, ""), (*path, key), empty=True)

    return Ask(
        name=name,
        path=text("path"),
        query=reader.pairs(told["query"], (*path, "query")) if "query" in told else (),
        action=text("action"),
        body=text("body"),
        result=text("result"),
        format="xml" if soap else reader.choice(told.get("format", "json"), (*path, "format"), _FORMATS),
        encoding=text("encoding"),
        paging=_paging(reader, told.get("paging", {}), (*path, "paging")),
        windows=_windows(reader, told["windows"], (*path, "windows")) if "windows" in told else None,
        count=text("count"),
        value=text("value"),
        per=_per(reader, told["per"], (*path, "per")) if "per" in told else None,
        again=text("again"),
    )


_NEVER = datetime(1, 1, 1)  # noqa: DTZ001  # services tell times by their own clock, without zone
_FORMATS = ("json", "xml", "bytes")


def _paging(reader: Reader, value: Any, path: KeyPath) -> Paging:
    told = reader.mapping(value, path, {"style"} if value else set(), {"parameter", "next", "first"})
    style = reader.choice(told.get("style", "none"), (*path, "style"), _PLACES)
    needed = {"cursor": ("parameter", "next"), "page": ("parameter",), "offset": ("parameter",)}
    for key in needed.get(style, ()):
        if key not in told:
            reader.fault("SRC003", path, key=key)
    return Paging(
        style=style,
        parameter=reader.text(told.get("parameter", ""), (*path, "parameter"), empty=True),
        next=reader.text(told.get("next", ""), (*path, "next"), empty=True),
        first=_number(reader, told.get("first", 1 if style == "page" else 0), (*path, "first"), 0),
    )


def _windows(reader: Reader, value: Any, path: KeyPath) -> Windows:
    told = reader.mapping(value, path, {"from", "days"}, {"end"})
    start = _NEVER
    try:
        start = datetime.fromisoformat(str(told.get("from", "")))
    except ValueError:
        reader.fault("SRC004", (*path, "from"), wanted="2001-01-01T00:00:00")
    if start.tzinfo is not None:
        reader.fault("SRC004", (*path, "from"), wanted="2001-01-01T00:00:00")
    return Windows(
        start=start.replace(tzinfo=None),
        days=_number(reader, told.get("days", 1), (*path, "days"), 1),
        end=reader.text(told.get("end", ""), (*path, "end"), empty=True),
    )


def _number(reader: Reader, value: Any, path: KeyPath, least: int) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= 1_000_000:
        return value
    reader.fault("SRC004", path, wanted=f"{least} … 1 000 000")
    return least


def _per(reader: Reader, value: Any, path: KeyPath) -> tuple[str, str]:
    stream, _, column = reader.text(value, path).partition(".")
    if not column:
        reader.fault("SRC004", path, wanted="stream.column")
    return stream, column
