"""Keys, receipts and the audit log."""

import argparse

from leverans.cli.words.adding import add


def words(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Add the words."""
    _keys(commands, common)
    _receipt(commands, common)
    _audit(commands, common)


def _keys(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    keys = commands.add_parser("keys", help="Signing keys.", description="Signing keys.")
    actions = keys.add_subparsers(metavar="ACTION", dest="action", required=True)
    for name, text in (
        ("list", "List every key of an owner, and when it was valid."),
        ("create", "Make the first key."),
        ("rotate", "Put a new key in the place of the present one."),
        ("revoke", "Say from when on a key is not to be trusted."),
        ("export", "Write the public keys to a trust folder."),
    ):
        action = add(actions, common, name, f"trusting:keys_{name}", text)
        action.add_argument("owner", metavar="OWNER", help="centre, or a municipality")
        if name == "export":
            action.add_argument("--to", metavar="DIR", default="trust", help="trust folder (default: trust)")
        if name == "revoke":
            action.add_argument("key", metavar="KEY", help="id of the key")
            action.add_argument("--from", dest="since", metavar="TIME", required=True, help="from when on")
            action.add_argument("--reason", metavar="TEXT", required=True, help="why")


def _receipt(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    receipt = commands.add_parser("receipt", help="Receipts.", description="Receipts.")
    actions = receipt.add_subparsers(metavar="ACTION", dest="action", required=True)
    verify = add(actions, common, "verify", "trusting:receipt_verify", "Verify a receipt.")
    verify.add_argument("file", metavar="FILE")
    verify.add_argument("--trust", metavar="DIR", required=True, help="public keys that you trust")
    verify.add_argument(
        "--municipality", metavar="NAME", help="compare with its ledger and packages in the work root"
    )
    sign = add(actions, common, "countersign", "trusting:receipt_countersign", "Sign it as the municipality.")
    sign.add_argument("file", metavar="FILE", help="the receipt; with --all a MUNICIPALITY/DELIVERY")
    sign.add_argument(
        "--all", action="store_true", help="every receipt that a clearance of the delivery needs signed"
    )
    sign.add_argument("--by", metavar="NAME", help="who decides (default: LEVERANS_USER or the login name)")
    sign.add_argument("--reason", metavar="TEXT", default="", help="why")
    sign.add_argument("--decision", metavar="REF", default="", help="the written decision")


def _audit(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    audit = commands.add_parser("audit", help="The audit log.", description="The audit log.")
    actions = audit.add_subparsers(metavar="ACTION", dest="action", required=True)
    made = {}
    for name, text in (
        ("verify", "Hold ledger, log, signed heads and receipts to each other."),
        ("head", "Sign the present head of the log."),
        ("prove", "Prove that the log has only grown, or that an entry is in it."),
        ("report", "What was delivered, decided, issued and purged in a year."),
    ):
        made[name] = add(actions, common, name, f"auditing:{name}", text)
        made[name].add_argument("municipality", metavar="MUNICIPALITY")
    made["verify"].add_argument("--trust", metavar="DIR", help="public keys that you trust")
    made["verify"].add_argument(
        "--kept", metavar="FILE", action="append", default=[], help="signed heads that you kept elsewhere"
    )
    made["head"].add_argument(
        "--accept", action="store_true", help="answer for entries that nobody signed (AUD018)"
    )
    made["head"].add_argument(
        "--by", metavar="NAME", help="who answers (default: LEVERANS_USER or the login)"
    )
    made["head"].add_argument("--reason", metavar="TEXT", default="", help="why they are right")
    made["prove"].add_argument("--from", dest="old", metavar="SIZE", type=int, help="the earlier size")
    made["prove"].add_argument("--to", dest="new", metavar="SIZE", type=int, help="the later size")
    made["prove"].add_argument("--entry", metavar="N", type=int, help="an entry, from 0")
    made["report"].add_argument("--year", type=int, required=True, metavar="YEAR")
    made["report"].add_argument("--to", metavar="DIR", help="write it to a folder, as text and JSON")
    check = add(actions, common, "check-proof", "auditing:check_proof", "Check a proof, without any ledger.")
    check.add_argument("file", metavar="FILE")
    check.add_argument("--trust", metavar="DIR", help="its heads must be signed by a key in here")
