"""A Prefect server on PostgreSQL, two workers, SFTP by password: its database, logs and pages show no canary."""

import asyncio
import hashlib
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import asyncpg
import pytest
from pyarrow import parquet
from tests.privacy.planted import CANARIES, DELIVERY, add_late, plant
from tests.privacy.watching import hits, seen
from tests.sources import carrying_kit
from tests.support import prefects
from tests.support.prefects import ROOT

pytestmark = [pytest.mark.fault, pytest.mark.xdist_group("prefect")]

MUNICIPALITY, SHORT = DELIVERY.split("/")
TITLE = f"deliver/{MUNICIPALITY}-{SHORT}"
TRANSFER = """\
transfer:
  kind: sftp
  location: {location}
  host_key: {host_key}
  password: {{file: word}}
  recipient: {recipient}
"""
DATABASE = "pg/"
"""Its files: it is asked instead."""


@pytest.fixture(scope="module")
def sftp(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(carrying_kit, "PASSWORD", CANARIES["password"])
        server = carrying_kit.Server(tmp_path_factory.mktemp("canaries"))
        yield server
        server.close()


@pytest.fixture(scope="module")
def centre(sftp):
    """The planted delivery, extracted at the municipality, packaged at the centre."""
    if prefects.binaries() is None:
        pytest.skip("needs PostgreSQL with its contributed extensions (apt: postgresql)")
    folder = sftp.root
    homes = {"centre": folder / "home", MUNICIPALITY: folder / "away"}
    secrets = plant(folder)
    shutil.copytree(ROOT / "flows", folder / "content" / "flows")
    _two_hosts(folder / "content", homes, sftp)
    (folder / "pg").mkdir()
    database = prefects.Postgres(folder / "pg").start()
    port = prefects.free_port()
    server = prefects.server_process(folder, port, database.url)
    made = prefects.Centre(folder, folder / "content", f"http://127.0.0.1:{port}", server, homes)
    try:
        made.start_server()
        assert made.leverans("deploy")[0] == 0
        for pool, home in homes.items():
            loud = {"PREFECT_LOGGING_LEVEL": "DEBUG"}
            made.start_worker(pool, home, **loud, **(secrets if pool == MUNICIPALITY else {}))
        made.database = database
        yield made
    finally:
        made.stop()
        database.stop()


def _two_hosts(content, homes, sftp):
    from leverans.delivery import carrying
    from leverans.settings import Settings

    (recipient,) = carrying.make_key(Settings.load(content, homes["centre"], {}))
    with (content / "municipalities" / MUNICIPALITY / "municipality.yaml").open(
        "a", encoding="utf-8"
    ) as file:
        file.write(TRANSFER.format(location=sftp.location(), host_key=sftp.fingerprint, recipient=recipient))
    for home in homes.values():
        keys = home / MUNICIPALITY / "keys"
        keys.mkdir(parents=True, mode=0o700)
        (keys / "word").touch(mode=0o600)
        (keys / "word").write_text(CANARIES["password"], encoding="utf-8")


@pytest.fixture(scope="module")
def day(centre):
    """Deliveries that go well and one that fails, and every maintenance; give how each ended."""
    sources = centre.folder / "sources"
    ends = {"first": _delivered(centre)}
    add_late(sources)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(carrying_kit, "PASSWORD", "another")
        ends["wrong password"] = _delivered(centre)
    victim = max((centre.homes["centre"] / MUNICIPALITY / "archive").rglob("*.zip"))
    victim.chmod(0o644)
    victim.write_bytes(victim.read_bytes()[:-1])
    return ends, _maintained(centre)


def _delivered(centre, **given):
    return centre.ended(centre.begin(TITLE, delivery=DELIVERY, **given))


MAINTENANCE = """
from flows.maintain import audit, fixity, overdue, purge, watch

for flow, given in ((fixity, ["provby"]), (audit, []), (overdue, []), (purge, []), (watch, [0])):
    print(flow.name, flow(*given, return_state=True).name)
"""


def _maintained(centre):
    """The maintenance in one process at the centre; give how each ended."""
    env = centre.env(centre.homes["centre"], PREFECT_LOGGING_LEVEL="DEBUG", PYTHONPATH=centre.content)
    done = subprocess.run(
        [sys.executable, "-c", MAINTENANCE],
        env=env,
        cwd=centre.folder / "cwd-centre",
        capture_output=True,
        check=True,
    )
    (centre.folder / "maintenance.log").write_bytes(done.stdout + done.stderr)
    return dict(line.split() for line in done.stdout.decode().splitlines())


async def _columns(port):
    """Every value of every column of every table, as text."""
    server = await asyncpg.connect(f"postgresql://prefect@127.0.0.1:{port}/postgres")
    try:
        wanted = (
            "select table_name, column_name from information_schema.columns where table_schema = 'public'"
        )
        for table, column in await server.fetch(wanted):
            values = await server.fetch(
                f'select "{column}"::text from "{table}" where "{column}" is not null'
            )
            yield f"{table}.{column}", "\n".join(value for (value,) in values).encode()
    finally:
        await server.close()


def told(centre):
    """The database's columns by name."""

    async def asked():
        return {name: values async for name, values in _columns(centre.database.port)}

    return asyncio.run(asked())


def test_the_day_went_as_meant(centre, day):
    delivered, maintained = day
    ends = {act: (one["state_name"], one["state"]["message"] or "") for act, one in delivered.items()}
    assert ends["first"][0] == "Completed", ends
    assert ends["wrong password"][0] == "Stopped", ends
    assert "CAR012" in ends["wrong password"][1]
    assert maintained.keys() == {"fixity", "audit", "overdue", "purge", "watch"}
    assert maintained["fixity"] == maintained["watch"] == "Failed", maintained
    assert maintained["purge"] == "Completed", maintained
    files = centre.homes["centre"].glob("*/landing/**/*.parquet")
    landed = repr([parquet.read_table(path).to_pylist() for path in files])
    assert CANARIES["name"] in landed
    assert CANARIES["protected title"] in landed


def test_the_files_came_whole_by_password(centre, day):
    """The centre has the bytes that the municipality read, and the drop holds nothing but the answers."""
    here, there = (centre.homes[name] / MUNICIPALITY for name in ("centre", MUNICIPALITY))
    assert digests(here / "landing") == {
        name: digest
        for name, digest in digests(there / "outbox").items()
        if name in digests(here / "landing")
    }
    assert len(list((here / "landing" / SHORT).iterdir())) == 1
    assert {path.name for path in (centre.folder / "drop").rglob("*") if path.is_file()} <= {"reply"}


def digests(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_prefects_database_shows_no_canary(centre, day):
    found = told(centre)
    everything = b"\n".join(found.values()).decode()
    for word in (DELIVERY, "CAR012", "FLW004", "Funna", "stage:send", MUNICIPALITY):
        assert word in everything, word
    for column in ("log.message", "artifact.data", "flow_run.parameters", "flow_run.name", "events.payload"):
        assert found[column], column
    assert [hit for name, values in found.items() for hit in hits(name, values)] == []
    centre.post("/artifacts/", {"key": "kanarie", "data": {"x": CANARIES["name"]}})
    assert hits("artifact.data", told(centre)["artifact.data"]) == ["name in artifact.data"]


def test_logs_and_work_roots_show_no_canary(centre, day):
    shown = {
        name: path
        for name, path in seen(centre.folder)
        if "/keys/" not in name and not name.startswith(DATABASE)
    }
    assert {
        "server.log",
        "maintenance.log",
        "worker-centre.log",
        f"worker-{MUNICIPALITY}.log",
    } <= shown.keys()
    assert any("/receipts/" in name for name in shown)
    assert any(name.endswith("report.html") for name in shown)
    assert [
        hit for name, path in shown.items() for hit in hits(name, path.read_bytes() + name.encode())
    ] == []
    logs = "".join(path.read_text() for name, path in shown.items() if name.startswith("worker-"))
    assert "CAR012" in logs
    assert not any(word in logs for word in ("FailedRun", "CrashedRun"))
    with closing(sqlite3.connect(centre.homes["centre"] / MUNICIPALITY / "ledger.sqlite")) as ledger:
        assert ledger.execute("select count(*) from run").fetchone()[0] == 2
