"""Personnel files out of MariaDB: the same connector and mapping, another address in the delivery's YAML."""

import re
import shutil
from pathlib import Path

import pytest
from tests.content.conftest import ROOT, Work, assert_conserved
from tests.support.databases import PASSWORD, Maria

pytestmark = pytest.mark.e2e
TABLES = ("employee", "department", "dept_emp", "dept_manager", "title", "salary")
OWN_CHECKS = ("expected_value", "found_value", "tchecksum")
"""The system's own tables that the mapping leaves; the schema's file makes them elsewhere."""


@pytest.fixture(scope="module")
def server(shared, tmp_path_factory):
    if Maria.program() is None:
        pytest.skip("needs the programs of MariaDB")
    server = Maria(tmp_path_factory.mktemp("my")).start()
    try:
        server.sql("CREATE DATABASE employee")
        folder = shared / "data" / "databases" / "employee_hr" / "mysql" / "dataset_large"
        schema = (folder / "employee.sql").read_text(encoding="utf-8")
        made = re.findall(r"CREATE TABLE \w+ \(.*?\n\)\s*;", schema, re.DOTALL)
        made += [f"CREATE TABLE {name} (x int)" for name in OWN_CHECKS]
        loads = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("load_*.sql"))]
        rows = [
            one
            for text in loads
            for one in re.split(r";\s*\n", text + "\n")
            if one.strip().startswith("INSERT")
        ]
        server.sql("SET SESSION foreign_key_checks = 0", *made, *rows, database="employee")
        server.sql(
            f"CREATE USER reader@'%' IDENTIFIED BY '{PASSWORD}'", "GRANT SELECT ON employee.* TO reader@'%'"
        )
        yield server
    finally:
        server.stop()


def test_ten_thousand_persons_and_all_their_salaries_are_archived(server, tmp_path, monkeypatch):
    content = tmp_path / "content"
    for part in ("connectors", "mappings", "municipalities"):
        shutil.copytree(ROOT / part, content / part)
    delivery = content / "municipalities" / "borlange" / "personal.yaml"
    text = delivery.read_text(encoding="utf-8")
    wanted = "    location: {env: PERSONAL_DB}\n    secrets: {password: {env: PERSONAL_PASSWORD}}\n"
    delivery.write_text(text.replace("    location: personal.sqlite\n", wanted), encoding="utf-8")
    monkeypatch.setenv("PERSONAL_DB", server.address("employee"))
    monkeypatch.setenv("PERSONAL_PASSWORD", PASSWORD)
    counts = {}
    with server.connect("employee") as connection, connection.cursor() as cursor:
        for table in (*TABLES, *OWN_CHECKS):
            cursor.execute(f"SELECT count(*) FROM {table}")
            (counts[table],) = cursor.fetchone()
    assert (counts["employee"], counts["salary"]) == (10_000, 94_917)
    work = Work(tmp_path, tmp_path / "home", content)
    status, result = work.leverans("run", "borlange/personal")
    assert status == 0, result
    assert_conserved(result, counts)
    assert result["objects"]["archived"] == 10_000
    assert result["streams"]["db.salary"]["part_of"] == 94_917
    for file in Path(work.home).rglob("*"):
        if file.is_file() and file.suffix in {".json", ".jsonl", ".xml", ".html", ".sqlite"}:
            assert PASSWORD.encode() not in file.read_bytes()
