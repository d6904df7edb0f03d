"""Northwind: four deliveries of one database that nobody designed for archives."""

import hashlib
import re
import shutil
from xml.sax.saxutils import escape

import pytest
from tests.content.conftest import Work, assert_conserved, assert_valid, delivered, table_counts
from tests.mapping.real.kit import (
    aggregations,
    archived_documents,
    assert_checked,
    assert_every_column_told,
    erms,
    sql,
)

pytestmark = pytest.mark.e2e
DELIVERIES = ("order", "personal", "kunder", "sortiment")
DATABASE = "northwind.sqlite"


@pytest.fixture(scope="module")
def whole(shared, tmp_path_factory):
    """All four deliveries in one archive; (work, delivery → result)."""
    sources = tmp_path_factory.mktemp("northwind")
    shutil.copyfile(shared / "data" / "databases" / "northwind" / DATABASE, sources / DATABASE)
    work = Work(sources, tmp_path_factory.mktemp("ludvika"))
    return work, {name: delivered(work, f"ludvika/{name}") for name in DELIVERIES}


@pytest.mark.parametrize("name", DELIVERIES)
def test_nothing_is_wrong_and_every_column_is_told(whole, name):
    work, _ = whole
    assert_checked(work, f"ludvika/{name}")
    assert_every_column_told(work, f"ludvika/{name}", work.sources / DATABASE)


def test_every_column_is_archived_by_one_of_the_four(whole):
    """What one mapping leaves to another, the other really takes."""
    work, _ = whole
    uses = {}
    for name in DELIVERIES:
        for key, entry in assert_every_column_told(work, f"ludvika/{name}", work.sources / DATABASE).items():
            uses.setdefault(key, {})[name] = entry
    for key, by in uses.items():
        kept = [entry["use"] for entry in by.values() if entry["use"] not in {"left", "dropped"}]
        blob = key in {("db.Employees", "Photo"), ("db.Categories", "Picture")}
        assert kept or blob, key
        for entry in by.values():
            told = re.search(r"\(northwind/(\w+)\)", entry["reason"])
            if told:
                assert by[told.group(1)]["use"] != "left", (key, entry["reason"])


def test_every_row_of_every_table_is_told_in_each_delivery(whole):
    work, results = whole
    rows = table_counts(work.sources / DATABASE)
    assert len(rows) == 13
    for result in results.values():
        assert_conserved(result, rows)
        assert (result["objects"]["quarantined"], result["findings"], result["settled"]) == (0, {}, True)


def test_as_many_objects_as_the_source_has(whole):
    work, results = whole
    for name, table in {
        "order": "Orders", "personal": "Employees", "kunder": "Customers", "sortiment": "Categories",
    }.items():  # fmt: skip
        number = sql(work, DATABASE, f"select count(*) from {table}")[0][0]
        assert results[name]["objects"]["archived"] == results[name]["entities"]["case"] == number, name
    assert results["order"]["streams"]["db.Order Details"]["part_of"] == 2155
    assert results["order"]["packages"] == results["personal"]["packages"] == 3
    products = sql(work, DATABASE, "select count(*) from Products")[0][0]
    assert results["sortiment"]["entities"] == {"case": 8, "record": products + 8, "file": 8}


def test_every_order_line_stands_in_its_order_with_its_price(whole):
    work, _ = whole
    cases = aggregations(erms(work, "ludvika", "order"))
    lines = sql(
        work, DATABASE,
        'select OrderID, d.ProductID, ProductName, Quantity from "Order Details" d join Products using (ProductID)',
    )  # fmt: skip
    for order, product, name, quantity in lines:
        words = rf'name="Orderrad, vara {product}"[^>]*><value>{re.escape(escape(name))}; antal: {quantity}; pris: '
        assert re.search(words, cases[str(order)]), (order, product)
    assert sum(case.count('name="Orderrad') for case in cases.values()) == len(lines) == 2155


def test_dates_without_zeros_are_the_days_they_say(whole):
    work, _ = whole
    cases = aggregations(erms(work, "ludvika", "order"))
    for order, text in sql(work, DATABASE, "select OrderID, OrderDate from Orders"):
        month, day, year = text.split("/")
        assert f'"opened">{year}-{int(month):02}-{int(day):02}T' in cases[str(order)]
    open_orders = sql(work, DATABASE, "select count(*) from Orders where ShippedDate is null")[0][0]
    assert sum('<status value="open"/>' in case for case in cases.values()) == open_orders == 21


def test_customers_who_never_ordered_are_archived(whole):
    work, _ = whole
    idle = sql(
        work, DATABASE, "select CustomerID from Customers where CustomerID not in (select CustomerID from Orders)"
    )  # fmt: skip
    assert len(idle) == 2
    assert {key for (key,) in idle} <= set(aggregations(erms(work, "ludvika", "kunder")))


@pytest.mark.parametrize("column", ["Address", "City", "PostalCode"])
def test_addresses_are_places(whole, column):
    work, _ = whole
    text = erms(work, "ludvika", "kunder")
    values = [value for (value,) in sql(work, DATABASE, f"select {column} from Customers") if value]
    assert [value for value in values if escape(value) not in text] == []


def test_pictures_are_the_bytes_of_the_source(whole):
    work, _ = whole
    rows = sql(work, DATABASE, "select Photo from Employees union all select Picture from Categories")
    wanted = {hashlib.sha256(blob).hexdigest() for (blob,) in rows}
    assert len(rows) == 17
    assert wanted <= archived_documents(work, "ludvika")


def test_every_package_is_valid(whole):
    work, results = whole
    assert_valid(work, "ludvika", sum(result["packages"] for result in results.values()))


def test_nobody_is_open_on_the_web(whole):
    work, _ = whole
    _, answer = work.leverans("archive", "list", "ludvika")
    assert {entry["access"] for entry in answer["objects"]} == {"staff"}
    assert len(answer["objects"]) == 830 + 9 + 91 + 8
