"""The whole story of a delivery, in order."""

import time

from leverans.clock import Clock
from leverans.delivery.beginning import Wish
from leverans.delivery.closing import refusal
from leverans.delivery.landed import chosen
from leverans.delivery.progress import Progress
from leverans.delivery.result import RunResult
from leverans.delivery.session import Session, opened
from leverans.errors import Refused
from leverans.settings import Settings


def deliver(
    settings: Settings,
    name: str,
    wish: Wish | None = None,
    *,
    clock: Clock | None = None,
    progress: Progress | None = None,
) -> RunResult:
    """Deliver ``municipality/delivery``: from its sources to a reconciled archive and a receipt.

    An interrupted run goes on where it was. Where the municipality has a ``transfer:``, the run delivers a
    landing that came from there, or is told to read the sources here (`leverans.delivery.landed.chosen`).
    What is wrong with single objects is in the counts; what is wrong with the whole run is raised, as
    `leverans.delivery.opened` says.
    """
    started, test = time.monotonic(), (wish or Wish()).test
    try:
        landing = chosen(settings, name, wish or Wish())
        with opened(settings, name, wish, clock=clock, progress=progress) as session:
            try:
                return _walk(session, landing)
            except Refused as fault:
                return session.refuse(fault)
    except Refused as fault:
        return refusal(fault, started, run="", test=test)


def _walk(session: Session, landing: str | None) -> RunResult:
    session.agree()
    if landing is not None:
        session.landed_elsewhere(landing)
    session.extract()
    session.transfer()
    session.identify()
    for number in session.buckets():
        session.map_bucket(number)
    for planned in session.plan():
        session.package(planned)
    session.reconcile()
    return session.close()
