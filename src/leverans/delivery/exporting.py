"""Exports: what was delivered to our own archive, once more in a form that another receiver takes.

The archive keeps objects, not packages: it takes one form and gives proof of it. Other forms are made of the
delivered packages, whose digests are held against the ledger first; an export changes nothing here.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from leverans.blobs import commit, digest_file
from leverans.clock import SystemClock
from leverans.contracts import PackageDescriptor
from leverans.delivery.packaging_stage import SOFTWARE
from leverans.errors import IntegrityError, UsageError
from leverans.formats import profiles
from leverans.formats.containers import Form
from leverans.ledger import Ledger, Run
from leverans.packaging import PackageOrder, build, cspackage, objectxml
from leverans.packaging.reopening import Reopened
from leverans.registry import load_delivery
from leverans.settings import Settings


def export(
    settings: Settings,
    name: str,
    profile: str,
    to: Path,
    *,
    route: str = "open",
    test: bool = False,
    run: str = "",
    container: Form = "zip",
) -> dict[str, Any]:
    """Write the delivered packages of a run in another form.

    Args:
        settings: the roots.
        name: ``municipality/delivery``.
        profile: the form.
        to: where: a folder; it is made.
        route: ``open`` or ``protected``.
        test: those of test deliveries.
        run: id of the run; the latest that delivered packages by this route by default.
        container: ``zip`` or ``tar``; a folder is no single file to deliver.

    Returns:
        Plain: ``packages`` with path, digest and counts of each; ``reported`` values that the form's own
        elements do not carry, by field; ``left_out`` values that are not in the packages at all. Beside each
        package lie ``….reported.csv`` and, for a form with receipts, ``….sent.json``.

    Raises:
        ConfigurationError: PKG010 there is no such profile.
        UsageError: EXP002 there is nothing to export.
        IntegrityError: EXP003 a package is not what was delivered, EXP004 it is no zip.
    """
    target, delivery = profiles.load(profile), load_delivery(settings.content, name)
    home = settings.municipality(delivery.municipality.name)
    folder = home.packages(name.partition("/")[2], route, test=test)
    made: list[dict[str, Any]] = []
    reported: Counter[str] = Counter()
    to.mkdir(parents=True, exist_ok=True)
    for descriptor in _delivered(home.ledger, name, route, test=test, run=run):
        path = folder / descriptor.path
        _held(path, descriptor)
        with Reopened(path, profiles.load(descriptor.profile)) as package:
            order = package.order(descriptor, target, SOFTWARE, delivery.information_type)
            done, fields = _written(replace(order, container=container), package, to)
        made.append(done)
        reported += fields
    if not made:
        raise UsageError("EXP002", name)
    left = sum(one["counts"].get("left_out", 0) for one in made)
    return {
        "delivery": name,
        "profile": profile,
        "packages": made,
        "reported": dict(sorted(reported.items())),
        "left_out": left,
    }


def _delivered(ledger: Path, name: str, route: str, *, test: bool, run: str) -> Iterator[PackageDescriptor]:
    """Yield the packages of one run by one route, in the order they were recorded."""
    with Ledger.look(ledger, SystemClock()) as book:
        runs: list[Run] = [state.run for state in book.runs(name) if state.run.test == test]
        found = {of.id: [one for one in book.packages(of) if one.route == route] for of in runs}
    asked = [run] if run else [one for one in found if found[one]][-1:]
    for one in asked:
        yield from found.get(one, [])


def _held(path: Path, descriptor: PackageDescriptor) -> None:
    if not path.exists():
        raise UsageError("EXP002", descriptor.path)
    if not path.is_file() or path.suffix != ".zip":
        raise IntegrityError("EXP004", descriptor.path)
    if digest_file(path).sha256 != descriptor.sha256:
        raise IntegrityError("EXP003", descriptor.path)


def _written(order: PackageOrder, package: Reopened, to: Path) -> tuple[dict[str, Any], Counter[str]]:
    """Write one package with the papers beside it."""
    left: list[cspackage.Left] = []
    sent: list[objectxml.Sent] = []
    with commit(to) as group:
        staged = group.file(to / order.file_name)
        if order.profile.form == "archive-object":
            done = objectxml.build(
                order, package.cases(), package, staged, report=left.append, sent=sent.append
            )
        elif order.profile.form == "cspackage":
            done = cspackage.build(order, package.cases(), package, staged, report=left.append)
        else:
            done = build(order, package.cases(), package, staged)
        if left:
            group.file(to / f"{order.root}.reported.csv").write_bytes(_sheet(left))
        if sent:
            told = {"package": order.id, "objects": [asdict(one) for one in sent]}
            text = json.dumps(told, ensure_ascii=False, sort_keys=True, indent=1) + "\n"
            group.file(to / f"{order.root}.sent.json").write_bytes(text.encode())
    fields: Counter[str] = Counter()
    for one in left:
        fields[one.field] += one.count
    plain = {"path": str(to / order.file_name), "sha256": done.sha256, "objects": done.objects}
    return {**plain, "documents": done.documents, "counts": dict(done.counts)}, fields


def _sheet(left: list[cspackage.Left]) -> bytes:
    sheet = io.StringIO()
    writer = csv.writer(sheet, delimiter=";", lineterminator="\r\n")
    writer.writerow(["object", "field", "count", "carried beside"])
    writer.writerows([one.object, one.field, one.count, "yes" if one.beside else "no"] for one in left)
    return sheet.getvalue().encode()
