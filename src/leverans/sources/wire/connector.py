"""The connector of the kinds ``soap`` and ``rest``."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial
from types import TracebackType
from typing import BinaryIO, Self, cast
from zoneinfo import ZoneInfo

from lxml import etree

from leverans.clock import Clock
from leverans.contracts import Catalogue, ControlTotals, Finding
from leverans.errors import LeveransError
from leverans.formats.xmlstream import XmlFault
from leverans.sources.binding import binding_problems
from leverans.sources.contract import Batch, Document, SetAside, SourceCheck
from leverans.sources.definition import Definition, DocumentColumn, StreamDefinition
from leverans.sources.soap.cutting import Cut, cut
from leverans.sources.sql.blob import Base64Reader
from leverans.sources.tree.lifting import Embedded, Lifted, Unliftable, lift_json, lift_xml
from leverans.sources.tree.making import Maker
from leverans.sources.wire.again import Again
from leverans.sources.wire.client import Client, Unfit
from leverans.sources.wire.declaring import Ask
from leverans.sources.wire.fetching import Fetcher, Pages, aside, items_of
from leverans.sources.wire.linked import Linked, Links, Page, open_linked, with_documents
from leverans.sources.wire.shape import catalogue_of, document_of, hint_for, refused
from leverans.sources.wire.speech import Speech
from leverans.sources.wire.spool import Once, digest_of
from leverans.sources.wire.windows import Span

_ANSWERS_AT_ONCE = 50
_CLOCKS_APART = timedelta(minutes=5)


class WireConnector:
    """Reads one service (see `leverans.sources.Connector`).

    Args:
        name: name of the source.
        definition: what the connector's file says.
        client: sends; closed by the connector.
        speech: how the service is spoken to.
        clock: tells where the last window ends.
        zone: of times that tell none.
    """

    def __init__(
        self, name: str, definition: Definition, client: Client, speech: Speech, *, clock: Clock, zone: str
    ) -> None:
        self.name = name
        self.definition = definition
        self._client = client
        self._clock = clock
        self._zone = zone
        self._fetcher = Fetcher(name, client, speech, zone)
        self._pages: dict[str, Pages] = {}
        self._values: dict[str, Once] = {}
        self._drifted: dict[str, frozenset[str]] = {}
        self._totals: dict[str, int] = {}

    def check(self) -> SourceCheck:
        """Ask for something harmless of every kind; login, permission, network and version are told apart."""
        declared = catalogue_of(self.name, self.definition)
        problems: list[LeveransError] = list(binding_problems(self.definition, declared))
        reachable = False
        for ask in self._first_asks():
            try:
                values = Span(ask.windows.start, ask.windows.start).values if ask.windows else {}
                self._fetcher.once(ask, values).body.close()
                reachable = True
            except Unfit as fault:
                problems.append(refused(fault, self.name, ask))
            except LeveransError as fault:
                problems.append(fault)
        return SourceCheck(
            source=self.name,
            system=self.definition.system,
            kind=self.definition.kind,
            reachable=reachable,
            version=self.definition.system_version if reachable else "",
            may_write=None,
            known_by="unknown",
            problems=tuple(dict.fromkeys(problems)),
        )

    def discover(self) -> Catalogue:
        """Give the streams with the columns that the connector lifts."""
        catalogue = catalogue_of(self.name, self.definition)
        if binding := binding_problems(self.definition, catalogue):
            raise binding[0]
        return catalogue

    def read(self, stream: str) -> Iterator[Batch]:
        """Read the items in the order in which the service gave them."""
        definition = self.definition.stream(stream)
        ask = self._ask(definition)
        if ask.per is None:
            yield from self._read_pages(definition, ask)
        else:
            yield from self._read_values(definition, ask)

    def documents(self, stream: str) -> Iterator[Document]:
        """List the documents of a document stream in the order of their rows."""
        owner = self._owner(stream)
        for batch in self.read(owner.name):
            yield from (document for document in batch.documents if document.stream == stream)

    def open(self, document: Document) -> BinaryIO:
        """Open the bytes of a document, decoded where the connector says so."""
        if isinstance(document.token, Linked):
            ask = self.definition.asks[document.token.ask]
            return open_linked(partial(self._fetcher.once, ask), document)
        if isinstance(document.token, Cut):
            source, encoding = document.token.open(), document.token.column.encoding
        else:
            held = cast("Embedded", document.token)
            source, encoding = Page(held.text), held.encoding
        return cast("BinaryIO", Base64Reader(source)) if encoding == "base64" else source

    def totals(self, stream: str) -> ControlTotals:
        """Count a stream: by the service where it can, else by a first pass over its answers."""
        for each in self.definition.streams:
            if each.name == stream:
                return ControlTotals(stream, self._count(each))
            if any(part.stream == stream for part in each.documents):
                return ControlTotals(stream, self._count_documents(each, stream))
        raise KeyError(stream)

    def fingerprint(self) -> str:
        """Give a digest of what the service says was changed since its answers were fetched."""
        told: list[str] = []
        for name in self._pages:
            ask = self.definition.asks[name]
            if fresh := self._fresh(ask, self._reader_of(ask)):
                told += [name, *(f"{key} {digest}" for key, digest in sorted(fresh.items()))]
        return digest_of(told)

    def statements(self) -> tuple[str, ...]:
        """Give every different request sent so far, without values."""
        return self._client.statements()

    def close(self) -> None:
        """Let connections and kept answers go; the next read asks anew."""
        self._client.close()
        for pages in self._pages.values():
            pages.spool.close()
        for values in self._values.values():
            values.close()
        self._pages, self._values, self._drifted, self._totals = {}, {}, {}, {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, stream: StreamDefinition) -> Ask:
        return self.definition.asks[stream.ask]

    def _owner(self, documents: str) -> StreamDefinition:
        return next(
            each
            for each in self.definition.streams
            if any(part.stream == documents for part in each.documents)
        )

    def _first_asks(self) -> list[Ask]:
        """Every ask that needs no value."""
        names = dict.fromkeys(stream.ask for stream in self.definition.streams)
        return [ask for ask in (self.definition.asks[name] for name in names) if ask.per is None]

    def _reader_of(self, ask: Ask) -> StreamDefinition:
        """The stream whose items are an ask's items: the first with a root key of its own, else the first."""
        readers = [stream for stream in self.definition.streams if stream.ask == ask.name]
        return next((stream for stream in readers if stream.root is not None and stream.root.by), readers[0])

    def _kept(self, ask: Ask) -> Pages:
        if ask.name not in self._pages:
            now = self._clock.now().astimezone(ZoneInfo(self._zone)).replace(tzinfo=None, microsecond=0)
            count = self.definition.asks.get(ask.count)
            shape = self._reader_of(ask)
            self._pages[ask.name] = self._fetcher.fetch(ask, shape, now, count)
            self._drifted[ask.name] = self._drift(ask, shape)
        return self._pages[ask.name]

    def _drift(self, ask: Ask, shape: StreamDefinition) -> frozenset[str]:
        """Give the root keys whose items were changed while they were fetched."""
        fresh = self._fresh(ask, shape)
        there: set[str] = set()
        if not fresh:
            return frozenset()
        for number in range(len(self._pages[ask.name].spool)):
            for text, around in items_of(ask, shape, self._pages[ask.name].spool.open(number)):
                key = self._root_key(ask, shape, text, around)
                if key in fresh:
                    there.add(key)
                    if fresh[key] == digest_of([text]):
                        del fresh[key]
        return frozenset(there & fresh.keys())

    def _fresh(self, ask: Ask, shape: StreamDefinition) -> dict[str, str]:
        """Give root key and digest of every item that the service says was changed since."""
        if shape.root is None or not shape.root.by or not (ask.again or ask.windows):
            return {}
        until = self._pages[ask.name].until
        now = self._clock.now().astimezone(ZoneInfo(self._zone)).replace(tzinfo=None, microsecond=0)
        since = until if ask.windows is not None else until - _CLOCKS_APART
        if ask.windows is not None and now <= until:
            now = until + timedelta(seconds=1)
        fresh: dict[str, str] = {}
        try:
            for text, around in self._fetcher.changed(ask, shape, since, now):
                if key := self._root_key(ask, shape, text, around):
                    fresh[key] = digest_of([text])
        except Unfit as fault:
            raise refused(fault, self.name, ask) from None
        return fresh

    def _root_key(
        self, ask: Ask, shape: StreamDefinition, text: str, around: Mapping[str, str | None]
    ) -> str | None:
        try:
            lifted = self._lift(ask, shape, text, around, 0)
        except (Unliftable, etree.XMLSyntaxError):
            return None
        return hint_for(shape, lifted.values)

    def _read_pages(self, definition: StreamDefinition, ask: Ask) -> Iterator[Batch]:
        pages = self._kept(ask)
        maker = Maker(definition)
        links = Links(definition)
        again = Again(definition, ask)
        position = 0
        if definition is self._reader_of(ask):
            for finding in pages.findings:
                maker.note(finding)
        for number in range(len(pages.spool)):
            again.turn()
            for place, (text, around) in enumerate(items_of(ask, definition, pages.spool.open(number)), 1):
                if again.take(text, around, partial(self._lift, ask, definition, text, around, 0)):
                    continue
                position += 1
                self._take(maker, links, ask, definition, (text, around), (number + 1, place, position))
                if maker.full:
                    yield links.added(maker.batch())
        for row in pages.broken:
            maker.refuse(row)
        for finding in again.findings(f"{self.name}.{definition.name}"):
            maker.note(finding)
        if maker.waiting:
            yield links.added(maker.batch())

    def _take(  # noqa: PLR0917  # one item, where it goes and where it comes from
        self,
        maker: Maker,
        links: Links,
        ask: Ask,
        definition: StreamDefinition,
        item: tuple[str, Mapping[str, str | None]],
        place: tuple[int, int, int],
    ) -> None:
        file, within, position = place
        drifted = self._drifted.get(ask.name, frozenset())
        if drifted:
            key = self._root_key(ask, definition, *item)
            if key in drifted:
                maker.refuse(SetAside(f"#{position}", position, "SRC182", "", (), key))
                return
        lift = partial(self._lift, ask, definition, item[0], item[1], position)
        if maker.take(lift, file, within, position):
            links.take(item[0])

    def _lift(
        self,
        ask: Ask,
        definition: StreamDefinition,
        text: str,
        around: Mapping[str, str | None],
        number: int,
    ) -> Lifted:
        if ask.format == "xml":
            return lift_xml(text, definition, number, around)
        return lift_json(text, definition)

    def _read_values(self, definition: StreamDefinition, ask: Ask) -> Iterator[Batch]:
        """Ask for each value; an answer that cannot be used costs its own row."""
        maker = Maker(definition)
        cuts: list[Document] = []
        rows = 0
        slim = StreamDefinition(definition.name, each=definition.each, columns=definition.columns)
        for position, value in enumerate(self._asked(ask), start=1):
            try:
                made = self._one(ask, slim, definition.documents, value, position)
            except Unfit as fault:
                if fault.passing:
                    self._probe()
                maker.refuse(aside(ask, position, fault))
                continue
            finally:
                self._client.passed(1)
            text, around, documents = made
            if maker.take(partial(self._lift, ask, slim, text, around, position), position, 1, position):
                cuts += [document_of(one, ref, text, position, rows) for ref, one in documents]
                rows += 1
                if definition.documents and not documents:
                    maker.note(Finding.of("SRC187", f"{self.name}.{definition.name}[{position}]"))
            if maker.full or rows >= _ANSWERS_AT_ONCE:
                yield with_documents(maker.batch(), cuts)
                cuts, rows = [], 0
        if maker.waiting:
            yield with_documents(maker.batch(), cuts)

    def _one(
        self,
        ask: Ask,
        slim: StreamDefinition,
        columns: tuple[DocumentColumn, ...],
        value: str,
        position: int,
    ) -> tuple[str, Mapping[str, str | None], list[tuple[str, Cut]]]:
        answer = self._fetcher.once(ask, {"value": value})
        documents: list[tuple[str, Cut]] = []
        body: BinaryIO = answer.body
        try:
            if columns and ask.format == "xml":
                raw, documents = cut(answer.body, columns, position)
                body = Page(raw)
            found = list(items_of(ask, slim, body))
        except XmlFault as fault:
            raise Unfit("SRC179", passing=False, operation=ask.name, reason=fault.code) from None
        finally:
            answer.body.close()
        if len(found) != 1:
            raise Unfit("SRC179", passing=False, operation=ask.name, reason=f"{len(found)} × {slim.each}")
        return (*found[0], documents)

    def _probe(self) -> None:
        """Look whether the service answers at all.

        Raises:
            Outage: it does not.
        """
        for ask in self._first_asks()[:1]:
            self._fetcher.probe(ask, Unfit("SRC177", passing=True))

    def _asked(self, ask: Ask) -> Once:
        """Give the values that are asked for, each once, in the order of their rows."""
        if ask.name not in self._values:
            assert ask.per is not None  # noqa: S101  # the caller looked
            stream, column = ask.per
            values = Once()
            owner = self.definition.stream(stream)
            for batch in self._read_pages(owner, self._ask(owner)):
                for value in batch.rows[column].to_pylist():
                    if value:
                        values.add(value)
            self._values[ask.name] = values
        return self._values[ask.name]

    def _count(self, stream: StreamDefinition) -> int:
        ask = self._ask(stream)
        if ask.per is not None:
            return len(self._asked(ask))
        pages = self._kept(ask)
        counting = self.definition.asks.get(ask.count)
        if counting is not None and stream is self._reader_of(ask):
            span = Span(ask.windows.start, pages.until).values if ask.windows is not None else {}
            try:
                return self._fetcher.number(counting, span)
            except Unfit as fault:
                raise refused(fault, self.name, counting) from None
        if stream.name not in self._totals:
            rows = sum(batch.rows.num_rows + len(batch.set_aside) for batch in self._read_pages(stream, ask))
            self._totals[stream.name] = rows
        return self._totals[stream.name]

    def _count_documents(self, owner: StreamDefinition, name: str) -> int:
        ask = self._ask(owner)
        if ask.per is not None:
            return len(self._asked(ask))
        if name not in self._totals:
            self._totals[name] = sum(
                1
                for batch in self._read_pages(owner, ask)
                for document in batch.documents
                if document.stream == name
            )
        return self._totals[name]
