"""Rules about the connector's file and about `check`: what is wrong is reported, and told apart."""

import copy
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from leverans.errors import (
    AccessDenied,
    ConfigurationError,
    IntegrityError,
    LeveransError,
    Outage,
)
from leverans.formats import yamltext
from leverans.sources.contract import SourceCheck
from leverans.sources.loading import load_connector
from leverans.testing.contract.rules import rule
from leverans.testing.contract.source import Variant
from leverans.testing.contract.subject import Subject
from leverans.testing.contract.verdicts import Broken, ensure

_NOBODY = 65_534


@rule(
    "config-strict",
    "The connector's file is read strictly: every unknown or missing key is refused, with its place.",
)
def config_strict(subject: Subject) -> None:
    """Read the file, and spoiled copies of it."""
    load_connector(subject.connector)
    with TemporaryDirectory() as folder:
        for name, data in _spoiled(yamltext.load(subject.connector, None).data):
            file = Path(folder) / "connector.yaml"
            file.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
            try:
                subject.load(file)
            except ConfigurationError as fault:
                places = [problem.where for problem in fault.problems or (fault,)]
                ensure(all(places), f"{name} is refused without a place")
                continue
            raise Broken(f"{name} is taken")


def _spoiled(data: Any) -> Iterator[tuple[str, Any]]:
    plain = json.loads(json.dumps(data))
    stream = next(iter(plain["streams"]))
    changes: tuple[tuple[str, tuple[str, ...], object], ...] = (
        ("an unknown key", ("okänd",), 1),
        ("an unknown key of a stream", ("streams", stream, "okänd"), 1),
        ("another version of the language", ("connector",), 999),
        ("an unknown kind", ("kind",), "okänd"),
        ("a root that is a text", ("streams", stream, "root"), "x"),
    )
    for name, path, value in changes:
        made = copy.deepcopy(plain)
        place = made
        for key in path[:-1]:
            place[key] = place[key] or {}
            place = place[key]
        place[path[-1]] = value
        yield name, made


@rule(
    "check-healthy",
    "check tells that a sound source can be read, its version, and whether the account may write.",
)
def check_healthy(subject: Subject) -> None:
    """Check a sound source."""
    with subject.open(subject.sources.get("plain")) as connector:
        found = connector.check()
    ensure(not found.problems, f"problems with a sound source: {_codes(found)}")
    ensure(found.reachable, "a sound source is not reachable")
    ensure(found.may_write is not True, "the account may write")
    unknown = found.may_write is None
    ensure(unknown == (found.known_by == "unknown"), "who may write does not fit how that is known")
    ensure(
        (found.source, found.kind) == (connector.name, connector.definition.kind), "another source is told of"
    )


@rule("check-missing", "What is not there is reported as a fault of the configuration, not raised.")
def check_missing(subject: Subject) -> None:
    """Check what is not there."""
    _told(subject, "missing", ConfigurationError)


@rule("check-network", "A source that does not answer is reported as an outage.")
def check_network(subject: Subject) -> None:
    """Check where nobody answers."""
    _told(subject, "away", Outage)


@rule("check-auth", "A wrong password is reported as access denied, not as an outage.")
def check_auth(subject: Subject) -> None:
    """Check with a wrong password."""
    _told(subject, "auth", AccessDenied)


@rule("check-permission", "A source that may not be read is reported as access denied.")
def check_permission(subject: Subject) -> None:
    """Check without permission."""
    source = subject.sources.get("denied")
    with _as_nobody(), subject.open(source) as connector:
        found = connector.check()
    _expect(found, (AccessDenied,))


@rule(
    "check-version",
    "A source of another version lacks what the connector names: each is reported with its place.",
)
def check_version(subject: Subject) -> None:
    """Check a source that lacks something."""
    with subject.open(subject.sources.get("older")) as connector:
        found = connector.check()
    _expect(found, (ConfigurationError,))
    ensure(all(problem.where for problem in found.problems), "a fault without its place")


@rule(
    "check-not-that",
    "Something else in the source's place (an error page saved as data) is reported, not read.",
)
def check_not_that(subject: Subject) -> None:
    """Check, and read, an error page."""
    source = subject.sources.get("not-that")
    with subject.open(source) as connector:
        found = connector.check()
        if found.problems:
            _expect(found, (ConfigurationError, IntegrityError))
            return
        rows = aside = 0
        for stream in connector.definition.streams:
            for batch in connector.read(stream.name):
                rows += batch.rows.num_rows
                aside += len(batch.set_aside) + len(batch.findings)
    ensure(not rows and aside, "an error page became rows, or passed in silence")


def _told(subject: Subject, variant: Variant, kind: type[LeveransError]) -> None:
    with subject.open(subject.sources.get(variant)) as connector:
        _expect(connector.check(), (kind,))


def _expect(found: SourceCheck, kinds: tuple[type[LeveransError], ...]) -> None:
    ensure(found.problems, "nothing is reported")
    ensure(
        all(isinstance(problem, kinds) for problem in found.problems),
        f"{_codes(found)} instead of {kinds[0].__name__}",
    )


def _codes(found: SourceCheck) -> str:
    return ", ".join(f"{type(problem).__name__} {problem.code}" for problem in found.problems)


@contextmanager
def _as_nobody() -> Iterator[None]:
    """Nobody is refused what root may read."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
