"""``leverans mapping``: check, coverage, preview, diff, test, document, impact, schema."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from leverans.cli.common import delivery_of, person_of, settings_of
from leverans.cli.live import Live
from leverans.cli.show import show_json, table
from leverans.clock import SystemClock

if TYPE_CHECKING:
    from leverans.delivery.describing import CheckedMapping
    from leverans.delivery.previewing import ShownObject
    from leverans.errors import LeveransError
    from leverans.mapping.tools.comparing import Difference
    from leverans.mapping.tools.golden import GoldenReport


_BOUND = {
    "live": "prövad mot källorna | held against the sources",
    "landing": "prövad mot senaste uttaget, inte källorna | held against the last landing, not the sources",
    "file": "prövad mot katalogfilen | held against the catalogue file",
}


def check(args: argparse.Namespace) -> int:
    """Tell every fault of mappings; exit 1 when there is any."""
    from leverans.delivery.describing import CheckWish, check_all

    wish = CheckWish(args.municipality or "", _path(args.catalogue), args.landed, args.unbound)
    results = check_all(settings_of(args), args.names, wish, SystemClock())
    count = sum(len(result.faults) for result in results)
    if args.json:
        show_json({"mappings": [_plain_check(result) for result in results], "findings": count})
    else:
        told: set[str] = set()
        for fault in (fault for result in results for fault in result.faults):
            if fault.text("en") not in told:
                sys.stdout.write(f"{fault.text('sv')}\n    {fault.text('en')}\n")
                told.add(fault.text("en"))
        for result in (result for result in results if result.bound):
            sys.stdout.write(f"{result.name}: {_BOUND[result.bound]}\n")
        within = "" if args.names else _extended(settings_of(args).content)
        sys.stdout.write(
            f"{len(results)} kontrollerade, {count} fel | {len(results)} checked, {count} faults{within}\n"
        )
    return 1 if count else 0


def _extended(content: Path) -> str:
    """Say how many mappings are checked through those that extend them: `test` counts them by themselves."""
    from leverans.mapping.tools.checking import every_mapping, mapping_files

    every = len(every_mapping(content))
    below = every - len(mapping_files(content))
    if not below:
        return ""
    swedish, english = "ingår i en som bygger på dem", "are part of one that extends them"
    return f"\n{below} av {every} {swedish} | {below} of {every} {english}"


def _plain_check(result: "CheckedMapping") -> dict[str, object]:
    return {
        "name": result.name,
        "bound": result.bound or None,
        "findings": [_plain_fault(fault) for fault in result.faults],
    }


def _plain_fault(fault: "LeveransError") -> dict[str, object]:
    where = f"{fault.where}: " if fault.where else ""
    text = {one: fault.text(one).removeprefix(where).removeprefix(f"{fault.code} ") for one in ("sv", "en")}
    remedy = {one: fault.remedy(one) for one in ("sv", "en")}
    return {"code": fault.code, "where": fault.where, "text": text, "remedy": remedy}


def coverage(args: argparse.Namespace) -> int:
    """Show what becomes of every column."""
    from leverans.delivery.describing import bound_plan
    from leverans.delivery.packaging_stage import column_ledger
    from leverans.mapping.tools.coverage import by_use, column_lines

    _delivery, plan, known = bound_plan(
        settings_of(args),
        delivery_of(args.delivery),
        SystemClock(),
        landed=args.landed,
        catalogue=_path(args.catalogue),
    )
    lines = column_lines(plan)
    if args.json:
        show_json({"bound": known, "counts": by_use(lines), "columns": [line.plain() for line in lines]})
    elif args.csv:
        sys.stdout.write(column_ledger(plan).decode())
    else:
        rows = [
            (f"{line.stream}.{line.column}", line.use, ", ".join(line.targets) or line.reason, line.where)
            for line in lines
        ]
        table("Kolumner", ["Kolumn", "Vad som sker", "Till, eller skäl", "Rad"], rows)
        counts = ", ".join(f"{use} {number}" for use, number in by_use(lines).items())
        sys.stdout.write(f"{len(lines)} kolumner: {counts}\n")
    return 0


def preview(args: argparse.Namespace) -> int:
    """Show real records of the last landing, source beside result."""
    from leverans.delivery.previewing import preview as previewed

    name = delivery_of(args.delivery)
    found = previewed(
        settings_of(args),
        name,
        clock=SystemClock(),
        wanted=args.object,
        count=args.count,
        reveal=args.reveal,
        by=person_of(args),
    )
    if args.html:
        from leverans.mapping.tools.document import render

        _write(Path(args.html), render("preview.html.j2", delivery=name, objects=found))
        return 0
    if args.json:
        show_json({"objects": [one.plain() for one in found]})
        return 0
    for one in found:
        _show_object(one)
    return 0


def _show_object(one: "ShownObject") -> None:
    becomes = {"archive": "arkiveras", "quarantine": "karantän", "exclude": "utesluts", "void": "makuleras"}
    rows = [
        (row.stream, row.key, name, _null(value)) for row in one.rows for name, value in row.values.items()
    ]
    title = f"{one.key} ({one.object}): {becomes[one.becomes]}"
    table(f"{title}\nKällan", ["Tabell", "Nyckel", "Kolumn", "Värde"], rows)
    fields = [(field.path, field.value, "\n".join(field.columns), field.where) for field in one.fields]
    table("Arkivet", ["Fält", "Värde", "Hämtas ur", "Rad"], fields)
    for code, text, rule, where in one.verdicts:
        sys.stdout.write(f"! {where}: {code} {text} ({rule})\n")
    if one.withheld:
        sys.stdout.write(
            "! Uppgifterna visas inte: det är inte säkert att objektet inte är skyddat."
            " | Withheld: it may be protected.\n"
        )


def _null(value: str | None) -> str:
    return "NULL" if value is None else value


def diff(args: argparse.Namespace) -> int:
    """Compare two versions on the last landing; exit 1 when they differ."""
    from leverans.delivery.differing import Other
    from leverans.delivery.differing import diff as compared

    other = Other(_path(args.other), args.against or "", _path(args.other_content))
    with Live(quiet=args.json) as live:
        found = compared(
            settings_of(args),
            delivery_of(args.delivery),
            other,
            clock=SystemClock(),
            examples=args.examples,
            progress=live,
        )
    if args.json:
        show_json(found.plain())
    else:
        _show_difference(found)
    return 0 if found.equal else 1


def _show_difference(found: "Difference") -> None:
    plain = found.plain()
    fields = [(name, one["objects"], one["values"]) for name, one in plain["fields"].items()]
    if fields:
        table("Fält som ändras", ["Fält", "Objekt", "Värden"], fields)
    examples = [
        (name, one["key"] or "skyddat", _or_none(one["before"]), _or_none(one["after"]))
        for name, change in plain["fields"].items()
        for one in change["examples"]
    ]
    if examples:
        table("Exempel", ["Fält", "Objekt", "Före", "Efter"], examples)
    rows = [(name, one.get("added", 0), one.get("removed", 0)) for name, one in plain["rows"].items()]
    if rows:
        table("Det som kommer och går", ["Slag", "Nya", "Borta"], rows)
    moved = [(one["before"], one["after"], one["objects"]) for one in plain["dispositions"]]
    if moved:
        table("Objekt som får ett annat utfall", ["Före", "Efter", "Objekt"], moved)
    objects = plain["objects"]
    sys.stdout.write(
        f"{objects.get('changed', 0)} av {objects.get('after', 0)} objekt ändras"
        f" | {objects.get('changed', 0)} of {objects.get('after', 0)} objects change\n"
    )


def _or_none(text: str | None) -> str:
    return "–" if text is None else text


def test(args: argparse.Namespace) -> int:
    """Run the golden pairs; exit 1 when one does not agree or a mapping has none."""
    from leverans.mapping.tools.golden import golden

    report = golden(settings_of(args).content, args.systems, update=args.update)
    if args.json:
        show_json(report.plain())
    else:
        _show_golden(report)
    return 0 if report.sound else 1


def _show_golden(report: "GoldenReport") -> None:
    for pair in report.pairs:
        bad = "GÅR INTE ATT KÖRA" if pair.faults else "STÄMMER INTE"
        word = "skrivet" if pair.written else "stämmer" if pair.agrees else bad
        sys.stdout.write(f"{pair.mapping} {pair.name}: {word}\n")
        if pair.diff:
            sys.stdout.write(f"{pair.diff}\n")
        for fault in pair.faults:
            sys.stdout.write(f"{fault.where}: {fault.code} {fault.text('sv')} | {fault.text('en')}\n")
    for mapping, places in report.uncovered.items():
        for place in places:
            sys.stdout.write(f"! {place.where}: {place.name} prövas inte i {mapping} | not covered\n")
    for mapping in report.without:
        sys.stdout.write(f"! {mapping}: inga facitpar | no golden pairs\n")
    count, pairs = len({pair.mapping for pair in report.pairs}), len(report.pairs)
    sys.stdout.write(f"{count} mappningar, {pairs} facitpar | {count} mappings, {pairs} golden pairs\n")


def document(args: argparse.Namespace) -> int:
    """Write the metadatabilaga."""
    from leverans.delivery.describing import metadata_annex

    page = metadata_annex(
        settings_of(args),
        delivery_of(args.delivery),
        SystemClock(),
        landed=args.landed,
        catalogue=_path(args.catalogue),
    )
    if args.to:
        _write(Path(args.to), page)
        if args.json:
            show_json({"path": str(Path(args.to).absolute())})
    elif args.json:
        show_json({"html": page})
    else:
        sys.stdout.write(page)
    return 0


def impact(args: argparse.Namespace) -> int:
    """Show which deliveries changed files touch."""
    from leverans.delivery.impacting import impact as touched

    found = touched(settings_of(args).content, [Path(path) for path in args.paths])
    if args.json:
        show_json(found.plain())
        return 0
    rows = [(one.delivery, one.path, one.how) for one in found.touched]
    table("Leveranser som berörs", ["Leverans", "Fil", "Vad den är"], rows)
    for path in found.nothing:
        sys.stdout.write(f"{path}: berör ingen leverans | touches no delivery\n")
    for name in found.unreadable:
        sys.stdout.write(f"! {name}: filerna är trasiga, det är inte känt | broken, not known\n")
    return 0


def schema(args: argparse.Namespace) -> int:
    """Give the JSON Schema, or write all of them."""
    from leverans.mapping.tools.schema import KINDS, file_name, render

    if not args.write:
        sys.stdout.write(render(args.kind))
        return 0
    folder = settings_of(args).content / "mappings" / "_schema"
    for kind in KINDS:
        _write(folder / file_name(kind), render(kind))
    if args.json:
        show_json({"written": [str(folder / file_name(kind)) for kind in KINDS]})
    return 0


def _path(text: str | None) -> Path | None:
    return Path(text).absolute() if text else None


def _write(path: Path, text: str) -> None:
    from leverans.blobs import commit

    target = path.absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    with commit(target.parent) as group:
        group.file(target).write_text(text, encoding="utf-8")
