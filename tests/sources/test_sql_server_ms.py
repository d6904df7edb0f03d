"""SQL Server's dialect and drivers against a server of our own that speaks TDS; no real SQL Server runs here."""

from importlib.util import find_spec

import pyodbc
import pytest
from tests.sources.building import definition, values
from tests.support.databases import PASSWORD
from tests.support.tds import SqlServer

from leverans.blobs import ContentStore
from leverans.contracts import Column
from leverans.errors import AccessDenied, ConfigurationError, Outage, Refused
from leverans.sources import Access, Landing, Secret, land, open_connector
from leverans.sources.sql import reading, sqlserver
from leverans.sources.sql.engine import TableFacts
from leverans.sources.sql.sqlserver_catalogue import bound, cell, select, writes

DRIVERS = ("microsoft", "FreeTDS")
CASES = "  Ärende: {key: [Id], root: {by: [Id]}}\n"
ROWS = [
    (
        1,
        "BYGG 2021-000771",
        "2019-03-01 12:00:00.1234567",
        "1.5000",
        1.5,
        True,
        "0e984725-c51c-4bf4-9960-e1c80e27aba0",
        b"\0\xff",
        "Ö\U0001f600",
    ),
    (2, "", None, None, None, False, None, None, ""),
    (3, "a\0b '\"", "0001-01-01 00:00:00.0000000", "-922337203685477.5808", 0.1, None, None, b"", None),
]
COLUMNS = [
    ("Id", "bigint"), ("Nr", "nvarchar(20)"), ("Inkom", "datetime2(7)"), ("Avgift", "money"), ("Yta", "float"),
    ("Klar", "bit"), ("Guid", "uniqueidentifier"), ("Ver", "varbinary(8)"), ("Text", "nvarchar(max)"),
]  # fmt: skip


@pytest.fixture(params=DRIVERS)
def driver(request):
    if request.param == "microsoft" and find_spec("mssql_python_odbc") is None:
        pytest.skip("needs leverans[sqlserver]")
    if request.param == "FreeTDS" and "FreeTDS" not in pyodbc.drivers():
        pytest.skip("needs FreeTDS (tdsodbc)")
    return request.param


@pytest.fixture
def world(tmp_path, driver):
    made = []

    def make(tables=None, **more):
        server = SqlServer(tables or {"Ärende": (COLUMNS, ["Id"], list(ROWS))}, **more).__enter__()
        server.users["reader"] = PASSWORD
        made.append(server)
        return server, lambda streams=CASES, **how: connector(tmp_path, driver, server, streams, **how)

    yield make
    for server in made:
        server.__exit__()


def connector(
    tmp, kind, server, streams, *, password=PASSWORD, port=None, waiver="", database="diarium", **options
):
    if kind != "microsoft":
        options.setdefault("driver", kind)
    told = "&".join(f"{name}={value}" for name, value in {"encrypt": "no", **options}.items())
    place = f"sqlserver://reader@127.0.0.1:{port or server.port}/{database}?{told}"
    access = Access({"password": Secret(password)}, waiver)
    return open_connector("db", definition(tmp / "c", "sql", streams), place, tmp, access)


def landed(tmp, db):
    return land("m/d", [db], root=tmp / "out", store=ContentStore(tmp / "blobs"))


def test_values_come_as_they_are(world):
    server, opened = world()
    with opened() as db:
        check = db.check()
        assert (check.problems, check.may_write, check.version) == (
            (),
            False,
            "SQL Server 15.0.4153.1, SNAPSHOT",
        )
        rows = values(db, "Ärende")
        assert [tuple(row.values()) for row in rows] == ROWS
        assert db.totals("Ärende").nulls["Guid"] == 2 and db.discover() == db.discover()
        assert [(one.name, one.source_type, one.type) for one in db.discover().stream("Ärende").columns][2:4] == [
            ("Inkom", "datetime2(7)", "string"), ("Avgift", "money", "string"),
        ]  # fmt: skip
        sent = db.statements()
    assert [
        one
        for one in sent
        if not one.startswith(
            ("SELECT ", "SET LOCK_TIMEOUT", "SET TRANSACTION ISOLATION LEVEL SNAPSHOT", "BEGIN TRANSACTION")
        )
    ] == []
    assert "SET TRANSACTION ISOLATION LEVEL SNAPSHOT" in server.asked


