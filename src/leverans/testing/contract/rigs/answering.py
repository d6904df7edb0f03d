"""What a service answers, made from the asks and streams of a connector's definition."""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from lxml import etree

from leverans.sources.definition import Definition, DocumentColumn, StreamDefinition
from leverans.sources.tree.around import is_around
from leverans.sources.wire.declaring import Ask
from leverans.testing.contract.rigs.serving import Asked, Told

_APART = timedelta(minutes=10)
_HELD = "@@innehåll@@"
_XML, _JSON, _BYTES = "text/xml; charset=utf-8", "application/json", "application/octet-stream"


@dataclass(frozen=True, slots=True)
class File:
    """A document of a service: its name and bytes, all pieces but the last a multiple of three long."""

    name: str
    pieces: Sequence[bytes] = field(repr=False)

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return sum(map(len, self.pieces))


@dataclass(slots=True)
class World:
    """Everything that a service holds.

    Attributes:
        rows: of each ask that needs no value, the values by stream and column that its items have.
        files: documents by the value or address that they are asked for by.
        changed: items of each ask that were changed after everything was asked for.
        page: items on a page at most.
        asked: the latest time that a window reached to.
    """

    rows: dict[str, list[dict[str, dict[str, str | None]]]]
    files: dict[str, File]
    changed: dict[str, list[dict[str, dict[str, str | None]]]] = field(default_factory=dict)
    page: int = 2
    asked: datetime = datetime.min  # noqa: DTZ901  # services tell times by their own clock, without zone


