"""``leverans transfer``."""

import argparse

from leverans.cli.words.adding import add


def words(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Add the words."""
    text = "Landings from the municipality's host to the centre's."
    transfer = commands.add_parser("transfer", help=text, description=text)
    actions = transfer.add_subparsers(metavar="ACTION", dest="action", required=True)
    key = add(actions, common, "key", "carrying:key", "Make the centre's key; show whom to seal to.")
    key.add_argument("--to", metavar="FILE", help="write the recipient to this file, too")
    key.add_argument("--rotate", action="store_true", help="a new key; older ones go on opening")
    extract = add(
        actions,
        common,
        "extract",
        "carrying:extract",
        "Land rows and documents in the outbox (the municipality's host).",
    )
    extract.add_argument("delivery", metavar="MUNICIPALITY/DELIVERY")
    extract.add_argument("--at", metavar="TIME", help="reference time; the same again gives the same landing")
    extract.add_argument("--test", action="store_true", help="thought for a test delivery")
    for name, command, told in (
        ("send", "carrying:send", "Seal a landing and bring it to the drop (the municipality's host)."),
        ("receive", "carrying:receive", "Take a landing from the drop, verify it (the centre's host)."),
        ("status", "carrying:status", "Where landings are on their way."),
    ):
        action = add(actions, common, name, command, told)
        action.add_argument("delivery", metavar="MUNICIPALITY/DELIVERY")
        if name != "status":
            action.add_argument("--landing", metavar="ID", help="the landing's id")
        if name == "send":
            action.add_argument(
                "--delta", action="store_true", help="leave out documents that the centre acknowledged before"
            )
            action.add_argument(
                "--again", action="store_true", help="send it though the centre has acknowledged it"
            )
