"""``leverans trace``: where a field of an archived object comes from."""

import argparse
import sys

from leverans.cli.common import settings_of
from leverans.cli.show import show_json, table
from leverans.clock import SystemClock

_MADE_BY = {
    "mapping": "mappningen",
    "rules": "reglerna om skydd",
    "document": "det landade dokumentet",
    "software": "programvaran, ur leveransens uppgifter",
}


def trace(args: argparse.Namespace) -> int:
    """Show table, column, row, line of the mapping and operators."""
    from leverans.delivery.tracing import trace as traced

    found = traced(
        settings_of(args),
        args.municipality,
        args.object,
        args.field,
        clock=SystemClock(),
        version=args.version,
        test=args.test,
        protected=args.protected,
    )
    if args.json:
        show_json(found.plain())
        return 0
    value = found.value if found.value is not None else f"visas inte ({found.digest or 'inget värde'})"
    facts = [
        ("Fält", found.field),
        ("ERMS", found.element),
        ("Värde", value),
        ("Görs av", _MADE_BY[found.made_by]),
        ("Paket", found.package),
        ("Version", str(found.version)),
    ]
    table(found.object, ["Vad", "Uppgift"], facts)
    rows = [
        (
            origin.stream or "–",
            ", ".join(origin.columns) or "–",
            ", ".join(origin.keys) or "–",
            " → ".join(origin.operators),
            origin.where,
        )
        for origin in found.origins
    ]
    table("Kommer från", ["Tabell", "Kolumn", "Nyckel", "Hur", "Rad i mappningen"], rows)
    if not found.exact:
        sys.stdout.write("! Något av dessa: bevisningen räcker inte längre. | One of these.\n")
    return 0
