"""How a run begins: as a new one, or as the one that was interrupted."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from leverans import __version__
from leverans.clock import Clock, iso
from leverans.delivery.forms import archivable
from leverans.delivery.job import Job
from leverans.delivery.lock import alone
from leverans.delivery.progress import Progress
from leverans.delivery.traces import refuse_lost
from leverans.delivery.witness import witnessed
from leverans.errors import IntegrityError, UsageError
from leverans.ledger import Ledger, Run
from leverans.registry import Delivery, load_delivery
from leverans.settings import MunicipalityHome, Settings
from leverans.trust import fingerprint, load_or_create_secret

PSEUDONYMS = "pseudonyms.key"
KEY = "key"


@dataclass(frozen=True, slots=True)
class Wish:
    """How a run was asked for.

    Attributes:
        test: to the test archive, marked TEST.
        at: reference time, None for now (or that of the interrupted run).
        restart: give up an interrupted run and begin anew.
        by: the person or deployment that asks.
        landing: id of a landing from the municipality's host, or ``newest``; None: read the sources.
        here: read the sources on this host although the municipality has a ``transfer:``.
    """

    test: bool = False
    at: datetime | None = None
    restart: bool = False
    by: str = "cli"
    landing: str | None = None
    here: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """A delivery with its ledger, held alone: what every run of it begins with."""

    settings: Settings
    delivery: Delivery
    home: MunicipalityHome
    ledger: Ledger
    clock: Clock
    progress: Progress
    secret: bytes = field(repr=False)

    def job(self, run: Run) -> Job:
        """Give what the stages of a run are given."""
        return Job(
            settings=self.settings,
            delivery=self.delivery,
            profile=archivable(self.delivery.profile),
            home=self.home,
            ledger=self.ledger,
            run=run,
            clock=self.clock,
            progress=self.progress,
            secret=self.secret,
        )


@contextmanager
def desk(
    settings: Settings, name: str, clock: Clock, progress: Progress, *, test: bool = False
) -> Iterator[Desk]:
    """Read a delivery, take its lock and open its ledger.

    Args:
        settings: the installation's roots.
        name: ``municipality/delivery``.
        clock: real time.
        progress: listens.
        test: what is done is about test deliveries.

    Raises:
        Refused: AGR, the delivery's files forbid it.
        ConfigurationError: the content is wrong; every fault with its place.
        Outage: the lock or the disk is not to be had now.
        IntegrityError: DLV005 or LED002; OPR070, OPR071, ledger or archive is lost.
    """
    delivery = load_delivery(settings.content, name)
    home = settings.municipality(delivery.municipality.name)
    refuse_lost(home, delivery.municipality.name)
    home.root.mkdir(parents=True, exist_ok=True)
    home.root.chmod(0o700)
    with (
        alone(home.lock(delivery.short_name), name),
        witnessed(settings, delivery.municipality.name, clock) as ledger,
    ):
        refuse_lost(home, delivery.municipality.name, ledger, test=test)
        secret = load_or_create_secret(home.keys / PSEUDONYMS, clock)
        same_key(ledger, secret)
        yield Desk(settings, delivery, home, ledger, clock, progress, secret)


def same_key(ledger: Ledger, secret: bytes) -> None:
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


def begin(ledger: Ledger, delivery: Delivery, wish: Wish, clock: Clock) -> Run:
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
