"""True references of known databases, and copies of these that declare none."""

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

Truth = set[tuple[str, tuple[str, ...], str]]

NORTHWIND: Truth = {
    ("CustomerCustomerDemo", ("CustomerID",), "Customers"),
    ("CustomerCustomerDemo", ("CustomerTypeID",), "CustomerDemographics"),
    ("EmployeeTerritories", ("EmployeeID",), "Employees"),
    ("EmployeeTerritories", ("TerritoryID",), "Territories"),
    ("Employees", ("ReportsTo",), "Employees"),
    ("Order Details", ("OrderID",), "Orders"),
    ("Order Details", ("ProductID",), "Products"),
    ("Orders", ("CustomerID",), "Customers"),
    ("Orders", ("EmployeeID",), "Employees"),
    ("Orders", ("ShipVia",), "Shippers"),
    ("Products", ("CategoryID",), "Categories"),
    ("Products", ("SupplierID",), "Suppliers"),
    ("Territories", ("RegionID",), "Region"),
}
"""As the database's own script for another engine declares them."""

ALKT: Truth = {
    ("Objekt", ("AgarID",), "Ägare"),
    ("Ärende", ("ObjektID",), "Objekt"),
    ("Ärende_Beslut", ("ArendeID",), "Ärende"),
    ("Ärende_Händelser", ("ArendeID",), "Ärende"),
    ("Ärende_Händelser", ("ObjektID",), "Objekt"),
}
"""The schema declares none; these are what the mapping joins on."""


def declared(path: Path) -> Truth:
    """Give the references that an SQLite file declares."""
    found: Truth = set()
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            keys: dict[int, tuple[str, list[str]]] = {}
            query = 'SELECT id, "table", "from" FROM pragma_foreign_key_list(?) ORDER BY id, seq'
            for number, target, own in connection.execute(query, (table,)):
                keys.setdefault(number, (target, []))[1].append(own)
            found |= {(table, tuple(own), target) for target, own in keys.values()}
    return found


def undeclared(path: Path, target: Path) -> Path:
    """Copy an SQLite file and take every declaration of a reference away."""
    shutil.copyfile(path, target)
    target.chmod(0o644)
    constraint = re.compile(
        r",?\s*(?:CONSTRAINT\s+(?:\[[^]]*\]|\"[^\"]*\"|\w+)\s+)?FOREIGN\s+KEY\s*\([^)]*\)\s*REFERENCES\s+"
        r"(?:\[[^]]*\]|\"[^\"]*\"|\w+)\s*(?:\([^)]*\))?(?:\s+ON\s+(?:DELETE|UPDATE)\s+(?:NO\s+ACTION|CASCADE|SET\s+NULL))*"
        r"|\s+REFERENCES\s+(?:\[[^]]*\]|\"[^\"]*\"|\w+)\s*(?:\([^)]*\))?",
        re.IGNORECASE,
    )
    with closing(sqlite3.connect(target, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        for name, sql in connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table'"
        ).fetchall():
            connection.execute(
                "UPDATE sqlite_master SET sql = ? WHERE type = 'table' AND name = ?",
                (constraint.sub("", sql), name),
            )
        connection.execute("PRAGMA writable_schema = RESET")
        connection.execute("PRAGMA integrity_check")
    return target
