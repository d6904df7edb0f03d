"""Reads the section ``transfer:`` of ``municipality.yaml``."""

import re
from urllib.parse import urlsplit

from leverans.registry import parse
from leverans.registry.reading import Node
from leverans.registry.references import EnvironmentReference, FileReference
from leverans.registry.types import Transfer

_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_RECIPIENT = re.compile(r"age1[02-9ac-hj-np-z]{58}")
_SCHEME = "sftp://"


def transfer(node: Node) -> Transfer | None:
    """Read how landings travel to the centre; None when municipality and centre are one host."""
    if not node.given:
        return None
    sftp = node.at("kind").choice("folder", "sftp") == "sftp"
    node.keys(
        ("kind", "location", "recipient", *(("host_key",) if sftp else ())),
        ("key", "password") if sftp else (),
    )
    fingerprints, known_hosts = _host_keys(node.at("host_key"))
    found = Transfer(
        kind="sftp" if sftp else "folder",
        location=_place(node.at("location"), sftp=sftp),
        recipient=_recipient(node.at("recipient")),
        host_keys=fingerprints,
        known_hosts=known_hosts,
        key=_secret(node.at("key")),
        password=_secret(node.at("password")),
        where=node.where,
    )
    if sftp and found.key is None and found.password is None:
        node.fault("CAR004")
    return found


def _place(node: Node, *, sftp: bool) -> str | EnvironmentReference:
    place = parse.location(node)
    if isinstance(place, str) and place and not fits(place, sftp=sftp):
        node.fault("CAR002", expected="sftp://user@host[:port]/folder" if sftp else "/folder")
    return place


def fits(place: str, *, sftp: bool) -> bool:
    """Say whether a place is an address of the form wanted: an SFTP address, or an absolute path."""
    if not sftp:
        return place.startswith("/")
    try:
        parts = urlsplit(place)
        port = parts.port
    except ValueError:
        return False
    whole = place.startswith(_SCHEME) and parts.hostname and parts.username and port != 0
    return bool(whole) and not (parts.password or parts.query or parts.fragment)


def _recipient(node: Node) -> str:
    text = node.text()
    if text and not _RECIPIENT.fullmatch(text):
        node.fault("CAR003")
    return text


def _host_keys(node: Node) -> tuple[tuple[str, ...], str | None]:
    if not node.given:
        return (), None
    if isinstance(node.data, dict):
        node.keys(("file",))
        return (), node.at("file").text()
    items = list(node.items()) if isinstance(node.data, list) else [node]
    texts = [item.text() for item in items]
    for item, text in zip(items, texts, strict=True):
        if text and not _FINGERPRINT.fullmatch(text):
            item.fault("CAR005")
    if not texts:
        node.fault("CAR005")
    return tuple(texts), None


def _secret(node: Node) -> EnvironmentReference | FileReference | None:
    """Read ``{file: …}`` or ``{env: …}``; a value that stands there itself is a fault."""
    if not node.given:
        return None
    if isinstance(node.data, dict) and "file" in node.data:
        node.keys(("file",))
        return FileReference(node.at("file").text(), node.where)
    return parse.reference(node)
