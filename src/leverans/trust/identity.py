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
ID_WIDTH = 36
"""Characters of an object id."""
_RAW = 16
_PLACES = [place for place in range(ID_WIDTH) if place not in {8, 13, 18, 23}]
"""Where the digits of a UUID stand in its text."""


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


def object_ids(municipality: str, system: str, entity: str, keys: Iterable[bytes]) -> bytes:
    """Give the object ids of many keys at once, as `object_id` does: 36 ASCII characters for each, in a row.

    Args:
        municipality: the tenant.
        system: the source system.
        entity: the entity of the mapping.
        keys: each key as UTF-8, its parts joined with U+001F.
    """
    head = _NAMESPACE.bytes + _SEPARATOR.join((municipality, system, entity, "")).encode()
    digests = b"".join([hashlib.sha1(head + key, usedforsecurity=False).digest() for key in keys])
    return _texts(digests, hashlib.sha1(usedforsecurity=False).digest_size, 0x50)


def personal_object_ids(
    secret: bytes, municipality: str, system: str, entity: str, keys: Iterable[bytes]
) -> bytes:
    """Give the object ids of many personal keys at once, as `personal_object_id` does; see `object_ids`."""
    head = _SEPARATOR.join((municipality, system, entity, "")).encode()
    digests = b"".join([hmac.digest(secret, head + key, "sha256") for key in keys])
    return _texts(digests, hashlib.sha256().digest_size, 0x80)


def _texts(digests: bytes, size: int, version: int) -> bytes:
    """Write the first 16 bytes of each digest as a UUID of a version, column by column."""
    count = len(digests) // size
    raw = bytearray(_RAW * count)
    for at in range(_RAW):
        raw[at::_RAW] = digests[at::size]
    raw[6::_RAW] = raw[6::_RAW].translate(bytes(version | byte & 0x0F for byte in range(256)))
    raw[8::_RAW] = raw[8::_RAW].translate(bytes(0x80 | byte & 0x3F for byte in range(256)))
    digits = raw.hex().encode()
    texts = bytearray(b"-" * (ID_WIDTH * count))
    for at, place in enumerate(_PLACES):
        texts[place::ID_WIDTH] = digits[at :: 2 * _RAW]
    return bytes(texts)


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
