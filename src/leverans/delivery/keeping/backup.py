"""Backup: ledger, receipts, evidence and archive by digest, in generations that a kill cannot harm.

What is kept is what the ledger's snapshot knows: a run that goes on meanwhile comes with the next backup.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from leverans.blobs import Group, commit, digest_file, sweep
from leverans.clock import Clock, SystemClock
from leverans.delivery.heads import HEADS, SignedHead, heads_path, next_path
from leverans.delivery.keeping import secrets
from leverans.delivery.keeping.archived import Archived, File
from leverans.delivery.keeping.place import LEDGER, OPEN, PROTECTED, SETS, Part, Seal, following, part
from leverans.delivery.lock import alone
from leverans.delivery.witness import witnessed
from leverans.errors import IntegrityError, UsageError
from leverans.ledger import Head, Ledger
from leverans.ledger.audit import BACKUP, root_at
from leverans.settings import MunicipalityHome, Settings
from leverans.trust import CENTRE

FORMATS = "formats.sqlite"
_WORKING = frozenset(
    {
        *("outbox", "landing", "blobs", "mapped", "purging", "extracts", "carrying", "locks", "keys"),
        *("packages", "packages-protected", "test-packages", "test-packages-protected"),
        *("archive", "archive-protected", "test-archive", "test-archive-protected"),
    }
)
_GROUP_FILES = 500
_GROUP_BYTES = 1 << 28


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What one backup did.

    Attributes:
        generation: its name.
        files: files in it.
        copied: files that no earlier generation had.
        bytes: bytes copied.
        keys: ``encrypted``, ``left out`` or ``none`` (there are no secret keys).
        lacking: archived objects that the ledger knows and the archive does not have, or damaged files.
        list_sha256: digest of the list of files, per part.
    """

    generation: str
    files: int
    copied: int
    bytes: int
    keys: str
    lacking: int
    list_sha256: dict[str, str]

    def plain(self) -> dict[str, Any]:
        """Give it as ``leverans backup --json`` prints it."""
        return asdict(self)


def backup(
    settings: Settings,
    municipality: str,
    folder: Path,
    *,
    by: str,
    lock: Callable[[bytes], bytes] | None = None,
    keys_to: Path | None = None,
    formats: bool = False,
    clock: Clock | None = None,
) -> BackedUp:
    """Back up one municipality, or the centre's keys; a run may go on meanwhile.

    What the folder has already is not copied again.

    Args:
        settings: the installation's roots.
        municipality: whose home; ``centre`` has no ledger and no archive, only keys.
        folder: where backups lie; a folder of the municipality's own is made below it.
        by: who asks.
        lock: encrypts the secret keys (`leverans.delivery.keeping.secrets`); without it they are left out.
        keys_to: another folder for the encrypted keys.
        formats: keep the cache of format identification, too.
        clock: real time.

    Raises:
        UsageError: USE003, there is no such municipality here.
        Outage: RUN001, another backup to the same folder is at work.
        OSError: the disk is full.
    """
    told = clock or SystemClock()
    home = settings.municipality(municipality)
    if not home.ledger.is_file() and (municipality != CENTRE or not home.keys.is_dir()):
        raise UsageError("USE003", "", given=municipality)
    with alone(folder / municipality / "backup.lock", municipality):
        parts = {name: part(folder, municipality, name) for name in SETS}
        work = _Backup(home, municipality, parts, following(parts.values(), told.now()))
        answer = work.run(lock, keys_to, formats=formats)
    if home.ledger.is_file():
        with witnessed(settings, municipality, told) as ledger:
            ledger.audit.append(BACKUP, {"by": by, **answer.plain()})
    return answer


