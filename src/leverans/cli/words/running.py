"""``leverans run``."""

import argparse

from leverans.cli.words.adding import add


def words(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Add the words."""
    run = add(
        commands, common, "run", "delivering:run", "Deliver: extract, map, package, archive, reconcile."
    )
    run.add_argument("delivery", metavar="MUNICIPALITY/DELIVERY")
    run.add_argument("--test", action="store_true", help="the same delivery to a test archive, marked TEST")
    run.add_argument("--at", metavar="TIME", help="reference time, e.g. 2026-01-31T12:00:00Z (default: now)")
    run.add_argument("--by", metavar="NAME", help="who runs it (LEVERANS_USER, else the login name)")
    run.add_argument("--restart", action="store_true", help="give up an interrupted run and begin anew")
    run.add_argument(
        "--dry", action="store_true", help="only count and compare: size, time, risks; nothing is written"
    )
