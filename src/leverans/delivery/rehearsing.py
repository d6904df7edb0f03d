"""A delivery's mapping on the rows of its last landing, without a run: what preview and diff stand on.

Nothing is written, no ledger entry is made and formats are not identified; the objects are those that a run
would make of the same rows, before versions and digests.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from leverans.clock import Clock
from leverans.contracts import Catalogue, from_json
from leverans.delivery.beginning import PSEUDONYMS
from leverans.delivery.extracting import EXTRACT, checked, discovered, opened
from leverans.delivery.mapping_stage import Hints, broken_hints, broken_rows, context_of, load_mapping
from leverans.errors import AccessDenied, ConfigurationError, Outage
from leverans.ledger import Ledger
from leverans.mapping import Context, MappedBucket, Plan
from leverans.quality import DOCUMENT, Facts, evaluate
from leverans.registry import Delivery
from leverans.settings import MunicipalityHome, Settings
from leverans.sources import Landing
from leverans.trust import load_or_create_secret

_MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One bucket, mapped and checked.

    Attributes:
        number: the bucket's number.
        mapped: its archive objects.
        verdicts: all verdicts: of the mapping, of the checks and about rows that could not be read.
    """

    number: int
    mapped: MappedBucket
    verdicts: pa.Table


@dataclass(slots=True)
class Rehearsal:
    """A mapping bound to a landing, ready to be tried.

    Attributes:
        delivery: the delivery as its content root says.
        landing: the rows.
        plan: the mapping, bound to what the landing holds.
        context: what the delivery tells the mapping.
    """

    delivery: Delivery
    landing: Landing
    plan: Plan
    context: Context
    _hints: Hints = field(repr=False)
    _shared: dict[str, pa.Table] = field(repr=False)

    def buckets(self) -> range:
        """Give the numbers of the buckets."""
        return range(self.landing.manifest.buckets)

    def bucket(self, number: int) -> Rehearsed:
        """Map and check one bucket; memory holds no other.

        Raises:
            ConfigurationError: MAP190, a value is bad and the mapping says ``on_error: fail``.
        """
        rows = self.landing.bucket(number)
        mapped = self.plan.execute(rows, self._shared, self.context)
        facts = Facts(
            as_of=self.context.reference_time.date(),
            entities={name: entity.model for name, entity in self.plan.mapping.entities.items()},
        )
        found = evaluate(self.plan.checks, {**mapped.tables, DOCUMENT: mapped.documents}, facts)
        broken = broken_rows(self._hints, number, self.plan, rows, mapped)
        schema = mapped.verdicts.schema
        verdicts = pa.concat_tables([mapped.verdicts, found.cast(schema), broken.cast(schema)])
        return Rehearsed(number, mapped, verdicts)


def rehearse(
    settings: Settings,
    delivery: Delivery,
    landing: Landing,
    *,
    secret: bytes,
    reference_time: datetime,
) -> Rehearsal:
    """Bind a delivery's mapping to a landing.

    Args:
        settings: whose content root holds mapping, code tables and overlay.
        delivery: the delivery, of the same content root.
        landing: the rows.
        secret: the municipality's key for pseudonyms.
        reference_time: the only clock of rules that count years.

    Raises:
        ConfigurationError: every fault of the mapping, each with its place.
    """
    plan = load_mapping(settings, delivery, by_source(landing))
    return Rehearsal(
        delivery=delivery,
        landing=landing,
        plan=plan,
        context=context_of(delivery, secret, reference_time),
        _hints=broken_hints(settings, delivery, landing, plan),
        _shared=landing.shared(),
    )


def by_source(landing: Landing) -> dict[str, Catalogue]:
    """Give what the landing's sources had, by source."""
    return {catalogue.source: catalogue for catalogue in landing.catalogues}


