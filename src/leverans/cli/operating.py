"""The centre's daily work: ``leverans overdue`` and ``purge``."""

import argparse
import sys

from leverans.cli.common import moment_of, person_of, settings_of
from leverans.cli.show import show_json, size, table
from leverans.clock import SystemClock, iso
from leverans.findings import describe

_KINDS = {
    "landing": ("Landningar", "landings"),
    "package": ("Paket", "packages"),
    "mapped": ("Mappade objekt", "mapped objects"),
    "pack": ("Överföringsfiler", "sealed packs"),
    "blob": ("Dokument i innehållslagret", "documents in the content store"),
}


def overdue(args: argparse.Namespace) -> int:
    """Tell which delivery should have come and has not; exit 1 when there is any alarm."""
    from leverans.delivery.overdue import overdue as found

    at = moment_of(args.at) or SystemClock().now()
    alarms = found(settings_of(args), args.delivery or "", at=at, patience=args.days)
    if args.json:
        show_json({"at": iso(at), "alarms": [alarm.plain() for alarm in alarms]})
        return 1 if alarms else 0
    if not alarms:
        sys.stdout.write("Ingen leverans är försenad. | No delivery is overdue.\n")
        return 0
    rows = [
        (
            alarm.delivery + (" TEST" if alarm.test else ""),
            alarm.code,
            str(alarm.parameters.get("since", "–")),
            f"{alarm.text('sv')}\n{alarm.text('en')}\n→ {describe(alarm.code).remedy_sv}",
        )
        for alarm in alarms
    ]
    table("Att se till", ["Leverans", "Kod", "Sedan", "Vad"], rows)
    return 1


def purge(args: argparse.Namespace) -> int:
    """Delete working copies of settled runs; exit 1 when the delivery asked for is not settled."""
    from leverans.delivery.purging import purge as done
    from leverans.delivery.ripeness import UNSETTLED

    answer = done(settings_of(args), args.delivery, by=person_of(args), days=args.days, dry=args.dry)
    refused = answer.kept.get(args.delivery) == UNSETTLED and not answer.counts
    if args.json:
        show_json(answer.plain())
        return 1 if refused else 0
    title = "Skulle rensas | would go" if answer.dry else "Rensat | purged"
    rows = [(*_KINDS[kind], number) for kind, number in sorted(answer.counts.items())]
    table(f"{title}: {args.delivery}, {size(answer.bytes)}", ["Vad", "In English", "Antal"], rows)
    for name, code in sorted(answer.kept.items()):
        kind = describe(code)
        sys.stdout.write(f"! {name}: {code} {kind.text('sv', {})}\n    {kind.text('en', {})}\n")
        if kind.remedy_sv:
            sys.stdout.write(f"  → {kind.remedy_sv}\n    {kind.remedy_en}\n")
    return 1 if refused else 0
