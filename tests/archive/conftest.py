import hashlib
from pathlib import Path

import pytest

from leverans import archive
from leverans.clock import FixedClock
from leverans.model import Location, Restriction, Row
from leverans.packaging import build
from leverans.store import StorageRoot, User
from leverans.testing.builders import a_case, a_file, a_record, an_id, an_order, filled_store

USER = User("Provarkivet", "mailto:arkiv@example.org")
CLOCK = FixedClock()


def case(key, contents, version=1, **fields):
    """A case with a record per list of (name, bytes)."""
    records = tuple(
        a_record(f"{key}.{at}", files=tuple(a_file(raw, name, f"{key}.{at}", puid="fmt/18", format="PDF",
                 format_version="1.4", mime="application/pdf") for name, raw in files))
        for at, files in enumerate(contents, start=1)
    )  # fmt: skip
    values = {
        "version": version,
        "digest": hashlib.sha256(f"{key}/{version}".encode()).hexdigest(),
        "records": records,
        "rows": (Row("db.Ärenden", key, f'{{"Id":"{key}","Version":{version}}}'),),
        "replaces": an_id("before") if version > 1 else None,
        **fields,
    }
    return a_case(key, **values)


BYTES = {name: f"innehåll i {name}\n".encode() * 50 for name in ("a", "b", "c", "d", "late")}


class Archive:
    """A storage root in a folder of its own, with the packages that go into it."""

    def __init__(self, folder: Path, *, protected: bool = False):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "archive"
        self.protected = protected

    @property
    def root(self):
        return StorageRoot.create_or_open(self.path, protected=self.protected)

    def package(self, name, *cases, **order):
        store = filled_store(self.folder / "blobs", [*BYTES.values(), b""])
        target = self.folder / f"{name}.zip"
        return target, build(an_order(id=an_id(name), **order), cases, store, target)

    def ingest(self, package, **changes):
        path, descriptor = package
        values = {
            "root": self.root,
            "package_sha256": descriptor.sha256,
            "clock": CLOCK,
            "user": USER,
            **changes,
        }
        return archive.ingest(path, **values)

    def tree(self):
        return {
            each.relative_to(self.path).as_posix(): each.read_bytes() if each.is_file() else None
            for each in sorted(self.path.rglob("*"))
        }

    def folder_of(self, own):
        return self.root.path_of(f"urn:uuid:{own}")


ONE = case(
    "1",
    [[("brev å.pdf", BYTES["a"]), ("BREV Å.pdf", BYTES["b"])], [("beslut.pdf", BYTES["c"])]],
    title="Bygglov för Åsa",
    access="metadata open, file by order",
    restrictions=(
        Restriction("secrecy", "none", "OSL 21 kap. 7 §", "Sekretess"),
        Restriction("copyright", "full"),
    ),
    locations=(Location("F1a:12"),),
)
TWO = case("2", [[("brev.pdf", BYTES["a"]), ("kopia.pdf", BYTES["a"])]])
PAPER = case("3", [[]])
ONE_LATER = case(
    "1",
    [
        [("brev å.pdf", BYTES["a"]), ("BREV Å.pdf", BYTES["b"])],
        [("beslut.pdf", BYTES["c"])],
        [("sent.pdf", BYTES["late"]), ("igen.pdf", BYTES["a"])],
    ],
    version=2,
)


@pytest.fixture
def made(tmp_path):
    return Archive(tmp_path / "work")
