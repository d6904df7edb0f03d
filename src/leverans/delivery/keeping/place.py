"""Where a backup lies, and what one generation of it says.

::

    <folder>/mora/open/files/ab/<sha256>          every file once, by its digest
    <folder>/mora/open/generations/<name>.sha256  one line a file: digest, two spaces, path below the home
    <folder>/mora/open/generations/<name>.json    the seal: digest of that list, counts; written last
    <folder>/mora/open/generations/<name>.keys.age  secret keys, encrypted
    <folder>/mora/protected/…                     the same for the protected route, mode 0700

A generation's name is its number and the time of its snapshot, ``000007-20261122T155100``: the number orders
generations also where two were made in one second or the clock was set back.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from leverans.blobs import ContentStore
from leverans.errors import IntegrityError

OPEN, PROTECTED = "open", "protected"
SETS = (OPEN, PROTECTED)
LEDGER = "ledger.sqlite"


@dataclass(frozen=True, slots=True)
class Seal:
    """What one generation of a set says of itself.

    Attributes:
        municipality: whose it is.
        part: ``open`` or ``protected``.
        generation: its name: number, and time of the ledger's snapshot.
        files: how many files.
        bytes: their size.
        list_sha256: SHA-256 of the list of files.
        keys: ``encrypted`` beside it or elsewhere, or ``left out``.
        whole: everything that the ledger knows was there.
        schema_version: version of this form.
    """

    municipality: str
    part: str
    generation: str
    files: int
    bytes: int
    list_sha256: str
    keys: str
    whole: bool
    schema_version: int = 1

    def text(self) -> str:
        """Write it."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


class Part:
    """One set of a backup: the open one, or the protected one.

    Args:
        folder: ``<folder>/<municipality>/<part>``.
        name: ``open`` or ``protected``.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.name = name
        self.store = ContentStore(folder / "files")
        self.generations = folder / "generations"

    def make(self) -> None:
        """Make the folder; nobody else may look into it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)

    def list_path(self, generation: str) -> Path:
        """Give the list of files of a generation."""
        return self.generations / f"{generation}.sha256"

    def seal_path(self, generation: str) -> Path:
        """Give the seal of a generation."""
        return self.generations / f"{generation}.json"

    def keys_path(self, generation: str) -> Path:
        """Give the encrypted keys of a generation."""
        return self.generations / f"{generation}.keys.age"

    def sealed(self) -> list[str]:
        """Give the names of the generations that are whole, oldest first."""
        return sorted(path.stem for path in self.generations.glob("*.json"))

    def seal(self, generation: str) -> Seal:
        """Read the seal of a generation.

        Raises:
            IntegrityError: OPR051, it is missing or damaged.
        """
        path = self.seal_path(generation)
        try:
            return Seal(**json.loads(path.read_bytes()))
        except (OSError, ValueError, TypeError) as fault:
            raise IntegrityError("OPR051", f"{self.name}/{path.name}", reason=type(fault).__name__) from fault

    def listed(self, seal: Seal) -> Iterator[tuple[str, str]]:
        """Yield digest and path of every file of a generation, after the list is held against its seal.

        Raises:
            IntegrityError: OPR051, the list is missing or is not the one that was sealed.
        """
        path = self.list_path(seal.generation)
        where = f"{self.name}/{path.name}"
        try:
            with path.open("rb") as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as fault:
            raise IntegrityError("OPR051", where, reason=type(fault).__name__) from fault
        if found != seal.list_sha256:
            raise IntegrityError("OPR051", where, reason="SHA-256")
        with path.open(encoding="utf-8", newline="\n") as stream:
            for line in stream:
                digest, _, name = line.rstrip("\n").partition("  ")
                yield digest, name


def part(folder: Path, municipality: str, name: str) -> Part:
    """Give one set of a municipality's backup."""
    return Part(folder / municipality / name, name)


def following(parts: Iterable[Part], now: datetime) -> str:
    """Name the generation after all that the parts hold, sealed or begun; the caller keeps others out."""
    names = (path.name for each in parts for path in each.generations.glob("*"))
    numbers = (name.partition("-")[0] for name in names)
    last = max((int(number) for number in numbers if number.isdecimal()), default=0)
    return f"{last + 1:06d}-{now:%Y%m%dT%H%M%S}"
