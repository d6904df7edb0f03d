"""The text of an inventory and its sidecar (OCFL 1.1, sections 3.5 and 3.7)."""

import hashlib
import json
from collections.abc import Mapping, Sequence

from leverans.formats.ocfl import ObjectInventory
from leverans.store.version import NewVersion, StoredFile, User

INVENTORY = "inventory.json"
SIDECAR = "inventory.json.sha256"
_json = json.JSONEncoder(ensure_ascii=False).encode
_TYPE = "https://ocfl.io/1.1/spec/#inventory"


def compose(
    version: NewVersion,
    files: Sequence[StoredFile],
    before: ObjectInventory | None,
    created: str,
    user: User,
) -> tuple[bytes, bytes]:
    """Give inventory and sidecar of an object with a version added.

    Args:
        version: the version.
        files: what it brought.
        before: the inventory so far, None for a new object.
        created: RFC 3339 moment.
        user: who made it.

    Raises:
        KeyError: `version` keeps a path that no earlier version has.
    """
    head = f"v{version.number}"
    manifest = {digest: list(paths) for digest, paths in before.manifest.items()} if before else {}
    state: dict[str, list[str]] = {}
    for path in version.keep:
        state.setdefault(_kept(before, path), []).append(path)
    for file in files:
        state.setdefault(file.sha256, []).append(file.path)
        manifest.setdefault(file.sha256, []).append(f"{head}/content/{file.path}")
    versions = {name: _again(before, name) for name in before.versions} if before else {}
    versions[head] = {
        "created": created,
        "message": version.message,
        "user": {"name": user.name, "address": user.address},
        "state": _sorted(state),
    }
    plain = {
        "id": version.object_id,
        "type": _TYPE,
        "digestAlgorithm": "sha256",
        "head": head,
        "manifest": _sorted(manifest),
        "versions": versions,
    }
    text = f"{_text(plain, '')}\n".encode()
    return text, f"{hashlib.sha256(text).hexdigest()} {INVENTORY}\n".encode()


def _kept(before: ObjectInventory | None, path: str) -> str:
    for version in reversed(list(before.versions.values()) if before else []):
        if path in version.state:
            return version.state[path]
    raise KeyError(path)


def _again(before: ObjectInventory, name: str) -> dict[str, object]:
    version = before.versions[name]
    state: dict[str, list[str]] = {}
    for path, digest in version.state.items():
        state.setdefault(digest, []).append(path)
    return {
        "created": version.created,
        "message": version.message,
        "user": {"name": version.user, "address": version.address},
        "state": _sorted(state),
    }


def _text(value: object, margin: str) -> str:
    """Write JSON with objects on lines of their own; ``json.dumps(indent=…)`` is ten times slower."""
    if not isinstance(value, dict) or not value:
        return _json(value)
    inner = margin + "  "
    lines = (f"{inner}{_json(name)}: {_text(each, inner)}" for name, each in value.items())
    return "{\n" + ",\n".join(lines) + f"\n{margin}}}"


def _sorted(block: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {digest: sorted(block[digest]) for digest in sorted(block)}
