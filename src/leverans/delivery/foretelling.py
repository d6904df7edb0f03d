"""What a run would meet: counts, sizes, time, disk and risks, told without writing anything."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from leverans.blobs import canonical_digest
from leverans.clock import Clock, SystemClock, iso
from leverans.contracts import Catalogue, ControlTotals, Finding
from leverans.delivery import extracting
from leverans.delivery.before import Before, before
from leverans.delivery.beginning import Wish
from leverans.delivery.landed import foreseen
from leverans.delivery.mapping_stage import load_mapping
from leverans.delivery.risks import (
    agreement_risks,
    approval_risks,
    drift_risks,
    ledger_risks,
    source_risks,
    stopping,
)
from leverans.delivery.traces import lost_ledger
from leverans.errors import ConfigurationError, LeveransError
from leverans.ledger import Ledger
from leverans.mapping import Plan
from leverans.registry import Delivery, load_delivery
from leverans.settings import MunicipalityHome, Settings
from leverans.sources import Landing, SourceCheck

_WORST = ("critical", "quarantine", "error", "warning", "info")
_COPIES = 3
"""A new document lies in the content store, in its package and in the archive."""

_ROW = 200
"""Bytes of a row in a landing where no earlier one tells."""

_LANDINGS = 4
"""The landing as extracted and as transferred, and the same once more for mapped objects."""


_Seen = tuple[tuple[SourceCheck, ...], dict[str, Catalogue], dict[str, ControlTotals]]


@dataclass(frozen=True, slots=True)
class Counted:
    """A count now and at the last run.

    Attributes:
        now: as counted at the source.
        before: at the last run, None when there was none.
    """

    now: int
    before: int | None = None

    @property
    def more(self) -> int:
        """How many more there are than then; all of them when there was no run."""
        return max(0, self.now - (self.before or 0))

    def plain(self) -> dict[str, int | None]:
        """Give it as plain data."""
        return {"now": self.now, "before": self.before}


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run would meet.

    Attributes:
        delivery: ``municipality/delivery``.
        test: of a test delivery.
        at: the reference time it would have.
        sources: what the check of each source said.
        streams: rows per stream.
        objects: rows of the root stream, one per object; 0 when the mapping does not fit the sources.
        documents: documents listed.
        bytes: their bytes as the sources list them.
        fresh: objects that are archived at least; changes inside rows cannot be counted beforehand.
        packages: how many packages at least and at most.
        seconds: per stage, from the rates of earlier runs; empty when there was none.
        needed: bytes of disk.
        free: bytes that are free in the work root.
        last: id of the run that it was compared with, or None: everything is new.
        landing: id of the landing that was counted, None when the sources were.
        tested: id of the test run that time and findings are estimated from, while there is no live run.
        risks: what may go wrong, the worst first.
    """

    delivery: str
    test: bool
    at: datetime
    sources: tuple[SourceCheck, ...]
    streams: Mapping[str, Counted]
    objects: Counted
    documents: Counted
    bytes: Counted
    fresh: int
    packages: tuple[int, int]
    seconds: Mapping[str, float]
    needed: int
    free: int
    last: str | None
    risks: tuple[Finding, ...] = ()
    tested: str | None = None
    landing: str | None = None

    @property
    def possible(self) -> bool:
        """Nothing is known that would stop the run."""
        return all(risk.severity != "critical" for risk in self.risks)

    def plain(self) -> dict[str, Any]:
        """Give it as ``leverans run --dry --json`` prints it."""
        return {
            "delivery": self.delivery,
            "test": self.test,
            "dry": True,
            "possible": self.possible,
            "reference_time": iso(self.at),
            "compared_with": self.last,
            "estimated_from": self.tested,
            "landing": self.landing,
            "sources": [check.plain() for check in self.sources],
            "streams": {name: count.plain() for name, count in sorted(self.streams.items())},
            "objects": {**self.objects.plain(), "new_at_least": self.fresh},
            "documents": self.documents.plain(),
            "bytes": self.bytes.plain(),
            "packages": {"least": self.packages[0], "most": self.packages[1]},
            "seconds": {
                "total": round(sum(self.seconds.values()), 1) if self.seconds else None,
                "stages": {name: round(value, 1) for name, value in self.seconds.items()},
            },
            "disk": {"needed": self.needed, "free": self.free},
            "risks": [risk.plain() for risk in self.risks],
        }


