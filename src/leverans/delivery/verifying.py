"""Verifies receipts and audit logs: against a trust folder, the ledger, the packages and each other."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from leverans.blobs import digest_file
from leverans.contracts import Finding
from leverans.delivery.heads import SignedHead, heads_path, next_path
from leverans.errors import IntegrityError
from leverans.ledger import Head, Ledger, Run
from leverans.ledger.audit import ACCEPTED, ISSUED, PURGE, REBUILD, RESTORE
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
        signed = signed_size(home, receipt.municipality, ledger, trust)
        try:
            checks += _compared(receipt, path.name, home, ledger, signed)
        except (TypeError, ValueError, KeyError, AttributeError):  # rows that cannot be read any more
            broken = IntegrityError("RCP004", path.name, run=str(receipt.body["run"]))
            checks.append(Check("ledger", "fails", broken))
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


def _compared(
    receipt: SignedReceipt, where: str, home: MunicipalityHome, ledger: Ledger, signed: int
) -> Iterator[Check]:
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
    yield _packages(receipt, run, home, ledger, signed)


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


def signed_size(home: MunicipalityHome, municipality: str, ledger: Ledger, trust: Trust) -> int:
    """Give how many entries of the log the newest head covers that is believed and that the log leads to."""
    heads = {one for one in _signed_heads(home, municipality, ledger, trust) if isinstance(one, Head)}
    return _covered(ledger.audit.leaves(), heads)


def _covered(leaves: list[bytes], heads: Iterable[Head]) -> int:
    from leverans.ledger.audit import root_at

    fitting = sorted({head for head in heads if head.size <= len(leaves)}, key=lambda one: -one.size)
    return next((head.size for head in fitting if root_at(leaves, head.size) == head.root), 0)


def _packages(receipt: SignedReceipt, run: Run, home: MunicipalityHome, ledger: Ledger, signed: int) -> Check:
    """Hold the packages on the disk to the digests of the receipt, whatever the ledger says by now.

    One that is gone must stand in a purge (a restore, a rebuild) that the centre has signed.
    """
    told = receipt.body["packages"]
    paths = {one.id: one.path for one in ledger.packages(run)}
    short = run.delivery.split("/", 1)[1]
    gone = [one for one in ledger.audit.entries(PURGE, RESTORE, REBUILD) if one.position < signed]
    purged = {digest: entry.position for entry in gone for digest in entry.entry.get("packages", ())}
    held, by = 0, set[int]()
    for package in told:
        name = str(package["id"])
        path = (
            home.packages(short, package["route"], test=run.test) / Path(paths.get(name, f"{name}.zip")).name
        )
        if not path.is_file():
            if package["sha256"] not in purged:
                return Check("packages", "fails", IntegrityError("RCP005", path.name, package=name))
            by.add(purged[package["sha256"]])
            continue
        held += 1
        found = digest_file(path).sha256
        if found != package["sha256"]:
            fault = IntegrityError(
                "RCP006", path.name, package=name, found=found[:16], expected=package["sha256"][:16]
            )
            return Check("packages", "fails", fault)
    counts = {"of": len(told), "held": held, "purged": len(told) - held, "entries": sorted(by)}
    return Check("packages", "holds" if held or not told else "absent", told=counts)


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
        Every fault: AUD, RCP, SIG; as warnings AUD017, where the log was begun anew, and AUD019, where a
        person answered for entries that nobody signed.
    """
    heads, findings = set(kept), list[Finding]()
    for found in _signed_heads(home, municipality, ledger, trust):
        if isinstance(found, Head):
            heads.add(found)
        else:
            findings.append(found)
    faults = ledger.audit.check(heads)
    try:
        findings += _receipts(home, ledger, trust, heads)
    except (TypeError, ValueError, KeyError, AttributeError):
        if not _CHANGED & {fault.code for fault in faults}:
            raise  # else: rows that cannot be read any more are told already
    findings += _unsigned(home, municipality, ledger, trust, heads)
    return [*faults, *findings]


_CHANGED = frozenset({"AUD001", "AUD002", "AUD005", "AUD006", "AUD007", "AUD008", "AUD009"})


def _receipts(home: MunicipalityHome, ledger: Ledger, trust: Trust, heads: set[Head]) -> Iterator[Finding]:
    """Hold every receipt of the log to its file, the log to what stands in them; tell who began it anew."""
    entries = [entry.entry for entry in ledger.audit.entries(ISSUED)]
    if ledger.audit.head().size > 1 and not heads_path(home).is_file():
        yield Finding.of("AUD010", "receipts", path=heads_path(home).name)
    more = set[Head]()
    for entry in entries:
        faults, head = _issued(home, ledger, trust, str(entry.get("path", "")), str(entry.get("sha256", "")))
        yield from faults
        more |= {head} if head and not rebuilt(ledger, str(entry.get("sha256"))) else set()
    yield from ledger.audit.leading(more - heads)
    heads |= more
    for one in ledger.audit.entries(REBUILD):
        yield Finding.of("AUD017", f"audit[{one.position}]", at=one.at[:10])
    for one in ledger.audit.entries(ACCEPTED):
        answered = {name: one.entry.get(name, "–") for name in ("first", "last", "by")}
        yield Finding.of("AUD019", f"audit[{one.position}]", at=one.at[:10], **answered)


def _unsigned(
    home: MunicipalityHome, municipality: str, ledger: Ledger, trust: Trust, heads: set[Head]
) -> Iterator[Finding]:
    """Tell of entries at the end of the log that nobody signed.

    The log is read first, the signatures once more after it: what is written meanwhile is no fault.
    """
    leaves = ledger.audit.leaves()
    later = {one for one in _signed_heads(home, municipality, ledger, trust) if isinstance(one, Head)}
    grown = any(head.size > len(leaves) for head in later - heads)
    signed = _covered(leaves, heads | later)
    if len(leaves) > max(signed, 1) and not grown and heads_path(home).is_file():
        count = len(leaves) - signed
        yield Finding.of("AUD018", f"audit[{signed}]", count=count, first=signed)


def _signed_heads(
    home: MunicipalityHome, municipality: str, ledger: Ledger, trust: Trust
) -> Iterator[Head | Finding]:
    ready = next_path(home)
    waiting = ready.read_bytes() if ready.is_file() else b""  # first: it may go into its place meanwhile
    path = heads_path(home)
    lines = path.read_bytes().splitlines(keepends=True) if path.is_file() else []
    if lines and not lines[-1].endswith(b"\n") and waiting.startswith(lines[-1]):
        lines.pop()  # killed while it was added: it lies ready whole
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
    if waiting:
        yield from _ready(waiting, municipality, ledger, trust)


def _ready(line: bytes, municipality: str, ledger: Ledger, trust: Trust) -> Iterator[Head]:
    """Give what a process signed that was killed, or is at work, before its head was added: if it is so."""
    with suppress(IntegrityError):
        signed = SignedHead.read(line, "")
        signed.verify(trust)
        if signed.municipality == municipality and leads_to(ledger, signed.head):
            yield signed.head


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
