"""``leverans new source``: files that load, hold every column as todo and no value, and become a delivery."""

import dataclasses
import hashlib
import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.support.worlds import AT, leverans

from leverans.cli.main import main
from leverans.formats import yamltext
from leverans.formats.yamlquote import quoted
from leverans.registry import load_delivery
from leverans.sources import load_connector

ROOT = Path(__file__).resolve().parents[3]
FILES = [
    "connectors/nord/connector.yaml",
    "connectors/nord/README.md",
    "mappings/nord/order.yaml",
    "mappings/nord/golden/order.in.json",
    "municipalities/mora/order.yaml",
]
HOSTILE = [
    "null", "true", "yes", "no", "on", "~", "1e3", "0x10", "select", "group by", "ÅÄÖ åäö", "😀", "9lives", "a: b",
    "- x", "# c", "{y}", "[z]", '"q"', "it's", "a\\b", "ra\nd", "tab\tb", "%", "@at", "`tick`", "todo", "columns",
    "a.b", "db.x", " blank ", "&a", "*b", "!tag", "|", ">", "?", "\u0085", "\u2028", "\u00a0", "x" * 300, "key", "from",
]  # fmt: skip


def content(folder):
    """A content root with one municipality and nothing else."""
    shutil.copytree(ROOT / "mappings" / "_tables", folder / "mappings" / "_tables")
    (folder / "municipalities" / "mora").mkdir(parents=True)
    source = ROOT / "municipalities" / "mora" / "municipality.yaml"
    shutil.copy(source, folder / "municipalities" / "mora" / "municipality.yaml")
    (folder / "sources").mkdir()
    return folder


def ask(folder, *words):
    return leverans(*words, "--json", "--content", folder, "--home", folder.parent / "home")


def new(folder, location, *words, delivery="mora/order", kind="sql"):
    return ask(folder, "new", "source", delivery, "--connector", kind, "--location", location, *words)


def database(path, script, **rows):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(script)
        for table, values in rows.items():
            connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values[0]))})", values)
    return path


def texts(folder, files=FILES):
    return {name: (folder / name).read_text(encoding="utf-8") for name in files}


def todos(plain):
    """Every todo of a mapping as (table, column)."""
    found = {(table, name) for table, block in plain.get("todo", {}).items() for name in block["columns"]}
    for entity in plain["entities"].values():
        found |= {(entity["from"], name) for name in entity.get("todo", {})}
        for join in entity.get("join", {}).values():
            found |= {(join["table"], name) for name in join.get("todo", {})}
    return found


@pytest.fixture(scope="session")
def northwind(shared, tmp_path_factory):
    folder = content(tmp_path_factory.mktemp("northwind") / "content")
    shutil.copy(
        shared / "data" / "databases" / "northwind" / "northwind.sqlite", folder / "sources" / "n.sqlite"
    )
    status, answer = new(folder, "n.sqlite", "--name", "nord")
    assert status == 0, answer
    return folder, answer


def test_five_files_are_written_and_told(northwind):
    folder, answer = northwind
    assert answer["files"] == FILES
    assert all((folder / name).is_file() for name in FILES)
    assert answer["root"]["table"] == "Orders"
    assert answer["root"]["guesses"][0]["table"] == "Orders"


def test_every_column_of_every_table_is_a_todo(northwind):
    folder, answer = northwind
    with closing(sqlite3.connect(folder / "sources" / "n.sqlite")) as connection:
        tables = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        columns = {
            (f"db.{table}", row[1])
            for table in tables
            for row in connection.execute(f'PRAGMA table_info("{table}")')
        }
    assert todos(yamltext.load(folder / "mappings/nord/order.yaml").data) == columns
    assert answer["todo"] == len(columns)


