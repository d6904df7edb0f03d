"""The folders of a storage root: which of them are objects, and what has no business there (section 4)."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from leverans.formats.ocfl.inventory import Malformed, ObjectInventory, digest_of, read_bytes
from leverans.formats.ocfl.rules import Problem

_DECLARATIONS = ("0=ocfl_1.0", "0=ocfl_1.1")
_LAYOUT = "ocfl_layout.json"
_EXTENSIONS = "extensions"


def is_object(folder: Path) -> bool:
    """Say whether a folder declares itself an OCFL object."""
    try:
        return any(entry.name.startswith("0=ocfl_object_") for entry in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return False


def walk(root: Path) -> Iterator[Path]:
    """Yield the folder of every object below a storage root, in the order of their paths.

    Raises:
        OSError: a folder cannot be read.
    """
    for found in _descend(root, ""):
        if isinstance(found, Path):
            yield found


def survey(root: Path) -> Iterator[Path | Problem]:
    """Yield the folder of every object, and everything that is wrong with the root outside its objects.

    Raises:
        OSError: a folder cannot be read.
    """
    yield from _declaration(root)
    yield from _layout(root)
    extensions = root / _EXTENSIONS
    for name in _names(extensions) if extensions.is_dir() else ():
        if not (extensions / name).is_dir():
            yield Problem("E112", f"{_EXTENSIONS}/{name}")
        elif not (name[:4].isdigit() and name[4:5] == "-"):
            yield Problem("W016", f"{_EXTENSIONS}/{name}")
    yield from _descend(root, "")


def _names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def _declaration(root: Path) -> Iterator[Problem]:
    found = [name for name in _names(root) if name.startswith("0=")]
    if not found:
        yield Problem("E069", "")
    elif len(found) > 1:
        yield Problem("E076", "", ", ".join(found))
    for name in found:
        if name not in _DECLARATIONS:
            yield Problem("E079", name)
        elif (root / name).read_bytes() != name[2:].encode() + b"\n":
            yield Problem("E080", name)


def _layout(root: Path) -> Iterator[Problem]:
    path = root / _LAYOUT
    if not path.is_file():
        return
    try:
        plain = json.loads(path.read_bytes())
    except ValueError:
        plain = None
    if not isinstance(plain, dict) or not {"extension", "description"} <= set(plain):
        yield Problem("E070", _LAYOUT)
    elif not (root / _EXTENSIONS / str(plain["extension"])).is_dir():
        yield Problem("E071", _LAYOUT, str(plain["extension"])[:80])


def _descend(root: Path, relative: str) -> Iterator[Path | Problem]:
    """Go down to the objects; files on the way are allowed at the top only (section 4.3)."""
    folder = f"{root}/{relative}" if relative else str(root)
    with os.scandir(folder) as scanned:
        entries = sorted(scanned, key=lambda entry: entry.name)
    if relative and any(entry.name.startswith("0=ocfl_object_") for entry in entries):
        yield Path(folder)
        return
    if relative and not entries:
        yield Problem("E073", relative)
    for entry in entries:
        place = f"{relative}/{entry.name}" if relative else entry.name
        if entry.is_symlink():
            yield Problem("E090", place)
        elif entry.is_dir():
            if place != _EXTENSIONS:
                yield from _descend(root, place)
        elif relative:
            yield Problem("E084", place)
        elif not entry.name.startswith(("0=", "ocfl_")):
            yield Problem("E087", place)


def read_content(
    folder: str | os.PathLike[str], inventory: ObjectInventory, logical: str, number: int | None = None
) -> bytes:
    """Give the bytes of a (small) logical path, held against the digest in the state.

    Raises:
        Malformed: the file is not there or its digest is another.
        KeyError: the version has no such path.
    """
    digest = inventory.version(number).state[logical]
    place = f"{os.fspath(folder)}/{inventory.manifest[digest][0]}"
    try:
        raw = read_bytes(place)
    except OSError as error:
        raise Malformed("E092", place, type(error).__name__) from error
    if digest_of(raw, inventory.algorithm) != digest.lower():
        raise Malformed("E092", place, "the digest is another")
    return raw