class _Backup:
    """One backup at work."""

    def __init__(
        self, home: MunicipalityHome, municipality: str, parts: dict[str, Part], generation: str
    ) -> None:
        self._home = home
        self._municipality = municipality
        self._generation = generation
        self._parts = parts
        self._copies: dict[str, _Copy] = {}
        self._lacking = 0

    def run(self, lock: Callable[[bytes], bytes] | None, keys_to: Path | None, *, formats: bool) -> BackedUp:
        """Copy both sets; the open one is sealed last."""
        for each in self._parts.values():
            each.make()
            sweep(each.store.root)
            sweep(each.generations)
            sweep(each.folder)
        keys = self._keys(lock, keys_to)
        staging = self._parts[OPEN].folder
        with commit(staging) as group:
            snapshot = group.scratch()
            if self._home.ledger.is_file():
                _snapshot(self._home.ledger, snapshot)
            (own := group.scratch()).write_bytes(_signed(self._home, snapshot))
            seals = [self._part(name, snapshot, own, keys, formats=formats) for name in (PROTECTED, OPEN)]
            snapshot.unlink(missing_ok=True)
            own.unlink()
        copies = self._copies.values()
        return BackedUp(
            generation=self._generation,
            files=sum(copy.files for copy in copies),
            copied=sum(copy.copied for copy in copies),
            bytes=sum(copy.bytes for copy in copies),
            keys=keys,
            lacking=self._lacking,
            list_sha256={seal.part: seal.list_sha256 for seal in seals},
        )

    def _part(self, name: str, snapshot: Path, heads: Path, keys: str, *, formats: bool) -> Seal:
        target = self._parts[name]
        with commit(target.generations) as group:
            listed = group.file(target.list_path(self._generation))
            with listed.open("w", encoding="utf-8", newline="\n") as stream:
                copy = self._copies[name] = _Copy(target, stream)
                if snapshot.exists():
                    with Ledger.look(snapshot, SystemClock()) as ledger:
                        self._lacking += self._archives(ledger, copy, name)
                    copy.take([File(LEDGER, snapshot)] if name == OPEN else [])
                if name == OPEN and heads.stat().st_size:
                    copy.take([File(f"receipts/{HEADS}", heads)])
                copy.take(self._plain(name, formats=formats))
            seal = Seal(
                municipality=self._municipality,
                part=name,
                generation=self._generation,
                files=copy.files,
                bytes=copy.size,
                list_sha256=digest_file(listed).sha256,
                keys=keys,
                whole=not self._lacking,
            )
            group.seal(target.seal_path(self._generation)).write_text(seal.text(), encoding="utf-8")
        return seal

    def _archives(self, ledger: Ledger, copy: "_Copy", name: str) -> int:
        """Copy the storage roots of a route; give how many objects are missing or damaged."""
        lacking = 0
        for test in (False, True):
            root = self._home.archive(name, test=test)
            expected = _expected(ledger, name, test=test)
            if not root.is_dir():
                lacking += expected
                continue
            archived = Archived(ledger, root, test=test)
            damaged = copy.take(archived.files())
            lacking += max(expected - archived.objects, archived.lacking) + damaged
        return lacking

    def _plain(self, name: str, *, formats: bool) -> Iterator[File]:
        """Yield receipts, evidence and whatever else is no working copy."""
        heads = f"receipts/{HEADS}"
        for path in sorted(self._home.root.rglob("*")):
            relative = path.relative_to(self._home.root)
            if relative.as_posix() == heads or not path.is_file() or not _proof(relative, formats=formats):
                continue
            if (name == PROTECTED) == _closed(relative):
                yield File(relative.as_posix(), path)

    def _keys(self, lock: Callable[[bytes], bytes] | None, keys_to: Path | None) -> str:
        packed = secrets.pack(self._home.keys) if self._home.keys.is_dir() else b""
        if not packed:
            return "none"
        if lock is None:
            return "left out"
        target = self._parts[OPEN].keys_path(self._generation)
        path = target if keys_to is None else keys_to / f"{self._municipality}-{target.name}"
        with commit(path.parent) as group:
            group.file(path).write_bytes(lock(packed))
        return "encrypted"


