"""``leverans clearance``: a list and a certificate of what may be erased at the source, and their proof."""

import argparse
import sys
from pathlib import Path

from leverans.cli.common import delivery_of, person_of, settings_of
from leverans.cli.show import show_json, table
from leverans.errors import UsageError

_LISTS = {
    "open": ("Får raderas, öppen väg", "may be erased, open route"),
    "protected": ("Får raderas, skyddad väg", "may be erased, protected route"),
    "excluded": ("Undantagna genom beslut", "excluded by decision"),
}
_CHECKS = {
    "form": "Intygets form | form of the certificate",
    "signature": "Centralens signatur | the centre's signature",
    "key": "Nyckeln gällde då | the key was valid then",
    "open": "Listan, öppen väg | the list, open route",
    "protected": "Listan, skyddad väg | the list, protected route",
    "excluded": "Listan, undantagna | the list, excluded",
    "decision": "Liggarens beslut är detta | the ledger's decision is this one",
    "receipts": "Liggarens kvitton är dessa | the ledger's receipts are these",
    "log": "Revisionsloggen leder hit | the audit log leads here",
}
_VERIFY = "verify"


def clearance(args: argparse.Namespace) -> int:
    """Give clearance; refused with every reason when anything is missing. Or verify a certificate."""
    from leverans.delivery.clearing import clear

    if args.delivery == _VERIFY:
        return _verified(args)
    if args.file or args.trust or args.municipality:
        raise UsageError("CLR018", "")
    given = clear(
        settings_of(args),
        delivery_of(args.delivery),
        by=person_of(args),
        reference=args.decision,
        run=args.run,
        reason=args.reason,
        to=Path(args.to) if args.to else None,
    )
    if args.json:
        show_json(given.plain())
        return 0
    lists = given.body["lists"]
    rows = [
        (sv, lists[name]["objects"], lists[name]["documents"], lists[name]["file"], en)
        for name, (sv, en) in _LISTS.items()
    ]
    names = ["Lista", "Objekt", "Dokument", "Fil", "In English"]
    table(f"Raderingsbesked {args.delivery}, körning {given.body['run']}", names, rows)
    for name, number in given.body["not_cleared"].items():
        sys.stdout.write(f"Får inte raderas | not to be erased: {name}: {number}\n")
    sys.stdout.write(f"Intyg | certificate: {given.folder / 'certificate.json'}\n")
    return 0


def _verified(args: argparse.Namespace) -> int:
    """Verify a certificate and the lists beside it; exit 1 when anything about it fails."""
    from leverans.cli.trusting import show_checks
    from leverans.clock import SystemClock
    from leverans.delivery.cleared import verify_clearance
    from leverans.delivery.verifying import failing
    from leverans.ledger import Ledger
    from leverans.trust import Trust

    if not args.file or not args.trust:
        raise UsageError("CLR018", "")
    path, trust = Path(args.file), Trust.load(Path(args.trust))
    if args.municipality is None:
        checks = verify_clearance(path, trust)
    else:
        home = settings_of(args).municipality(args.municipality)
        if not home.ledger.is_file():
            raise UsageError("USE003", "", given=args.municipality)
        with Ledger.look(home.ledger, SystemClock()) as ledger:
            checks = verify_clearance(path, trust, ledger=ledger)
    valid = not failing(checks)
    if args.json:
        show_json({"certificate": path.name, "valid": valid, "checks": [check.plain() for check in checks]})
    else:
        show_checks(f"Raderingsintyg | certificate {path.name}", checks, _CHECKS)
    return 0 if valid else 1
