"""Completing what a kill left between two renames.

A new object comes by one rename, so it is there or not. A new version of an object comes by three: its
version folder (whole and durable), then, after a sync, the root inventory and its sidecar. A kill between
them leaves a root inventory that lags; since the version folder holds the same inventory and sidecar, the
object is completed from there. A version folder that is not whole (a power cut on a file system that reorders
renames) is removed: the inventory never spoke of it.
"""

import shutil
from contextlib import suppress
from pathlib import Path

from leverans.blobs import commit, filesystem, sweep
from leverans.formats.ocfl import Malformed, ObjectInventory, read_inventory
from leverans.store import journal
from leverans.store.inventory import INVENTORY, SIDECAR


def recover(root: Path, staging: Path) -> int:
    """Mend every object that a killed commit was about to touch; give how many were mended.

    Call it under the root's lock. It may itself be killed at any point and be called again.
    """
    mended = 0
    journals = journal.found(staging)
    for left in journals:
        for relative in journal.read(left):
            mended += _mend(root, root / relative, staging)
    if journals:
        filesystem().sync(root)
    for left in journals:
        journal.forget(left)
    sweep(root, staging=staging)
    return mended


def _mend(root: Path, folder: Path, staging: Path) -> bool:
    if not folder.is_dir():
        _prune(root, folder.parent)
        return False
    lagging = _inventory(folder)
    newest = max(
        (entry for entry in folder.iterdir() if entry.name[:1] == "v" and entry.name[1:].isdigit()),
        key=lambda entry: int(entry.name[1:]),
    )
    if lagging is not None and lagging.number >= int(newest.name[1:]):
        return False
    if not _whole(folder, newest):
        shutil.rmtree(newest)
        return True
    with commit(root, staging=staging) as group:
        for name in (INVENTORY, SIDECAR):
            group.file(folder / name).write_bytes((newest / name).read_bytes())
    return True


def _whole(folder: Path, version: Path) -> bool:
    inventory = _inventory(version)
    if inventory is None or inventory.head != version.name:
        return False
    return all((folder / path).is_file() for paths in inventory.manifest.values() for path in paths)


def _inventory(folder: Path) -> ObjectInventory | None:
    with suppress(Malformed):
        return read_inventory(folder)
    return None


def _prune(root: Path, folder: Path) -> None:
    """Remove the empty folders that were made for an object which never came."""
    while folder != root:
        try:
            folder.rmdir()
        except FileNotFoundError:
            pass
        except OSError:  # something else lies there
            return
        folder = folder.parent
