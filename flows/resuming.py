"""Runs that were interrupted: the ledger knows them, Prefect starts their deliveries again."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flows.asking import LABEL
from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import FlowFilter, FlowFilterName, FlowRunFilter, FlowRunFilterTags
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelled, Completed, Crashed, Failed, State

from leverans.clock import Clock, SystemClock
from leverans.delivery.lock import busy
from leverans.ledger import Ledger, RunState
from leverans.settings import Settings

MOST = 5
"""Runs of one delivery that may crash within a day before a person must look."""

CANCELLED = "cancelled, waits for a person"
"""A person cancelled the latest run in Prefect: only a person starts the delivery again."""

CLAIMED = timedelta(minutes=10)
"""How long a worker may hold a run before its flow begins; after that the worker was killed."""

_BY = "prefect:"
_WAITING = {StateType.SCHEDULED, StateType.PENDING}
_AT_WORK = {StateType.RUNNING, StateType.CANCELLING}
_ASKED = {StateType.CANCELLING, StateType.CANCELLED}
_SOON = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Resumption:
    """What was done about a delivery.

    Attributes:
        delivery: ``municipality/delivery``.
        test: a test delivery.
        run: id of the ledger's run.
        done: ``started``, ``waits`` (a run of it is on its way), ``left`` (a person must mend a fault, or it
            crashed too often), `CANCELLED`, ``no deployment``.
        corrected: runs in Prefect whose colour was not the ledger's.
    """

    delivery: str
    test: bool
    run: str
    done: str
    corrected: int


def resumed(
    settings: Settings, delivery: str, quiet: timedelta, clock: Clock | None = None
) -> list[Resumption]:
    """Start a delivery again whose run was interrupted, and give dead runs in Prefect the ledger's colour.

    Args:
        settings: the installation's roots.
        delivery: ``municipality/delivery``.
        quiet: how long a run must have been in its state before it is taken for dead.
        clock: tells the time; default: the machine's.
    """
    clock = clock or SystemClock()
    now = clock.now()
    municipality, short = delivery.split("/", maxsplit=1)
    home = settings.municipality(municipality)
    if not home.ledger.is_file() or busy(home.lock(short)):
        return []
    with Ledger.look(home.ledger, clock) as ledger:
        states = ledger.runs(delivery)
    with get_client(sync_client=True) as client:
        runs = _runs(client, "deliver", delivery)
        corrected = sum(_corrected(client, run, states, now - quiet, now) for run in runs)
        corrected += sum(_unclaimed(client, run, now) for run in _runs(client, "extract", delivery))
        latest = {state.run.test: state for state in states}
        found = [
            _start(client, state, runs, corrected, now) for state in latest.values() if state.status is None
        ]
    return found or ([Resumption(delivery, False, "–", "corrected", corrected)] if corrected else [])


def _runs(client: SyncPrefectClient, flow: str, delivery: str) -> list[FlowRun]:
    """Give the newest runs of a delivery, whoever started them."""
    return client.read_flow_runs(
        flow_filter=FlowFilter(name=FlowFilterName(any_=[flow])),
        flow_run_filter=FlowRunFilter(tags=FlowRunFilterTags(all_=[delivery])),
        sort=FlowRunSort.EXPECTED_START_TIME_DESC,
        limit=50,
    )


def _corrected(
    client: SyncPrefectClient, run: FlowRun, states: list[RunState], still: datetime, now: datetime
) -> bool:
    """Give a run that nobody works on (its delivery's lock is free) the colour that the ledger has."""
    own = next((one for one in states if one.run.id == run.labels.get(LABEL)), None)
    state = run.state
    if state is None or not (_dead(state, own, still) or _never_began(state, now) or _told_wrong(state, own)):
        return False
    client.set_flow_run_state(run.id, _colour(own, state), force=True)
    return True


def _unclaimed(client: SyncPrefectClient, run: FlowRun, now: datetime) -> bool:
    """Free the place of an extract that nobody waits for and whose worker was killed before it began."""
    if run.state is None or not _never_began(run.state, now):
        return False
    client.set_flow_run_state(run.id, _colour(None, run.state), force=True)
    return True


def _dead(state: State[Any], own: RunState | None, still: datetime) -> bool:
    """Say whether a run claims to be at work although nobody has been for a while."""
    ended = own.ended if own is not None else None
    return state.type in _AT_WORK and state.timestamp <= still and (ended is None or ended <= still)


def _never_began(state: State[Any], now: datetime) -> bool:
    """Say whether a worker claimed a run so long ago that it cannot be about to begin it."""
    return state.type == StateType.PENDING and now - state.timestamp > CLAIMED


def _told_wrong(state: State[Any], own: RunState | None) -> bool:
    """Say whether the end that the ledger knows never reached the server: one of the two had died."""
    ended = own.ended if own is not None else None
    if ended is None or not state.is_final() or state.timestamp < ended:
        return False
    right = _colour(own, state)
    return (state.type, state.name) != (right.type, right.name)


def _colour(own: RunState | None, claimed: State[Any]) -> State[Any]:
    if own is None or own.status is None:
        if claimed.type == StateType.CANCELLING:
            return Cancelled(message="The process is dead; a person had cancelled the run.")
        return Crashed(message="The process is dead; the ledger knows where the run goes on.")
    message = f"{own.run.id}: {own.status}, as the ledger says; the process ended before Prefect was told."
    if own.status == "complete":
        return Completed(message=message)
    return Failed(name=own.status.capitalize(), message=message)


def _start(
    client: SyncPrefectClient, state: RunState, runs: list[FlowRun], corrected: int, now: datetime
) -> Resumption:
    own = state.run
    fresh = [client.read_flow_run(run.id) for run in runs]
    same = [run for run in fresh if bool(run.parameters.get("test")) == own.test]
    done = next(_reasons(client, own.by, same, now), "")
    if not done:
        try:
            run_deployment(
                f"deliver/{own.delivery.replace('/', '-')}",
                parameters={"delivery": own.delivery, "test": own.test},
                flow_run_name=f"{own.delivery} TEST" if own.test else own.delivery,
                tags=["resumed"],
                timeout=0,
                as_subflow=False,
            )
            done = "started"
        except ObjectNotFound:
            done = "no deployment"
    return Resumption(own.delivery, own.test, own.id, done, corrected)


def _reasons(client: SyncPrefectClient, by: str, runs: list[FlowRun], now: datetime) -> Iterator[str]:
    """Give why an interrupted run is not started again; nothing when it is."""
    if not by.startswith(_BY):
        yield "left"
    if any(_on_its_way(run, now) for run in runs):
        yield "waits"
    ended = [run for run in runs if run.state and run.state.is_final()]
    last = max(ended, key=lambda run: run.state.timestamp, default=None) if ended else None
    if last is not None and _cancelled(client, last):
        yield CANCELLED
    if last is not None and last.state is not None and last.state.name == "Stopped":
        yield "left"
    crashed = [run for run in ended if run.state and run.state.is_crashed()]
    if (
        sum(run.state is not None and now - run.state.timestamp < timedelta(days=1) for run in crashed)
        >= MOST
    ):
        yield "left"


def _cancelled(client: SyncPrefectClient, run: FlowRun) -> bool:
    """Say whether a person cancelled an ended run; its process may have crashed over it."""
    asked = False
    for state in sorted(client.read_flow_run_states(run.id), key=lambda one: one.timestamp):
        asked = state.type in _ASKED or (asked and state.type != StateType.RUNNING)
    return asked


def _on_its_way(run: FlowRun, now: datetime) -> bool:
    state = run.state
    if state is None or state.type in _AT_WORK:
        return state is not None
    expected = run.expected_start_time
    return state.type in _WAITING and expected is not None and expected < now + _SOON
