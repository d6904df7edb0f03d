"""One run of one delivery, stage by stage: the command line and the flows walk the same steps."""

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from leverans.blobs import commit
from leverans.clock import Clock, SystemClock
from leverans.contracts import Catalogue, PackageDescriptor
from leverans.delivery import extracting
from leverans.delivery.approving import foresee, note_basis, require
from leverans.delivery.beginning import KEY, PSEUDONYMS, Desk, Wish, begin, desk
from leverans.delivery.closing import close, refused, settle_counts
from leverans.delivery.counting import Counts
from leverans.delivery.job import Job
from leverans.delivery.mapping_stage import MAP, Mapper, load_mapping, mapped_folder, salt
from leverans.delivery.packaging_stage import Packager, column_ledger
from leverans.delivery.planning import PackagePlan, held_back, plan_packages
from leverans.delivery.progress import Progress, Silent
from leverans.delivery.reconciling import ReadBack, reconcile
from leverans.delivery.result import RunResult
from leverans.delivery.stopping import remember
from leverans.delivery.stopping import told as told_by
from leverans.errors import ConfigurationError, LeveransError, Refused
from leverans.mapping import Plan
from leverans.quality import warm
from leverans.registry import match_agreement
from leverans.settings import Settings
from leverans.sources import Landing
from leverans.trust import fingerprint

COLUMNS = "column-ledger.csv"


class Session:
    """The steps of one run, in this order; each is done once and is skipped by a run that goes on.

    ``extract → transfer → identify → begin_mapping → map_bucket (for each) → plan → package (for each) →
    reconcile → close``. What a step gives is a manifest: counts and ids, never rows.
    """

    def __init__(self, job: Job, stack: ExitStack, started: float) -> None:
        self.job = job
        self._stack = stack
        self._started = started
        self._counts = Counts()
        self._delivered: list[PackageDescriptor] = []
        self._problems: list[dict[str, object]] = []
        self._plan: Plan
        self._landing: Landing
        self._identifying: ExitStack
        self._mapper: Mapper
        self._packager: Packager
        self._packages: list[PackagePlan]
        self._held: list[PackagePlan]
        self._read_back: ReadBack

    @property
    def run(self) -> str:
        """The run's id in the ledger."""
        return self.job.run.id

    def agree(self) -> None:
        """Hold the delivery to its agreements, and a live one to its approved test, before anything is read.

        Raises:
            Refused: AGR, it may not be made; APV, it rests on no approved test.
        """
        job = self.job
        match_agreement(job.delivery, job.delivery.facts, job.run.reference_time, "open")
        if job.delivery.protected is not None:
            match_agreement(job.delivery, job.delivery.facts, job.run.reference_time, "protected")
        foresee(job)

    def landed_elsewhere(self, landing: str) -> dict[str, Any]:
        """Take the landing that the municipality's own host has extracted for this run and sent.

        Args:
            landing: its id, as `leverans.delivery.extract_only` gave it.
        """
        self.job.ledger.checkpoint(self.job.run, extracting.EXTRACT, "landing", {"id": landing})
        return {"landing": landing}

    def extract(self) -> dict[str, Any]:
        """Bind the mapping, then land rows and documents; a run that has landed needs its sources no more.

        Raises:
            LeveransError: a source cannot be read, or the mapping does not fit it.
        """
        job = self.job
        with job.timed(extracting.EXTRACT):
            done = job.ledger.checkpoints(job.run, extracting.EXTRACT).get("landing")
            if done is not None:
                return {"landing": done["id"]}
            with extracting.opened(job.settings, job.delivery) as connectors:
                extracting.checked(connectors)
                self._bind(extracting.discovered(connectors))
                landing = extracting.extract(job, connectors)
        return {"landing": landing.folder.name, **_told(landing)}

    def transfer(self) -> dict[str, Any]:
        """Bring the landing to the centre's side by digest, and bind the mapping to what it holds."""
        job = self.job
        with job.timed(extracting.TRANSFER):
            self._landing = extracting.arrived(job)
            self._bind({catalogue.source: catalogue for catalogue in self._landing.catalogues})
        return {"landing": self._landing.folder.name, **_told(self._landing)}

    def identify(self) -> dict[str, Any]:
        """Identify every landed document."""
        with self.job.timed("identify"):
            self._identifying = self._stack.enter_context(ExitStack())
            identifier = self._identifying.enter_context(extracting.identify(self.job, self._landing))
        with self.job.timed("map"):
            self._mapper = Mapper(self.job, self._landing, self._plan, identifier)
            self._counts = self._mapper.whole()
        return {"documents": self._landing.manifest.documents.landed}

    def buckets(self) -> range:
        """Give the numbers of the buckets."""
        return range(self._landing.manifest.buckets)

    def map_bucket(self, number: int) -> dict[str, Any]:
        """Map, check and judge one bucket."""
        with self.job.timed("map"):
            counts = self._mapper.bucket(number)
        self._counts.add(counts)
        return {"bucket": number, "objects": counts.objects, "findings": counts.findings}

    def plan(self) -> list[PackagePlan]:
        """Plan the packages, after every bucket is mapped.

        Raises:
            ConfigurationError: DLV006, there are protected objects and no route for them.
        """
        job = self.job
        self._identifying.close()
        folders = sorted(path for path in mapped_folder(job).iterdir() if path.name.isdigit())
        planned = plan_packages(job.delivery.name, folders, job.delivery.packages)
        self._packages, self._held, told = held_back(planned, self._counts.stopped)
        self._problems += told
        if job.delivery.protected is None and any(plan.route == "protected" for plan in planned):
            raise ConfigurationError("DLV006", job.delivery.where)
        connectors = self._landing.manifest.sources
        self._packager = Packager(job, self._plan, self._packages, folders, connectors)
        return self._packages

    @property
    def planned(self) -> list[PackagePlan]:
        """The packages that `plan` planned, in order."""
        return self._packages

    def package(self, planned: PackagePlan) -> dict[str, Any]:
        """Make one package, validate it and hand it to the archive."""
        descriptor, faults = self._packager.deliver(planned)
        self._problems += faults
        if not faults:
            self._delivered.append(descriptor)
        return {
            "package": descriptor.id,
            "route": descriptor.route,
            "objects": descriptor.objects,
            "documents": descriptor.documents,
            "size": descriptor.size,
            "delivered": not faults,
        }

    def reconcile(self) -> dict[str, Any]:
        """Read back from the archive what was delivered, and hold it against the ledger."""
        self._packager.finish()
        settle_counts(self.job, self._counts, self._packages, self._delivered, self._held)
        with self.job.timed("reconcile"):
            self._read_back = reconcile(self.job, {descriptor.id for descriptor in self._delivered})
        back = self._read_back
        return {"archived": back.archived, "kept": back.kept, "broken": back.broken}

    def close(self) -> RunResult:
        """Compute the final state, write the receipt and end the run."""
        _leave(self.job, self._plan)
        return close(
            self.job,
            self._plan,
            self._landing,
            self._counts,
            self._delivered,
            self._problems,
            self._read_back,
            self._started,
        )

    def refuse(self, fault: Refused) -> RunResult:
        """End a run that a rule of the house forbids."""
        return refused(self.job, fault, self._started)

    def _bind(self, catalogues: Mapping[str, Catalogue]) -> None:
        """Bind the mapping; a run that goes on must still have the one it began with.

        Raises:
            ConfigurationError: every fault of the mapping, or DLV007, it is another one.
            Refused: AGR004, it makes another information type than was agreed; APV, a live run rests on no
                approved test.
        """
        job = self.job
        plan = load_mapping(job.settings, job.delivery, dict(catalogues))
        if plan.information_type != job.delivery.information_type:
            raise Refused(
                "AGR004",
                job.delivery.where,
                field="information_type",
                agreed=job.delivery.information_type,
                found=plan.information_type,
            )
        digest = salt(job, plan)
        before = job.ledger.checkpoints(job.run, "bind").get("mapping")
        if before is None:
            job.ledger.checkpoint(job.run, "bind", "mapping", {"salt": digest, "digest": plan.digest})
        elif before["salt"] != digest:
            raise ConfigurationError("DLV007", job.delivery.name, file=plan.mapping.name)
        note_basis(job, plan)
        require(job, plan.digest)
        self._plan = plan
        if not job.ledger.checkpoints(job.run, MAP):
            warm(plan.checks)


