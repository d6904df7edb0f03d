"""What the centre does between deliveries: read every byte, purge, prove the logs, sound the alarm, resume.

Each is a flow with a green or a red end; what was found stands in its artifact, by code and number.
"""

import os
from collections import Counter
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from flows.asking import flow_run_name
from flows.colour import failed
from flows.guarding import stage, unveiled
from flows.resuming import CANCELLED, resumed
from flows.tables import findings, item, markdown, told
from prefect import flow
from prefect.states import Completed, Failed, State

from leverans.archive import verify
from leverans.clock import SystemClock
from leverans.delivery.overdue import overdue as alarms
from leverans.delivery.purging import purge as purge_copies
from leverans.delivery.reconciling import compare
from leverans.delivery.strangers import strangers
from leverans.delivery.traces import lost_archives, lost_ledger
from leverans.delivery.verifying import verify_audit
from leverans.ledger import Ledger
from leverans.registry import deliveries
from leverans.report.setaside import kinds
from leverans.settings import Settings
from leverans.store import StorageRoot
from leverans.trust import Trust

ROUTES = {"open": "öppen väg | open", "protected": "skyddad väg | protected"}
BY = "prefect"
TRUST = "LEVERANS_TRUST"
"""A trust folder kept elsewhere; without it, what lies in the work root is believed."""

DONE = {
    "started": "startad igen | started again",
    "waits": "på väg | on its way",
    "left": "väntar på en människa | waits for a person",
    CANCELLED: "avbruten i Prefect, väntar på en människa | cancelled, waits for a person",
    "no deployment": "finns inte på servern: kör leverans deploy | not on the server: run leverans deploy",
    "corrected": "bara färgen rättad | the colour only",
}

QUIET = 120
"""Seconds that a run must have been silent before the watch takes it for dead."""


@flow(flow_run_name=flow_run_name, persist_result=False)
def fixity(municipality: str) -> State[Any]:
    """Read every byte of a municipality's archive, and hold it against the ledger.

    Args:
        municipality: whose archive.
    """
    settings = Settings.load()
    try:
        with unveiled():
            found = [read(settings, municipality, route) for route in ROUTES]
            found.append(hold(settings, municipality))
    except Exception as fault:  # noqa: BLE001  # told without data
        return failed(municipality, fault)
    codes: Counter[str] = Counter()
    for one in found:
        codes.update(one.pop("codes"))
    told(f"fixitet-{municipality}", f"Fixitet | fixity: {municipality}", markdown(found))
    told(f"fixitet-fynd-{municipality}", f"Fynd efter kod | findings: {municipality}", findings(kinds(codes)))
    faults = sum(one["Fel | faults"] for one in found)
    text = f"{municipality}: {sum(one['Filer | files'] for one in found)} files read, {faults} faults"
    text += f" ({', '.join(sorted(codes))})" if codes else ""
    return Failed(message=text) if faults else Completed(message=text)


@flow(flow_run_name=flow_run_name, persist_result=False)
def purge(municipality: str | None = None) -> State[Any]:
    """Delete working copies of deliveries that have long been settled.

    Args:
        municipality: whose; default: everybody's.
    """
    settings = Settings.load()
    try:
        with unveiled():
            rows = [clear(settings, one) for one in tenants(settings, municipality)]
    except Exception as fault:  # noqa: BLE001  # told without data
        return failed("purge", fault)
    told("gallring", "Gallring av arbetskopior | purge of working copies", markdown(rows) if rows else "–")
    return Completed(message=f"{sum(row['Byte | bytes'] for row in rows)} bytes")


@flow(flow_run_name=flow_run_name, persist_result=False)
def audit(municipality: str | None = None) -> State[Any]:
    """Hold ledgers, audit logs, signed heads and receipts to each other.

    Args:
        municipality: whose; default: everybody's.
    """
    settings = Settings.load()
    try:
        with unveiled():
            found = [prove(settings, one) for one in tenants(settings, municipality, lost=True)]
    except Exception as fault:  # noqa: BLE001  # told without data
        return failed("audit", fault)
    codes: Counter[str] = Counter()
    for one in found:
        codes.update(one["codes"])
    told("revision", "Revisionsloggen | the audit log", findings(kinds(codes)))
    text = f"{len(found)} ledgers, {codes.total()} faults"
    text += f" ({', '.join(sorted(codes))})" if codes else ""
    return Failed(message=text) if codes else Completed(message=text)


@flow(flow_run_name=flow_run_name, persist_result=False)
def overdue() -> State[Any]:
    """Sound the alarm for deliveries that should have come, and for runs that stopped on their way."""
    settings = Settings.load()
    try:
        with unveiled():
            rows = late(settings)["alarms"]
    except Exception as fault:  # noqa: BLE001  # told without data
        return failed("overdue", fault)
    lines = "\n".join(item(row["head"], row["text"]) for row in rows)
    told("larm", "Larm | alarms", lines or "Inga larm. *No alarms.*")
    text = f"{len(rows)} alarms"
    return Failed(message=text) if rows else Completed(message=text)


