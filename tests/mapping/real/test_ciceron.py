"""Ciceron: the real columns of its database with made-up rows, and the FGS export unfolded from its XML."""

import re
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime

import pytest
from tests.content.conftest import Work, assert_nothing_new, assert_valid, change, delivered
from tests.mapping.real.kit import (
    aggregations,
    archived_documents,
    assert_checked,
    assert_every_column_told,
    erms,
    sql,
)
from tests.support import ciceron

pytestmark = pytest.mark.e2e
DELIVERY = "hedemora/diarium"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A made-up Ciceron, delivered; (work, result, what lies in it)."""
    sources = tmp_path_factory.mktemp("ciceron")
    truth = ciceron.build(sources, cases=40, seed=1)
    work = Work(sources, tmp_path_factory.mktemp("hedemora"))
    return work, delivered(work, DELIVERY), truth


@pytest.fixture
def own(whole, tmp_path):
    """A copy of the source to change."""
    shutil.copytree(whole[0].sources, tmp_path / "sources")
    return Work(tmp_path / "sources", tmp_path / "home")


def test_the_tables_have_the_real_columns(shared):
    """The generator writes what the facts name, no more and no less."""
    lines = (
        (shared / "data" / "facts" / "ciceron_diabas_columns.csv").read_text(encoding="utf-8").splitlines()
    )
    real = {tuple(line.split(",")[:2]) for line in lines[1:]}
    assert real == {(table, name) for table, names in ciceron.TABLES.items() for name in names.split()}


def test_nothing_is_wrong_and_every_column_is_told(whole):
    work, _, _ = whole
    assert_checked(work, DELIVERY)
    ledger = assert_every_column_told(work, DELIVERY, work.sources / ciceron.DATABASE)
    assert ledger[("fgs.handling", "avsandare_skydd")]["use"] == "mapped"
    assert not [key for key, entry in ledger.items() if entry["use"] == "left"]


def test_every_row_is_told_and_every_case_has_its_fate(whole):
    work, result, truth = whole
    assert (result["status"], result["balanced"]) == ("complete", True)
    aside = truth.unexported | truth.bad_mod_dat
    assert result["objects"] | {"by_state": {}} == {
        "found": len(truth.cases), "archived": len(truth.cases) - len(truth.cancelled) - len(aside),
        "archived_protected": len(truth.protected - truth.cancelled - aside), "unchanged": 0,
        "quarantined": len(aside), "excluded": len(truth.cancelled), "held_back": 0, "by_state": {},
    }  # fmt: skip
    assert (len(truth.cancelled), len(truth.protected), len(aside)) == (3, 2, 2)
    for stream, shown in result["streams"].items():
        source, table = stream.split(".")
        database = {"db": ciceron.DATABASE, "fgs": ciceron.EXPORT}[source]
        rows = sql(work, database, f"select count(*) from {table}")[0][0]
        assert shown["rows"] == rows == sum(shown.values()) - shown["rows"], stream
    assert set(result["streams"]) == {
        "db.arende", "db.atgard", "db.anvandare", "db.enhet", "fgs.arende", "fgs.bilaga",
    }  # fmt: skip


def test_an_entry_without_its_case_is_set_aside_by_itself(whole):
    work, result, truth = whole
    _, listed = work.leverans("quarantine", "list", DELIVERY)
    ((number, entry),) = truth.orphans
    found = [one for one in listed["quarantine"] if f"{number}|{entry}" in str(one)]
    assert [one["code"] for one in found] == ["MAP115"]
    assert result["objects"]["found"] == len(truth.cases)  # no case was invented for it


def test_all_three_notations_of_a_change_become_dates_and_a_fourth_is_set_aside(whole):
    work, result, truth = whole
    assert set(truth.layouts) == set(ciceron.LAYOUTS)
    cases = aggregations(erms(work, "hedemora"))
    seen = set()
    for number, text in sql(work, ciceron.DATABASE, "select diarienr, mod_dat from arende"):
        for layout in ciceron.LAYOUTS:
            try:
                when = datetime.strptime(text, layout)  # noqa: DTZ007  # the source has no zone
            except ValueError:
                continue
            if number in cases:
                day = rf'name="Senast ändrat"[^>]*><value>{when:%Y-%m-%d}'
                time = "" if layout == "%Y-%m-%d" else f"T{when:%H:%M:%S}"
                assert re.search(day + time, cases[number]), (number, text)
                seen.add(layout)
    assert seen == set(ciceron.LAYOUTS)
    assert result["quarantined"]["MAP101"] == len(truth.bad_mod_dat) == 1


def test_secrecy_comes_from_the_export(whole):
    work, _, truth = whole
    cases = aggregations(erms(work, "hedemora"))
    for number, case in cases.items():
        law = truth.secret.get(number)
        own = case.split("<record ")[0]
        assert (f"<regulation>{law}</regulation>" in own) == (law is not None), number
    assert {number for number in truth.secret if number in cases}


def test_protected_persons_take_their_own_route(whole):
    work, result, truth = whole
    hidden = truth.protected - truth.cancelled
    assert not hidden & set(aggregations(erms(work, "hedemora")))
    assert result["objects"]["archived_protected"] == len(hidden)
    _, answer = work.leverans("archive", "list", "hedemora")
    assert not hidden & {entry["reference_code"] for entry in answer["objects"]}


def test_attachments_are_the_bytes_of_the_export(whole):
    work, result, truth = whole
    wanted = sql(work, ciceron.EXPORT, "select count(*) from bilaga")[0][0]
    assert result["documents"]["listed"] == wanted == len(truth.files)
    assert len(archived_documents(work, "hedemora")) > result["documents"]["archived"] / 2
    record = next(iter(aggregations(erms(work, "hedemora")).values()))
    assert 'name="skrivelse 1 åäö.txt"' in record


def test_the_packages_are_valid_and_a_second_run_makes_none(whole):
    work, result, _ = whole
    open_route = len(work.packages("hedemora"))
    assert_valid(work, "hedemora", open_route)
    assert 0 < open_route <= result["packages"]
    assert_nothing_new(work, DELIVERY, result)


def test_a_column_more_is_refused_until_somebody_says_what_it_is(own):
    change(own.sources / ciceron.DATABASE, "alter table arende add column sekretessgrad text")
    status, plain = own.leverans("mapping", "check", DELIVERY)
    assert status == 1
    assert "MAP056" in str(plain)


def test_an_element_that_nobody_knew_sets_its_case_aside(own, whole):
    _, result, _ = whole
    with closing(sqlite3.connect(own.sources / ciceron.EXPORT)) as connection, connection:
        (number,) = connection.execute("select min(diarienr) from arende").fetchone()
        connection.execute(
            "update arende set dokument = replace(dokument, '<Klass>', '<Ny>x</Ny><Klass>') where diarienr = ?",
            (number,),
        )
    told = delivered(own, DELIVERY)
    assert told["quarantined"]["MAP162"] == 1
    assert told["objects"]["quarantined"] == result["objects"]["quarantined"] + 1
