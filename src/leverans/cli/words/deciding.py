"""``leverans quarantine`` and ``leverans approve``: what people decide."""

import argparse

from leverans.cli.words.adding import add

_WHAT = {
    "accept": "Archive in spite of the fault, with the deviation recorded; carried out at once.",
    "exclude": "Leave out for good; no run is needed.",
    "retry": "Map again after a mend of the mapping or the source; only what is named is touched.",
}

_THING = "object id, reference code or source key; for a file the name that list gives it"


def words(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Add the words."""
    quarantine = commands.add_parser(
        "quarantine", help="What was set aside.", description="What was set aside, and what is decided of it."
    )
    actions = quarantine.add_subparsers(metavar="ACTION", dest="action", required=True)
    listed = _about(add(actions, common, "list", "deciding:listed", "List what was set aside, by reason."))
    listed.add_argument("--code", help="only this finding code")
    listed.add_argument("--rule", help="only what this rule or field set aside")
    listed.add_argument("--undecided", action="store_true", help="only what nobody has decided about")
    shown = _about(
        add(
            actions,
            common,
            "show",
            "deciding:shown",
            "Show one object that was set aside, and its decisions.",
        )
    )
    shown.add_argument("object", metavar="OBJECT", help=_THING)
    shown.add_argument("--reveal", action="store_true", help="show a file's name; leaves an audit entry")
    shown.add_argument("--by", metavar="NAME", help="who asks (LEVERANS_USER, else the login name)")
    for name, text in _WHAT.items():
        decided = _about(add(actions, common, name, "deciding:decided", text))
        decided.add_argument("--object", metavar="X", help=_THING)
        decided.add_argument("--code", help="everything with this finding code")
        decided.add_argument("--rule", help="everything that this rule or field set aside")
        decided.add_argument("--by", metavar="NAME", help="who decides (LEVERANS_USER, else the login name)")
        decided.add_argument("--reason", metavar="TEXT", default="", help="why")
        decided.add_argument("--decision", metavar="REF", default="", help="reference of the decision")
        if name == "accept":
            decided.add_argument("--record-only", action="store_true", help="leave it to the next run")
        if name == "retry":
            decided.add_argument("--from-source", action="store_true", help="extract anew (source mended)")
        if name != "exclude":
            decided.add_argument("--at", metavar="TIME", help="reference time (default: now)")
    approve = add(commands, common, "approve", "deciding:approve", "Approve a test delivery, and sign it.")
    approve.add_argument("run", metavar="RUN", help="id of the test run, e.g. 00001-1f2e3d4c")
    approve.add_argument("--by", metavar="NAME", help="who approves (LEVERANS_USER, else the login name)")
    approve.add_argument(
        "--as", metavar="ROLE", dest="role", default="", help="approver of the protected route"
    )
    approve.add_argument("--reason", metavar="TEXT", default="", help="why, if there is more to say")
    approve.add_argument("--decision", metavar="REF", default="", help="reference of a written decision")


def _about(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("delivery", metavar="MUNICIPALITY/DELIVERY")
    parser.add_argument("--test", action="store_true", help="of the test deliveries")
    return parser