def foretell(
    settings: Settings, name: str, wish: Wish | None = None, *, clock: Clock | None = None
) -> Forecast:
    """Check the sources, bind the mapping, count, and compare with the last run; nothing is written.

    Where a run would deliver a landing that came from the municipality's host, that landing is counted.

    Args:
        settings: the installation's roots.
        name: ``municipality/delivery``.
        wish: the run that is thought of.
        clock: real time.

    Raises:
        LeveransError: a source cannot be read, or the delivery's own files are wrong. What agreement and
            mapping forbid is told as a risk.
        ConfigurationError: CAR039, the sources are on the municipality's host and no landing has come.
    """
    asked = wish or Wish()
    at = (asked.at or (clock or SystemClock()).now()).replace(microsecond=0)
    delivery = load_delivery(settings.content, name)
    home = settings.municipality(delivery.municipality.name)
    with ExitStack() as stack:
        ledger = (
            stack.enter_context(Ledger.look(home.ledger, SystemClock())) if home.ledger.is_file() else None
        )
        folder = foreseen(home, delivery, asked)
        seen = _sources(settings, home, delivery, asked) if folder is None else _landing(folder)
        checks, catalogues, totals = seen
        plan, unbound = _bound(settings, delivery, catalogues)
        lost = lost_ledger(home, delivery.municipality.name, ledger)
        known = before(ledger, home, delivery, test=asked.test)
        told = _Teller(delivery, plan, catalogues, totals, known)
        found = told.forecast(asked, at, checks, home.root)
        dangers = [
            *agreement_risks(delivery, at),
            *unbound,
            *(approval_risks(settings, ledger, delivery, plan.digest) if plan and not asked.test else ()),
            *told.risks(found),
            *source_risks(settings, delivery, checks),
            *drift_risks(known, catalogues),
            *(lost or ledger_risks(ledger, delivery, known, test=asked.test)),
        ]
        worst = tuple(sorted(dangers, key=lambda risk: _WORST.index(risk.severity)))
        return replace(found, risks=worst, landing=folder.name if folder else None)


def _sources(settings: Settings, home: MunicipalityHome, delivery: Delivery, wish: Wish) -> _Seen:
    """Look at the sources; where they are on another host, say so instead of what is wrong with them here."""
    try:
        return _at_sources(settings, delivery)
    except LeveransError as fault:
        elsewhere = delivery.municipality.transfer is not None and not wish.here
        if not elsewhere or home.outbox(delivery.short_name).is_dir():
            raise
        raise ConfigurationError("CAR039", delivery.name, (fault,), delivery=delivery.name) from fault


def _at_sources(settings: Settings, delivery: Delivery) -> _Seen:
    with extracting.opened(settings, delivery) as connectors:
        checks = tuple(connector.check() for connector in connectors)
        for check in checks:
            check.raise_problems()
        catalogues = extracting.discovered(connectors)
        totals = {
            f"{connector.name}.{stream.name}": connector.totals(stream.name)
            for connector in connectors
            for stream in catalogues[connector.name].streams
        }
    return checks, catalogues, totals


def _landing(folder: Path) -> _Seen:
    """Look at a landing: it counts itself."""
    landing = Landing.open(folder)
    totals = {stream.name: stream.totals for stream in landing.manifest.streams}
    return (), {catalogue.source: catalogue for catalogue in landing.catalogues}, totals


