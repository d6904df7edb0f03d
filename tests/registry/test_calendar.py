"""Days of grace, cron lines and moments in Swedish time."""

from datetime import UTC, date, datetime

import pytest

from leverans.errors import ConfigurationError
from leverans.registry import Period, Schedule, due_moments, grace_days, load_delivery
from leverans.registry.calendar import is_cron

VALID = Period(date(2026, 1, 1), date(2026, 12, 31))


def told(schedule, line, until, after=None):
    return [moment.isoformat() for moment in due_moments(schedule, line, VALID, until, after=after)]


def test_summer_time_moves_the_moment_in_utc():
    found = told(Schedule("cron", "0 4 1 1,7 *"), "0 4 1 1,7 *", datetime(2027, 6, 1, tzinfo=UTC))
    assert found == ["2026-01-01T03:00:00+00:00", "2026-07-01T02:00:00+00:00"]


def test_only_after_the_last_and_while_the_agreement_holds():
    line = "0 12 1 * *"
    after = datetime(2026, 10, 1, 11, tzinfo=UTC)
    found = told(Schedule("monthly"), line, datetime(2030, 1, 1, tzinfo=UTC), after)
    assert found == ["2026-11-01T11:00:00+00:00", "2026-12-01T11:00:00+00:00"]


@pytest.mark.parametrize(("kind", "days"), [("once", 30), ("yearly", 30), ("monthly", 7), ("cron", 1)])
def test_the_usual_grace(kind, days):
    assert grace_days(Schedule(kind)) == days
    assert grace_days(Schedule(kind, grace=3)) == 3


@pytest.mark.parametrize(
    ("text", "valid"), [("0 3 1 * *", True), ("0 25 1 * *", False), ("often", False), ("0 0 3 1 * *", False)]
)
def test_cron_lines(text, valid):
    assert is_cron(text) is valid


@pytest.mark.parametrize(
    ("text", "schedule"),
    [
        ("{kind: monthly, grace: 10 days}", Schedule("monthly", None, 10)),
        ('{cron: "0 3 1 * *", grace: 1 day}', Schedule("cron", "0 3 1 * *", 1)),
        ("once", Schedule("once")),
    ],
)
def test_the_forms_of_a_schedule(content, edit, text, schedule):
    edit("schedule: yearly", f"schedule: {text}")
    assert load_delivery(content, "fictiva/one").schedule == schedule


@pytest.mark.parametrize(
    "text",
    ["{kind: monthly, grace: soon}", "{kind: weekly}", '{cron: "0 99 * * *"}', "{kind: once, cron: x}"],
)
def test_a_schedule_that_is_none_is_a_fault_with_its_place(content, edit, text):
    edit("schedule: yearly", f"schedule: {text}")
    with pytest.raises(ConfigurationError) as fault:
        load_delivery(content, "fictiva/one")
    assert {problem.where.split(":")[1] for problem in fault.value.problems} == {"9"}


def test_purge_after(content, edit):
    assert load_delivery(content, "fictiva/one").purge_after == 30
    edit("schedule: yearly", "schedule: yearly\npurge_after: 90 days")
    assert load_delivery(content, "fictiva/one").purge_after == 90
