"""`land`: from sources to a sealed landing."""

import hashlib
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from leverans.blobs import ContentStore, Group, commit, digest_file
from leverans.contracts import (
    Catalogue,
    ControlTotals,
    DocumentTotals,
    Finding,
    LandedStream,
    Manifest,
    to_json,
)
from leverans.errors import IntegrityError, Outage
from leverans.sources.contract import Connector, Progress, Silent
from leverans.sources.landing.accessed import ACCESS, access_text
from leverans.sources.landing.documents import DocumentLander
from leverans.sources.landing.extract import Extract
from leverans.sources.landing.folder import CATALOGUE, FINDINGS, MANIFEST, Landing
from leverans.sources.landing.log import FindingLog
from leverans.sources.landing.plan import count_buckets, make_plan
from leverans.sources.landing.resuming import Moved, Spool

STAYING = frozenset({"SRC161", "SRC162"})
"""Outages that no second attempt passes: somebody said stop, or it is not the hour."""

_LONGEST_PAUSE = 60.0


@dataclass(frozen=True, slots=True)
class LandingResult:
    """What an extract brought.

    Attributes:
        landing_id: SHA-256 (hex) of the manifest's canonical JSON.
        folder: the landing's folder.
        manifest: what it holds.
        findings: everything that was seen on the way; also kept in the landing.
        set_aside: rows that could not be read.
        reused: the same landing was there already.
        resumed: rows that an interrupted extract had brought already, by ``source.stream``.
    """

    landing_id: str
    folder: Path
    manifest: Manifest
    findings: tuple[Finding, ...]
    set_aside: int
    reused: bool = False
    resumed: Mapping[str, int] = field(default_factory=dict)


def land(
    delivery: str,
    sources: Sequence[Connector],
    *,
    root: Path,
    store: ContentStore,
    staging: Path | None = None,
    buckets: int | None = None,
    progress: Progress | None = None,
    attempts: int = 1,
    pause: Callable[[float], object] = time.sleep,
) -> LandingResult:
    """Read all sources of a delivery into one immutable landing below `root`.

    The same sources give the same landing id; a landing that is there already is used. After an error
    nothing is sealed: start again (documents that reached the content store are not written twice). Rows of
    sources that are frozen go on where the last durable batch ended, if nothing has moved since; otherwise,
    and for every other source, the extract begins anew.

    Args:
        delivery: ``municipality/delivery``.
        sources: the connectors, in the delivery's order; the caller closes them.
        root: where landings lie; the new one is ``root/<landing id>``.
        store: takes the documents.
        staging: a folder for temporary indexes, if they are not to lie in the commit's own; left as it was.
        buckets: how many buckets; by default one per 2,000 root objects, 1 to 256.
        progress: listens.
        attempts: how often an extract may begin; it begins again only after an outage that passes by itself.
        pause: waits some seconds before the next attempt: 1, 2, 4 … up to 60.

    Raises:
        LeveransError: a source cannot be read (see `Connector.check`), or the connectors do not fit together.
        OSError: the disk takes no more.
    """
    outages, spool = 0, Spool(root, delivery)
    anew: list[Finding] = []
    while True:
        try:
            result = _land(
                delivery,
                sources,
                root=root,
                store=store,
                staging=staging,
                buckets=buckets,
                progress=progress,
                spool=spool,
                anew=anew,
            )
        except Moved as moved:
            anew.append(moved.finding)
            spool.clear()
        except Outage as fault:
            outages += 1
            if fault.code in STAYING or outages >= attempts:
                raise
            pause(min(2.0 ** (outages - 1), _LONGEST_PAUSE))
        else:
            spool.clear()
            return result
        for connector in sources:
            connector.close()


