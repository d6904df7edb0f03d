"""Telling the monitor must never stop a delivery: Prefect shows, the ledger decides."""

from collections.abc import Callable
from logging import LogRecord
from typing import TypeVar

from prefect.exceptions import CancelledRun, CrashedRun, FailedRun, MissingContextError
from prefect.logging import get_logger, get_run_logger
from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings

T = TypeVar("T")


def quietly(tell: Callable[..., T], *given: object, **named: object) -> T | None:
    """Call `tell` once; when the server is away, note it in the log and go on at once."""
    try:
        with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}):
            return tell(*given, **named)
    except Exception as fault:  # noqa: BLE001  # a server that is down, whatever it raises
        try:
            logger = get_run_logger()
        except MissingContextError:
            logger = get_logger("leverans")
        logger.warning("Prefect was not told (%s)", type(fault).__name__)
        return None


def unrepeated(record: LogRecord) -> bool:
    """Say whether a line of Prefect's engine, or of a run's log, tells something new.

    A flow that ends red ends its process by an exception without news: state and log have told why.
    """
    return not (record.exc_info and isinstance(record.exc_info[1], FailedRun | CrashedRun | CancelledRun))


for _name in ("engine", "flow_runs"):
    get_logger(_name).addFilter(unrepeated)
