"""``leverans export`` and ``leverans reconcile``: packages for other receivers, and their receipts."""

import argparse

from leverans.cli.words.adding import add


def words(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Add the words."""
    export = add(
        commands, common, "export", "exporting:export", "Write delivered packages for another receiver."
    )
    export.add_argument("delivery", metavar="MUNICIPALITY/DELIVERY")
    export.add_argument("--profile", metavar="NAME", required=True, help="the form they are written in")
    export.add_argument("--to", metavar="DIR", required=True, help="where the packages go")
    export.add_argument("--run", metavar="RUN", default="", help="the run (default: the latest one)")
    export.add_argument(
        "--container", choices=("zip", "tar"), default="zip", help="what each package is written as (zip)"
    )
    export.add_argument("--test", action="store_true", help="packages of test deliveries")
    export.add_argument("--protected", action="store_true", help="the packages of the protected route")
    reconcile = add(
        commands, common, "reconcile", "exporting:reconcile", "Hold a receiver's receipts against an export."
    )
    reconcile.add_argument("files", metavar="RECEIPT", nargs="+", help="receipts of the receiver")
    reconcile.add_argument(
        "--sent", metavar="FILE", action="append", required=True, help="what the export wrote as ….sent.json"
    )
    reconcile.add_argument(
        "--batch",
        metavar="NAME",
        action="append",
        default=[],
        help="what the receiver calls the sending (correlationId), where it is not the package's id",
    )
    reconcile.add_argument("--profile", metavar="NAME", default="", help="the form that was sent")
