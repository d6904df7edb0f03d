"""Receipt: what came and what became of it, in one JSON file."""

from pathlib import Path

from leverans import __version__
from leverans.blobs import commit, digest_file
from leverans.clock import iso
from leverans.contracts import PackageDescriptor, Receipt, to_json
from leverans.delivery.counting import Counts
from leverans.delivery.job import Job
from leverans.delivery.result import Status


def write_receipt(
    job: Job,
    *,
    counts: Counts,
    packages: list[PackageDescriptor],
    status: Status,
    balanced: bool,
    settled: bool,
    landing: str,
    mapping: str,
) -> Path:
    """Write the receipt of a run and record it in the ledger; a resumed run writes it anew."""
    receipt = Receipt(
        run=job.run.id,
        delivery=job.delivery.name,
        agreement=job.delivery.agreement.plain(),
        reference_time=iso(job.run.reference_time),
        issued=iso(job.clock.now()),
        status=status,
        balanced=balanced,
        settled=settled,
        objects={**counts.objects, "by_state": dict(sorted(counts.states.items()))},
        streams=dict(sorted(counts.streams.items())),
        documents=counts.documents,
        packages=tuple(_package(descriptor) for descriptor in packages),
        findings=dict(sorted(counts.findings.items())),
        landing=landing,
        mapping=mapping,
        code=__version__,
        quarantined=dict(sorted(counts.quarantined.items())),
        excluded=dict(sorted(counts.excluded.items())),
        test=job.run.test,
    )
    folder = job.home.receipts(job.name)
    path = folder / f"{job.run.id}.json"
    with commit(folder) as group:
        group.file(path).write_text(to_json(receipt), encoding="utf-8")
    job.ledger.record_receipt(job.run, path.relative_to(job.home.root).as_posix(), digest_file(path).sha256)
    return path


def _package(descriptor: PackageDescriptor) -> dict[str, object]:
    return {
        "id": descriptor.id,
        "sha256": descriptor.sha256,
        "size": descriptor.size,
        "objects": descriptor.objects,
        "documents": descriptor.documents,
        "partition": descriptor.partition,
        "route": descriptor.route,
        "status": descriptor.status,
    }
