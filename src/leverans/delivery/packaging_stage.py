"""Package, validate, deliver: package by package, each checked before the archive sees it."""

import csv
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import pyarrow as pa

from leverans import __version__
from leverans.blobs import commit, sweep
from leverans.clock import iso
from leverans.contracts import Finding, PackageDescriptor, from_json, to_json
from leverans.delivery import extracting, mappingfiles, objectlist, paperwork
from leverans.delivery.decided import read_deviations
from leverans.delivery.job import Job
from leverans.delivery.mapped import read_group
from leverans.delivery.planning import PackagePlan
from leverans.delivery.targets import OwnArchive
from leverans.ledger import OBJECT_COLUMNS
from leverans.mapping import Plan
from leverans.model import assemble
from leverans.packaging import Organisation, PackageOrder, Software, build
from leverans.packaging.lifecycle import Happening
from leverans.validation import Report, validate

PACKAGE, DELIVER, BUILT = "package", "deliver", "built"
SOFTWARE = Software("Leverans", __version__)


@dataclass(frozen=True, slots=True)
class _Travelling:
    """What every package of a run carries: source system, documentation, lineage, schemas, instruments."""

    system: Software
    documentation: Mapping[str, bytes]
    lineage: list[dict[str, Any]]
    schemas: Mapping[str, bytes]
    instruments: Mapping[str, str]


class Packager:
    """Makes, validates and delivers packages, one at a time; what this run has delivered is not done again.

    Args:
        job: the run.
        plan: the mapping, bound.
        packages: every package the run makes.
        folders: the mapped buckets.
        connectors: digest of the connector by source, as the landing tells.
    """

    def __init__(
        self,
        job: Job,
        plan: Plan,
        packages: list[PackagePlan],
        folders: list[Path],
        connectors: Mapping[str, str],
    ) -> None:
        self._job, self._folders = job, folders
        self._routes = sorted({planned.route for planned in packages})
        self._done = job.ledger.checkpoints(job.run, PACKAGE)
        system = _system(job)
        self._travelling = _Travelling(
            system,
            describe(job, plan, system),
            [asdict(line) for line in plan.lineage()],
            paperwork.official_schemas(job.settings.schemas, job.profile),
            _instruments(plan, connectors),
        )
        for route in self._routes:
            sweep(job.home.packages(job.name, route, test=job.run.test))
        job.progress.stage(PACKAGE, len(packages))

    def deliver(self, planned: PackagePlan) -> tuple[PackageDescriptor, list[dict[str, object]]]:
        """Make one package, hold it to its profile and hand it to the archive.

        Returns:
            Its descriptor, and plain findings where it failed validation: then it was not delivered.
        """
        done = self._done.get(planned.id)  # built before the run was killed
        if done is not None:
            descriptor = from_json(PackageDescriptor, to_json(done))
        else:
            descriptor = _made(self._job, planned, self._folders, self._travelling)
        faults = _delivered(self._job, planned, descriptor)
        self._job.progress.advance()
        return descriptor, faults

    def finish(self) -> None:
        """Tell the archives that nothing more comes in this run."""
        for route in self._routes:
            target(self._job, route).finish()


def target(job: Job, route: str) -> OwnArchive:
    """Give the archive of a route."""
    return OwnArchive(job.home.archive(route, test=job.run.test), job.clock, public=route == "open")


def package_path(job: Job, descriptor: PackageDescriptor) -> Path:
    """Give where a package's container lies."""
    return job.home.packages(job.name, descriptor.route, test=job.run.test) / descriptor.path


def describe(job: Job, plan: Plan, system: Software) -> dict[str, bytes]:
    """Give the documentation that travels in each package: description, metadata annex, ledger, mapping."""
    return {
        "column-ledger.csv": column_ledger(plan),
        **mappingfiles.papers(job.settings.content, job.delivery, plan.mapping.functions.values()),
        paperwork.ANNEX: paperwork.annex(job, plan),
        paperwork.DESCRIPTION: paperwork.description(job, system),
    }


