"""A Prefect server on PostgreSQL, two workers, two homes: schedules, kills, restarts, drift."""

import hashlib
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import psutil
import pytest
from tests.support.prefects import table, until
from tests.support.worlds import AT

pytestmark = [pytest.mark.fault, pytest.mark.xdist_group("prefect")]


def packages(home, municipality):
    folders = [home / municipality / name for name in ("packages", "packages-protected")]
    return {
        path.relative_to(home / municipality).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in folders
        for path in folder.rglob("*.zip")
    }


def statuses(home, municipality):
    """The runs of a ledger as they stand now, read beside whoever writes it."""
    with sqlite3.connect(f"file:{home / municipality / 'ledger.sqlite'}?mode=ro", uri=True) as ledger:
        runs = ledger.execute("select number from run order by number").fetchall()
        ended = dict(ledger.execute("select run, payload from event where kind = 'finished'").fetchall())
    return [json.loads(ended[number])["status"] if number in ended else None for (number,) in runs]


def reached(home, municipality, kind):
    """Whether a run has written such an event."""
    try:
        with sqlite3.connect(f"file:{home / municipality / 'ledger.sqlite'}?mode=ro", uri=True) as ledger:
            return ledger.execute("select count(*) from event where kind = ?", (kind,)).fetchone()[0]
    except sqlite3.OperationalError:
        return 0


def verified(centre, municipality, home=None):
    """The archive holds every object once, whole, and as the ledger says."""
    status, told = centre.leverans("archive", "verify", municipality, home=home or centre.homes["centre"])
    assert status == 0, told
    return told["ledger"]["objects"]


@pytest.fixture(scope="module")
def whole(centre, told_by_cli):
    """How many objects the whole delivery has, as the command line made it."""
    return verified(centre, "orsa", told_by_cli.home)


def fresh(centre, name):
    """A municipality of its own, copied from orsa, known to the server."""
    tenants = centre.content / "municipalities"
    if not (tenants / name).exists():
        shutil.copytree(tenants / "orsa", tenants / name)
        status, done = centre.leverans("deploy")
        assert status == 0, done
    return name


def slowed(centre, seconds):
    """Let every package take some time, in the runs that start from now on: a kill must meet a run at work."""
    flag = centre.folder / "slow"
    flag.write_text(str(seconds))
    return flag


def test_the_flow_runs_from_a_schedule_on_a_worker_with_the_bytes_of_the_command_line(centre, told_by_cli):
    deployment = centre.deployment("deliver/orsa-alkt")
    soon = datetime.now(UTC) + timedelta(seconds=12)
    rule = f"DTSTART:{soon:%Y%m%dT%H%M%SZ}\nRRULE:FREQ=YEARLY;COUNT=1"
    schedule = {
        "schedule": {"rrule": rule, "timezone": "UTC"},
        "active": True,
        "parameters": {"at": AT},
        "slug": "near",
    }
    centre.post(f"/deployments/{deployment['id']}/schedules", [schedule])
    (run,) = until(lambda: centre.runs("deliver/orsa-alkt"), 60, what="the scheduled run")
    assert run["auto_scheduled"]
    ended = centre.ended(run["id"])
    assert ended["state_name"] == "Completed", ended["state"]
    assert ended["name"] == "orsa/alkt"
    assert packages(centre.homes["centre"], "orsa") == packages(told_by_cli.home, "orsa")
    assert statuses(centre.homes["centre"], "orsa") == ["complete"]
    status, told = centre.leverans("deploy", "--check")
    assert status == 1
    assert [(one["drift"], one["kind"], one["name"]) for one in told["drift"]] == [
        ("stale", "schedule", "deliver/orsa-alkt near")
    ]
    status, done = centre.leverans("deploy")
    assert (status, len(done["done"])) == (0, 1)
    assert centre.leverans("deploy", "--check") == (0, {"drift": []})


def test_two_hosts_extract_there_and_package_here(centre, told_by_cli):
    ended = centre.ended(centre.begin("deliver/mora-alkt", delivery="mora/alkt", at=AT))
    assert ended["state_name"] == "Completed", ended["state"]
    assert packages(centre.homes["centre"], "mora") == packages(told_by_cli.home, "mora")
    (extracted,) = centre.runs("extract/mora-alkt")
    assert extracted["state_name"] == "Completed"
    assert extracted["work_pool_name"] == "mora"
    assert extracted["parent_task_run_id"]
    assert not (centre.homes["centre"] / "mora" / "outbox").exists()
    assert not (centre.homes["mora"] / "mora" / "archive").exists()
    assert not (centre.homes["mora"] / "mora" / "ledger.sqlite").exists()