def _bound(
    settings: Settings, delivery: Delivery, catalogues: dict[str, Catalogue]
) -> tuple[Plan | None, list[Finding]]:
    """Bind the mapping; what does not fit the sources as they are now is told like any other risk."""
    try:
        return load_mapping(settings, delivery, catalogues), []
    except ConfigurationError as fault:
        return None, [stopping(problem) for problem in fault.problems or (fault,)]


class _Teller:
    """Counts, compared with the last run."""

    def __init__(
        self,
        delivery: Delivery,
        plan: Plan | None,
        catalogues: Mapping[str, Catalogue],
        totals: Mapping[str, ControlTotals],
        known: Before,
    ) -> None:
        self._delivery = delivery
        self._plan = plan
        self._totals = totals
        self._known = known
        documents = {
            f"{source}.{stream.name}"
            for source, catalogue in catalogues.items()
            for stream in catalogue.streams
            if stream.kind == "documents"
        }
        self._rows = {name: total.rows for name, total in totals.items() if name not in documents}
        self._listed = sum(totals[name].rows for name in documents)
        self._bytes = sum(totals[name].bytes for name in documents)

    @property
    def remade(self) -> bool:
        """The mapping or profile is another than at the last run: every object gets a new version."""
        if self._plan is None or not self._known.salt:
            return False
        salt = canonical_digest({"mapping": self._plan.digest, "profile": self._delivery.profile})
        return self._known.salt != salt

    def forecast(self, wish: Wish, at: datetime, checks: tuple[SourceCheck, ...], home: Path) -> Forecast:
        """Give everything but the risks."""
        known = self._known
        root = self._plan.root_stream if self._plan else ""
        objects = Counted(self._rows.get(root, 0), known.rows.get(root))
        documents = Counted(self._listed, known.listed)
        size = Counted(self._bytes, known.bytes)
        fresh = objects.now if self.remade else objects.more
        streams = {name: Counted(rows, known.rows.get(name)) for name, rows in self._rows.items()}
        return Forecast(
            delivery=self._delivery.name,
            test=wish.test,
            at=at,
            sources=checks,
            streams=streams,
            objects=objects,
            documents=documents,
            bytes=size,
            fresh=fresh,
            packages=self._packages(fresh, size),
            seconds=known.seconds(objects.now, documents.now, fresh),
            needed=self._needed(size),
            free=shutil.disk_usage(_there(home)).free,
            last=known.run,
            tested=known.tested,
        )

    def risks(self, found: Forecast) -> Iterator[Finding]:
        """Tell what the counts themselves warn of."""
        if found.needed > found.free:
            yield Finding.of("OPR042", "", needed=found.needed, free=found.free)
        if self.remade:
            yield Finding.of("OPR043", self._delivery.name, objects=found.objects.now)
        for name, count in sorted(found.streams.items()):
            if count.before is not None and count.now < count.before:
                yield Finding.of("OPR044", name, stream=name, now=count.now, before=count.before)

    def _packages(self, fresh: int, size: Counted) -> tuple[int, int]:
        """Give the fewest and the most: each year, and each route, begins a package of its own."""
        if not fresh:
            return (0, 0) if self._known.run and not size.more else (0, self._parts(1, size.more))
        years = self._delivery.period
        spans = (years.end.year if years.end else years.start.year) - years.start.year + 1
        routes = 2 if self._delivery.protected else 1
        least = self._parts(fresh, size.more)
        return least, least + min(fresh, spans * routes) - 1

    def _parts(self, objects: int, size: int) -> int:
        limits = self._delivery.packages
        return max(1, -(-objects // limits.objects), -(-size // limits.bytes))

    def _needed(self, size: Counted) -> int:
        """Give the bytes of disk: new documents three times, and the rows of a whole landing."""
        rows = sum(self._rows.values())
        landing = self._known.landing_bytes or rows * _ROW
        documents = size.now if self.remade or not self._known.kept else size.more
        return documents * _COPIES + landing * _LANDINGS


def _there(path: Path) -> Path:
    """Give the nearest folder that is there."""
    while not path.is_dir():
        path = path.parent
    return path
