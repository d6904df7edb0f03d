"""SQLite sources: types by value, hostile names and values, documents in rows, and every way to be unreadable."""

import base64
import sqlite3
from pathlib import Path

import pytest
from tests.sources.building import CASE_STREAMS, CASES, database, sql, values

from leverans.errors import AccessDenied, ConfigurationError, IntegrityError, Outage
from leverans.sources import DocumentFault
from leverans.sources.sql import reading, sqlite


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(sqlite, "WAIT_SECONDS", 0.0)


def types(connector, stream):
    return {column.name: column.type for column in connector.discover().stream(stream).columns}


def test_types_are_those_of_the_values(tmp_path):
    path = database(
        tmp_path / "a.db",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, whole, real, number NUMERIC, mixed, text, blob, none DATETIME,"
        " none_int INT, big)",
        t=[
            (1, 1, 1.5, 12, 1, "0100", b"\0\1", None, None, 2**60),
            (2, -(2**63), 1e300, 12.5, "x", "", b"", None, None, 0.5),
            (3, None, None, None, 2.5, None, None, None, None, None),
        ],
    )
    with sql(tmp_path, path, "  t: {shared: true}\n") as db:
        assert types(db, "t") == {
            "id": "int64", "whole": "int64", "real": "double", "number": "double", "mixed": "string",
            "text": "string", "blob": "binary", "none": "string", "none_int": "int64", "big": "string",
        }  # fmt: skip
        rows = values(db, "t")
        assert [row["mixed"] for row in rows] == ["1", "x", "2.5"]
        assert [row["text"] for row in rows] == ["0100", "", None]
        assert [row["number"] for row in rows] == [12.0, 12.5, None]
        assert [row["big"] for row in rows] == [str(2**60), "0.5", None]
        assert rows[1]["whole"] == -(2**63)
        assert rows[0]["blob"] == b"\0\1"
        assert db.totals("t").nulls["text"] == 1


def test_text_comes_as_it_is(tmp_path):
    odd = ["a\0b", "NULL", "", " B ", "\u00e9", "e\u0301", "\x01\x1f", "😀", "'; DROP TABLE t; --"]
    path = database(tmp_path / "a.db", "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)")
    database(path, t=list(enumerate(odd)))
    with sql(tmp_path, path, "  t: {shared: true}\n") as db:
        assert [row["v"] for row in values(db, "t")] == odd


def test_hostile_names_are_quoted(tmp_path):
    table = 'Ärende "x" ; select % : ? [😀]'
    columns = ["order", 'a"b', "å ä", "1st", "x.y", "%s", ":p", "?", "😀", "rowid"]
    script = ", ".join('"' + name.replace('"', '""') + '"' for name in columns)
    path = tmp_path / "hostile % # ? å.db"
    connection = sqlite3.connect(path)
    quoted = '"' + table.replace('"', '""') + '"'
    connection.execute(f"CREATE TABLE {quoted} ({script})")
    connection.execute(f"INSERT INTO {quoted} VALUES ({','.join(map(str, range(10)))})")
    connection.commit()
    connection.close()
    name = table.replace("'", "''")
    with sql(tmp_path, path, f"  '{name}': {{key: ['a\"b', '%s'], shared: true}}\n") as db:
        assert db.check().problems == ()
        assert values(db, table) == [dict(zip(columns, range(10), strict=True))]
        assert db.totals(table).nulls == dict.fromkeys(columns, 0)


def test_undecodable_text_costs_its_row_only(tmp_path):
    path = database(tmp_path / "a.db", "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)")
    connection = sqlite3.connect(path)
    connection.execute("INSERT INTO t VALUES (7, CAST(x'e5e4f6' AS TEXT)), (8, 'ok')")
    connection.commit()
    connection.close()
    with sql(tmp_path, path, "  t: {shared: true}\n") as db:
        (batch,) = db.read("t")
        assert batch.rows.to_pylist() == [{"id": 8, "v": "ok"}]
        (aside,) = batch.set_aside
        assert (aside.place, aside.position, aside.code, aside.detail) == ("7", 1, "SRC107", "v")
    with sql(tmp_path, path, "  t: {shared: true, personal: true}\n") as db:
        (batch,) = db.read("t")
        assert batch.set_aside[0].place == "#1"


