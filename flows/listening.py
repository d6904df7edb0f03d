"""What a stage says while it works goes to the run's log."""

from prefect import get_run_logger
from prefect.exceptions import MissingContextError


class Listener:
    """Writes the parts of a stage to Prefect's log: names of stages and streams, numbers, no data."""

    def stage(self, name: str, total: int | None = None) -> None:
        """Say that a stage or a part of it begins."""
        try:
            get_run_logger().info("%s%s", name, f" (of {total})" if total else "")
        except MissingContextError:
            return

    def advance(self, steps: int = 1) -> None:
        """Say nothing: single steps live in the ledger."""