@flow(flow_run_name=flow_run_name, persist_result=False)
def watch(quiet: int = QUIET) -> State[Any]:
    """Start interrupted runs again, and give dead runs in Prefect the colour of the ledger.

    Args:
        quiet: seconds that a run must have been silent before it is taken for dead.
    """
    settings = Settings.load()
    try:
        with unveiled():
            rows = [
                row for name in deliveries(settings.content) for row in look(settings, name, quiet)["found"]
            ]
    except Exception as fault:  # noqa: BLE001  # told without data
        return failed("watch", fault)
    lines = "\n".join(_watched(row) for row in rows)
    told("vakt", "Avbrutna körningar | interrupted runs", lines or "Inget att göra. *Nothing to do.*")
    left = sum(row["done"] in {"left", "no deployment", CANCELLED} for row in rows)
    text = f"{len(rows)} looked after, {left} need a person"
    return Failed(message=text) if left else Completed(message=text)


def _watched(row: dict[str, Any]) -> str:
    head = f"{row['delivery']}{' TEST' if row['test'] else ''} {row['run']}"
    return item(head, DONE.get(row["done"], row["done"]))


@stage("read")
def read(settings: Settings, municipality: str, route: str) -> dict[str, Any]:
    """Read every byte of one route's archive."""
    root = settings.municipality(municipality).archive(route)
    if not root.is_dir():
        return _fixity(ROUTES[route], 0, 0, 0, [])
    report = verify(StorageRoot.open(root))
    broken = [one.code for one in report.findings if one.severity not in {"warning", "info"}]
    return _fixity(ROUTES[route], report.objects, report.files, report.bytes, broken)


@stage("compare")
def hold(settings: Settings, municipality: str) -> dict[str, Any]:
    """Hold archive and ledger against each other: either may be whole in itself and yet lack an object."""
    home, what = settings.municipality(municipality), "mot liggaren | ledger"
    if not home.ledger.is_file():
        return _fixity(what, 0, 0, 0, [one.code for one in lost_ledger(home, municipality)])
    with Ledger.look(home.ledger, SystemClock()) as ledger:
        lost = [*lost_ledger(home, municipality, ledger), *lost_archives(home, ledger)]
        told, beyond = compare(home, ledger, test=False), strangers(home, ledger)
    wrong = [one.code for one in lost] + ["DLV004"] * told.broken + ["OPR072"] * beyond.unknown
    return _fixity(what, told.archived + told.broken, 0, 0, wrong)


def _fixity(what: str, objects: int, files: int, size: int, broken: list[str]) -> dict[str, Any]:
    return {
        "Vad | what": what,
        "Objekt | objects": objects,
        "Filer | files": files,
        "Byte | bytes": size,
        "Fel | faults": len(broken),
        "codes": dict(Counter(broken)),
    }


@stage("purge")
def clear(settings: Settings, municipality: str) -> dict[str, Any]:
    """Delete the working copies of one municipality."""
    done = purge_copies(settings, municipality, by=BY).plain()
    return {"Kommun | municipality": municipality, "Byte | bytes": done["bytes"], **done["purged"]}


@stage("audit")
def prove(settings: Settings, municipality: str) -> dict[str, Any]:
    """Hold one municipality's ledger to its audit log, and both to what was signed and to what is there."""
    home, anchor = settings.municipality(municipality), os.environ.get(TRUST)
    if not home.ledger.is_file():
        codes = Counter(one.code for one in lost_ledger(home, municipality))
        return {"municipality": municipality, "codes": dict(codes)}
    trust = Trust.load(Path(anchor)) if anchor else Trust.of_home(settings.home)
    with Ledger.look(home.ledger, SystemClock()) as ledger:
        lost = [*lost_ledger(home, municipality, ledger), *lost_archives(home, ledger)]
        found = [*lost, *verify_audit(home, municipality, ledger, trust)]
    return {"municipality": municipality, "codes": dict(Counter(one.code for one in found))}


@stage("overdue")
def late(settings: Settings) -> dict[str, Any]:
    """Ask the ledgers and the registry what has not come."""
    now = SystemClock().now()
    return {
        "alarms": [
            {
                "head": f"{alarm.delivery}{' TEST' if alarm.test else ''} {alarm.code}",
                "text": f"{alarm.text('sv')} | {alarm.text('en')}",
            }
            for alarm in alarms(settings, at=now)
        ]
    }


@stage("watch")
def look(settings: Settings, delivery: str, quiet: int) -> dict[str, Any]:
    """Look after one delivery."""
    return {"found": [asdict(one) for one in resumed(settings, delivery, timedelta(seconds=quiet))]}


def tenants(settings: Settings, municipality: str | None, *, lost: bool = False) -> list[str]:
    """Give the municipality that was asked for, or all that have a ledger here.

    Args:
        settings: the installation's roots.
        municipality: the only one that is wanted.
        lost: give those whose ledger is lost, too.
    """
    known = sorted({name.split("/", maxsplit=1)[0] for name in deliveries(settings.content)})
    wanted = [one for one in known if municipality in {None, one}]
    homes = {one: settings.municipality(one) for one in wanted}
    return [one for one, home in homes.items() if home.ledger.is_file() or (lost and lost_ledger(home, one))]
