"""``leverans source profile``: what the sources hold, counted and shaped; no value is shown."""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from leverans.cli.common import delivery_of, settings_of
from leverans.cli.show import show_json, table

if TYPE_CHECKING:
    from leverans.contracts.profile import ColumnProfile, SourceProfile


def profile(args: argparse.Namespace) -> int:
    """Read every source of a delivery once, and show what was counted, or write it as a page."""
    from leverans.delivery.extracting import checked, opened
    from leverans.registry import load_delivery
    from leverans.sources.profiling import links_of
    from leverans.sources.profiling import profile as profiled

    settings = settings_of(args)
    delivery = load_delivery(settings.content, delivery_of(args.delivery))
    with opened(settings, delivery) as connectors:
        checked(connectors)
        profiles = [profiled(one, links_of(one), suspect=True) for one in connectors]
    if args.to:
        _write(Path(args.to), delivery.name, profiles)
    if args.json:
        show_json({"delivery": delivery.name, "profiles": [asdict(one) for one in profiles]})
    elif args.to:
        sys.stdout.write(f"{args.to}\n")
    else:
        for one in profiles:
            _show(one)
    return 0


def _write(path: Path, delivery: str, profiles: "list[SourceProfile]") -> None:
    from leverans import __version__
    from leverans.blobs import commit
    from leverans.clock import SystemClock, iso
    from leverans.report.profilepage import profile_page

    text = profile_page(delivery, profiles, iso(SystemClock().now()), __version__)
    path.parent.mkdir(parents=True, exist_ok=True)
    with commit(path.parent) as group:
        group.file(path).write_text(text, encoding="utf-8")


def _show(one: "SourceProfile") -> None:
    for told in one.tables:
        rows = [
            (
                column.name,
                column.source_type or column.type,
                column.nulls + column.empty,
                column.distinct,
                ", ".join(shape for shape, _rows in column.shapes),
                _suspected(column),
            )
            for column in told.columns
        ]
        names = ["Kolumn", "Typ", "Tomma", "Olika", "Former", "Misstänkt"]
        table(f"{one.source}.{told.name}: {told.rows}", names, rows)
    inside = [
        (held.stream, held.listed, held.looked, held.closed, _kinds(held.personal)) for held in one.documents
    ]
    if inside:
        table(f"{one.source}: dokument", ["Ström", "Antal", "Lästa", "Olästa", "Misstänkt inuti"], inside)


def _suspected(column: "ColumnProfile") -> str:
    return _kinds((*column.personal, *column.harmed)) or ("namn | name" if column.named else "")


def _kinds(pairs: tuple[tuple[str, int], ...]) -> str:
    return ", ".join(f"{kind} {rows}" for kind, rows in pairs)
