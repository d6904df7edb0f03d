"""Two hosts: the municipality's worker extracts and sends, the centre's takes over from there."""

from typing import Any

from flows.guarding import stage
from prefect.deployments import run_deployment
from prefect.states import StateType

from leverans.delivery import Session
from leverans.errors import ConfigurationError, Outage

POLL = 2
"""Seconds between looks at the municipality's run."""

LANDING = "landing"


def two_hosts(session: Session) -> bool:
    """Say whether the sources are read on a host of the municipality."""
    return session.job.delivery.municipality.transfer is not None


@stage("extract", "extract on the municipality's host")
def fetched(session: Session) -> dict[str, Any]:
    """Let the municipality's worker extract and send for this run; a run that has landed asks no more.

    Raises:
        Outage: FLW003, that run was killed or met an outage.
        ConfigurationError: FLW004, it ended otherwise.
    """
    job = session.job
    if LANDING in job.ledger.checkpoints(job.run, "extract"):
        return session.extract()
    name = job.delivery.name
    done = run_deployment(
        f"extract/{name.replace('/', '-')}",
        parameters={"delivery": name, "run": session.run},
        poll_interval=POLL,
        timeout=None,
    )
    state = done.state
    word, _, landing = (state.message or "").partition(" ") if state else ("", "", "")
    if state is not None and state.type == StateType.COMPLETED and word == LANDING:
        return session.landed_elsewhere(landing)
    ended = state.name if state else "?"
    if state is not None and state.type == StateType.CRASHED:
        raise Outage("FLW003", name, delivery=name, state=ended)
    raise ConfigurationError("FLW004", name, delivery=name, state=ended)
