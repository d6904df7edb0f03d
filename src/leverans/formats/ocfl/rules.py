"""What one inventory must say, by itself (OCFL 1.1, section 3.5)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

ALGORITHMS = ("sha256", "sha512")
_KEYS = {"id", "type", "digestAlgorithm", "head", "contentDirectory", "fixity", "manifest", "versions"}
_VERSION_KEYS = {"created", "state", "message", "user"}
_USER_KEYS = {"name", "address"}
_MOMENT = re.compile(
    r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?"
    r"([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)"
)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_TYPE = re.compile(r"https://ocfl\.io/(\d+\.\d+)/spec/#inventory")
VERSION_NAME = re.compile(r"v(0*)([1-9]\d*)")


class Problem(NamedTuple):
    """One thing that is wrong: OCFL's own code, the place relative to the object, and what was seen there."""

    code: str
    where: str
    detail: str = ""


def check_inventory(plain: object, where: str) -> Iterator[Problem]:
    """Yield everything that is wrong with one parsed inventory."""
    if not isinstance(plain, dict):
        yield Problem("E033", where, "no JSON object")
        return
    yield from _head(plain, where)
    yield from _content_directory(plain, where)
    yield from _manifest(plain, where)
    yield from _versions(plain, where)
    yield from _fixity(plain, where)


def _head(plain: Mapping[str, Any], where: str) -> Iterator[Problem]:
    for key in sorted(set(plain) - _KEYS):
        yield Problem("E102", where, key)
    for key in ("id", "type", "digestAlgorithm", "head"):
        if key not in plain:
            yield Problem("E036", where, key)
    if "id" in plain and (not isinstance(plain["id"], str) or not plain["id"]):
        yield Problem("E037", where, "id")
    elif "id" in plain and not _URI.fullmatch(plain["id"]):
        yield Problem("W005", where, "id")
    if "type" in plain and not (isinstance(plain["type"], str) and _TYPE.fullmatch(plain["type"])):
        yield Problem("E038", where, "type")
    if "digestAlgorithm" in plain and plain["digestAlgorithm"] not in ALGORITHMS:
        yield Problem("E025", where, str(plain["digestAlgorithm"])[:40])
    elif plain.get("digestAlgorithm") == "sha256":
        yield Problem("W004", where, "sha256")


def _content_directory(plain: Mapping[str, Any], where: str) -> Iterator[Problem]:
    value = plain.get("contentDirectory", "content")
    if not isinstance(value, str) or not value or "/" in value:
        yield Problem("E017", where, str(value)[:80])
    elif value in {".", ".."}:
        yield Problem("E018", where, value)


def _manifest(plain: Mapping[str, Any], where: str) -> Iterator[Problem]:
    manifest = plain.get("manifest")
    if "manifest" not in plain:
        yield Problem("E041", where, "manifest")
    elif not isinstance(manifest, dict):
        yield Problem("E106", where, "manifest")
    else:
        yield from _digest_block(manifest, f"{where}#manifest", shape="E092", twice="E096")
        used = {digest for _, state in states(plain) for digest in state}
        for digest in sorted(set(manifest) - used):
            yield Problem("E107", where, digest)


def _fixity(plain: Mapping[str, Any], where: str) -> Iterator[Problem]:
    fixity = plain.get("fixity", {})
    if not isinstance(fixity, dict):
        yield Problem("E111", where, "fixity")
        return
    for algorithm, block in fixity.items():
        place = f"{where}#fixity/{algorithm}"
        if isinstance(block, dict):
            yield from _digest_block(block, place, shape="E057", twice="E097")
        else:
            yield Problem("E057", place, "no JSON object")


def _digest_block(block: Mapping[str, Any], where: str, shape: str, twice: str) -> Iterator[Problem]:
    seen: set[str] = set()
    paths: list[str] = []
    for digest, entries in block.items():
        if digest.lower() in seen:
            yield Problem(twice, where, digest)
        seen.add(digest.lower())
        if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
            yield Problem(shape, where, digest)
            continue
        paths += entries
    yield from _paths(paths, where, ends="E100", elements="E099", conflict="E101")


def _paths(paths: list[str], where: str, ends: str, elements: str, conflict: str) -> Iterator[Problem]:
    for path in paths:
        if path.startswith("/") or path.endswith("/"):
            yield Problem(ends, where, path)
        elif any(part in {"", ".", ".."} for part in path.split("/")):
            yield Problem(elements, where, path)
    for path in _conflicts(paths):
        yield Problem(conflict, where, path)


def _conflicts(paths: Iterable[str]) -> Iterator[str]:
    """Yield the paths that stand twice or are the beginning of another."""
    seen: set[str] = set()
    folders: set[str] = set()
    for path in paths:
        if path in seen:
            yield path
        seen.add(path)
        at = path.find("/")
        while at > 0:
            folders.add(path[:at])
            at = path.find("/", at + 1)
    yield from sorted(seen & folders)


