"""``leverans clearance``: a list and a certificate of what may be erased at the source."""

import argparse
import sys
from pathlib import Path

from leverans.cli.common import delivery_of, person_of, settings_of
from leverans.cli.show import show_json, table

_LISTS = {
    "open": ("Får raderas, öppen väg", "may be erased, open route"),
    "protected": ("Får raderas, skyddad väg", "may be erased, protected route"),
    "excluded": ("Undantagna genom beslut", "excluded by decision"),
}


def clearance(args: argparse.Namespace) -> int:
    """Give clearance; refused with every reason when anything is missing."""
    from leverans.delivery.clearing import clear

    given = clear(
        settings_of(args),
        delivery_of(args.delivery),
        by=person_of(args),
        reference=args.decision,
        run=args.run,
        reason=args.reason,
        to=Path(args.to) if args.to else None,
    )
    if args.json:
        show_json(given.plain())
        return 0
    lists = given.body["lists"]
    rows = [
        (sv, lists[name]["objects"], lists[name]["documents"], lists[name]["file"], en)
        for name, (sv, en) in _LISTS.items()
    ]
    names = ["Lista", "Objekt", "Dokument", "Fil", "In English"]
    table(f"Raderingsbesked {args.delivery}, körning {given.body['run']}", names, rows)
    for name, number in given.body["not_cleared"].items():
        sys.stdout.write(f"Får inte raderas | not to be erased: {name}: {number}\n")
    sys.stdout.write(f"Intyg | certificate: {given.folder / 'certificate.json'}\n")
    return 0
