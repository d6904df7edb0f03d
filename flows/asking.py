"""How a run was asked for, and what it is called in Prefect."""

from datetime import UTC, datetime
from typing import Any

from flows.quietly import quietly
from prefect import get_client
from prefect.runtime import deployment as asked_by
from prefect.runtime import flow_run as running

from leverans.delivery import Wish
from leverans.errors import UsageError

LABEL = "leverans.run"
"""Label of a flow run: the id of the ledger's run that it worked on."""


def flow_run_name() -> str:
    """Give ``mora/alkt``, with TEST when it is one; of maintenance its flow: ``fixity mora``."""
    given = running.get_parameters() or {}
    if "delivery" in given:
        return f"{given['delivery']} TEST" if given.get("test") else str(given["delivery"])
    return " ".join(filter(None, (running.get_flow_name(), given.get("municipality"))))


def wish_of(*, test: bool, at: str | None, restart: bool) -> Wish:
    """Give what was asked for.

    Raises:
        UsageError: USE002, the time cannot be read.
    """
    return Wish(test=test, at=moment_of(at), restart=restart, by=f"prefect:{asked_by.get_name() or 'direct'}")


def moment_of(text: str | None) -> datetime | None:
    """Read a time, ISO 8601, UTC where it names no zone.

    Raises:
        UsageError: USE002, it cannot be read.
    """
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError("USE002", "", given=text) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def announced(delivery: str, run: str) -> None:
    """Tag the flow run with the delivery, and label it with the ledger's run."""
    quietly(_announce, delivery, run)


def _announce(delivery: str, run: str) -> None:
    own: Any = running.get_id()
    municipality = delivery.split("/", maxsplit=1)[0]
    with get_client(sync_client=True) as client:
        known = client.read_flow_run(own)
        client.update_flow_run(own, tags={*known.tags, "leverans", municipality, delivery})
        client.update_flow_run_labels(own, {LABEL: run})
