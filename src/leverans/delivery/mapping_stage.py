"""Map: bucket by bucket from landed rows to archive objects, judged, versioned and written down."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from leverans.blobs import canonical_digest, commit, sweep
from leverans.contracts import Catalogue
from leverans.delivery.bucket import Judged, judge
from leverans.delivery.checking import checked, facts_of, stopped, warned, yielding
from leverans.delivery.counted import whole_facts
from leverans.delivery.counting import Counts
from leverans.delivery.decided import Selection, cut, decide, excluded_by
from leverans.delivery.extracting import definitions
from leverans.delivery.job import Job
from leverans.delivery.mapped import write_bucket
from leverans.formats import yamltext
from leverans.identify import Identifier
from leverans.ledger import OBJECT_COLUMNS, ROW_COLUMNS, Standing
from leverans.mapping import Context, MappedBucket, Mapping, Plan, bind, load
from leverans.mapping.execution.streams import Stream
from leverans.quality import Facts, engine_for
from leverans.registry import Delivery
from leverans.settings import Settings
from leverans.sources import DOCUMENT_SCHEMA, Landing, Root, root_text

MAP = "map"
LEFT = "left"
"""The rule that excludes rows of tables which the mapping leaves, with its reason in the column ledger."""
BROKEN_ROW = "DLV009"
"""A row that belongs to the object could not be read, so the object is set aside (decision 0004)."""
_FORMAT_COLUMNS = {
    "puid": "puid",
    "format": "format",
    "format_version": "version",
    "mime": "mime",
    "basis": "basis",
}


@dataclass(frozen=True, slots=True)
class Hints:
    """Rows that could not be read but tell whose they are.

    Attributes:
        rows: bucket (null where only the parent's rows tell it), stream, hint.
        parents: per stream the stream, and its columns, whose values the hint is held against.
    """

    rows: pa.Table
    parents: dict[str, tuple[str, tuple[str, ...]]]


def load_mapping(settings: Settings, delivery: Delivery, catalogues: dict[str, Catalogue]) -> Plan:
    """Read the delivery's mapping and bind it to its sources, before any row is read.

    Raises:
        ConfigurationError: every fault of file or binding, each with its place.
    """
    return bind(read_mapping(settings, delivery), catalogues)


def read_mapping(settings: Settings, delivery: Delivery) -> Mapping:
    """Read the delivery's mapping, with the municipality's overlay and plan.

    Raises:
        ConfigurationError: every fault of the file, each with its place.
    """
    municipality = settings.content / "municipalities" / delivery.municipality.name
    overlay = yamltext.load(delivery.overlay, settings.content) if delivery.overlay else None
    return load(
        delivery.mapping,
        content=settings.content,
        plan_folder=municipality / "plan",
        overlay=overlay.data if overlay else None,
        overlay_where=overlay.where if overlay else None,
    )


def salt(job: Job, plan: Plan) -> str:
    """Give the digest of what else decides content: the mapping and the profile."""
    return canonical_digest({"mapping": plan.digest, "profile": job.profile.name})


def mapped_folder(job: Job) -> Path:
    """Give the folder of this run's mapped buckets."""
    return job.home.mapped(job.name) / job.run.id


class Mapper:
    """Maps the buckets of one landing, one at a time; what this run has mapped already is only counted.

    Args:
        job: the run.
        landing: the landing at the centre.
        plan: the mapping, bound to it.
        identifier: knows the formats of the documents.
        only: what a settling run touches; None for everything.

    Raises:
        ConfigurationError: QUA004, a rule cannot be evaluated: told before any row is mapped.
    """

    def __init__(
        self,
        job: Job,
        landing: Landing,
        plan: Plan,
        identifier: Identifier,
        only: Selection | None = None,
    ) -> None:
        self._job, self._landing, self._plan, self._identifier = job, landing, plan, identifier
        self._only = only
        self._standing = job.ledger.decisions.standing(job.delivery.name, test=job.run.test)
        self._folder = mapped_folder(job)
        sweep(self._folder)
        self._done = job.ledger.checkpoints(job.run, MAP)
        if len(self._done) < landing.manifest.buckets:
            engine_for(plan.checks)
        self._shared = landing.shared()
        self._hints = broken_hints(job.settings, job.delivery, landing, plan)
        self._facts: Facts | None = None
        job.progress.stage(MAP, landing.manifest.buckets)

    def whole(self) -> Counts:
        """Count what lies in no bucket: shared streams, streams left, rows that could not be read."""
        return _whole_streams(self._job, self._landing, self._standing)

    def bucket(self, number: int) -> Counts:
        """Map, judge and write down one bucket; give its counts."""
        part = f"{number:04d}"
        if part in self._done:
            counts = Counts.of(self._done[part])
        else:
            judged = self._judged(number)
            _write(self._job, self._folder, part, judged)
            counts = judged.counts
        self._job.progress.advance()
        return counts

    def _judged(self, number: int) -> Judged:
        job, plan = self._job, self._plan
        mapped, verdicts, seen = self._mapped(number)
        if self._only is not None:
            mapped, verdicts = cut(mapped, verdicts, self._only, job.secret)
            seen = {}
        ids = mapped.tables["case"]["root"].to_pylist()
        known = job.ledger.lookup(ids, job.delivery.name, test=job.run.test, before=job.run)
        before = {row["object"]: row for row in known.to_pylist()}
        verdicts = yielding(plan, verdicts, before)
        decided = decide(mapped, verdicts, self._standing, job.secret)
        judged = judge(
            decided.mapped,
            decided.verdicts,
            before,
            salt(job, plan),
            test=job.run.test,
            personal=plan.root_stream in plan.personal,
            standing=self._standing,
            deviations=decided.deviations,
        )
        told, stops = warned(verdicts), stopped(plan, judged)
        judged.counts.add(Counts(findings=seen, excluded=decided.left_out, stopped=stops, warned=told))
        return judged

    def _mapped(self, number: int) -> tuple[MappedBucket, pa.Table, dict[str, int]]:
        """Map and check one bucket; give all verdicts, and what identification remarked."""
        job, plan = self._job, self._plan
        bucket, seen = _with_formats(job, self._landing.bucket(number), self._identifier)
        mapped = plan.execute(bucket, self._shared, context(job))
        facts = self._known()
        with job.timed("check"):
            verdicts = checked(plan, mapped, facts)
        broken = broken_rows(self._hints, number, plan, bucket, mapped)
        return mapped, pa.concat_tables([verdicts, broken]), seen

    def _known(self) -> Facts:
        """Give what rules must know; where some see the whole delivery, every bucket is counted first."""
        if self._facts is None:
            facts = facts_of(self._plan, self._job.run.reference_time.date())
            with self._job.timed("count"):
                buckets = self._landing.manifest.buckets
                self._facts = whole_facts(self._plan, facts, self._folder, buckets, self._narrow)
        return self._facts

    def _narrow(self, number: int, plan: Plan) -> MappedBucket:
        bucket, _ = _with_formats(self._job, self._landing.bucket(number), self._identifier)
        return plan.execute(bucket, self._shared, context(self._job))


def broken_hints(settings: Settings, delivery: Delivery, landing: Landing, plan: Plan) -> Hints:
    """Give what the landing's rows that could not be read tell of whose they are."""
    aside = landing.set_aside()
    told = aside.filter(pc.is_valid(aside["hint"])).select(["bucket", "stream", "hint"])
    return Hints(told, _parents(settings, delivery, plan) if told.num_rows else {})


def broken_rows(
    hints: Hints, number: int, plan: Plan, bucket: dict[str, pa.Table], mapped: MappedBucket
) -> pa.Table:
    """Give a verdict for each object of the bucket that a row belongs to which could not be read.

    It says neither key nor line: the row may be the one that says that the object is protected.
    """
    here = pc.or_kleene(pc.is_null(hints.rows["bucket"]), pc.equal(hints.rows["bucket"], number))
    told = hints.rows.filter(here)
    met: set[tuple[str, str]] = set()
    for stream in told["stream"].unique().to_pylist():
        parent = hints.parents.get(stream)
        if parent is None or parent[0] not in bucket:
            continue
        roots = _roots_by_key(plan, *parent, bucket, mapped)
        own = told.filter(pc.equal(told["stream"], stream))["hint"].cast(pa.binary()).combine_chunks()
        found = roots.filter(pc.is_in(roots["key"], value_set=own))["root"].to_pylist()
        met |= {(root, stream) for root in found}
    rows = [
        {"root": root, "stream": stream, "rule": stream}
        | {"code": BROKEN_ROW, "disposition": "quarantine", "detail": ""}
        for root, stream in sorted(met)
    ]
    return pa.Table.from_pylist(rows, schema=mapped.verdicts.schema)


def _roots_by_key(
    plan: Plan, name: str, columns: tuple[str, ...], bucket: dict[str, pa.Table], mapped: MappedBucket
) -> pa.Table:
    """Give the object of each row of a stream by the canonical text of some of its columns.

    The mapping accounts for the rows of a stream in the stream's own order, so they meet by place.
    """
    ordered = Stream(name, bucket[name], plan.keys.get(name, ()), None, frozenset(), bucketed=True).table
    rows = mapped.rows.filter(pc.equal(mapped.rows["stream"], name))
    keys = root_text([ordered[column].combine_chunks() for column in columns])
    return pa.table({"key": keys, "root": rows["root"].combine_chunks()}).drop_null()


def _parents(settings: Settings, delivery: Delivery, plan: Plan) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Give per stream what its rows are held against: the root stream's key, or their parent's columns."""
    rules: dict[str, Root] = {}
    for entry, definition in zip(delivery.sources, definitions(settings, delivery), strict=True):
        for stream in definition.streams:
            if stream.root is not None:
                rules[f"{entry.name}.{stream.name}"] = stream.root
    top = rules.get(plan.root_stream)
    parents: dict[str, tuple[str, tuple[str, ...]]] = {}
    for name, rule in rules.items():
        if rule.via:
            via = rule.via if rule.via in rules else f"{name.partition('.')[0]}.{rule.via}"
            parents[name] = (via, tuple(parent for _own, parent in rule.on))
        elif top is not None and top.by:
            parents[name] = (plan.root_stream, top.by)
    return parents


def context(job: Job) -> Context:
    """Give what the mapping must know of the delivery."""
    return context_of(job.delivery, job.secret, job.run.reference_time)


def context_of(delivery: Delivery, secret: bytes, reference_time: datetime) -> Context:
    """Give what a mapping must know of a delivery, at a reference time."""
    agreed = delivery.agreement.period
    return Context(
        municipality=delivery.municipality.name,
        system=delivery.system,
        secret=secret,
        creators=tuple((who.name, who.period.start, who.period.end) for who in delivery.creators),
        reference_time=reference_time,
        period=(agreed.start, agreed.end),
    )


def _with_formats(
    job: Job, bucket: dict[str, pa.Table], identifier: Identifier
) -> tuple[dict[str, pa.Table], dict[str, int]]:
    """Give the bucket with the formats of its documents beside them, and what identification remarked."""
    seen: dict[str, int] = {}
    tables = {
        name: _identified(job, table, identifier, seen) if _holds_documents(table) else table
        for name, table in bucket.items()
    }
    return tables, seen


def _holds_documents(table: pa.Table) -> bool:
    return bool(table.column_names[: len(DOCUMENT_SCHEMA)] == DOCUMENT_SCHEMA.names)


def _identified(job: Job, table: pa.Table, identifier: Identifier, seen: dict[str, int]) -> pa.Table:
    rows = table.select(["sha256", "name"]).to_pylist()
    items = [(row["sha256"], job.store.path(row["sha256"]), row["name"]) for row in rows if row["sha256"]]
    answers = iter([answer for _, answer in identifier.identify(items)])
    known = [next(answers) if row["sha256"] else None for row in rows]
    for remark in (answer.finding("") for answer in known if answer is not None):
        if remark is not None:
            seen[remark.code] = seen.get(remark.code, 0) + 1
    for column, attribute in _FORMAT_COLUMNS.items():
        values = [getattr(answer, attribute) if answer else None for answer in known]
        table = table.append_column(column, pa.array(values, pa.string()))
    return table


def _whole_streams(job: Job, landing: Landing, standing: Standing) -> Counts:
    """Count what lies in no bucket: shared streams, streams left, rows that could not be read."""
    counts = Counts()
    aside = [_aside_row(row, standing, landing.folder.name) for row in landing.set_aside().to_pylist()]
    kinds = {
        f"{catalogue.source}.{stream.name}": stream.kind
        for catalogue in landing.catalogues
        for stream in catalogue.streams
    }
    for stream in landing.manifest.streams:
        if kinds[stream.name] == "documents":
            continue
        entry = counts.stream(stream.name)
        if stream.left:
            entry["rows"] = entry["excluded"] = stream.rows
            if stream.rows:
                counts.excluded[LEFT] = counts.excluded.get(LEFT, 0) + stream.rows
        elif all(file.bucket is None for file in stream.files):
            entry["rows"] = stream.rows
            entry["reference"] = stream.rows - stream.set_aside
            entry["quarantined"] = stream.set_aside
        else:
            entry["rows"] = entry["quarantined"] = stream.set_aside
    for row in aside:
        code, rule = row["code"], row["rule"]
        counts.findings[code] = counts.findings.get(code, 0) + 1
        if rule is None:
            counts.quarantined[code] = counts.quarantined.get(code, 0) + 1
        else:
            counts.excluded[rule] = counts.excluded.get(rule, 0) + 1
            if kinds[row["stream"]] != "documents":
                counts.streams[row["stream"]]["quarantined"] -= 1
                counts.streams[row["stream"]]["excluded"] += 1
    job.ledger.record_rows(job.run, "set aside", _rows(aside))
    return counts


def _aside_row(row: dict[str, Any], standing: Standing, landing: str) -> dict[str, Any]:
    """Give the ledger's row for one that could not be read; a decision may have excluded it."""
    rule = excluded_by(standing, row["stream"], row["place"], row["code"], landing)
    return {
        "stream": row["stream"],
        "key": row["place"],
        "code": row["code"],
        "disposition": "quarantined" if rule is None else "excluded",
        "rule": rule,
    }


def _rows(rows: list[dict[str, Any]]) -> pa.Table:
    plain = [{"route": "open", "rule": None, "where": None, **row} for row in rows]
    return pa.Table.from_pylist(plain, schema=ROW_COLUMNS)


def _write(job: Job, folder: Path, part: str, judged: Judged) -> None:
    target = folder / part
    if not target.exists():
        with commit(folder) as group:
            write_bucket(group.directory(target), judged.plan, judged.tables)
    objects = [{name: row.get(name) for name in OBJECT_COLUMNS.names} for row in judged.settled]
    job.ledger.record_objects(job.run, f"map {part}", pa.Table.from_pylist(objects, schema=OBJECT_COLUMNS))
    words = {"quarantine": "quarantined", "exclude": "excluded"}
    loose = [row | {"disposition": words[row["disposition"]]} for row in judged.loose]
    job.ledger.record_rows(job.run, f"map {part}", _rows(loose))
    job.ledger.record_findings(job.run, f"map {part}", judged.counts.findings)
    job.ledger.checkpoint(job.run, MAP, part, judged.counts.plain())
