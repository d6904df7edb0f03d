"""This run against the one before it of the same delivery."""

from collections.abc import Mapping
from typing import Any

from leverans.clock import iso
from leverans.ledger import Ledger, RunState
from leverans.report.columnledger import names, read_columns
from leverans.report.parts import Change, ColumnFacts, Comparison, Cut
from leverans.report.receipts import ReceiptFile, read_receipt
from leverans.settings import MunicipalityHome

_COUNTS = (
    ("objects", "found", "Objekt funna", "Objects found"),
    ("objects", "archived", "Objekt arkiverade i körningen", "Objects archived in the run"),
    ("objects", "unchanged", "Objekt oförändrade", "Objects unchanged"),
    ("objects", "quarantined", "Objekt i karantän", "Objects quarantined"),
    ("objects", "excluded", "Objekt undantagna", "Objects excluded"),
    ("documents", "listed", "Dokument i källans förteckning", "Documents that the source lists"),
    ("documents", "archived", "Dokument i arkivet", "Documents archived"),
    ("documents", "quarantined", "Dokument i karantän", "Documents quarantined"),
    ("documents", "bytes", "Byte i nya paket", "Bytes in new packages"),
)
_MOST = 40


def compared(
    home: MunicipalityHome,
    ledger: Ledger,
    this: RunState,
    receipt: ReceiptFile | None,
    columns: tuple[ColumnFacts, ...],
) -> Comparison | None:
    """Compare with the last earlier run that has a receipt, live with live and test with test; None without.

    Args:
        home: the municipality's folders.
        ledger: the municipality's ledger.
        this: the run.
        receipt: its receipt; without one there is nothing to compare.
        columns: its column ledger.
    """
    if receipt is None or this.parent:
        return None
    earlier = [
        state
        for state in ledger.runs(this.run.delivery)
        if state.run.test == this.run.test and state.run.number < this.run.number and not state.parent
    ]
    for state in reversed(earlier):
        before = read_receipt(home.root, ledger, state.run)
        if before is not None:
            folder = home.evidence(this.run.delivery.split("/", 1)[1], state.run.id)
            return _comparison(state, before.body, receipt.body, read_columns(folder), columns)
    return None


def _comparison(
    state: RunState,
    before: Mapping[str, Any],
    now: Mapping[str, Any],
    old: tuple[ColumnFacts, ...],
    new: tuple[ColumnFacts, ...],
) -> Comparison:
    then, here = names(old), names(new)
    both = bool(old and new)
    codes_then, codes_now = set(before.get("findings", {})), set(now.get("findings", {}))
    return Comparison(
        run=state.run.id,
        reference_time=iso(state.run.reference_time),
        status=state.status or "interrupted",
        changes=tuple(
            Change(sv, en, int(before[part].get(name, 0)), int(now[part].get(name, 0)))
            for part, name, sv, en in _COUNTS
        ),
        new_codes=tuple(sorted(codes_now - codes_then)),
        gone_codes=tuple(sorted(codes_then - codes_now)),
        new_columns=_cut([name for name in here if name not in then] if both else []),
        gone_columns=_cut([name for name in then if name not in here] if both else []),
        same_mapping=before.get("mapping") == now.get("mapping"),
    )


def _cut(items: list[str]) -> Cut[str]:
    return Cut(tuple(items[:_MOST]), len(items))
