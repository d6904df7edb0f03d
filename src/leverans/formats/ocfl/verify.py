"""The judgement of a whole object: structure, every inventory, and every digest re-read."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leverans.formats.ocfl import prior, rules
from leverans.formats.ocfl.digests import SUPPORTED, file_digests
from leverans.formats.ocfl.inventory import INVENTORY
from leverans.formats.ocfl.rules import Problem

_DECLARATIONS = ("0=ocfl_object_1.0", "0=ocfl_object_1.1")
_FOLDERS = ("extensions", "logs")


@dataclass(frozen=True, slots=True)
class ObjectReport:
    """What the judgement of one object came to.

    Attributes:
        id: the object's id as its root inventory gives it, or an empty text.
        problems: everything that is wrong; codes that begin with ``E`` break a MUST, with ``W`` a SHOULD.
        files: files read and hashed.
        bytes: their size.
        unchecked: files that no inventory speaks of and OCFL allows: those in ``logs`` and ``extensions``.
    """

    id: str
    problems: tuple[Problem, ...]
    files: int
    bytes: int
    unchecked: tuple[str, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether no MUST is broken."""
        return not any(problem.code.startswith("E") for problem in self.problems)


@dataclass(slots=True)
class _Tree:
    """What lies in the object's folder."""

    files: set[str] = field(default_factory=set)
    versions: dict[str, set[str]] = field(default_factory=dict)
    content: dict[str, list[str]] = field(default_factory=dict)


def verify_object(folder: Path, *, content: bool = True) -> ObjectReport:
    """Judge one object.

    Args:
        folder: the object's root.
        content: also re-read and hash every content file; without it only structure and inventories.

    Raises:
        OSError: something cannot be read at all (no permission, a failing disk).
    """
    return _Judge(str(folder)).judge(content)


