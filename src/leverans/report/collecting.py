"""All that is known of a run, from ledger, receipt, landing, decisions and the municipality's files."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from leverans.clock import Clock, iso
from leverans.errors import UsageError
from leverans.findings import catalogue
from leverans.ledger import Ledger, RunState
from leverans.report.columnledger import FILE, read_columns
from leverans.report.comparing import compared
from leverans.report.decided import decided
from leverans.report.facts import RunFacts
from leverans.report.guarded import masked
from leverans.report.landed import read_landed
from leverans.report.parties import agreement, parties, read_delivery
from leverans.report.parts import (
    AsideFacts,
    CertificateFacts,
    CodeFacts,
    Cut,
    DocumentCounts,
    ObjectCounts,
    PackageFacts,
    PackageTotals,
    ProblemFacts,
    ProofFacts,
    SignatureFacts,
    StreamFacts,
)
from leverans.report.receipts import ReceiptFile, read_receipt
from leverans.report.ruletexts import Rules, read_rules, weighed
from leverans.report.setaside import excluded, kinds, quarantined
from leverans.settings import MunicipalityHome, Settings

Item = TypeVar("Item")
MOST_NAMES = 200
MOST_STREAMS, MOST_PROBLEMS, MOST_PACKAGES, MOST_COLUMNS = 100, 100, 300, 800
MOST_FORMATS, MOST_RULES, MOST_DECISIONS = 60, 100, 200
_STAGES = ("extract", "transfer", "map", "package", "deliver")


def collect(settings: Settings, delivery: str, run_id: str, clock: Clock) -> RunFacts:
    """Collect the facts of one run; the ledger is only read.

    Raises:
        UsageError: RPT001, there is no such run of this delivery.
    """
    municipality, name = delivery.split("/", 1)
    home = settings.municipality(municipality)
    if not home.ledger.is_file():
        raise UsageError("RPT001", "", delivery=delivery, run=run_id)
    with Ledger.open(home.ledger, municipality, clock) as ledger:
        states = [state for state in ledger.runs(delivery) if state.run.id == run_id]
        if not states:
            raise UsageError("RPT001", "", delivery=delivery, run=run_id)
        receipt = read_receipt(home.root, ledger, states[0].run)
        return _facts(settings, _Read(home, ledger, states[0], name, receipt), iso(clock.now()))


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of one run, before it is told."""

    home: MunicipalityHome
    ledger: Ledger
    state: RunState
    name: str
    receipt: ReceiptFile | None

    @property
    def body(self) -> Mapping[str, Any]:
        """What the receipt tells, empty without one."""
        return self.receipt.body if self.receipt else {}

    @property
    def landing(self) -> str:
        """Id of the landing, empty when there is none."""
        made = self.ledger.checkpoints(self.state.run, "extract").get("landing", {})
        return str(self.body.get("landing") or made.get("id", ""))


def _facts(settings: Settings, read: _Read, written: str) -> RunFacts:
    """Tell what was read; every list is cut at a stated number."""
    run, ledger, body = read.state.run, read.ledger, read.body
    files = read_delivery(settings, run.delivery)
    kept = ledger.checkpoints(run, "bind").get("parties") or {}
    facts = RunFacts(
        run=run.id,
        delivery=run.delivery,
        test=run.test,
        status=read.state.status or "interrupted",
        parent=read.state.parent or "",
        reference_time=iso(run.reference_time),
        started=iso(run.started),
        ended=iso(read.state.ended) if read.state.ended else "",
        written=written,
        by=masked(run.by),
        code=run.code_version,
        parties=parties(kept.get("registry", {}), files, body.get("registry", "")),
        agreement=agreement(body.get("agreement", {}), kept.get("agreement", {}), files, run.agreement),
        findings=kinds(body["findings"] if body else ledger.findings(run)),
        proof=_proof(read),
    )
    rules = read_rules(settings, files)
    same = rules if rules.digest == facts.proof.mapping else Rules()
    return _kept(_people(_ruled(_sources(_counts(facts, read), read), same, _warned(read)), read), read)


def _warned(read: _Read) -> dict[str, int]:
    """Count what set nothing aside, by code; runs of earlier versions did not count it."""
    sums: Counter[str] = Counter()
    for part in read.ledger.checkpoints(read.state.run, "map").values():
        sums.update(part.get("warned") or {})
    return dict(sums)