def test_documents_are_landed_in_pieces(world, tmp_path, monkeypatch):
    monkeypatch.setattr(sqlserver, "_PIECE", 10_000)
    big = bytes(range(256)) * 200
    tables = {
        "Fil; ]1": (
            [("A", "int"), ("B]", "nvarchar(9)"), ("Data", "varbinary(max)"), ("Text", "nvarchar(max)")], ["A", "B]"],
            [(1, "å'", big, "Långt ö\U0001f600" * 2000), (1, "ö", b"", None), (2, "x", None, "")],
        ),
        "Lös": ([("A", "int"), ("Data", "varbinary(max)")], [], [(7, b"loose")]),
    }  # fmt: skip
    _, opened = world(tables)
    streams = (
        "  'Fil; ]1': {root: {by: [A]}, documents: [{column: Data, stream: data}, {column: Text, stream: text}]}\n"
        "  Lös: {root: {by: [A]}, documents: [{column: Data, stream: los}]}\n"
    )
    with opened(streams) as db:
        assert db.check().problems == ()
        result = landed(tmp_path, db)
        assert PASSWORD not in str(db.statements()) and "å'" not in str(db.statements())
    table = {
        (row["stream"], row["ref"]): row["sha256"]
        for part in Landing.open(result.folder).documents()
        for row in part.to_pylist()
    }
    assert set(table) == {
        ("db.data", "1|å'"),
        ("db.data", "1|ö"),
        ("db.text", "1|å'"),
        ("db.text", "2|x"),
        ("db.los", "#1"),
    }
    store = ContentStore(tmp_path / "blobs")
    assert store.path(table["db.data", "1|å'"]).read_bytes() == big
    assert store.path(table["db.text", "1|å'"]).read_text("utf-8") == "Långt ö\U0001f600" * 2000
    assert store.path(table["db.los", "#1"]).read_bytes() == b"loose"


def test_an_account_of_a_restored_backup_is_refused_unless_somebody_answers(world, tmp_path):
    _, opened = world(
        owner=1, rights=("CONNECT", "SELECT", "INSERT"), objects=[("Ärende", "DELETE"), ("Ärende", "SELECT")]
    )
    with opened() as db:
        (problem,) = db.check().problems
        assert problem.code == "SRC150" and "db_owner, INSERT, DELETE ON Ärende" in problem.text("en")
        with pytest.raises(Refused):
            landed(tmp_path, db)
    with opened(waiver="Återläst kopia (Arkivarien)") as db:
        assert (db.check().problems, db.check().may_write, db.check().known_by) == ((), True, "privileges")


def test_without_snapshot_isolation_what_changes_meanwhile_is_told(world, tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "BATCH_ROWS", 1)
    server, opened = world(snapshot=False)
    with opened() as db:
        assert "READ COMMITTED" in db.check().version
        result = landed(tmp_path, db)
        assert [one.code for one in result.findings] == []
        real = db.read

        def changing(stream):
            for number, batch in enumerate(real(stream)):
                if number == 1:
                    server.tables["Ärende"][2][0] = (1, "ändrad", *ROWS[0][2:])
                yield batch

        monkeypatch.setattr(db, "read", changing)
        assert [one.code for one in landed(tmp_path, db).findings] == ["SRC120"]


def test_a_mark_moves_with_a_change_also_where_there_is_a_snapshot(world):
    server, opened = world()

    def mark():
        with opened() as db:
            return db.unmoved(), db.fingerprint()

    before = mark()
    assert before == mark()
    assert before[0] and not before[1]
    server.tables["Ärende"][2][0] = (1, "ändrad", *ROWS[0][2:])
    assert mark() != before


