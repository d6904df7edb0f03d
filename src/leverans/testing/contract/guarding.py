"""Rules about what a connector must not do: write, tell secrets, hold on to what it opened."""

from collections.abc import Iterator
from contextlib import suppress

from leverans.errors import LeveransError
from leverans.sources.certifying.judging import more_than_reading
from leverans.sources.certifying.watching import (
    error_text,
    left_open,
    listening,
    open_places,
    states,
    texts_of,
)
from leverans.sources.contract import Connector, Told
from leverans.sources.definition import Definition
from leverans.sources.loading import load_connector
from leverans.testing.contract.rules import rule
from leverans.testing.contract.source import Variant
from leverans.testing.contract.subject import Subject, end, read_all
from leverans.testing.contract.verdicts import NotApplicable, NotHere, ensure


@rule("only-reading", "Only statements and requests that read are sent; each is in the log.")
def only_reading(subject: Subject) -> None:
    """Look at everything that was sent."""
    sent = subject.reading("plain").statements
    if sent is None:
        raise NotApplicable("nothing is sent: a file is opened for reading")
    ensure(sent, "the log of statements is empty")
    definition = load_connector(subject.connector)
    wrong = _other_than_asks(definition, sent) if definition.asks else more_than_reading(sent)
    ensure(not wrong, f"{len(wrong)} statements are more than reading")


def _other_than_asks(definition: Definition, sent: tuple[str, ...]) -> list[str]:
    """Give the requests that the connector's file does not name; only SOAP posts."""
    method = "POST" if definition.kind == "soap" else "GET"
    return [
        one for one in sent if one.partition("?")[0] not in {f"{method} {name}" for name in definition.asks}
    ]


@rule("source-untouched", "Nothing at the source or beside it is changed, made or touched.")
def source_untouched(subject: Subject) -> None:
    """Compare the files before and after a whole read."""
    source = subject.sources.get("plain")
    if "://" in source.location:
        raise NotApplicable("a server's files are its own; the account may only read")
    before = states(source.base)
    with subject.open(source) as connector:
        connector.check()
        reading = read_all(connector)
        for many in reading.documents.values():
            for one in many:
                if one.status == "landed":
                    connector.open(one).close()
        during = states(source.base)
    ensure(before == during == states(source.base), "a file was changed, made or taken away")


@rule("no-secret", "No secret stands in a message, a representation, a log or an error.")
def no_secret(subject: Subject) -> None:
    """Gather everything that a connector tells, sound and refused."""
    source = subject.sources.get("plain")
    if not source.secrets:
        raise NotApplicable("the kind has no secrets")
    told: list[str] = []
    with listening(told.append):
        with subject.open(source) as connector:
            told += [*texts_of(connector), repr(connector.check().plain()), repr(connector.discover())]
            told += _sent(connector)
        variants: tuple[Variant, ...] = ("auth", "away")
        for variant in variants:
            try:
                with subject.open(subject.sources.get(variant)) as connector:
                    told += texts_of(connector)
                    told += [error_text(problem) for problem in connector.check().problems]
                    told.append(_raised(connector))
            except (NotApplicable, NotHere):
                continue
    text = "\n".join(told)
    ensure(not any(secret in text for secret in source.secrets), "a secret is told")


def _sent(connector: Connector) -> list[str]:
    return list(connector.statements()) if isinstance(connector, Told) else []


def _raised(connector: Connector) -> str:
    try:
        connector.discover()
        list(connector.read(connector.definition.streams[0].name))
    except LeveransError as fault:
        return error_text(fault)
    return ""


@rule("closed-on-cancel", "A read that is given up leaves no file and no connection open.")
def closed_on_cancel(subject: Subject) -> None:
    """Begin to read, give up, close, and look at what the process has open."""
    source = subject.sources.get("plain")
    subject.reading("plain")  # whatever is loaded once is loaded now
    before = open_places()
    connector = subject.opened(source)
    catalogue = connector.discover()
    stream = connector.definition.streams[0].name
    table = catalogue.stream(stream).kind == "table"
    reading: Iterator[object] = connector.read(stream) if table else connector.documents(stream)
    next(reading, None)
    connector.close()  # while the read is still going on, as after an error in whoever reads
    with suppress(LeveransError):
        end(reading)
    left = left_open(before)
    if left is None:
        raise NotHere("needs /proc")
    ensure(not left, f"{len(left)} files or connections are left open")


@rule("close-twice", "A connector can be closed twice, and before it was used.")
def close_twice(subject: Subject) -> None:
    """Close before and after use, twice each."""
    connector = subject.opened(subject.sources.get("plain"))
    connector.close()
    connector.close()
    with connector as entered:
        ensure(entered is connector, "with gives another connector")
        connector.check()
        connector.close()
