"""The files of an archive as a ledger's snapshot knows it: no object and no version that came later."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from leverans.formats import ocfl
from leverans.ledger import Ledger

_URN = "urn:uuid:"
_INVENTORY = ("inventory.json", "inventory.json.sha256")
_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class File:
    """One file to keep.

    Attributes:
        name: its path below the municipality's folder, forward slashes.
        path: where its bytes are.
        sha256: its digest where something else than the file tells it, else an empty text.
    """

    name: str
    path: Path
    sha256: str = ""


class Archived:
    """The storage roots of one municipality, as one snapshot of its ledger knows them.

    Args:
        ledger: the snapshot.
        root: a storage root.
        test: it is a test archive.

    Attributes:
        objects: archived objects seen so far, in the version that the snapshot knows.
        lacking: damaged inventories, and objects in an older version than the snapshot knows.
    """

    def __init__(self, ledger: Ledger, root: Path, *, test: bool) -> None:
        self._ledger = ledger
        self._root = root
        self._test = test
        states = [state for state in ledger.runs() if state.run.test == test]
        self._deliveries = sorted({state.run.delivery for state in states})
        self._packages = {
            str(plain["id"]) for state in states for plain in ledger.events(state.run, "package")
        }
        self.objects = 0
        self.lacking = 0

    def files(self) -> Iterator[File]:
        """Yield every file of the root."""
        for name in ("0=ocfl_1.1", "ocfl_layout.json"):
            yield File(f"{self._root.name}/{name}", self._root / name)
        for path in sorted((self._root / "extensions").rglob("*")):
            if path.is_file():
                yield File(f"{self._root.name}/{path.relative_to(self._root).as_posix()}", path)
        folders = ocfl.walk(self._root)
        while some := list(islice(folders, _AT_ONCE)):
            yield from self._some(some)

    def _some(self, folders: list[Path]) -> Iterator[File]:
        read = [(folder, self._inventory(folder)) for folder in folders]
        known = self._versions([found.id.removeprefix(_URN) for _, found in read if found])
        for folder, found in read:
            if found is None:
                continue
            own = found.id.removeprefix(_URN)
            version = 1 if own in self._packages else known.get(own, 0)
            if version > found.number:
                self.lacking += 1
            elif version:
                self.objects += own not in self._packages
                yield from self._object(folder, found, version)

    def _inventory(self, folder: Path) -> ocfl.ObjectInventory | None:
        try:
            return ocfl.read_inventory(folder)
        except ocfl.Malformed:
            self.lacking += 1
            return None

    def _versions(self, ids: list[str]) -> dict[str, int]:
        """Give the version of each object that the snapshot knows to be archived."""
        known: dict[str, int] = {}
        for delivery in self._deliveries:
            for row in self._ledger.lookup(ids, delivery, test=self._test).to_pylist():
                known[row["object"]] = max(row["version"], known.get(row["object"], 0))
        return known

    def _object(self, folder: Path, newest: ocfl.ObjectInventory, version: int) -> Iterator[File]:
        """Yield the files of an object up to a version; its inventory is then that version's own."""
        head = folder if version == newest.number else folder / f"v{version}"
        found = newest if version == newest.number else ocfl.read_inventory(head)
        base = f"{self._root.name}/{folder.relative_to(self._root).as_posix()}"
        for path in sorted(folder.glob("0=*")):
            yield File(f"{base}/{path.name}", path)
        for name in _INVENTORY:
            yield File(f"{base}/{name}", head / name)
            for number in range(1, version + 1):
                yield File(f"{base}/v{number}/{name}", folder / f"v{number}" / name)
        for digest, paths in found.manifest.items():
            for place in paths:
                yield File(f"{base}/{place}", folder / place, digest)
