"""The truth about runs: append-only events and the states derived from them.

::

    with Ledger.open(path, "mora", clock) as ledger:
        run = ledger.unfinished("mora/alkt") or ledger.begin("mora/alkt", ...)
        ledger.record_objects(run, "2003", rows)
        ledger.checkpoint(run, "package", "2003", {...})
        ledger.finish(run, "complete", {...})
"""

from leverans.ledger.asides import AsideGroup, AsideName, Asides
from leverans.ledger.audit import AuditEntry, AuditLog, Head
from leverans.ledger.bulk import CURRENT_COLUMNS, DISPOSITIONS, OBJECT_COLUMNS, ROW_COLUMNS
from leverans.ledger.chains import Chain
from leverans.ledger.decisions import Decision, Decisions, Item, Standing
from leverans.ledger.engine import CommitHook, commit_hook
from leverans.ledger.ledger import Ledger
from leverans.ledger.sealing import ContentSet
from leverans.ledger.types import (
    Aside,
    DeliveryState,
    Entry,
    History,
    Known,
    Run,
    RunState,
    RunStatus,
    Tally,
)

__all__ = [
    "CURRENT_COLUMNS",
    "DISPOSITIONS",
    "OBJECT_COLUMNS",
    "ROW_COLUMNS",
    "Aside",
    "AsideGroup",
    "AsideName",
    "Asides",
    "AuditEntry",
    "AuditLog",
    "Chain",
    "CommitHook",
    "ContentSet",
    "Decision",
    "Decisions",
    "DeliveryState",
    "Entry",
    "Head",
    "History",
    "Item",
    "Known",
    "Ledger",
    "Run",
    "RunState",
    "RunStatus",
    "Standing",
    "Tally",
    "commit_hook",
]
