"""What the people who monitor see of a run: how far it is, its kvittens, what came and what became of it.

Counts, codes and rules only; keys of objects, names of files and people stay in the ledger.
"""

import os
import time
from typing import Any
from uuid import UUID

from flows.guarding import Part
from flows.listening import Listener
from flows.quietly import quietly
from flows.reporting import report
from flows.tables import findings, item, markdown, text_of, told
from prefect.artifacts import (
    create_link_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    update_progress_artifact,
)

from leverans import report as reports
from leverans.delivery import RunResult
from leverans.settings import Settings

REPORTS_URL = "LEVERANS_REPORTS_URL"
"""Where the work root's reports are served, if they are: ``https://…``; a report's path is appended."""

_REACHED = {
    "extract": (0, 30),
    "transfer": (30, 35),
    "identify": (35, 45),
    "map": (45, 70),
    "package": (70, 95),
    "reconcile": (95, 99),
}
_STAGES = {
    "extract": "Uttag",
    "transfer": "Överföring",
    "identify": "Formatidentifiering",
    "map": "Mappning och kontroller",
    "package": "Paket, validering, arkiv",
    "reconcile": "Avstämning",
}
_WORDS = {"complete": "Fullständig", "incomplete": "OFULLSTÄNDIG", "refused": "NEKAD"}
_LEGEND = (
    "Det går ihop när rader = objekt + delar av objekt + referenser + karantän + undantag. "
    "*Stream, balances, rows, objects, parts of objects, references, quarantined, excluded.*"
)
_SELDOM = 2.0
"""Seconds between looks that the progress bar gets: telling must cost nothing."""


class Monitor(Listener):
    """Tells Prefect about one run; a server that is away is no fault of the run.

    Args:
        delivery: ``municipality/delivery``.
        test: a test delivery.
    """

    def __init__(self, delivery: str, *, test: bool) -> None:
        self._delivery = delivery
        self._mark = " TEST" if test else ""
        self._suffix = delivery.replace("/", "-") + ("-test" if test else "")
        self._bar: UUID | None = None
        self._since = 0.0

    def passed(self, stage: str, part: Part | None = None) -> None:
        """Move the progress bar: a stage, or a part of it, is done."""
        first, last = _REACHED[stage]
        share = 1.0 if part is None else part.number / part.of
        self._move(first + (last - first) * share, f"{self._title}: {_STAGES[stage]} klar | {stage} done")

    def closed(self, settings: Settings, result: RunResult) -> None:
        """Leave the kvittens, the reconciliation, the findings and the way to the report."""
        plain = result.plain()
        quietly(create_markdown_artifact, kvittens(self._title, plain), **self._named("kvittens", "Kvittens"))
        if result.status != "refused":
            told(text=reconciliation(plain), **self._named("avstamning", "Avstämning | reconciliation"))
        told(
            text=findings(reports.findings(settings, self._delivery, result)),
            **self._named("fynd", "Fynd efter kod | findings by code"),
        )
        self._report(report(settings, self._delivery, result))
        self._since = 0.0
        self._move(100.0, f"{self._title}: {_WORDS[result.status]} | {result.status}")

    @property
    def _title(self) -> str:
        return f"{self._delivery}{self._mark}"

    def _named(self, kind: str, text: str) -> dict[str, Any]:
        return {"key": f"{kind}-{self._suffix}", "description": f"{text}: {self._title}"}

    def _move(self, progress: float, text: str) -> None:
        now = time.monotonic()
        if now - self._since < _SELDOM:
            return
        self._since = now
        if self._bar is None:
            named = {"key": f"forlopp-{self._suffix}", "description": text}
            self._bar = quietly(create_progress_artifact, progress, **named)
        else:
            quietly(update_progress_artifact, self._bar, progress, text)

    def _report(self, path: str | None) -> None:
        named = self._named("rapport", "Rapport | report")
        base = os.environ.get(REPORTS_URL, "").rstrip("/")
        if path is None:
            return
        if base:
            quietly(create_link_artifact, f"{base}/{path}", f"Rapport {self._title}", **named)
        else:
            text = f"Rapporten ligger i arbetsroten, *the report lies in the work root*: `{path}`\n"
            quietly(create_markdown_artifact, text, **named)