class _Judge:
    def __init__(self, root: str) -> None:
        self._root = root
        self._problems: list[Problem] = []
        self._tree = _Tree()
        self._files = 0
        self._bytes = 0
        self._unchecked: list[str] = []

    def judge(self, content: bool) -> ObjectReport:
        self._look()
        self._declaration()
        plain, raw = self._inventory("")
        if plain is None:
            return self._report("")
        self._problems += rules.check_inventory(plain, INVENTORY)
        self._type(plain)
        self._folders(plain)
        inventories = self._priors(plain, raw)
        self._manifests(plain, inventories)
        if content:
            self._digests([plain, *(other for other in inventories.values() if other is not plain)])
        own = plain.get("id")
        return self._report(own if isinstance(own, str) else "")

    def _report(self, own: str) -> ObjectReport:
        unique = tuple(dict.fromkeys(self._problems))
        return ObjectReport(own, unique, self._files, self._bytes, tuple(self._unchecked))

    def _add(self, code: str, where: str, detail: str = "") -> None:
        self._problems.append(Problem(code, where, detail))

    def _look(self) -> None:
        """See what lies directly in the object's folder (sections 3.1 and 3.2)."""
        folders = []
        with os.scandir(self._root) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.is_symlink():
                    self._add("E090", entry.name)
                elif entry.is_dir():
                    folders.append(entry.name)
                else:
                    self._tree.files.add(entry.name)
        for name in folders:
            if name[:1] == "v" and name[1:].isdigit():
                self._tree.versions[name] = set()
            elif name in _FOLDERS:
                self._beside(name)
            else:
                self._add("E001", name)

    def _beside(self, name: str) -> None:
        """See what lies in a folder whose content no inventory speaks of (sections 3.9 and 3.10)."""
        if name == "extensions":
            self._extensions()
        inside = sorted(path for path in Path(self._root, name).rglob("*") if not path.is_dir())
        self._unchecked += [path.relative_to(self._root).as_posix() for path in inside]

    def _extensions(self) -> None:
        for entry in sorted(Path(self._root, "extensions").iterdir()):
            name = entry.name
            if entry.is_dir():
                if not (name[:4].isdigit() and name[4:5] == "-"):
                    self._add("W013", f"extensions/{name}")
            else:
                self._add("E067", f"extensions/{name}")

    def _declaration(self) -> None:
        """Hold the conformance declaration against section 3.3."""
        found = sorted(name for name in self._tree.files if name.startswith("0="))
        if len(found) != 1:
            self._add("E003", "", ", ".join(found))
        for name in found:
            if name not in _DECLARATIONS:
                self._add("E006", name)
            elif self._read(name) != name[2:].encode() + b"\n":
                self._add("E007", name)

    def _read(self, path: str) -> bytes:
        return Path(f"{self._root}/{path}").read_bytes()

    def _inventory(self, version: str) -> tuple[dict[str, Any] | None, bytes]:
        """Read the inventory of the root (empty name) or of a version, with its sidecar (3.5, 3.7)."""
        names = self._tree.versions[version] if version else self._tree.files
        place = f"{version}/{INVENTORY}" if version else INVENTORY
        if INVENTORY not in names:
            if version:
                self._add("W010", version)
            else:
                self._add("E063", INVENTORY)
            return None, b""
        raw = self._read(place)
        try:
            plain = json.loads(raw, object_pairs_hook=_unique)
        except (ValueError, RecursionError) as error:
            self._add("E033", place, type(error).__name__)
            return None, raw
        if not isinstance(plain, dict):
            self._add("E033", place, "no JSON object")
            return None, raw
        self._sidecar(plain, raw, place, names)
        return plain, raw

    def _sidecar(self, plain: Mapping[str, Any], raw: bytes, place: str, names: set[str]) -> None:
        algorithm = plain.get("digestAlgorithm")
        sidecars = sorted(name for name in names if name.startswith(f"{INVENTORY}."))
        if not sidecars:
            self._add("E058", place)
            return
        wanted = f"{INVENTORY}.{algorithm}"
        if algorithm not in rules.ALGORITHMS:
            return
        if wanted not in sidecars:
            self._add("E059", place, ", ".join(sidecars))
            return
        text = self._read(f"{place}.{algorithm}").decode("utf-8", "replace")
        parts = text.split()
        if len(parts) != 2 or parts[1] != INVENTORY:
            self._add("E061", f"{place}.{algorithm}")
        if parts and parts[0].lower() != hashlib.new(str(algorithm), raw).hexdigest():
            self._add("E060", place)

    def _type(self, plain: Mapping[str, Any]) -> None:
        stated = rules.spec_version(plain)
        declared = {name.rpartition("_")[2] for name in self._tree.files if name in _DECLARATIONS}
        if stated and declared and stated not in declared:
            self._add("E038", INVENTORY, stated)
        allowed = {INVENTORY, f"{INVENTORY}.{plain.get('digestAlgorithm')}"}
        for name in sorted(self._tree.files - allowed):
            if not name.startswith("0="):
                self._add("E001", name)

    def _folders(self, plain: Mapping[str, Any]) -> None:
        """Hold the version folders against the inventory and look into each (section 3.4)."""
        versions = plain.get("versions")
        stated = set(versions) if isinstance(versions, dict) else set()
        there = self._tree.versions
        for name in sorted(stated ^ set(there)):
            self._add("E046", name, "no folder" if name in stated else "not in the inventory")
        if stated:
            self._problems += rules.sequence(there, "")
        directory = plain.get("contentDirectory", "content")
        for name in sorted(there):
            self._version_folder(name, directory if isinstance(directory, str) else "content")

    def _version_folder(self, version: str, directory: str) -> None:
        names = self._tree.versions[version]
        self._tree.content[version] = []
        with os.scandir(f"{self._root}/{version}") as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.is_symlink():
                    self._add("E090", f"{version}/{entry.name}")
                elif entry.is_file():
                    names.add(entry.name)
                elif entry.name == directory:
                    self._content(version, f"{version}/{directory}")
                else:
                    self._add("W002", f"{version}/{entry.name}")
        for name in sorted(names):
            if name != INVENTORY and not name.startswith(f"{INVENTORY}."):
                self._add("E015", f"{version}/{name}")

    def _content(self, version: str, top: str) -> None:
        found = self._tree.content[version]
        pending = [top]
        while pending:
            folder = pending.pop()
            empty = True
            with os.scandir(f"{self._root}/{folder}") as entries:
                for entry in entries:
                    empty = False
                    path = f"{folder}/{entry.name}"
                    if entry.is_symlink():
                        self._add("E090", path)
                    elif entry.is_dir():
                        pending.append(path)
                    else:
                        found.append(path)
            if empty:
                self._add("W003" if folder == top else "E024", folder)

    def _priors(self, plain: dict[str, Any], raw: bytes) -> dict[str, dict[str, Any]]:
        """Read the inventory of every version folder and hold it against the root's."""
        head = rules.newest(self._tree.versions)
        inventories: dict[str, dict[str, Any]] = {}
        for version in sorted(self._tree.versions, key=lambda name: (len(name), name)):
            other, other_raw = self._inventory(version)
            if other is None:
                if version == head and other_raw:
                    self._add("E064", f"{version}/{INVENTORY}")
                continue
            inventories[version] = plain if other_raw == raw else other
            if other_raw == raw and version == head:
                continue
            place = f"{version}/{INVENTORY}"
            if version == head:
                self._add("E064", place)
            self._problems += rules.check_inventory(other, place)
            self._problems += prior.compare(other, plain, version, place)
        self._problems += prior.order(inventories)
        return inventories

    def _manifests(self, plain: dict[str, Any], inventories: Mapping[str, dict[str, Any]]) -> None:
        """Every content file stands in the manifest of its own and of every later inventory (E023)."""
        so_far: list[str] = []
        for version in sorted(self._tree.content, key=lambda name: (len(name), name)):
            so_far += self._tree.content[version]
            other = inventories.get(version)
            if other is not None and other is not plain:
                known = rules.content_paths(other.get("manifest"))
                self._missing(so_far, known, f"{version}/{INVENTORY}")
        self._missing(so_far, rules.content_paths(plain.get("manifest")), INVENTORY)

    def _missing(self, there: list[str], known: Mapping[str, str], place: str) -> None:
        for path in sorted(set(there) - set(known)):
            self._add("E023", path, place)

    def _digests(self, inventories: list[dict[str, Any]]) -> None:
        """Hash every file once, with every algorithm that any inventory states for it (E092, E093)."""
        wanted: dict[str, dict[tuple[str, str], set[str]]] = {}
        for plain in inventories:
            algorithm = plain.get("digestAlgorithm")
            if isinstance(algorithm, str) and algorithm in SUPPORTED:
                for path, digest in rules.content_paths(plain.get("manifest")).items():
                    wanted.setdefault(path, {}).setdefault((algorithm, "E092"), set()).add(digest.lower())
            fixity = plain.get("fixity")
            for name, block in fixity.items() if isinstance(fixity, dict) else ():
                if name in SUPPORTED:
                    for path, digest in rules.content_paths(block).items():
                        wanted.setdefault(path, {}).setdefault((name, "E093"), set()).add(digest.lower())
        there = {path for files in self._tree.content.values() for path in files}
        for path in sorted(wanted):
            self._digest(path, wanted[path], present=path in there)

    def _digest(self, path: str, wanted: Mapping[tuple[str, str], set[str]], *, present: bool) -> None:
        if not present:
            for _, code in wanted:
                self._add(code, path, "missing")
            return
        found, size = file_digests(f"{self._root}/{path}", sorted({name for name, _ in wanted}))
        self._files += 1
        self._bytes += size
        for (name, code), digests in wanted.items():
            if digests != {found[name]}:
                self._add(code, path, "digest")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) != len(pairs):
        raise ValueError("a key stands twice")
    return plain
