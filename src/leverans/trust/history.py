"""The public history of an owner's keys: every key ever, when it was valid, and how one followed the other.

A new key is endorsed by the one before it and signs back that it accepts. A key that was revoked can endorse
nothing: the key after it stands on its own, and whoever holds the trust folder must take it over by hand.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leverans.errors import IntegrityError
from leverans.trust.canonical import read_canonical
from leverans.trust.signing import Signature, moment, raw_signature, verify_bytes

FORMAT = "leverans-keys-1"
_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One key of the history.

    Attributes:
        id: first 16 hex digits of the SHA-256 of the public key.
        public: the 32 bytes of Ed25519, base64.
        created: from when it is valid, xs:dateTime in UTC.
        retired: until when, the second counted in; None while it is the present key.
        revoked: from when on nothing signed with it holds; None unless it was revoked.
        origin: the statement of how it came, ``{body, signatures}``.
        revocation: the statement of its revocation, ``{body, signatures}``, or None.
    """

    id: str
    public: str
    created: str
    retired: str | None
    revoked: str | None
    origin: Mapping[str, Any]
    revocation: Mapping[str, Any] | None = None

    def plain(self) -> dict[str, Any]:
        """Give it as plain data."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def raw(self) -> bytes:
        """Give the 32 bytes of the public key.

        Raises:
            ValueError: they are not written as base64.
        """
        return base64.b64decode(self.public, validate=True)

    def valid_at(self, at: str) -> bool:
        """Say whether what the key signed at that time holds."""
        return (
            self.created <= at
            and (self.retired is None or at <= self.retired)
            and (self.revoked is None or at < self.revoked)
        )


@dataclass(frozen=True, slots=True)
class KeyHistory:
    """Every key an owner ever had, oldest first; the last one is the present one."""

    owner: str
    keys: tuple[PublicKey, ...]

    def key(self, name: str) -> PublicKey | None:
        """Give the key of that id, or None."""
        return next((key for key in self.keys if key.id == name), None)

    @property
    def present(self) -> PublicKey:
        """The key that signs now."""
        return self.keys[-1]

    def plain(self) -> dict[str, Any]:
        """Give it as plain data, as the file holds it."""
        return {"format": FORMAT, "owner": self.owner, "keys": [key.plain() for key in self.keys]}

    @classmethod
    def read(cls, data: bytes, where: str, owner: str) -> "KeyHistory":
        """Read a history file and hold it to itself: every id, every statement, every signature.

        Raises:
            IntegrityError: SIG001 it is not canonical, KEY004 it does not hold together.
        """
        plain = read_canonical(data, where)
        try:
            if set(plain) != {"format", "owner", "keys"} or plain["format"] != FORMAT:
                raise ValueError("format")  # noqa: TRY301  # told with its place below
            history = cls(plain["owner"], tuple(PublicKey(**key) for key in plain["keys"]))
            _check(history, owner)
        except (ValueError, TypeError, KeyError, AttributeError) as fault:
            raise IntegrityError("KEY004", where, reason=str(fault)[:60]) from fault
        return history


def key_id(public: bytes) -> str:
    """Give the id of a public key: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:16]


def origin_body(owner: str, public: bytes, at: str, after: str | None) -> dict[str, Any]:
    """Give the statement that a key came into being, after another one or as the first."""
    return {
        "owner": owner,
        "key": key_id(public),
        "public": base64.b64encode(public).decode(),
        "at": at,
        "after": after,
    }


def revocation_body(owner: str, key: str, since: str, reason: str, at: str) -> dict[str, Any]:
    """Give the statement that a key is revoked from a date."""
    return {"owner": owner, "key": key, "since": since, "reason": reason, "at": at}


def _check(history: KeyHistory, owner: str) -> None:
    """Hold a history to itself.

    Raises:
        ValueError: the name of what is wrong.
    """
    _must(history.owner == owner, "owner")
    _must(bool(history.keys), "no key")
    _must(len({key.id for key in history.keys}) == len(history.keys), "a key twice")
    before: PublicKey | None = None
    for number, key in enumerate(history.keys):
        _must(_ID.fullmatch(key.id) is not None and key.id == key_id(key.raw()), f"id of {key.id}")
        for text in filter(None, (key.created, key.retired, key.revoked)):
            moment(text)
        _origin(history, key, before)
        _revocation(history, key, number)
        before = key
    _must(history.present.retired is None and history.present.revoked is None, "no present key")


def _origin(history: KeyHistory, key: PublicKey, before: PublicKey | None) -> None:
    body = origin_body(history.owner, key.raw(), key.created, before.id if before else None)
    _must(key.origin["body"] == body, f"origin of {key.id}")
    signers = _signers(history, key.origin, "rotation")
    _must(key.id in signers, f"acceptance by {key.id}")
    if before is not None:
        _must(before.retired == key.created, f"end of {before.id}")
        _must(before.id in signers or before.revoked is not None, f"endorsement of {key.id}")


def _revocation(history: KeyHistory, key: PublicKey, number: int) -> None:
    _must((key.revoked is None) == (key.revocation is None), f"revocation of {key.id}")
    if key.revoked is None or key.revocation is None:
        return
    body = key.revocation["body"]
    told = revocation_body(history.owner, key.id, key.revoked, body["reason"], body["at"])
    _must(body == told, f"revocation of {key.id}")
    later = {one.id for one in history.keys[number + 1 :]}
    _must(bool(later & _signers(history, key.revocation, "revocation")), f"revocation of {key.id}")


def _signers(history: KeyHistory, statement: Mapping[str, Any], purpose: str) -> set[str]:
    """Give the ids of the keys that signed a statement; a signature that does not hold is a fault."""
    found = set()
    for plain in statement["signatures"]:
        signature = Signature.of(plain)
        key = history.key(signature.key)
        _must(
            key is not None
            and signature.owner == history.owner
            and signature.purpose == purpose
            and verify_bytes(key.raw(), raw_signature(signature), signature.statement(statement["body"])),
            f"a signature of {signature.key[:16]}",
        )
        found.add(signature.key)
    return found


def _must(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(what)
