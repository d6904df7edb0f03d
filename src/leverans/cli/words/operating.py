"""The centre's daily work: what is overdue, purge, backup and restore, a ledger made anew, clearance."""

import argparse

from leverans.cli.words.adding import add


def words(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Add the words."""
    late = add(commands, common, "overdue", "operating:overdue", "What should have come and has not.")
    late.add_argument("delivery", metavar="MUNICIPALITY[/DELIVERY]", nargs="?")
    late.add_argument("--at", metavar="TIME", help="as of this time (default: now)")
    late.add_argument(
        "--days", type=int, default=30, metavar="N", help="days a delivery may be unsettled or incomplete"
    )
    purge = add(commands, common, "purge", "operating:purge", "Delete working copies of settled runs.")
    purge.add_argument("delivery", metavar="MUNICIPALITY[/DELIVERY]")
    purge.add_argument("--days", type=int, metavar="N", help="days after settlement (default: as agreed)")
    purge.add_argument("--dry", action="store_true", help="only say what would go")
    purge.add_argument("--by", metavar="NAME", help="who asks (default: LEVERANS_USER or the login name)")
