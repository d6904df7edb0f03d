"""No run without agreements that match, on the protected route just as on the open one."""

import sqlite3

import pytest
from tests.support.worlds import AT, make_world

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return make_world(tmp_path_factory.mktemp("agreements"), cases=20, seed=3)


def changed(world, old, new):
    """Change the agreement of the protected route; the open one stands before it and stays."""
    path = world.path / "municipalities/mora/alkt.yaml"
    before, word, protected = path.read_text(encoding="utf-8").partition("\nprotected:")
    assert word
    assert protected.count(old) == 1
    path.write_text(before + word + protected.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("producer: Socialnämnden", "producer: Byggnadsnämnden", "AGR002"),
        ("information_type: serveringstillstand", "information_type: bygglov", "AGR004"),
        (
            "period: {from: 1996-01-01, to: 2025-12-31}",
            "period: {from: 1996-01-01, to: 2019-12-31}",
            "AGR005",
        ),
        ("valid: {from: 2020-01-01}", "valid: {from: 2020-01-01, to: 2021-12-31}", "AGR006"),
        ("date: 2019-12-10}", "date: 2029-12-10}", "AGR007"),
    ],
)
def test_an_agreement_of_the_protected_route_that_does_not_match_refuses_the_run(
    built, tmp_path, old, new, code
):
    (tmp_path / "home").mkdir()
    built.home.mkdir(exist_ok=True)
    world = built.copy(tmp_path / "copy")
    changed(world, old, new)
    status, result = world.run("--at", AT)
    assert status != 0
    assert result["status"] == "refused"
    assert [problem["code"] for problem in result["problems"]] == ["AGR001", code]
    home = world.home / "mora"
    assert not [name for name in ("archive", "archive-protected", "packages") if (home / name).exists()]


def test_the_ledger_keeps_no_names_of_the_protected_route(delivered):
    with sqlite3.connect(f"file:{delivered.home}/mora/ledger.sqlite?mode=ro", uri=True) as ledger:
        rows = ledger.execute("select route, disposition, key, reference from object_event").fetchall()
    hidden = [row for row in rows if row[0] == "protected"]
    assert len([row for row in hidden if row[1] == "archived"]) == len(
        delivered.truth["expected"]["protected"]
    )
    assert {row[2:] for row in hidden} == {(None, None)}
    assert all(
        key and reference for route, word, key, reference in rows if (route, word) == ("open", "archived")
    )
