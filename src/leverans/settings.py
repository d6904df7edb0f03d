"""Where the content, the work and the sources of this installation are; typed, from words and environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CONTENT_VARIABLE = "LEVERANS_CONTENT"
HOME_VARIABLE = "LEVERANS_HOME"
SOURCES_VARIABLE = "LEVERANS_SOURCES"
SCHEMAS_VARIABLE = "LEVERANS_SCHEMAS"


@dataclass(frozen=True, slots=True)
class Settings:
    """The roots of an installation.

    Attributes:
        content: holds ``connectors/``, ``mappings/`` and ``municipalities/``.
        home: the work root; one folder per municipality below it.
        sources: where relative locations of sources in a delivery start.
        schemas: where the official schemas lie that packages shall carry, None when they carry none.
    """

    content: Path
    home: Path
    sources: Path
    schemas: Path | None = None

    @classmethod
    def load(
        cls,
        content: str | Path | None = None,
        home: str | Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> "Settings":
        """Take the words of the command line first, then the environment, then the defaults.

        The content root defaults to the present folder and the work root to ``var`` below it. Relative
        source locations start at ``LEVERANS_SOURCES``, else at ``sources`` in the content root if that
        is there (a demo world carries its own), else at ``demo/sources`` in the work root.
        """
        given = os.environ if environment is None else environment
        root = Path(content or given.get(CONTENT_VARIABLE) or ".").absolute()
        work = Path(home or given.get(HOME_VARIABLE) or "var").absolute()
        if given.get(SOURCES_VARIABLE):
            sources = Path(given[SOURCES_VARIABLE]).absolute()
        elif (root / "sources").is_dir():
            sources = root / "sources"
        else:
            sources = work / "demo" / "sources"
        schemas = given.get(SCHEMAS_VARIABLE)
        return cls(root, work, sources, Path(schemas).absolute() if schemas else None)

    def municipality(self, name: str) -> "MunicipalityHome":
        """Give the folder of one municipality: nothing of another one is ever below it."""
        return MunicipalityHome(self.home / name)


@dataclass(frozen=True, slots=True)
class MunicipalityHome:
    """The work folders of one municipality (one tenant, one archive)."""

    root: Path

    @property
    def ledger(self) -> Path:
        """The ledger's SQLite file."""
        return self.root / "ledger.sqlite"

    @property
    def keys(self) -> Path:
        """Secret keys, readable by their owner only."""
        return self.root / "keys"

    @property
    def blobs(self) -> Path:
        """The content store."""
        return self.root / "blobs"

    @property
    def formats(self) -> Path:
        """What identification said, by digest."""
        return self.root / "formats.sqlite"

    def outbox(self, delivery: str) -> Path:
        """Landings as the extract left them, on the municipality's side."""
        return self.root / "outbox" / delivery

    def landings(self, delivery: str) -> Path:
        """Landings as the transfer left them, on the centre's side."""
        return self.root / "landing" / delivery

    def mapped(self, delivery: str) -> Path:
        """Archive objects in columns, by run."""
        return self.root / "mapped" / delivery

    def packages(self, delivery: str, route: str, *, test: bool = False) -> Path:
        """Packages of one delivery by route (``open`` or ``protected``); test deliveries lie apart."""
        name = "packages" if route == "open" else "packages-protected"
        return self.root / (f"test-{name}" if test else name) / delivery

    def archive(self, route: str, *, test: bool = False) -> Path:
        """The OCFL storage root by route (``open`` or ``protected``); test deliveries have their own."""
        name = "archive" if route == "open" else "archive-protected"
        return self.root / (f"test-{name}" if test else name)

    def receipts(self, delivery: str) -> Path:
        """Receipts of one delivery."""
        return self.root / "receipts" / delivery

    def evidence(self, delivery: str, run: str) -> Path:
        """What a run leaves beside its receipt for people to read later: its column ledger."""
        return self.root / "runs" / delivery / run

    def extracts(self, delivery: str) -> Path:
        """Which landing was extracted for which run, on the municipality's side."""
        return self.root / "extracts" / delivery

    def reports(self, delivery: str) -> Path:
        """Reports and papers of one delivery, by run."""
        return self.root / "reports" / delivery

    def carrying(self, delivery: str) -> Path:
        """What is remembered of landings on their way to the centre (``sent``) or from it (``received``)."""
        return self.root / "carrying" / delivery

    def lock(self, delivery: str) -> Path:
        """The lock that lets one run of a delivery work at a time."""
        return self.root / "locks" / f"{delivery}.lock"
