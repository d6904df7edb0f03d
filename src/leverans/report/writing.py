"""Collect, render and write: one page or paper of one run."""

from collections.abc import Mapping
from pathlib import Path

from leverans.blobs import commit
from leverans.clock import Clock, SystemClock
from leverans.errors import UsageError
from leverans.ledger import Ledger
from leverans.report.collecting import collect
from leverans.report.facts import RunFacts
from leverans.report.papers import render_paper
from leverans.report.rendering import render, render_json
from leverans.settings import Settings

PAPERS: Mapping[str, str] = {
    "testprotokoll": "test protocol",
    "slutverifieringsprotokoll": "final verification protocol",
    "leveransreversal": "transfer certificate",
    "felprotokoll": "protocol of what was set aside",
    "gallringslista": "list of what is not carried over",
}
"""The Swedish papers by name, with what they are in English."""
_LIVE = {"slutverifieringsprotokoll", "leveransreversal"}


def collected(settings: Settings, delivery: str, run_id: str, *, clock: Clock | None = None) -> RunFacts:
    """Collect everything that is known of a run; nothing is changed.

    Raises:
        UsageError: RPT001, there is no such run of this delivery.
    """
    return collect(settings, delivery, run_id, clock or SystemClock())


def latest(settings: Settings, delivery: str, *, clock: Clock | None = None) -> str:
    """Give the id of the delivery's latest run, live or test.

    Raises:
        UsageError: RPT002, the delivery has not been run here.
    """
    municipality = delivery.split("/", 1)[0]
    path = settings.municipality(municipality).ledger
    if path.is_file():
        with Ledger.open(path, municipality, clock or SystemClock()) as ledger:
            states = ledger.runs(delivery)
        if states:
            return states[-1].run.id
    raise UsageError("RPT002", "", delivery=delivery)


def write(settings: Settings, delivery: str, run_id: str, *, clock: Clock | None = None) -> Path:
    """Write ``report.html`` of a run, anew if it is there; give its path.

    Args:
        settings: the installation's roots.
        delivery: ``municipality/delivery``.
        run_id: id of the run in the ledger.
        clock: tells when the report was written.

    Raises:
        UsageError: RPT001, there is no such run of this delivery.
        OSError: it cannot be written.
    """
    facts = collected(settings, delivery, run_id, clock=clock)
    path = _folder(settings, facts) / "report.html"
    _put({path: render("report", facts)})
    return path


def write_paper(
    settings: Settings, delivery: str, run_id: str, paper: str, *, clock: Clock | None = None
) -> Path:
    """Write one of the `PAPERS` as ``<paper>.html``, its facts as ``<paper>.json`` beside it; give the path.

    Raises:
        UsageError: RPT001 there is no such run, RPT003 there is no such paper, RPT004 the run is not of the
            kind that the paper is about.
        OSError: it cannot be written.
    """
    if paper not in PAPERS:
        raise UsageError("RPT003", "", paper=paper, known=", ".join(PAPERS))
    facts = collected(settings, delivery, run_id, clock=clock)
    reason = _unfit(paper, facts)
    if reason:
        raise UsageError("RPT004", run_id, paper=paper, reason=reason)
    path = _folder(settings, facts) / f"{paper}.html"
    _put({path: render_paper(paper, facts), path.with_suffix(".json"): render_json(paper, facts)})
    return path


def _unfit(paper: str, facts: RunFacts) -> str:
    """Say why a paper cannot be about a run; empty when it can."""
    kind = f"{facts.status}, {'test' if facts.test else 'live'}"
    if paper == "testprotokoll":
        return "" if facts.test else kind
    if paper in _LIVE:
        return "" if facts.status == "complete" and not facts.test else kind
    return ""


def _folder(settings: Settings, facts: RunFacts) -> Path:
    return settings.municipality(facts.municipality).reports(facts.name) / facts.run


def _put(texts: Mapping[Path, str]) -> None:
    folder = next(iter(texts)).parent
    with commit(folder) as group:
        for path, text in texts.items():
            group.file(path).write_text(text, encoding="utf-8")
