"""The report of a run, written after it has ended."""

from flows.guarding import Shown, stage

from leverans import report as reports
from leverans.delivery import RunResult
from leverans.settings import Settings


def report(settings: Settings, delivery: str, result: RunResult) -> str | None:
    """Write the report; give its path below the work root, None when there is none.

    A report that fails is a red task in a run whose status stays what the ledger says; ``leverans report``
    writes it anew.
    """
    if not result.run:
        return None
    try:
        return str(written(settings, delivery, result.run)["report"])
    except Shown:
        return None


@stage("report")
def written(settings: Settings, delivery: str, run: str) -> dict[str, str]:
    """Write the report of a run."""
    path = reports.write(settings, delivery, run)
    return {"report": path.relative_to(settings.home).as_posix()}
