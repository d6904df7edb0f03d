"""A new source: looks at it once and writes the files that an engineer goes on with."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from leverans.blobs import commit
from leverans.contracts.profile import Proposal, SourceProfile
from leverans.delivery.scaffoldtexts import delivery_file, readme
from leverans.errors import ConfigurationError
from leverans.formats import profiles
from leverans.mapping.tools.scaffold import mapping_file
from leverans.mapping.tools.scaffoldgolden import golden_input
from leverans.registry import (
    Creator,
    EnvironmentReference,
    Municipality,
    Period,
    SourceEntry,
    load_municipality,
    location_of,
)
from leverans.settings import Settings
from leverans.sources import Progress
from leverans.sources.profiling import Sniffed, connector_file, counted, propose, sniff, survey

_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_SHORT = re.compile(r"[a-z0-9][a-z0-9-]*")
_ENVIRONMENT = "env:"


@dataclass(frozen=True, slots=True)
class NewSource:
    """What an engineer says about a new source.

    Attributes:
        delivery: ``municipality/delivery``.
        kind: ``sql`` or ``flat``.
        location: a path or an address without credentials, or ``env:VARIABLE``.
        name: folder below ``connectors/`` and ``mappings/``; the delivery's own name by default.
        source: name of the source inside the delivery.
        root: the table of the cases; proposed by default.
        producer: the creator that delivers; the municipality's latest by default.
        period: the days the records are from; those of the creators by default.
        information_type: what is delivered; the delivery's own name by default.
        profile: name of the target profile; the latest by default.
        options: of a flat source: ``delimiter`` (what parts the first records best where it is empty),
            ``encoding``, ``quote``.
        secrets: per name the environment variable that holds it.
    """

    delivery: str
    kind: str
    location: str
    name: str = ""
    source: str = "db"
    root: str = ""
    producer: str = ""
    period: Period | None = None
    information_type: str = ""
    profile: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scaffolded:
    """What was seen and written.

    Attributes:
        files: what was written, relative to the content root.
        seen: the source.
        proposal: how it could be read.
        parted: what parts the cells of a flat source, and what it makes of the first records.
    """

    files: tuple[str, ...]
    seen: SourceProfile
    proposal: Proposal
    parted: Sniffed | None = None


def new_source(settings: Settings, wish: NewSource, progress: Progress | None = None) -> Scaffolded:
    """Look at a source, read-only, and write its connector, mapping, delivery, golden pair and README.

    Nothing that exists is overwritten, and nothing at all is written where one of the files exists.

    Raises:
        ConfigurationError: MTL020 files are there already, MTL022 no tables, MTL023 no such root, MTL024 no
            creators for the period, MTL027 it has no last day, MTL025 a name or location that cannot be used,
            or the municipality's own file is broken.
        LeveransError: the source cannot be read.
    """
    tenant, short = _checked(wish)
    name = wish.name or short
    known = load_municipality(settings.content, tenant)
    files = _targets(wish.delivery, name)
    _nothing_there(settings.content, files)
    entry = _entry(wish, name)
    creators, period = _creators(known, wish)
    place = entry.resolve(settings.sources)
    parted = _parted(wish, Path(settings.sources, place))
    options = wish.options if parted is None else {**wish.options, "delimiter": parted.delimiter}
    seen = survey(wish.source, name, wish.kind, place, settings.sources, options=options, progress=progress)
    plan = propose(seen, wish.root)
    kind = wish.information_type or short
    texts = (
        connector_file(
            seen, plan, name=name, kind=wish.kind, options=options, files=_flat_files(wish, Path(place))
        ),
        readme(seen, plan, name=name, delivery=wish.delivery, mapping=short),
        mapping_file(seen, plan, name=f"{name}-{short}", title=f"{kind} ur {name}", information_type=kind),
        golden_input(seen, plan, mapping=short, system=name, creator=creators[-1].name),
        delivery_file(
            wish.delivery,
            name=name,
            information_type=kind,
            creators=creators,
            period=period,
            profile=wish.profile or profiles.names()[-1],
            source=entry,
        ),
    )
    _nothing_there(settings.content, files)  # a source takes its time to read
    _write(settings.content, dict(zip(files, texts, strict=True)))
    return Scaffolded(files, seen, plan, parted)


def _parted(wish: NewSource, place: Path) -> Sniffed | None:
    """Give what parts the cells of a flat source: as asked, or what parts its first records best."""
    if wish.kind != "flat":
        return None
    encoding, quote = wish.options.get("encoding", "utf-8"), wish.options.get("quote", '"')
    given = wish.options.get("delimiter", "")
    if given:
        return counted(place, given, encoding=encoding, quote=quote) if len(given) == 1 else None
    return sniff(place, encoding=encoding, quote=quote)


def _checked(wish: NewSource) -> tuple[str, str]:
    tenant, _slash, short = wish.delivery.partition("/")
    if not _SHORT.fullmatch(tenant) or not _SHORT.fullmatch(short) or short == "municipality":
        raise ConfigurationError("MTL025", "", (), given=wish.delivery, wanted="kommun/leverans, a-z 0-9 -")
    for given in (wish.name or "a", wish.source):
        if not _NAME.fullmatch(given):
            raise ConfigurationError("MTL025", "", (), given=given, wanted="a-z 0-9 _ -")
    return tenant, short


def _targets(delivery: str, name: str) -> tuple[str, ...]:
    short = delivery.partition("/")[2]
    return (
        f"connectors/{name}/connector.yaml",
        f"connectors/{name}/README.md",
        f"mappings/{name}/{short}.yaml",
        f"mappings/{name}/golden/{short}.in.json",
        f"municipalities/{delivery}.yaml",
    )


def _nothing_there(content: Path, files: tuple[str, ...]) -> None:
    there = [name for name in files if (content / name).exists() or (content / name).is_symlink()]
    if there:
        problems = tuple(ConfigurationError("MTL021", name) for name in there)
        raise ConfigurationError("MTL020", "", problems, count=len(there))


def _entry(wish: NewSource, name: str) -> SourceEntry:
    """Hold location and secrets to what a file may say: a path, a plain address, a variable."""
    variable = wish.location.removeprefix(_ENVIRONMENT)
    given: object = {"env": variable} if wish.location.startswith(_ENVIRONMENT) else wish.location
    found = location_of(given)
    if found is None:
        raise ConfigurationError("MTL025", "", (), given="--location", wanted="env:VARIABEL")
    secrets = {}
    for key, place in wish.secrets.items():
        secret = location_of({"env": place})
        if not isinstance(secret, EnvironmentReference) or not _NAME.fullmatch(key):
            raise ConfigurationError("MTL025", "", (), given="--secret", wanted="namn=VARIABEL")
        secrets[key] = secret
    return SourceEntry(wish.source, name, found, secrets)


def _creators(known: Municipality, wish: NewSource) -> tuple[tuple[Creator, ...], Period]:
    """Give the creators from the producer back, without a gap, and the period that they cover."""
    last = (
        known.creator(wish.producer)
        if wish.producer
        else max(known.creators, key=lambda one: one.period.start, default=None)
    )
    told = wish.period.text() if wish.period else "–"
    if last is None:
        raise ConfigurationError("MTL024", "", (), period=told)
    chain = [last]
    while (before := _before(known, chain[0])) is not None:
        chain.insert(0, before)
    period = wish.period or Period(chain[0].period.start, last.period.end)
    whole = Period(chain[0].period.start, last.period.end)
    if period.end is None:
        raise ConfigurationError("MTL027", "", (), first=str(period.start))
    if not whole.covers(period):
        raise ConfigurationError("MTL024", "", (), period=period.text())
    within = [
        one
        for one in chain
        if one.period.start <= period.end and (one.period.end is None or one.period.end >= period.start)
    ]
    return tuple(within), period


def _before(known: Municipality, creator: Creator) -> Creator | None:
    """Give the creator whose last day is the day before another's first: the named one if there are more."""
    found = [
        one
        for one in known.creators
        if one.period.end is not None and (creator.period.start - one.period.end).days == 1
    ]
    named = [one for one in found if one.name == creator.predecessor]
    return next(iter(named or found), None)


def _flat_files(wish: NewSource, place: Path) -> dict[str, str]:
    if wish.kind != "flat" or not place.is_dir():
        return {}
    return {one.stem: one.name for one in sorted(place.iterdir()) if one.is_file()}


def _write(content: Path, texts: Mapping[str, str]) -> None:
    with commit(content) as group:
        for name, text in texts.items():
            group.file(content / name).write_text(text, encoding="utf-8")