def _counts(facts: RunFacts, read: _Read) -> RunFacts:
    """Add the counts: of the receipt, or as far as the ledger has come."""
    body = read.body
    if body:
        return replace(
            facts,
            balanced=bool(body["balanced"]),
            settled=bool(body["settled"]),
            objects=replace(_objects(body), held=_held(read, "objects")),
            documents=replace(_documents(body), held=_held(read, "documents")),
            streams=_cut(_streams(body), MOST_STREAMS),
        )
    checkpoints = read.ledger.checkpoints
    stages = tuple((stage, len(checkpoints(read.state.run, stage))) for stage in _STAGES)
    return replace(facts, objects=_tallied(read.ledger, read.state), stages=stages)


def _sources(facts: RunFacts, read: _Read) -> RunFacts:
    """Add what landed, what was set aside of it, and the column ledger."""
    landed = read_landed(read.home, read.name, read.landing)
    asides = read.ledger.asides(read.state.run, most=MOST_NAMES)
    aside = tuple(quarantined(asides, landed))
    evidence = read.home.evidence(read.name, read.state.run.id)
    columns = read_columns(evidence)
    if not read.body:
        facts = replace(facts, documents=landed.documents, streams=_cut(landed.streams, MOST_STREAMS))
    return replace(
        facts,
        asides=aside,
        findings=tuple(_named(one, aside) for one in facts.findings),
        excluded=_cut(excluded(asides), MOST_RULES),
        columns=_cut(columns, MOST_COLUMNS),
        columns_file=(evidence / FILE).relative_to(read.home.root).as_posix() if columns else "",
        formats=_cut(landed.formats, MOST_FORMATS),
        comparison=compared(read.home, read.ledger, read.state, read.receipt, columns),
    )


def _named(finding: CodeFacts, asides: tuple[AsideFacts, ...]) -> CodeFacts:
    """Give a finding with the names of the rules where the ledger has kept them."""
    known = next((one.kind for one in asides if one.kind.code == finding.code), None)
    return finding if known is None else replace(finding, sv=known.sv, en=known.en)


def _ruled(facts: RunFacts, rules: Rules, warned: Mapping[str, int]) -> RunFacts:
    """Add what the rules say, where the mapping is still that of the run, and what each finding did."""
    asides = tuple(replace(one, kind=replace(one.kind, rules=rules.told(one.rules))) for one in facts.asides)
    kept = {one.kind.code: one.kind.rules for one in asides}
    findings = tuple(
        rules.judged(replace(one, rules=kept[one.code])) if one.code in kept else rules.named(one)
        for one in facts.findings
    )
    return replace(facts, asides=asides, findings=tuple(weighed(one, warned) for one in findings))


def _people(facts: RunFacts, read: _Read) -> RunFacts:
    """Add what people decided, and whether anything is left to decide now."""
    found = decided(read.ledger, read.state, read.body, MOST_DECISIONS)
    settled = facts.settled
    if settled is not None and found.undecided is not None:
        settled = bool(facts.balanced) and found.undecided == 0
    return replace(
        facts,
        settled=settled,
        undecided=found.undecided,
        decisions=found.decisions,
        approval=found.approval,
    )


def _kept(facts: RunFacts, read: _Read) -> RunFacts:
    """Add packages, and what is wrong with the run as a whole."""
    packages = list(_packages(read.ledger, read.state))
    stopped = read.ledger.events(read.state.run, "stopped") if read.state.status is None else []
    return replace(
        facts,
        stopped_by=str(stopped[-1]["code"]) if stopped else "",
        problems=_problems(read.state, stopped),
        packages=_cut((one for one in packages if one.route == "open"), MOST_PACKAGES),
        package_totals=tuple(_totals(packages)),
    )


def _cut(items: Iterable[Item], most: int) -> Cut[Item]:
    listed = tuple(items)
    return Cut(listed[:most], len(listed))


def _held(read: _Read, kind: str) -> int:
    """Count what was held back with its partition: nothing became of it, so no receipt tells of it."""
    told = read.state.payload.get(kind)
    return int(told.get("held_back", 0)) if isinstance(told, Mapping) else 0


def _objects(body: Mapping[str, Any]) -> ObjectCounts:
    told = body["objects"]
    return ObjectCounts(
        found=told["found"],
        archived=told["archived"],
        unchanged=told["unchanged"],
        quarantined=told["quarantined"],
        excluded=told["excluded"],
        archived_protected=told.get("archived_protected", 0),
        by_state=tuple(sorted(told.get("by_state", {}).items())),
    )


