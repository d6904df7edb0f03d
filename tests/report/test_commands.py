"""``leverans report``, and the report that a run writes."""

import json
from pathlib import Path

import pytest
from tests.support.worlds import AT

from leverans import report
from leverans.report import attaching


def test_a_run_answers_with_the_path_of_its_report(delivered):
    path = Path(delivered.result["report"])
    assert path.name == "report.html"
    assert path.parent.name == delivered.result["run"]


def test_the_latest_run_is_reported_unless_another_is_named(delivered):
    status, plain = delivered.ask("report", "mora/alkt")
    assert status == 0
    assert plain["path"] == delivered.result["report"]
    assert plain["facts"]["run"] == delivered.result["run"]
    status, named = delivered.ask("report", "mora/alkt", "--run", delivered.result["run"])
    assert (status, named["path"]) == (0, plain["path"])


@pytest.mark.parametrize(
    "paper", ["slutverifieringsprotokoll", "leveransreversal", "felprotokoll", "gallringslista"]
)
def test_a_paper_is_written_with_its_facts_beside_it(delivered, paper):
    status, plain = delivered.ask("report", "mora/alkt", "--paper", paper)
    assert status == 0
    assert plain["paper"] == paper
    path = Path(plain["path"])
    assert path.is_file()
    beside = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert beside["facts"]["objects"] == plain["facts"]["objects"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("mora/alkt", "--run", "00099-aa"), "RPT001"),
        (("mora/annat",), "RPT002"),
        (("orsa/alkt",), "RPT002"),
        (("mora/alkt", "--paper", "kvitto"), "RPT003"),
        (("mora/alkt", "--paper", "testprotokoll"), "RPT004"),
        (("mora",), "USE001"),
    ],
)
def test_words_that_are_off_end_with_2(delivered, words, code):
    status, plain = delivered.ask("report", *words)
    assert status == 2
    assert plain["error"]["code"] == code


def test_a_report_that_fails_changes_nothing_but_a_warning(fresh, monkeypatch, capsys):
    def fails(*_, **__):
        raise OSError(28, "No space left on device", "/secret/place")

    monkeypatch.setattr(attaching, "write", fails)
    status, result = fresh.run("--at", AT)
    assert (status, result["status"], result["report"]) == (0, "complete", None)
    monkeypatch.undo()
    status, plain = fresh.ask("report", "mora/alkt")
    assert (status, plain["facts"]["status"]) == (0, "complete")


def test_the_warning_has_a_code_a_place_and_no_more(fresh, monkeypatch):
    from leverans.delivery import RunResult
    from leverans.delivery.counting import Counts
    from leverans.settings import Settings

    def fails(*_, **__):
        raise ValueError("199002314441")

    monkeypatch.setattr(attaching, "write", fails)
    settings = Settings.load(fresh.path, fresh.home)
    result = RunResult("00001-aa", "complete", True, True, Counts(), 0, None, 0.0)
    same, warning = report.attached(settings, "mora/alkt", result)
    assert same == result
    assert (warning.code, warning.where) == ("RPT005", "reports/alkt/00001-aa")
    assert "ValueError" in warning.text("sv")
    assert "199002314441" not in warning.text("sv") + warning.text("en")


def test_a_refusal_before_any_run_has_no_report(fresh):
    from leverans.delivery import RunResult
    from leverans.delivery.counting import Counts
    from leverans.settings import Settings

    result = RunResult("", "refused", False, False, Counts(), 0, None, 0.0)
    assert report.attached(Settings.load(fresh.path, fresh.home), "mora/alkt", result) == (result, None)