def test_check_refuses_each_todo_at_its_place(northwind):
    folder, answer = northwind
    status, plain = ask(folder, "mapping", "check", "mora/order")
    assert status == 1
    (found,) = plain["mappings"]
    assert {one["code"] for one in found["findings"]} == {"MAP049"}
    assert len(found["findings"]) == answer["todo"]
    lines = (folder / "mappings/nord/order.yaml").read_text(encoding="utf-8").splitlines()
    for one in found["findings"]:
        _file, line, column = one["where"].rsplit(":", 2)
        assert lines[int(line) - 1][int(column) - 1 :].split(":")[0].strip('"') in one["text"]["en"]


def test_a_second_run_says_so_and_writes_nothing(northwind):
    folder, _answer = northwind
    before = texts(folder)
    status, answer = new(folder, "n.sqlite", "--name", "nord")
    assert (status, answer["error"]["code"]) == (1, "MTL020")
    assert [one["where"] for one in answer["problems"]] == FILES
    assert texts(folder) == before


@pytest.mark.parametrize("name", FILES)
def test_one_file_that_is_there_stops_all(tmp_path, name):
    folder = content(tmp_path / "content")
    database(folder / "sources" / "a.sqlite", "CREATE TABLE t (id INTEGER PRIMARY KEY)")
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("min egen", encoding="utf-8")
    status, answer = new(folder, "a.sqlite", "--name", "nord")
    assert (status, [one["where"] for one in answer["problems"]]) == (1, [name])
    assert (folder / name).read_text(encoding="utf-8") == "min egen"
    assert [other for other in FILES if (folder / other).exists()] == [name]


def test_the_same_source_gives_the_same_files(northwind, tmp_path):
    folder, _answer = northwind
    other = content(tmp_path / "content")
    shutil.copy(folder / "sources" / "n.sqlite", other / "sources" / "n.sqlite")
    assert new(other, "n.sqlite", "--name", "nord")[0] == 0
    assert texts(other) == texts(folder)


def test_the_source_is_not_touched(northwind):
    folder, _answer = northwind
    path = folder / "sources" / "n.sqlite"
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    assert new(folder, "n.sqlite", "--name", "annan", delivery="mora/annan")[0] == 0
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    assert [one.name for one in path.parent.iterdir()] == ["n.sqlite"]


def test_no_value_of_the_source_is_written(northwind):
    folder, answer = northwind
    names, values = set(), set()
    with closing(sqlite3.connect(folder / "sources" / "n.sqlite")) as connection:
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            cursor = connection.execute(f'SELECT * FROM "{table}"')
            names |= {table, *(one[0] for one in cursor.description)}
            values |= {one for row in cursor for one in row if isinstance(one, str) and len(one) > 5}
    written = "\n".join(texts(folder).values()) + json.dumps(answer, ensure_ascii=False)
    named = "\n".join(names)
    assert [value for value in values if value in written and value not in named] == []


def decided(folder, number="OrderID", title="ShipName", opened="OrderDate"):
    """Do what an engineer does, without thinking: key, title and date to fields, all else dropped with a reason."""
    path = folder / "mappings/nord/order.yaml"
    plain = yamltext.load(path).data
    case = plain["entities"]["case"]
    case["fields"] = {
        "reference_code": {"from": number, "required": True},
        "title": {"from": title, "required": True},
        "opened": {"from": opened, "date": case["todo"][opened]["layout"]},
    }
    mapped = {value["from"] for value in case["fields"].values()}
    for block in (case, *case.get("join", {}).values()):
        block["drop"] = {
            name: {"technical": "prov"}
            for name, known in block.pop("todo", {}).items()
            if "note" not in known and (block is not case or name not in mapped)
        }
    plain["leave"] = {table: {"technical": "prov"} for table in plain.pop("todo", {})}
    path.write_text(json.dumps(plain, ensure_ascii=False, indent=1), encoding="utf-8")
    delivery = folder / "municipalities/mora/order.yaml"
    signed = delivery.read_text(encoding="utf-8").replace(
        "signed: {}", "signed: {by: Ordföranden, date: 2020-01-01}"
    )
    waiver = "waivers:\n  - {name: untested, reason: Prov, by: Testaren, date: 2026-01-15}\n"
    delivery.write_text(signed + waiver, encoding="utf-8")


