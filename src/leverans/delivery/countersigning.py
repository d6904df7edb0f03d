"""The municipality's own signature under a receipt."""

from pathlib import Path

from leverans.blobs import commit
from leverans.clock import Clock, SystemClock
from leverans.delivery.grounds import grounds
from leverans.delivery.heads import keyring, note_keys
from leverans.delivery.verifying import failing, run_of, verify_receipt
from leverans.delivery.witness import witnessed
from leverans.errors import IntegrityError, UsageError
from leverans.ledger import Ledger, Run
from leverans.ledger.audit import COUNTERSIGNED
from leverans.settings import Settings
from leverans.trust import SignedReceipt, Trust


def countersign(
    settings: Settings, path: Path, *, by: str, reason: str, reference: str, clock: Clock
) -> SignedReceipt:
    """Sign a receipt with the municipality's key, and write the decision down; done twice it is done once.

    The file is signed where it lies; the municipality's own copy, where that is another one, too.

    Args:
        settings: the installation's roots.
        path: the receipt.
        by: the person who decides.
        reason: why.
        reference: the written decision.
        clock: time of the signature.

    Raises:
        IntegrityError: SIG001, RCP001 it is no receipt; RCP010 this ledger does not know it; RCP011 it does
            not hold.
        ConfigurationError: KEY005, the municipality has no key.
        UsageError: DEC001 nobody decides, DEC012 a personal identity number seems to stand in the grounds.
    """
    grounds(by, reason, reference, demanded=("by",))
    receipt = SignedReceipt.read(path.read_bytes(), path.name)
    owner = receipt.municipality
    home = settings.municipality(owner)
    if not home.ledger.is_file():
        raise IntegrityError("RCP010", path.name, run=receipt.body["run"], municipality=owner)
    keys = keyring(settings, owner, clock)
    signer = keys.signer()
    with witnessed(settings, owner, clock) as ledger:
        faults = failing(verify_receipt(path, Trust.of_home(settings.home), home=home, ledger=ledger))
        run = run_of(receipt, ledger)
        if faults or run is None:
            raise IntegrityError("RCP011", path.name, reason=", ".join(fault.code for fault in faults))
        if receipt.countersignature is None:
            receipt = receipt.with_signature(signer.sign("countersign", dict(receipt.body), by=by))
        for place in {path.absolute(), home.receipts(run.delivery.split("/")[1]) / f"{run.id}.json"}:
            _lay(place, receipt)
        note_keys(ledger, keys.history())
        _record(ledger, run, receipt, by=by, reason=reason, reference=reference)
    return receipt


def unsigned(settings: Settings, name: str) -> list[Path]:
    """Give the receipts that a clearance of a live delivery needs countersigned and that are not, in order.

    They are those of the latest full run and of the settling runs after it; a later full run stands for all.

    Raises:
        UsageError: USE003, there is no run of the delivery here.
        IntegrityError: SIG001, RCP001, a receipt is none.
    """
    municipality, _, short = name.partition("/")
    home = settings.municipality(municipality)
    if not home.ledger.is_file():
        raise UsageError("USE003", "", given=name)
    with Ledger.look(home.ledger, SystemClock()) as ledger:
        chain = ledger.chain(name)
    if chain is None:
        raise UsageError("USE003", "", given=name)
    states = [state for state in (chain.full, *chain.settling) if state.status == "complete"]
    paths = [home.receipts(short) / f"{state.run.id}.json" for state in states]
    return [
        path
        for path in paths
        if path.is_file() and SignedReceipt.read(path.read_bytes(), path.name).countersignature is None
    ]


def countersigned(ledger: Ledger, run: Run) -> bool:
    """Say whether the ledger knows of a countersignature under the receipt of a run."""
    return any(entry.entry["run"] == run.id for entry in ledger.audit.entries(COUNTERSIGNED))


def _lay(path: Path, receipt: SignedReceipt) -> None:
    data = receipt.data()
    if not path.is_file() or path.read_bytes() != data:
        with commit(path.parent) as group:
            group.file(path).write_bytes(data)


def _record(
    ledger: Ledger, run: Run, receipt: SignedReceipt, *, by: str, reason: str, reference: str
) -> None:
    """Write down the decision and the countersignature, each unless it stands there already."""
    signature = receipt.countersignature
    key = signature.key if signature else ""
    selection = {"receipt": receipt.sha256, "key": key}
    made = ledger.decisions.list(run.delivery, test=run.test)
    if not any(one.action == "countersign" and dict(one.selection) == selection for one in made):
        ledger.decisions.record(
            run, "countersign", person=by, reason=reason, reference=reference, selection=selection
        )
    if not countersigned(ledger, run):
        entry = {"run": run.id, "delivery": run.delivery, "sha256": receipt.sha256, "key": key, "by": by}
        ledger.audit.append(COUNTERSIGNED, entry)
