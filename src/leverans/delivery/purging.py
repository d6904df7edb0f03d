"""Purge: working copies go when the delivery has long been settled; the archive and its proofs never do.

What goes is written down first (`leverans.delivery.ripeness` finds it), then deleted, then told in the audit
log: a purge that was killed is finished by the next one.
"""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leverans.blobs import commit, filesystem, sweep
from leverans.clock import Clock, SystemClock
from leverans.delivery.lock import alone
from leverans.delivery.ripeness import Item, Ripe, ripe
from leverans.delivery.witness import witnessed
from leverans.errors import Outage, UsageError
from leverans.ledger import Ledger
from leverans.ledger.audit import PURGE
from leverans.settings import MunicipalityHome, Settings
from leverans.sources.landing.folder import CATALOGUE, MANIFEST

_JOURNALS = "purging"
_TOKEN = 8


@dataclass(slots=True)
class Purged:
    """What one purge did, or with `dry` would do.

    Attributes:
        municipality: whose copies.
        dry: nothing was deleted.
        counts: ``landing``, ``package``, ``mapped``, ``transfer``, ``attempt``, ``blob``: how many went.
        bytes: their size.
        landings: ids of the landings.
        packages: SHA-256 of the packages.
        runs: the runs that they were of.
        kept: what was left although it was asked for, and why (codes of `leverans.findings`).
    """

    municipality: str
    dry: bool
    counts: Counter[str] = field(default_factory=Counter)
    bytes: int = 0
    landings: set[str] = field(default_factory=set)
    packages: set[str] = field(default_factory=set)
    runs: set[str] = field(default_factory=set)
    kept: dict[str, str] = field(default_factory=dict)

    def add(self, item: Item) -> None:
        """Count something that went."""
        self.counts[item.kind] += 1
        self.bytes += item.size
        self.runs |= set(item.runs)
        if item.kind == "landing":
            self.landings.add(item.digest)
        elif item.kind == "package":
            self.packages.add(item.digest)

    def plain(self) -> dict[str, Any]:
        """Give it as ``leverans purge --json`` prints it."""
        return {
            "municipality": self.municipality,
            "dry": self.dry,
            "purged": {name: self.counts[name] for name in sorted(self.counts)},
            "bytes": self.bytes,
            "landings": sorted(self.landings),
            "packages": sorted(self.packages),
            "runs": sorted(self.runs),
            "kept": dict(sorted(self.kept.items())),
        }


def purge(
    settings: Settings,
    wanted: str,
    *,
    by: str,
    days: int | None = None,
    dry: bool = False,
    clock: Clock | None = None,
) -> Purged:
    """Delete working copies of settled runs; what a kept landing refers to stays.

    Args:
        settings: the installation's roots.
        wanted: a municipality or a ``municipality/delivery``.
        by: who asks; it stands in the audit log.
        days: days after settlement; by default as each delivery says.
        dry: only say what would go.
        clock: real time.

    Raises:
        UsageError: USE003, there is no such delivery here.
        Outage: RUN001, the one delivery that was asked for is being run.
        LeveransError: a ledger or a landing cannot be read.
    """
    told = clock or SystemClock()
    municipality = wanted.partition("/")[0]
    home = settings.municipality(municipality)
    if not home.ledger.is_file():
        raise UsageError("USE003", "", given=wanted)
    with ExitStack() as stack:
        ledger = stack.enter_context(
            Ledger.look(home.ledger, told) if dry else witnessed(settings, municipality, told)
        )
        found = stack.enter_context(ripe(settings, ledger, wanted, days=days, now=told.now()))
        answer = Purged(municipality, dry)
        if dry:
            for item in found.items():
                answer.add(item)
        else:
            answer.kept |= _locked(stack, home, found)
            _Purge(home, ledger, found, answer).work(by, told)
        answer.kept = found.kept | answer.kept
    return answer


