"""The colour of a run in Prefect equals its status in the ledger.

=====================================  ===================================
the ledger says                        Prefect shows
=====================================  ===================================
complete                               Completed
incomplete                             Failed, called *Incomplete*
refused, or refused before it began    Failed, called *Refused*
not ended, and an outage stopped it    Crashed, called *Interrupted*
not ended, and a fault stopped it      Crashed, called *Stopped*
not ended, and the process is dead     Crashed
another process runs it                Failed, called *Locked*
no run began                           Failed
=====================================  ===================================
"""

from typing import Any

from flows.guarding import words
from flows.tables import text_of
from prefect import get_run_logger
from prefect.states import Completed, Crashed, Failed, State

from leverans.clock import SystemClock
from leverans.delivery import RunResult
from leverans.delivery.stopping import told
from leverans.errors import LeveransError, Outage, Refused
from leverans.ledger import Ledger
from leverans.settings import Settings

LOCKED = "RUN001"
_REASONS = 10


def colour(delivery: str, result: RunResult) -> State[Any]:
    """Give the final state of a run that ended."""
    objects = result.counts.objects
    told_counts = ", ".join(f"{name} {number}" for name, number in objects.items() if number)
    message = f"{delivery} {result.run}: {result.status}; {told_counts or 'no objects'}"
    if result.status == "complete":
        return Completed(message=message)
    reasons = sorted({_reason(problem) for problem in result.problems})
    message = "\n".join([message, *reasons[:_REASONS]])
    get_run_logger().error("%s", message)
    return Failed(name=result.status.capitalize(), message=message)


def _reason(problem: dict[str, Any]) -> str:
    """Give a problem by its code; what is told of it besides may be data, and stays in the ledger."""
    code = str(problem["code"])
    return f"{code} {text_of(code, 'sv')} | {text_of(code, 'en')}"


def stopped(settings: Settings, delivery: str, fault: Exception, *, test: bool) -> State[Any]:
    """Give the final state of a run that did not end, or never began."""
    error = told(fault) if isinstance(fault, OSError) else fault
    message = words(error)
    get_run_logger().error("%s: %s", delivery, message)
    if isinstance(error, Refused):
        return Failed(name="Refused", message=message)
    if isinstance(error, LeveransError) and error.code == LOCKED:
        return Failed(name="Locked", message=message)
    if not waits(settings, delivery, test=test):
        return Failed(message=message)
    return Crashed(name="Interrupted" if isinstance(error, Outage) else "Stopped", message=message)


def failed(delivery: str, fault: Exception) -> State[Any]:
    """Give the final state of a run that has no ledger: an outage may be tried again, the rest is mended."""
    error = told(fault) if isinstance(fault, OSError) else fault
    message = words(error)
    get_run_logger().error("%s: %s", delivery, message)
    if isinstance(error, Outage):
        return Crashed(name="Interrupted", message=message)
    return Failed(name="Refused" if isinstance(error, Refused) else "Failed", message=message)


def waits(settings: Settings, delivery: str, *, test: bool) -> bool:
    """Say whether the ledger has a run of this delivery that did not end."""
    municipality = delivery.split("/", maxsplit=1)[0]
    path = settings.municipality(municipality).ledger
    if not path.is_file():
        return False
    try:
        with Ledger.look(path, SystemClock()) as ledger:
            return ledger.unfinished(delivery, test=test) is not None
    except LeveransError:
        return False
