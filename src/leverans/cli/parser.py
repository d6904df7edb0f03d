"""The words of the command line."""

import argparse

from leverans.cli.words import (
    carrying,
    deciding,
    demo,
    deploying,
    exporting,
    ledger,
    mapping,
    new,
    operating,
    packages,
    reporting,
    running,
    sources,
    trust,
)

FAMILIES = (
    running,
    ledger,
    deciding,
    reporting,
    packages,
    exporting,
    sources,
    new,
    mapping,
    carrying,
    operating,
    deploying,
    trust,
    demo,
)
"""In the order of ``leverans --help``."""


def build_parser() -> argparse.ArgumentParser:
    """Give the parser; each command's module and function stand in ``args.command``."""
    parser = argparse.ArgumentParser(
        prog="leverans",
        description="Leverans: from a legacy system to an archived, reconciled delivery.",
        epilog="Exit status: 0 complete (quarantines included), 1 incomplete, refused or an error was found, "
        "2 the words are off, 3 an outage: try again.",
    )
    parser.add_argument("--version", action="store_true", help="show the version and end")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="name")
    common = _common()
    for family in FAMILIES:
        family.words(commands, common)
    return parser


def _common() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--content", metavar="DIR", help="content root (LEVERANS_CONTENT, default: here)")
    common.add_argument("--home", metavar="DIR", help="work root (LEVERANS_HOME, default: var)")
    common.add_argument("--json", action="store_true", help="JSON on standard output")
    return common
