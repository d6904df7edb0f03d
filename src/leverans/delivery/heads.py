"""Signed heads of the audit log, and the notes of keys in it.

``receipts/heads.jsonl`` holds one signed head a line. A log that was cut off at its end, or begun anew, does
not lead to them.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leverans.clock import Clock
from leverans.errors import IntegrityError
from leverans.ledger import Head, Ledger
from leverans.ledger.audit import KEY_CREATED, KEY_REVOKED, KEY_ROTATED
from leverans.settings import MunicipalityHome, Settings
from leverans.trust import CENTRE, KeyHistory, Keyring, Signature, Trust, read_canonical

HEADS = "heads.jsonl"
NEXT = ".heads.next"


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head of the audit log that the centre has signed.

    Attributes:
        municipality: whose log.
        head: its size and root.
        signature: the centre's.
    """

    municipality: str
    head: Head
    signature: Signature

    @property
    def body(self) -> dict[str, Any]:
        """What is signed."""
        return head_body(self.municipality, self.head)

    def plain(self) -> dict[str, Any]:
        """Give it as plain data."""
        return {"head": self.body, "signature": self.signature.plain()}

    @classmethod
    def read(cls, line: bytes, where: str) -> "SignedHead":
        """Read one line; the signature is not verified yet.

        Raises:
            IntegrityError: SIG001, SIG002, it is none.
        """
        plain = read_canonical(line, where)
        try:
            body = plain["head"]
            head = Head(int(body["size"]), str(body["root"]))
            if body != head_body(body["municipality"], head) or set(plain) != {"head", "signature"}:
                raise ValueError("head")  # noqa: TRY301  # told with its place below
            return cls(body["municipality"], head, Signature.of(plain["signature"], where))
        except (KeyError, TypeError, ValueError) as fault:
            raise IntegrityError("SIG002", where) from fault

    def verify(self, trust: Trust, where: str = "") -> None:
        """Hold the signature to a trust folder.

        Raises:
            IntegrityError: SIG004 to SIG008.
        """
        trust.verify(self.signature, self.body, purpose="head", owner=CENTRE, where=where)


def head_body(municipality: str, head: Head) -> dict[str, Any]:
    """Give what is signed of a head."""
    return {"municipality": municipality, "size": head.size, "root": head.root}


def keyring(settings: Settings, owner: str, clock: Clock) -> Keyring:
    """Give the signing keys of ``centre`` or of a municipality."""
    return Keyring(settings.municipality(owner).keys, owner, clock)


def heads_path(home: MunicipalityHome) -> Path:
    """Give where the signed heads of a municipality lie."""
    return home.root / "receipts" / HEADS


def next_path(home: MunicipalityHome) -> Path:
    """Give where the signature of what is being appended lies (`leverans.delivery.witness`)."""
    return heads_path(home).with_name(NEXT)


def read_heads(path: Path) -> Iterator[SignedHead]:
    """Yield the signed heads of a file, oldest first; none when it is not there.

    Raises:
        IntegrityError: SIG001, SIG002, a line is none.
    """
    if path.is_file():
        for number, line in enumerate(path.read_bytes().splitlines(keepends=True), 1):
            yield SignedHead.read(line, f"{path.name}:{number}")


def note_keys(ledger: Ledger, history: KeyHistory) -> None:
    """Write down in the audit log what became of an owner's keys, each once."""
    known = {_what(entry.kind, entry.entry) for entry in ledger.audit.entries(*_KEYS)}
    for kind, entry in _events(history):
        if _what(kind, entry) not in known:
            ledger.audit.append(kind, entry)


_KEYS = (KEY_CREATED, KEY_ROTATED, KEY_REVOKED)


def _events(history: KeyHistory) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, key in enumerate(history.keys):
        told = {"owner": history.owner, "key": key.id, "public": key.public, "created": key.created}
        if number:
            yield KEY_ROTATED, {**told, "after": history.keys[number - 1].id}
        else:
            yield KEY_CREATED, told
        if key.revoked is not None:
            yield KEY_REVOKED, {"owner": history.owner, "key": key.id, "since": key.revoked}


def _what(kind: str, entry: Any) -> str:
    return json.dumps([kind, dict(entry)], sort_keys=True)
