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


class Silent:
    """Listens to nothing."""

    def stage(self, name: str, total: int | None = None) -> None:
        """Do nothing."""

    def advance(self, steps: int = 1) -> None:
        """Do nothing."""
