"""Records whose key points out a person: the tools show pseudonyms only."""

import json
import re
import shutil
import sqlite3
from pathlib import Path

import pytest
from tests.support.worlds import AT, World

ROOT = Path(__file__).resolve().parents[3]
NUMBERS = (810001, 810002)
TABLES = {
    "employee": "emp_no integer primary key, birth_date text, first_name text, last_name text, gender text, hire_date text",
    "salary": "emp_no integer, amount integer, from_date text, to_date text",
    "title": "emp_no integer, title text, from_date text, to_date text",
    "dept_emp": "emp_no integer, dept_no text, from_date text, to_date text",
    "dept_manager": "emp_no integer, dept_no text, from_date text, to_date text",
    "department": "dept_no text primary key, dept_name text",
    "expected_value": "table_name text primary key, recs integer, crc_md5 text",
    "found_value": "table_name text primary key, recs integer, crc_md5 text",
    "tchecksum": "chk text",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("personal")
    for part in ("connectors", "mappings", "municipalities"):
        shutil.copytree(ROOT / part, folder / "world" / part)
    (folder / "world/sources").mkdir()
    with sqlite3.connect(folder / "world/sources/personal.sqlite") as connection:
        for name, columns in TABLES.items():
            connection.execute(f"create table {name} ({columns})")
        for number in NUMBERS:
            connection.execute(
                "insert into employee values (?, '1953-09-02', 'Provia', 'Provsson', 'F', '1986-06-26')",
                (number,),
            )
            connection.execute("insert into salary values (?, 21000, '1986-06-26', '1987-06-26')", (number,))
    made = World(folder / "world", folder / "home")
    status, result = made.run("--at", AT, delivery="borlange/personal")
    assert (status, result["objects"]["archived"]) == (0, len(NUMBERS)), result
    return made


def has_number(plain):
    return [number for number in NUMBERS if str(number) in json.dumps(plain)]


def test_preview_shows_pseudonyms_wherever_the_key_stands(world):
    status, plain = world.ask("mapping", "preview", "borlange/personal")
    assert (status, len(plain["objects"])) == (0, 2)
    assert has_number(plain) == []
    one = plain["objects"][0]
    assert re.fullmatch(r"p-[0-9a-f]{20}", one["key"])
    fields = {field["path"]: field["value"] for field in one["fields"]}
    assert fields["reference_code"] == fields["agents[0].id_number"] == one["key"]
    assert {row["row"]["emp_no"] for row in one["rows"]} == {one["key"]}


def test_a_personal_object_is_found_by_its_pseudonym_never_by_its_number(world):
    _, plain = world.ask("mapping", "preview", "borlange/personal", "--count", "1")
    key = plain["objects"][0]["key"]
    assert world.ask("mapping", "preview", "borlange/personal", "--object", key)[0] == 0
    status, refused = world.ask("mapping", "preview", "borlange/personal", "--object", NUMBERS[0])
    assert (status, refused["error"]["code"], has_number(refused)) == (2, "MTL004", [])


def test_reveal_shows_them(world):
    _, plain = world.ask("mapping", "preview", "borlange/personal", "--reveal", "--by", "Arkivarie")
    assert has_number(plain) == list(NUMBERS)


def test_trace_tells_digests_instead_of_values(world):
    case = json.loads(next((world.home / "borlange/archive").rglob("case.json")).read_text(encoding="utf-8"))
    for field in ("reference_code", "title", "agents[0].name", "events[0].date"):
        status, plain = world.ask("trace", "borlange", case["id"], field)
        assert (status, plain["value"], has_number(plain)) == (0, None, [])
        assert plain["digest"]
        for origin in plain["origins"]:
            assert all(key.startswith("p-") for key in origin["keys"])
    assert plain["origins"][0]["columns"] == ["from_date"]


def test_diff_tells_no_key(world, tmp_path):
    for part in ("connectors", "mappings", "municipalities"):
        shutil.copytree(world.path / part, tmp_path / part)
    path = tmp_path / "mappings/personal/personalakt.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace(
            "reference_code: {from: emp_no,", 'reference_code: {concat: [emp_no, "/"],'
        ),
        encoding="utf-8",
    )
    status, plain = world.ask("mapping", "diff", "borlange/personal", "--other-content", tmp_path)
    assert (status, list(plain["fields"]), has_number(plain)) == (1, ["case.reference_code"], [])
    example = plain["fields"]["case.reference_code"]["examples"][0]
    assert (example["before"], example["after"]) == ("999999/", "999999")


def test_the_list_of_the_archive_shows_pseudonyms(world):
    status, plain = world.ask("archive", "list", "borlange")
    assert (status, len(plain["objects"]), has_number(plain)) == (0, 2, [])
    shown = {one["reference_code"] for one in plain["objects"]}
    _status, told = world.ask("mapping", "preview", "borlange/personal")
    assert shown == {one["key"] for one in told["objects"]}


def test_without_a_packages_own_list_its_cases_have_no_reference(world, tmp_path):
    own = world.copy(tmp_path)
    for found in own.home.rglob("archive/**/objects.jsonl"):
        found.write_text("damaged", encoding="utf-8")
    _status, plain = own.ask("archive", "list", "borlange")
    assert [one["reference_code"] for one in plain["objects"]] == ["", ""]
