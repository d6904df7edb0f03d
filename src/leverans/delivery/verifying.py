"""Verifies receipts and audit logs: against a trust folder, the ledger, the packages and each other."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from leverans.blobs import digest_file
from leverans.contracts import Finding
from leverans.delivery.heads import SignedHead, heads_path
from leverans.errors import IntegrityError
from leverans.ledger import Head, Ledger, Run
from leverans.ledger.audit import ISSUED, PURGE, REBUILD, RESTORE
from leverans.settings import MunicipalityHome
from leverans.trust import Check, SignedReceipt, Trust


def verify_receipt(
    path: Path, trust: Trust, *, home: MunicipalityHome | None = None, ledger: Ledger | None = None
) -> list[Check]:
    """Ask everything there is to ask about a receipt.

    Args:
        path: the file.
        trust: what is believed.
        home: the municipality's folder, to compare with packages; needs `ledger`.
        ledger: the municipality's ledger, to compare with.

    Returns:
        ``form``, ``signature``, ``key`` and ``countersignature``; with a ledger also ``ledger``, ``log``,
        ``content``, ``previous`` and ``packages``. A file that is no receipt answers the first alone.
    """
    try:
        receipt = SignedReceipt.read(path.read_bytes(), path.name)
    except IntegrityError as fault:
        return [Check("form", "fails", fault)]
    checks = [*receipt.checks(trust, path.name)]
    if home is not None and ledger is not None:
        checks += _compared(receipt, path.name, home, ledger)
    return checks


def failing(checks: Iterable[Check]) -> list[IntegrityError]:
    """Give what fails."""
    return [check.fault for check in checks if check.fault is not None]


def run_of(receipt: SignedReceipt, ledger: Ledger) -> Run | None:
    """Give the run of a receipt, None when this ledger does not know it."""
    body = receipt.body
    for state in ledger.runs(str(body["delivery"])):
        if state.run.id == body["run"]:
            return state.run
    return None


def _compared(receipt: SignedReceipt, where: str, home: MunicipalityHome, ledger: Ledger) -> Iterator[Check]:
    body, run = receipt.body, run_of(receipt, ledger)
    if run is None:
        owner = receipt.municipality
        yield Check("ledger", "fails", IntegrityError("RCP010", where, run=body["run"], municipality=owner))
        return
    told = [event["sha256"] for event in ledger.events(run, "receipt")]
    issued = [entry.entry["sha256"] for entry in ledger.audit.entries(ISSUED) if entry.entry["run"] == run.id]
    same = told == issued == [receipt.sha256]
    yield _check("ledger", same, IntegrityError("RCP004", where, run=run.id))
    head = Head(**body["audit"])
    if rebuilt(ledger, receipt.sha256):
        yield Check("log", "absent")
        yield Check("content", "absent")
    else:
        yield _check("log", leads_to(ledger, head), IntegrityError("RCP007", where, size=head.size))
        content = ledger.audit.content(run).plain() == dict(body["content"])
        yield _check("content", content, IntegrityError("RCP008", where, run=run.id))
    earlier = {
        event["sha256"]
        for state in ledger.runs(run.delivery)
        for event in ledger.events(state.run, "receipt")
    }
    chained = body["previous"] is None or body["previous"] in earlier - {receipt.sha256}
    yield _check("previous", chained, IntegrityError("RCP009", where))
    yield _packages(receipt, run, home, ledger)


def rebuilt(ledger: Ledger, sha256: str) -> bool:
    """Say whether a receipt is older than the log: a lost ledger was made anew, and says so."""
    entries = [*ledger.audit.entries(ISSUED, REBUILD)]
    last = max((entry.position for entry in entries if entry.kind == REBUILD), default=-1)
    return any(entry.position < last and entry.entry.get("sha256") == sha256 for entry in entries)


def leads_to(ledger: Ledger, head: Head) -> bool:
    """Say whether the log had this head when it was that long."""
    from leverans.ledger.audit import root_at

    leaves = ledger.audit.leaves()
    return head.size <= len(leaves) and root_at(leaves, head.size) == head.root


def _packages(receipt: SignedReceipt, run: Run, home: MunicipalityHome, ledger: Ledger) -> Check:
    """Hold the packages on the disk to the digests of the receipt, whatever the ledger says by now."""
    told = receipt.body["packages"]
    paths = {one.id: one.path for one in ledger.packages(run)}
    short = run.delivery.split("/", 1)[1]
    gone = ledger.audit.entries(PURGE, RESTORE, REBUILD)
    purged = {digest for entry in gone for digest in entry.entry.get("packages", ())}
    there = 0
    for package in told:
        name = str(package["id"])
        path = (
            home.packages(short, package["route"], test=run.test) / Path(paths.get(name, f"{name}.zip")).name
        )
        if not path.is_file():
            if package["sha256"] not in purged:
                return Check("packages", "fails", IntegrityError("RCP005", path.name, package=name))
            continue
        there += 1
        found = digest_file(path).sha256
        if found != package["sha256"]:
            fault = IntegrityError(
                "RCP006", path.name, package=name, found=found[:16], expected=package["sha256"][:16]
            )
            return Check("packages", "fails", fault)
    return Check("packages", "holds" if there or not told else "absent")


def _check(name: str, holds: bool, fault: IntegrityError) -> Check:
    return Check(name, "holds") if holds else Check(name, "fails", fault)


def verify_audit(
    home: MunicipalityHome, municipality: str, ledger: Ledger, trust: Trust, kept: Iterable[Head] = ()
) -> list[Finding]:
    """Hold ledger, audit log, signed heads and receipts of a municipality to each other.

    Args:
        home: the municipality's folder.
        municipality: its name.
        ledger: its ledger.
        trust: what is believed.
        kept: heads that somebody kept elsewhere and that are believed.

    Returns:
        Every fault: AUD, RCP, SIG; AUD017, a warning, where the log was begun anew.
    """
    heads, findings = set(kept), list[Finding]()
    for found in _signed_heads(home, municipality, trust):
        if isinstance(found, Head):
            heads.add(found)
        else:
            findings.append(found)
    entries = [entry.entry for entry in ledger.audit.entries(ISSUED)]
    if entries and not heads_path(home).is_file():
        findings.append(Finding.of("AUD010", "receipts", path=heads_path(home).name))
    for entry in entries:
        faults, head = _issued(home, ledger, trust, str(entry.get("path", "")), str(entry.get("sha256", "")))
        findings += faults
        heads |= {head} if head and not rebuilt(ledger, str(entry.get("sha256"))) else set()
    findings += [
        Finding.of("AUD017", f"audit[{entry.position}]", at=entry.at[:10])
        for entry in ledger.audit.entries(REBUILD)
    ]
    return [*ledger.audit.check(heads), *findings]


def _signed_heads(home: MunicipalityHome, municipality: str, trust: Trust) -> Iterator[Head | Finding]:
    path = heads_path(home)
    lines = path.read_bytes().splitlines(keepends=True) if path.is_file() else []
    for number, line in enumerate(lines, 1):
        where = f"{path.name}:{number}"
        try:
            signed = SignedHead.read(line, where)
            signed.verify(trust, where)
        except IntegrityError as fault:
            yield told(fault)
            continue
        if signed.municipality == municipality:
            yield signed.head
        else:
            yield Finding.of("SIG008", where, found=signed.municipality, expected=municipality)


def _issued(
    home: MunicipalityHome, ledger: Ledger, trust: Trust, path: str, sha256: str
) -> tuple[list[Finding], Head | None]:
    """Hold a receipt file to the log's entry of it; give the head that it bears, when it can be believed."""
    where = Path(path).name
    file = (
        home.root / "receipts" / Path(path).relative_to("receipts") if path.startswith("receipts/") else None
    )
    if file is None or ".." in file.parts or not file.is_file():
        return [Finding.of("RCP012", where, path=where)], None
    try:
        receipt = SignedReceipt.read(file.read_bytes(), where)
    except IntegrityError as fault:
        return [told(fault)], None
    faults = [told(fault) for fault in failing(receipt.checks(trust, where))]
    head = None if faults else Head(**receipt.body["audit"])
    run = run_of(receipt, ledger)
    known = [event["sha256"] for event in ledger.events(run, "receipt")] if run else []
    if receipt.sha256 != sha256 or known != [sha256]:
        faults.append(Finding.of("RCP004", where, run=str(receipt.body["run"])))
    return faults, head


def told(fault: IntegrityError) -> Finding:
    """Give an error as a finding."""
    parameters = {
        name: value if isinstance(value, int) else str(value) for name, value in fault.parameters.items()
    }
    return Finding.of(fault.code, fault.where, severity=None, **parameters)