def test_when_every_todo_is_decided_it_is_delivered(northwind, tmp_path):
    folder = shutil.copytree(northwind[0], tmp_path / "content")
    decided(folder)
    status, plain = ask(folder, "mapping", "check", "mora/order")
    assert (status, plain["findings"]) == (0, 0), plain
    status, result = ask(folder, "run", "mora/order", "--at", AT)
    assert (status, result["status"]) == (0, "complete"), result
    assert result["balanced"] and result["settled"]
    assert result["objects"]["found"] == result["objects"]["archived"] == 830
    assert result["packages"] == 3
    assert {name: one["rows"] for name, one in result["streams"].items()}["db.Order Details"] == 2155
    status, report = ask(folder, "mapping", "test", "nord", "--update")
    assert status == 0, report
    (pair,) = report["pairs"]
    assert pair["written"]
    made = json.loads((folder / "mappings/nord/golden/order.out.json").read_text(encoding="utf-8"))
    assert len(made["objects"]) == 1
    assert not [one for one in made["verdicts"] if one.get("disposition") == "quarantine"]


def test_nothing_is_delivered_before_the_agreement_is_signed(northwind):
    folder, _answer = northwind
    assert load_delivery(folder, "mora/order").agreement.signed_by == ""
    status, answer = ask(folder, "run", "mora/order", "--at", AT)
    assert (status, answer["status"]) == (1, "refused")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_quoted_text_reads_back_and_stays_on_its_line(text):
    scalar = quoted(text)
    assert len(scalar.splitlines()) == 1
    assert yamltext.parse(f"a: {{{scalar}: [{scalar}, {scalar}]}}  # {scalar}\n", "x").data == {
        "a": {text: [text, text]}
    }


def test_hostile_names_give_files_that_load(tmp_path):
    folder = content(tmp_path / "content")
    script = "".join(
        f"CREATE TABLE {name_of(name)} (id_ INTEGER PRIMARY KEY, {', '.join(map(name_of, HOSTILE[at : at + 3]))});\n"
        for at, name in enumerate(HOSTILE)
    )
    script = script.replace("PRIMARY KEY, );", "PRIMARY KEY);")
    database(folder / "sources" / "a.sqlite", script)
    status, answer = new(folder, "a.sqlite", "--name", "nord")
    assert status == 0, answer
    definition = load_connector(folder / "connectors/nord", folder)
    assert {stream.name for stream in definition.streams} == set(HOSTILE)
    assert answer["todo"] == len(HOSTILE) * 4 - 3
    plain = yamltext.load(folder / "mappings/nord/order.yaml").data
    assert len(todos(plain)) == answer["todo"]
    status, checked = ask(folder, "mapping", "check", "mora/order")
    assert {one["code"] for one in checked["mappings"][0]["findings"]} == {"MAP049"}
    assert checked["findings"] == answer["todo"]
    readme = (folder / "connectors/nord/README.md").read_text(encoding="utf-8")
    assert len([line for line in readme.splitlines() if line.startswith("| ")]) >= len(HOSTILE)


