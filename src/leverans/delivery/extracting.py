"""Extract, transfer and identify: from the sources to a landing at the centre."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from leverans.blobs import sweep
from leverans.contracts import Catalogue
from leverans.delivery.access import access_to
from leverans.delivery.carrying import receive
from leverans.delivery.job import Job
from leverans.delivery.landed import acknowledged
from leverans.delivery.progress import Within
from leverans.errors import IntegrityError
from leverans.identify import Identifier
from leverans.registry import Delivery, SourceEntry
from leverans.settings import Settings
from leverans.sources import Connector, Definition, Landing, land, load_connector, open_connector, transfer

EXTRACT, TRANSFER = "extract", "transfer"
RESUMED = "resumed"
"""Part of an extract that went on where an interrupted one ended: rows by ``source.stream``."""
ATTEMPTS = 3
"""How often an extract begins when the source goes away while it is read."""


@contextmanager
def opened(settings: Settings, delivery: Delivery) -> Iterator[list[Connector]]:
    """Open every source of a delivery, read-only.

    Raises:
        ConfigurationError: a connector file is wrong or a location is not set.
    """
    with ExitStack() as stack:
        yield [stack.enter_context(_open(settings, delivery, entry)) for entry in delivery.sources]


def definitions(settings: Settings, delivery: Delivery) -> list[Definition]:
    """Read the connector file of every source, in the delivery's order.

    Raises:
        ConfigurationError: a file is wrong; every fault with its place.
    """
    return [_definition(settings, entry) for entry in delivery.sources]


def _definition(settings: Settings, entry: SourceEntry) -> Definition:
    path = settings.content / "connectors" / entry.connector / "connector.yaml"
    return load_connector(path, content=settings.content, overrides=_overrides(entry))


def _open(settings: Settings, delivery: Delivery, entry: SourceEntry) -> Connector:
    location = entry.resolve(settings.sources)
    access = access_to(settings, delivery, entry)
    return open_connector(entry.name, _definition(settings, entry), location, settings.sources, access)


def _overrides(entry: SourceEntry) -> dict[str, dict[str, Any]]:
    return {
        stream: {"via": rule.via, "on": dict(rule.on)} if rule.via else {"by": list(rule.by)}
        for stream, rule in entry.root.items()
    }


def checked(connectors: list[Connector]) -> None:
    """Hold every source to its check.

    Raises:
        LeveransError: the first problem of the first source that cannot be read.
    """
    for connector in connectors:
        connector.check().raise_problems()


def discovered(connectors: list[Connector]) -> dict[str, Catalogue]:
    """Give the catalogue of each source by its name."""
    return {connector.name: connector.discover() for connector in connectors}


def extract(job: Job, connectors: list[Connector]) -> Landing:
    """Land rows and documents, once per run."""
    outbox = job.home.outbox(job.name)
    sweep(outbox)
    sweep(job.home.blobs)
    landed = land(
        job.delivery.name,
        connectors,
        root=outbox,
        store=job.store,
        progress=Within(job.progress, EXTRACT),
        attempts=ATTEMPTS,
    )
    if landed.resumed:
        job.ledger.checkpoint(job.run, EXTRACT, RESUMED, dict(landed.resumed))
    job.ledger.checkpoint(job.run, EXTRACT, "landing", {"id": landed.landing_id})
    return Landing.open(landed.folder)


def arrived(job: Job) -> Landing:
    """Give the run's landing on the centre's side, brought there by digest if it is not there yet.

    Where the extract was made on this host, the landing is copied from its outbox (the documents share one
    content store); otherwise it is taken from the municipality's drop.
    """
    name = job.ledger.checkpoints(job.run, EXTRACT)["landing"]["id"]
    target = job.home.landings(job.name)
    if "landing" not in job.ledger.checkpoints(job.run, TRANSFER):
        job.ledger.checkpoint(job.run, TRANSFER, "landing", _brought(job, name, target))
    return Landing.open(target / name)


def _brought(job: Job, name: str, target: Path) -> dict[str, int]:
    """Bring a landing to the centre's side and count what came."""
    listener, source = Within(job.progress, TRANSFER, named=False), job.home.outbox(job.name) / name
    if not source.is_dir() and acknowledged(job.home, job.name, name):
        with suppress(IntegrityError):  # what has spoiled since is asked for in the drop
            here = transfer(target / name, target, job.store, job.store, listener, proven=lambda _: False)
            return {"files": here.files, "bytes": here.bytes, "already": here.already}
    if job.delivery.municipality.transfer is not None and not source.is_dir():
        came = receive(job.settings, job.delivery.name, name, clock=job.clock, progress=listener)
        return {kind: came[kind] for kind in ("files", "bytes", "already")}
    sweep(target)
    moved = transfer(source, target, job.store, job.store, progress=listener)
    return {"files": moved.files, "bytes": moved.bytes, "already": moved.already}


def identify(job: Job, landing: Landing) -> Identifier:
    """Identify every landed document; what is known stays known by digest."""
    identifier = Identifier(job.home.formats)
    job.progress.stage("identify", landing.manifest.documents.landed)
    for table in landing.documents():
        items = _items(job, table.to_pylist())
        for _ in identifier.identify(items):
            job.progress.advance()
    return identifier


def _items(job: Job, rows: list[Mapping[str, Any]]) -> list[tuple[str, Path, str]]:
    store = job.store
    return [(row["sha256"], store.path(row["sha256"]), row["name"]) for row in rows if row["sha256"]]