def _land(
    delivery: str,
    sources: Sequence[Connector],
    *,
    root: Path,
    store: ContentStore,
    staging: Path | None,
    buckets: int | None,
    progress: Progress | None,
    spool: Spool,
    anew: Sequence[Finding],
) -> LandingResult:
    checks = [connector.check() for connector in sources]
    for check in checks:
        check.raise_problems()
    catalogues = [connector.discover() for connector in sources]
    before = _totals(sources, catalogues)
    marks = [connector.fingerprint() for connector in sources]
    plan = make_plan(sources, catalogues)
    number = buckets or count_buckets(plan, before)
    spool.begin(sources, catalogues, before, marks)
    log = FindingLog()
    for finding in anew:
        log.add(finding.where, finding)
    with ExitStack() as stack:
        group = stack.enter_context(commit(root))
        scratch = Path(stack.enter_context(_scratch(group, staging)))
        folder = group.scratch()
        (folder / "streams").mkdir(parents=True)
        with DocumentLander(store, log) as lander:
            extract = stack.enter_context(
                Extract(
                    folder,
                    scratch,
                    plan,
                    buckets=number,
                    lander=lander,
                    log=log,
                    spool=spool,
                    progress=progress or Silent(),
                )
            )
            streams = [landed for item in plan for landed in extract.read(item, before)]
        streams += _left(sources, catalogues, streams, before)
        drifted = _drift(sources, before, _totals(sources, catalogues), marks, log)
        for name in spool.rows:
            if (source := name.partition(".")[0]) in drifted:
                raise Moved(source, "totals")
        manifest = Manifest(
            delivery=delivery,
            buckets=number,
            streams=tuple(streams),
            documents=DocumentTotals(lander.listed, lander.landed, lander.landed_bytes),
            sources={connector.name: connector.definition.digest for connector in sources},
            companions=_companions(folder, extract, catalogues, log, access_text(sources, checks)),
        )
        made = _settle(group, folder, root=root, manifest=manifest, log=log, set_aside=extract.set_aside.rows)
        return replace(made, resumed=dict(spool.rows))


def _scratch(group: Group, staging: Path | None) -> "tempfile.TemporaryDirectory[str]":
    below = group.scratch() if staging is None else staging
    below.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(dir=below)


def _totals(sources: Sequence[Connector], catalogues: Sequence[Catalogue]) -> dict[str, ControlTotals]:
    return {
        f"{connector.name}.{stream.name}": connector.totals(stream.name)
        for connector, catalogue in zip(sources, catalogues, strict=True)
        for stream in catalogue.streams
    }


def _left(
    sources: Sequence[Connector],
    catalogues: Sequence[Catalogue],
    landed: Sequence[LandedStream],
    totals: dict[str, ControlTotals],
) -> list[LandedStream]:
    """Every stream that is in the source and was not read."""
    read = {stream.name for stream in landed}
    names = (
        f"{connector.name}.{stream.name}"
        for connector, catalogue in zip(sources, catalogues, strict=True)
        for stream in catalogue.streams
    )
    return [
        LandedStream(name, totals[name].rows, (), totals[name], left=True)
        for name in names
        if name not in read
    ]


def _drift(
    sources: Sequence[Connector],
    before: dict[str, ControlTotals],
    after: dict[str, ControlTotals],
    marks: Sequence[str],
    log: FindingLog,
) -> set[str]:
    """Note what moved while it was read; give the names of those sources."""
    moved = set()
    for name, first in before.items():
        second = after[name]
        if first != second:
            log.add(name, Finding.of("SRC120", name, before=_told(first), after=_told(second)))
            moved.add(name.partition(".")[0])
    for connector, mark in zip(sources, marks, strict=True):
        now = connector.fingerprint()
        if now != mark:
            log.add(connector.name, Finding.of("SRC120", connector.name, before=mark, after=now))
            moved.add(connector.name)
    return moved


def _told(totals: ControlTotals) -> str:
    return f"{totals.rows} ({totals.bytes} B, {sum(totals.nulls.values())} NULL)"


def _companions(
    folder: Path, extract: Extract, catalogues: Sequence[Catalogue], log: FindingLog, access: str
) -> dict[str, str]:
    (folder / ACCESS).write_text(access, encoding="utf-8")
    (folder / CATALOGUE).write_text(to_json(list(catalogues)), encoding="utf-8")
    (folder / FINDINGS).write_text(to_json(list(log.all())), encoding="utf-8")
    files = [folder / ACCESS, folder / CATALOGUE, folder / FINDINGS]
    set_aside = extract.set_aside.close()
    if set_aside is not None:
        files.append(set_aside)
    return {file.name: digest_file(file).sha256 for file in files}


def _settle(
    group: Group, folder: Path, *, root: Path, manifest: Manifest, log: FindingLog, set_aside: int
) -> LandingResult:
    """Bring the landing to its place, or use the one that is there."""
    text = to_json(manifest)
    name = hashlib.sha256(text.encode()).hexdigest()
    target = root / name
    if target.exists():
        if _sound(target):
            return LandingResult(name, target, manifest, log.all(), set_aside, reused=True)
        if (target / MANIFEST).exists():
            log.add("", Finding.of("SRC135", name))
        shutil.rmtree(target)
    group.adopt(folder, target)
    group.seal(target / MANIFEST).write_text(text, encoding="utf-8")
    return LandingResult(name, target, manifest, log.all(), set_aside)


def _sound(folder: Path) -> bool:
    try:
        return not Landing.open(folder).verify()
    except IntegrityError:
        return False
