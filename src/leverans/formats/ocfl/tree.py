"""The folders of a storage root: which of them are objects, and their content."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from leverans.formats.ocfl.inventory import Malformed, ObjectInventory

_CHUNK = 1 << 20


def is_object(folder: Path) -> bool:
    """Say whether a folder declares itself an OCFL object."""
    try:
        return any(name.startswith("0=ocfl_object_") for name in os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return False


def walk(root: Path) -> Iterator[Path]:
    """Yield the folder of every object below a storage root, in the order of their paths.

    Raises:
        OSError: a folder cannot be read.
    """
    for entry in sorted(os.listdir(root)):
        if entry != "extensions" and (root / entry).is_dir():
            yield from _descend(str(root / entry))


def _descend(folder: str) -> Iterator[Path]:
    names = sorted(os.listdir(folder))
    if any(name.startswith("0=ocfl_object_") for name in names):
        yield Path(folder)
        return
    for name in names:
        path = f"{folder}/{name}"
        if os.path.isdir(path) and not os.path.islink(path):
            yield from _descend(path)


def read_content(folder: Path, inventory: ObjectInventory, logical: str, number: int | None = None) -> bytes:
    """Give the bytes of a (small) logical path, held against the digest in the state.

    Raises:
        Malformed: the file is not there or its digest is another.
        KeyError: the version has no such path.
    """
    digest = inventory.version(number).state[logical]
    path = folder / inventory.content_path(logical, number)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise Malformed("E092", str(path), type(error).__name__) from error
    if hashlib.new(inventory.algorithm, raw).hexdigest() != digest.lower():
        raise Malformed("E092", str(path), "the digest is another")
    return raw
