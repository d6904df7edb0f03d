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
from leverans.delivery import carrying
from leverans.settings import Settings

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


def deliver(settings, landing=None):
    """Walk a run, as the flow does; with a landing, one that was extracted elsewhere."""
    wish = delivery.Wish(test=True, at=datetime.fromisoformat(AT))
    with delivery.opened(settings, NAME, wish) as session:
        session.agree()
        if landing is not None:
            session.landed_elsewhere(landing)
        session.extract()
        session.transfer()
        session.identify()
        for number in session.buckets():
            session.map_bucket(number)
        for planned in session.plan():
            session.package(planned)
        session.reconcile()
        return session.close()


def test_two_homes_make_the_packages_of_one(world, server, tmp_path):
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

    landing = delivery.extract_only(away, NAME, "run-1")
    words = [sys.executable, "-m", "leverans", "transfer", "send", NAME, "--landing", landing]
    words += ["--content", str(world.path), "--home", str(away.home)]
    sent = subprocess.run(words, capture_output=True, text=True, check=True)
    assert landing in sent.stdout
    sealed = b"".join(path.read_bytes() for path in (tmp_path / "drop").rglob("*") if path.is_file())
    store = ContentStore(away.municipality("mora").blobs)
    documents = [store.path(digest).read_bytes() for digest in store.digests()]
    assert len(documents) > 50
    assert not any(data[:200] in sealed for data in documents if len(data) >= 64)

    result = deliver(centre, landing)
    assert result.status == "complete"
    assert result.plain()["objects"] == baseline.plain()["objects"]
    for room in ("test-packages", "test-packages-protected"):
        made = files(one.municipality("mora").root / room)
        assert made
        assert files(home.root / room) == made
    assert not (home.root / "outbox").exists()
    assert carrying.send(away, NAME, landing)["received"] is True
    assert list((tmp_path / "drop").iterdir()) == []