def _locked(stack: ExitStack, home: MunicipalityHome, found: Ripe) -> dict[str, str]:
    """Hold the locks of all deliveries; leave what a running one may need."""
    busy: dict[str, str] = {}
    for name in found.deliveries:
        short = name.partition("/")[2]
        for lock in (short, f"{short}.extract", f"{short}.transfer"):
            try:
                stack.enter_context(alone(home.lock(lock), name))
            except Outage as fault:
                if name == found.wanted:
                    raise
                busy[name] = fault.code
        if name not in busy:
            sweep(home.carrying(short) / "received")  # what a killed receipt had staged
    for name in busy:
        found.leave(name)
    return busy


class _Purge:
    """One purge at work."""

    def __init__(self, home: MunicipalityHome, ledger: Ledger, found: Ripe, answer: Purged) -> None:
        self._home = home
        self._ledger = ledger
        self._found = found
        self._answer = answer

    def work(self, by: str, clock: Clock) -> None:
        """Finish what was begun, then do what is to be done now."""
        folder = self._home.root / _JOURNALS
        sweep(folder)
        for left in sorted(folder.glob("*.jsonl")):
            self._carry_out(left)
        name = f"{clock.now():%Y%m%dT%H%M%S}-{clock.token(_TOKEN).hex()}.jsonl"
        if self._noted(folder / name, by):
            self._carry_out(folder / name)
        with suppress(OSError):
            folder.rmdir()

    def _noted(self, journal: Path, by: str) -> bool:
        """Write down what goes, before anything does; say whether there is anything."""
        number = 0
        with commit(journal.parent) as group:
            staged = group.scratch()
            with staged.open("w", encoding="utf-8") as stream:
                head = {"by": by, "wanted": self._found.wanted, "days": self._found.days}
                stream.write(json.dumps(head) + "\n")
                for item in self._found.items():
                    if (self._home.root / item.path).exists():
                        stream.write(json.dumps(item.plain()) + "\n")
                        number += 1
            if number:
                group.adopt(staged, journal)
            else:
                staged.unlink()
        self._keep_manifests()
        return bool(number)

    def _keep_manifests(self) -> None:
        """Leave what a landing says of itself beside its run: counts and columns, no rows."""
        for item in self._found.landings():
            source = self._home.root / item.path
            for run in item.runs:
                target = self._home.evidence(source.parent.name, run) / item.digest
                if (target / MANIFEST).exists() or not (source / MANIFEST).exists():
                    continue
                with commit(target) as group:
                    for name in (CATALOGUE, MANIFEST):
                        shutil.copyfile(source / name, group.file(target / name))

    def _carry_out(self, journal: Path) -> None:
        """Delete what a journal names and is still free, tell the audit log, and forget the journal."""
        own = Purged(self._answer.municipality, dry=False)
        head, items = _read(journal)
        for item in items:
            path = self._home.root / item.path
            if path.exists() and not self._found.free(item, path):
                continue
            _delete(path)
            own.add(item)
            self._answer.add(item)
        filesystem().sync(self._home.root)
        if not self._told(journal.stem):
            entry = {**own.plain(), **head, "journal": journal.stem}
            for name in ("dry", "kept", "municipality"):
                del entry[name]
            self._ledger.audit.append(PURGE, entry)
        journal.unlink()

    def _told(self, journal: str) -> bool:
        return any(entry.entry.get("journal") == journal for entry in self._ledger.audit.entries(PURGE))


def _read(journal: Path) -> tuple[dict[str, Any], Iterator[Item]]:
    with journal.open(encoding="utf-8") as stream:
        head = json.loads(stream.readline())

    def items() -> Iterator[Item]:
        with journal.open(encoding="utf-8") as stream:
            next(stream)
            for line in stream:
                yield Item.of(json.loads(line))

    return head, items()


def _delete(path: Path) -> None:
    """Delete a file or folder; a landing loses its seal first, so that half a one is none."""
    if path.is_dir():
        (path / MANIFEST).unlink(missing_ok=True)
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
