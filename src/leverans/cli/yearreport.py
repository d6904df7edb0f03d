"""The auditor's year as text: Swedish first, English beside it."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

_ZONE = ZoneInfo("Europe/Stockholm")
_KINDS = {
    "ledger.created": ("liggaren skapad", "ledger made"),
    "run.begun": ("körningar påbörjade", "runs begun"),
    "run.sealed": ("förseglingar", "seals"),
    "receipt.issued": ("kvitton utställda", "receipts issued"),
    "receipt.countersigned": ("kvitton kontrasignerade", "receipts countersigned"),
    "decision": ("beslut", "decisions"),
    "key.created": ("nycklar skapade", "keys made"),
    "key.rotated": ("nycklar utbytta", "keys rotated"),
    "key.revoked": ("nycklar spärrade", "keys revoked"),
    "landing.received": ("landningar mottagna", "landings received"),
    "purge": ("rensningar av arbetskopior", "purges of working copies"),
    "reveal": ("pseudonymer uppslagna", "pseudonyms revealed"),
    "clearance": ("gallringsbesked", "erasure clearances"),
    "backup": ("säkerhetskopior", "backups"),
    "restore": ("återställningar", "restores"),
    "head.accepted": ("osignerade poster godtagna", "unsigned entries accepted"),
    "rebuild": ("liggaren återskapad", "ledger rebuilt"),
}
_COUNTS = {
    "found": "funna",
    "archived": "arkiverade",
    "archived_protected": "varav skyddade",
    "unchanged": "oförändrade",
    "quarantined": "i karantän",
    "excluded": "undantagna",
}


def year_text(plain: Mapping[str, Any]) -> str:
    """Write the report of a year, as `leverans.delivery.auditing.year_report` gives it."""
    return "\n".join(_lines(plain)) + "\n"


def _lines(plain: Mapping[str, Any]) -> Iterator[str]:
    title = f"Revisionsrapport {plain['year']} för {plain['municipality']}"
    yield from (title, "=" * len(title), f"Audit report {plain['year']} for {plain['municipality']}", "")
    yield from ("Antal poster i revisionsloggen | entries of the audit log", "")
    for kind, number in plain["counts"].items():
        swedish, english = _KINDS.get(kind, (kind, kind))
        yield f"  {number:>6}  {swedish} | {english}"
    if not plain["counts"]:
        yield "  Ingenting hände detta år. | Nothing happened this year."
    yield from ("", "Leveranser | deliveries", "")
    for receipt in plain["receipts"]:
        yield from _receipt(receipt)
    yield from ("", "Beslut och händelser | decisions and events", "")
    for entry in plain["entries"]:
        yield _entry(entry)
    yield from ("", *_heads(plain["heads"]))


def _receipt(plain: Mapping[str, Any]) -> Iterator[str]:
    mark = " TEST" if plain["test"] else ""
    signed = (
        "kontrasignerat | countersigned"
        if plain["countersigned"]
        else "ej kontrasignerat | not countersigned"
    )
    yield f"  {_local(plain['at'])}  {plain['delivery']}{mark}, {plain['run']}: {plain['status']}, {signed}"
    objects = plain["objects"]
    counts = ", ".join(f"{word} {objects[name]}" for name, word in _COUNTS.items() if name in objects)
    yield f"      {counts}, paket {plain['packages']}"
    yield f"      kvitto | receipt {plain['sha256']}"


def _entry(plain: Mapping[str, Any]) -> str:
    swedish, english = _KINDS.get(plain["kind"], (plain["kind"], plain["kind"]))
    told = ", ".join(f"{name}={_short(value)}" for name, value in sorted(plain["entry"].items()) if value)
    return f"  {plain['position']:>6}  {_local(plain['at'])}  {swedish} | {english}: {told}"


def _heads(heads: Mapping[str, Any]) -> Iterator[str]:
    yield "Signerade loggtillstånd | signed heads of the log"
    for name, words in (
        ("before", "före året | before the year"),
        ("last", "årets sista | last of the year"),
    ):
        found = heads[name]
        told = f"{found['head']['size']} poster, rot {found['head']['root']}" if found else "–"
        yield f"  {words}: {told}"


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= 70 else f"{text[:67]}…"


def _local(at: str) -> str:
    return datetime.fromisoformat(at).astimezone(_ZONE).strftime("%Y-%m-%d %H:%M")
