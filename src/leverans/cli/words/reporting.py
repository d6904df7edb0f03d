"""``leverans report``."""

import argparse

from leverans.cli.words.adding import add


def words(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Add the words."""
    report = add(commands, common, "report", "reporting:report", "The report of a run, or one of its papers.")
    report.add_argument("delivery", metavar="MUNICIPALITY/DELIVERY")
    report.add_argument("--run", metavar="RUN", help="which run (default: the latest, live or test)")
    report.add_argument(
        "--paper",
        metavar="NAME",
        help="testprotokoll, slutverifieringsprotokoll, leveransreversal, felprotokoll or gallringslista",
    )
