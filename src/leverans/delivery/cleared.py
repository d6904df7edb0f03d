"""Verifies a clearance certificate: whoever erases at the source must know that it is none of a forger's.

With a trust folder alone the certificate is held to the centre's key and the lists to their digests,
with the municipality's ledger also to the decision, the audit log and the receipts that it rests on.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leverans.blobs import digest_file
from leverans.delivery.clearing import FORMAT, NAME
from leverans.delivery.clearlist import LISTS
from leverans.delivery.verifying import leads_to, rebuilt
from leverans.errors import IntegrityError
from leverans.ledger import Head, Ledger, Run
from leverans.ledger.audit import CLEARANCE
from leverans.trust import CENTRE, Check, Signature, Trust, digest, papers

_FIELDS: Mapping[str, type] = {
    "agreement": dict,
    "audit": dict,
    "by": str,
    "code": str,
    "decision": str,
    "delivery": str,
    "documents": dict,
    "format": str,
    "issued": str,
    "landing": str,
    "lists": dict,
    "not_cleared": dict,
    "read_back": dict,
    "reason": str,
    "receipts": list,
    "reference_time": str,
    "run": str,
    "settling": list,
    "streams": dict,
}


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as it lies in its file.

    Attributes:
        body: what the centre signed.
        signatures: the centre's.
    """

    body: Mapping[str, Any]
    signatures: tuple[Signature, ...]

    @classmethod
    def read(cls, data: bytes, where: str) -> "Certificate":
        """Read a file; no signature is verified yet.

        Raises:
            IntegrityError: SIG001 it is not canonical, SIG002 a signature is none, CLR012 it is no
                certificate.
        """
        return cls(*papers.read_paper(data, where, name=NAME, form=_formed, code="CLR012"))

    @property
    def municipality(self) -> str:
        """Whose records it is about."""
        return str(self.body["delivery"]).split("/", maxsplit=1)[0]


def verify_clearance(path: Path, trust: Trust, *, ledger: Ledger | None = None) -> list[Check]:
    """Ask everything there is to ask about a certificate.

    Args:
        path: the file; its lists lie beside it.
        trust: what is believed.
        ledger: the municipality's ledger, to compare with.

    Returns:
        ``form``, ``signature``, ``key`` and one answer for each list (``absent``: no file there);
        with a ledger also ``decision``, ``receipts`` and ``log``. A file that is no certificate answers the
        first alone.
    """
    try:
        told = Certificate.read(path.read_bytes(), path.name)
    except IntegrityError as fault:
        return [Check("form", "fails", fault)]
    checks = [Check("form", "holds"), *_signed(told, trust, path.name), *_lists(told, path.parent)]
    if ledger is not None:
        checks += _compared(told, path.name, ledger)
    return checks


def _formed(body: object) -> None:
    """Hold a body to its form.

    Raises:
        ValueError: what is wrong.
    """
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise ValueError("format")
    wrong = papers.misfits(body, _FIELDS)
    if set(body.get("audit", ())) != {"size", "root"}:
        wrong.append("audit")
    lists = body.get("lists")
    if not isinstance(lists, dict) or set(lists) != {*LISTS} or not all(map(_listed, lists.items())):
        wrong.append("lists")
    if wrong:
        raise ValueError(", ".join(dict.fromkeys(wrong)))


def _listed(item: tuple[str, Any]) -> bool:
    name, told = item
    if not isinstance(told, dict) or told.get("file") != f"{name}.csv":
        return False
    counts = [told.get(one) for one in ("objects", "documents", "records")]
    return isinstance(told.get("sha256"), str) and all(isinstance(count, int) for count in counts)


def _signed(told: Certificate, trust: Trust, where: str) -> Iterator[Check]:
    """Every signature is the centre's, for a clearance, by a key of its day; and there is one."""
    faults = [_fault(trust, one, told, where) for one in told.signatures]
    return papers.signed(faults, IntegrityError("CLR013", where))


def _fault(trust: Trust, signature: Signature, told: Certificate, where: str) -> IntegrityError | None:
    try:
        trust.verify(signature, dict(told.body), purpose="clearance", owner=CENTRE, where=where)
    except IntegrityError as found:
        return found
    return None


def _lists(told: Certificate, folder: Path) -> Iterator[Check]:
    """Hold the lists that lie beside the certificate to their digests; a list may be kept elsewhere."""
    for name in LISTS:
        path = folder / f"{name}.csv"
        if not path.is_file():
            yield Check(name, "absent")
        elif digest_file(path).sha256 == told.body["lists"][name]["sha256"]:
            yield Check(name, "holds")
        else:
            yield Check(name, "fails", IntegrityError("CLR014", path.name))


def _compared(told: Certificate, where: str, ledger: Ledger) -> Iterator[Check]:
    body, sha256 = told.body, digest(dict(told.body))
    run = next(
        (state.run for state in ledger.runs(str(body["delivery"])) if state.run.id == body["run"]), None
    )
    yield _check("decision", _decided(ledger, run, sha256), IntegrityError("CLR015", where))
    issued = {
        event["sha256"]
        for state in ledger.runs(str(body["delivery"]))
        if state.run.id in {body["run"], *body["settling"]}
        for event in ledger.events(state.run, "receipt")
    }
    same = bool(issued) and issued == set(body["receipts"])
    yield _check("receipts", same, IntegrityError("CLR016", where))
    if any(rebuilt(ledger, one) for one in body["receipts"]):
        yield Check("log", "absent")
    else:
        head = Head(**body["audit"])
        yield _check("log", leads_to(ledger, head), IntegrityError("CLR017", where, size=head.size))


def _decided(ledger: Ledger, run: Run | None, sha256: str) -> bool:
    """Say whether the ledger and its audit log know of this certificate."""
    if run is None:
        return False
    made = {
        one.id
        for one in ledger.decisions.list(run.delivery, test=run.test)
        if one.action == "clear" and one.run == run.number and one.selection.get("certificate") == sha256
    }
    entries = ledger.audit.entries(CLEARANCE)
    return any(entry.entry["sha256"] == sha256 and entry.entry["decision"] in made for entry in entries)


def _check(name: str, holds: bool, fault: IntegrityError) -> Check:
    return Check(name, "holds") if holds else Check(name, "fails", fault)