def test_a_row_that_does_not_decode_still_tells_its_root(tmp_path):
    path = database(tmp_path / "a.db", "CREATE TABLE t (id INTEGER PRIMARY KEY, nr TEXT, v TEXT)")
    connection = sqlite3.connect(path)
    connection.execute("INSERT INTO t VALUES (1, 'å', CAST(x'e5' AS TEXT)), (2, CAST(x'e5' AS TEXT), 'v')")
    connection.execute("INSERT INTO t VALUES (3, NULL, CAST(x'e5' AS TEXT))")
    connection.commit()
    connection.close()
    for by, hints in (("[nr]", ["2:å", None, None]), ("[id]", ["1:1", "1:2", "1:3"])):
        with sql(tmp_path, path, f"  t: {{root: {{by: {by}}}}}\n") as db:
            (batch,) = db.read("t")
            assert [row.hint for row in batch.set_aside] == hints


def test_rows_come_in_key_order_in_bounded_batches(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "BATCH_ROWS", 10)
    path = database(
        tmp_path / "a.db", "CREATE TABLE t (id int, v text)", t=[(n, "x" * n) for n in reversed(range(25))]
    )
    with sql(tmp_path, path, "  t: {key: [id], shared: true}\n") as db:
        batches = list(db.read("t"))
        assert [batch.rows.num_rows for batch in batches] == [10, 10, 5]
        assert [row["id"] for row in values(db, "t")] == list(range(25))
    monkeypatch.setattr(reading, "BATCH_BYTES", 100)
    with sql(tmp_path, path, "  t: {key: [id], shared: true}\n") as db:
        batches = list(db.read("t"))
        assert sum(batch.rows.num_rows for batch in batches) == 25
        assert all(sum(map(len, batch.rows["v"].to_pylist())) <= 100 + 25 for batch in batches)


BLOBS = "CREATE TABLE f (id INTEGER PRIMARY KEY, name TEXT, body)"
BLOB_STREAMS = "  f: {key: [id], root: {by: [id]}, documents: [{column: body, name: name, encoding: %s}]}\n"


@pytest.mark.parametrize("script", [BLOBS, BLOBS + " WITHOUT ROWID", "PRAGMA encoding='UTF-16';" + BLOBS])
def test_documents_are_streamed_out_of_rows(tmp_path, script):
    big = bytes(range(256)) * 4096
    rows = [(1, "a.bin", big), (2, "", b""), (3, "c", None), (4, "d", 17), (5, "e", "text å")]
    path = database(tmp_path / "a.db", script, f=rows)
    with sql(tmp_path, path, BLOB_STREAMS % "raw") as db:
        catalogue = db.discover()
        assert catalogue.stream("f_body").kind == "documents"
        assert types(db, "f")["body"] == "string"
        assert values(db, "f")[0]["body"] is None
        found = list(db.documents("f_body"))
        assert [(item.ref, item.name) for item in found] == [
            ("1", "a.bin"),
            ("2", "2"),
            ("4", "d"),
            ("5", "e"),
        ]
        assert db.totals("f_body").rows == 4
        assert db.open(found[0]).read(-1) == big
        assert db.open(found[1]).read(10) == b""
        assert db.open(found[3]).read() == "text å".encode()
        if found[2].fault:
            assert (found[2].fault, found[2].status) == ("SRC119", "unreadable")
        else:
            with pytest.raises(DocumentFault, match="SRC119"):
                db.open(found[2])


def test_base64_is_decoded_piece_by_piece(tmp_path, monkeypatch):
    monkeypatch.setattr("leverans.sources.sql.blob._CHUNK", 7)
    body = bytes(range(200))
    text = base64.encodebytes(body).decode()
    bad = ["%%%%", "QUJ", "QQ==QQ==", "QUJD" * 3 + "å"]
    rows = [(1, "a", text), (2, "b", ""), *[(n, "x", value) for n, value in enumerate(bad, start=3)]]
    path = database(tmp_path / "a.db", BLOBS, f=rows)
    with sql(tmp_path, path, BLOB_STREAMS % "base64") as db:
        first, second, *others = db.documents("f_body")
        with db.open(first) as stream:
            assert stream.read(3) == body[:3]
            assert stream.read() == body[3:]
        assert db.open(second).read() == b""
        for document in others:
            with pytest.raises(DocumentFault, match="SRC118"):
                db.open(document).read()


