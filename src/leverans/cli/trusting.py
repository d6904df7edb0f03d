"""``leverans keys`` and ``leverans receipt``."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from leverans.cli.common import delivery_of, moment_of, person_of, settings_of
from leverans.cli.show import show_json, table
from leverans.clock import SystemClock
from leverans.errors import IntegrityError, UsageError
from leverans.settings import Settings
from leverans.trust import CENTRE, Check, KeyHistory, Keyring, SignedReceipt, Trust

_CHECKS = {
    "form": "Kvittots form | form of the receipt",
    "signature": "Centralens signatur | the centre's signature",
    "key": "Nyckeln gällde då | the key was valid then",
    "countersignature": "Kommunens kontrasignatur | the municipality's countersignature",
    "ledger": "Liggarens kvitto är detta | the ledger's receipt is this one",
    "log": "Revisionsloggen leder hit | the audit log leads here",
    "content": "Liggarens objekt är kvittots | the ledger's objects are the receipt's",
    "previous": "Kedjan till kvittot före | the chain to the receipt before",
    "packages": "Paketen på disken är kvittots | the packages on the disk are the receipt's",
}
_VERDICTS = {"holds": "stämmer | holds", "fails": "STÄMMER INTE | FAILS", "absent": "finns inte | absent"}
_CERTIFIED = {
    "kept": "ingen regel bruten | no rule broken",
    "broken": "REGLER BRUTNA | RULES BROKEN",
    "unverified": "UNDERSKRIFTEN HÅLLER INTE | THE SIGNATURE DOES NOT HOLD",
    "none": "inget | none",
}


def keys_list(args: argparse.Namespace) -> int:
    """List every key of an owner."""
    return _show(_keyring(args).history(), args)


def keys_create(args: argparse.Namespace) -> int:
    """Make the first key of an owner."""
    ring = _keyring(args)
    ring.create()
    return _changed(ring, args)


def keys_rotate(args: argparse.Namespace) -> int:
    """Put a new key in the place of the present one."""
    ring = _keyring(args)
    ring.rotate()
    return _changed(ring, args)


def keys_revoke(args: argparse.Namespace) -> int:
    """Say from when on a key is not to be trusted."""
    from leverans.delivery.grounds import grounds

    ring = _keyring(args)
    grounds("", args.reason, "", demanded=("reason",))
    since = moment_of(args.since)
    if since is None:
        raise UsageError("USE002", "", given=args.since)
    ring.revoke(args.key, since, args.reason)
    return _changed(ring, args)


def keys_export(args: argparse.Namespace) -> int:
    """Write the public keys to a trust folder."""
    path = _keyring(args).export(Path(args.to))
    if args.json:
        show_json({"owner": args.owner, "path": str(path)})
    else:
        sys.stdout.write(f"{path}\n")
    return 0


def receipt_verify(args: argparse.Namespace) -> int:
    """Verify a receipt; exit 1 when anything about it fails."""
    from leverans.delivery.verifying import failing, verify_receipt
    from leverans.ledger import Ledger

    path, trust = Path(args.file), Trust.load(Path(args.trust))
    if args.municipality is None:
        checks = verify_receipt(path, trust)
    else:
        home = settings_of(args).municipality(args.municipality)
        if not home.ledger.is_file():
            raise UsageError("USE003", "", given=args.municipality)
        with Ledger.look(home.ledger, SystemClock()) as ledger:
            checks = verify_receipt(path, trust, home=home, ledger=ledger)
    valid, about = not failing(checks), _about(path)
    if args.json:
        plain = [check.plain() for check in checks]
        show_json({"receipt": path.name, "valid": valid, **about, "checks": plain})
    else:
        show_checks(f"Kvitto | receipt {path.name}", checks, _CHECKS)
        if about:
            kind = (
                "TEST: provleverans, inte arkiverad | a test, not archived"
                if about["test"]
                else "skarp | live"
            )
            sys.stdout.write(
                f"{about['delivery']}, körning | run {about['run']}, status {about['status']}, {kind}\n"
            )
            show_certificates(about["certificates"])
    return 0 if valid else 1


def _about(path: Path) -> dict[str, Any]:
    """Give what a receipt is about; nothing of a file that is none."""
    try:
        body = SignedReceipt.read(path.read_bytes(), path.name).body
    except IntegrityError:
        return {}
    about = {name: body[name] for name in ("delivery", "run", "status", "test")}
    return {**about, "certificates": body.get("certificates")}


def show_certificates(named: Sequence[Mapping[str, Any]] | None) -> None:
    """Tell which certificate a receipt names for each source; None where it is older than them."""
    for one in named or ():
        when = f", {one['at']}, {one['sha256'][:16]}" if one["sha256"] else ""
        told = _CERTIFIED[one["verdict"]]
        sys.stdout.write(f"Intyg för källan | certificate of the source {one['source']}: {told}{when}\n")


def receipt_countersign(args: argparse.Namespace) -> int:
    """Sign a receipt as the municipality, or every one that a clearance needs."""
    from leverans.delivery.countersigning import countersign

    if args.all:
        return _countersign_all(args)
    receipt = countersign(
        settings_of(args),
        Path(args.file),
        by=person_of(args),
        reason=args.reason,
        reference=args.decision,
        clock=SystemClock(),
    )
    signature = receipt.countersignature
    plain = {"receipt": receipt.sha256, "signature": signature.plain() if signature else None}
    if args.json:
        show_json(plain)
    elif signature is not None:
        sys.stdout.write(
            f"Kontrasignerat av {signature.owner} ({signature.by}) {signature.at}, nyckel {signature.key}\n"
            f"    countersigned by {signature.owner} ({signature.by}), key {signature.key}\n"
        )
    return 0


def _countersign_all(args: argparse.Namespace) -> int:
    """Sign what lacks a countersignature of the latest full run and the runs that settle it, listing each."""
    from leverans.delivery.countersigning import countersign, unsigned

    settings, name, signed = settings_of(args), delivery_of(args.file), list[dict[str, Any]]()
    for path in unsigned(settings, name):
        receipt = countersign(
            settings,
            path,
            by=person_of(args),
            reason=args.reason,
            reference=args.decision,
            clock=SystemClock(),
        )
        signed.append({"run": receipt.body["run"], "file": path.name, "receipt": receipt.sha256})
        if not args.json:
            sys.stdout.write(f"Kontrasignerat | countersigned  {receipt.body['run']}  {receipt.sha256}\n")
    if args.json:
        show_json({"delivery": name, "countersigned": signed})
    elif not signed:
        sys.stdout.write("Inget kvitto saknar kontrasignering. | No receipt lacks a countersignature.\n")
    return 0


def _keyring(args: argparse.Namespace) -> Keyring:
    """Give the keys of the owner that the words name.

    Raises:
        UsageError: KEY012, there is no such owner.
    """
    from leverans.delivery.heads import keyring

    settings, owner = settings_of(args), args.owner
    if owner not in {CENTRE, *_names(settings)}:
        raise UsageError("KEY012", "", owner=owner)
    return keyring(settings, owner, SystemClock())


def _names(settings: Settings) -> set[str]:
    """Give the municipalities of the content and of the work root."""
    content = {path.parent.name for path in settings.content.glob("municipalities/*/municipality.yaml")}
    return content | {path.parent.name for path in settings.home.glob("*/ledger.sqlite")}


def _changed(ring: Keyring, args: argparse.Namespace) -> int:
    """Write down in the audit logs what became of the keys, then show them."""
    from leverans.delivery.heads import note_keys
    from leverans.delivery.witness import witnessed

    settings, history = settings_of(args), ring.history()
    owners = [history.owner] if history.owner != CENTRE else sorted(_names(settings))
    for name in owners:
        home = settings.municipality(name)
        if home.ledger.is_file():
            with witnessed(settings, name, SystemClock()) as ledger:
                note_keys(ledger, history)
    return _show(history, args)


def _show(history: KeyHistory, args: argparse.Namespace) -> int:
    if args.json:
        show_json(history.plain())
        return 0
    rows = [
        (
            key.id,
            key.created,
            key.retired or "–",
            key.revoked or "–",
            "gäller | present" if key == history.present else "",
        )
        for key in history.keys
    ]
    table(f"Nycklar | keys: {history.owner}", ["Nyckel", "Skapad", "Utbytt", "Spärrad från", ""], rows)
    return 0


def show_checks(title: str, checks: Sequence[Check], names: Mapping[str, str]) -> None:
    """Show what was asked about something signed, and why an answer is no.

    Args:
        title: what it is about.
        checks: questions and answers.
        names: what each question is called, in both languages.
    """
    rows = [(names[check.name], _VERDICTS[check.verdict]) for check in checks]
    table(title, ["Fråga", "Svar"], rows)
    for check in checks:
        if check.told.get("of"):
            entries = ", ".join(map(str, check.told["entries"]))
            gone = check.told["purged"]
            sys.stdout.write(
                f"  {check.told['held']} av {check.told['of']} paket finns; {gone} bortrensade"
                + (f" (post {entries})\n" if gone else "\n")
                + f"    {check.told['held']} of {check.told['of']} held; {gone} purged"
                + (f" (entry {entries})\n" if gone else "\n")
            )
        if check.fault is not None:
            sys.stdout.write(f"! {check.fault.text('sv')}\n    {check.fault.text('en')}\n")
            sys.stdout.write(f"  → {check.fault.remedy('sv')}\n    {check.fault.remedy('en')}\n")
