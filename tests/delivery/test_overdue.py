"""What should have come and has not, from schedules, agreements and the ledger's runs."""

import fcntl
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leverans.clock import FixedClock
from leverans.delivery.overdue import overdue
from leverans.errors import UsageError
from leverans.ledger import Ledger
from leverans.settings import Settings

NAME = "mora/alkt"
VALID = "valid: {from: 2024-01-01, to: 2030-12-31}"


def day(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def content(root, tmp_path):
    """The shipped content, one delivery in it, whose agreement holds 2024 to 2027."""
    for name in ("connectors", "mappings", "municipalities"):
        shutil.copytree(root / name, tmp_path / "content" / name)
    for path in (tmp_path / "content/municipalities").iterdir():
        if path.is_dir() and path.name != "mora":
            shutil.rmtree(path)
    return tmp_path / "content"


@pytest.fixture
def settings(content, tmp_path):
    return Settings(content=content, home=tmp_path / "home", sources=tmp_path)


@pytest.fixture
def schedule(content):
    """Give the delivery another schedule, and an agreement that holds from 2024 to 2027."""
    path = content / "municipalities/mora/alkt.yaml"

    def change(text):
        lines = path.read_text(encoding="utf-8").splitlines()
        lines = [f"schedule: {text}" if line.startswith("schedule:") else line for line in lines]
        lines = [
            line.split("valid:")[0] + "valid: {from: 2024-01-01, to: 2027-12-31}"
            if "valid:" in line
            else line
            for line in lines
        ]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    change("yearly")
    return change


@pytest.fixture
def ran(settings):
    """Write a run that ended at a time with a status."""

    def write(at, status="complete", *, test=False, **payload):
        path = settings.municipality("mora").ledger
        with Ledger.open(path, "mora", FixedClock(day(at))) as ledger:
            run = ledger.begin(
                NAME, reference_time=day(at), test=test, code_version="1", agreement="A", by="x"
            )
            if status:
                ledger.finish(run, status, {"settled": True, "balanced": True, **payload})
            return run

    return write


def told(settings, at, **words):
    return [(alarm.code, alarm.parameters.get("missed")) for alarm in overdue(settings, at=day(at), **words)]


def test_a_yearly_delivery_that_never_came_is_missed_after_its_grace(settings, schedule):
    assert told(settings, "2024-01-31") == []
    assert told(settings, "2024-02-28") == []
    assert told(settings, "2024-04-10") == [("OPR001", 1)]
    assert told(settings, "2026-04-10") == [("OPR001", 3)]


def test_a_delivery_that_came_in_time_is_not_missed(settings, schedule, ran):
    ran("2024-03-05")
    assert told(settings, "2024-12-31") == []
    assert told(settings, "2025-04-10") == [("OPR001", 1)]
    ran("2025-04-11")
    assert told(settings, "2025-12-31") == []


def test_what_came_later_does_not_help_the_day_that_is_asked_about(settings, schedule, ran):
    ran("2025-12-01")
    assert told(settings, "2024-06-01") == [("OPR001", 1)]


def test_a_test_an_incomplete_and_a_refused_run_are_no_delivery(settings, schedule, ran):
    ran("2024-03-01", test=True)
    ran("2024-03-02", "incomplete")
    ran("2024-03-03", "refused")
    assert ("OPR001", 1) in told(settings, "2024-04-10")


def test_grace_is_the_delivery_s_own(settings, schedule):
    schedule("{kind: yearly, grace: 200 days}")
    assert told(settings, "2024-08-01") == []
    assert told(settings, "2024-10-01") == [("OPR001", 1)]


def test_once_is_due_as_the_agreement_begins_and_only_then(settings, schedule, ran):
    schedule("once")
    assert told(settings, "2024-01-20") == []
    assert told(settings, "2024-02-15") == [("OPR001", 1)]
    ran("2024-02-16")
    assert told(settings, "2027-01-01") == []


def test_on_request_is_never_missed(settings, schedule):
    schedule("on request")
    assert told(settings, "2027-01-01") == []


def test_monthly_and_cron(settings, schedule, ran):
    schedule("monthly")
    assert told(settings, "2024-04-30") == [("OPR001", 4)]
    schedule('{cron: "0 3 1 * *"}')
    ran("2024-03-15")
    assert told(settings, "2024-04-01") == []
    assert told(settings, "2024-04-30") == [("OPR001", 1)]


def test_what_was_due_before_the_agreement_ended_stays_missed_and_nothing_is_due_after_it(
    settings, schedule, ran
):
    ran("2026-12-31")
    assert told(settings, "2035-01-01") == [("OPR001", 1)]


def test_an_interrupted_run_that_nobody_resumed(settings, schedule, ran):
    run = ran("2024-02-28", "")
    assert told(settings, "2024-02-29") == []
    alarms = overdue(settings, at=day("2024-03-02"))
    assert [(alarm.code, alarm.run) for alarm in alarms] == [("OPR002", run.id)]


def test_a_run_at_work_is_not_interrupted(settings, schedule, ran):
    ran("2024-02-28", "")
    lock = settings.municipality("mora").lock("alkt")
    lock.parent.mkdir(parents=True)
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        assert told(settings, "2024-03-02") == []
    assert told(settings, "2024-03-02") == [("OPR002", 0)]


def test_incomplete_for_too_long_counts_from_the_first_failure(settings, schedule, ran):
    ran("2024-02-29")
    ran("2024-03-01", "incomplete")
    ran("2024-03-20", "refused")
    assert told(settings, "2024-03-25") == []
    [alarm] = overdue(settings, at=day("2024-04-05"))
    assert (alarm.code, alarm.since) == ("OPR003", day("2024-03-01"))
    assert told(settings, "2024-04-05", patience=90) == []
    ran("2024-04-06")
    assert told(settings, "2024-06-01") == []


def test_unsettled_for_too_long_counts_from_the_first_unsettled_run(settings, schedule, ran):
    ran("2024-02-25", settled=False, balanced=False)
    ran("2024-03-20", settled=False, balanced=False)
    assert told(settings, "2024-03-20") == []
    [alarm] = overdue(settings, at=day("2024-04-05"))
    assert (alarm.code, alarm.since) == ("OPR004", day("2024-02-25"))


def test_the_day_is_told_in_swedish_time(settings, schedule):
    schedule("once")
    [alarm] = overdue(settings, at=day("2024-03-01"))
    assert alarm.since == datetime(2023, 12, 31, 23, tzinfo=UTC)
    assert "2024-01-01" in alarm.text("sv")
    assert alarm.plain()["missed"] == 1


def test_a_delivery_whose_file_is_wrong_is_told_too(settings, schedule):
    schedule("sometimes")
    assert told(settings, "2024-03-01") == [("REG001", None)]


def test_nothing_is_written(settings, schedule, ran):
    ran("2024-02-25")
    before = sorted((str(path), path.stat().st_mtime_ns) for path in Path(settings.home).rglob("*"))
    told(settings, "2025-04-10")
    assert sorted((str(path), path.stat().st_mtime_ns) for path in Path(settings.home).rglob("*")) == before


def test_an_unknown_name_is_said(settings, schedule):
    assert told(settings, "2025-04-10", wanted="mora") == [("OPR001", 2)]
    with pytest.raises(UsageError) as fault:
        overdue(settings, "nowhere", at=day("2025-04-10"))
    assert fault.value.code == "USE003"


def test_a_long_silence_is_bounded(settings, schedule):
    schedule('{cron: "* * * * *"}')
    [alarm] = overdue(settings, at=day("2024-01-01") + timedelta(days=60))
    assert alarm.parameters["missed"] == 10_000
