"""How a run begins: as a new one, or as the one that was interrupted."""

from dataclasses import dataclass
from datetime import datetime

from leverans import __version__
from leverans.clock import Clock, iso
from leverans.errors import IntegrityError, UsageError
from leverans.ledger import Ledger, Run
from leverans.registry import Delivery
from leverans.trust import fingerprint

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
    """

    test: bool = False
    at: datetime | None = None
    restart: bool = False
    by: str = "cli"


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