def _instruments(plan: Plan, connectors: Mapping[str, str]) -> dict[str, str]:
    """Say with what was extracted and mapped, each with its SHA-256."""
    used = "; ".join(
        f"connector of {source} (SHA-256 {digest})" for source, digest in sorted(connectors.items())
    )
    return {"extract": used, "map": f"mapping {plan.mapping.id} (SHA-256 {plan.digest})"}


def column_ledger(plan: Plan) -> bytes:
    """Give the column ledger as CSV: what became of every column of every stream, and why."""
    sheet = io.StringIO()
    writer = csv.writer(sheet, delimiter=";", lineterminator="\r\n")
    writer.writerow(["stream", "column", "use", "target", "reason", "where"])
    for line in plan.column_ledger():
        writer.writerow([line.stream, line.column, line.use, line.target, line.reason, line.where])
    return sheet.getvalue().encode()


def _made(
    job: Job,
    planned: PackagePlan,
    folders: list[Path],
    travelling: "_Travelling",
) -> PackageDescriptor:
    """Build one package."""
    tables = read_group(folders, planned.group, planned.objects["object"].combine_chunks())
    order = _order(job, planned, tables["case"], travelling)
    folder = job.home.packages(job.name, planned.route, test=job.run.test)
    with commit(folder) as group:
        staged = group.file(folder / order.file_name)
        with job.timed("build"):
            descriptor = build(order, assemble(tables), job.store, staged)
    job.ledger.checkpoint(job.run, BUILT, planned.id, {"at": iso(job.clock.now())})
    job.ledger.checkpoint(job.run, PACKAGE, planned.id, asdict(descriptor))
    return descriptor


def _order(
    job: Job,
    planned: PackagePlan,
    cases: pa.Table,
    travelling: "_Travelling",
) -> PackageOrder:
    municipality, agreement = job.delivery.municipality, job.agreement(planned.route)
    plain = agreement.plain() | ({"previous": agreement.previous} if agreement.previous else {})
    return PackageOrder(
        id=planned.id,
        delivery=job.delivery.name,
        partition=planned.partition,
        route=cast("Any", planned.route),
        status=cast("Any", planned.status),
        profile=job.profile,
        reference_time=iso(job.run.reference_time),
        agreement=plain,
        municipality=Organisation(municipality.display_name, municipality.organisation_number),
        creator=Organisation(_creator(job, cases)),
        submitter=Organisation(municipality.display_name, municipality.organisation_number),
        preservation=Organisation(
            municipality.preservation_organisation.name, municipality.preservation_organisation.number
        ),
        system=travelling.system,
        software=SOFTWARE,
        information_type=job.delivery.information_type,
        part=planned.part,
        parts=planned.parts,
        siblings=planned.siblings,
        documentation={
            **travelling.documentation,
            "agreement.json": _json(plain),
            objectlist.NAME: _objects(job, planned),
        },
        lineage=travelling.lineage,
        schemas=travelling.schemas,
        instruments=travelling.instruments,
        deviations=tuple(
            deviation
            for row in planned.objects.select(["object", "deviations"]).to_pylist()
            for deviation in read_deviations(row["object"], row["deviations"])
        ),
    )


def _objects(job: Job, planned: PackagePlan) -> bytes:
    """List the objects as the ledger knows them, so that it can be made anew from the archive."""
    head = {
        "package": planned.id,
        "delivery": job.delivery.name,
        "test": job.run.test,
        "reference_time": iso(job.run.reference_time),
        "partition": planned.partition,
        "route": planned.route,
        "status": planned.status,
        "profile": job.profile.name,
        "agreement": job.agreement(planned.route).id,
        "code": __version__,
        "document_bytes": sum(planned.objects["bytes"].to_pylist()),
    }
    told = zip(planned.objects["object"].to_pylist(), planned.objects["deviations"].to_pylist(), strict=True)
    accepted = {own: text for own, text in told if text}
    return objectlist.write_object_list(head, archived_rows(planned), accepted)