def test_tables_that_are_not_read_are_counted_by_declaration_only(tmp_path):
    path = database(tmp_path / "a.db", CASES, Logg=[("not a number",)])
    with sql(tmp_path, path, CASE_STREAMS) as db:
        assert types(db, "Logg") == {"x": "int64"}
        assert (db.totals("Logg").rows, db.totals("Logg").nulls) == (1, {})
        assert db.discover() == db.discover()


def test_what_the_connector_names_and_the_source_lacks_is_told(tmp_path):
    path = database(tmp_path / "a.db", "CREATE TABLE t (id int)")
    streams = (
        "  t: {key: [id, no], root: {by: [nope]}, documents: [{column: never}]}\n  gone: {shared: true}\n"
    )
    with sql(tmp_path, path, streams) as db:
        found = db.check()
        assert [(problem.code, problem.where) for problem in found.problems] == [
            ("SRC011", "connector.yaml:6:17"),
            ("SRC011", "connector.yaml:6:34"),
            ("SRC011", "connector.yaml:6:55"),
            ("SRC010", "connector.yaml:7:3"),
        ]
        assert found.reachable
        assert found.plain()["problems"][0]["remedy"]["sv"]
        with pytest.raises(ConfigurationError):
            db.discover()


def problem(tmp_path: Path, path: Path):
    with sql(tmp_path, path, "  t: {shared: true}\n") as db:
        found = db.check()
    assert not found.reachable
    first = found.problems[0]
    assert first.remedy("sv")
    assert first.remedy("en")
    with pytest.raises(type(first)):
        found.raise_problems()
    return first


def big_database(path: Path) -> Path:
    return database(path, "CREATE TABLE t (v TEXT)", t=[("x" * 500,) for _ in range(200)])


def test_a_locked_database_is_an_outage(tmp_path):
    path = big_database(tmp_path / "a.db")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        found = problem(tmp_path, path)
    finally:
        other.close()
    assert isinstance(found, Outage)
    assert found.code == "SRC015"


def test_a_damaged_database_is_an_integrity_error(tmp_path):
    path = big_database(tmp_path / "a.db")
    data = bytearray(path.read_bytes())
    data[4096:4400] = b"\xff" * 304
    path.write_bytes(data)
    found = problem(tmp_path, path)
    assert isinstance(found, IntegrityError)
    assert found.code == "SRC017"


def test_a_truncated_database_is_an_integrity_error(tmp_path):
    path = big_database(tmp_path / "a.db")
    path.write_bytes(path.read_bytes()[:20_000])
    assert isinstance(problem(tmp_path, path), IntegrityError)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda path: None, "SRC012"),
        (lambda path: path.write_bytes(b""), "SRC013"),
        (lambda path: path.write_bytes(b"DiarieNr;Rubrik\r\n" * 100), "SRC013"),
        (lambda path: path.mkdir(), "SRC013"),
        (lambda path: path.symlink_to(path), "SRC012"),
    ],
)
def test_what_is_no_database_is_a_configuration_error(tmp_path, make, code):
    path = tmp_path / "a.db"
    make(path)
    found = problem(tmp_path, path)
    assert isinstance(found, ConfigurationError)
    assert found.code == code


