"""``leverans backup``, ``restore`` and ``ledger rebuild``."""

import argparse
import sys
from pathlib import Path

from leverans.cli.common import person_of, settings_of
from leverans.cli.show import show_json, size, table, thousands

_KEYS = {
    "encrypted": "krypterade | encrypted",
    "left out": "UTELÄMNADE | LEFT OUT (--recipient, --passphrase-file)",
    "none": "finns inga | there are none",
}


def backup(args: argparse.Namespace) -> int:
    """Back up a municipality; exit 1 when the archive lacks something that the ledger knows."""
    from leverans.delivery.keeping import backup as kept
    from leverans.delivery.keeping.secrets import passphrase_lock, recipient_lock

    lock = None
    if args.recipient:
        lock = recipient_lock(args.recipient)
    elif args.passphrase_file:
        lock = passphrase_lock(_words(args.passphrase_file))
    answer = kept(
        settings_of(args),
        args.municipality,
        Path(args.to),
        by=person_of(args),
        lock=lock,
        keys_to=Path(args.keys_to) if args.keys_to else None,
        formats=args.formats,
    )
    if args.json:
        show_json(answer.plain())
        return 1 if answer.lacking else 0
    rows = [
        ("Omgång", answer.generation, "generation"),
        ("Filer", thousands(answer.files), "files"),
        ("  nya i kopian", thousands(answer.copied), "new in the backup"),
        ("  deras storlek", size(answer.bytes), "their size"),
        ("Hemliga nycklar", _KEYS[answer.keys], "secret keys"),
        ("SAKNAS I ARKIVET" if answer.lacking else "Saknas i arkivet", answer.lacking, "lacking"),
    ]
    table(f"Säkerhetskopia av {args.municipality}", ["Vad", "Värde", "In English"], rows)
    return 1 if answer.lacking else 0


def restore(args: argparse.Namespace) -> int:
    """Restore a municipality into an empty home."""
    from leverans.delivery.keeping import restore as brought
    from leverans.delivery.keeping.secrets import identity_key, passphrase_key

    unlock = None
    if args.identity:
        unlock = identity_key(Path(args.identity))
    elif args.passphrase_file:
        unlock = passphrase_key(_words(args.passphrase_file))
    answer = brought(
        settings_of(args),
        args.municipality,
        Path(args.directory),
        by=person_of(args),
        unlock=unlock,
        keys_from=Path(args.keys_from) if args.keys_from else None,
    )
    if args.json:
        show_json(answer.plain())
        return 0
    rows = [
        ("Omgång", answer.generation, "generation"),
        ("Filer", thousands(answer.files), "files"),
        ("Deras storlek", size(answer.bytes), "their size"),
        ("Hemliga nycklar", thousands(answer.keys), "secret keys"),
    ]
    table(f"Återställt: {args.municipality}", ["Vad", "Värde", "In English"], rows)
    if answer.keys_missing:
        sys.stdout.write("! Nycklarna saknas; lägg dem i keys/ före nästa körning. | Keys are missing.\n")
    if not answer.whole:
        sys.stdout.write("! Kopian var inte hel när den gjordes. | The backup was not whole when made.\n")
    for run in answer.interrupted:
        sys.stdout.write(f"! {run}: avbruten, ge upp den med --restart. | Interrupted: --restart.\n")
    name = args.municipality
    sys.stdout.write(f"Varje byte | every byte: leverans archive verify {name}\n")
    return 0


def rebuild(args: argparse.Namespace) -> int:
    """Make a ledger anew from archive, receipts and approvals, and say what cannot come back."""
    from leverans.delivery.keeping import rebuild as renewed

    answer = renewed(
        settings_of(args),
        args.municipality,
        by=person_of(args),
        target=Path(args.to) if args.to else None,
    )
    if args.json:
        show_json(answer.plain())
        return 0
    rows = [
        ("Körningar", thousands(answer.runs), "runs"),
        ("Paket", thousands(answer.packages), "packages"),
        ("Arkiverade versioner", thousands(answer.objects), "archived versions"),
        ("Den gamla filen", answer.aside or "–", "the old file"),
    ]
    table(f"Ny liggare: {answer.ledger}", ["Vad", "Värde", "In English"], rows)
    for name, what in answer.lost.items():
        told = ", ".join(what) if isinstance(what, list) else what
        sys.stdout.write(f"! Går inte att få tillbaka | cannot come back: {name}: {told}\n")
    return 0


def _words(path: str) -> str:
    return Path(path).read_text(encoding="utf-8").strip()
