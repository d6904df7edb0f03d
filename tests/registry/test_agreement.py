from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from leverans.errors import Refused
from leverans.registry import Period, ProtectedRoute, load_delivery, match_agreement

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def delivery(content):
    return load_delivery(content, "fictiva/one")


def refusal(delivery, facts=None, moment=NOW, route="open"):
    with pytest.raises(Refused) as caught:
        match_agreement(delivery, facts or delivery.facts, moment, route)
    return caught.value


def test_an_agreement_that_matches_lets_the_run_go_on(delivery):
    match_agreement(delivery, delivery.facts, NOW, "open")


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"producer": "Gamla nämnden"}, "AGR002", "producer"),
        ({"system": "other"}, "AGR003", "system"),
        ({"system": "SYS"}, "AGR003", "system"),
        ({"information_type": "other"}, "AGR004", "information_type"),
        ({"period": Period(date(1995, 12, 31), date(2025, 12, 31))}, "AGR005", "period"),
        ({"period": Period(date(1996, 1, 1), date(2026, 1, 1))}, "AGR005", "period"),
        ({"period": Period(date(1996, 1, 1), None)}, "AGR005", "period"),
    ],
)
def test_each_field_that_does_not_match_is_named(delivery, change, code, field):
    error = refusal(delivery, replace(delivery.facts, **change))
    (problem,) = error.problems
    assert (error.code, problem.code, problem.parameters["field"]) == ("AGR001", code, field)
    assert problem.where.startswith("municipalities/fictiva/one.yaml:")
    assert problem.where != error.where
    assert problem.remedy("sv")
    assert problem.remedy("en")
    assert error.exit_code == 1


def test_a_shorter_period_is_covered(delivery):
    shorter = replace(delivery.facts, period=Period(date(2003, 1, 1), date(2003, 12, 31)))
    match_agreement(delivery, shorter, NOW, "open")


@pytest.mark.parametrize(
    ("day", "codes"),
    [
        (datetime(2019, 12, 31, tzinfo=UTC), ["AGR006"]),
        (datetime(2019, 12, 9, tzinfo=UTC), ["AGR006", "AGR007"]),
        (datetime(2031, 1, 1, tzinfo=UTC), ["AGR006"]),
    ],
)
def test_the_agreement_must_hold_and_be_signed_at_the_reference_time(delivery, day, codes):
    assert [problem.code for problem in refusal(delivery, moment=day).problems] == codes


@pytest.mark.parametrize("day", [datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 12, 31, 23, tzinfo=UTC)])
def test_the_first_and_the_last_day_are_counted_in(delivery, day):
    match_agreement(delivery, delivery.facts, day, "open")


@pytest.mark.parametrize("change", [{"signed_by": ""}, {"signed_on": None}])
def test_an_agreement_that_nobody_signed_is_none(delivery, change):
    unsigned = replace(delivery, agreement=replace(delivery.agreement, **change))
    assert [problem.code for problem in refusal(unsigned).problems] == ["AGR007"]


def test_an_unsigned_agreement_can_be_written_and_is_refused_only_at_the_run(content, edit):
    edit("signed: {by: Ordföranden, date: 2019-12-10}", "signed: {}")
    assert [problem.code for problem in refusal(load_delivery(content, "fictiva/one")).problems] == ["AGR007"]


def test_every_mismatch_is_told_at_once(delivery):
    facts = replace(delivery.facts, producer="x", system="y", information_type="z")
    error = refusal(delivery, facts)
    assert [problem.code for problem in error.problems] == ["AGR002", "AGR003", "AGR004"]
    assert error.parameters["fields"] == "producer, system, information_type"
    assert "A-1" in error.text("sv")


def test_the_protected_route_needs_an_agreement_of_its_own(delivery):
    assert refusal(delivery, route="protected").code == "AGR008"
    other = replace(delivery.agreement, id="A-2", system="other")
    both = replace(delivery, protected=ProtectedRoute(other, "Kommunarkivarien"))
    match_agreement(both, both.facts, NOW, "open")
    assert refusal(both, route="protected").parameters["agreement"] == "A-2"