def test_no_permission_is_told_apart(tmp_path, monkeypatch):
    path = big_database(tmp_path / "a.db")

    def deny(*_arguments, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", deny)
    found = sqlite.SqliteEngine("db", path).problems()[0]
    assert isinstance(found, AccessDenied)
    assert found.code == "SRC014"


def test_one_snapshot_holds_for_all_tables(tmp_path):
    path = database(tmp_path / "a.db", CASES, Ärende=[(1, "N")])
    database(path, "PRAGMA journal_mode=WAL")
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("INSERT INTO Logg VALUES (1)")
    with sql(tmp_path, path, CASE_STREAMS) as db:
        assert db.totals("Ärende").rows == 1
        writer.execute("INSERT INTO \"Ärende\" VALUES (2, 'M'), (3, 'O')")
        writer.execute("INSERT INTO Kod VALUES ('x', 'y')")
        assert db.totals("Ärende").rows == 1
        assert values(db, "Kod") == []
        assert db.fingerprint() == ""
    writer.close()


def test_values_are_looked_at_once_per_transaction(tmp_path, monkeypatch):
    path = database(tmp_path / "a.db", CASES, Ärende=[(1, "N")])
    seen, look = [], sqlite.profile
    monkeypatch.setattr(
        sqlite, "profile", lambda connection, facts: seen.append(facts.name) or look(connection, facts)
    )
    with sql(tmp_path, path, CASE_STREAMS) as db:
        db.discover()
        db.discover()
        assert values(db, "Ärende") == [{"Id": 1, "Nr": "N"}]
        assert sorted(seen) == sorted(set(seen))
        db.close()
        database(path, "UPDATE \"Ärende\" SET Id = 'x'")
        assert types(db, "Ärende") == {"Id": "string", "Nr": "string"}


def test_a_database_that_others_use_cannot_be_written_either(tmp_path):
    path = database(tmp_path / "a.db", CASES)
    with sql(tmp_path, path, CASE_STREAMS) as db, pytest.raises(Exception, match="readonly"):
        db._connection().exec_driver_sql("INSERT INTO Logg VALUES (1)")


def test_the_source_is_left_without_a_trace_and_cannot_be_written(tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    path = database(folder / "a.db", CASES + "PRAGMA journal_mode=WAL;", Ärende=[(1, "N")])
    before = path.read_bytes()
    with sql(tmp_path, path, CASE_STREAMS) as db:
        assert len(values(db, "Ärende")) == 1
        assert db.check().may_write is False
        with pytest.raises(Exception, match="readonly"):
            db._connection().exec_driver_sql("INSERT INTO Logg VALUES (1)")
        assert [entry.name for entry in folder.iterdir()] == ["a.db"]
        mark = db.fingerprint()
        database(path, 'INSERT INTO "Ärende" VALUES (2, NULL)')
        assert mark
        assert db.fingerprint() != mark
        before = path.read_bytes()
    assert path.read_bytes() == before


def test_real_case_system(shared, root, tmp_path):
    from leverans.sources import load_connector, open_connector

    made = load_connector(root / "connectors" / "alkt", root)
    with open_connector("db", made, "alkt.sqlite", shared / "data" / "alkt_sqlserver") as db:
        assert db.check().problems == ()
        catalogue = db.discover()
        assert catalogue == db.discover()
        assert [stream.name for stream in catalogue.streams] == [
            "Klartext", "Objekt", "Ägare", "Ärende", "Ärende_Beslut", "Ärende_Händelser",
        ]  # fmt: skip
        assert types(db, "Ärende")["DiarieNr"] == "string"
        assert types(db, "Ärende")["ArendeID"] == "int64"
        kinds = {row["Kodtyp"] for row in values(db, "Klartext")}
        assert {"B", "B "} <= kinds
        assert db.totals("Klartext").rows == 242


def test_real_personnel_database(shared, tmp_path):
    path = shared / "data" / "databases" / "employee_hr" / "employee.db"
    streams = "  employee: {root: {by: [emp_no]}}\n  salary: {root: {via: employee, on: {emp_no: emp_no}}}\n"
    with sql(tmp_path, path, streams) as db:
        assert db.check().problems == ()
        assert db.totals("salary").rows == 9488
        rows = values(db, "salary")
        assert len(rows) == 9488
        assert db.discover().stream("salary").key == ("emp_no", "from_date")
        assert types(db, "salary") == {
            "emp_no": "int64",
            "amount": "int64",
            "from_date": "string",
            "to_date": "string",
        }
        assert "current_dept_emp" not in [stream.name for stream in db.discover().streams]
