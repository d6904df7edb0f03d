"""``leverans new``."""

import argparse

from leverans.cli.words.adding import add


def words(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Add the words."""
    new = commands.add_parser(
        "new", help="Begin with something new.", description="Begin with something new."
    )
    actions = new.add_subparsers(metavar="WHAT", dest="action", required=True)
    source = add(
        actions,
        common,
        "source",
        "new:source",
        "Look at a source and write connector, mapping, delivery, golden pair and README to go on with.",
    )
    source.add_argument("delivery", metavar="MUNICIPALITY/DELIVERY")
    source.add_argument("--connector", choices=["sql", "flat"], required=True, help="kind of the source")
    source.add_argument(
        "--location",
        metavar="PLACE",
        required=True,
        help="path or address without credentials, as the delivery's file will say it; or env:VARIABLE",
    )
    source.add_argument(
        "--name", help="folder below connectors/ and mappings/ (default: the delivery's name)"
    )
    source.add_argument("--source", default="db", help="name of the source in the delivery (default: db)")
    source.add_argument("--root", metavar="TABLE", help="the table of the cases (default: proposed)")
    _agreed(source)
    _flat(source)


def _agreed(source: argparse.ArgumentParser) -> None:
    source.add_argument("--producer", metavar="NAME", help="creator that delivers (default: the latest)")
    source.add_argument(
        "--period",
        nargs=2,
        metavar=("FROM", "TO"),
        help="days of the records (default: those of the creators)",
    )
    source.add_argument(
        "--information-type", metavar="NAME", help="what is delivered (default: the delivery's name)"
    )
    source.add_argument("--profile", metavar="NAME", help="target profile (default: the latest)")
    source.add_argument(
        "--secret",
        metavar="NAME=VARIABLE",
        action="append",
        default=[],
        help="environment variable of the host that holds a secret; never the secret itself",
    )


def _flat(source: argparse.ArgumentParser) -> None:
    source.add_argument(
        "--delimiter", help="flat: what parts the cells (default: what parts the first rows best)"
    )
    source.add_argument("--encoding", default="utf-8", help="flat: encoding of the text (default: utf-8)")
    source.add_argument("--quote", default='"', help='flat: what stands round a cell (default: ")')
    source.add_argument(
        "--header",
        metavar="TABLE=yes|no",
        action="append",
        default=[],
        help="flat: whether the first line holds the columns' names (default: yes, if it looks so)",
    )
