"""One ephemeral server for the flows in this process; one PostgreSQL, one server, two workers for the rest."""

import os
import shutil
import sys

import pytest
from tests.sources.carrying_kit import Server
from tests.support import prefects
from tests.support.worlds import AT, World, make_world

ROOT = prefects.ROOT
TRANSFER = """
transfer:
  kind: sftp
  location: {location}
  host_key: {host_key}
  key: {{file: ssh}}
  recipient: {recipient}
"""

SLOWLY = """

# In the tests only: every package takes as long as a file says, and extract and end wait while others are there,
# so that a kill meets a run at work.
def _slowly(package):
    from pathlib import Path
    from time import sleep

    def slow(session, planned):
        flag = Path({flag!r})
        sleep(float(flag.read_text()) if flag.exists() else 0)
        return package(session, planned)

    return slow


def _held(work, flag):
    from pathlib import Path
    from time import sleep

    def hold(*given):
        while Path(flag).exists():
            sleep(0.1)
        return work(*given)

    return hold


Session.package = _slowly(Session.package)
Session.extract = _held(Session.extract, {hold!r} + "-extract")
Monitor.closed = _held(Monitor.closed, {hold!r})
"""

HASTY = """

# In the tests only: while a file is there, a run is taken for dead after three seconds.
def _hasty(over):
    from pathlib import Path

    def sooner(patience, state):
        global SILENT
        SILENT = 3 if Path({flag!r}).exists() else 600
        return over(patience, state)

    return sooner


Patience.over = _hasty(Patience.over)
"""


@pytest.fixture(scope="session", autouse=True)
def _quiet():
    """Prefect reads its settings at import: nothing of this process may call home or a server of the machine."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("PREFECT_")}
    for name in kept:
        del os.environ[name]
    os.environ.update(prefects.QUIET)
    sys.path.insert(0, str(ROOT))
    yield
    sys.path.remove(str(ROOT))
    os.environ.update(kept)


@pytest.fixture(scope="session")
def flow_world(tmp_path_factory):
    """A small world with two municipalities of the same source: mora, and orsa that is its copy."""
    world = make_world(tmp_path_factory.mktemp("flows"), cases=24, seed=11)
    municipalities = world.path / "municipalities"
    for path in sorted(municipalities.iterdir()):
        if path.is_dir() and path.name != "mora":
            shutil.rmtree(path)
    shutil.copytree(municipalities / "mora", municipalities / "orsa")
    return world


@pytest.fixture(scope="session")
def told_by_cli(flow_world, tmp_path_factory):
    """The world delivered by the command line: what every other way must give, byte for byte."""
    home = tmp_path_factory.mktemp("cli")
    world = World(flow_world.path, home)
    for name in ("orsa", "mora"):
        status, result = world.run("--at", AT, delivery=f"{name}/alkt")
        assert status == 0, result
    return world


@pytest.fixture(scope="session")
def ephemeral(_quiet, tmp_path_factory):
    """Prefect without a server of its own: a temporary one, with SQLite, for this process."""
    from prefect.settings import PREFECT_HOME, temporary_settings
    from prefect.testing.utilities import prefect_test_harness

    with (
        temporary_settings({PREFECT_HOME: tmp_path_factory.mktemp("prefect")}),
        prefect_test_harness(server_startup_timeout=120),
    ):
        yield


@pytest.fixture
def own(flow_world, tmp_path, monkeypatch):
    """The world with a work root of its own, as the environment tells it."""
    content = tmp_path / "content"
    shutil.copytree(flow_world.path, content, symlinks=True)
    world = World(content, tmp_path / "home")
    monkeypatch.setenv("LEVERANS_CONTENT", str(content))
    monkeypatch.setenv("LEVERANS_HOME", str(world.home))
    return world


@pytest.fixture(scope="session")
def centre(flow_world, tmp_path_factory):
    """Prefect on PostgreSQL, a worker at the centre and one at mora, SFTP between them."""
    if prefects.binaries() is None:
        pytest.skip("needs PostgreSQL with its contributed extensions (apt: postgresql)")
    from leverans.delivery import carrying
    from leverans.settings import Settings

    folder = tmp_path_factory.mktemp("centre")
    content, homes = folder / "content", {"centre": folder / "home-centre", "mora": folder / "home-mora"}
    shutil.copytree(flow_world.path, content, symlinks=True)
    shutil.copytree(ROOT / "flows", content / "flows")
    with (content / "flows" / "deliver.py").open("a", encoding="utf-8") as flow:
        flow.write(SLOWLY.format(flag=str(folder / "slow"), hold=str(folder / "hold")))
    with (content / "flows" / "awaiting.py").open("a", encoding="utf-8") as flow:
        flow.write(HASTY.format(flag=str(folder / "hasty")))
    with (content / "flows" / "guarding.py").open("a", encoding="utf-8") as flow:
        flow.write("\n\nDELAYS = [1]\n")
    sftp = Server(folder)
    for home in homes.values():
        (home / "mora" / "keys").mkdir(parents=True, mode=0o700)
        key = home / "mora" / "keys" / "ssh"
        key.touch(mode=0o600)
        key.write_text(sftp.key_text)
    recipient = carrying.make_key(Settings.load(content, homes["centre"], {}))[0]
    tenant = content / "municipalities" / "mora" / "municipality.yaml"
    text = tenant.read_text(encoding="utf-8")
    place = {"location": sftp.location(), "host_key": sftp.fingerprint, "recipient": recipient}
    tenant.write_text(text + TRANSFER.format(**place), encoding="utf-8")

    (folder / "pg").mkdir()
    database = prefects.Postgres(folder / "pg").start()
    port = prefects.free_port()
    server = prefects.server_process(folder, port, database.url)
    made = prefects.Centre(folder, content, f"http://127.0.0.1:{port}", server)
    made.homes, made.sftp = homes, sftp
    try:
        made.start_server()
        status, done = made.leverans("deploy")
        assert status == 0, done
        for pool, home in homes.items():
            made.start_worker(pool, home)
        yield made
    finally:
        made.stop()
        database.stop()
        sftp.close()