def last_landing(home: MunicipalityHome, delivery: Delivery, clock: Clock) -> tuple[Landing, datetime]:
    """Give the landing of the delivery's latest run, and that run's reference time.

    A landing that no run knows (the extract ran on this host, the centre has not begun) is found by its
    folder; its reference time is now.

    Raises:
        ConfigurationError: MTL003, there is none.
        IntegrityError: SRC130, it is damaged.
    """
    for identifier, moment in _of_runs(home, delivery, clock):
        folder = _folder(home, delivery, identifier)
        if folder is not None:
            return Landing.open(folder), moment
    found = [path for folder in _roots(home, delivery) for path in folder.glob(f"*/{_MANIFEST}")]
    if not found:
        raise ConfigurationError("MTL003", delivery.name)
    newest = max(found, key=lambda path: (path.stat().st_mtime, path.parent.name))
    return Landing.open(newest.parent), clock.now().replace(microsecond=0)


def _roots(home: MunicipalityHome, delivery: Delivery) -> tuple[Path, Path]:
    return home.landings(delivery.short_name), home.outbox(delivery.short_name)


def _folder(home: MunicipalityHome, delivery: Delivery, identifier: str) -> Path | None:
    folders = (root / identifier for root in _roots(home, delivery))
    return next((folder for folder in folders if (folder / _MANIFEST).is_file()), None)


def _of_runs(home: MunicipalityHome, delivery: Delivery, clock: Clock) -> Iterator[tuple[str, datetime]]:
    if not home.ledger.is_file():
        return
    with Ledger.look(home.ledger, clock) as ledger:
        for state in reversed(ledger.runs(delivery.name)):
            told = ledger.checkpoints(state.run, EXTRACT).get("landing")
            if told is not None:
                yield told["id"], state.run.reference_time


def known_secret(home: MunicipalityHome, clock: Clock) -> bytes:
    """Give the municipality's key for pseudonyms; a tool makes none.

    Raises:
        ConfigurationError: MTL014, there is none.
        AccessDenied: KEY001, others may read it.
    """
    path = home.keys / PSEUDONYMS
    if not path.is_file():
        raise ConfigurationError("MTL014", path.name)
    return load_or_create_secret(path, clock)


@dataclass(frozen=True, slots=True)
class Catalogues:
    """What the sources of a delivery hold, and how that is known: ``live`` or ``landing``."""

    by_source: Mapping[str, Catalogue]
    known_by: str


def catalogues(settings: Settings, delivery: Delivery, clock: Clock, *, landed: bool = False) -> Catalogues:
    """Give what the sources hold: live where they can be reached, else as the last landing says.

    Args:
        settings: the installation's roots.
        delivery: the delivery.
        clock: for the ledger that knows the last landing.
        landed: do not ask the sources at all.

    Raises:
        LeveransError: the source cannot be read and there is no landing.
    """
    home = settings.municipality(delivery.municipality.name)
    if not landed:
        try:
            return Catalogues(_live(settings, delivery), "live")
        except (Outage, AccessDenied, ConfigurationError) as fault:
            try:
                landing, _moment = last_landing(home, delivery, clock)
            except ConfigurationError:
                raise fault from None
            return Catalogues(by_source(landing), "landing")
    landing, _moment = last_landing(home, delivery, clock)
    return Catalogues(by_source(landing), "landing")


def _live(settings: Settings, delivery: Delivery) -> dict[str, Catalogue]:
    with opened(settings, delivery) as connectors:
        checked(connectors)
        return discovered(connectors)


def read_catalogues(path: Path) -> dict[str, Catalogue]:
    """Read what ``leverans source discover M/D --json`` wrote.

    Raises:
        ConfigurationError: MTL010, it is no such file.
    """
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))["catalogues"]
        made = [_catalogue(entry) for entry in plain]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        raise ConfigurationError("MTL010", path.name, reason=type(fault).__name__) from fault
    return {catalogue.source: catalogue for catalogue in made}


def _catalogue(plain: Mapping[str, Any]) -> Catalogue:
    return from_json(Catalogue, json.dumps({name: entry for name, entry in plain.items() if name != "rows"}))