def _documents(body: Mapping[str, Any]) -> DocumentCounts:
    told = body["documents"]
    return DocumentCounts(
        listed=told["listed"],
        landed=told["landed"],
        archived=told["archived"],
        quarantined=told["quarantined"],
        excluded=told["excluded"],
        bytes=told["bytes"],
    )


def _tallied(ledger: Ledger, state: RunState) -> ObjectCounts:
    """Count what the ledger has recorded so far of a run without a receipt."""
    counts: Counter[str] = Counter()
    protected = 0
    for tally in ledger.tallies(state.run):
        counts[tally.disposition] += tally.objects
        if tally.disposition == "archived" and tally.route == "protected":
            protected += tally.objects
    return ObjectCounts(
        found=counts.total() - counts["vanished"],
        archived=counts["archived"],
        unchanged=counts["unchanged"],
        quarantined=counts["quarantined"],
        excluded=counts["excluded"],
        archived_protected=protected,
    )


def _streams(body: Mapping[str, Any]) -> list[StreamFacts]:
    names = ("rows", "object", "part_of", "reference", "quarantined", "excluded")
    return [
        StreamFacts(name, *(counts.get(kind, 0) for kind in names))
        for name, counts in sorted(body["streams"].items())
    ]


def _packages(ledger: Ledger, state: RunState) -> Iterable[PackageFacts]:
    for one in ledger.packages(state.run):
        yield PackageFacts(
            id=one.id,
            partition=one.partition,
            route=one.route,
            status=one.status,
            sha256=one.sha256,
            size=one.size,
            objects=one.objects,
            documents=one.documents,
        )


def _totals(packages: list[PackageFacts]) -> Iterable[PackageTotals]:
    for route in sorted({one.route for one in packages}):
        own = [one for one in packages if one.route == route]
        yield PackageTotals(
            route=route,
            packages=len(own),
            objects=sum(one.objects for one in own),
            documents=sum(one.documents for one in own),
            size=sum(one.size for one in own),
        )


def _problems(state: RunState, stopped: list[dict[str, Any]]) -> Cut[ProblemFacts]:
    told = list(state.payload.get("problems", ()))
    if stopped:
        told.append({"code": stopped[-1]["code"], "where": stopped[-1].get("where", "")})
    if not told:
        told = [{"code": code, "where": ""} for code in state.payload.get("codes", ())]
    return _cut((_problem(plain) for plain in told), MOST_PROBLEMS)


def _problem(plain: Mapping[str, Any]) -> ProblemFacts:
    known = catalogue().get(plain["code"])
    text = plain.get("text") or dict.fromkeys(("sv", "en"), plain["code"])
    if "text" not in plain and known is not None:
        (found,) = kinds({plain["code"]: 1})
        text = {"sv": found.sv, "en": found.en}
    remedy = plain.get("remedy") or {}
    return ProblemFacts(
        code=plain["code"],
        where=masked(str(plain.get("where", ""))),
        sv=masked(text["sv"]),
        en=masked(text["en"]),
        remedy_sv=remedy.get("sv") or (known.remedy_sv if known else ""),
        remedy_en=remedy.get("en") or (known.remedy_en if known else ""),
    )


def _proof(read: _Read) -> ProofFacts:
    receipt, landing = read.receipt, read.landing
    resumed = read.ledger.checkpoints(read.state.run, "extract").get("resumed", {})
    if receipt is None:
        bound = read.ledger.checkpoints(read.state.run, "bind").get("mapping", {})
        return ProofFacts(landing=landing, mapping=str(bound.get("digest", "")), resumed=resumed)
    head = receipt.body.get("audit") or {}
    return ProofFacts(
        receipt=receipt.path,
        sha256=receipt.sha256,
        signatures=tuple(_signature(plain) for plain in receipt.signatures),
        audit_size=head.get("size"),
        audit_root=str(head.get("root", "")),
        landing=landing,
        mapping=str(receipt.body.get("mapping", "")),
        certificates=_certificates(receipt.body.get("certificates")),
        resumed=resumed,
    )


def _certificates(named: object) -> tuple[CertificateFacts, ...] | None:
    if not isinstance(named, list):
        return None
    names = ("source", "verdict", "sha256", "at")
    return tuple(CertificateFacts(*(str(one[name]) for name in names)) for one in named)


def _signature(plain: Mapping[str, Any]) -> SignatureFacts:
    return SignatureFacts(
        owner=str(plain.get("owner", "")),
        purpose=str(plain.get("purpose", "")),
        key=str(plain.get("key", "")),
        at=str(plain.get("at", "")),
        by=masked(str(plain.get("by", ""))),
    )
