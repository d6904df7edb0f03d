"""Extracted in one work root, sent over SFTP, delivered in another: the same packages, byte for byte."""

import hashlib
import shutil
import subprocess
import sys
from datetime import datetime

import pytest
from tests.sources.carrying_kit import Server
from tests.support.worlds import AT, leverans, make_world

from leverans import delivery
from leverans.blobs import ContentStore
from leverans.clock import SystemClock
from leverans.delivery import carrying
from leverans.ledger import Ledger
from leverans.settings import Settings
from leverans.testing.faults import KILLED, stopped

pytestmark = pytest.mark.e2e
NAME = "mora/alkt"
MEMORY = "pseudonyms.key"


@pytest.fixture
def world(tmp_path):
    return make_world(tmp_path, cases=40, seed=3)


@pytest.fixture
def server(tmp_path):
    made = Server(tmp_path)
    yield made
    made.close()


def files(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def deliver(settings):
    """Walk a run, as the flow does."""
    wish = delivery.Wish(test=True, at=datetime.fromisoformat(AT))
    with delivery.opened(settings, NAME, wish) as session:
        session.agree()
        session.extract()
        session.transfer()
        session.identify()
        for number in session.buckets():
            session.map_bucket(number)
        for planned in session.plan():
            session.package(planned)
        session.reconcile()
        return session.close()


def test_two_homes_make_the_packages_of_one(world, server, tmp_path, monkeypatch):
    away = Settings(world.path, tmp_path / "away", world.path / "sources")
    centre = Settings(world.path, tmp_path / "centre", tmp_path / "no sources here")
    one = Settings(world.path, tmp_path / "one", world.path / "sources")
    keys = away.municipality("mora").keys
    keys.mkdir(parents=True, mode=0o700)
    (keys / "ssh").write_text(server.key_text)
    (keys / "ssh").chmod(0o600)
    status, told = leverans("transfer", "key", "--json", "--content", world.path, "--home", centre.home)
    assert status == 0
    municipality = world.path / "municipalities" / "mora" / "municipality.yaml"
    municipality.write_text(
        f"{municipality.read_text()}\n"
        f"transfer: {{kind: sftp, location: '{server.location()}', recipient: {told['recipient']}, "
        f"host_key: '{server.fingerprint}', key: {{file: ssh}}}}\n"
    )

    baseline = deliver(one)
    assert baseline.status == "complete"
    home = centre.municipality("mora")
    home.keys.mkdir(parents=True, mode=0o700)
    shutil.copy2(one.municipality("mora").keys / MEMORY, home.keys / MEMORY)
    shutil.copy2(keys / "ssh", home.keys / "ssh")

    at_away, at_centre = (("--content", world.path, "--home", host.home) for host in (away, centre))
    monkeypatch.setenv("LEVERANS_SOURCES", str(centre.sources))
    status, told = leverans("run", NAME, "--dry", "--json", *at_centre)
    assert (status, told["error"]["code"]) == (1, "CAR039")
    # the sources are on the municipality's host only
    monkeypatch.setenv("LEVERANS_SOURCES", str(away.sources))
    status, made = leverans("transfer", "extract", NAME, "--test", "--at", AT, "--json", *at_away)
    assert status == 0
    assert leverans("transfer", "extract", NAME, "--test", "--at", AT, "--json", *at_away)[1] == made
    monkeypatch.setenv("LEVERANS_SOURCES", str(centre.sources))
    landing = made["landing"]
    words = [sys.executable, "-m", "leverans", "transfer", "send", NAME, "--landing", landing]
    words += ["--content", str(world.path), "--home", str(away.home)]
    sent = subprocess.run(words, capture_output=True, text=True, check=True)
    assert landing in sent.stdout
    sealed = b"".join(path.read_bytes() for path in (tmp_path / "drop").rglob("*") if path.is_file())
    store = ContentStore(away.municipality("mora").blobs)
    documents = [store.path(digest).read_bytes() for digest in store.digests()]
    assert len(documents) > 50
    assert not any(data[:200] in sealed for data in documents if len(data) >= 64)

    digest = sorted(store.digests())[5]
    wrong = home.blobs / digest[:2] / digest
    wrong.parent.mkdir(parents=True)
    wrong.write_bytes(bytes(store.path(digest).stat().st_size))
    assert stopped(20, lambda: carrying.receive(centre, NAME)) == KILLED
    status, told = leverans("run", NAME, "--json", "--landing", "newest", *at_centre)
    assert (status, told["error"]["code"]) == (1, "CAR037")
    status, got = leverans("transfer", "receive", NAME, "--json", *at_centre)
    assert (status, got["landing"], got["replaced"]) == (0, landing, 1)
    assert wrong.read_bytes() == store.path(digest).read_bytes()
    status, told = leverans("run", NAME, "--json", "--test", *at_centre)
    assert (status, told["error"]["code"]) == (1, "CAR036")
    with Ledger.look(home.ledger, SystemClock()) as ledger:
        assert not ledger.runs()
    status, told = leverans("run", NAME, "--dry", "--json", "--test", "--at", AT, *at_centre)
    assert (told["landing"], told["objects"]["now"]) == (landing, baseline.counts.objects["found"])
    assert told["documents"]["now"] > 50

    words = ("run", NAME, "--json", "--test", "--at", AT, "--landing", "newest", *at_centre)
    status, result = leverans(*words)
    assert (status, result["status"]) == (0, "complete")
    assert result["objects"] == baseline.plain()["objects"]
    for room in ("test-packages", "test-packages-protected"):
        made = files(one.municipality("mora").root / room)
        assert made
        assert files(home.root / room) == made
    assert not (home.root / "outbox").exists()
    assert carrying.send(away, NAME, landing)["received"] is True
    assert list((tmp_path / "drop").iterdir()) == []
