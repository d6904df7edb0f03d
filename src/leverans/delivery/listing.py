"""The list of an archive for people: reference codes that are personal keys are shown as pseudonyms."""

import dataclasses
import json
from collections.abc import Iterator, Mapping

from leverans.archive import Entry, list_objects
from leverans.delivery.objectlist import NAME
from leverans.errors import ConfigurationError
from leverans.formats.ocfl import Malformed, read_content, read_inventory, walk
from leverans.store import StorageRoot

_PSEUDONYM = "p-"


def listed(root: StorageRoot) -> Iterator[Entry]:
    """Yield every archived case as it may be shown.

    What a package says of its objects (``objects.jsonl``) has pseudonyms for personal keys, and no references
    beside them: those stand for the reference code. Where a package's list cannot be read, the cases that no
    other names are shown without one.

    Raises:
        OSError: the root cannot be read.
    """
    shown, unknown = _personal(root)
    for entry in list_objects(root):
        if entry.id in shown:
            yield dataclasses.replace(entry, reference_code=shown[entry.id])
        elif unknown and entry.readable and entry.id not in unknown:
            yield dataclasses.replace(entry, reference_code="")
        else:
            yield entry


def _personal(root: StorageRoot) -> tuple[Mapping[str, str], frozenset[str]]:
    """Give the pseudonyms by object id; and, where a package's list cannot be read, the known ids."""
    shown: dict[str, str] = {}
    known: set[str] = set()
    whole = True
    for folder in walk(root.path):
        try:
            inventory = read_inventory(folder)
            names = [name for name in inventory.version().state if name.rsplit("/", 1)[-1] == NAME]
            rows = _rows(read_content(folder, inventory, min(names))) if names else []
        except (Malformed, ValueError, KeyError, TypeError, OSError, ConfigurationError):
            whole = False
            continue
        for row in rows:
            known.add(row["object"])
            if str(row.get("key", "")).startswith(_PSEUDONYM) and "reference" not in row:
                shown[row["object"]] = row["key"]
    return shown, frozenset() if whole else frozenset(known or {""})


def _rows(data: bytes) -> list[dict[str, str]]:
    plain = [json.loads(line) for line in data.decode().removesuffix("\n").split("\n")[1:]]
    return [row for row in plain if "object" in row]
