"""Signatures with a purpose: nothing signed for one thing can be shown as something else.

What is signed is the canonical form of a small statement: the format, purpose, role, owner, key, time and
person of the signature, and the SHA-256 of the canonical form of the body. So none of them can be changed.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Literal

from leverans.clock import Clock, iso
from leverans.errors import IntegrityError, Outage
from leverans.trust.canonical import canonical, digest

FORMAT = "leverans-signature-1"
CENTRE = "centre"
"""The owner of the centre's keys; no municipality may be called so."""

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")

Purpose = Literal[
    "receipt", "countersign", "approval", "head", "clearance", "certificate", "rotation", "revocation"
]
Role = Literal["centre", "municipality"]
ROLES: Mapping[str, tuple[Role, ...]] = {
    "receipt": ("centre",),
    "countersign": ("municipality",),
    "approval": ("municipality",),
    "head": ("centre",),
    "clearance": ("centre", "municipality"),
    "certificate": ("centre", "municipality"),
    "rotation": ("centre", "municipality"),
    "revocation": ("centre", "municipality"),
}
"""Who may sign what."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature, as it stands in a file.

    Attributes:
        purpose: what it was made for.
        role: ``centre`` or ``municipality``.
        owner: ``centre`` or the municipality's name.
        key: id of the key, 16 hex digits.
        at: when it was made, xs:dateTime in UTC with whole seconds.
        by: the person who asked for it, or an empty text for the software itself.
        signature: the 64 bytes of Ed25519 (RFC 8032), base64.
    """

    purpose: str
    role: str
    owner: str
    key: str
    at: str
    by: str
    signature: str

    def plain(self) -> dict[str, str]:
        """Give it as plain data."""
        return asdict(self)

    @classmethod
    def of(cls, plain: object, where: str = "") -> "Signature":
        """Take it from plain data.

        Raises:
            IntegrityError: SIG002, it has not exactly the fields of a signature, all of them texts.
        """
        names = set(cls.__dataclass_fields__)
        if (
            not isinstance(plain, dict)
            or set(plain) != names
            or not all(isinstance(value, str) for value in plain.values())
        ):
            raise IntegrityError("SIG002", where)
        return cls(**plain)

    @property
    def moment(self) -> datetime:
        """When it was made.

        Raises:
            ValueError: it is no such time.
        """
        return moment(self.at)

    def statement(self, body: object) -> bytes:
        """Give the bytes that are signed."""
        return statement(self.purpose, self.role, self.owner, self.key, self.at, self.by, digest(body))


def statement(  # noqa: PLR0917  # the fields of one line, in order
    purpose: str, role: str, owner: str, key: str, at: str, by: str, sha256: str
) -> bytes:
    """Give the bytes that are signed."""
    return canonical(
        {
            "format": FORMAT,
            "purpose": purpose,
            "role": role,
            "owner": owner,
            "key": key,
            "at": at,
            "by": by,
            "sha256": sha256,
        }
    )


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs with the present key of one owner; `Keyring.signer` gives one.

    Attributes:
        owner: ``centre`` or the municipality's name.
        key: id of the key.
        created: when the key was made.
        clock: tells the time of the signature.
    """

    owner: str
    key: str
    created: datetime
    clock: Clock
    _seed: bytes

    def __repr__(self) -> str:
        return f"Signer({self.owner}, {self.key})"

    def public(self) -> bytes:
        """Give the public key, 32 bytes."""
        return public_of(self._seed)

    def sign(self, purpose: Purpose, body: object, *, by: str = "") -> Signature:
        """Sign plain data (or a contract) for a purpose, now.

        Args:
            purpose: what for.
            body: what is signed, as `leverans.trust.canonical` takes it.
            by: the person who asked for it.

        Raises:
            ValueError: the owner may not sign for this purpose.
            Outage: SIG003, the clock stands before the key was made.
        """
        role: Role = "centre" if self.owner == CENTRE else "municipality"
        if role not in ROLES[purpose]:
            raise ValueError(f"the {role} signs no {purpose}")
        now = self.clock.now().astimezone(UTC)
        if iso(now) < iso(self.created):
            raise Outage("SIG003", self.owner, now=iso(now), created=iso(self.created))
        bare = Signature(purpose, role, self.owner, self.key, iso(now), by, "")
        raw = sign_bytes(self._seed, bare.statement(body))
        return Signature(**{**bare.plain(), "signature": base64.b64encode(raw).decode()})


def moment(text: str) -> datetime:
    """Read an xs:dateTime in UTC with whole seconds.

    Raises:
        ValueError: it is not written so.
    """
    if not _MOMENT.fullmatch(text):
        raise ValueError(text[:30])
    return datetime.fromisoformat(text)


def sign_bytes(seed: bytes, message: bytes) -> bytes:
    """Sign with Ed25519; the seed is the 32 bytes of RFC 8032's private key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(seed).sign(message)


def verify_bytes(public: bytes, signature: bytes, message: bytes) -> bool:
    """Say whether a signature is that of the key over the message."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def public_of(seed: bytes) -> bytes:
    """Give the public key (32 bytes) of a seed."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = Ed25519PrivateKey.from_private_bytes(seed).public_key()
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def raw_signature(signature: Signature) -> bytes:
    """Give the 64 bytes of a signature; empty when they are not written as base64."""
    try:
        return base64.b64decode(signature.signature, validate=True)
    except ValueError:
        return b""
