"""``leverans demo``: a world to try things on."""

import argparse
import shutil
import sys
from pathlib import Path

from leverans.cli.common import settings_of
from leverans.cli.live import Live
from leverans.cli.show import show_json, size
from leverans.errors import UsageError

_CONTENT = ("connectors", "mappings", "municipalities")


def build(args: argparse.Namespace) -> int:
    """Build a world that is a content root of its own: ``leverans run … --content DIR`` works on it."""
    _countable(args.cases)
    settings = settings_of(args)
    target = _built(Path(args.directory), args)
    if (settings.content / "municipalities").is_dir() and target.resolve() != settings.content.resolve():
        for name in _CONTENT:
            shutil.copytree(settings.content / name, target / name, dirs_exist_ok=True)
    if args.json:
        show_json({"world": str(target), "truth": str(target / "truth.json")})
    else:
        sys.stdout.write(f"{target}\n")
    return 0


def run(args: argparse.Namespace) -> int:
    """Build the demo world in the work root if it is missing, and deliver it."""
    from leverans.cli.delivering import run as deliver_it

    _countable(args.cases)
    settings = settings_of(args)
    world = settings.home / "demo"
    if not (world / "truth.json").is_file():
        _built(world, args)
    args.delivery, args.test, args.at, args.restart = _delivery(world), False, None, False
    return deliver_it(args)


def change(args: argparse.Namespace) -> int:
    """Make the scripted change of a demo world: late documents, reopened and voided cases."""
    from leverans.demo import DemoError
    from leverans.demo import change as changed

    world = Path(args.directory) if args.directory else settings_of(args).home / "demo"
    try:
        changes = changed(world, seed=args.seed)
    except DemoError as fault:
        raise UsageError("DEM001", str(world), reason=str(fault)) from fault
    if args.json:
        show_json(changes)
    else:
        for kind, keys in changes.items():
            sys.stdout.write(f"{kind}: {', '.join(keys)}\n")
    return 0


def _countable(cases: int) -> None:
    """Refuse a number of cases that no world can have.

    Raises:
        UsageError: DEM002.
    """
    if cases < 1:
        raise UsageError("DEM002", "--cases", given=cases)


def _built(target: Path, args: argparse.Namespace) -> Path:
    from leverans.demo import DemoError
    from leverans.demo import build as make

    try:
        with Live(quiet=args.json) as live:
            live.stage("demo", args.cases)
            world = make(
                target, cases=args.cases, seed=args.seed, progress=lambda _done, _all: live.advance()
            )
    except DemoError as fault:
        raise UsageError("DEM001", str(target), reason=str(fault)) from fault
    if not args.json:
        total = sum(path.stat().st_size for path in world.rglob("*") if path.is_file())
        sys.stderr.write(f"Demovärld | demo world: {world} ({size(total)})\n")
    return world


def _delivery(world: Path) -> str:
    import json

    return str(json.loads((world / "truth.json").read_text(encoding="utf-8"))["delivery"])
