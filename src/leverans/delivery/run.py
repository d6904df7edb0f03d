"""The whole story of a delivery, in order."""

import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime

from leverans import __version__
from leverans.clock import Clock, SystemClock, iso
from leverans.contracts import Catalogue
from leverans.delivery import extracting
from leverans.delivery.closing import close, refusal, refused, settle_counts
from leverans.delivery.job import Job
from leverans.delivery.lock import alone
from leverans.delivery.mapping_stage import load_mapping, map_buckets, mapped_folder, salt
from leverans.delivery.packaging_stage import package_and_deliver
from leverans.delivery.planning import PackagePlan, plan_packages
from leverans.delivery.progress import Progress, Silent
from leverans.delivery.reconciling import reconcile
from leverans.delivery.result import RunResult
from leverans.delivery.stopping import remember
from leverans.delivery.stopping import told as told_by
from leverans.errors import ConfigurationError, IntegrityError, LeveransError, Refused, UsageError
from leverans.formats import profiles
from leverans.ledger import Ledger, Run
from leverans.mapping import Plan
from leverans.registry import Delivery, load_delivery, match_agreement
from leverans.settings import Settings
from leverans.sources import Connector, Landing
from leverans.trust import fingerprint, load_or_create_secret

PSEUDONYMS = "pseudonyms.key"
KEY = "key"


@dataclass(frozen=True, slots=True)
class Wish:
    """How a run was asked for: to the test archive, at a reference time, giving up an interrupted one."""

    test: bool = False
    at: datetime | None = None
    restart: bool = False
    by: str = "cli"


def deliver(
    settings: Settings,
    name: str,
    wish: Wish | None = None,
    *,
    clock: Clock | None = None,
    progress: Progress | None = None,
) -> RunResult:
    """Deliver ``municipality/delivery``: from its sources to a reconciled archive and a receipt.

    An interrupted run goes on where it was. What is wrong with single objects is in the counts; what is wrong
    with the whole run is raised.

    Raises:
        ConfigurationError: the content is wrong; every fault with its place.
        Outage: a source, the disk or the lock is not to be had now.
        AccessDenied: something may not be read or written.
        IntegrityError: bytes are not what was promised.
    """
    started = time.monotonic()
    asked, told = wish or Wish(), clock or SystemClock()
    try:
        delivery = load_delivery(settings.content, name)
    except Refused as fault:
        return refusal(fault, started, run="", test=asked.test)
    home = settings.municipality(delivery.municipality.name)
    home.root.mkdir(parents=True, exist_ok=True)
    home.root.chmod(0o700)
    with (
        alone(home.lock(delivery.short_name), name),
        Ledger.open(home.ledger, delivery.municipality.name, told) as ledger,
    ):
        secret = load_or_create_secret(home.keys / PSEUDONYMS, told)
        _same_key(ledger, secret)
        run = _begin(ledger, delivery, asked, told)
        ledger.checkpoint(run, KEY, PSEUDONYMS, {"fingerprint": fingerprint(secret)})
        job = Job(
            settings=settings,
            delivery=delivery,
            profile=profiles.load(delivery.profile),
            home=home,
            ledger=ledger,
            run=run,
            clock=told,
            progress=progress or Silent(),
            secret=secret,
        )
        try:
            return _walk(job, started)
        except Refused as fault:
            return refused(job, fault, started)
        except LeveransError as fault:
            remember(ledger, run, fault)
            raise
        except OSError as fault:
            error = told_by(fault)
            remember(ledger, run, error)
            raise error from fault


def _same_key(ledger: Ledger, secret: bytes) -> None:
    """Hold the key for pseudonyms against the one of the latest run: another one makes other objects.

    Raises:
        IntegrityError: DLV005, it is another one (the key file was lost and made anew).
    """
    for state in reversed(ledger.runs()):
        known = ledger.checkpoints(state.run, KEY).get(PSEUDONYMS)
        if known is not None:
            if known["fingerprint"] != fingerprint(secret):
                raise IntegrityError("DLV005", f"keys/{PSEUDONYMS}")
            return