@contextmanager
def opened(
    settings: Settings,
    name: str,
    wish: Wish | None = None,
    *,
    clock: Clock | None = None,
    progress: Progress | None = None,
) -> Iterator[Session]:
    """Begin a run of ``municipality/delivery``, or go on with the interrupted one, alone.

    What stops the block stands in the ledger, and the run goes on the next time.

    Raises:
        Refused: AGR, the delivery's files forbid it; no run begins.
        ConfigurationError: the content is wrong; every fault with its place.
        Outage: a source, the disk or the lock is not to be had now.
        AccessDenied: something may not be read or written.
        IntegrityError: bytes are not what was promised; OPR070, OPR071, ledger or archive is lost.
    """
    started = time.monotonic()
    asked, told = wish or Wish(), clock or SystemClock()
    with desk(settings, name, told, progress or Silent(), test=asked.test) as at, ExitStack() as stack:
        settle_first(at, asked)
        run = begin(at.ledger, at.delivery, asked, told)
        at.ledger.checkpoint(run, KEY, PSEUDONYMS, {"fingerprint": fingerprint(at.secret)})
        job = at.job(run)
        with remembered(job):
            yield Session(job, stack, started)


def settle_first(at: Desk, wish: Wish) -> None:
    """Bring an interrupted settling run to its end, or give it up: what it began must not be doubled."""
    pending = at.ledger.unfinished(at.delivery.name, test=wish.test, settling=True)
    if pending is None:
        return
    if wish.restart:
        at.ledger.finish(pending, "incomplete", {"given_up": True})
        return
    from leverans.delivery.settling import go_on  # a settling run is a session, too

    go_on(at.job(pending))


@contextmanager
def remembered(job: Job) -> Iterator[None]:
    """Write down in the ledger what stops the block."""
    try:
        yield
    except LeveransError as fault:
        remember(job.ledger, job.run, fault)
        raise
    except OSError as fault:
        error = told_by(fault)
        remember(job.ledger, job.run, error)
        raise error from fault


def _told(landing: Landing) -> dict[str, Any]:
    manifest = landing.manifest
    return {
        "streams": len(manifest.streams),
        "rows": sum(stream.rows for stream in manifest.streams),
        "documents": manifest.documents.landed,
        "bytes": manifest.documents.bytes,
        "buckets": manifest.buckets,
    }


def _leave(job: Job, plan: Plan) -> None:
    """Leave the column ledger for the report."""
    path = job.home.evidence(job.name, job.run.id) / COLUMNS
    if not path.exists():
        with commit(path.parent) as group:
            group.file(path).write_bytes(column_ledger(plan))