def test_a_source_of_hostile_names_is_delivered(tmp_path):
    folder = content(tmp_path / "content")
    database(
        folder / "sources" / "a.sqlite",
        """CREATE TABLE "db.a b" ("no" INTEGER PRIMARY KEY, "group by" text, "9 när: {x}" text, "😀_id" int);
        CREATE TABLE "select" ("#" INTEGER PRIMARY KEY, "no" int REFERENCES "db.a b" ("no"), "it's" text);
        CREATE TABLE "😀" ("id" INTEGER PRIMARY KEY, "a.b" text);
        INSERT INTO "😀" VALUES (7, 'x');""",
    )
    with closing(sqlite3.connect(folder / "sources" / "a.sqlite")) as connection, connection:
        cases = [(number, f"rad {number}", f"2021-0{number % 9 + 1}-01", 7) for number in range(30)]
        connection.executemany('INSERT INTO "db.a b" VALUES (?, ?, ?, ?)', cases)
        below = [(number, number % 30, "y") for number in range(50)]
        connection.executemany('INSERT INTO "select" VALUES (?, ?, ?)', below)
    status, answer = new(folder, "a.sqlite", "--name", "nord", "--root", "db.a b")
    assert status == 0, answer
    decided(folder, "no", "group by", "9 när: {x}")
    status, result = ask(folder, "run", "mora/order", "--at", AT)
    assert (status, result["status"]) == (0, "complete"), result
    assert result["objects"]["archived"] == 30
    assert result["streams"]["db.select"]["rows"] == 50


def name_of(name):
    return '"' + name.replace('"', '""') + '"'


def test_a_name_that_is_no_utf8_is_told_and_nothing_is_written(tmp_path):
    folder = content(tmp_path / "content")
    path = database(folder / "sources" / "a.sqlite", "CREATE TABLE abc (id INTEGER PRIMARY KEY, xyzzy int)")
    path.write_bytes(path.read_bytes().replace(b"xyzzy", b"x\xff\xfezy"))
    status, answer = new(folder, "a.sqlite", "--name", "nord")
    assert status == 1
    assert answer["error"]["code"] == "MTL026"
    assert not [name for name in FILES if (folder / name).exists()]


SECRET = "hemligt-0rd"


@pytest.mark.parametrize(
    "words",
    [
        ("--location", f"mssql://sa:{SECRET}@host/db"),
        ("--location", f"Server=x;Pwd={SECRET}"),
        ("--location", f"env:{SECRET}!"),
        ("--location", "a.sqlite", "--secret", f"password={SECRET}"),
        ("--location", "a.sqlite", "--secret", SECRET),
    ],
)
def test_a_secret_in_the_words_is_refused_and_not_repeated(tmp_path, words):
    folder = content(tmp_path / "content")
    status, answer = ask(folder, "new", "source", "mora/order", "--connector", "sql", *words)
    assert (status, answer["error"]["code"]) == (1, "MTL025")
    assert SECRET not in json.dumps(answer)
    assert not (folder / "connectors").exists()


def test_a_location_in_the_environment_stays_there(tmp_path, monkeypatch):
    folder = content(tmp_path / "content")
    path = database(folder / "sources" / "a.sqlite", "CREATE TABLE t (id INTEGER PRIMARY KEY)")
    monkeypatch.setenv("MIN_PLATS", os.fspath(path))
    status, answer = new(folder, "env:MIN_PLATS", "--name", "nord", "--secret", "password=MITT_ORD")
    assert status == 0, answer
    plain = yamltext.load(folder / "municipalities/mora/order.yaml").data["sources"]["db"]
    assert plain["location"] == {"env": "MIN_PLATS"}
    assert plain["secrets"] == {"password": {"env": "MITT_ORD"}}
    assert os.fspath(path) not in "\n".join(texts(folder).values())


@pytest.mark.parametrize(
    ("words", "code", "exit_status"),
    [
        (("--root", "finns inte"), "MTL023", 1),
        (("--period", "1900-01-01", "2025-12-31"), "MTL024", 1),
        (("--period", "i går", "i dag"), "USE002", 2),
        (("--producer", "Ingen nämnd"), "MTL024", 1),
        (("--name", "Å b"), "MTL025", 1),
        (("--source", "../x"), "MTL025", 1),
    ],
)
def test_what_does_not_fit_is_told(tmp_path, words, code, exit_status):
    folder = content(tmp_path / "content")
    database(folder / "sources" / "a.sqlite", "CREATE TABLE t (id INTEGER PRIMARY KEY)")
    status, answer = new(folder, "a.sqlite", *words)
    assert (status, answer["error"]["code"]) == (exit_status, code)
    assert not (folder / "connectors").exists()


