"""Waiting for a run on the municipality's host: never for ever, and never for two of them."""

import time
from dataclasses import dataclass, field
from uuid import UUID

import httpx
from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.deployments import run_deployment
from prefect.events.filters import EventFilter, EventNameFilter, EventResourceFilter
from prefect.exceptions import ObjectNotFound
from prefect.states import Crashed

from leverans.errors import ConfigurationError, Outage

POLL = 2.0
"""Seconds between looks at the municipality's run."""

UNTAKEN = 900
"""Seconds that a run may wait for a worker; then it stays asked for, and the next try waits for the same."""

SILENT = 600
"""Seconds that a run which a worker has taken may show no sign of life; then it is dead."""

_BEAT = "prefect.flow-run.heartbeat"
_OPEN = [StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]


def awaited(delivery: str, run: str, where: str) -> State:
    """Let the municipality's worker extract for a run of the centre, and give how that ended.

    One that is still on its way for the same run is waited for, so that no try reads the source twice.

    Args:
        delivery: ``municipality/delivery``.
        run: id of the run in the centre's ledger.
        where: the place in the content that says that there are two hosts.

    Raises:
        Outage: FLW010 Prefect's server does not answer, FLW011 no worker takes the run, FLW012 its worker
            died.
        ConfigurationError: FLW013, the server does not know the deployment.
    """
    try:
        with get_client(sync_client=True) as client:
            return _watched(client, _on_its_way(client, delivery, run) or _begun(delivery, run), where)
    except ObjectNotFound as fault:
        raise ConfigurationError("FLW013", where, title=_title(delivery)) from fault
    except httpx.HTTPError as fault:
        raise Outage("FLW010", where) from fault


def _title(delivery: str) -> str:
    return f"extract/{delivery.replace('/', '-')}"


def _on_its_way(client: SyncPrefectClient, delivery: str, run: str) -> FlowRun | None:
    found = client.read_flow_runs(
        flow_filter=FlowFilter(name=FlowFilterName(any_=["extract"])),
        flow_run_filter=FlowRunFilter(
            tags=FlowRunFilterTags(all_=[delivery]),
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=_OPEN)),
        ),
    )
    return next((one for one in found if one.parameters.get("run") == run), None)


def _begun(delivery: str, run: str) -> FlowRun:
    return run_deployment(
        _title(delivery),
        parameters={"delivery": delivery, "run": run},
        flow_run_name=delivery,
        timeout=0,
    )


def _watched(client: SyncPrefectClient, run: FlowRun, where: str) -> State:
    patience = Patience(client, run.id)
    while True:
        state = client.read_flow_run(run.id).state
        if state is not None and state.is_final():
            return state
        if patience.over(state):
            raise _given_up(client, run, state, where)
        time.sleep(POLL)


def _given_up(client: SyncPrefectClient, run: FlowRun, state: State | None, where: str) -> Outage:
    told = {"delivery": run.parameters["delivery"], "state": state.name if state else "?"}
    if state is None or state.type == StateType.SCHEDULED:
        return Outage("FLW011", where, minutes=UNTAKEN // 60, **told)
    message = "No sign of life: its worker is dead. The centre asks for it again."
    client.set_flow_run_state(run.id, Crashed(message=message), force=True)
    return Outage("FLW012", where, minutes=SILENT // 60, **told)


@dataclass
class Patience:
    """How long a run has shown no sign; by this host's own clock, so that no two clocks need agree.

    Args:
        client: asks for heartbeats.
        run: id of the run.
    """

    client: SyncPrefectClient
    run: UUID
    _state: object = None
    _beat: UUID | None = None
    _since: float = field(default_factory=time.monotonic)

    def over(self, state: State | None) -> bool:
        """Say whether it has been silent too long in this state."""
        now, kind = time.monotonic(), state.type if state else None
        if state is not None and state.id != self._state:
            self._state, self._since = state.id, now
        limit = UNTAKEN if kind in {None, StateType.SCHEDULED} else SILENT
        if now - self._since <= limit:
            return False
        if kind == StateType.RUNNING and (beat := self._heard()) != self._beat:
            self._beat, self._since = beat, now
            return False
        return True

    def _heard(self) -> UUID | None:
        wanted = EventFilter(
            event=EventNameFilter(name=[_BEAT]),
            resource=EventResourceFilter(id=[f"prefect.flow-run.{self.run}"]),
        )
        events = self.client.read_events(wanted, limit=1).events
        return events[0].id if events else None
