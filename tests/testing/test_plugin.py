"""The contract suite in CI: every engine that it must have is there, and nothing is skipped."""

import pytest
from tests.content.conftest import ROOT

from leverans.testing.contract import read_declared, rules
from leverans.testing.matrix import Cell, table
from leverans.testing.plugin import not_run

IN_CI = {"sqlite", "postgresql", "mariadb", "access", "firebird"}


def test_some_connector_is_tried_on_each_engine_that_ci_must_have():
    folders = [path.parent for path in sorted((ROOT / "connectors").glob("*/contract.yaml"))]
    declared = {engine for folder in folders for engine in read_declared(folder).engines}
    assert declared >= IN_CI


@pytest.mark.parametrize(("ci", "outcome"), [("", pytest.skip.Exception), ("1", pytest.fail.Exception)])
def test_what_is_not_run_is_skipped_and_fails_in_ci(monkeypatch, ci, outcome):
    monkeypatch.setenv("LEVERANS_CI", ci)
    with pytest.raises((pytest.skip.Exception, pytest.fail.Exception), match="needs the programs") as caught:
        not_run("needs the programs of Firebird")
    assert caught.type is outcome


def test_the_table_tells_each_rule_on_each_engine():
    order = [rule.id for rule in rules()]
    cells = [
        Cell("a", "SQLite", "keys", "kept", ""),
        Cell("b", "SQLite", "keys", "kept", ""),
        Cell("a", "Access", "keys", "broken", "a key twice"),
        Cell("a", "SQLite", "blob-big", "not applicable", "no documents"),
        Cell("a", "Access", "blob-big", "not run", "needs mdbtools"),
    ]
    text = table(cells, order)
    assert "| rule | Access | SQLite |\n|---|---|---|\n" in text
    assert "| keys | BROKEN 1 | 2 |" in text
    assert "| blob-big | not run 1 | – |" in text
    assert "- SQLite: blob-big: not applicable: no documents" in text
