"""``leverans source``."""

import argparse

from leverans.cli.words.adding import add


def words(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Add the words."""
    source = commands.add_parser("source", help="Look at the sources.", description="Look at the sources.")
    actions = source.add_subparsers(metavar="ACTION", dest="action", required=True)
    for name, command, text in (
        ("check", "looking:check", "Can every source be read, and only read?"),
        ("discover", "looking:discover", "Which tables, columns, keys and documents are there?"),
    ):
        action = add(actions, common, name, command, text)
        action.add_argument("delivery", metavar="MUNICIPALITY/DELIVERY")
