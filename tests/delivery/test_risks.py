"""What a live run is told that the newest test run met and it will meet again."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from leverans.clock import FixedClock
from leverans.delivery.before import Before
from leverans.delivery.risks import ledger_risks
from leverans.ledger import Ledger

NAME = "mora/alkt"
HELD = {"code": "QUA006", "where": "2019/open"}


@pytest.fixture
def ledger(tmp_path):
    with Ledger.open(tmp_path / "ledger.sqlite", "mora", FixedClock()) as opened:
        yield opened


def a_run(ledger, *problems, test=True):
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    run = ledger.begin(NAME, reference_time=moment, test=test, code_version="1", agreement="A", by="Inga")
    ledger.finish(run, "incomplete", {"problems": list(problems)})
    return run


def told(ledger, *, test=False):
    known = Before()
    return {risk.code: risk for risk in ledger_risks(ledger, SimpleNamespace(name=NAME), known, test=test)}


def test_parts_that_critical_rules_held_back_in_the_newest_test_are_told_of_a_live_run(ledger):
    run = a_run(ledger, HELD, HELD, {"code": "DLV004", "where": "x"})
    risk = told(ledger)["OPR046"]
    assert run.id in risk.text("sv")
    assert "QUA006 × 2" in risk.text("en")
    assert "OPR046" not in told(ledger, test=True)


def test_a_newer_test_without_them_and_a_live_run_with_them_are_no_such_risk(ledger):
    a_run(ledger, HELD)
    a_run(ledger)
    a_run(ledger, HELD, test=False)
    assert "OPR046" not in told(ledger)
