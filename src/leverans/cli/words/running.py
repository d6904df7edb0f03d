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
    place = run.add_mutually_exclusive_group()
    place.add_argument(
        "--landing",
        metavar="ID|newest",
        help="deliver a landing that came from the municipality's host (leverans transfer receive)",
    )
    place.add_argument(
        "--here", action="store_true", help="read the sources on this host although there is a transfer:"
    )
    run.add_argument(
        "--dry", action="store_true", help="only count and compare: size, time, risks; nothing is written"
    )
