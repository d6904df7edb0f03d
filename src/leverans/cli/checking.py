"""``leverans validate`` and ``leverans archive``: packages and what is archived."""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from leverans.cli.common import settings_of
from leverans.cli.show import show_json, size, table
from leverans.errors import AccessDenied, IntegrityError, UsageError

if TYPE_CHECKING:
    from leverans.archive import VerifyReport
    from leverans.contracts import Finding
    from leverans.settings import MunicipalityHome
    from leverans.store import StorageRoot

_SHOWN = 200


def validate(args: argparse.Namespace) -> int:
    """Validate packages; exit 1 when any of them has an error."""
    from leverans.validation import validate as judge

    reports = [judge(Path(path), profile=args.profile) for path in args.paths]
    if args.html:
        from leverans.validation.page import page

        _write(Path(args.html), page(reports))
    if args.json:
        plain = [report.plain() for report in reports]
        show_json(plain if len(plain) > 1 else plain[0])
    else:
        for report in reports:
            verdict = "giltigt | valid" if report.valid else "OGILTIGT | INVALID"
            sys.stdout.write(f"{report.package}: {verdict} ({report.profile or '?'})\n")
            for finding in report.findings[:_SHOWN]:
                sys.stdout.write(f"  {finding.severity:8} {finding.code:10} {finding.where}\n")
                sys.stdout.write(f"           {finding.text('sv')} | {finding.text('en')}\n")
            if len(report.findings) > _SHOWN:
                sys.stdout.write(f"  … {len(report.findings) - _SHOWN} till | more (--json)\n")
    return 0 if all(report.valid for report in reports) else 1


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise AccessDenied("VAL007", path.name, reason=fault.strerror or type(fault).__name__) from None


def archive_list(args: argparse.Namespace) -> int:
    """List the archived objects of the open route; personal keys are pseudonyms."""
    from leverans.delivery.listing import listed

    entries = listed(_root(args))
    if args.json:
        show_json({"objects": [asdict(entry) for entry in entries]})
        return 0
    rows = [
        (entry.reference_code, entry.title, entry.version, entry.records, entry.files, entry.access)
        for entry in entries
    ]
    names = ["Diarienummer", "Ärendemening", "Version", "Handlingar", "Filer", "Åtkomst"]
    table(f"Arkivet i {args.municipality}", names, rows)
    return 0


def archive_get(args: argparse.Namespace) -> int:
    """Restore one object into a folder."""
    from leverans.archive import get

    root = _root(args, "protected" if args.protected else "open")
    path = get(root, args.object, Path(args.to), version=args.version)
    if args.json:
        show_json({"path": str(path)})
    else:
        sys.stdout.write(f"{path}\n")
    return 0


def archive_verify(args: argparse.Namespace) -> int:
    """Read every byte of both routes and hold it to the ledger; exit 1 when anything is wrong or missing."""
    from leverans.archive import verify

    home = settings_of(args).municipality(args.municipality)
    broken, objects, told = _compared(args.municipality, home, test=args.test)
    reports: list[tuple[str, VerifyReport]] = [
        (route, verify(_root(args, route)))
        for route in ("open", "protected")
        if home.archive(route, test=args.test).is_dir()
    ]
    valid = all(report.valid for _, report in reports) and not broken
    if args.json:
        roots = [_plain(route, report) for route, report in reports]
        ledger = {
            "objects": objects,
            "broken": broken,
            "findings": [finding.plain() for finding in told],
        }
        show_json({"valid": valid, "roots": roots, "ledger": ledger})
        return 0 if valid else 1
    for route, report in reports:
        sys.stdout.write(
            f"{args.municipality} ({route}): "
            f"{report.objects} objekt, {report.files} filer, {size(report.bytes)}\n"
        )
        for finding in report.findings[:_SHOWN]:
            sys.stdout.write(f"  {finding.severity:8} {finding.code:12} {finding.where}\n")
            sys.stdout.write(f"           {finding.text('sv')} | {finding.text('en')}\n")
    sys.stdout.write(f"Mot liggaren | against the ledger: {objects} objekt, {broken} fel | wrong\n")
    for finding in told:
        sys.stdout.write(f"  {finding.severity:8} {finding.code:12} {finding.where}\n")
        sys.stdout.write(f"           {finding.text('sv')} | {finding.text('en')}\n")
    sys.stdout.write("Hela arkivet stämmer. | The whole archive holds.\n" if valid else "FEL. | WRONG.\n")
    return 0 if valid else 1


def _compared(municipality: str, home: "MunicipalityHome", *, test: bool) -> "tuple[int, int, list[Finding]]":
    """Hold the archive and the ledger against each other, both ways.

    Returns:
        How much is wrong, how many objects the ledger knows, and the findings.

    Raises:
        IntegrityError: OPR070, there is no ledger though there were deliveries.
        UsageError: USE004, there is nothing here yet.
    """
    from leverans.clock import SystemClock
    from leverans.delivery.reconciling import compare
    from leverans.delivery.strangers import strangers
    from leverans.delivery.traces import lost_archives, lost_ledger
    from leverans.ledger import Ledger

    for lost in lost_ledger(home, municipality):
        raise IntegrityError(lost.code, lost.where, **lost.parameters)
    if not home.ledger.is_file():
        raise UsageError("USE004", "", municipality=municipality)
    with Ledger.open(home.ledger, municipality, SystemClock()) as ledger:
        gone = list(lost_archives(home, ledger, test=test))
        if not gone and not any(home.archive(route, test=test).is_dir() for route in ("open", "protected")):
            raise UsageError("USE004", "", municipality=municipality)
        back, beyond = compare(home, ledger, test=test), strangers(home, ledger, test=test)
    broken = len(gone) + back.broken + beyond.unknown
    return broken, back.archived + back.broken, [*gone, *back.problems, *beyond.findings]


def _plain(route: str, report: "VerifyReport") -> dict[str, object]:
    return {
        "route": route,
        "objects": report.objects,
        "files": report.files,
        "bytes": report.bytes,
        "findings": [finding.plain() for finding in report.findings],
    }


def _root(args: argparse.Namespace, route: str = "open") -> "StorageRoot":
    from leverans.store import StorageRoot

    path = settings_of(args).municipality(args.municipality).archive(route, test=args.test)
    if not path.is_dir():
        raise UsageError("USE004", "", municipality=args.municipality)
    return StorageRoot.open(path)
