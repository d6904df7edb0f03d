"""Questions to the ledger: status, explain, quarantine."""

import argparse

from leverans.cli.words.adding import add


def words(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Add the words."""
    status = add(commands, common, "status", "asking:status", "Where every delivery stands.")
    status.add_argument("delivery", metavar="MUNICIPALITY[/DELIVERY]", nargs="?")
    explain = add(commands, common, "explain", "asking:explain", "What became of one object, and why.")
    explain.add_argument("object", metavar="OBJECT", help="object id, reference code or source key")
    quarantine = commands.add_parser(
        "quarantine", help="What was set aside.", description="What was set aside."
    )
    actions = quarantine.add_subparsers(metavar="ACTION", dest="action", required=True)
    listed = add(actions, common, "list", "asking:quarantine_list", "List what was set aside, by reason.")
    listed.add_argument("delivery", metavar="MUNICIPALITY/DELIVERY")
    listed.add_argument("--code", help="only this finding code")
    shown = add(actions, common, "show", "asking:quarantine_show", "Show one object that was set aside.")
    shown.add_argument("delivery", metavar="MUNICIPALITY/DELIVERY")
    shown.add_argument("object", metavar="OBJECT", help="object id, reference code or source key")
