"""What a purge may delete: working copies of runs that were settled long ago and that nothing else needs."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from leverans.delivery.extracting import EXTRACT
from leverans.delivery.packaging_stage import PACKAGE
from leverans.delivery.settlement import settlement, settlements
from leverans.errors import ConfigurationError, IntegrityError, LeveransError, UsageError
from leverans.ledger import Ledger, RunState
from leverans.registry import deliveries, load_delivery
from leverans.registry.load import PURGE_AFTER
from leverans.settings import MunicipalityHome, Settings
from leverans.sources import Landing
from leverans.sources.landing.folder import MANIFEST
from leverans.sources.landing.resuming import RESUME

BLOBS = "blobs"
INTERRUPTED = "OPR020"
HALF = "OPR021"
UNSETTLED = "OPR022"
_PIECE = 10_000
_NOTES = {"received.json", "emptying.json", "plan.jsonl", "head.json"}
"""What stays of a transfer: counts, digests, and what the next receipt or sending needs; no rows."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to delete.

    Attributes:
        kind: ``landing``, ``package``, ``mapped``, ``transfer`` (what a receipt left), ``attempt`` (what an
            extract left that was cut off and never gone on with) or ``blob``.
        path: below the municipality's folder, forward slashes.
        size: bytes.
        digest: SHA-256: the landing's id, the package's or the blob's digest; empty for mapped objects.
        runs: ids of the runs that it was made for.
        delivery: ``municipality/delivery``; empty for a blob.
    """

    kind: str
    path: str
    size: int
    digest: str = ""
    runs: tuple[str, ...] = ()
    delivery: str = ""

    def plain(self) -> dict[str, Any]:
        """Give it as plain data."""
        return asdict(self)

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Item":
        """Take it from plain data."""
        return cls(**{**plain, "runs": tuple(plain["runs"])})


class Ripe:
    """What may go; get it by `ripe`.

    Attributes:
        wanted: what was asked for.
        days: days after settlement that were asked for, None: as each delivery says.
        deliveries: every delivery of the municipality, sorted.
        kept: what stays although it was asked for, with the code that says why.
    """

    def __init__(
        self, home: MunicipalityHome, names: list[str], wanted: str, days: int | None, kept: dict[str, str]
    ) -> None:
        self.wanted = wanted
        self.days = days
        self.deliveries = names
        self.kept = kept
        self._home = home
        self._solid: dict[str, Item] = {}
        self._needed = sqlite3.connect("")  # a file of its own that is gone when it is closed
        self._needed.execute("CREATE TABLE needed (digest BLOB PRIMARY KEY) WITHOUT ROWID")

    def close(self) -> None:
        """Let go of what was noted."""
        self._needed.close()

    def add(self, item: Item) -> None:
        """Note something that may go."""
        self._solid[item.path] = item

    def leave(self, delivery: str) -> None:
        """Leave everything of a delivery, and all blobs: it is being run."""
        self._solid = {path: item for path, item in self._solid.items() if item.delivery != delivery}
        self.kept[BLOBS] = "RUN001"

    def landings(self) -> Iterator[Item]:
        """Yield the landings that may go."""
        return (item for item in self._solid.values() if item.kind == "landing")

    def items(self) -> Iterator[Item]:
        """Yield all that may go: landings first, blobs last."""
        yield from self._solid.values()
        yield from self._blobs()

    def free(self, item: Item, path: Path) -> bool:
        """Say whether something that an earlier purge wrote down may still go."""
        if item.kind == "blob":
            return BLOBS not in self.kept and not self._is_needed(item.digest)
        half = item.kind == "landing" and not (path / MANIFEST).exists()
        return half or item.path in self._solid

    def need(self, going: set[str]) -> None:
        """Note the documents of every landing that stays.

        Args:
            going: paths of landings that an unfinished purge had begun to delete.
        """
        seen: set[str] = set()
        for folder in sorted(self._home.root.glob("outbox/*/*")) + sorted(
            self._home.root.glob("landing/*/*")
        ):
            path = folder.relative_to(self._home.root).as_posix()
            if folder.name.startswith(".") or path in self._solid or path in going or folder.name in seen:
                continue
            seen.add(folder.name)
            self._note(folder)

    def _note(self, folder: Path) -> None:
        if not (folder / MANIFEST).is_file():
            self.kept[BLOBS] = HALF
            return
        try:
            for table in Landing.open(folder).documents():
                self._insert(table)
        except IntegrityError as fault:
            self.kept[BLOBS] = fault.code

    def _insert(self, table: pa.Table) -> None:
        digests = table["sha256"].filter(pc.is_valid(table["sha256"])).unique().to_pylist()
        with self._needed as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO needed VALUES (?)", ((bytes.fromhex(digest),) for digest in digests)
            )

    def _is_needed(self, digest: str) -> bool:
        query = "SELECT 1 FROM needed WHERE digest = ?"
        return self._needed.execute(query, (bytes.fromhex(digest),)).fetchone() is not None

    def _blobs(self) -> Iterator[Item]:
        """Yield the documents that no kept landing refers to."""
        if BLOBS in self.kept or not self._home.blobs.is_dir():
            return
        for folder in sorted(self._home.blobs.glob("[0-9a-f][0-9a-f]")):
            query = "SELECT digest FROM needed WHERE substr(digest, 1, 1) = ?"
            rows = self._needed.execute(query, (bytes.fromhex(folder.name),))
            needed = {bytes(digest).hex() for (digest,) in rows}
            for path in sorted(folder.iterdir()):
                if path.name not in needed:
                    yield Item("blob", f"blobs/{folder.name}/{path.name}", path.stat().st_size, path.name)


@contextmanager
def ripe(
    settings: Settings, ledger: Ledger, wanted: str, *, days: int | None, now: datetime
) -> Iterator[Ripe]:
    """Find what may go.

    Args:
        settings: the installation's roots.
        ledger: the municipality's.
        wanted: a municipality or a ``municipality/delivery``.
        days: days after settlement; by default as each delivery says.
        now: real clock.

    Raises:
        UsageError: USE003, there is no such delivery here.
    """
    municipality = wanted.partition("/")[0]
    home = settings.municipality(municipality)
    runs = ledger.runs()
    known = {state.run.delivery for state in runs}
    names = sorted(known | {name for name in deliveries(settings.content) if _of(name, municipality)})
    chosen = [name for name in names if _of(name, wanted)]
    if not chosen:
        raise UsageError("USE003", "", given=wanted)
    with closing(Ripe(home, names, wanted, days, {})) as found:
        for name in chosen:
            if (latest := settlement(ledger, name)).latest is not None and not latest.settled:
                found.kept[name] = UNSETTLED
            after = _after(settings, found, name, days)
            if after is not None:
                _of_delivery(home, ledger, found, name, now - timedelta(days=after))
                _attempt(home, found, name, now - timedelta(days=after))
        if any(state.status is None and not _landed(ledger, state) for state in runs):
            found.kept[BLOBS] = INTERRUPTED
        found.need(_begun(home))
        yield found


def _of(name: str, wanted: str) -> bool:
    return name == wanted or name.startswith(f"{wanted}/")


def _after(settings: Settings, found: Ripe, name: str, days: int | None) -> int | None:
    """Give the days of grace of a delivery; a retired one has the usual, one whose file is wrong none."""
    if days is not None:
        return days
    if name not in deliveries(settings.content):
        return PURGE_AFTER
    try:
        return load_delivery(settings.content, name).purge_after
    except (ConfigurationError, LeveransError) as fault:
        found.kept[name] = fault.code
        return None


def _of_delivery(
    home: MunicipalityHome, ledger: Ledger, found: Ripe, name: str, settled_by: datetime
) -> None:
    """Note the working copies of the runs that were settled by then, unless a later run needs them, too."""
    last = max(
        (
            number
            for test in (False, True)
            for number, since in settlements(ledger, name, test=test)
            if since <= settled_by
        ),
        default=0,
    )
    states = ledger.runs(name)
    old = [state for state in states if state.run.number <= last and state.status is not None]
    stays = [state for state in states if state not in old]
    parents = {state.parent for state in stays}
    stays += [state for state in old if state.run.id in parents]
    old = [state for state in old if state.run.id not in parents]
    needed = {item.path for state in stays for item in _copies(home, ledger, state)}
    owners: dict[str, list[str]] = defaultdict(list)
    copies: dict[str, Item] = {}
    for state in old:
        for item in _copies(home, ledger, state):
            owners[item.path].append(state.run.id)
            copies[item.path] = item
    for path, item in copies.items():
        if path not in needed and (home.root / path).exists():
            size = _size(home.root / path)
            found.add(Item(item.kind, path, size, item.digest, tuple(owners[path]), name))


def _attempt(home: MunicipalityHome, found: Ripe, name: str, before: datetime) -> None:
    """Note what an extract that was cut off left, unless it was written to since then."""
    folder = home.outbox(name.partition("/")[2]) / RESUME
    if folder.is_dir():
        last = max(path.stat().st_mtime for path in (folder, *folder.rglob("*")))
        if datetime.fromtimestamp(last, UTC) <= before:
            path = folder.relative_to(home.root).as_posix()
            found.add(Item("attempt", path, _size(folder), delivery=name))


def _copies(home: MunicipalityHome, ledger: Ledger, state: RunState) -> Iterator[Item]:
    """Yield every working copy that a run may have left, whether or not it is there."""
    run, short = state.run, state.run.delivery.partition("/")[2]
    landing = _landed(ledger, state)
    if landing:
        for folder in (home.outbox(short), home.landings(short)):
            yield _item(home, "landing", folder / landing, landing)
        for side in ("received", "sent"):
            left = home.carrying(short) / side / landing
            for path in sorted(left.iterdir()) if left.is_dir() else ():
                if path.name not in _NOTES:
                    yield _item(home, "transfer", path, landing)
    for plain in ledger.checkpoints(run, PACKAGE).values():
        folder = home.packages(short, plain["route"], test=run.test)
        yield _item(home, "package", folder / plain["path"], plain["sha256"])
    yield _item(home, "mapped", home.mapped(short) / run.id)


def _item(home: MunicipalityHome, kind: str, path: Path, digest: str = "") -> Item:
    return Item(kind, path.relative_to(home.root).as_posix(), 0, digest)


def _landed(ledger: Ledger, state: RunState) -> str:
    done = ledger.checkpoints(state.run, EXTRACT).get("landing")
    return str(done["id"]) if done else ""


def _begun(home: MunicipalityHome) -> set[str]:
    """Give the landings that an unfinished purge wrote down and has taken the seal from."""
    import json

    begun: set[str] = set()
    for journal in home.root.glob("purging/*.jsonl"):
        with journal.open(encoding="utf-8") as stream:
            next(stream, None)
            begun |= {
                plain["path"]
                for plain in map(json.loads, stream)
                if plain["kind"] == "landing" and not (home.root / plain["path"] / MANIFEST).exists()
            }
    return begun


def _size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(entry.stat().st_size for entry in path.rglob("*") if entry.is_file())
