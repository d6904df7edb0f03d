"""What a run answers with; the names are the contract of ``leverans run --json``."""

from dataclasses import dataclass, field
from typing import Any, Literal

from leverans.delivery.counting import Counts

Status = Literal["complete", "incomplete", "refused"]


@dataclass(frozen=True, slots=True)
class RunResult:
    """The outcome of one run.

    Attributes:
        run: id of the run in the ledger.
        status: ``complete`` (balanced, every package read back), ``incomplete`` or ``refused``.
        balanced: the conservation law holds for every stream, for documents and for objects.
        settled: nothing in quarantine is undecided.
        counts: everything counted.
        packages: packages delivered in this run.
        receipt: path of the receipt, None when refused.
        seconds: real time of this process's part of the run.
        problems: what made it incomplete, as plain findings.
        stages: real time per stage in seconds.
        test: a test delivery.
        undecided: what is in quarantine, of the whole delivery, and nobody has decided about.
        parent: the full run that a settling run settles, None for a full run.
        approval: the approved test that a live run rests on, with the difference in content since; or None.
        ledger_seconds: real time inside the ledger's writing transactions, in whichever stage.
        resumed: rows that an interrupted extract had brought already, by ``source.stream``.
    """

    run: str
    status: Status
    balanced: bool
    settled: bool
    counts: Counts
    packages: int
    receipt: str | None
    seconds: float
    problems: tuple[dict[str, object], ...] = ()
    report: str | None = None
    test: bool = False
    stages: dict[str, float] = field(default_factory=dict)
    undecided: int = 0
    parent: str | None = None
    approval: dict[str, Any] | None = None
    ledger_seconds: float = 0.0
    resumed: dict[str, int] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """Give the outcome as ``leverans run --json`` prints it."""
        counts = self.counts
        return {
            "run": self.run,
            "status": self.status,
            "test": self.test,
            "balanced": self.balanced,
            "settled": self.settled,
            "undecided": self.undecided,
            "parent": self.parent,
            "approval": self.approval,
            "objects": {
                **counts.objects,
                "held_back": counts.held.get("objects", 0),
                "by_state": dict(sorted(counts.states.items())),
            },
            "entities": counts.entities,
            "streams": dict(sorted(counts.streams.items())),
            "resumed": dict(sorted(self.resumed.items())),
            "documents": {**counts.documents, "held_back": counts.held.get("documents", 0)},
            "packages": self.packages,
            "findings": dict(sorted(counts.findings.items())),
            "quarantined": dict(sorted(counts.quarantined.items())),
            "excluded": dict(sorted(counts.excluded.items())),
            "problems": list(self.problems),
            "receipt": self.receipt,
            "report": self.report,
            "stages": {name: round(seconds, 3) for name, seconds in self.stages.items()},
            "ledger_seconds": round(self.ledger_seconds, 3),
            "seconds": round(self.seconds, 2),
        }
