"""What every stage of one run is given."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from leverans.blobs import ContentStore
from leverans.clock import Clock
from leverans.delivery.progress import Progress
from leverans.formats.profiles import Profile
from leverans.ledger import Ledger, Run
from leverans.registry import Agreement, Delivery
from leverans.settings import MunicipalityHome, Settings


@dataclass(frozen=True, slots=True)
class Job:
    """One run of one delivery.

    Attributes:
        settings: the installation's roots.
        delivery: what is delivered, from whom, under which agreement.
        profile: the target profile.
        home: the municipality's work folders.
        ledger: the municipality's ledger.
        run: the run in the ledger.
        secret: the municipality's key for pseudonyms.
        seconds: real time per stage, for people and benchmarks.
        clock: real time and randomness; never inside a package.
        progress: who listens.
    """

    settings: Settings
    delivery: Delivery
    profile: Profile
    home: MunicipalityHome
    ledger: Ledger
    run: Run
    clock: Clock
    progress: Progress
    secret: bytes = field(repr=False)
    seconds: dict[str, float] = field(default_factory=dict, repr=False)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the real time of the block to a stage's seconds."""
        since = time.monotonic()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.monotonic() - since

    @property
    def name(self) -> str:
        """The delivery's name below its municipality."""
        return self.delivery.short_name

    @property
    def store(self) -> ContentStore:
        """The content store that owns the documents from landing until receipt."""
        return ContentStore(self.home.blobs)

    def agreement(self, route: str) -> Agreement:
        """Give the agreement of a route; the run has been refused before if there is none."""
        protected = self.delivery.protected
        return protected.agreement if route == "protected" and protected else self.delivery.agreement
