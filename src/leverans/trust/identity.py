"""Object id, package id and pseudonyms (architecture, section 3).

*Object id*: UUIDv5 of municipality, system, entity and key. Where the key is or holds a personal identity
number, a UUIDv5 could be guessed in minutes, so the id is made of an HMAC-SHA-256 under the municipality's
key (as a UUIDv8, RFC 9562) and the key is only ever shown as a pseudonym.
"""

import hashlib
import hmac
import uuid
from collections.abc import Iterable

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:leverans:object")
_PACKAGES = uuid.uuid5(uuid.NAMESPACE_URL, "urn:leverans:package")
_SEPARATOR = "\x1f"


def object_id(municipality: str, system: str, entity: str, key: Iterable[str]) -> str:
    """Give the object id of a key that is not personal; stable for ever."""
    return _uuid5(_NAMESPACE, _SEPARATOR.join((municipality, system, entity, *key)))


def personal_object_id(secret: bytes, municipality: str, system: str, entity: str, key: Iterable[str]) -> str:
    """Give the object id of a personal key: nobody without the municipality's key can guess it."""
    text = _SEPARATOR.join((municipality, system, entity, *key))
    raw = bytearray(hmac.new(secret, text.encode(), hashlib.sha256).digest()[:16])
    raw[6] = (raw[6] & 0x0F) | 0x80
    raw[8] = (raw[8] & 0x3F) | 0x80
    return str(uuid.UUID(bytes=bytes(raw)))


def pseudonym(secret: bytes, text: str) -> str:
    """Give the word a personal key is shown as: ``p-`` and 20 hex digits of an HMAC-SHA-256."""
    return "p-" + hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()[:20]


def package_id(delivery: str, partition: str, version_set: Iterable[str]) -> str:
    """Give the package id of a partition and the versions it holds.

    Args:
        delivery: ``municipality/delivery``.
        partition: the part of the delivery, with route and status, e.g. ``2003/open/NEW``.
        version_set: one text per object and version, in any order, e.g. ``<object id>:<version>:<digest>``.
    """
    digest = hashlib.sha256()
    for item in sorted(version_set):
        digest.update(item.encode() + b"\n")
    return _uuid5(_PACKAGES, _SEPARATOR.join((delivery, partition, digest.hexdigest())))


def _uuid5(namespace: uuid.UUID, name: str) -> str:
    raw = hashlib.sha1(namespace.bytes + name.encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(raw[16], 16) & 3]
    return f"{raw[:8]}-{raw[8:12]}-5{raw[13:16]}-{variant}{raw[17:20]}-{raw[20:32]}"
