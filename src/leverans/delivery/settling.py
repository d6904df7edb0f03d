"""A settling run: carries one decision out, over the landing of the full run it settles, and touches no more.

It is a run of its own in the ledger, with packages and a receipt of its own, reconciled like any other;
killed in the middle it goes on where it was.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any

from leverans import __version__
from leverans.delivery import extracting
from leverans.delivery.beginning import KEY, PSEUDONYMS, Desk
from leverans.delivery.counting import Counts, take_back
from leverans.delivery.decided import Selection
from leverans.delivery.job import Job
from leverans.delivery.mapping_stage import Mapper, mapped_folder
from leverans.delivery.reconciling import reconcile
from leverans.delivery.result import RunResult
from leverans.delivery.session import Session, remembered
from leverans.errors import Refused
from leverans.identify import Identifier
from leverans.ledger import Decision, Item
from leverans.ledger.chains import Chain
from leverans.ledger.queries import SETTLES
from leverans.trust import fingerprint

_MAPPED = "map "
FROM_SOURCE = "from_source"
GONE = "DEC011"


class Settling(Session):
    """The steps of a settling run; otherwise as `leverans.delivery.Session`.

    Args:
        job: the run.
        stack: what is let go at the end.
        started: when it began, real time.
        decision: what it carries out.
        about: what the decision is about.
        of: the full run and the settling runs after it.
    """

    def __init__(  # noqa: PLR0917  # one call site
        self,
        job: Job,
        stack: ExitStack,
        started: float,
        decision: Decision,
        about: list[Item],
        of: Chain,
    ) -> None:
        super().__init__(job, stack, started)
        self._decision, self._about, self._of = decision, about, of

    def extract(self) -> dict[str, Any]:
        """Take the full run's landing, or extract anew when the source was mended."""
        job = self.job
        if self._decision.selection.get(FROM_SOURCE):
            return super().extract()
        name = landing_of(job, self._of)
        if extracting.EXTRACT not in self._done():
            job.ledger.checkpoint(job.run, extracting.EXTRACT, "landing", {"id": name})
            there = {"files": 0, "bytes": 0, "already": 0}
            job.ledger.checkpoint(job.run, extracting.TRANSFER, "landing", there)
        return {"landing": name}

    def identify(self) -> dict[str, Any]:
        """Know the formats that are known; the few documents of this run are identified as they are met."""
        job = self.job
        self._identifying = self._stack.enter_context(ExitStack())
        identifier = self._identifying.enter_context(Identifier(job.home.formats))
        with job.timed("map"):
            self._mapper = Mapper(job, self._landing, self._plan, identifier, only=_selection(self._about))
            self._counts = Counts()
        return {"documents": 0}

    def buckets(self) -> range | list[int]:  # type: ignore[override]  # some of them
        """Give the numbers of the buckets in which the decision's objects and rows lie."""
        if self._decision.selection.get(FROM_SOURCE):
            return super().buckets()
        found = self.job.ledger.decisions.parts(self._of, self._about)
        numbers = [part.removeprefix(_MAPPED) for part in found if part.startswith(_MAPPED)]
        return sorted(int(number) for number in numbers if number.isdigit())

    def reconcile(self) -> dict[str, Any]:
        """Read back from the archive what this run delivered."""
        job = self.job
        self._packager.finish()
        delivered = {descriptor.id for descriptor in self._delivered}
        for planned in (*self._packages, *self._held):
            if planned.id not in delivered:
                take_back(self._counts, planned.objects.to_pylist())
        self._tell_gone()
        with job.timed("reconcile"):
            objects = [item.object for item in self._about if item.object is not None]
            objects += [name for planned in self._packages for name in planned.objects["object"].to_pylist()]
            self._read_back = reconcile(job, delivered, only=objects)
        back = self._read_back
        return {"archived": back.archived, "kept": back.kept, "broken": back.broken}

    def walk(self) -> RunResult:
        """Do every step."""
        self.agree()
        self.extract()
        self.transfer()
        self.identify()
        mapped_folder(self.job).mkdir(parents=True, exist_ok=True)
        for number in self.buckets():
            self.map_bucket(number)
        for planned in self.plan():
            self.package(planned)
        self.reconcile()
        return self.close()

    def _done(self) -> set[str]:
        stages = (extracting.EXTRACT, extracting.TRANSFER)
        return {stage for stage in stages if self.job.ledger.checkpoints(self.job.run, stage)}

    def _tell_gone(self) -> None:
        """Count the objects that were to be tried again and are no longer in the source."""
        wanted = {item.object for item in self._about if item.object is not None}
        gone = len(wanted) - self.job.ledger.decisions.met(self.job.run, wanted)
        if gone:
            self._counts.findings[GONE] = gone


def carry_out(at: Desk, decision: Decision, of: Chain, moment: datetime | None = None) -> RunResult:
    """Begin the settling run of a decision and bring it to its end.

    Args:
        at: the delivery, held alone.
        decision: what to carry out.
        of: the full run and the settling runs after it.
        moment: reference time, None for now.

    Raises:
        LeveransError: as `leverans.delivery.opened`.
    """
    run = at.ledger.begin(
        decision.delivery,
        reference_time=(moment or at.clock.now()).replace(microsecond=0),
        test=decision.test,
        code_version=__version__,
        agreement=at.delivery.agreement.id,
        by=decision.person,
        settles={"parent": of.full.run.id, "decision": decision.id},
    )
    at.ledger.checkpoint(run, KEY, PSEUDONYMS, {"fingerprint": fingerprint(at.secret)})
    return go_on(at.job(run))


def go_on(job: Job) -> RunResult:
    """Bring a settling run to its end, from wherever it was."""
    told = job.ledger.events(job.run, SETTLES)[0]
    decisions = job.ledger.decisions
    made = decisions.list(job.run.delivery, test=job.run.test)
    decision = next(one for one in made if one.id == told["decision"])
    of = decisions.chain(job.run.delivery, test=job.run.test)
    if of is None:
        raise AssertionError("a settling run has a full run")
    with _opened(job, decision, decisions.items(decision), of) as session:
        try:
            return session.walk()
        except Refused as fault:
            return session.refuse(fault)


def landing_of(job: Job, of: Chain) -> str:
    """Give the landing of a full run.

    Raises:
        Refused: DEC009, it is not there any more.
    """
    told = job.ledger.checkpoints(of.full.run, extracting.EXTRACT).get("landing")
    name = str(told["id"]) if told else ""
    if not name or not (job.home.landings(job.name) / name).is_dir():
        raise Refused("DEC009", of.full.run.id, run=of.full.run.id)
    return name


@contextmanager
def _opened(job: Job, decision: Decision, about: list[Item], of: Chain) -> Iterator[Settling]:
    with ExitStack() as stack, remembered(job):
        yield Settling(job, stack, time.monotonic(), decision, about, of)


def _selection(about: list[Item]) -> Selection:
    return Selection(
        objects=frozenset(item.object for item in about if item.object is not None),
        rows=frozenset((item.stream, item.key) for item in about if item.stream is not None),
    )
