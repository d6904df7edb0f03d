"""What earlier runs of a delivery tell of the next one: counts, catalogues, and how fast each stage was."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from leverans.contracts import Catalogue
from leverans.delivery.extracting import EXTRACT
from leverans.errors import IntegrityError
from leverans.ledger import Ledger, RunState
from leverans.registry import Delivery
from leverans.settings import MunicipalityHome
from leverans.sources import Landing
from leverans.sources.landing.folder import CATALOGUE, MANIFEST

_RUNS = 5
_DRIVERS = {
    "extract": "found",
    "transfer": "listed",
    "identify": "archived",
    "map": "found",
    "build": "archived",
    "validate": "archived",
    "ingest": "archived",
    "reconcile": "found",
}
"""What the time of each stage grows with."""


@dataclass(frozen=True, slots=True)
class Before:
    """The latest run that counted something, and the rates of the runs before it.

    Attributes:
        run: its id, None when there was none.
        rows: rows per stream, documents' streams left out.
        listed: documents listed, None when there was no run.
        bytes: their bytes at the source, None when its landing is gone for good.
        landing_bytes: bytes of the landing's own files, 0 when they are purged.
        kept: the landing is there, and so are its documents.
        salt: digest of what decided content beside the rows.
        catalogues: what was discovered, by source.
        findings: count per code.
        rates: seconds per unit of each stage.
        tested: the test run that catalogues, findings and rates are taken from, while there is no live one.
    """

    run: str | None = None
    rows: Mapping[str, int] = field(default_factory=dict)
    listed: int | None = None
    bytes: int | None = None
    landing_bytes: int = 0
    kept: bool = False
    salt: str = ""
    catalogues: Mapping[str, Catalogue] = field(default_factory=dict)
    findings: Mapping[str, int] = field(default_factory=dict)
    rates: Mapping[str, float] = field(default_factory=dict)
    tested: str | None = None

    def seconds(self, found: int, listed: int, archived: int) -> dict[str, float]:
        """Give the time each stage would take; empty when no earlier run tells."""
        units = {"found": found, "listed": listed, "archived": archived}
        return {stage: rate * units[_DRIVERS[stage]] for stage, rate in self.rates.items()}


def before(ledger: Ledger | None, home: MunicipalityHome, delivery: Delivery, *, test: bool) -> Before:
    """Look at the runs of a delivery; a test delivery is compared with tests, a live one with live ones.

    Test and live have archives of their own: before the first live run everything is new, and a test run
    only tells how fast the stages are, what the sources looked like, and which findings to expect.
    """
    if ledger is None:
        return Before()
    states = [state for state in ledger.runs(delivery.name) if state.full and (state.run.test or not test)]
    counted = [state for state in states if state.status in {"complete", "incomplete"} and _found(state)]
    if not counted:
        return Before()
    own = [state for state in counted if state.run.test == test]
    last = (own or counted)[-1]
    landing = _landing(ledger, home, delivery, last)
    told = Before(
        landing_bytes=_own_bytes(landing) if landing else 0,
        catalogues={found.source: found for found in landing.catalogues} if landing else {},
        findings=ledger.findings(last.run),
        rates=_rates(counted[-_RUNS:]),
    )
    if not own:
        return replace(told, tested=last.run.id)
    bind = ledger.checkpoints(last.run, "bind").get("mapping") or {}
    return replace(
        told,
        run=last.run.id,
        rows=_rows(landing),
        listed=_listed(landing, last),
        bytes=landing.manifest.documents.bytes if landing else None,
        kept=landing is not None and (landing.folder / "streams").is_dir(),
        salt=str(bind.get("salt", "")),
    )


def _found(state: RunState) -> int:
    return int(state.payload.get("objects", {}).get("found", 0))


def _landing(ledger: Ledger, home: MunicipalityHome, delivery: Delivery, last: RunState) -> Landing | None:
    """Open the run's landing, or what a purge has left of it."""
    done = ledger.checkpoints(last.run, EXTRACT).get("landing")
    if done is None:
        return None
    short = delivery.short_name
    for folder in (home.landings(short), home.outbox(short)):
        if (folder / done["id"] / MANIFEST).is_file():
            return _opened(folder / done["id"])
    left = home.evidence(short, last.run.id) / done["id"]
    return _opened(left) if (left / CATALOGUE).is_file() else None


def _opened(folder: Path) -> Landing | None:
    try:
        return Landing.open(folder)
    except IntegrityError:
        return None


def _rows(landing: Landing | None) -> dict[str, int]:
    return {stream.name: stream.rows for stream in landing.manifest.streams} if landing else {}


def _listed(landing: Landing | None, last: RunState) -> int:
    if landing is not None:
        return landing.manifest.documents.listed
    return int(last.payload.get("documents", {}).get("listed", 0))


def _own_bytes(landing: Landing) -> int:
    paths = (landing.folder / name for name in landing.files())
    return sum(path.stat().st_size for path in paths if path.is_file())


def _rates(states: Sequence[RunState]) -> dict[str, float]:
    """Give the median of seconds per unit over the runs that had any of the unit."""
    found: dict[str, list[float]] = {}
    for state in states:
        objects, documents = state.payload.get("objects", {}), state.payload.get("documents", {})
        units = {**objects, "listed": documents.get("listed", 0)}
        for stage, seconds in state.payload.get("stages", {}).items():
            number = units.get(_DRIVERS.get(stage, ""), 0)
            if number:
                found.setdefault(stage, []).append(float(seconds) / number)
    return {stage: statistics.median(values) for stage, values in found.items()}
