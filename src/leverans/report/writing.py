"""Collect, render and write: one page or paper of one run."""

from collections.abc import Mapping
from pathlib import Path

from leverans.clock import Clock, SystemClock
from leverans.report.facts import RunFacts
from leverans.settings import Settings

PAPERS: Mapping[str, str] = {
    "testprotokoll": "test protocol",
    "slutverifieringsprotokoll": "final verification protocol",
    "leveransreversal": "transfer certificate",
    "felprotokoll": "protocol of what was set aside",
    "gallringslista": "list of what is not carried over",
}
"""The Swedish papers by name, with what they are in English."""


def collected(settings: Settings, delivery: str, run_id: str, *, clock: Clock | None = None) -> RunFacts:
    """Collect everything that is known of a run; nothing is changed.

    Raises:
        UsageError: REP001, there is no such run of this delivery.
    """


def latest(settings: Settings, delivery: str) -> str:
    """Give the id of the delivery's latest run, live or test.

    Raises:
        UsageError: REP002, the delivery has not been run here.
    """


def write(settings: Settings, delivery: str, run_id: str, *, clock: Clock | None = None) -> Path:
    """Write ``report.html`` of a run, anew if it is there; give its path.

    Args:
        settings: the installation's roots.
        delivery: ``municipality/delivery``.
        run_id: id of the run in the ledger.
        clock: tells when the report was written.

    Raises:
        UsageError: REP001, there is no such run of this delivery.
        OSError: it cannot be written.
    """


def write_paper(
    settings: Settings, delivery: str, run_id: str, paper: str, *, clock: Clock | None = None
) -> Path:
    """Write one of the `PAPERS` as ``<paper>.html``, its facts as ``<paper>.json`` beside it; give the path.

    Raises:
        UsageError: REP001 there is no such run, REP003 there is no such paper, REP004 the run is not of the
            kind that the paper is about.
        OSError: it cannot be written.
    """
