"""``leverans export`` and ``leverans reconcile``: other receivers and their answers."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from leverans.cli.common import delivery_of, settings_of
from leverans.cli.show import show_json, table
from leverans.errors import UsageError

if TYPE_CHECKING:
    from leverans.packaging.objectxml import Reconciled, Sent


def export(args: argparse.Namespace) -> int:
    """Write delivered packages in another form."""
    from leverans.delivery.exporting import export as write

    done = write(
        settings_of(args),
        delivery_of(args.delivery),
        args.profile,
        Path(args.to),
        route="protected" if args.protected else "open",
        test=args.test,
        run=args.run,
        container=args.container,
    )
    if args.json:
        show_json(done)
        return 0
    for one in done["packages"]:
        sys.stdout.write(f"{one['path']}  {one['sha256']}\n")
    rows = list(done["reported"].items())
    if rows:
        title = "Utanför standardens egna element | Beyond the standard's own elements"
        table(title, ["Fält | field", "Värden | values"], rows)
    sys.stdout.write(f"Utelämnat | left out: {done['left_out']}\n")
    return 0


def reconcile(args: argparse.Namespace) -> int:
    """Hold a receiver's receipts against what was sent; exit 1 unless everything was accepted once."""
    from leverans.formats import profiles
    from leverans.packaging import objectxml

    names = [name for name in profiles.names() if "receipt" in profiles.load(name).words]
    profile, receipts = profiles.load(args.profile or names[-1]), []
    for text in args.files:
        path = Path(text)
        try:
            with path.open("rb") as stream:
                receipts.append(objectxml.read_receipt(stream, path.name, profile))
        except OSError as fault:
            raise UsageError("EXP005", path.name, reason=fault.strerror or "") from None
    sent, batches = [], list(args.batch)
    for text in args.sent:
        objects, package = _sent(Path(text))
        sent += objects
        batches += [package, f"uuid-{package}"]
    found = objectxml.reconcile(sent, receipts, batches)
    if args.json:
        show_json(
            {**asdict(found), "findings": [one.plain() for one in found.findings], "complete": found.complete}
        )
    else:
        _show(found)
    return 0 if found.complete else 1


def _show(found: "Reconciled") -> None:
    rows = [
        ("Mottagna | accepted", len(found.accepted)),
        ("Avvisade | refused", len(found.refused)),
        ("Utan svar | missing", len(found.missing)),
        ("Dubbelt svar | doubled", len(found.doubled)),
        ("Okända | unknown", len(found.unknown)),
    ]
    table(
        "Kvittenser mot sänt | Receipts against what was sent", ["Objekt | objects", "Antal | number"], rows
    )
    for one in found.findings:
        sys.stdout.write(f"{one.code}  {one.where}  {one.text('sv')} | {one.text('en')}\n")


def _sent(path: Path) -> "tuple[list[Sent], str]":
    """Give what an export noted of what it wrote: the objects, and the package's id."""
    from leverans.packaging.objectxml import Sent

    try:
        plain = json.loads(path.read_bytes())
        objects = [Sent(str(one["id"]), str(one["folder"]), one.get("code")) for one in plain["objects"]]
        return objects, str(plain["package"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        raise UsageError("EXP005", path.name, reason=type(fault).__name__) from None
