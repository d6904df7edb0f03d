"""Services: SOAP and REST, answered from the connector's own definition."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from leverans.sources.access import Access, Secret
from leverans.sources.contract import Connector
from leverans.sources.definition import Definition, StreamDefinition
from leverans.sources.tree.around import is_around
from leverans.sources.wire.opening import open_wire
from leverans.testing.contract.declared import Declared
from leverans.testing.contract.rigs.answering import Answers, File, World, documents_of
from leverans.testing.contract.rigs.files import HTML, digest
from leverans.testing.contract.rigs.serving import Asked, Service, Told, nobodys_port
from leverans.testing.contract.rigs.tables import ROWS, big_bytes
from leverans.testing.contract.source import (
    DECIMAL,
    DST,
    LONG,
    MISREAD,
    NAMES,
    NUL,
    ZEROS,
    Planted,
    Source,
    Variant,
)
from leverans.testing.contract.verdicts import NotApplicable

MANY = 3_100
_BELOW = "/tjänst"
_PASSWORD = "hemligt-lösen-7%@:/"  # noqa: S105  # planted: nothing may show it
_VALUES: tuple[tuple[str, str | None], ...] = (
    ("value-nul", NUL),
    ("value-zeros", ZEROS),
    ("value-misread", MISREAD),
    ("value-empty", ""),
    ("value-empty", None),
    ("value-decimal", DECIMAL),
    ("value-dst", DST),
    ("value-long", LONG),
)
_FAULT = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>{}</faultcode>'
    "<faultstring>nej</faultstring></s:Fault></s:Body></s:Envelope>"
)
_REFUSALS: Mapping[str, tuple[int, str]] = {
    "auth": (401, "s:FailedAuthentication"),
    "denied": (403, "s:AccessDenied"),
    "older": (404, "s:ActionNotSupported"),
    "missing": (404, ""),
}


class WireRig:
    """Serves what a connector asks for, on a port of its own."""

    def __init__(self, declared: Declared) -> None:
        self._declared = declared
        self._definition = declared.definition
        self._soap = self._definition.kind == "soap"
        self._held = documents_of(self._definition)
        self._linked = self._held is not None and bool(self._held[1].ask)

    @property
    def engine(self) -> str:
        """The kind."""
        return self._definition.kind

    def make(self, variant: Variant, folder: Path) -> Source:
        """Start a service (see `Rig`)."""
        if variant in {"vanishing", "outside"} and not self._linked:
            raise NotApplicable("a document comes inside the answer that lists it")
        if variant == "big" and (self._held is None or not (self._linked or self._embedded)):
            raise NotApplicable("the connector has no documents")
        world, names = World({}, {}, page=2), dict[str, tuple[str, str]]()
        self._fill(world, variant)
        planted, refused = self._planted(world) if variant == "values" else ((), {})
        if variant == "names" and self._held is not None:
            names = {rule: (f"{name}.txt", "") for rule, name in NAMES.items()}
        known = {file.name: digest(b"".join(file.pieces)) for file in world.files.values()}
        if variant == "outside":
            known = dict(list(known.items())[:1])
        if variant == "many":
            world.page = 1_000
        answers = Answers(self._definition, world)
        service = Service(partial(self._answer, answers, variant), _BELOW)
        host, _, rest = service.address.partition("/")
        if variant == "away":
            service.stop()
            host = f"127.0.0.1:{nobodys_port()}"
        auth = "wss" if self._soap else "basic"
        access = Access({"password": Secret(_PASSWORD + ("-fel" if variant == "auth" else ""))})
        location = f"http://reader@{host}/{rest}?auth={auth}"
        return Source(
            self._declared.connector,
            location,
            folder,
            access,
            planted=planted,
            refused=refused,
            names=names,
            documents=known,
            rows={
                stream.name: sum(stream.name in row for row in rows)
                for name, rows in world.rows.items()
                for stream in self._definition.streams
                if stream.ask == name
            },
            secrets=(_PASSWORD,),
            change=partial(self._change, world, variant),
            stop=service.stop,
            opener=partial(_opened, location, folder),
        )

    @property
    def _embedded(self) -> bool:
        return self._held is not None and self._held[1].encoding == "base64"

    def _fill(self, world: World, variant: Variant) -> None:
        """Give every ask its items, and the documents that they name."""
        number = len(NAMES) if variant == "names" else ROWS
        wanted = {f"{ask.per[0]}.{ask.per[1]}" for ask in self._definition.asks.values() if ask.per}
        for ask in self._definition.asks.values():
            streams = [one for one in self._definition.streams if one.ask == ask.name]
            if not streams or ask.per is not None:
                continue
            long = variant == "many" and streams[0] is self._free
            world.rows[ask.name] = [
                {
                    stream.name: {
                        name: str(n) if variant != "nulls" or f"{stream.name}.{name}" in wanted else None
                        for name, _ in stream.columns
                    }
                    for stream in (streams if n <= number else streams[:1])
                }
                for n in range(1, (MANY if long else number) + 1)
            ]
        if self._held is not None:
            named = [f"{name}.txt" for name in NAMES.values()]
            for n in range(1, number + 1):
                key = f"/fil/{n}" if self._linked else str(n)
                name = named[n - 1] if variant == "names" else f"{n}.pdf"
                world.files[key] = File(name, (f"innehåll {n}".encode(),))
            if variant == "big":
                world.files["/fil/1" if self._linked else "1"] = File("stor.bin", _by_three())
            if variant == "outside":
                outside = f"http://127.0.0.2:{nobodys_port()}/fil/1"
                world.files = {outside: File("hemlig.txt", (b"utanfor",)), **world.files}

    @property
    def _free(self) -> StreamDefinition:
        """A stream whose items may be many: none that is asked for by its values."""
        wanted = {ask.per[0] for ask in self._definition.asks.values() if ask.per}
        plain = [
            one
            for one in self._definition.streams
            if self._definition.asks[one.ask].per is None and one.name not in wanted
        ]
        if not plain:
            raise NotApplicable("every stream is asked for by the values of another")
        return plain[0]

    def _planted(self, world: World) -> tuple[tuple[Planted, ...], dict[str, str]]:
        """Plant values in a column whose values nothing is asked for by."""
        stream, column, path = self._column()
        ask = self._definition.asks[stream.ask]
        refused: dict[str, str] = {}
        if ask.format == "xml":
            refused["value-nul"] = "XML holds no NUL"
            if path.split("/")[-1].startswith("@"):
                refused["value-long"] = "an attribute is no place for documents"
        values = [one for one in _VALUES if one[0] not in refused]
        first, rows = world.rows[ask.name][0], []
        for number, (_, value) in enumerate(values, start=1):
            held = {one: dict(told) for one, told in first.items() if one == stream.name or number == 1}
            held.setdefault(stream.name, {})
            rows.append({**held, stream.name: {**first[stream.name], column: value}})
        world.rows[ask.name] = rows
        world.page = len(rows)
        return tuple(
            Planted(rule, stream.name, ("position", number), column, value)
            for number, (rule, value) in enumerate(values, start=1)
        ), refused

    def _column(self) -> tuple[StreamDefinition, str, str]:
        wanted = {ask.per[0] for ask in self._definition.asks.values() if ask.per}
        found: list[tuple[StreamDefinition, str, str]] = []
        first: set[str] = set()
        for stream in self._definition.streams:
            if stream.ask in first or self._definition.asks[stream.ask].per or stream.name in wanted:
                continue
            first.add(stream.ask)
            found += [(stream, name, path) for name, path in stream.columns if not is_around(path)]
        if not found:
            raise NotApplicable("every column is one by whose values something is asked for")
        return next((one for one in found if "@" not in one[2]), found[0])

    def _change(self, world: World, variant: Variant) -> None:
        if variant == "vanishing":
            world.files.pop(next(iter(world.files)))
            return
        for name, rows in world.rows.items():
            ask = self._definition.asks[name]
            changed = {one: {**told, **dict.fromkeys(told, "99")} for one, told in rows[0].items()}
            if ask.windows is not None or ask.again:
                world.changed[name] = [changed]
            else:
                rows.append(changed)

    def _answer(self, answers: Answers, variant: Variant, asked: Asked) -> Told:
        if variant == "not-that":
            return Told.of(HTML, "text/html")
        if variant in {"denied", "missing"}:
            return self._refused(variant)
        if not self._known(asked):
            return self._refused("auth")
        found = answers.named(asked)
        if found is None:
            return self._refused("older")
        ask, values = found
        if variant == "older" and ask.name == self._last():
            return self._refused("older")
        return answers.answer(ask, values, asked.query)

    def _last(self) -> str:
        asks = self._definition.asks
        return [one.ask for one in self._definition.streams if asks[one.ask].per is None][-1]

    def _known(self, asked: Asked) -> bool:
        if self._soap:
            return f">{_PASSWORD}<".encode() in asked.body
        pair = base64.b64encode(f"reader:{_PASSWORD}".encode()).decode()
        return asked.headers.get("Authorization") == f"Basic {pair}"

    def _refused(self, variant: str) -> Told:
        status, code = _REFUSALS[variant]
        if self._soap and code:
            return Told.of(_FAULT.format(code).encode(), "text/xml; charset=utf-8", 500)
        return Told.of(b"{}", "application/json", status)


def _opened(location: str, base: Path, name: str, definition: Definition, access: Access) -> Connector:
    """Open it as a delivery does, but without waiting before a request is sent again."""
    made = replace(definition, frozen=access.frozen or definition.frozen)
    return open_wire(name, made, location, base, access, pause=lambda _seconds: None)


def _by_three() -> tuple[bytes, ...]:
    """The big document in pieces of three MiB: each is whole in base64."""
    pieces = list(big_bytes())
    return tuple(b"".join(pieces[at : at + 3]) for at in range(0, len(pieces), 3))
