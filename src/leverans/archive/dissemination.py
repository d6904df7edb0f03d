"""Getting a case back out: its documents under their original names, each held against its digest."""

import hashlib
import re
import unicodedata
import zipfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from leverans.archive import casefile
from leverans.archive.catalogue import find
from leverans.archive.ingest import URN
from leverans.blobs import commit
from leverans.errors import IntegrityError, UsageError
from leverans.formats.ocfl import ObjectInventory
from leverans.store import StorageRoot

_CHUNK = 1 << 20
_LONGEST = 200  # bytes; file systems take 255, a number or an ending may be added
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def get(root: StorageRoot, wanted: str, target: Path, version: int | None = None) -> Path:
    """Restore a case into a new folder below `target`.

    Args:
        root: where it is archived.
        wanted: its reference code or its object id.
        target: folder to make the case's folder in; made if missing.
        version: which version, the newest when None.

    Returns:
        The case's folder: ``case.json`` and the documents under their original names, made safe and unique.

    Raises:
        UsageError: ARC020 nothing is archived under `wanted`, ARC021 several cases are, ARC022 there is no
            such version, ARC023 the case's folder is there already.
        IntegrityError: ARC005 or ARC009 what is stored is not what was archived; nothing is restored.
        OSError: the disk is full.
    """
    own = find(root, wanted)
    inventory = root.object(f"{URN}{own}")
    if inventory is None or not casefile.is_case(inventory):
        raise UsageError("ARC020")
    if version is not None and not 1 <= version <= inventory.number:
        raise UsageError("ARC022", own, version=version, newest=inventory.number)
    folder = root.path_of(f"{URN}{own}")
    plain = casefile.read(folder, inventory, version)
    place = target / safe_name(str(plain["reference_code"]) or own)
    if place.exists():
        raise UsageError("ARC023", place.name)
    with commit(target) as group:
        _restore(folder, inventory, version, plain, group.directory(place))
    return place


def _restore(
    folder: Path,
    inventory: ObjectInventory,
    version: int | None,
    plain: Mapping[str, Any],
    target: Path,
) -> None:
    names = _Names(casefile.NAME)
    (target / casefile.NAME).write_bytes(casefile.write(plain))
    with ExitStack() as stack:
        containers: dict[str, zipfile.ZipFile] = {}
        for file in casefile.files(plain):
            container = file["container"]
            if container not in containers:
                containers[container] = _open(folder / inventory.content_path(container, version))
                stack.enter_context(containers[container])
            _extract(containers[container], file, target / names.give(file["original_name"]))


def _open(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, FileNotFoundError) as error:
        raise IntegrityError("ARC009", path.name) from error


def _extract(container: zipfile.ZipFile, file: Mapping[str, Any], target: Path) -> None:
    sha = hashlib.sha256()
    try:
        with container.open(file["path"]) as source, target.open("xb") as stream:
            while piece := source.read(_CHUNK):
                sha.update(piece)
                stream.write(piece)
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise IntegrityError("ARC009", f"{file['container']}/{file['path']}") from error
    if sha.hexdigest() != file["sha256"]:
        raise IntegrityError("ARC009", f"{file['container']}/{file['path']}")


def safe_name(name: str) -> str:
    """Give a file name that every file system takes: å ä ö stay, separators and control characters go."""
    text = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", name)).strip(" .")
    text = text.encode("utf-8", "replace").decode()
    if not text or _RESERVED.fullmatch(text):
        text = f"_{text}"
    stem, dot, ending = text.rpartition(".")
    if not stem or len(ending.encode()) > 20:
        stem, dot, ending = text, "", ""
    room = _LONGEST - len(dot.encode()) - len(ending.encode())
    return stem.encode()[:room].decode("utf-8", "ignore") + dot + ending


class _Names:
    """Gives each document a name of its own, told apart where upper and lower case are one."""

    def __init__(self, *taken: str) -> None:
        self._taken = {name.casefold() for name in taken}

    def give(self, original: str) -> str:
        name = base = safe_name(original)
        number = 1
        while name.casefold() in self._taken:
            number += 1
            stem, dot, ending = base.rpartition(".")
            name = f"{stem or ending} ({number}){dot}{ending}" if stem else f"{base} ({number})"
        self._taken.add(name.casefold())
        return name