def _system(job: Job) -> Software:
    """Give name and version of the source system, from the connector of the source that is that system."""
    definitions = extracting.definitions(job.settings, job.delivery)
    own = next((found for found in definitions if found.system == job.delivery.system), definitions[0])
    return Software(own.system_name, own.system_version)


def _creator(job: Job, cases: pa.Table) -> str:
    """Give the archival creator of most of the package's cases; each case names its own besides."""
    names = Counter(name for name in cases["creator"].to_pylist() if name and name.strip())
    return min(names, key=lambda name: (-names[name], name)) if names else job.delivery.producer


def _json(plain: Mapping[str, str]) -> bytes:
    import json

    return (json.dumps(plain, ensure_ascii=False, sort_keys=True, indent=2) + "\n").encode()


def _delivered(job: Job, planned: PackagePlan, descriptor: PackageDescriptor) -> list[dict[str, object]]:
    """Validate a package and hand it to the archive; give what is wrong with it."""
    part = descriptor.id
    if part in job.ledger.checkpoints(job.run, DELIVER):
        return []
    path = package_path(job, descriptor)
    faults, checked = _check(job, path, descriptor)
    if faults:
        return faults
    with job.timed("ingest"):
        stored = target(job, planned.route).deliver(path, descriptor.sha256).inventories
    _keep(job, descriptor, checked, stored[part])
    job.ledger.record_package(job.run, descriptor)
    job.ledger.record_objects(job.run, f"deliver {part}", archived_rows(planned, stored))
    job.ledger.checkpoint(
        job.run,
        DELIVER,
        part,
        {"sha256": descriptor.sha256, "route": descriptor.route, "inventory": stored[part]},
    )
    return []


def _keep(job: Job, made: PackageDescriptor, checked: Happening, inventory: str) -> None:
    """Keep beside the package what happened to it after it was closed."""
    built = job.ledger.checkpoints(job.run, BUILT).get(made.id, {}).get("at", checked.at)
    taken = f"objects {made.objects}, documents {made.documents}, inventory sha256 {inventory}"
    happenings = (
        Happening("package", built, "success", f"documents {made.documents}, bytes {made.document_bytes}"),
        checked,
        Happening("ingest", iso(job.clock.now()), "success", taken),
    )
    paperwork.keep_lifecycle(job, made, happenings, SOFTWARE)


def _check(job: Job, path: Path, descriptor: PackageDescriptor) -> tuple[list[dict[str, object]], Happening]:
    """Validate a package; give what is wrong with it, and that it was done."""
    with job.timed("validate"):
        report: Report = validate(path, profile=job.profile.name)
    counts: dict[str, int] = {}
    for finding in report.findings:
        counts[finding.code] = counts.get(finding.code, 0) + 1
    job.ledger.record_findings(job.run, f"validate {descriptor.id}", counts)
    told = f"{report.profile}: {paperwork.counted(counts)}"
    happened = Happening("validate", iso(job.clock.now()), "success" if report.valid else "failure", told)
    if report.valid:
        return [], happened
    wrong = [finding.plain() for finding in report.findings if finding.severity in {"error", "critical"}]
    return [Finding.of("DLV003", descriptor.path).plain(), *wrong[:50]], happened


def archived_rows(planned: PackagePlan, inventories: Mapping[str, str] = MappingProxyType({})) -> pa.Table:
    """Give the ledger's rows for the objects of a package, with their inventories once it is delivered."""
    rows = [
        {
            **{name: row.get(name) for name in OBJECT_COLUMNS.names},
            "reference": None if row["quiet"] else row["reference"],
            "disposition": "archived",
            "package": planned.id,
            "inventory": inventories.get(row["object"]),
        }
        for row in planned.objects.to_pylist()
    ]
    return pa.Table.from_pylist(rows, schema=OBJECT_COLUMNS)
