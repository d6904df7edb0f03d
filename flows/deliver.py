"""The whole story of a delivery, on one screen.

Each task is a stage of `leverans.delivery.Session`. The ledger decides how a run ended and where it goes on
after a stop; Prefect starts it, shows it, and tries again what was only away.
"""

from typing import Any

from flows.artifacts import Monitor
from flows.asking import announced, flow_run_name, wish_of
from flows.carrying import fetched, two_hosts
from flows.colour import colour, stopped
from flows.guarding import Part, parts, stage, unveiled
from flows.sparing import spared
from prefect import flow
from prefect.states import State

from leverans.delivery import RunResult, Session, opened
from leverans.errors import Refused
from leverans.settings import Settings


@flow(flow_run_name=flow_run_name, persist_result=False)
def deliver(delivery: str, test: bool = False, at: str | None = None, restart: bool = False) -> State[Any]:
    """Deliver ``municipality/delivery``: extract, transfer, map, package, archive, reconcile.

    Args:
        delivery: ``municipality/delivery``.
        test: to the test archive, marked TEST.
        at: reference time, ISO 8601; default: now, or that of the interrupted run.
        restart: give up an interrupted run and begin anew.
    """
    settings, monitor = Settings.load(), Monitor(delivery, test=test)
    try:
        wish = wish_of(test=test, at=at, restart=restart)
        with opened(settings, delivery, wish, progress=monitor) as session:
            announced(delivery, session.run)
            try:
                result = walk(session, monitor)
            except Refused as fault:
                result = session.refuse(fault)
    except Exception as fault:  # noqa: BLE001  # told without data; the ledger remembers it
        return stopped(settings, delivery, fault, test=test)
    monitor.closed(settings, result)
    return colour(delivery, result)


@unveiled()
def walk(session: Session, monitor: Monitor) -> RunResult:
    """Take a run through its stages."""
    agree(session)
    fetched(session) if two_hosts(session) else extract(session)
    monitor.passed("extract")
    transfer(session)
    monitor.passed("transfer")
    identify(session)
    monitor.passed("identify")
    for part in parts(session.buckets()):
        map_buckets(session, part)
        monitor.passed("map", part)
    plan(session)
    for part in parts(session.planned):
        package(session, part)
        monitor.passed("package", part)
    reconcile(session)
    monitor.passed("reconcile")
    return close(session)


@stage("agree")
def agree(session: Session) -> dict[str, Any]:
    """Hold the delivery to its agreements; nothing has been read yet."""
    session.agree()
    return {"agreement": session.job.delivery.agreement.id}


@stage("extract")
def extract(session: Session) -> dict[str, Any]:
    """Land rows and documents, no more runs at a source than it bears."""
    with spared(session.job.delivery):
        return session.extract()


@stage("transfer")
def transfer(session: Session) -> dict[str, Any]:
    """Bring the landing to the centre, by digest."""
    return session.transfer()


@stage("identify")
def identify(session: Session) -> dict[str, Any]:
    """Tell the format of every document."""
    return session.identify()


@stage("map", "map {part}")
def map_buckets(session: Session, part: Part) -> dict[str, Any]:
    """Map, check and judge some buckets."""
    return {"objects": sum(session.map_bucket(number)["objects"].get("found", 0) for number in part.left())}


@stage("plan", retries=0)
def plan(session: Session) -> dict[str, Any]:
    """Decide what goes into which package."""
    return {"packages": len(session.plan())}


@stage("package", "package {part}")
def package(session: Session, part: Part) -> dict[str, Any]:
    """Make some packages, validate them and hand them to the archive."""
    made = [session.package(planned) for planned in part.left()]
    return {name: sum(one[name] for one in made) for name in ("objects", "documents", "size", "delivered")}


@stage("reconcile", retries=0)
def reconcile(session: Session) -> dict[str, Any]:
    """Read back from the archive what was delivered."""
    return session.reconcile()


@stage("close", retries=0)
def close(session: Session) -> RunResult:
    """Compute the final state, write the receipt, end the run."""
    return session.close()