def kvittens(title: str, plain: dict[str, Any]) -> str:
    """Write the kvittens: what was found and what became of it."""
    objects, documents = plain["objects"], plain["documents"]
    lines = [
        f"# {title}: {_WORDS[plain['status']]} | {plain['status']}",
        "",
        f"Körning, *run*: {plain['run'] or '–'}.",
        "",
    ]
    if plain["status"] == "refused":
        lines += [
            item(one["code"], f"{one['text']['sv']} | {one['text']['en']}") for one in plain["problems"]
        ]
        return "\n".join(lines)
    lines += [
        f"Går ihop, *balanced*: {_yes(plain['balanced'])}. Avgjord, *settled*: {_yes(plain['settled'])}.",
        "",
    ]
    rows = [
        ("Funna", objects["found"], "found"),
        ("Arkiverade nu", objects["archived"], "archived"),
        ("– varav skyddad väg", objects["archived_protected"], "of which protected"),
        ("Oförändrade", objects["unchanged"], "unchanged"),
        ("I karantän", objects["quarantined"], "quarantined"),
        ("Undantagna av regel", objects["excluded"], "excluded"),
        *([("Hålls tillbaka", objects["held_back"], "held back by QUA006")] if objects["held_back"] else []),
        ("Dokument i källan", documents["listed"], "documents listed"),
        ("– i arkivet", documents["archived"], "archived"),
        ("– i karantän", documents["quarantined"], "quarantined"),
        ("– undantagna", documents["excluded"], "excluded"),
        *([("– hålls tillbaka", documents["held_back"], "held back")] if documents["held_back"] else []),
        ("Paket", plain["packages"], "packages"),
        ("Byte i paketens dokument", documents["bytes"], "bytes"),
        ("Sekunder", round(plain["seconds"]), "seconds"),
    ]
    lines += [markdown([{"Vad | what": f"{sv} | {en}", "Antal | count": count} for sv, count, en in rows])]
    if plain["quarantined"]:
        lines += ["", f"`leverans quarantine list {title.removesuffix(' TEST')}`"]
    if plain["problems"]:
        codes = sorted({str(problem["code"]) for problem in plain["problems"]})
        lines += ["", *(item(code, f"{text_of(code, 'sv')} | {text_of(code, 'en')}") for code in codes)]
    return "\n".join(lines)


def reconciliation(plain: dict[str, Any]) -> str:
    """Write one row per stream, and one for the documents: found, and what became of it."""
    rows = [_row(stream, counts, counts["rows"]) for stream, counts in plain["streams"].items()]
    documents = plain["documents"]
    told_of = {
        "object": documents["archived"],
        **{name: documents[name] for name in ("quarantined", "excluded", "held_back")},
    }
    rows.append(_row("dokument | documents", told_of, documents["listed"]))
    return f"{markdown(rows)}\n\n{_LEGEND}\n"


def _row(name: str, counts: dict[str, int], rows: int) -> dict[str, Any]:
    parts = {
        kind: counts.get(kind, 0) for kind in ("object", "part_of", "reference", "quarantined", "excluded")
    }
    return {
        "Ström": name,
        "Ihop": "ja" if rows == sum(parts.values()) + counts.get("held_back", 0) else "NEJ",
        "Rader": rows,
        "Objekt": parts["object"],
        "Delar": parts["part_of"],
        "Ref.": parts["reference"],
        "Karantän": parts["quarantined"],
        "Undantag": parts["excluded"],
    }


def _yes(truth: object) -> str:
    return "ja | yes" if truth else "NEJ | NO"