def _begin(ledger: Ledger, delivery: Delivery, wish: Wish, clock: Clock) -> Run:
    """Go on with the interrupted run of this delivery, or begin one.

    Raises:
        UsageError: RUN004, the interrupted run has another reference time than was asked for.
    """
    unfinished = ledger.unfinished(delivery.name, test=wish.test)
    if unfinished is not None and not wish.restart:
        if wish.at is not None and wish.at.replace(microsecond=0) != unfinished.reference_time:
            raise UsageError("RUN004", unfinished.id, time=iso(unfinished.reference_time))
        return unfinished
    if unfinished is not None:
        ledger.finish(unfinished, "incomplete", {"given_up": True})
    moment = (wish.at or clock.now()).replace(microsecond=0)
    return ledger.begin(
        delivery.name,
        reference_time=moment,
        test=wish.test,
        code_version=__version__,
        agreement=delivery.agreement.id,
        by=wish.by,
    )


def _walk(job: Job, started: float) -> RunResult:
    match_agreement(job.delivery, job.delivery.facts, job.run.reference_time, "open")
    if job.delivery.protected is not None:
        match_agreement(job.delivery, job.delivery.facts, job.run.reference_time, "protected")
    with ExitStack() as stack:
        connectors = stack.enter_context(extracting.opened(job.settings, job.delivery))
        with job.timed("extract"):
            plan, landing = _landed(job, connectors)
    with job.timed("transfer"):
        landing = extracting.move(job, landing)
    with job.timed("identify"):
        identifier = extracting.identify(job, landing)
    with identifier, job.timed("map"):
        counts = map_buckets(job, landing, plan, identifier)
    folders = sorted(path for path in mapped_folder(job).iterdir() if path.name.isdigit())
    packages = plan_packages(job.delivery.name, folders)
    _routed(job, packages)
    delivered, problems = package_and_deliver(job, plan, packages, folders)
    settle_counts(job, counts, packages, delivered)
    with job.timed("reconcile"):
        read_back = reconcile(job, {descriptor.id for descriptor in delivered})
    return close(job, plan, landing, counts, delivered, problems, read_back, started)


def _landed(job: Job, connectors: list[Connector]) -> tuple[Plan, Landing]:
    """Bind the mapping before any row is read; a run that already extracted needs its sources no more."""
    outbox = job.home.outbox(job.name)
    done = job.ledger.checkpoints(job.run, extracting.EXTRACT).get("landing")
    if done is not None:
        landing = Landing.open(outbox / done["id"])
        catalogues = {catalogue.source: catalogue for catalogue in landing.catalogues}
        return _bound(job, catalogues), landing
    extracting.checked(connectors)
    plan = _bound(job, extracting.discovered(connectors))
    return plan, extracting.extract(job, connectors)


def _bound(job: Job, catalogues: Mapping[str, Catalogue]) -> Plan:
    plan = load_mapping(job.settings, job.delivery, dict(catalogues))
    if plan.information_type != job.delivery.information_type:
        raise Refused(
            "AGR004",
            job.delivery.where,
            field="information_type",
            agreed=job.delivery.information_type,
            found=plan.information_type,
        )
    digest = salt(job, plan)
    before = job.ledger.checkpoints(job.run, "bind").get("mapping")
    if before is None:
        job.ledger.checkpoint(job.run, "bind", "mapping", {"salt": digest, "digest": plan.digest})
    elif before["salt"] != digest:
        raise ConfigurationError("DLV007", job.delivery.name, file=plan.mapping.name)
    return plan


def _routed(job: Job, packages: list[PackagePlan]) -> None:
    if job.delivery.protected is None and any(planned.route == "protected" for planned in packages):
        raise ConfigurationError("DLV006", job.delivery.where)
