"""AlkT, CaseData and the register of employees: every table and column of the real schemas has its place."""

import shutil

import pytest
from tests.content import casedata_loader
from tests.content.conftest import Work, table_counts
from tests.mapping.real.kit import assert_checked, assert_every_column_told

from leverans.demo import build

pytestmark = pytest.mark.e2e
REAL = {
    "mora/alkt": ("alkt.sqlite", 6, 0),
    "falun/parkeringstillstand": ("casedata.sqlite", 33, 1),
    "borlange/personal": ("personal.sqlite", 9, 3),
}
"""Delivery → its database, how many tables it has, how many are left."""


@pytest.fixture(scope="module")
def work(shared, tmp_path_factory):
    """The real databases; a register and a share for AlkT, which has none."""
    folder = tmp_path_factory.mktemp("real")
    build(folder / "world", cases=5, seed=1)
    for path in (folder / "world" / "sources").iterdir():
        path.rename(folder / path.name)
    data = shared / "data"
    shutil.copyfile(data / "alkt_sqlserver" / "alkt.sqlite", folder / "alkt.sqlite")
    shutil.copyfile(data / "databases" / "employee_hr" / "employee.db", folder / "personal.sqlite")
    casedata_loader.merge(folder / "casedata.sqlite", data / "casedata_mariadb")
    return Work(folder, tmp_path_factory.mktemp("home"))


@pytest.mark.parametrize("delivery", REAL)
def test_nothing_is_wrong_and_every_column_is_told(work, delivery):
    database, tables, left = REAL[delivery]
    assert len(table_counts(work.sources / database)) == tables
    assert_checked(work, delivery)
    ledger = assert_every_column_told(work, delivery, work.sources / database)
    told = {stream for (stream, _column), entry in ledger.items() if entry["use"] == "left"}
    assert len(told) == left


@pytest.mark.parametrize("delivery", REAL)
def test_nothing_is_dropped_that_holds_information(work, delivery):
    """What is dropped is the system's own: clocks, counters, copies; no disposal decision is needed."""
    database, _, _ = REAL[delivery]
    ledger = assert_every_column_told(work, delivery, work.sources / database)
    dropped = {key for key, entry in ledger.items() if entry["use"] == "dropped"}
    for stream, column in dropped:
        assert column not in {"name", "title", "description", "DiarieNr", "amount"} or (
            (stream, column) == ("db.Ärende_Händelser", "DiarieNr")  # a copy of the case's
        ), (stream, column)
    assert len(dropped) < len(ledger) / 4


def test_the_register_of_employees_is_whole(work):
    """Departments, titles, dated salaries and managers: no column of theirs is dropped."""
    ledger = assert_every_column_told(work, "borlange/personal", work.sources / "personal.sqlite")
    told = {
        key: entry["use"]
        for key, entry in ledger.items()
        if key[0]
        in {"db.salary", "db.title", "db.dept_emp", "db.dept_manager", "db.department", "db.employee"}
    }
    assert len(told) == 4 + 4 + 4 + 4 + 2 + 6
    assert set(told.values()) == {"mapped", "joined"}, told
