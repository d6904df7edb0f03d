"""``leverans status`` and ``explain``: what the ledger knows."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leverans.cli.common import settings_of
from leverans.cli.show import show_json, table, thousands
from leverans.clock import SystemClock, iso
from leverans.errors import UsageError
from leverans.ledger import Decision, DeliveryState, History, Ledger

if TYPE_CHECKING:
    from leverans.delivery.overdue import Alarm

Made = list[tuple[Decision, tuple[str, ...]]]
"""Decisions, each with the codes of the faults it was about."""


def status(args: argparse.Namespace) -> int:
    """Show where every delivery stands."""
    wanted = args.delivery or ""
    plain = [
        _plain_state(ledger, state)
        for ledger in ledgers(args, wanted.split("/", maxsplit=1)[0])
        for state in ledger.status()
        if not wanted or state.delivery == wanted or state.delivery.startswith(f"{wanted}/")
    ]
    if wanted and not plain:
        raise unknown(wanted)
    alarms = _alarms(args, wanted)
    if args.json:
        show_json({"deliveries": plain, "alarms": [alarm.plain() for alarm in alarms]})
        return 0
    title = "Leveranser | deliveries (kvar: utan beslut | undecided; reglerad | settled)"
    table(title, ["Leverans", "Läge", "Arkiv", "Karantän", "Senast"], [_row(entry) for entry in plain])
    for alarm in alarms:
        sys.stdout.write(f"! {alarm.delivery}: {alarm.code} {alarm.text('sv')}\n    {alarm.text('en')}\n")
    return 0


def _row(entry: dict[str, Any]) -> tuple[object, ...]:
    """Give a line of the table; two things that belong together stand in one cell, so that 80 signs do."""
    settled = "reglerad" if entry["settled"] else ""
    waiting = "" if entry["settled"] else f"{thousands(entry['undecided'])} kvar"
    return (
        entry["delivery"] + (" TEST" if entry["test"] else ""),
        _lines(entry["status"], entry["stopped_by"], settled),
        entry["archived"],
        _lines(thousands(entry["quarantined"]), waiting),
        _lines(entry["started"][: len("2026-01-02")], entry["run"]),
    )


def _lines(*parts: str | None) -> str:
    return "\n".join(filter(None, parts))


def _alarms(args: argparse.Namespace, wanted: str) -> "list[Alarm]":
    """Give what is overdue among what was asked for."""
    from leverans.delivery.overdue import overdue

    found = overdue(settings_of(args), at=SystemClock().now())
    return [
        one for one in found if not wanted or one.delivery == wanted or one.delivery.startswith(f"{wanted}/")
    ]


def explain(args: argparse.Namespace) -> int:
    """Show what became of one object, and why."""
    found = [
        (history, ledger.decisions.about(history.object))
        for ledger in ledgers(args, "")
        for history in ledger.explain(args.object)
    ]
    if not found:
        raise unknown(args.object)
    if args.json:
        show_json({"objects": [_plain_history(history, made) for history, made in found]})
        return 0
    for history, made in found:
        plain = _plain_history(history, made)
        name = history.reference or history.key or history.object
        rows = [
            (
                entry["at"],
                entry["disposition"],
                entry["state"] or "",
                str(entry["version"] or ""),
                entry["package"] or "",
                entry["reason"]["sv"],
            )
            for entry in plain["entries"]
        ]
        title = f"{name} ({history.object})"
        table(title, ["Tid", "Vad hände", "Läge", "Version", "Paket", "Orsak"], rows)
        if made:
            _show_decisions(plain["decisions"])
    return 0


def _show_decisions(made: list[dict[str, Any]]) -> None:
    rows = [
        (
            one["at"],
            one["action"] + (" TEST" if one["test"] else ""),
            ", ".join(one["codes"]),
            one["person"],
            one["reference"],
            one["reason"],
        )
        for one in made
    ]
    names = ["Tid", "Beslut", "Om", "Av", "Beslutets beteckning", "Motivering"]
    table("Beslut | decisions", names, rows)


def unknown(name: str) -> UsageError:
    """Say that no ledger here knows the name."""
    return UsageError("USE003", "", given="–" if _looks_personal(name) else name)


def ledgers(args: argparse.Namespace, municipality: str) -> Iterator[Ledger]:
    """Yield the ledger of a municipality, or of every one there is; each is open while it is looked at."""
    settings = settings_of(args)
    names = [municipality] if municipality else sorted(_municipalities(settings.home))
    for name in names:
        path = settings.municipality(name).ledger
        if path.is_file():
            with _opened(path, name) as ledger:
                yield ledger


@contextmanager
def _opened(path: Path, name: str) -> Iterator[Ledger]:
    with Ledger.open(path, name, SystemClock()) as ledger:
        yield ledger


def _municipalities(home: Path) -> list[str]:
    if not home.is_dir():
        return []
    return [entry.name for entry in home.iterdir() if (entry / "ledger.sqlite").is_file()]


def _looks_personal(text: str) -> bool:
    """Keep what may be a personal identity number out of messages."""
    digits = [sign for sign in text if sign.isdigit()]
    return len(digits) in {10, 12}


def _plain_state(ledger: Ledger, state: DeliveryState) -> dict[str, Any]:
    latest = state.latest
    stops = ledger.events(latest.run, "stopped") if latest.status is None else []
    return {
        "delivery": state.delivery,
        "test": state.test,
        "status": latest.status or "interrupted",
        "stopped_by": stops[-1]["code"] if stops else None,
        "run": latest.run.id,
        "started": iso(latest.run.started),
        "ended": iso(latest.ended) if latest.ended else None,
        "archived": state.archived,
        "quarantined": state.quarantined,
        "undecided": state.undecided,
        "pending": state.pending,
        "settled": state.settled,
    }


def _plain_history(history: History, made: Made) -> dict[str, Any]:
    entries = [
        {
            "run": entry.run.run.id,
            "delivery": entry.run.run.delivery,
            "at": iso(entry.at),
            "partition": entry.partition,
            "route": entry.route,
            "disposition": entry.disposition,
            "state": entry.state,
            "version": entry.version,
            "digest": entry.digest,
            "package": entry.package,
            "code": entry.code,
            "rule": entry.rule,
            "where": entry.where,
            "reason": {"sv": entry.text("sv"), "en": entry.text("en")},
            "records": entry.records,
            "documents": entry.documents,
        }
        for entry in history.entries
    ]
    return {
        "object": history.object,
        "key": history.key,
        "reference": history.reference,
        "entries": entries,
        "decisions": [
            {
                **{
                    name: one.plain()[name]
                    for name in ("id", "action", "at", "person", "reason", "reference")
                },
                "codes": list(codes),
                "delivery": one.delivery,
                "test": one.test,
            }
            for one, codes in made
        ],
    }
