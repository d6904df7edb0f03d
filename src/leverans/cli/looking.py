"""``leverans source check|discover``: what the sources are, before anything is read."""

import argparse
import sys

from leverans.cli.common import delivery_of, settings_of
from leverans.cli.show import show_json, table


def check(args: argparse.Namespace) -> int:
    """Say of every source whether it can be read and may be written; exit as the worst problem says."""
    from leverans.delivery.extracting import opened
    from leverans.registry import load_delivery

    settings = settings_of(args)
    delivery = load_delivery(settings.content, delivery_of(args.delivery))
    with opened(settings, delivery) as connectors:
        checks = [connector.check() for connector in connectors]
    if args.json:
        show_json({"sources": [found.plain() for found in checks]})
    else:
        writes = {True: "ja", False: "nej", None: "okänt"}
        rows = [
            (
                found.source,
                found.kind,
                "ja" if found.reachable else "NEJ",
                found.version,
                writes[found.may_write],
                found.known_by,
            )
            for found in checks
        ]
        names = ["Källa", "Slag", "Nås", "Version", "Får skriva", "Vet vi genom"]
        table(f"Källor i {delivery.name}", names, rows)
        for problem in (problem for found in checks for problem in found.problems):
            sys.stdout.write(f"! {problem.text('sv')}\n    {problem.text('en')}\n")
            sys.stdout.write(f"  → {problem.remedy('sv')}\n    {problem.remedy('en')}\n")
    return max((problem.exit_code for found in checks for problem in found.problems), default=0)


def discover(args: argparse.Namespace) -> int:
    """Show tables, columns, keys and documents of every source."""
    import json

    from leverans.contracts import to_json
    from leverans.delivery.extracting import checked, discovered, opened
    from leverans.registry import load_delivery

    settings = settings_of(args)
    delivery = load_delivery(settings.content, delivery_of(args.delivery))
    with opened(settings, delivery) as connectors:
        checked(connectors)
        catalogues = discovered(connectors)
        totals = {
            (connector.name, stream.name): connector.totals(stream.name)
            for connector in connectors
            for stream in catalogues[connector.name].streams
        }
    if args.json:
        plain = [
            {
                **json.loads(to_json(catalogue)),
                "rows": {stream.name: totals[name, stream.name].rows for stream in catalogue.streams},
            }
            for name, catalogue in catalogues.items()
        ]
        show_json({"catalogues": plain})
        return 0
    for name, catalogue in catalogues.items():
        rows = [
            (
                stream.name,
                stream.kind,
                totals[name, stream.name].rows,
                ", ".join(stream.key),
                ", ".join(f"{column.name} {column.source_type or column.type}" for column in stream.columns),
            )
            for stream in catalogue.streams
        ]
        table(f"{name} ({catalogue.system})", ["Ström", "Slag", "Rader", "Nyckel", "Kolumner"], rows)
    return 0
