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
    certify = add(actions, common, "certify", "certifying:certify", "Try the contract's rules, and sign.")
    certify.add_argument("delivery", metavar="MUNICIPALITY/DELIVERY", nargs="?")
    certify.add_argument("--by", metavar="NAME", help="who tries (default: LEVERANS_USER or the login name)")
    certify.add_argument("--to", metavar="FILE", help="where the certificate goes (default: the work root)")
    certify.add_argument("--verify", metavar="FILE", help="verify a certificate instead")
    certify.add_argument("--trust", metavar="DIR", help="with --verify: public keys that you trust")
    profile = add(
        actions, common, "profile", "profiling:profile", "What the sources hold, counted and shaped."
    )
    profile.add_argument("delivery", metavar="MUNICIPALITY/DELIVERY")
    profile.add_argument("--to", metavar="FILE", help="write it as a page")
