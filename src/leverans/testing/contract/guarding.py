"""Rules about what a connector must not do: write, tell secrets, hold on to what it opened."""

import logging
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from leverans.errors import LeveransError
from leverans.sources.contract import Connector, Told
from leverans.testing.contract.rules import rule
from leverans.testing.contract.source import Variant
from leverans.testing.contract.subject import Subject, end, read_all
from leverans.testing.contract.verdicts import NotApplicable, NotHere, ensure

READING = re.compile(
    r"(?is)\s*(?:SELECT\b(?!.*\bINTO\b)|SHOW\b|PRAGMA \w+(?:\(\w+\))?$|SET (?:NAMES|SESSION|TRANSACTION)\b"
    r"|COPY \(SELECT\b.*\) TO STDOUT|BEGIN\b(?!.*READ WRITE)|START TRANSACTION\b.*READ ONLY)"
)
"""Statements that may be sent to a database."""
_WRITING = re.compile(
    r"(?i)\b(INSERT INTO|UPDATE \S+ SET|DELETE FROM|MERGE INTO|DROP|ALTER|CREATE|TRUNCATE|GRANT|REVOKE)\b"
)


@rule("only-reading", "Only statements and requests that read are sent; each is in the log.")
def only_reading(subject: Subject) -> None:
    """Look at everything that was sent."""
    sent = subject.reading("plain").statements
    if sent is None:
        raise NotApplicable("nothing is sent: a file is opened for reading")
    ensure(sent, "the log of statements is empty")
    wrong = [one for one in sent if not READING.match(one) or _WRITING.search(one)]
    ensure(not wrong, f"{len(wrong)} statements are more than reading")


@rule("source-untouched", "Nothing at the source or beside it is changed, made or touched.")
def source_untouched(subject: Subject) -> None:
    """Compare the files before and after a whole read."""
    source = subject.sources.get("plain")
    if "://" in source.location:
        raise NotApplicable("a server's files are its own; the account may only read")
    before = _state(source.base)
    with subject.open(source) as connector:
        connector.check()
        reading = read_all(connector)
        for many in reading.documents.values():
            for one in many:
                if one.status == "landed":
                    connector.open(one).close()
        during = _state(source.base)
    ensure(before == during == _state(source.base), "a file was changed, made or taken away")


def _state(folder: Path) -> dict[str, tuple[int, int, int]]:
    found = {}
    for path in sorted([folder, *folder.rglob("*")]):
        told = path.lstat()
        found[str(path)] = (told.st_size, told.st_mtime_ns, told.st_mode)
    return found


@rule("no-secret", "No secret stands in a message, a representation, a log or an error.")
def no_secret(subject: Subject) -> None:
    """Gather everything that a connector tells, sound and refused."""
    source = subject.sources.get("plain")
    if not source.secrets:
        raise NotApplicable("the kind has no secrets")
    told: list[str] = []
    with _logged(told):
        with subject.open(source) as connector:
            told += [*_texts(connector), repr(connector.check().plain()), repr(connector.discover())]
            told += _sent(connector)
        variants: tuple[Variant, ...] = ("auth", "away")
        for variant in variants:
            try:
                with subject.open(subject.sources.get(variant)) as connector:
                    told += _texts(connector)
                    told += [_error(problem) for problem in connector.check().problems]
                    told.append(_raised(connector))
            except (NotApplicable, NotHere):
                continue
    text = "\n".join(told)
    ensure(not any(secret in text for secret in source.secrets), "a secret is told")


def _texts(connector: Connector) -> list[str]:
    return [repr(connector), str(connector), repr(getattr(connector, "__dict__", ""))]


def _sent(connector: Connector) -> list[str]:
    return list(connector.statements()) if isinstance(connector, Told) else []


def _raised(connector: Connector) -> str:
    try:
        connector.discover()
        list(connector.read(connector.definition.streams[0].name))
    except LeveransError as fault:
        return _error(fault)
    return ""


def _error(fault: BaseException) -> str:
    told = f"{fault!r} {fault} {fault.__dict__!r}"
    if isinstance(fault, LeveransError):
        told += fault.text("sv") + fault.text("en") + fault.remedy("sv")
    return told + "".join(_error(one) for one in (fault.__cause__, fault.__context__) if one is not None)


@contextmanager
def _logged(told: list[str]) -> Iterator[None]:
    class Gather(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(record.getMessage())

    handler, root = Gather(0), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(0)
    try:
        yield
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


@rule("closed-on-cancel", "A read that is given up leaves no file and no connection open.")
def closed_on_cancel(subject: Subject) -> None:
    """Begin to read, give up, close, and look at what the process has open."""
    source = subject.sources.get("plain")
    subject.reading("plain")  # whatever is loaded once is loaded now
    before = _open_files()
    connector = subject.opened(source)
    catalogue = connector.discover()
    stream = connector.definition.streams[0].name
    table = catalogue.stream(stream).kind == "table"
    reading: Iterator[object] = connector.read(stream) if table else connector.documents(stream)
    next(reading, None)
    connector.close()  # while the read is still going on, as after an error in whoever reads
    with suppress(LeveransError):
        end(reading)
    left = _open_files() - before
    ensure(not left, f"{len(left)} files or connections are left open")


def _open_files() -> set[str]:
    """Give everything that is open with a place: files, and connections by their ends."""
    found = set()
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        raise NotHere("needs /proc")
    for entry in os.listdir(folder):  # noqa: PTH208  # a number that may be gone
        try:
            target = str((folder / entry).readlink())
        except OSError:
            continue
        if target.startswith("socket:"):
            found.add(_ends(int(entry)) or target)
        elif target.startswith("/") and not target.startswith(("/dev", "/proc")):
            found.add(f"{entry} {target}")
    return found - {""}


def _ends(number: int) -> str:
    try:
        with socket.socket(fileno=os.dup(number)) as one:
            return f"{number} {one.getpeername()}"
    except OSError:
        return f"{number} not connected"


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
