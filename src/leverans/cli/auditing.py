"""``leverans audit``."""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leverans.cli.common import person_of, settings_of
from leverans.cli.show import show_json
from leverans.clock import SystemClock
from leverans.contracts import Finding
from leverans.errors import UsageError
from leverans.findings import describe
from leverans.ledger import Head, Ledger
from leverans.settings import MunicipalityHome
from leverans.trust import Trust

_SHOWN = 50


def verify(args: argparse.Namespace) -> int:
    """Hold ledger, log, signed heads and receipts to each other; exit 1 when anything is wrong."""
    from leverans.delivery.verifying import verify_audit

    trust = _trust(args)
    with _looked(args) as (home, ledger):
        kept = [head for file in args.kept for head in _kept(Path(file), args.municipality, trust)]
        findings = verify_audit(home, args.municipality, ledger, trust, kept)
        head = ledger.audit.head()
    valid = all(finding.severity == "warning" for finding in findings)
    if args.json:
        plain = [finding.plain() for finding in findings]
        anchor = "trust" if args.trust else "home"
        show_json({"valid": valid, "anchor": anchor, "head": head.plain(), "findings": plain})
        return 0 if valid else 1
    for finding in findings[:_SHOWN]:
        _tell(finding)
    if len(findings) > _SHOWN:
        sys.stdout.write(f"… och {len(findings) - _SHOWN} till | and {len(findings) - _SHOWN} more\n")
    if valid:
        sys.stdout.write(
            f"Revisionsloggen håller: {head.size} poster, rot {head.root}\n    the audit log holds\n"
        )
    if not args.trust:
        sys.stdout.write(
            "Utan --trust har bara arbetsmappens egna nycklar använts: det visar olyckor, inte intrång.\n"
            "    Without --trust the work root's own keys were used: that finds accidents, no intruder.\n"
        )
    return 0 if valid else 1


def head(args: argparse.Namespace) -> int:
    """Sign the present head of the log, keep it in ``heads.jsonl`` and show it.

    With ``--accept``, a person answers for entries that nobody signed.
    """
    from leverans.delivery.grounds import grounds
    from leverans.delivery.witness import Witness, accept

    settings, clock = settings_of(args), SystemClock()
    if args.accept:
        grounds(person_of(args), args.reason, "", demanded=("by", "reason"))
    with _looked(args) as (_home, ledger):
        if not args.accept:
            signed = Witness(settings, args.municipality, clock).sign(ledger)
    if args.accept:
        signed = accept(settings, args.municipality, clock, by=person_of(args), reason=args.reason)
    sys.stdout.write(json.dumps(signed.plain(), ensure_ascii=False, sort_keys=True, separators=(",", ":")))
    sys.stdout.write("\n")
    return 0


def prove(args: argparse.Namespace) -> int:
    """Give a proof as JSON."""
    from leverans.delivery.auditing import prove_consistency, prove_inclusion
    from leverans.delivery.heads import heads_path, read_heads

    with _looked(args) as (home, ledger):
        size, signed = ledger.audit.head().size, list(read_heads(heads_path(home)))
        if args.entry is not None:
            proof = prove_inclusion(ledger, args.municipality, args.entry, args.new, signed)
        elif args.old is not None:
            proof = prove_consistency(ledger, args.municipality, args.old, args.new or size, signed)
        else:
            raise UsageError("AUD015", "")
    show_json(proof)
    return 0


def check_proof(args: argparse.Namespace) -> int:
    """Check a proof without any ledger; exit 1 when it does not hold."""
    from leverans.delivery.auditing import check_proof as checked
    from leverans.delivery.auditing import read_proof

    path = Path(args.file)
    proof = read_proof(path.read_bytes(), path.name)
    heads = checked(proof, Trust.load(Path(args.trust)) if args.trust else None)
    if args.json:
        show_json({"valid": True, "kind": proof["kind"], "heads": [one.plain() for one in heads]})
    else:
        sizes = " → ".join(f"{one.size} poster, rot {one.root}" for one in heads)
        sys.stdout.write(f"Beviset håller: {sizes}\n    the proof holds ({proof['kind']})\n")
    return 0


def report(args: argparse.Namespace) -> int:
    """Tell what happened in a year."""
    from leverans.blobs import commit
    from leverans.cli.yearreport import year_text
    from leverans.delivery.auditing import year_report

    with _looked(args) as (home, ledger):
        plain = year_report(home, args.municipality, ledger, args.year)
    text = year_text(plain)
    if args.to:
        folder, name = Path(args.to), f"revisionsrapport-{args.municipality}-{args.year}"
        with commit(folder) as group:
            group.file(folder / f"{name}.json").write_text(
                json.dumps(plain, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
            )
            group.file(folder / f"{name}.txt").write_text(text, encoding="utf-8")
    if args.json:
        show_json(plain)
    else:
        sys.stdout.write(text)
    return 0


@contextmanager
def _looked(args: argparse.Namespace) -> Iterator[tuple[MunicipalityHome, Ledger]]:
    """Open a ledger to look at, never to write to.

    Raises:
        UsageError: USE003, there is none.
    """
    home = settings_of(args).municipality(args.municipality)
    if "/" in args.municipality or not home.ledger.is_file():
        raise UsageError("USE003", "", given=args.municipality)
    with Ledger.look(home.ledger, SystemClock()) as ledger:
        yield home, ledger


def _trust(args: argparse.Namespace) -> Trust:
    return Trust.load(Path(args.trust)) if args.trust else Trust.of_home(settings_of(args).home)


def _kept(path: Path, municipality: str, trust: Trust) -> Iterator[Head]:
    """Give the heads of a file that somebody kept: signed heads, one a line, or a receipt.

    Raises:
        IntegrityError: SIG, a signature in it does not hold.
        UsageError: AUD016, it is about another municipality.
    """
    from leverans.delivery.heads import read_heads
    from leverans.delivery.verifying import failing
    from leverans.trust import SignedReceipt

    data = path.read_bytes()
    if data.startswith(b'{"receipt":'):
        receipt = SignedReceipt.read(data, path.name)
        for fault in failing(receipt.checks(trust, path.name)):
            raise fault
        _own(receipt.municipality, municipality, path)
        yield Head(**receipt.body["audit"])
        return
    for signed in read_heads(path):
        signed.verify(trust, path.name)
        _own(signed.municipality, municipality, path)
        yield signed.head


def _own(found: str, municipality: str, path: Path) -> None:
    if found != municipality:
        raise UsageError("AUD016", path.name, found=found, municipality=municipality)


def _tell(finding: Finding) -> None:
    kind = describe(finding.code)
    sys.stdout.write(f"! {finding.where}: {finding.code} {finding.text('sv')}\n    {finding.text('en')}\n")
    if kind.remedy_sv:
        sys.stdout.write(f"  → {kind.remedy_sv}\n    {kind.remedy_en}\n")