def test_a_municipality_that_is_not_there_or_a_source_that_is_not(tmp_path):
    folder = content(tmp_path / "content")
    assert new(folder, "a.sqlite")[1]["error"]["code"] == "SRC012"
    status, answer = new(folder, "a.sqlite", delivery="ingenstans/x")
    assert (status, answer["error"]["code"]) == (1, "CFG001")


def test_a_folder_of_text_files_is_a_source_too(tmp_path):
    folder = content(tmp_path / "content")
    place = folder / "sources" / "uttag"
    place.mkdir()
    cases = "".join(f"A-{number};2021-01-0{number % 9 + 1};Rubrik\n" for number in range(20))
    (place / "arende.csv").write_text(f"arende_id;datum;mening\n{cases}", encoding="utf-8")
    rows = "".join(f"{number};A-{number % 20};x\n" for number in range(60))
    (place / "handling.csv").write_text(f"hid;arende_id;titel\n{rows}", encoding="utf-8")
    status, answer = new(folder, "uttag", "--name", "nord", kind="flat")
    assert status == 0, answer
    assert answer["root"]["table"] == "arende"
    definition = load_connector(folder / "connectors/nord", folder)
    assert [(one.name, one.file, one.key) for one in definition.streams] == [
        ("arende", "arende.csv", ("arende_id",)),
        ("handling", "handling.csv", ("hid",)),
    ]
    assert definition.streams[1].root.via == "arende"
    status, checked = ask(folder, "mapping", "check", "mora/order")
    assert {one["code"] for one in checked["mappings"][0]["findings"]} == {"MAP049"}


def test_people_are_told_in_both_languages(tmp_path):
    folder = content(tmp_path / "content")
    database(folder / "sources" / "a.sqlite", "CREATE TABLE t (id INTEGER PRIMARY KEY)")
    words = ("new", "source", "mora/order", "--connector", "sql", "--location", "a.sqlite")
    status, text = leverans(*words, "--content", folder, "--home", tmp_path / "home")
    assert status == 0
    assert "1 kolumner att avgöra" in text and "1 columns to decide on" in text
    status, text = leverans(*words, "--content", folder, "--home", tmp_path / "home")
    assert status == 1
    assert text.count("MTL021") == 2 * len(FILES)


def test_what_is_dirty_is_told_as_doubt_and_with_its_shares(tmp_path):
    """Orphans, a key that stands twice, a table that refers to itself, dates in several layouts."""
    from tests.sources.test_profiling import diary

    from leverans.delivery.scaffoldtexts import readme
    from leverans.mapping.layouts import compile_layout
    from leverans.mapping.tools.scaffold import mapping_file
    from leverans.sources.profiling import propose, survey

    path = diary(
        tmp_path / "a.sqlite",
        orphans=1,
        twice=1,
        days=lambda day, number: (day, day, f"{day} 10:00:00")[number % 3],
    )
    seen = survey("db", "x", "sql", path.name, path.parent, options={}, declared=False)
    plan = propose(seen)
    text = mapping_file(seen, plan, name="m", title="Titel", information_type="diarium")
    layouts = yamltext.parse(text, "m.yaml").data["partition"]["by"]["datetime"]
    assert layouts == ["%Y-%m-%d", "%Y-%m-%d %H:%M:%S"]
    assert all(compile_layout(layout, time=True) for layout in layouts)
    assert "# hierarchy: {parent: [AR_OVERORDNAD]}" in text
    assert "120 av 121 olika värden finns där (99,2 %)" in text
    assert "key: [AR_ID]   # inte deklarerad i källan; OSÄKER: " in text
    weak = propose(survey("db", "x", "sql", path.name, path.parent, options={}, declared=False), "")
    lonely = dataclasses.replace(
        weak, guesses=(dataclasses.replace(weak.guesses[0], score=0.3), *weak.guesses[1:])
    )
    assert "## Osäkert" in readme(seen, lonely, name="m", delivery="a/b", mapping="m")
    assert "OSÄKERT: lite talar för ARENDE" in mapping_file(
        seen, lonely, name="m", title="Titel", information_type="diarium"
    )


