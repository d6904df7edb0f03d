"""Erasure clearance: what may be erased at the source, because it is in the archive and everybody has signed.

A list of the source's own keys and a certificate that the centre signs. They are given only for a live
delivery that is complete, settled and countersigned, after every object has been read back from the archive
at that moment; else the clearance is refused, with every reason.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leverans import __version__
from leverans.blobs import commit
from leverans.clock import Clock, SystemClock, iso
from leverans.delivery.beginning import KEY, PSEUDONYMS
from leverans.delivery.clearlist import LISTS, ClearLists, Listed
from leverans.delivery.extracting import EXTRACT
from leverans.delivery.grounds import grounds
from leverans.delivery.heads import keyring, note_keys
from leverans.delivery.lock import alone
from leverans.delivery.mapping_stage import load_mapping
from leverans.delivery.reconciling import ReadBack, compare_delivery
from leverans.delivery.traces import refuse_lost
from leverans.delivery.verifying import failing, verify_receipt
from leverans.delivery.witness import witnessed
from leverans.errors import IntegrityError, Refused, UsageError
from leverans.ledger import Chain, Ledger, Run
from leverans.ledger.audit import CLEARANCE, REVEAL
from leverans.registry import Delivery, load_delivery
from leverans.settings import MunicipalityHome, Settings
from leverans.sources import Landing
from leverans.trust import CENTRE, SignedReceipt, Trust, digest, fingerprint, load_or_create_secret
from leverans.trust.papers import write_paper

FORMAT = "leverans-clearance-1"
NAME = "clearance"
"""Under which the body lies in the file."""
CERTIFICATE = "certificate.json"
_MODE = 0o600


@dataclass(frozen=True, slots=True)
class Clearance:
    """A clearance that was given.

    Attributes:
        body: what the certificate says and the centre signed.
        folder: where certificate and lists lie.
        decision: id of the decision in the ledger.
    """

    body: Mapping[str, Any]
    folder: Path
    decision: str

    def plain(self) -> dict[str, Any]:
        """Give it as ``leverans clearance --json`` prints it; no key of the source is in it."""
        return {"folder": str(self.folder), "decision": self.decision, "certificate": dict(self.body)}


def clear(
    settings: Settings,
    name: str,
    *,
    by: str,
    reference: str,
    run: str = "",
    reason: str = "",
    to: Path | None = None,
    clock: Clock | None = None,
) -> Clearance:
    """Give clearance to erase a delivery at its source.

    Args:
        settings: the installation's roots.
        name: ``municipality/delivery``.
        by: the person who decides.
        reference: the written decision.
        run: id of the run; by default the latest full one.
        reason: why, if there is more to say.
        to: where the files go; by default a folder of its own below ``clearances/<delivery>`` in the home.
        clock: real time.

    Raises:
        UsageError: DEC001, DEC012, USE003; OPR060, there is a certificate in the folder already.
        Refused: CLR001, with every reason.
        IntegrityError: the landing was changed; OPR070, OPR071, ledger or archive is lost.
        Outage: RUN001, the delivery is being run just now.
    """
    told = clock or SystemClock()
    grounds(by, reason, reference, demanded=("by", "reference"))
    delivery = load_delivery(settings.content, name)
    home = settings.municipality(delivery.municipality.name)
    refuse_lost(home, delivery.municipality.name)
    if not home.ledger.is_file():
        raise UsageError("USE003", "", given=name)
    with (
        alone(home.lock(delivery.short_name), name),
        witnessed(settings, delivery.municipality.name, told) as ledger,
    ):
        refuse_lost(home, delivery.municipality.name, ledger, test=False)
        work = _Clearing(settings, delivery, home, ledger, told)
        return work.clear(run, by=by, reason=reason, reference=reference, to=to)


class _Clearing:
    """One clearance at work."""

    def __init__(
        self, settings: Settings, delivery: Delivery, home: MunicipalityHome, ledger: Ledger, clock: Clock
    ) -> None:
        self._settings = settings
        self._delivery = delivery
        self._home = home
        self._ledger = ledger
        self._clock = clock

    def clear(self, run: str, *, by: str, reason: str, reference: str, to: Path | None) -> Clearance:
        """Ask everything, then list, certify and write down."""
        problems = [*self._state(run)]
        chain = self._ledger.chain(self._delivery.name)
        if chain is None:
            raise self._refused(problems)
        receipts, faults = self._receipts(chain)
        problems += faults
        landing, missing = self._landing(chain.full.run)
        problems += missing
        if problems or landing is None:
            raise self._refused(problems)
        back = compare_delivery(self._home, self._ledger, self._delivery.name)
        if back.broken:
            raise self._refused([Refused("CLR008", self._delivery.name, count=back.broken)])
        folder = to or self._folder(chain.full.run)
        if (folder / CERTIFICATE).exists():
            raise UsageError("OPR060", CERTIFICATE)
        return self._certify(
            chain, receipts, landing, back, folder, by=by, reason=reason, reference=reference
        )

    def _folder(self, run: Run) -> Path:
        name = f"{run.id}-{self._clock.now():%Y%m%dT%H%M%S}"
        return self._home.root / "clearances" / self._delivery.short_name / name

    def _state(self, run: str) -> Iterator[Refused]:
        """Say what of live, complete, balanced and settled does not hold."""
        name = self._delivery.name
        chain = self._ledger.chain(name)
        known = {state.run.id: state for state in self._ledger.runs(name)}
        if run and run not in known:
            raise UsageError("USE003", "", given=run)
        if run and known[run].run.test:
            yield Refused("CLR002", run, run=run)
        elif chain is None:
            yield Refused("CLR003", name, status="–")
        elif run and run not in {chain.full.run.id, *(one.run.id for one in chain.settling)}:
            yield Refused("CLR004", run, run=run, latest=chain.full.run.id)
        if chain is None:
            return
        for state in (chain.full, *chain.settling):
            if state.status not in {"complete", "refused"}:
                yield Refused("CLR003", state.run.id, status=state.status or "interrupted")
        if self._ledger.unfinished(name) or self._ledger.unfinished(name, settling=True):
            yield Refused("CLR009", name)
        stands = next(one for one in self._ledger.status() if one.delivery == name and not one.test)
        if not stands.settled:
            yield Refused("CLR005", name, undecided=stands.undecided, pending=stands.pending)

    def _receipts(self, chain: Chain) -> tuple[list[SignedReceipt], list[Refused]]:
        """Read the receipts of a chain; each must hold and be countersigned."""
        found, problems = list[SignedReceipt](), list[Refused]()
        trust = Trust.of_home(self._settings.home)
        for state in (chain.full, *chain.settling):
            if state.status != "complete":
                continue
            path = self._home.receipts(self._delivery.short_name) / f"{state.run.id}.json"
            checks = (
                verify_receipt(path, trust, home=self._home, ledger=self._ledger) if path.exists() else []
            )
            faults = failing(checks)
            if not checks or faults:
                codes = ", ".join(fault.code for fault in faults) or "–"
                problems.append(Refused("CLR006", path.name, run=state.run.id, reason=codes))
            elif not any(check.name == "countersignature" and check.verdict == "holds" for check in checks):
                problems.append(Refused("CLR007", path.name, run=state.run.id))
            else:
                found.append(SignedReceipt.read(path.read_bytes(), path.name))
        return found, problems

    def _landing(self, run: Run) -> tuple[Landing | None, list[Refused]]:
        """Open the run's landing: the source's own keys stand nowhere else."""
        done = self._ledger.checkpoints(run, EXTRACT).get("landing") or {"id": "–"}
        short = self._delivery.short_name
        for room in (self._home.landings(short), self._home.outbox(short)):
            folder = room / done["id"]
            if (folder / "streams").is_dir():
                return Landing.open(folder), []
        return None, [Refused("CLR010", run.id, landing=done["id"][:16])]

    def _refused(self, problems: list[Refused]) -> Refused:
        return Refused("CLR001", self._delivery.name, tuple(problems), count=len(problems))

    def _secret(self, run: Run) -> bytes:
        """Read the key that the objects were made with; it is never made here.

        Raises:
            IntegrityError: DLV005, it is another one or is not there.
        """
        path = self._home.keys / PSEUDONYMS
        known = self._ledger.checkpoints(run, KEY).get(PSEUDONYMS)
        secret = load_or_create_secret(path, self._clock) if path.is_file() else b""
        if known is None or known["fingerprint"] != fingerprint(secret):
            raise IntegrityError("DLV005", f"keys/{PSEUDONYMS}")
        return secret

    def _certify(
        self,
        chain: Chain,
        receipts: list[SignedReceipt],
        landing: Landing,
        back: ReadBack,
        folder: Path,
        *,
        by: str,
        reason: str,
        reference: str,
    ) -> Clearance:
        catalogues = {catalogue.source: catalogue for catalogue in landing.catalogues}
        plan = load_mapping(self._settings, self._delivery, catalogues)
        lists = ClearLists(self._delivery, plan, self._ledger, chain, self._secret(chain.full.run))
        signer = keyring(self._settings, CENTRE, self._clock).signer(create=True)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with commit(folder) as group:
            staged = {name: group.file(folder / f"{name}.csv") for name in LISTS}
            for path in staged.values():
                path.touch(mode=_MODE)
            listed = lists.write(landing, staged)
            if lists.unmet:
                raise self._refused([Refused("CLR011", self._delivery.name, count=lists.unmet)])
            body = {
                **self._body(chain, receipts, landing, back, listed),
                "by": by,
                "reason": reason,
                "decision": reference,
                "not_cleared": dict(sorted(lists.left.items())),
            }
            if lists.personal or listed["protected"].objects:
                self._reveal(chain.full.run, by, listed)
            made = self._note(chain.full.run, body, by=by, reason=reason, reference=reference)
            signature = signer.sign("clearance", body, by=by)
            certificate = group.seal(folder / CERTIFICATE)
            certificate.write_bytes(write_paper(NAME, body, [signature]))
        note_keys(self._ledger, keyring(self._settings, CENTRE, self._clock).history())
        return Clearance(body, folder, made)

    def _body(
        self,
        chain: Chain,
        receipts: list[SignedReceipt],
        landing: Landing,
        back: ReadBack,
        listed: Mapping[str, Listed],
    ) -> dict[str, Any]:
        """Give what the certificate says, without persons and keys of the source."""
        body = receipts[0].body
        return {
            "format": FORMAT,
            "delivery": self._delivery.name,
            "run": chain.full.run.id,
            "settling": [state.run.id for state in chain.settling if state.status == "complete"],
            "receipts": [receipt.sha256 for receipt in receipts],
            "agreement": dict(body["agreement"]),
            "reference_time": iso(chain.full.run.reference_time),
            "issued": iso(self._clock.now()),
            "landing": landing.id,
            "streams": {name: stream["rows"] for name, stream in sorted(body["streams"].items())},
            "documents": dict(body["documents"]),
            "lists": {name: found.plain() for name, found in sorted(listed.items())},
            "read_back": {"objects": back.archived, "documents": back.archived_documents},
            "audit": self._ledger.audit.head().plain(),
            "code": __version__,
        }

    def _reveal(self, run: Run, by: str, listed: Mapping[str, Listed]) -> None:
        """Note that keys which are shown nowhere else are written into a list."""
        entry = {
            "by": by,
            "run": run.id,
            "delivery": run.delivery,
            "what": "clearance",
            "lists": {name: found.plain() for name, found in sorted(listed.items())},
        }
        self._ledger.audit.append(REVEAL, entry)

    def _note(self, run: Run, body: Mapping[str, Any], *, by: str, reason: str, reference: str) -> str:
        """Write the decision and its audit entry down before the certificate comes into being."""
        sha256 = digest(dict(body))
        made = self._ledger.decisions.record(
            run,
            "clear",
            person=by,
            reason=reason,
            reference=reference,
            selection={"certificate": sha256},
        )
        entry = {"run": run.id, "delivery": run.delivery, "sha256": sha256, "by": by, "decision": made.id}
        self._ledger.audit.append(CLEARANCE, entry)
        return made.id