def test_a_killed_worker_is_followed_by_a_complete_run(centre, whole):
    name = fresh(centre, "alvdalen")
    home, slow = centre.homes["centre"], slowed(centre, 0.4)
    run = centre.begin(f"deliver/{name}-alkt", delivery=f"{name}/alkt", at=AT)
    until(lambda: reached(home, name, "package") >= 2, 90, what="the second package")
    centre.workers["centre"].stop(signal.SIGKILL)
    slow.unlink()
    assert statuses(home, name) == [None]
    assert centre.run(run)["state_type"] == "RUNNING"

    centre.workers["centre"].start()
    watched = centre.ended(centre.begin("watch/centre-watch", quiet=0))
    assert watched["state_name"] == "Completed", watched["state"]
    assert centre.run(run)["state_type"] == "CRASHED"
    again = until(
        lambda: [one for one in centre.runs(f"deliver/{name}-alkt") if one["id"] != run],
        60,
        what="the new run",
    )
    assert len(again) == 1
    assert "resumed" in again[0]["tags"]
    ended = centre.ended(again[0]["id"])
    assert ended["state_name"] == "Completed", ended["state"]
    assert statuses(home, name) == ["complete"]
    assert verified(centre, name) == whole


def test_a_server_that_is_killed_and_comes_back_loses_and_doubles_nothing(centre, whole):
    name = fresh(centre, "rattvik")
    home, slow = centre.homes["centre"], slowed(centre, 0.4)
    run = centre.begin(f"deliver/{name}-alkt", delivery=f"{name}/alkt", at=AT)
    until(lambda: reached(home, name, "package") >= 2, 90, what="the second package")
    centre.server.stop(signal.SIGKILL)
    time.sleep(3)
    centre.start_server()
    slow.unlink()
    ended = centre.ended(run)
    assert ended["state_name"] == "Completed", ended["state"]
    assert statuses(home, name) == ["complete"]
    assert verified(centre, name) == whole


def test_a_server_that_stays_down_stops_no_run(centre, whole):
    name = fresh(centre, "malung")
    home, hold = centre.homes["centre"], centre.folder / "hold-extract"
    hold.touch()
    impatient = {"env": {"PREFECT_CLIENT_MAX_RETRIES": "1"}}
    run = centre.begin(f"deliver/{name}-alkt", impatient, delivery=f"{name}/alkt", at=AT)
    taken = f"/v2/concurrency_limits/source:alkt-{name}"
    until(lambda: known(centre, taken), 90, what="the place at the source")
    centre.server.stop(signal.SIGKILL)
    hold.unlink()
    until(lambda: reached(home, name, "finished"), 90, what="the end in the ledger")
    assert statuses(home, name) == ["complete"]

    centre.start_server()
    assert centre.run(run)["state_type"] in {"RUNNING", "CRASHED"}
    if not centre.workers["centre"].family():
        centre.workers["centre"].start()
    watched = centre.ended(centre.begin("watch/centre-watch", quiet=0))
    assert watched["state_name"] == "Completed", watched["state"]
    until(lambda: not at_work(centre), 90, what="the end of the process")
    assert centre.run(run)["state_name"] == "Completed"
    assert [one["id"] for one in centre.runs(f"deliver/{name}-alkt")] == [run]
    assert statuses(home, name) == ["complete"]
    assert len(list((home / name / "receipts" / "alkt").glob("*.json"))) == 1
    assert verified(centre, name) == whole


def known(centre, limit):
    """Whether somebody has a place at a source."""
    try:
        return centre.get(limit)["active_slots"]
    except AssertionError:
        return 0


def at_work(centre):
    """The processes of the centre's flow runs."""
    family = centre.workers["centre"].family()
    return [one for one in family if "prefect.engine" in " ".join(words_of(one))]


