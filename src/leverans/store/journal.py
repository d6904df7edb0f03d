"""What a commit is about to touch, written down first, so that a killed one is mended without a search."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

_SUFFIX = ".journal"


def write(staging: Path, objects: Iterable[str]) -> Path:
    """Write the folders (relative to the root) of the objects that a commit is about to touch."""
    handle, name = tempfile.mkstemp(suffix=_SUFFIX, dir=staging)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.writelines(f"{entry}\n" for entry in objects)
    return Path(name)


def found(staging: Path) -> list[Path]:
    """Give the journals that killed commits left."""
    return sorted(staging.glob(f"*{_SUFFIX}")) if staging.is_dir() else []


def read(journal: Path) -> Iterator[str]:
    """Yield the folders in a journal; a line that a power cut left half written is none."""
    with journal.open(encoding="ascii", errors="replace") as stream:
        for line in stream:
            if line.endswith("\n"):
                yield line.rstrip("\n")


def forget(journal: Path) -> None:
    """Remove a journal whose work is done, and the staging folder when it is empty."""
    journal.unlink(missing_ok=True)
    with suppress(OSError):  # something else is staged there
        journal.parent.rmdir()
