"""``leverans transfer key|extract|send|receive|status``: landings on their way to the centre."""

import argparse
import sys
from pathlib import Path
from typing import Any

from leverans.cli.common import delivery_of, moment_of, settings_of
from leverans.cli.show import show_json, size, table, thousands

_STATES = {
    "received": "mottagen | received",
    "wanted": "begärd på nytt | wanted anew",
    "coming": "på väg | coming",
    "unknown": "okänt svar | unknown answer",
}


def key(args: argparse.Namespace) -> int:
    """Make the centre's key if there is none, and show the recipient for ``municipality.yaml``."""
    from leverans.delivery import carrying

    recipients = carrying.make_key(settings_of(args), rotate=args.rotate)
    if args.to:
        Path(args.to).write_text(f"{recipients[0]}\n", encoding="ascii")
    if args.json:
        show_json({"recipient": recipients[0], "older": recipients[1:]})
        return 0
    sys.stdout.write(f"recipient: {recipients[0]}\n")
    sys.stderr.write(
        "Skriv raden under transfer: i municipality.yaml. | Write the line below transfer: there.\n"
    )
    return 0


def extract(args: argparse.Namespace) -> int:
    """Land rows and documents of a delivery in the outbox of the municipality's host."""
    from leverans.cli.live import Live
    from leverans.delivery import extract_here

    with Live(quiet=args.json) as live:
        done = extract_here(
            settings_of(args),
            delivery_of(args.delivery),
            at=moment_of(args.at),
            test=args.test,
            progress=live,
        )
    if args.json:
        show_json(done)
        return 0
    _table(
        f"Uttag av {done['delivery']}{' TEST' if done['test'] else ''} | extract",
        ("Landning | landing", done["landing"]),
        ("Rader | rows", done["rows"]),
        *(
            [("  ur ett avbrutet uttag | of an interrupted extract", sum(done["resumed"].values()))]
            if done["resumed"]
            else []
        ),
        ("Dokument | documents", done["documents"]),
        ("Deras storlek | their size", size(done["bytes"])),
        ("Sedan | next", f"leverans transfer send {done['delivery']} --landing {done['landing']}"),
    )
    return 0


def send(args: argparse.Namespace) -> int:
    """Seal a landing and bring it to the drop."""
    from leverans.cli.live import Live
    from leverans.delivery import carrying

    with Live(quiet=args.json) as live:
        done = carrying.send(
            settings_of(args),
            delivery_of(args.delivery),
            args.landing,
            delta=args.delta,
            again=args.again,
            progress=live,
        )
    if args.json:
        show_json(done)
        return 0
    _table(
        f"Sändning av {done['delivery']} | sending",
        ("Landning | landing", done["landing"]),
        ("Filer | files", done["files"]),
        ("Innehåll | content", size(done["bytes"])),
        ("Utelämnade, fanns där | left out", done["left_out"]),
        ("Paket | packs", done["packs"]),
        ("Skickade nu | sent now", done["sent"]),
        ("Förseglade byte nu | sealed bytes now", size(done["sent_bytes"])),
        (
            "Mottagen av centret | received by the centre",
            "ja | yes" if done["received"] else "inte än | not yet",
        ),
    )
    if done["replies_ignored"]:
        _warn("CAR034")
    return 0


def receive(args: argparse.Namespace) -> int:
    """Take a landing from the drop, verify it, and empty the drop."""
    from leverans.cli.live import Live
    from leverans.delivery import carrying

    with Live(quiet=args.json) as live:
        done = carrying.receive(settings_of(args), delivery_of(args.delivery), args.landing, progress=live)
    if args.json:
        show_json(done)
        return 0
    _table(
        f"Mottaget för {done['delivery']} | received",
        ("Landning | landing", done["landing"]),
        ("Paket | packs", done["packs"]),
        ("Öppnade nu | opened now", done["opened"]),
        ("Filer nu | files now", done["files"]),
        ("Innehåll nu | content now", size(done["bytes"])),
        ("Fanns redan | already here", done["already"]),
        ("Borttaget från platsen | removed from the drop", done["removed"]),
    )
    if done["replaced"]:
        _warn("CAR035", "", {"count": done["replaced"]})
    return 0


def status(args: argparse.Namespace) -> int:
    """Show where landings are on their way, as far as this host knows."""
    from leverans.delivery import carrying

    found = carrying.status(settings_of(args), delivery_of(args.delivery))
    if args.json:
        show_json(found)
        return 0
    _show_drop(found["drop"])
    if found["sent"]:
        rows = [
            (one["landing"][:16], one["packs"] or 0, one["sealed"], one["files"] or 0, one["received"] or "–")
            for one in found["sent"]
        ]
        table("Härifrån | from here", ["Landning", "Paket", "Förseglade", "Filer", "Mottagen"], rows)
    if found["received"]:
        came = [
            (
                one["landing"][:16],
                one.get("packs", 0),
                one.get("files", 0),
                len(one["findings"]),
                _STATES[one["state"]],
                one.get("at", "–"),
            )
            for one in found["received"]
        ]
        table("Hit | to here", ["Landning", "Paket", "Filer", "Fel", "Läge", "Mottagen"], came)
    for fault in (fault for one in found["received"] for fault in one["findings"]):
        _warn(fault["code"], fault["where"], fault["parameters"])
    return 0


def _show_drop(drop: dict[str, Any]) -> None:
    rows = [
        (
            one["sending"][:16],
            one.get("fault") or ("ja | yes" if one["complete"] else "nej | no"),
            _STATES[one["answer"]] if one.get("answer") else "nej | no",
            one.get("files", 0),
            size(one.get("bytes", 0)),
        )
        for one in drop["sendings"]
    ]
    title = f"Överlämningsplatsen | the drop: {drop['place']}"
    table(title, ["Sändning", "Fullständig", "Besvarad", "Filer", "Storlek"], rows)


def _table(title: str, *rows: tuple[str, object]) -> None:
    sys.stdout.write(f"{title}\n")
    for label, value in rows:
        sys.stdout.write(f"  {label:46} {thousands(value) if isinstance(value, int) else value}\n")


def _warn(code: str, where: str = "", parameters: dict[str, Any] | None = None) -> None:
    from leverans.contracts import Finding

    found = Finding.of(code, where, **(parameters or {}))
    sys.stdout.write(f"! {where} {code} {found.text('sv')}\n    {found.text('en')}\n")
