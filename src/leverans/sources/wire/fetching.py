"""All answers of one ask: page by page, window by window, kept until the source is closed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import BinaryIO
from zoneinfo import ZoneInfo

from leverans.contracts import Finding
from leverans.errors import IntegrityError, Outage
from leverans.sources.contract import SetAside
from leverans.sources.definition import StreamDefinition
from leverans.sources.tree.items import Unreadable, json_items, xml_items_around
from leverans.sources.wire.client import Answer, Client, Request, Unfit
from leverans.sources.wire.declaring import Ask
from leverans.sources.wire.speech import Speech
from leverans.sources.wire.spool import Once, Spool, digest_of
from leverans.sources.wire.windows import Reached, Span, Steps, read_time, walk

Items = Iterator[tuple[str, dict[str, str | None]]]
_REPLACED = (b"\xef\xbf\xbd", b"\\ufffd", b"\\uFFFD")


@dataclass(slots=True)
class Pages:
    """The answers of one ask.

    Attributes:
        spool: the answers.
        until: the end of the last window.
        findings: what was seen on the way.
        broken: windows that cannot be read.
    """

    spool: Spool
    until: datetime
    findings: list[Finding] = field(default_factory=list)
    broken: list[SetAside] = field(default_factory=list)


class Fetcher:
    """Fetches pages.

    Args:
        name: name of the source.
        client: sends.
        speech: how the service is spoken to.
        zone: of times that tell none.
    """

    def __init__(self, name: str, client: Client, speech: Speech, zone: str) -> None:
        self._name = name
        self._client = client
        self._speech = speech
        self._zone = zone

    def once(self, ask: Ask, values: dict[str, str]) -> Answer:
        """Ask once.

        Raises:
            Unfit: the answer is not what was asked for.
            LeveransError: the source as a whole.
        """
        return self._client.ask(self._speech.request(ask, values), self._speech.judge(ask))

    def number(self, ask: Ask, values: dict[str, str]) -> int:
        """Ask how many there are.

        Raises:
            Unfit: that is no number.
        """
        answer = self.once(ask, values)
        told = self._speech.text(ask, answer.body, ask.value)
        answer.body.close()
        if not (told.isascii() and told.strip().isdigit()):
            raise Unfit("SRC179", passing=False, operation=ask.name, reason="number")
        return int(told)

    def fetch(self, ask: Ask, stream: StreamDefinition, until: datetime, count: Ask | None) -> Pages:
        """Fetch all answers of an ask up to a time."""
        pages = Pages(Spool(), until)
        try:
            if ask.windows is not None:
                self._windows(ask, stream, pages, count)
            else:
                for answer, items in self._pages(ask, stream):
                    self._keep(ask, answer, pages, items)
        except Unfit as fault:
            pages.spool.close()
            raise IntegrityError("SRC185", self._name, operation=ask.name, reason=_reason(fault)) from None
        except BaseException:
            pages.spool.close()
            raise
        return pages

    def changed(self, ask: Ask, stream: StreamDefinition, since: datetime, until: datetime) -> Items:
        """Give the items that the service says were changed after a time."""
        if ask.windows is not None:
            answers: Iterator[Answer] = iter([self.once(ask, Span(since, until).values)])
        else:
            more = ((ask.again, since.replace(tzinfo=ZoneInfo(self._zone)).isoformat()),)
            answers = (answer for answer, _ in self._pages(ask, stream, more))
        for answer in answers:
            try:
                yield from items_of(ask, stream, answer.body)
            finally:
                answer.body.close()

    def _windows(self, ask: Ask, stream: StreamDefinition, pages: Pages, count: Ask | None) -> None:
        windows = ask.windows
        assert windows is not None  # noqa: S101  # the caller looked
        before: list[str] = []
        waiting: list[tuple[Answer, list[str]]] = []
        steps = Steps(0, [])
        repeated = Once()

        def attempt(span: Span) -> Reached:
            answer = self._probed(ask, span.values)
            found = [digest_of([text]) for text, _ in items_of(ask, stream, answer.body)]
            answer.body.seek(0)
            told = self._speech.text(ask, answer.body, windows.end) if windows.end else ""
            waiting[:] = [(answer, found)]
            return Reached(len(found), read_time(told, self._zone), told.strip())

        def keep() -> None:
            answer, found = waiting.pop()
            for one in set(found) & set(before):
                repeated.add(one)
            before[:] = found
            self._keep(ask, answer, pages, len(found))

        def whole(span: Span, items: int) -> bool:
            return count is not None and self.number(count, span.values) == items

        for _ in walk(windows, pages.until, attempt, keep, whole, steps):
            pass
        where = f"{self._name}.{ask.name}"
        if steps.odd:
            pages.findings.append(Finding.of("SRC183", where, count=steps.odd))
        if len(repeated):
            pages.findings.append(Finding.of("SRC184", where, count=len(repeated)))
        repeated.close()
        for number, (_, fault) in enumerate(steps.broken, start=1):
            pages.broken.append(aside(ask, number, fault))

    def _probed(self, ask: Ask, values: dict[str, str]) -> Answer:
        """Ask; where the answer is unfit look whether the service answers anything at all.

        Raises:
            Unfit: only this answer is.
            Outage: SRC172, the service answers nothing.
        """
        try:
            return self.once(ask, values)
        except Unfit as fault:
            if fault.passing:
                self.probe(ask, fault)
            raise

    def probe(self, ask: Ask, fault: Unfit) -> None:
        """Ask for something harmless: the first second of the first window, or the first page.

        Raises:
            Outage: SRC172, that fails, too.
        """
        values = {}
        if ask.windows is not None:
            values = Span(ask.windows.start, ask.windows.start).values
        try:
            self.once(ask, values).body.close()
        except Unfit:
            raise Outage("SRC172", self._name, operation=ask.name, reason=_reason(fault)) from None

    def _pages(
        self, ask: Ask, stream: StreamDefinition, more: tuple[tuple[str, str], ...] = ()
    ) -> Iterator[tuple[Answer, int]]:
        """Give each page and how many items it has, until the service says that there are no more.

        Raises:
            IntegrityError: SRC193, SRC185 items or an address come a second time: it would never end.
        """
        paging = ask.paging
        seen, pages = Once(), Once()
        at: str | int = paging.first
        url = ""
        first = True
        for number in count(1):
            made = self._speech.request(ask, {})
            query = made.query + (more if first or paging.style != "cursor" else ())  # a token stands alone
            if paging.style in {"page", "offset"} or (paging.style == "cursor" and not first):
                query += ((paging.parameter, str(at)),)
            request = Request(made.operation, url or made.path, () if url else query, made.body, made.headers)
            try:
                answer = self._client.ask(request, self._speech.judge(ask))
            except Unfit as fault:
                if fault.passing and not first:
                    self.probe(ask, fault)
                raise
            items, digest = self._looked(ask, stream, answer.body)
            if items and paging.style != "none" and not pages.add(digest):
                raise IntegrityError("SRC193", self._name, operation=ask.name, page=number)
            following = self._following(ask, answer, at, items)
            yield answer, items
            if following is None:
                return
            if not seen.add(str(following)):
                raise IntegrityError("SRC185", self._name, operation=ask.name, reason="page twice")
            url, at, first = (str(following), at, False) if paging.style == "link" else ("", following, False)

    def _following(self, ask: Ask, answer: Answer, at: str | int, items: int) -> str | int | None:
        """Give the next page, None after the last one.

        Raises:
            Unfit: what should tell it is neither text nor number.
        """
        style = ask.paging.style
        if style == "link":
            return answer.link or None
        if style == "cursor":
            return self._speech.text(ask, answer.body, ask.paging.next) or None
        if style in {"page", "offset"}:
            return int(at) + (1 if style == "page" else items) if items else None
        return None

    def _looked(self, ask: Ask, stream: StreamDefinition, body: BinaryIO) -> tuple[int, str]:
        """Count the items of a page; give a digest of them, too."""
        items = 0

        def texts() -> Iterator[str]:
            nonlocal items
            for text, around in items_of(ask, stream, body):
                items += 1
                yield text
                yield from map(str, around.values())

        digest = digest_of(texts())
        body.seek(0)
        return items, digest

    def _keep(self, ask: Ask, answer: Answer, pages: Pages, items: int) -> None:
        where = f"{self._name}.{ask.name}[{len(pages.spool) + 1}]"
        if answer.lied:
            pages.findings.append(Finding.of("SRC180", where, encoding=answer.lied))
        answer.body.seek(0)
        lost = replaced_in(answer.body)
        if lost:
            pages.findings.append(Finding.of("SRC181", where, count=lost))
        answer.body.seek(0)
        pages.spool.add(answer.body)
        answer.body.close()
        self._client.passed(max(1, items))


def items_of(ask: Ask, stream: StreamDefinition, body: BinaryIO) -> Items:
    """Cut an answer into its items.

    Raises:
        Unfit: SRC179, it cannot be cut, or has not the place where items stand.
    """
    each = tuple(step for step in stream.each.split("/") if step and step != ".")
    found = False
    try:
        if ask.format == "xml":
            yield from xml_items_around(body, each, stream.columns)
            return
        for text in json_items(body, each, "utf-8"):
            found = True
            yield text, {}
    except Unreadable as fault:
        raise Unfit("SRC179", passing=False, operation=ask.name, reason=fault.reason) from None
    if not found and not _has(body, each):
        raise Unfit("SRC179", passing=False, operation=ask.name, reason=f"no {stream.each}")


def _has(body: BinaryIO, each: tuple[str, ...]) -> bool:
    body.seek(0)
    value = json.loads(body.read())
    for key in each:
        if not isinstance(value, dict) or key not in value:
            return False
        value = value[key]
    return isinstance(value, list | dict)


def aside(ask: Ask, number: int, fault: Unfit) -> SetAside:
    """Give the row that stands for an answer that cannot be used."""
    told = (("operation", ask.name), ("reason", _reason(fault)))
    return SetAside(f"#{number}", number, "SRC186", _reason(fault), told)


def replaced_in(body: BinaryIO) -> int:
    """Count the signs U+FFFD: text that was destroyed before it came here."""
    found, tail = 0, b""
    while chunk := body.read(1 << 20):
        held = tail + chunk
        found += sum(held.count(sign) for sign in _REPLACED)
        tail = held[-5:]
        found -= sum(tail.count(sign) for sign in _REPLACED)
    return found + sum(tail.count(sign) for sign in _REPLACED)


def _reason(fault: Unfit) -> str:
    told = fault.parameters.get("reason", fault.parameters.get("status", ""))
    return f"{fault.code} {told}".strip()