def _versions(plain: Mapping[str, Any], where: str) -> Iterator[Problem]:
    versions = plain.get("versions")
    if "versions" not in plain:
        yield Problem("E043", where, "versions")
        return
    if not isinstance(versions, dict):
        yield Problem("E044", where, "versions")
        return
    yield from sequence(versions, where)
    if "head" in plain and plain["head"] != newest(versions):
        yield Problem("E040", where, str(plain["head"])[:40])
    manifest = plain.get("manifest")
    known = manifest if isinstance(manifest, dict) else {}
    for name, entry in versions.items():
        yield from _version(entry, known, f"{where}#versions/{name}")


def sequence(names: Iterable[str], where: str) -> Iterator[Problem]:
    """Yield what is wrong with a set of version names (OCFL 1.1, section 3.4)."""
    wanted = sorted(names, key=lambda name: (len(name), name))
    if not wanted:
        yield Problem("E008", where)
        return
    numbers: list[int] = []
    for name in wanted:
        match = VERSION_NAME.fullmatch(name)
        if match is None:
            yield Problem("E104", where, name)
        else:
            numbers.append(int(match[2]))
    numbers.sort()
    if numbers and numbers[0] != 1:
        yield Problem("E009", where, f"v{numbers[0]}")
    if numbers != list(range(1, len(numbers) + 1)):
        yield Problem("E010", where, ", ".join(wanted)[:200])
    yield from _padding(wanted, where)


def _padding(names: list[str], where: str) -> Iterator[Problem]:
    padded = [name for name in names if name.startswith("v0")]
    if not padded:
        return
    yield Problem("W001", where, padded[0])
    plain = [name for name in names if not name.startswith("v0")]
    if plain:
        yield Problem("E011", where, plain[0])
        yield Problem("E013", where, plain[0])
    if len({len(name) for name in padded}) > 1:
        yield Problem("E012", where, ", ".join(padded)[:200])


def newest(names: Iterable[str]) -> str | None:
    """Give the name with the highest version number, or None when there is no proper name."""
    proper = [(int(match[2]), name) for name in names if (match := VERSION_NAME.fullmatch(name))]
    return max(proper)[1] if proper else None


def _version(entry: object, manifest: Mapping[str, Any], where: str) -> Iterator[Problem]:
    if not isinstance(entry, dict):
        yield Problem("E047", where, "no JSON object")
        return
    for key in sorted(set(entry) - _VERSION_KEYS):
        yield Problem("E102", where, key)
    for key in ("created", "state"):
        if key not in entry:
            yield Problem("E048", where, key)
    created = entry.get("created", "2000-01-01T00:00:00Z")
    if not isinstance(created, str) or not _MOMENT.fullmatch(created):
        yield Problem("E049", where, str(created)[:40])
    if "message" in entry and not isinstance(entry["message"], str):
        yield Problem("E094", where, "message")
    yield from _user(entry, where)
    yield from _state(entry.get("state", {}), manifest, where)


def _user(entry: Mapping[str, Any], where: str) -> Iterator[Problem]:
    for key in ("message", "user"):
        if key not in entry:
            yield Problem("W007", where, key)
    if "user" not in entry:
        return
    user = entry["user"]
    if not isinstance(user, dict) or not isinstance(user.get("name"), str) or not user["name"]:
        yield Problem("E054", where, "user")
        return
    for key in sorted(set(user) - _USER_KEYS):
        yield Problem("E102", where, f"user/{key}")
    if "address" not in user:
        yield Problem("W008", where, "address")
    elif not isinstance(user["address"], str):
        yield Problem("E054", where, "address")
    elif not _URI.fullmatch(user["address"]):
        yield Problem("W009", where, "address")


def _state(state: object, manifest: Mapping[str, Any], where: str) -> Iterator[Problem]:
    if not isinstance(state, dict):
        yield Problem("E050", where, "state")
        return
    paths: list[str] = []
    for digest, entries in state.items():
        if digest not in manifest:
            yield Problem("E050", where, digest)
        if isinstance(entries, list) and all(isinstance(entry, str) for entry in entries):
            paths += entries
        else:
            yield Problem("E051", where, digest)
    yield from _paths(paths, where, ends="E053", elements="E052", conflict="E095")


def states(plain: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield name and state of every version that is well enough formed to have one."""
    versions = plain.get("versions")
    for name, entry in versions.items() if isinstance(versions, dict) else ():
        if isinstance(entry, dict) and isinstance(entry.get("state"), dict):
            yield name, entry["state"]


def content_paths(block: object) -> dict[str, str]:
    """Give digest by content path of a manifest or one algorithm's fixity, leaving out what is misshapen."""
    if not isinstance(block, dict):
        return {}
    return {
        path: digest
        for digest, entries in block.items()
        if isinstance(entries, list)
        for path in entries
        if isinstance(path, str)
    }


def spec_version(plain: Mapping[str, Any]) -> str:
    """Give the specification's version that the inventory's type names, or an empty text."""
    kind = plain.get("type")
    match = _TYPE.fullmatch(kind) if isinstance(kind, str) else None
    return match[1] if match else ""
