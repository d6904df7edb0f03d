"""How stages tell what they are doing; the terminal, a log or Prefect listens."""

from typing import Protocol


class Progress(Protocol):
    """Listens to the stages of one run."""

    def stage(self, name: str, total: int | None = None) -> None:
        """Say that a stage begins; `total` is the number of steps when it is known."""
        ...

    def advance(self, steps: int = 1) -> None:
        """Say that `steps` of the present stage are done."""
        ...


class Within:
    """Passes the parts of a stage on under the stage's own name; a nameless part is only counted.

    Args:
        progress: who listens.
        stage: the stage's name.
        named: whether the parts' names are told.
    """

    def __init__(self, progress: Progress, stage: str, *, named: bool = True) -> None:
        self._progress = progress
        self._stage = stage
        self._named = named

    def stage(self, name: str, total: int | None = None) -> None:
        """Say that a part begins."""
        self._progress.stage(f"{self._stage} {name}" if self._named else self._stage, total)

    def advance(self, steps: int = 1) -> None:
        """Say that steps of the part are done."""
        self._progress.advance(steps)


class Silent:
    """Listens to nothing."""

    def stage(self, name: str, total: int | None = None) -> None:
        """Do nothing."""

    def advance(self, steps: int = 1) -> None:
        """Do nothing."""