class Answers:
    """Answers requests as the connector's definition says that they are answered.

    Args:
        definition: of the connector.
        world: what the service holds.
    """

    def __init__(self, definition: Definition, world: World) -> None:
        self._definition = definition
        self._world = world
        self._asks = sorted(definition.asks.values(), key=lambda ask: ask.path == "{value}")

    def named(self, asked: Asked) -> tuple[Ask, dict[str, str]] | None:
        """Tell which ask a request is, and its values."""
        for ask in self._asks:
            if self._definition.kind == "soap":
                found = re.search(f"<s:Body>{_pattern(ask.body)}</s:Body>", asked.body.decode())
            elif any("{" not in text and asked.query.get(name) != text for name, text in ask.query):
                continue
            else:
                found = re.fullmatch(_pattern(ask.path), asked.path)
            if found is not None:
                return ask, {name.removesuffix("_"): text for name, text in found.groupdict().items()}
        return None

    def answer(self, ask: Ask, values: Mapping[str, str], query: Mapping[str, str]) -> Told:
        """Answer an ask."""
        counted = next((one for one in self._definition.asks.values() if one.count == ask.name), None)
        if counted is not None:
            number = str(len(self._within(counted, values)[0]))
            return self._told(ask, _set({}, ask.value, number), etree.Element("x"), number)
        streams = [one for one in self._definition.streams if one.ask == ask.name]
        if not streams:
            file = self._world.files.get(values.get("value", ""))
            return Told(200, _BYTES, file.pieces, file.size) if file else Told.of(b"", _BYTES, 404)
        if ask.per is not None:
            value = values["value"]
            one = {stream.name: {name: value for name, _ in stream.columns} for stream in streams}
            return self._page(ask, streams, [one], self._world.files.get(value))
        if ask.again and ask.again in query:
            return self._page(ask, streams, self._world.changed.get(ask.name, []))
        if ask.windows is not None:
            rows, upper = self._within(ask, values)
            told = rows[: self._world.page]
            end = told[-1][0] if len(rows) > len(told) else datetime.fromisoformat(values["from"])
            end = upper if not ask.count and len(rows) == len(told) else end
            return self._page(ask, streams, [row for _, row in told], end=end.isoformat())
        return self._paged(ask, streams, query)

    def _within(self, ask: Ask, values: Mapping[str, str]) -> tuple[list[tuple[datetime, Any]], datetime]:
        """Give the items of a window with their times, and its end."""
        assert ask.windows is not None  # noqa: S101  # the caller looked
        lower, upper = (datetime.fromisoformat(values[name]) for name in ("from", "to"))
        if ask.name not in self._world.changed:
            self._world.asked = max(self._world.asked, upper)
        rows = [
            (ask.windows.start + _APART * number, row)
            for number, row in enumerate(self._world.rows[ask.name], start=1)
        ]
        later = self._world.asked + timedelta(seconds=1)
        rows += [(later, row) for row in self._world.changed.get(ask.name, [])]
        return [one for one in rows if lower < one[0] <= upper], upper

    def _paged(self, ask: Ask, streams: Sequence[StreamDefinition], query: Mapping[str, str]) -> Told:
        paging, size = ask.paging, self._world.page
        rows = self._world.rows[ask.name]
        if paging.style == "none":
            return self._page(ask, streams, rows)
        at = int(query.get(paging.parameter or "fran") or paging.first)
        at = (at - paging.first) * (size if paging.style == "page" else 1)
        more = at + size < len(rows)
        token = str(at + size) if more else None
        link = f'<{ask.path}?fran={token}>; rel="next"' if more and paging.style == "link" else ""
        return self._page(ask, streams, rows[at : at + size], token=token, link=link)

    def _page(  # what can stand on a page
        self,
        ask: Ask,
        streams: Sequence[StreamDefinition],
        rows: Iterable[Mapping[str, Mapping[str, str | None]]],
        file: File | None = None,
        *,
        end: str = "",
        token: str | None = None,
        link: str = "",
    ) -> Told:
        main, *inner = streams
        if ask.format == "json":
            items = [self._json_item(main, row[main.name]) for row in rows]
            data = _set({}, main.each, items)
            if ask.paging.style == "cursor":
                _set(data, ask.paging.next, token)
            return self._told(ask, data, None, link=link)
        steps = [step for step in main.each.split("/") if step and step != "."]
        if steps[0] != ask.result and (ask.result or len(steps) == 1):
            steps.insert(0, ask.result or "svar")
        made = [_xml_item(main, inner, row, file) for row in rows]
        if len(steps) == 1:
            return self._told(ask, None, made[0], file=file)
        root = etree.Element(steps[0])
        place = root
        for step in steps[1:-1]:
            place = etree.SubElement(place, step)
        place.extend(made)
        if ask.windows is not None and ask.windows.end:
            etree.SubElement(root, ask.windows.end).text = end
        return self._told(ask, None, root, file=file, link=link)

    def _json_item(self, stream: StreamDefinition, values: Mapping[str, str | None]) -> dict[str, Any]:
        item: dict[str, Any] = {}
        for name, path in stream.columns:
            _set(item, path, values[name])
        for part in stream.documents:
            held = [
                _set(_set({}, part.column, key), part.name, file.name)
                for key, file in self._world.files.items()
                if key.split("/")[-1].split("-")[0] == values[stream.columns[0][0]]
            ]
            item = _set(item, part.within, held) if part.within else {**item, **(held[0] if held else {})}
        return item

    def _told(  # one way for every form
        self,
        ask: Ask,
        data: Any,
        root: Any,
        text: str = "",
        *,
        file: File | None = None,
        link: str = "",
    ) -> Told:
        headers = {"Link": link} if link else {}
        if ask.format == "json":
            raw = json.dumps(data, ensure_ascii=not ask.encoding).encode(ask.encoding or "utf-8")
            return Told.of(raw, _JSON, headers=headers)
        if text:
            root = etree.Element(ask.result or "svar")
            (etree.SubElement(root, ask.value) if ask.value else root).text = text
        raw = etree.tostring(root, encoding="utf-8")
        if ask.result:
            raw = b"".join(
                (b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><svar>', raw,
                 b"</svar></s:Body></s:Envelope>")
            )  # fmt: skip
        before, held, after = raw.partition(_HELD.encode())
        if not held or file is None:
            return Told.of(raw, _XML, headers=headers)
        size = len(before) + len(after) + -(-file.size // 3) * 4
        return Told(200, _XML, _encoded(before, file, after), size, headers)


def documents_of(definition: Definition) -> tuple[StreamDefinition, DocumentColumn] | None:
    """Give the first stream of a service whose items have documents."""
    return next(((one, one.documents[0]) for one in definition.streams if one.documents), None)


def _encoded(before: bytes, file: File, after: bytes) -> Iterator[bytes]:
    yield before
    for piece in file.pieces:
        yield base64.b64encode(piece)
    yield after


def _pattern(template: str) -> str:
    """Make a pattern of a text with places for values."""
    text = re.escape(template)
    for name in ("value", "from", "to"):
        text = text.replace(re.escape("{" + name + "}"), f"(?P<{name}_>[^<]*)")
    return text


def _set(target: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    *above, last = path.split("/") if path else [""]
    place = target
    for step in above:
        place = place.setdefault(step, {})
    if last:
        place[last] = value
    return target


def _xml_item(
    stream: StreamDefinition,
    inner: Sequence[StreamDefinition],
    values: Mapping[str, Mapping[str, str | None]],
    file: File | None,
) -> Any:
    element = etree.Element(stream.each.split("/")[-1])
    for name, path in stream.columns:
        if not is_around(path):
            _place(element, path, values[stream.name][name])
    for part in stream.documents if file else ():
        within = "/".join(part.within.split("/")[1:])
        _place(element, f"{within}/{part.column}".lstrip("/"), _HELD)
        if part.name and file is not None:
            _place(element, f"{within}/{part.name}".lstrip("/"), file.name)
    for other in inner:
        if other.name in values:
            *above, last = other.each.split("/")
            place = _child(element, above)
            item = etree.SubElement(place, last)
            for name, path in other.columns:
                if not is_around(path):
                    _place(item, path, values[other.name][name])
    return element


def _child(element: Any, steps: Sequence[str]) -> Any:
    for step in steps:
        found = next((one for one in element if one.tag == step), None)
        element = etree.SubElement(element, step) if found is None else found
    return element


def _place(element: Any, path: str, value: str | None) -> None:
    """Put a value at a path; nothing where it is None."""
    if value is None:
        return
    *above, last = path.split("/")
    place = _child(element, above)
    if last.startswith("@"):
        place.set(last[1:], value)
    else:
        _child(place, [last]).text = value
