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
    _keeping(commands, common)
    cleared = add(commands, common, "clearance", "clearing:clearance", "What may be erased at the source.")
    cleared.add_argument("delivery", metavar="MUNICIPALITY/DELIVERY", help="or the word verify")
    cleared.add_argument("file", metavar="FILE", nargs="?", help="after verify: a certificate")
    cleared.add_argument("--trust", metavar="DIR", help="verify: public keys that you trust")
    cleared.add_argument("--municipality", metavar="NAME", help="verify: compare with its ledger, too")
    cleared.add_argument("--run", metavar="RUN", default="", help="the run (default: the latest full one)")
    cleared.add_argument("--by", metavar="NAME", help="who decides (default: LEVERANS_USER or login name)")
    cleared.add_argument("--decision", metavar="REF", default="", help="the written decision")
    cleared.add_argument("--reason", metavar="TEXT", default="", help="why, if there is more to say")
    cleared.add_argument("--to", metavar="DIR", help="where the files go (default: in the home)")


def _keeping(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    backup = add(commands, common, "backup", "keeping:backup", "Back up a municipality, by digest.")
    backup.add_argument("municipality", metavar="MUNICIPALITY")
    backup.add_argument("--to", metavar="DIR", required=True, help="where backups lie")
    backup.add_argument("--recipient", metavar="AGE", help="encrypt the secret keys to this age recipient")
    backup.add_argument("--passphrase-file", metavar="FILE", help="encrypt them under a passphrase instead")
    backup.add_argument("--keys-to", metavar="DIR", help="put the encrypted keys elsewhere")
    backup.add_argument("--formats", action="store_true", help="keep the cache of identification, too")
    restore = add(commands, common, "restore", "keeping:restore", "Restore a backup into an empty home.")
    restore.add_argument("directory", metavar="DIR", help="where backups lie")
    restore.add_argument("municipality", metavar="MUNICIPALITY")
    restore.add_argument("--identity", metavar="FILE", help="age identity that opens the secret keys")
    restore.add_argument("--passphrase-file", metavar="FILE", help="passphrase that opens them")
    restore.add_argument("--keys-from", metavar="FILE", help="the encrypted keys, when kept elsewhere")
    ledger = commands.add_parser("ledger", help="The ledger file.", description="The ledger file.")
    actions = ledger.add_subparsers(metavar="ACTION", dest="action", required=True)
    text = "Make a lost ledger anew from archive, receipts and approvals."
    rebuild = add(actions, common, "rebuild", "keeping:rebuild", text)
    rebuild.add_argument("municipality", metavar="MUNICIPALITY")
    rebuild.add_argument("--to", metavar="FILE", help="write another file; the present ledger stays")
    for parser in (backup, restore, rebuild):
        parser.add_argument("--by", metavar="NAME", help="who asks (default: LEVERANS_USER or login name)")
