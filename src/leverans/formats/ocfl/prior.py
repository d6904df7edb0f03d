"""An inventory in a version folder held against the one in the object's root (sections 3.5.3 and 3.6)."""

from collections.abc import Iterator, Mapping
from typing import Any

from leverans.formats.ocfl import rules
from leverans.formats.ocfl.rules import Problem


def compare(other: Mapping[str, Any], root: Mapping[str, Any], version: str, where: str) -> Iterator[Problem]:
    """Yield where the inventory of `version` contradicts the root's."""
    if other.get("head") != version:
        yield Problem("E040", where, str(other.get("head"))[:40])
    if other.get("id") != root.get("id"):
        yield Problem("E037", where, "id")
        yield Problem("E110", where, "id")
    if other.get("contentDirectory", "content") != root.get("contentDirectory", "content"):
        yield Problem("E019" if version in {"v1", "v01", "v001"} else "E020", where, "contentDirectory")
    mine, theirs = _versions(other), _versions(root)
    for name, entry in mine.items():
        now = theirs.get(name)
        if now is None:
            yield Problem("E066", where, name)
            continue
        if _meaning(entry, other, root) != _meaning(now, root, other):
            yield Problem("E066", where, name)
        for key in ("created", "message", "user"):
            if entry.get(key) != now.get(key):
                yield Problem("W011", where, f"{name}/{key}")


def order(inventories: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    """Yield where a version conforms to an older specification than the one before it (section 3.4)."""
    last = ""
    for version, plain in inventories.items():
        stated = rules.spec_version(plain)
        if stated and stated < last:
            yield Problem("E103", f"{version}/inventory.json", stated)
        last = stated or last


def _versions(plain: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    versions = plain.get("versions")
    if not isinstance(versions, dict):
        return {}
    return {name: entry for name, entry in versions.items() if isinstance(entry, dict)}


def _meaning(entry: Mapping[str, Any], own: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, object]:
    """Give what each logical path stands for: its digest, or its content paths where algorithms differ."""
    state = entry.get("state")
    if not isinstance(state, dict):
        return {}
    manifest = own.get("manifest")
    known = manifest if isinstance(manifest, dict) else {}
    comparable = own.get("digestAlgorithm") == other.get("digestAlgorithm")
    shared = set(rules.content_paths(other.get("manifest")))
    meaning: dict[str, object] = {}
    for digest, paths in state.items():
        content = known.get(digest)
        where = frozenset(content if isinstance(content, list) else ()) & shared
        for path in paths if isinstance(paths, list) else ():
            meaning[str(path)] = digest.lower() if comparable else where
    return meaning
