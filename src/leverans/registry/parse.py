"""From the nodes of the files to the records of the registry."""

import re
from datetime import date, time
from itertools import pairwise
from typing import cast

from leverans.registry.calendar import is_cron
from leverans.registry.reading import Node
from leverans.registry.references import EnvironmentReference, FileReference
from leverans.registry.types import (
    UNTESTED,
    Agreement,
    Concurrency,
    Creator,
    Custody,
    Municipality,
    Organisation,
    PackageLimits,
    Period,
    ProtectedRoute,
    RootRule,
    Schedule,
    SourceEntry,
    Throttle,
    Waiver,
)

_NUMBER = re.compile(r"\d{6}-\d{4}")
_WORD = re.compile(r"[a-z][a-z0-9_-]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_USER_AND_SECRET = re.compile(r"://[^/@\s]*:[^/@\s]*@")
_SECRET_WORD = re.compile(
    r"(?:^|[;?&\s])(?:pwd|password|passwd|pass|secret|token|api_?key|access_?key|lösenord)\s*=", re.IGNORECASE
)
_DAYS = re.compile(r"(\d{1,4}) days?")
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
_SCHEDULES = ("once", "yearly", "monthly", "on request")
_CHECKSUMS = ("SHA-256",)
_NO_DAY = date(1, 1, 1)
_REQUIRED = (
    "id",
    "producer",
    "system",
    "information_type",
    "period",
    "valid",
    "checksum",
    "ownership",
    "signed",
)


def municipality(node: Node, name: str) -> Municipality:
    """Read ``municipality.yaml``."""
    node.keys(
        (
            "municipality",
            "name",
            "organisation_number",
            "archival_authority",
            "preservation_organisation",
            "creators",
        ),
        ("format_policy", "transfer"),
    )
    version(node.at("municipality"))
    keeper = node.at("preservation_organisation")
    keeper.keys(("name", "organisation_number"))
    return Municipality(
        name=name,
        display_name=node.at("name").text(),
        organisation_number=_organisation_number(node.at("organisation_number")),
        creators=_creators(node.at("creators")),
        archival_authority=node.at("archival_authority").text(),
        preservation_organisation=Organisation(
            keeper.at("name").text(), _organisation_number(keeper.at("organisation_number"))
        ),
        format_policy=node.at("format_policy").text() or None,
    )


def version(node: Node) -> None:
    """Demand that the file is of version 1."""
    if node.given and (node.data != 1 or isinstance(node.data, bool)):
        node.fault("REG004", expected="1")


def period(node: Node, *, open_end: bool = False) -> Period:
    """Read ``{from: day, to: day}``."""
    node.keys(("from",) if open_end else ("from", "to"), ("to",) if open_end else ())
    start, end = node.at("from").day(), node.at("to").day()
    if start and end and end < start:
        node.fault("REG005", start=start.isoformat(), end=end.isoformat())
    return Period(start or _NO_DAY, end)


def agreement(node: Node) -> Agreement:
    """Read a submission agreement; whether it fits the delivery is `match_agreement`'s to say."""
    node.keys(_REQUIRED, ("previous", "decisions"))
    ownership, signed, decisions = node.at("ownership"), node.at("signed"), node.at("decisions")
    ownership.keys(("transferred", "custody"))
    signed.keys((), ("by", "date"))
    decisions.keys((), ("retention", "secrecy"))
    return Agreement(
        id=node.at("id").text(),
        previous=node.at("previous").text() or None,
        producer=node.at("producer").text(),
        system=node.at("system").text(),
        information_type=node.at("information_type").text(),
        period=period(node.at("period")),
        valid=period(node.at("valid"), open_end=True),
        checksum=node.at("checksum").choice(*_CHECKSUMS),
        transferred=ownership.at("transferred").truth(),
        custody=cast("Custody", ownership.at("custody").choice("mellanarkiv", "slutarkiv")),
        signed_by=signed.at("by").text(),
        signed_on=signed.at("date").day(),
        retention=decisions.at("retention").texts(),
        secrecy=decisions.at("secrecy").texts(),
        where=node.where,
        places={name: node.place(name) for name in _REQUIRED},
    )


def creator_name(node: Node, known: Municipality) -> str:
    """Read the name of a creator of the municipality."""
    name = node.text()
    if name and known.creators and known.creator(name) is None:
        node.fault("REG006", creator=name)
    return name


def creators_over(node: Node, known: Municipality, over: Period) -> tuple[Creator, ...]:
    """Read names of creators, which must cover all days of `over` without gap or overlap."""
    names = [creator_name(item, known) for item in node.items()]
    found = sorted(
        (creator for creator in map(known.creator, names) if creator),
        key=lambda creator: creator.period.start,
    )
    if node.data == []:
        node.fault("REG007", period=over.text())
    if not found or len(found) < len(names) or _NO_DAY in {over.start, found[0].period.start}:
        return tuple(found)
    if found[0].period.start > over.start or not _reaches(found[-1].period, over):
        node.fault("REG007", period=over.text())
    _adjoining(node, found)
    return tuple(found)


def waivers(node: Node) -> tuple[Waiver, ...]:
    """Read the named exceptions of a delivery; one that nobody knows would except from nothing."""
    for item in node.items():
        if item.at("name").given:
            item.at("name").choice(UNTESTED)
    return tuple(_waiver(item) for item in node.items())


def sources(node: Node) -> tuple[SourceEntry, ...]:
    """Read the sources of a delivery."""
    return tuple(_source(name, entry) for name, entry in node.entries())


def location(node: Node) -> str | EnvironmentReference:
    """Read a place: a text without credentials, or ``{env: VARIABLE}``."""
    if isinstance(node.data, dict):
        return reference(node)
    text = node.text()
    if _USER_AND_SECRET.search(text) or _SECRET_WORD.search(text):
        node.fault("REG012")
        return ""
    return text


def reference(node: Node) -> EnvironmentReference:
    """Read ``{env: VARIABLE}``."""
    if node.given and not isinstance(node.data, dict):
        node.fault("REG012")
        return EnvironmentReference("", node.where)
    node.keys(("env",))
    variable = node.at("env").text()
    if variable and not _VARIABLE.fullmatch(variable):
        node.at("env").fault("REG004", expected="A-Z 0-9 _")
    return EnvironmentReference(variable, node.where)


def protected(node: Node) -> ProtectedRoute | None:
    """Read the route of protected identities; None when there is none."""
    if not node.given:
        return None
    node.keys(("agreement", "approver"))
    return ProtectedRoute(agreement(node.at("agreement")), node.at("approver").text())


def schedule(node: Node) -> Schedule:
    """Read when the delivery is made: a word, ``{kind: word, grace: 30 days}`` or ``{cron: …, grace: …}``."""
    if not isinstance(node.data, dict):
        return Schedule(node.choice(*_SCHEDULES))
    by_cron = "kind" not in node.data
    node.keys(("cron",) if by_cron else ("kind",), ("grace",))
    grace = days(node.at("grace"))
    if not by_cron:
        return Schedule(node.at("kind").choice(*_SCHEDULES), None, grace)
    cron = node.at("cron").text()
    if cron and not is_cron(cron):
        node.at("cron").fault("REG004", expected="m h dom mon dow")
    return Schedule("cron", cron, grace)


def packages(node: Node) -> PackageLimits:
    """Read how large packages may be: ``{objects: 1, bytes: 500000000}``."""
    usual = PackageLimits()
    node.keys((), ("objects", "bytes"))
    return PackageLimits(
        _positive(node.at("objects"), usual.objects), _positive(node.at("bytes"), usual.bytes)
    )


def _positive(node: Node, usual: int) -> int:
    if not node.given:
        return usual
    if not isinstance(node.data, int) or isinstance(node.data, bool) or node.data < 1:
        node.fault("REG004", expected="1, 2, 3 …")
        return usual
    return node.data


def days(node: Node) -> int | None:
    """Read a number of days, ``30 days``; None when it is absent."""
    text = node.text()
    found = _DAYS.fullmatch(text)
    if text and not found:
        node.fault("REG004", expected="30 days")
    return int(found[1]) if found else None


def _creators(node: Node) -> tuple[Creator, ...]:
    found = tuple(_creator(item) for item in node.items())
    names = [creator.name for creator in found]
    for item, creator in zip(node.items(), found, strict=True):
        if creator.name and names.count(creator.name) > 1:
            item.fault("REG008", name=creator.name)
        if creator.predecessor and creator.predecessor not in names:
            item.at("predecessor").fault("REG006", creator=creator.predecessor)
    return found


def _creator(node: Node) -> Creator:
    node.keys(("name", "code", "from"), ("to", "predecessor"))
    start, end = node.at("from").day(), node.at("to").day()
    if start and end and end < start:
        node.fault("REG005", start=start.isoformat(), end=end.isoformat())
    return Creator(
        name=node.at("name").text(),
        code=node.at("code").text(),
        period=Period(start or _NO_DAY, end),
        predecessor=node.at("predecessor").text() or None,
    )


def _adjoining(node: Node, found: list[Creator]) -> None:
    for first, second in pairwise(found):
        last = first.period.end
        if last is None or (second.period.start - last).days != 1:
            node.fault("REG010", first=first.name, second=second.name)


def _reaches(last: Period, over: Period) -> bool:
    return last.end is None or (over.end is not None and over.end <= last.end)


def _source(name: str, node: Node) -> SourceEntry:
    node.keys(("connector", "location"), ("secrets", "root", "waivers", "concurrency", "throttle", "frozen"))
    if not _WORD.fullmatch(name):
        node.fault("REG011", name=name)
    return SourceEntry(
        name=name,
        connector=_word(node.at("connector")),
        location=location(node.at("location")),
        secrets={key: _secret(entry) for key, entry in node.at("secrets").entries()},
        root={stream: _root(entry) for stream, entry in node.at("root").entries()},
        waivers=tuple(_waiver(item) for item in node.at("waivers").items()),
        concurrency=_concurrency(node.at("concurrency")),
        throttle=_throttle(node.at("throttle")),
        frozen=node.at("frozen").truth(),
        where=node.where,
    )


def _word(node: Node) -> str:
    text = node.text()
    if text and not _WORD.fullmatch(text):
        node.fault("REG011", name=text)
    return text


def _root(node: Node) -> RootRule:
    if isinstance(node.data, dict) and "by" in node.data:
        node.keys(("by",))
        return RootRule(by=node.at("by").texts())
    node.keys(("via", "on"))
    via = node.at("via").text()
    if via and "." not in via:
        node.at("via").fault("REG004", expected="source.stream")
    on = tuple((own, parent.text()) for own, parent in node.at("on").entries())
    return RootRule(via=via, on=on)


def _secret(node: Node) -> EnvironmentReference | FileReference:
    """Read ``{env: VARIABLE}`` or ``{file: name}``; a value that stands there itself is a fault."""
    if isinstance(node.data, dict) and "file" in node.data:
        node.keys(("file",))
        return FileReference(node.at("file").text(), node.where)
    return reference(node)


def _throttle(node: Node) -> Throttle:
    node.keys((), ("rows_per_second", "hours"))
    rows, hours = node.at("rows_per_second"), node.at("hours")
    number = rows.data
    if rows.given and (not isinstance(number, int) or isinstance(number, bool) or number < 1):
        rows.fault("REG004", expected="1, 2, 3 …")
        number = None
    text = hours.text()
    found = _HOURS.fullmatch(text)
    if text and (not found or found[1] + found[2] == found[3] + found[4]):
        hours.fault("REG004", expected="18:00-06:00")
        found = None
    spans = (time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))) if found else None
    return Throttle(number, spans)


def _concurrency(node: Node) -> Concurrency | None:
    if not node.given:
        return None
    node.keys(("name", "limit"))
    limit = node.at("limit")
    if limit.given and (not isinstance(limit.data, int) or isinstance(limit.data, bool) or limit.data < 1):
        limit.fault("REG004", expected="1, 2, 3 …")
        return None
    return Concurrency(_word(node.at("name")), int(limit.data or 1))


def _waiver(node: Node) -> Waiver:
    node.keys(("name", "reason", "by", "date"))
    return Waiver(
        name=node.at("name").text(),
        reason=node.at("reason").text(),
        by=node.at("by").text(),
        on=node.at("date").day() or _NO_DAY,
    )


def _organisation_number(node: Node) -> str:
    text = node.text()
    if text and not (_NUMBER.fullmatch(text) and _luhn(text.replace("-", ""))):
        node.fault("REG013")
    return text


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * (2 if at % 2 == 0 else 1) for at, digit in enumerate(digits)]
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0
