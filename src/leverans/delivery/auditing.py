"""What an auditor asks for: proofs out of the audit log, and what happened in a year."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from leverans.delivery.heads import SignedHead, read_heads
from leverans.errors import IntegrityError, UsageError
from leverans.ledger import Head, Ledger
from leverans.ledger.audit import (
    BEGUN,
    COUNTERSIGNED,
    ISSUED,
    AuditEntry,
    leaf_of,
)
from leverans.settings import MunicipalityHome
from leverans.trust import Trust, canonical, merkle

FORMAT = "leverans-proof-1"
_ZONE = ZoneInfo("Europe/Stockholm")


def prove_consistency(
    ledger: Ledger, municipality: str, old: int, new: int, signed: Iterable[SignedHead] = ()
) -> dict[str, Any]:
    """Prove that the log of `old` entries is the beginning of that of `new`.

    Args:
        ledger: whose log.
        municipality: its name.
        old: the earlier size, at least 1.
        new: the later size.
        signed: signed heads; those of the two sizes go with the proof.

    Raises:
        UsageError: AUD014, the log never had such a size.
    """
    leaves = ledger.audit.leaves()
    if not 1 <= old <= new <= len(leaves):
        raise UsageError("AUD014", municipality, size=len(leaves), asked=f"{old}–{new}")
    return {
        "format": FORMAT,
        "kind": "consistency",
        "municipality": municipality,
        "old": Head(old, merkle.root(leaves[:old]).hex()).plain(),
        "new": Head(new, merkle.root(leaves[:new]).hex()).plain(),
        "path": [step.hex() for step in merkle.consistency_proof(leaves[:new], old)],
        "signed": _signed(signed, {old, new}),
    }


def prove_inclusion(
    ledger: Ledger,
    municipality: str,
    position: int,
    size: int | None = None,
    signed: Iterable[SignedHead] = (),
) -> dict[str, Any]:
    """Prove that an entry is in the log of `size` entries (all of them when None).

    Raises:
        UsageError: AUD014, there is no such entry.
    """
    leaves = ledger.audit.leaves()
    size = len(leaves) if size is None else size
    if not 0 <= position < size <= len(leaves):
        raise UsageError("AUD014", municipality, size=len(leaves), asked=str(position))
    entry = next(one for one in ledger.audit.entries() if one.position == position)
    return {
        "format": FORMAT,
        "kind": "inclusion",
        "municipality": municipality,
        "position": position,
        "entry": {"at": entry.at, "kind": entry.kind, "entry": dict(entry.entry)},
        "head": Head(size, merkle.root(leaves[:size]).hex()).plain(),
        "path": [step.hex() for step in merkle.inclusion_proof(leaves[:size], position)],
        "signed": _signed(signed, {size}),
    }


def check_proof(proof: Mapping[str, Any], trust: Trust | None = None) -> list[Head]:
    """Hold a proof to itself, without any ledger; with a trust folder, its heads must be signed, too.

    Returns:
        The heads that it is about.

    Raises:
        IntegrityError: AUD013 it does not hold; SIG, a signed head in it does not.
    """
    try:
        heads = _proven(proof)
        if trust is not None:
            _believed(proof, heads, trust)
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise IntegrityError("AUD013", "", reason=str(fault)[:60]) from fault
    return heads


def _proven(proof: Mapping[str, Any]) -> list[Head]:
    _must(proof["format"] == FORMAT, "format")
    path = [bytes.fromhex(step) for step in proof["path"]]
    if proof["kind"] == "consistency":
        old, new = Head(**proof["old"]), Head(**proof["new"])
        roots = bytes.fromhex(old.root), bytes.fromhex(new.root)
        _must(merkle.verify_consistency(old.size, new.size, *roots, path), "consistency")
        return [old, new]
    _must(proof["kind"] == "inclusion", "kind")
    head, entry = Head(**proof["head"]), proof["entry"]
    leaf = leaf_of(entry["at"], entry["kind"], canonical(entry["entry"]).decode())
    position = proof["position"]
    _must(merkle.verify_inclusion(leaf, position, head.size, path, bytes.fromhex(head.root)), "inclusion")
    return [head]


def _believed(proof: Mapping[str, Any], heads: list[Head], trust: Trust) -> None:
    """Every head of the proof is signed by the centre."""
    believed = set()
    for plain in proof["signed"]:
        signed = SignedHead.read(canonical(plain) + b"\n", "signed")
        signed.verify(trust, "signed")
        _must(signed.municipality == proof["municipality"], "municipality")
        believed.add(signed.head)
    for head in heads:
        _must(head in believed, f"no signed head of {head.size} entries")


def _must(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(what)


def _signed(found: Iterable[SignedHead], sizes: set[int]) -> list[dict[str, Any]]:
    return list({one.head.size: one.plain() for one in found if one.head.size in sizes}.values())


def year_report(home: MunicipalityHome, municipality: str, ledger: Ledger, year: int) -> dict[str, Any]:
    """Tell what was delivered, decided, issued, purged and revealed in a Swedish calendar year.

    Args:
        home: the municipality's folder.
        municipality: its name.
        ledger: its ledger.
        year: the year.

    Returns:
        ``municipality``, ``year``, ``counts`` by kind of entry, ``receipts`` with what each says was
        delivered, ``entries`` (everything else but runs that begin and seals), and the signed ``heads``
        before and after the year.
    """
    since, until = _limits(year)
    entries = [*ledger.audit.entries(since=since, until=until)]
    counts: dict[str, int] = {}
    for entry in entries:
        counts[entry.kind] = counts.get(entry.kind, 0) + 1
    bodies = _bodies(ledger)
    own = {one.entry["run"] for one in entries if one.kind == COUNTERSIGNED}
    return {
        "municipality": municipality,
        "year": year,
        "counts": dict(sorted(counts.items())),
        "receipts": [
            _receipt(entry, bodies.get(str(entry.entry["run"]), {}), own)
            for entry in entries
            if entry.kind == ISSUED
        ],
        "runs": [_plain(entry) for entry in entries if entry.kind == BEGUN],
        "entries": [_plain(entry) for entry in entries if entry.kind not in _TOLD_ELSEWHERE],
        "heads": _around(home, since, until),
    }


_TOLD_ELSEWHERE = frozenset({BEGUN, ISSUED, "run.sealed"})


def _limits(year: int) -> tuple[str, str]:
    """Give the first moment of the year and of the next one, as the log writes time."""
    starts = (datetime.combine(date(one, 1, 1), time(), _ZONE) for one in (year, year + 1))
    since, until = (start.astimezone(UTC).isoformat(timespec="milliseconds") for start in starts)
    return since, until


def _bodies(ledger: Ledger) -> dict[str, Mapping[str, Any]]:
    return {
        state.run.id: told.get("body", {})
        for state in ledger.runs()
        for told in ledger.events(state.run, "receipt")
    }


def _receipt(entry: AuditEntry, body: Mapping[str, Any], own: set[Any]) -> dict[str, Any]:
    objects = body.get("objects", {})
    return {
        "at": entry.at,
        **dict(entry.entry),
        "test": body.get("test", False),
        "status": body.get("status"),
        "settled": body.get("settled"),
        "countersigned": entry.entry["run"] in own,
        "objects": {name: number for name, number in objects.items() if name != "by_state"},
        "packages": len(body.get("packages", ())),
    }


def _plain(entry: AuditEntry) -> dict[str, Any]:
    return {"position": entry.position, "at": entry.at, "kind": entry.kind, "entry": dict(entry.entry)}


def _around(home: MunicipalityHome, since: str, until: str) -> dict[str, Any]:
    """Give the last signed head before the year and the last one in it."""
    from leverans.delivery.heads import heads_path

    before = within = None
    for signed in read_heads(heads_path(home)):
        at = signed.signature.at
        if at < since[: len(at)]:
            before = signed
        elif at < until[: len(at)]:
            within = signed
    return {
        "before": before.plain() if before else None,
        "last": within.plain() if within else None,
    }


def read_proof(data: bytes, where: str) -> dict[str, Any]:
    """Read a proof file.

    Raises:
        IntegrityError: AUD013, it is no JSON object.
    """
    try:
        plain = json.loads(data)
    except ValueError as fault:
        raise IntegrityError("AUD013", where, reason="JSON") from fault
    if not isinstance(plain, dict):
        raise IntegrityError("AUD013", where, reason="JSON")
    return plain
