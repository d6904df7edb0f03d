"""Personnel files out of PostgreSQL: the same connector and mapping, another address in the delivery's YAML.

The same persons out of SQLite give the same objects under the same names.
"""

import re
import shutil
import sqlite3

import pytest
from tests.content.conftest import ROOT, Work, assert_conserved
from tests.support.databases import PASSWORD, Postgres, postgres_binaries

pytestmark = pytest.mark.e2e
TABLES = ("employee", "department", "dept_emp", "dept_manager", "title", "salary")
OWN_CHECKS = ("expected_value", "found_value", "tchecksum")
"""The system's own tables that the mapping leaves; the schema's file does not make them."""

LAST = 10_100


@pytest.fixture(scope="module")
def server(shared, tmp_path_factory):
    if postgres_binaries() is None:
        pytest.skip("needs the programs of PostgreSQL")
    server = Postgres(tmp_path_factory.mktemp("pg")).start()
    try:
        server.sql(f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'")
        server.sql("CREATE DATABASE employee")
        folder = shared / "data" / "databases" / "employee_hr" / "postgres" / "dataset_small"
        schema = (folder / "employee.sql").read_text(encoding="utf-8")
        for made in re.findall(r"CREATE TABLE \w+ \(.*?\n\)\s*;", schema, re.DOTALL):
            server.sql(made, "employee")
        for name in ("department", "employee", "dept_emp", "dept_manager", "title", "salary1"):
            server.sql((folder / f"load_{name}.sql").read_text(encoding="utf-8"), "employee")
        server.sql(
            f"DELETE FROM employee WHERE emp_no > {LAST}; REVOKE CREATE ON SCHEMA public FROM PUBLIC;"
            f" {' '.join(f'CREATE TABLE {name} (x int);' for name in OWN_CHECKS)}"
            " DROP TABLE IF EXISTS audit; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader",
            "employee",
        )
        yield server
    finally:
        server.stop()


def copied(server, path):
    """The rows of the server in a file of SQLite, with the types that the municipality's file has."""
    made = {
        "employee": "emp_no integer primary key, birth_date text, first_name text, last_name text, gender text, hire_date text",
        "department": "dept_no text primary key, dept_name text",
        "dept_emp": "emp_no int, dept_no text, from_date text, to_date text, primary key (emp_no, dept_no)",
        "dept_manager": "emp_no int, dept_no text, from_date text, to_date text, primary key (emp_no, dept_no)",
        "title": "emp_no int, title text, from_date text, to_date text, primary key (emp_no, title, from_date)",
        "salary": "emp_no int, amount int, from_date text, to_date text, primary key (emp_no, from_date)",
    }
    path.parent.mkdir()
    with server.connect("employee") as source, sqlite3.connect(path) as target:
        for table, columns in made.items():
            target.execute(f"create table {table} ({columns})")
            rows = [tuple(str(one) if hasattr(one, "isoformat") else one for one in row)
                    for row in source.execute(f"SELECT * FROM {table}")]  # fmt: skip
            target.executemany(f"insert into {table} values ({', '.join('?' * len(rows[0]))})", rows)
        for table in OWN_CHECKS:
            target.execute(f"create table {table} (x int)")
    target.close()


def test_the_same_persons_out_of_postgresql_and_sqlite_are_the_same_objects(server, tmp_path, monkeypatch):
    content = tmp_path / "content"
    for part in ("connectors", "mappings", "municipalities"):
        shutil.copytree(ROOT / part, content / part)
    copied(server, tmp_path / "sqlite" / "personal.sqlite")
    from_file = Work(tmp_path / "sqlite", tmp_path / "home-file", content)
    assert from_file.run("borlange/personal")[0] == 0
    delivery = content / "municipalities" / "borlange" / "personal.yaml"
    text = delivery.read_text(encoding="utf-8")
    wanted = "    location: {env: PERSONAL_DB}\n    secrets: {password: {env: PERSONAL_PASSWORD}}\n"
    delivery.write_text(text.replace("    location: personal.sqlite\n", wanted), encoding="utf-8")
    monkeypatch.setenv("PERSONAL_DB", server.address("employee"))
    monkeypatch.setenv("PERSONAL_PASSWORD", PASSWORD)
    with server.connect("employee") as connection:
        counts = {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in (*TABLES, *OWN_CHECKS)
        }
    assert counts["employee"] == 100 and counts["salary"] > 900
    from_server = Work(tmp_path, tmp_path / "home-server", content)
    for keys in (from_file.home / "borlange").glob("keys"):
        shutil.copytree(
            keys, from_server.home / "borlange" / keys.name
        )  # objects are named with the municipality's key
    status, result = from_server.run("borlange/personal")
    assert status == 0, result
    assert_conserved(result, counts)
    assert result["objects"]["archived"] == 100
    assert result["streams"]["db.salary"]["part_of"] == counts["salary"]
    assert objects(from_server) == objects(from_file)


def objects(work):
    """Names of the packages and of the objects in the archive."""
    return {
        "/".join(path.relative_to(work.home).parts[:-1])
        for path in (work.home / "borlange").rglob("inventory.json")
    }