class _Copy:
    """Copies files into one set, in groups, and lists them.

    Attributes:
        files: files listed.
        size: their bytes.
        copied: files whose bytes were not there.
        bytes: their bytes.
    """

    def __init__(self, target: Part, listed: TextIO) -> None:
        self._target = target
        self._listed = listed
        self.files = self.size = self.copied = self.bytes = 0

    def take(self, files: Iterable[File]) -> int:
        """Copy and list; give how many are not what something else says of them."""
        damaged = 0
        waiting = iter(files)
        while True:
            more, number, weight = False, 0, self.bytes
            with commit(self._target.store.root) as group:
                for file in waiting:
                    damaged += not self._one(file, group)
                    number += 1
                    if number >= _GROUP_FILES or self.bytes - weight >= _GROUP_BYTES:
                        more = True
                        break
            if not more:
                return damaged

    def _one(self, file: File, group: Group) -> bool:
        store = self._target.store
        if file.sha256 and store.has(file.sha256):
            self._note(file, file.sha256, store.path(file.sha256).stat().st_size)
            return True
        try:
            with file.path.open("rb") as stream:
                blob = store.add(stream, group)
        except FileNotFoundError:
            return False
        if file.sha256 and blob.digest.sha256 != file.sha256:
            return False
        self.copied += blob.fresh
        self.bytes += blob.digest.size if blob.fresh else 0
        self._note(file, blob.digest.sha256, blob.digest.size)
        return True

    def _note(self, file: File, digest: str, size: int) -> None:
        self._listed.write(f"{digest}  {file.name}\n")
        self.files += 1
        self.size += size


def _snapshot(source: Path, target: Path) -> None:
    """Copy a ledger that may be written meanwhile: one moment of it, whole, in one file."""
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as reading,
        closing(sqlite3.connect(target)) as writing,
    ):
        reading.backup(writing)
        writing.execute("PRAGMA journal_mode=DELETE")


def _signed(home: MunicipalityHome, snapshot: Path) -> bytes:
    """Give the signed heads that a snapshot leads to, read after it: it has none that nobody signed."""
    paths = (next_path(home), heads_path(home))  # in this order: what lies ready may go into its place
    waiting, signed = (path.read_bytes() if path.is_file() else b"" for path in paths)
    if not snapshot.exists():
        return signed
    with Ledger.look(snapshot, SystemClock()) as ledger:
        leaves = ledger.audit.leaves()
    lines = [line for line in signed.splitlines(keepends=True) if _size(line) <= len(leaves)]
    present = Head(len(leaves), root_at(leaves, len(leaves)))
    with suppress(IntegrityError):
        if SignedHead.read(waiting, "").head == present and waiting not in lines:
            lines.append(waiting)
    return b"".join(lines)


def _size(line: bytes) -> int:
    try:
        return SignedHead.read(line, "").head.size
    except IntegrityError:
        return 0  # kept as it is: whoever verifies tells of it


def _expected(ledger: Ledger, route: str, *, test: bool) -> int:
    """Count the objects that the ledger knows to be archived on a route."""
    deliveries = {state.run.delivery for state in ledger.runs() if state.run.test == test}
    return sum(
        table.filter(_equal(table["route"], route)).num_rows
        for delivery in sorted(deliveries)
        for table in ledger.current(delivery, test=test)
    )


def _equal(column: Any, word: str) -> Any:
    import pyarrow.compute as pc

    return pc.equal(column, word)


def _proof(relative: Path, *, formats: bool) -> bool:
    """Say whether a file belongs into a backup: all but working copies, locks and what is made anew."""
    first = relative.parts[0]
    if relative.as_posix() == f"keys/{secrets.PUBLIC}" or (formats and relative.as_posix() == FORMATS):
        return True
    if first in _WORKING or any(name.startswith(".") for name in relative.parts):
        return False
    return not (
        first.startswith((LEDGER, FORMATS)) or first.endswith((".lock", ".staging", ".catalogue.jsonl"))
    )


def _closed(relative: Path) -> bool:
    """Say whether a file tells of protected identities: lists of clearance hold the source's own keys."""
    return relative.parts[0] == "clearances" and relative.suffix == ".csv"
