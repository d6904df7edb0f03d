"""Access files of others: counts, values, documents, relations, dates that cannot be told, files that are cut off."""

import os
import re
import shutil
import time

import pytest
from tests.sources.building import landed, sql, values

from leverans.blobs import ContentStore
from leverans.errors import ConfigurationError, IntegrityError
from leverans.sources import Landing
from leverans.sources.sql import reading

ORDERS = "  Orders: {key: [OrderID], root: {by: [OrderID]}}\n"
DETAILS = "  Order Details: {root: {via: Orders, on: {OrderID: OrderID}}}\n"


@pytest.fixture
def access(shared, tmp_path):
    if shutil.which("mdb-export") is None:
        pytest.skip("needs the programs of mdbtools")

    def copied(name):
        return shutil.copy(shared / "data" / "databases" / "access" / name, tmp_path / name)

    return copied


def test_every_table_is_described_and_counted(access, tmp_path):
    with sql(tmp_path, access("nwind.mdb"), ORDERS + DETAILS) as db:
        check = db.check()
        assert (check.problems, check.may_write, check.known_by, check.version) == (
            (), False, "opened_read_only", "Access JET3",
        )  # fmt: skip
        catalogue = db.discover()
        assert catalogue == db.discover()
        assert {one.name: db.totals(one.name).rows for one in catalogue.streams} == {
            "Categories": 8, "Customers": 91, "Employees": 9, "Order Details": 2155, "Orders": 830, "Products": 77,
            "Shippers": 3, "Suppliers": 29, "Umsätze": 830,
        }  # fmt: skip
        assert catalogue.stream("Order Details").key == ("OrderID", "ProductID")
        assert (("Order Details", ("OrderID",), "Orders", ("OrderID",))) in db.references()
        assert db.totals("Orders").nulls["ShipRegion"] == sum(
            row["ShipRegion"] is None for row in values(db, "Orders")
        )


def test_values_are_the_files(access, tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "BATCH_ROWS", 100)
    path = access("nwind.mdb")
    with sql(tmp_path, path, ORDERS + "  Customers: {shared: true}\n  Products: {shared: true}\n") as db:
        assert len(list(db.read("Orders"))) == 9
        first = values(db, "Orders")[0]
        assert (first["OrderID"], first["OrderDate"], first["Freight"], first["ShipAddress"]) == (
            10330, "1994-11-16 00:00:00", "12.7500", "Carrera 52 con Ave. Bolívar #65-98 Llano Largo",
        )  # fmt: skip
        (mexico,) = (row for row in values(db, "Customers") if row["CustomerID"] == "ANATR")
        assert (mexico["City"], mexico["Region"]) == ("México D.F.", None)
        assert {row["Discontinued"] for row in values(db, "Products")} == {True, False}


def test_documents_in_a_file_are_landed(access, tmp_path):
    streams = "  Categories: {key: [CategoryID], root: {by: [CategoryID]}, documents: [{column: Picture}, {column: Description, stream: text}]}\n"
    with sql(tmp_path, access("nwind.mdb"), streams) as db:
        result = landed(tmp_path, db)
        assert result.manifest.documents.landed == 16
    table = {
        (row["stream"], row["ref"]): row["sha256"]
        for part in Landing.open(result.folder).documents()
        for row in part.to_pylist()
    }
    store = ContentStore(tmp_path / "blobs")
    assert store.path(table["db.text", "4"]).read_bytes() == b"Cheeses"
    picture = store.path(table["db.Categories_Picture", "1"]).read_bytes()
    assert (len(picture), picture[20:34]) == (10746, b"Bitmap Image\x00P")


def test_a_date_that_cannot_be_told_costs_its_row_and_nothing_else(access, tmp_path):
    with sql(
        tmp_path, access("DateTestDatabase.mdb"), "  DateTest: {key: [IDCol], root: {by: [IDCol]}}\n"
    ) as db:
        (batch,) = db.read("DateTest")
        assert [row["IDCol"] for row in batch.rows.to_pylist()] == [1, 5, 6]
        assert batch.rows.to_pylist()[2]["LongTextCol"] == "New line\r\nin field"
        assert [(one.place, one.position, one.code, one.detail) for one in batch.set_aside] == [
            ("2", 2, "SRC251", "DateTimeCol"), ("3", 3, "SRC251", "DateTimeCol"), ("4", 4, "SRC251", "DateTimeCol"),
        ]  # fmt: skip
        result = landed(tmp_path, db)
        assert (result.manifest.streams[0].rows, result.set_aside) == (6, 3)


@pytest.mark.parametrize("size", [1_500_000, 1_499_136, 20_480, 2048])
def test_a_file_that_is_cut_off_is_told_and_quickly(access, tmp_path, size):
    path = access("nwind.mdb")
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.truncate(size)
    begun = time.process_time()
    with sql(tmp_path, path, ORDERS) as db:
        (problem,) = db.check().problems
        assert isinstance(problem, IntegrityError) and problem.code == "SRC017"
        with pytest.raises(IntegrityError):
            landed(tmp_path, db)
    assert time.process_time() - begun < 20 and not list((tmp_path / "outbox").glob("[0-9a-f]*"))


def test_a_file_that_changes_meanwhile_is_told(access, tmp_path):
    path = access("acc97.mdb")
    path.chmod(0o644)
    with sql(tmp_path, path, "  Table1: {shared: true}\n") as db:
        before = db.fingerprint()
        assert values(db, "Table1") == [{"Field1": "data"}]
        path.write_bytes(path.read_bytes())
        assert db.fingerprint() != before


def test_nothing_is_written_to_the_file_or_beside_it(access, tmp_path):
    folder = tmp_path / "källa"
    folder.mkdir()
    path = shutil.move(access("ASampleDatabase.accdb"), folder / "a.accdb")
    before = path.read_bytes()
    with sql(tmp_path, path, "  Asset Items: {shared: true}\n") as db:
        assert len(values(db, "Asset Items")) == 65
    assert path.read_bytes() == before and [one.name for one in folder.iterdir()] == ["a.accdb"]


def test_a_missing_program_is_told_with_its_remedy(access, tmp_path, monkeypatch):
    path = access("acc97.mdb")
    monkeypatch.setenv("PATH", str(tmp_path))
    with sql(tmp_path, path, "  Table1: {shared: true}\n") as db:
        (problem,) = db.check().problems
        assert isinstance(problem, ConfigurationError) and problem.code == "SRC250"
        assert "mdbtools" in problem.remedy("en")


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("sed '$d'", "829 ≠ 830"),
        ("sed 'p'", "831 ≠ 830|≠ 830"),
        ("cat; while echo 'Warning: mdb_col_to_string' >&2; do :; done #", "mdb_col_to_string"),
    ],
)
def test_a_program_that_gives_other_rows_or_complains_without_end_is_not_believed(
    access, tmp_path, monkeypatch, program, told
):
    path = access("nwind.mdb")
    real = shutil.which("mdb-export")
    fake = tmp_path / "bin" / "mdb-export"
    fake.parent.mkdir()
    fake.write_text(
        f'#!/bin/sh\n"{real}" "$@" | {program}\n'
        if "cat;" not in program
        else f'#!/bin/sh\n"{real}" "$@"\n{program[5:]}\n'
    )
    fake.chmod(0o755)
    with sql(tmp_path, path, ORDERS) as db:
        db.discover()
        monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
        with pytest.raises(IntegrityError) as caught:
            list(db.read("Orders"))
        assert caught.value.code == "SRC017" and re.search(told, str(caught.value))
