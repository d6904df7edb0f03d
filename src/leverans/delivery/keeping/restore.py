"""Restore: the newest whole generation of a backup into an empty home, every byte held against its digest."""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from leverans.archive import write_catalogue
from leverans.blobs import commit, sweep
from leverans.blobs.digest import chunks
from leverans.clock import Clock, SystemClock
from leverans.delivery.heads import keyring
from leverans.delivery.keeping import secrets
from leverans.delivery.keeping.absent import absent_packages
from leverans.delivery.keeping.place import OPEN, SETS, Part, Seal, part
from leverans.delivery.witness import witnessed
from leverans.errors import IntegrityError, Refused, UsageError
from leverans.ledger import Ledger
from leverans.ledger.audit import RESTORE
from leverans.settings import MunicipalityHome, Settings
from leverans.store import StorageRoot
from leverans.trust import CENTRE


@dataclass(frozen=True, slots=True)
class Restored:
    """What one restore did.

    Attributes:
        generation: which generation.
        files: files restored.
        bytes: their size.
        keys: secret keys restored; 0 when they were left out.
        keys_missing: the backup's home had secret keys and none was restored.
        whole: the backup itself said that it was whole.
        interrupted: runs that were not over when the backup was made: give them up with ``--restart``.
    """

    generation: str
    files: int
    bytes: int
    keys: int
    keys_missing: bool
    whole: bool
    interrupted: tuple[str, ...]

    def plain(self) -> dict[str, Any]:
        """Give it as ``leverans restore --json`` prints it."""
        return {**asdict(self), "interrupted": list(self.interrupted)}


def restore(
    settings: Settings,
    municipality: str,
    folder: Path,
    *,
    by: str,
    unlock: Callable[[bytes], bytes] | None = None,
    keys_from: Path | None = None,
    clock: Clock | None = None,
) -> Restored:
    """Restore one municipality; its home comes into being whole, or not at all.

    Args:
        settings: the installation's roots.
        municipality: whose backup.
        folder: where backups lie.
        by: who asks.
        unlock: decrypts the secret keys; without it they are not restored.
        keys_from: the file with the encrypted keys, when it was kept elsewhere.
        clock: real time.

    Raises:
        UsageError: OPR055, there is no whole generation.
        Refused: OPR050, the home is not empty.
        IntegrityError: OPR051, OPR052, something in the backup is not what was kept.
        AccessDenied: OPR054, the key does not open the keys.
    """
    told = clock or SystemClock()
    home = settings.municipality(municipality)
    if home.root.is_dir() and any(home.root.iterdir()):
        raise Refused("OPR050", municipality)
    parts = {name: part(folder, municipality, name) for name in SETS}
    generation = _newest(parts, municipality)
    seals = {name: each.seal(generation) for name, each in parts.items()}
    settings.home.mkdir(parents=True, exist_ok=True)
    staging = settings.home / f".restoring-{municipality}"
    sweep(settings.home, staging=staging)
    with commit(settings.home, staging=staging) as group:
        with suppress(FileNotFoundError):
            home.root.rmdir()
        place = group.directory(home.root)
        place.chmod(0o700)
        for name in SETS:
            _copy(parts[name], seals[name], place)
        keys = _keys(parts[OPEN], generation, place, unlock, keys_from)
    _catalogues(home.archive("open"), home.archive("open", test=True))
    interrupted: tuple[str, ...] = ()
    if home.ledger.is_file():
        with _opened(settings, home, municipality, told) as ledger:
            interrupted = tuple(state.run.id for state in ledger.runs() if state.status is None)
            listed = {name: seal.list_sha256 for name, seal in seals.items()}
            entry = {"by": by, "generation": generation, "list_sha256": listed}
            ledger.audit.append(RESTORE, {**entry, "packages": absent_packages(home, ledger)})
    return Restored(
        generation=generation,
        files=sum(seal.files for seal in seals.values()),
        bytes=sum(seal.bytes for seal in seals.values()),
        keys=keys,
        keys_missing=not keys and seals[OPEN].keys != "none",
        whole=all(seal.whole for seal in seals.values()),
        interrupted=interrupted,
    )


def _opened(
    settings: Settings, home: MunicipalityHome, municipality: str, clock: Clock
) -> AbstractContextManager[Ledger]:
    """Open the ledger; where the centre's keys are not back yet, none is made that would bar them."""
    if keyring(settings, CENTRE, clock).exists:
        return witnessed(settings, municipality, clock)
    return Ledger.open(home.ledger, municipality, clock)


def _newest(parts: dict[str, Part], municipality: str) -> str:
    """Give the newest generation that every part has sealed."""
    whole = set.intersection(*(set(each.sealed()) for each in parts.values()))
    if not whole:
        raise UsageError("OPR055", municipality)
    return max(whole)


def _copy(source: Part, seal: Seal, place: Path) -> None:
    """Copy every file of a part, each held against its digest."""
    number = size = 0
    for digest, name in source.listed(seal):
        relative = Path(name)
        if relative.is_absolute() or ".." in relative.parts:
            raise IntegrityError("OPR051", f"{seal.part}/{seal.generation}.sha256", reason="path")
        target = place / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        size += _checked(source, digest, target)
        number += 1
    if (number, size) != (seal.files, seal.bytes):
        raise IntegrityError("OPR051", f"{seal.part}/{seal.generation}.json", reason=f"{number}, {size} B")


def _checked(source: Part, digest: str, target: Path) -> int:
    sha, size = hashlib.sha256(), 0
    try:
        with source.store.open(digest) as reading, target.open("xb") as writing:
            for piece in chunks(reading):
                sha.update(piece)
                writing.write(piece)
                size += len(piece)
    except FileNotFoundError as fault:
        raise IntegrityError("OPR052", f"{source.name}/files/{digest}", reason="–") from fault
    if sha.hexdigest() != digest:
        raise IntegrityError("OPR052", f"{source.name}/files/{digest}", reason="SHA-256")
    return size


def _keys(
    source: Part,
    generation: str,
    place: Path,
    unlock: Callable[[bytes], bytes] | None,
    keys_from: Path | None,
) -> int:
    path = keys_from or source.keys_path(generation)
    if unlock is None or not path.is_file():
        return 0
    return secrets.unpack(path.read_bytes(), unlock, place / "keys")


def _catalogues(*roots: Path) -> None:
    """Write the lists of what is archived anew; they are not part of a backup."""
    for root in roots:
        if root.is_dir():
            write_catalogue(StorageRoot.create_or_open(root, protected=False))
