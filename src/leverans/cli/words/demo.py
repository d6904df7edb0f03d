"""``leverans demo``."""

import argparse

from leverans.cli.words.adding import add


def words(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Add the words."""
    demo = commands.add_parser(
        "demo", help="A world to try things on.", description="A world to try things on."
    )
    actions = demo.add_subparsers(metavar="ACTION", dest="action", required=True)
    build = add(actions, common, "build", "showing:build", "Build a demo world: sources, content, truth.")
    build.add_argument("directory", metavar="DIR")
    run = add(actions, common, "run", "showing:run", "Build the demo world if it is missing, and deliver it.")
    change = add(actions, common, "change", "showing:change", "Change a demo world: late, reopened, voided.")
    change.add_argument("directory", metavar="DIR", nargs="?", help="default: demo in the work root")
    for parser in (build, run):
        parser.add_argument("--cases", type=int, default=2000, metavar="N")
    for parser in (build, run, change):
        parser.add_argument("--seed", type=int, default=1, metavar="S")
