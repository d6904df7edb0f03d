"""The stages of a delivery as plain functions, and the run that walks them in order.

::

    extract → transfer → identify → map (with checks, digests and states) → package → validate → deliver
    → reconcile → receipt

What passes between stages is a manifest or a checkpoint in the ledger, so a killed run goes on where it was.
"""

from leverans.delivery.beginning import Wish
from leverans.delivery.extract_only import extract_here, extract_only
from leverans.delivery.progress import Progress, Silent
from leverans.delivery.result import RunResult
from leverans.delivery.run import deliver
from leverans.delivery.session import Session, opened

__all__ = [
    "Progress",
    "RunResult",
    "Session",
    "Silent",
    "Wish",
    "deliver",
    "extract_here",
    "extract_only",
    "opened",
]