def words_of(process):
    """The words that a process was begun with; none of one that has just ended."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def test_an_extract_that_its_worker_left_is_asked_for_again(centre, whole):
    """By folder, too: the drop is the same."""
    file = centre.content / "municipalities" / "mora" / "municipality.yaml"
    text, transfer, rest = file.read_text().partition("transfer:")
    (recipient,) = [line for line in rest.splitlines() if "recipient" in line]
    file.write_text(f"{text}{transfer}\n  kind: folder\n  location: {centre.folder / 'drop'}\n{recipient}\n")
    earlier = {one["id"] for one in centre.runs("extract/mora-alkt")}

    def asked():
        found = [one for one in centre.runs("extract/mora-alkt") if one["id"] not in earlier]
        earlier.update(one["id"] for one in found)
        return found

    centre.workers["mora"].stop(signal.SIGKILL)
    hasty = centre.folder / "hasty"
    hasty.touch()
    run = centre.begin("deliver/mora-alkt", delivery="mora/alkt", at=AT)
    (left,) = until(asked, 60, what="the extract")
    centre.post(f"/flow_runs/{left['id']}/set_state", {"state": {"type": "PENDING"}, "force": True})
    until(lambda: centre.run(left["id"])["state_type"] == "CRASHED", 60, what="the end of patience")
    hasty.unlink()
    (again,) = until(asked, 60, what="the next extract")
    centre.workers["mora"].start()
    ended = centre.ended(run)
    assert ended["state_name"] == "Completed", ended["state"]
    assert centre.run(again["id"])["state_name"] == "Completed"
    assert not asked()
    assert statuses(centre.homes["centre"], "mora")[-1] == "complete"
    assert verified(centre, "mora") == whole


def test_a_process_that_dies_after_the_end_gets_the_ledgers_colour(centre):
    name = fresh(centre, "leksand")
    home = centre.homes["centre"]
    hold = centre.folder / "hold"
    hold.touch()
    run = centre.begin(f"deliver/{name}-alkt", delivery=f"{name}/alkt", at=AT)
    until(lambda: reached(home, name, "finished"), 120, what="the end in the ledger")
    assert at_work(centre)
    for one in at_work(centre):
        one.kill()
    assert centre.ended(run)["state_type"] == "CRASHED"
    hold.unlink()
    watched = centre.ended(centre.begin("watch/centre-watch", quiet=0))
    assert watched["state_name"] == "Completed", watched["state"]
    assert centre.run(run)["state_name"] == "Completed"
    assert statuses(home, name) == ["complete"]


def test_started_twice_at_once_one_does_the_work(centre, whole):
    name = fresh(centre, "vansbro")
    title = f"deliver/{name}-alkt"
    first = centre.begin(title, delivery=f"{name}/alkt", at=AT)
    second = centre.begin(title, delivery=f"{name}/alkt")
    ends = [centre.ended(first), centre.ended(second)]
    assert {one["state_name"] for one in ends} == {"Completed"}
    assert ends[0]["end_time"] <= ends[1]["start_time"] or ends[1]["end_time"] <= ends[0]["start_time"]
    assert statuses(centre.homes["centre"], name) == ["complete", "complete"]
    assert verified(centre, name) == whole


def test_fixity_finds_a_changed_byte(centre):
    name = fresh(centre, "vansbro")
    if not (centre.homes["centre"] / name / "archive").is_dir():
        centre.ended(centre.begin(f"deliver/{name}-alkt", delivery=f"{name}/alkt", at=AT))
    good = centre.ended(centre.begin(f"fixity/{name}-fixity", municipality=name))
    assert good["state_name"] == "Completed", good["state"]
    victim = max(
        (centre.homes["centre"] / name / "archive").rglob("*.zip"), key=lambda one: one.stat().st_size
    )
    kept = victim.read_bytes()
    victim.chmod(0o644)
    victim.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    bad = centre.ended(centre.begin(f"fixity/{name}-fixity", municipality=name))
    assert bad["state_name"] == "Failed"
    rows = table(centre.artifacts(f"fixitet-{name}")[0])
    assert sum(int(row["Fel"]) for row in rows) >= 1
    victim.write_bytes(kept)


def test_the_other_maintenance_ends_as_it_should(centre):
    for title in ("purge/centre-purge", "audit/centre-audit"):
        ended = centre.ended(centre.begin(title))
        assert ended["state_name"] == "Completed", (title, ended["state"])
    alarmed = centre.ended(centre.begin("overdue/centre-overdue"))
    larm = centre.artifacts("larm")[0]
    assert alarmed["state_name"] == ("Failed" if larm.startswith("- **") else "Completed")


def test_check_tells_every_kind_of_drift(centre):
    assert centre.leverans("deploy")[0] == 0
    assert centre.leverans("deploy", "--check") == (0, {"drift": []})
    orsa, mora = centre.deployment("deliver/orsa-alkt"), centre.deployment("deliver/mora-alkt")
    fixity, audit = centre.deployment("fixity/orsa-fixity"), centre.deployment("audit/centre-audit")
    own = orsa["schedules"][0]["id"]
    centre.patch(
        f"/deployments/{orsa['id']}/schedules/{own}",
        {"schedule": {"cron": "1 1 1 1 *", "day_or": False}, "parameters": {"test": True}},
    )
    centre.patch("/work_pools/centre", {"concurrency_limit": 0})
    centre.patch("/work_pools/mora/queues/default", {"is_paused": True, "concurrency_limit": 0})
    centre.patch(f"/deployments/{mora['id']}/schedules/{mora['schedules'][0]['id']}", {"active": False})
    centre.patch(f"/deployments/{fixity['id']}", {"paused": True})
    centre.delete(f"/deployments/{audit['id']}")
    extra = {
        "name": "gammal",
        "flow_id": orsa["flow_id"],
        "tags": ["leverans"],
        "entrypoint": "flows/deliver.py:deliver",
    }
    centre.post("/deployments/", extra)
    stale = {"schedule": {"cron": "5 5 * * *", "timezone": "Europe/Stockholm"}, "active": True}
    centre.post(f"/deployments/{fixity['id']}/schedules", [stale])
    centre.post("/v2/concurrency_limits/", {"name": "source:gammal", "limit": 3})
    limit = centre.get("/v2/concurrency_limits/source:alkt-orsa")
    centre.patch(f"/v2/concurrency_limits/{limit['id']}", {"limit": 9})
    pool = fresh_pool(centre)
    automation = next(one for one in centre.post("/automations/filter") if one["name"] == "leverans: crashed")
    centre.delete(f"/automations/{automation['id']}")

    status, told = centre.leverans("deploy", "--check")
    assert status == 1
    found = {(one["drift"], one["kind"], one["name"].split()[0]): one["fields"] for one in told["drift"]}
    assert found.keys() == {
        ("changed", "schedule", "deliver/orsa-alkt"),
        ("changed", "schedule", "deliver/mora-alkt"),
        ("changed", "deployment", "fixity/orsa-fixity"),
        ("missing", "deployment", "audit/centre-audit"),
        ("missing", "schedule", "audit/centre-audit"),
        ("extra", "deployment", "deliver/gammal"),
        ("stale", "schedule", "fixity/orsa-fixity"),
        ("extra", "limit", "source:gammal"),
        ("changed", "limit", "source:alkt-orsa"),
        ("missing", "pool", pool),
        ("changed", "pool", "centre"),
        ("changed", "pool", "mora"),
        ("missing", "automation", "leverans:"),
    }
    assert found["changed", "schedule", "deliver/mora-alkt"] == {"active": [True, False]}
    assert found["changed", "schedule", "deliver/orsa-alkt"].keys() >= {"cron", "day_or", "parameters"}
    assert found["changed", "pool", "centre"] == {"limit": [None, 0]}
    assert found["changed", "pool", "mora"] == {"queue paused": [False, True], "queue limit": [None, 0]}
    assert found["changed", "deployment", "fixity/orsa-fixity"] == {"paused": [False, True]}
    assert centre.leverans("deploy")[0] == 0
    left = centre.leverans("deploy", "--check")[1]["drift"]
    assert {(one["drift"], one["name"]) for one in left} == {
        ("extra", "deliver/gammal"),
        ("extra", "source:gammal"),
    }
    assert centre.leverans("deploy", "--prune")[0] == 0
    assert centre.leverans("deploy", "--check") == (0, {"drift": []})


def fresh_pool(centre):
    """Delete the pool of a municipality that nobody works for."""
    centre.delete("/work_pools/orsa")
    return "orsa"


def test_the_lock_lets_the_scheduler_make_runs():
    """With SQLAlchemy 2.1 the scheduler of Prefect 3.8.8 fails at its bulk insert, and says so in its log only."""
    import sqlalchemy

    assert sqlalchemy.__version__.startswith("2.0."), "make test installs what requirements-dev.txt says"


def test_the_lock_lets_the_server_start():
    """Newer releases of what Prefect stands on kill it at import (architecture, known traps)."""
    words = "from prefect.server.api.server import create_app; create_app()"
    subprocess.run([sys.executable, "-c", words], check=True, timeout=120)
