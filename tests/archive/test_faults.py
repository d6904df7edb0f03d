"""An ingest stopped or failing anywhere, and started again, ends in the same bytes."""

import itertools

import pytest
from tests.archive.conftest import ONE, ONE_LATER, PAPER, TWO, Archive, case

from leverans import archive
from leverans.blobs import use
from leverans.store import root as module
from leverans.testing.faults import KILLED, FailingFilesystem, stopped


@pytest.fixture(autouse=True)
def _small_groups(monkeypatch):
    monkeypatch.setattr(module, "GROUP_OBJECTS", 2)


class Delivery:
    """Two packages, the second with a next version and a new case, built once and ingested in many places."""

    def __init__(self, folder):
        made = Archive(folder)
        self.packages = [
            made.package("p1", ONE, TWO, PAPER),
            made.package("p2", ONE_LATER, case("4", [[]]), status="SUPPLEMENT"),
        ]

    def ingest(self, made):
        for package in self.packages:
            made.ingest(package)
        archive.write_catalogue(made.root)

    def outcome(self, made):
        return made.tree(), sorted(path.name for path in made.folder.iterdir())


@pytest.fixture
def delivery(tmp_path):
    return Delivery(tmp_path / "packages")


@pytest.fixture
def wanted(delivery, tmp_path):
    made = Archive(tmp_path / "undisturbed")
    delivery.ingest(made)
    return delivery.outcome(made)


def again(delivery, made):
    assert archive.verify(made.root).findings == ()
    delivery.ingest(made)
    return delivery.outcome(made)


@pytest.mark.fault
@pytest.mark.parametrize("loss", ["none", "last"])
def test_killed_anywhere_and_started_again(delivery, wanted, tmp_path, loss):
    for at in itertools.count(1):
        made = Archive(tmp_path / str(at))
        code = stopped(at, lambda made=made: delivery.ingest(made), loss)
        left = again(delivery, made)
        assert left == wanted
        if code != KILLED:
            break
    assert at > 20


@pytest.mark.fault
def test_a_disk_that_fails_anywhere_and_works_again(delivery, wanted, tmp_path):
    for at in itertools.count(1):
        made = Archive(tmp_path / str(at))
        try:
            with use(FailingFilesystem(at)):
                delivery.ingest(made)
        except OSError:
            assert again(delivery, made) == wanted
            continue
        assert delivery.outcome(made) == wanted
        break
    assert at > 20
