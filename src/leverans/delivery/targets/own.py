"""The embedded archive as a target: OCFL storage roots on the centre's own disks."""

from dataclasses import dataclass
from pathlib import Path

from leverans.archive import IngestResult, ingest, write_catalogue
from leverans.clock import Clock
from leverans.store import StorageRoot, User

USER = User("Leverans", "urn:leverans:delivery")


@dataclass(slots=True)
class OwnArchive:
    """The archive of one municipality and route."""

    path: Path
    clock: Clock
    public: bool

    def deliver(self, package: Path, sha256: str) -> IngestResult:
        """Take a package: its cases become objects of the store; what is there already is not written twice.

        Raises:
            IntegrityError: the package's bytes, or an object's earlier version, are not what was promised.
        """
        root = StorageRoot.create_or_open(self.path, protected=not self.public)
        return ingest(package, root=root, package_sha256=sha256, clock=self.clock, user=USER)

    def finish(self) -> None:
        """Write the list of what is there; none is written for the protected route."""
        if self.public and self.path.is_dir():
            write_catalogue(StorageRoot.create_or_open(self.path, protected=False))
