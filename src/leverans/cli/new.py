"""``leverans new source``."""

import argparse
import sys
from datetime import date
from typing import TYPE_CHECKING

from leverans.cli.common import delivery_of, settings_of
from leverans.cli.live import Live
from leverans.cli.show import show_json, table
from leverans.errors import ConfigurationError, UsageError

if TYPE_CHECKING:
    from leverans.contracts.profile import Reference
    from leverans.delivery.scaffolding import Scaffolded
    from leverans.registry import Period

_SHOWN = 3
_SIGNS = {"\t": "tab"}


def source(args: argparse.Namespace) -> int:
    """Look at a source once and write the files that an engineer goes on with."""
    from leverans.delivery.scaffolding import NewSource, new_source

    wish = NewSource(
        delivery=delivery_of(args.delivery),
        kind=args.connector,
        location=args.location,
        name=args.name or "",
        source=args.source,
        root=args.root or "",
        producer=args.producer or "",
        period=_period(args.period),
        information_type=args.information_type or "",
        profile=args.profile or "",
        options=_options(args),
        secrets=_secrets(args.secret),
    )
    with Live(quiet=args.json) as live:
        made = new_source(settings_of(args), wish, live)
    if args.json:
        show_json(_plain(made))
    else:
        _show(made, wish.delivery)
    return 0


def _options(args: argparse.Namespace) -> dict[str, str]:
    if args.connector != "flat":
        return {}
    told = {"delimiter": args.delimiter or "", "quote": args.quote, "encoding": args.encoding}
    return told | ({"header": _headers(args.header)} if args.header else {})


def _headers(given: list[str]) -> str:
    """Give what is said of header lines, as an option of the connector (JSON)."""
    import json

    pairs = [text.rpartition("=") for text in given]
    if not all(stream and said in {"yes", "no"} for stream, _sign, said in pairs):
        raise ConfigurationError("MTL025", "", (), given="--header", wanted="tabell=yes, tabell=no")
    return json.dumps({stream: said == "yes" for stream, _sign, said in pairs}, ensure_ascii=False)


def _period(given: list[str] | None) -> "Period | None":
    from leverans.registry import Period

    if given is None:
        return None
    try:
        first, last = (date.fromisoformat(text) for text in given)
    except ValueError:
        raise UsageError("USE002", "", given=" ".join(given)) from None
    if last < first:
        raise ConfigurationError("MTL024", "", (), period=" ".join(given))
    return Period(first, last)


def _secrets(given: list[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    if not all(name and variable for name, _sign, variable in pairs):
        raise ConfigurationError("MTL025", "", (), given="--secret", wanted="namn=VARIABEL")
    return {name: variable for name, _sign, variable in pairs}


def _plain(made: "Scaffolded") -> dict[str, object]:
    plan = made.proposal
    parted = made.parted
    return {
        "files": list(made.files),
        "delimiter": None
        if parted is None
        else {
            "sign": parted.delimiter,
            "columns": parted.columns,
            "records": parted.records,
            "even": parted.even,
        },
        "tables": [
            {"table": one.name, "rows": one.rows, "columns": len(one.columns), "key": list(one.key)}
            for one in made.seen.tables
        ],
        "root": {
            "table": plan.root,
            "key": list(plan.key),
            "partition": plan.partition or None,
            "guesses": [
                {
                    "table": one.table,
                    "score": one.score,
                    "children": one.children,
                    "dates": one.dates,
                    "refers": one.refers,
                    "number": one.number or None,
                    "named": one.named,
                }
                for one in plan.guesses
            ],
        },
        "references": [_reference(one) for one in made.seen.references],
        "todo": sum(len(one.columns) for one in made.seen.tables),
    }


def _reference(one: "Reference") -> dict[str, object]:
    return {
        "table": one.table,
        "columns": list(one.columns),
        "target": one.target,
        "target_columns": list(one.target_columns),
        "declared": one.declared,
        "score": one.score,
        "rank": one.rank,
        "inclusion": one.inclusion,
        "names": one.names,
        "counted": one.counted,
        "orphans": one.orphans,
    }


def _show(made: "Scaffolded", delivery: str) -> None:
    plan = made.proposal
    rows = [
        (one.name, one.rows, len(one.columns), ", ".join(one.key), _belongs(made, one.name))
        for one in made.seen.tables
    ]
    _parted(made)
    table("Källan", ["Tabell", "Rader", "Kolumner", "Nyckel", "Hör till"], rows)
    for number, guess in enumerate(plan.guesses[:_SHOWN]):
        said = "Ärendet är nog | the case is probably" if number == 0 else "annars | else"
        sys.stdout.write(f"{said}: {guess.table} ({guess.score:.2f})\n")
    inferred = [one for one in made.seen.chosen() if not one.declared]
    declared = len(made.seen.chosen()) - len(inferred)
    sys.stdout.write(
        f"{declared} deklarerade och {len(inferred)} antagna hänvisningar"
        f" | {declared} declared and {len(inferred)} inferred references\n"
    )
    for name in made.files:
        sys.stdout.write(f"+ {name}\n")
    count = sum(len(one.columns) for one in made.seen.tables)
    sys.stdout.write(
        f"{count} kolumner att avgöra (todo); sedan: leverans mapping check {delivery}"
        f" | {count} columns to decide on (todo); then: leverans mapping check {delivery}\n"
    )


def _parted(made: "Scaffolded") -> None:
    """Tell what parts the cells, and why that is believed; of a single column that it is suspicious."""
    found = made.parted
    if found is None:
        return
    sign = _SIGNS.get(found.delimiter, found.delimiter)
    sys.stdout.write(
        f"Skiljetecken {sign}: {found.even} av {found.records} lästa rader har lika många celler som rubriken"
        f" ({found.columns}) | delimiter {sign}: {found.even} of {found.records} rows looked at have as many"
        f" cells as the header ({found.columns})\n"
    )
    if found.columns < 2:
        sys.stdout.write(
            "OBS: bara en kolumn; stämmer det inte, ange skiljetecknet med --delimiter"
            " | NB: one column only; where that is wrong, name what parts the cells with --delimiter\n"
        )


def _belongs(made: "Scaffolded", name: str) -> str:
    if name == made.proposal.root:
        return "är ärendet"
    parent = made.proposal.parent(name)
    return "" if parent is None else parent.target
