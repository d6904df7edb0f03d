"""Questions to the ledger: status, explain."""

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
