"""The report of a run that has just ended: it never changes what the run is."""

from dataclasses import replace

from leverans.clock import Clock
from leverans.delivery import RunResult
from leverans.errors import LeveransError, Outage
from leverans.report.writing import write
from leverans.settings import Settings


def attached(
    settings: Settings, delivery: str, result: RunResult, *, clock: Clock | None = None
) -> tuple[RunResult, LeveransError | None]:
    """Write the report of a run and give the result with its path.

    Args:
        settings: the installation's roots.
        delivery: ``municipality/delivery``.
        result: what the run answered with; without a run there is no report.
        clock: tells when the report was written.

    Returns:
        The result, and RPT005 when the report could not be written: a warning, never raised.
    """
    if not result.run:
        return result, None
    try:
        path = write(settings, delivery, result.run, clock=clock)
    except Exception as fault:  # noqa: BLE001  # whatever it is, the run has ended and stands
        reason = fault.code if isinstance(fault, LeveransError) else type(fault).__name__
        return result, Outage("RPT005", f"reports/{delivery.split('/', 1)[1]}/{result.run}", reason=reason)
    return replace(result, report=str(path)), None