def test_what_is_wrong_is_told_apart_and_no_secret_is_told(world, caplog, monkeypatch):
    caplog.set_level(0)
    monkeypatch.setattr(sqlserver, "_WAIT", 1)
    server, opened = world({"Ärende": (COLUMNS, ["Id"], ROWS), "Hemlig": ([("x", "int")], [], [])})
    told = ""
    for code, kind, more in [
        ("SRC151", AccessDenied, {"password": PASSWORD + "}fel"}),
        ("SRC153", ConfigurationError, {"database": "finns_inte"}),
        ("SRC153", ConfigurationError, {"schema": "finns_inte"}),
        ("SRC155", Outage, {"port": 1}),
        ("SRC252", ConfigurationError, {"driver": "Finns inte"}),
    ]:
        with opened(**more) as db:
            (problem,) = db.check().problems
            assert (problem.code, type(problem)) == (code, kind), problem
            told += f"{problem!r} {problem.text('sv')} {problem.__cause__!r} {vars(db._engine)!r}"
    with opened("  Hemlig: {shared: true}\n  Finns inte: {shared: true}\n") as db:
        assert sorted(one.code for one in db.check().problems) == ["SRC010", "SRC152"]
    server.major = 10
    with opened() as db:
        assert [one.code for one in db.check().problems] == ["SRC154"]
    assert "hemligt" not in told + caplog.text


def test_a_deadlock_and_a_lost_connection_are_outages(world, tmp_path):
    server, opened = world({"Ärende": (COLUMNS, ["Id"], [(number, *ROWS[0][1:]) for number in range(500)])})
    with opened() as db:
        db.discover()
        for number, code in [(1205, "SRC157"), (3960, "SRC157"), (229, "SRC152")]:
            server.fail = (number, "…", 13)
            with pytest.raises((Outage, AccessDenied)) as caught:
                list(db.read("Ärende"))
            assert caught.value.code == code
        server.fail, server.cut_after = None, 300
        with pytest.raises(Outage) as caught:
            list(db.read("Ärende"))
        assert caught.value.code == "SRC156"
        with pytest.raises(Outage):
            landed(tmp_path, db)
        assert not list((tmp_path / "out").glob("[0-9a-f]*"))
        db.close()
        server.cut_after = None
        assert landed(tmp_path, db).manifest.streams[0].rows == 500


@pytest.mark.parametrize(
    ("kind", "type_", "text"),
    [
        ("int", "int64", "CAST([a]]b] AS bigint)"), ("real", "double", "CAST([a]]b] AS float)"), ("bit", "bool", "[a]]b]"),
        ("datetimeoffset(7)", "string", "CONVERT(nvarchar(40), [a]]b], 121)"), ("money", "string", "CONVERT(nvarchar(40), [a]]b], 2)"),
        ("decimal(38,10)", "string", "CONVERT(nvarchar(max), [a]]b])"), ("image", "binary", "CAST([a]]b] AS varbinary(max))"),
        ("geography", "string", "[a]]b].ToString()"), ("uniqueidentifier", "string", "CONVERT(nvarchar(max), [a]]b])"),
    ],
)  # fmt: skip
def test_every_type_is_asked_for_exactly(kind, type_, text):
    assert cell(Column("a]b", type_, kind)) == text


def test_names_and_values_cannot_leave_their_place():
    facts = TableFacts("t]; DROP TABLE x; --", (Column("c", "int64", "int"),), (), table=True)
    assert select(facts, "d", ("c",), ()) == "SELECT CAST([c] AS bigint) FROM [d].[t]]; DROP TABLE x; --]"
    assert (
        bound("a = \x01 AND b = \x01 AND c = \x01", ("'; DROP--", b"\x01\xff", True))
        == "a = N'''; DROP--' AND b = 0x01ff AND c = 1"
    )
    assert [one for one in ("CONNECT", "SELECT", "VIEW DEFINITION", "EXECUTE", "CONTROL", "ALTER ANY SCHEMA") if writes(one)] == [
        "EXECUTE", "CONTROL", "ALTER ANY SCHEMA",
    ]  # fmt: skip