@pytest.mark.parametrize("sign", [";", ",", "\t", "|"])
def test_what_parts_the_cells_is_seen_over_several_lines_with_quotes(tmp_path, sign):
    folder = content(tmp_path / "content")
    rows = [
        ["År", '"Antal; upphandlingar, totalt | per\tår"', "Not"],
        ["2021", '"a, b; c"', "1.5"],
        ["2022", '"d\n;"', ""],
    ]
    (folder / "sources" / "a.csv").write_text(
        "".join(sign.join(row) + "\n" for row in rows), encoding="utf-8"
    )
    status, answer = new(folder, "a.csv", "--name", "nord", kind="flat")
    assert status == 0, answer
    assert answer["delimiter"] == {"sign": sign, "columns": 3, "records": 3, "even": 3}
    assert [one["columns"] for one in answer["tables"]] == [3]
    assert yamltext.load(folder / "connectors/nord/connector.yaml").data["options"]["delimiter"] == sign


def test_one_column_is_told_with_the_way_out(tmp_path, capsys):
    folder = content(tmp_path / "content")
    (folder / "sources" / "a.csv").write_text("a:b\n1:2\n3:4\n", encoding="utf-8")
    words = ("new", "source", "mora/order", "--connector", "flat", "--location", "a.csv", "--name", "nord")
    assert main([*words, "--content", str(folder), "--home", str(tmp_path / "home")]) == 0
    told = capsys.readouterr().out
    assert "--delimiter" in told and "3 av 3 lästa rader" in told
    other = content(tmp_path / "other")
    shutil.copy(folder / "sources" / "a.csv", other / "sources" / "a.csv")
    status, answer = new(other, "a.csv", "--delimiter", ":", kind="flat")
    assert (status, answer["delimiter"]["columns"], answer["delimiter"]["even"]) == (0, 2, 3)


def test_a_first_line_that_is_a_row_is_refused_and_nothing_is_written(tmp_path):
    folder = content(tmp_path / "content")
    lines = [f"{number};19790120-970{number};Anna Ek" for number in range(3)]
    (folder / "sources" / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    status, answer = new(folder, "a.csv", "--name", "nord", kind="flat")
    assert (status, answer["error"]["code"]) == (1, "SRC238")
    assert "970" not in str(answer)
    assert not (folder / "connectors/nord").exists()
    status, answer = new(folder, "a.csv", "--name", "nord", "--header", "a=no", kind="flat")
    assert (status, answer["tables"][0]["rows"]) == (0, 3)
    told = yamltext.load(folder / "connectors/nord/connector.yaml").data
    assert told["options"]["header"] == {"a": False}
    assert told["streams"]["a"]["key"] == ["kolumn 1"]
    assert load_connector(folder / "connectors/nord").options["header"]


def test_creators_without_an_end_need_a_period_and_the_message_says_which(tmp_path):
    folder = content(tmp_path / "content")
    database(folder / "sources" / "a.sqlite", "CREATE TABLE t (id INTEGER PRIMARY KEY)")
    path = folder / "municipalities/mora/municipality.yaml"
    text = path.read_text(encoding="utf-8")
    head, _creators, _rest = text.partition("creators:")
    path.write_text(head + "creators:\n  - {name: Nämnden, code: N, from: 1971-01-01}\n", encoding="utf-8")
    status, answer = new(folder, "a.sqlite")
    assert (status, answer["error"]["code"]) == (1, "MTL027")
    assert "1971-01-01" in answer["error"]["text"]["sv"] and "--period" in answer["error"]["remedy"]["sv"]
    assert new(folder, "a.sqlite", "--period", "1971-01-01", "2020-12-31")[0] == 0
