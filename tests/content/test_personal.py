"""Personnel files: the key points out a person and is never seen outside the packages."""

import shutil
import sqlite3
import zipfile

import pytest
from tests.content.conftest import (
    Work,
    assert_conserved,
    assert_nothing_new,
    assert_official,
    assert_valid,
    change,
    delivered,
    query,
    table_counts,
)

pytestmark = pytest.mark.e2e
DELIVERY = "borlange/personal"


@pytest.fixture(scope="session")
def source(shared, tmp_path_factory):
    folder = tmp_path_factory.mktemp("personal")
    shutil.copyfile(shared / "data" / "databases" / "employee_hr" / "employee.db", folder / "personal.sqlite")
    return folder


@pytest.fixture
def small(source, tmp_path):
    """The first fifty employees."""
    shutil.copytree(source, tmp_path / "sources")
    tables = ("salary", "title", "dept_emp", "dept_manager", "employee")
    change(
        tmp_path / "sources" / "personal.sqlite",
        *(f"delete from {table} where emp_no > 10050" for table in tables),
    )
    return Work(tmp_path / "sources", tmp_path / "home")


@pytest.fixture(scope="session")
def whole(source, tmp_path_factory):
    work = Work(source, tmp_path_factory.mktemp("borlange"))
    return work, delivered(work, DELIVERY)


def test_one_object_per_employee_with_every_row_of_theirs(whole):
    work, result = whole
    rows = table_counts(work.sources / "personal.sqlite")
    assert_conserved(result, rows)
    assert result["objects"]["found"] == result["objects"]["archived"] == 1000
    assert result["settled"] is True
    assert {table: result["streams"][f"db.{table}"]["part_of"] for table in rows} == {
        "employee": 0, "salary": 9488, "title": 1470, "dept_emp": 1103, "dept_manager": 16,
        "department": 0, "expected_value": 0, "found_value": 0, "tchecksum": 0,
    }  # fmt: skip
    assert result["streams"]["db.employee"]["object"] == 1000
    assert result["streams"]["db.department"]["reference"] == 9
    assert result["streams"]["db.expected_value"]["excluded"] == 6
    assert result["findings"] == {}


def test_one_package_per_year_of_employment(whole, official):
    work, result = whole
    years = query(
        work.sources / "personal.sqlite", "select count(distinct substr(hire_date, 1, 4)) from employee"
    )
    assert result["packages"] == years[0][0] == 15
    assert_valid(work, "borlange", 15)
    assert_official(work, "borlange", official)


def test_a_second_run_finds_nothing_new(whole):
    work, result = whole
    assert_nothing_new(work, DELIVERY, result)


def erms_of(work, year):
    for package in work.packages("borlange"):
        with zipfile.ZipFile(package) as file:
            name = next(name for name in file.namelist() if name.endswith("/ERMS.xml"))
            text = file.read(name).decode()
            if f'<identification identificationType="partition">{year}<' in text:
                return text
    raise AssertionError(year)


def test_salaries_and_titles_are_events_and_an_open_end_is_no_date(whole):
    work, _ = whole
    text = erms_of(work, "1986")
    case = next(part for part in text.split("<aggregation ") if "<name>Georgi Facello</name>" in part)
    salaries = query(
        work.sources / "personal.sqlite", "select amount, from_date, to_date from salary where emp_no = 10001"
    )
    assert case.count("<actionType>lön</actionType>") == len(salaries) == 17
    for amount, start, end in salaries:
        words = f"{amount}" if end == "9999-01-01" else f"{amount}, till och med {end}"
        assert f"<actionText>{words}</actionText>" in case
        assert f">{start}T00:00:00<" in case
    assert "9999" not in "".join(part.split("<identification")[0] for part in [case])
    assert "<actionText>Senior Engineer</actionText>" in case
    assert "<actionText>Development (d005)</actionText>" in case


def test_keys_are_pseudonyms_and_ids_cannot_be_guessed(whole):
    work, _ = whole
    with sqlite3.connect(f"file:{work.home}/borlange/ledger.sqlite?mode=ro", uri=True) as ledger:
        rows = ledger.execute(
            "select object, key, reference from object_event where disposition = 'archived'"
        ).fetchall()
    assert len(rows) == 1000
    assert all(key.startswith("p-") for _, key, _ in rows)
    numbers = {
        str(number) for (number,) in query(work.sources / "personal.sqlite", "select emp_no from employee")
    }
    assert not numbers & {reference for _, _, reference in rows}
    from leverans.trust import object_id

    guessed = {object_id("borlange", "personal", "personakt", [number]) for number in numbers}
    assert not guessed & {identity for identity, _, _ in rows}


def test_another_installation_has_other_ids(small, whole):
    """The ids hang on the municipality's own secret."""
    delivered(small, DELIVERY)
    many, few = (
        {entry["id"] for entry in work.leverans("archive", "list", "borlange")[1]["objects"]}
        for work in (whole[0], small)
    )
    assert (len(many), len(few)) == (1000, 50)
    assert not many & few


def test_nothing_that_is_told_names_a_person(small):
    """Orphans, unknown codes and wrong dates: findings and lists show pseudonyms only."""
    change(
        small.sources / "personal.sqlite",
        "pragma foreign_keys = off",
        "pragma ignore_check_constraints = on",
        "insert into salary values (4711471, 1, '1990-01-01', '1991-01-01')",
        "update employee set gender = 'X' where emp_no = 10011",
        "update employee set hire_date = '1990-02-31' where emp_no = 10012",
        "update dept_emp set dept_no = 'd999' where emp_no = 10013",
    )
    result = delivered(small, DELIVERY)
    assert result["objects"]["quarantined"] == 3
    assert result["streams"]["db.salary"]["quarantined"] > 1
    _, listed = small.leverans("quarantine", "list", DELIVERY)
    assert len(listed["quarantine"]) == 4
    shown = [
        small.leverans("quarantine", "show", DELIVERY, entry["object"]) for entry in listed["quarantine"][:3]
    ]
    receipts = "".join(
        path.read_text(encoding="utf-8") for path in small.home.glob("borlange/receipts/**/*.json")
    )
    for text in (str(listed), str(shown), str(result), receipts):
        for number in ("4711471", "10011", "10012", "10013"):
            assert number not in text
