"""A ledger made anew, when the old one and its backup are lost: from archive, receipts and approvals.

Every run that has a receipt comes back with its id, its packages and objects, and everything that is archived
is known again in the version, with the digest and the parts that it has. What nobody wrote down outside the
ledger cannot come back; the answer lists it.
"""

import os
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from leverans.blobs import filesystem
from leverans.clock import Clock, SystemClock
from leverans.delivery.heads import heads_path
from leverans.delivery.keeping.absent import absent_packages
from leverans.delivery.keeping.renewal import Renewal
from leverans.delivery.lock import alone
from leverans.delivery.witness import Witness, witnessed
from leverans.errors import UsageError
from leverans.ledger import Ledger
from leverans.ledger.audit import REBUILD
from leverans.settings import MunicipalityHome, Settings

_SIDES = ("-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came back, and what did not.

    Attributes:
        ledger: the new file.
        aside: where the old one lies now, None when there was none or another file was asked for.
        runs: runs that came back.
        packages: packages that came back.
        objects: archived versions that came back.
        lost: what did not, by kind: how many, or which.
    """

    ledger: str
    aside: str | None
    runs: int
    packages: int
    objects: int
    lost: dict[str, Any]

    def plain(self) -> dict[str, Any]:
        """Give it as ``leverans ledger rebuild --json`` prints it."""
        return asdict(self)


def rebuild(
    settings: Settings,
    municipality: str,
    *,
    by: str,
    target: Path | None = None,
    clock: Clock | None = None,
) -> Rebuilt:
    """Make the ledger of a municipality anew; the old file is laid aside, never overwritten.

    Args:
        settings: the installation's roots.
        municipality: whose ledger.
        by: who asks.
        target: another file to write; then the old ledger stays in its place.
        clock: real time.

    Raises:
        UsageError: USE004 there is no archive, OPR060 the file to write is there already.
        Outage: RUN001, a delivery is being run.
    """
    told = clock or SystemClock()
    home = settings.municipality(municipality)
    if not any(home.archive(route).is_dir() for route in ("open", "protected")):
        raise UsageError("USE004", "", municipality=municipality)
    if target is not None and target.exists():
        raise UsageError("OPR060", target.name)
    fresh = target or home.root / "ledger.rebuilt.sqlite"
    for side in ("", *_SIDES) if target is None else ():
        fresh.with_name(fresh.name + side).unlink(missing_ok=True)
    with ExitStack() as stack:
        for short in _names(home):
            stack.enter_context(alone(home.lock(short), f"{municipality}/{short}"))
        with Ledger.open(fresh, municipality, told) as ledger:
            renewal = Renewal(settings, municipality, ledger)
            renewal.work(told)
            counts = {"runs": renewal.runs, "packages": renewal.packages, "objects": renewal.objects}
            entry = {"by": by, "counts": counts, "lost": renewal.lost}
            ledger.audit.append(REBUILD, {**entry, "packages": absent_packages(home, ledger)})
            if target is None:
                Witness(settings, municipality, told).ready(ledger)
        aside = None
        if target is None:
            aside = _swap(home, fresh, f"{told.now():%Y%m%dT%H%M%S}")
            with witnessed(settings, municipality, told):
                pass  # the signature that lay ready is in its place
    return Rebuilt(ledger=str(target or home.ledger), aside=aside, lost=renewal.lost, **counts)


def _names(home: MunicipalityHome) -> list[str]:
    """Give the deliveries that have left anything."""
    rooms = ("receipts", "runs", "packages", "packages-protected")
    folders = (path for room in rooms for path in (home.root / room).glob("*") if path.is_dir())
    return sorted({path.name for path in folders})


def _swap(home: MunicipalityHome, fresh: Path, stamp: str) -> str | None:
    """Put the new file in the place of the old one, which is kept, with its log, under another name."""
    old = home.ledger
    aside = old.with_name(f"ledger.{stamp}.aside.sqlite") if old.exists() else None
    heads = heads_path(home)
    if heads.exists():
        heads.rename(heads.with_name(f"heads.{stamp}.aside.jsonl"))
    if aside is not None:
        with suppress(FileExistsError):
            os.link(old, aside)
        for side in _SIDES:
            with suppress(FileNotFoundError):
                old.with_name(old.name + side).rename(aside.with_name(aside.name + side))
    filesystem().sync(old.parent)
    fresh.replace(old)
    filesystem().sync(old.parent)
    return aside.name if aside else None
