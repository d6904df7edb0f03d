"""Live progress in the terminal; plain lines on standard error where there is no terminal."""

import sys
import time
from types import TracebackType
from typing import Any, Self

STAGES = {
    "demo": "Demovärld",
    "extract": "Uttag",
    "transfer": "Överföring",
    "send": "Sändning",
    "receive": "Mottagning",
    "identify": "Formatidentifiering",
    "map": "Mappning och kontroller",
    "package": "Paket, validering, arkiv",
    "reconcile": "Avstämning",
}


class Live:
    """Shows the stages of a run on standard error.

    Args:
        quiet: show nothing.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._bars: Any = None
        self._task: Any = None
        self._name = ""
        self._since = 0.0
        self._steps = 0

    def __enter__(self) -> Self:
        if not self._quiet and sys.stderr.isatty():
            self._bars = _bars()
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_stage()
        if self._bars is not None:
            self._bars.stop()

    def stage(self, name: str, total: int | None = None) -> None:
        """Begin a stage."""
        self._end_stage()
        self._name, self._since, self._steps = name, time.monotonic(), 0
        if self._bars is not None:
            self._task = self._bars.add_task(_label(name), total=total)

    def advance(self, steps: int = 1) -> None:
        """Show that steps of the present stage are done."""
        self._steps += steps
        if self._bars is not None and self._task is not None:
            self._bars.advance(self._task, steps)

    def _end_stage(self) -> None:
        if not self._name:
            return
        if self._bars is not None:
            self._bars.update(self._task, total=max(self._steps, 1), completed=max(self._steps, 1))
        elif not self._quiet:
            seconds = time.monotonic() - self._since
            sys.stderr.write(f"{_label(self._name)}: {self._steps}, {seconds:.1f} s\n")
        self._name = ""


def _label(name: str) -> str:
    """Give the Swedish name of a stage, with the part it is at: ``Uttag db.Ärende``."""
    stage, _, part = name.partition(" ")
    return f"{STAGES.get(stage, stage)} {part}".strip()


def _bars() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    return Progress(
        TextColumn("{task.description:32}"),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )
