"""Firebird, a real server: values, texts without a character set, documents, snapshot, privileges, what is wrong."""

import re

import pytest
from tests.sources.building import definition, values
from tests.support.databases import PASSWORD, Firebird

from leverans.blobs import ContentStore
from leverans.errors import AccessDenied, ConfigurationError, Outage, Refused
from leverans.sources import Access, Landing, Secret, land, open_connector
from leverans.sources.sql import reading
from leverans.sources.sql.firebird_catalogue import members


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    if Firebird.program() is None:
        pytest.skip("needs the programs of Firebird")
    server = Firebird(tmp_path_factory.mktemp("fb")).start()
    yield server
    server.stop()


class World:
    def __init__(self, server, tmp, name, charset="UTF8"):
        self.server, self.tmp, self.name = server, tmp, name
        server.make(name, charset)

    def sql(self, *statements):
        self.server.sql(*statements, database=self.name)

    def open(
        self, streams, *, user="READER", password=PASSWORD, database=None, port=None, waiver="", **options
    ):
        made = definition(self.tmp / "c", "sql", streams)
        place = self.server.address(database or self.name, user, port, **options)
        return open_connector("db", made, place, self.tmp, Access({"password": Secret(password)}, waiver))

    def land(self, connector):
        return land("m/d", [connector], root=self.tmp / "out", store=ContentStore(self.tmp / "blobs"))


@pytest.fixture
def world(server, tmp_path, request):
    return World(server, tmp_path, re.sub(r"\W", "", request.node.name)[:40])


TAL = "  TAL: {key: [ID], root: {by: [ID]}}\n"


def numbers(world, rows=1000):
    world.sql(
        "CREATE TABLE TAL (ID BIGINT NOT NULL PRIMARY KEY, TXT VARCHAR(200))",
        f"EXECUTE BLOCK AS DECLARE N INT = 1; BEGIN WHILE (N <= {rows}) DO BEGIN INSERT INTO TAL VALUES (:N, 'rad ' || :N); N = N + 1; END END",
        "GRANT SELECT ON TAL TO READER",
    )


def test_values_come_as_they_are(world):
    world.sql(
        'CREATE TABLE "Ärende ""1"" ?" ("order" INT NOT NULL PRIMARY KEY, V VARCHAR(20), N NUMERIC(18,4), F DOUBLE PRECISION,'
        " D DATE, T TIMESTAMP, B BOOLEAN, X CHAR(2) CHARACTER SET OCTETS, M BLOB SUB_TYPE TEXT, I BIGINT, C TIME)",
        'GRANT SELECT ON "Ärende ""1"" ?" TO READER',
    )
    with world.server.connect(world.name) as connection, connection.cursor() as cursor:
        for number, text in enumerate(["", "å\u0308 ö \\ ' \"", "a\0b", None]):
            cursor.execute(
                "INSERT INTO \"Ärende \"\"1\"\" ?\" VALUES (?, ?, 12345678901234.5001, 0.1, '2024-02-29', '0100-01-01 12:00:00.5', TRUE, ?, ?, -9223372036854775808, '23:59:59')",
                (number, text, b"\0\xff", text),
            )
        connection.commit()
    name = 'Ärende "1" ?'
    with world.open(f"  '{name}': {{shared: true}}\n") as db:
        assert db.check().problems == ()
        rows = values(db, name)
        assert [(row["V"], row["M"]) for row in rows] == [
            ("", ""), ("å\u0308 ö \\ ' \"", "å\u0308 ö \\ ' \""), ("a\0b", "a\0b"), (None, None),
        ]  # fmt: skip
        assert {key: value for key, value in rows[0].items() if key not in {"V", "M"}} == {
            "order": 0, "N": "12345678901234.5001", "F": 0.1, "D": "2024-02-29", "T": "0100-01-01 12:00:00.5000", "B": True,
            "X": b"\0\xff", "I": -(2**63), "C": "23:59:59.0000",
        }  # fmt: skip
        assert db.totals(name).nulls["V"] == 1 and db.discover() == db.discover()


def test_texts_without_a_character_set_are_read_as_the_address_says(server, tmp_path):
    world = World(server, tmp_path, "utan", "NONE")
    world.sql(
        "CREATE TABLE T (ID INT NOT NULL PRIMARY KEY, V VARCHAR(20), M BLOB SUB_TYPE TEXT)",
        "GRANT SELECT ON T TO READER",
    )
    with server.connect("utan", charset="NONE") as connection, connection.cursor() as cursor:
        for number, text in [(1, "Åsa €"), (2, "ren"), (3, None)]:
            value = None if text is None else text.encode("cp1252").hex()
            told = "NULL" if value is None else f"x'{value}'"
            cursor.execute(f"INSERT INTO T VALUES ({number}, {told}, {told})")
        connection.commit()
    streams = "  T: {key: [ID], root: {by: [ID]}}\n"
    with world.open(streams, charset="cp1252") as db:
        assert [(row["V"], row["M"]) for row in values(db, "T")] == [
            ("Åsa €", "Åsa €"),
            ("ren", "ren"),
            (None, None),
        ]
    with world.open(streams) as db:
        (batch,) = db.read("T")
        assert [row["ID"] for row in batch.rows.to_pylist()] == [2, 3]
        assert [(one.place, one.code, one.detail) for one in batch.set_aside] == [("1", "SRC107", "V")]
    with pytest.raises(ConfigurationError) as caught:
        world.open(streams, charset="finns-inte")
    assert caught.value.code == "SRC159"


def test_documents_are_streamed(world):
    world.sql(
        "CREATE TABLE FIL (A INT NOT NULL, B VARCHAR(9) NOT NULL, DATA BLOB, B64 BLOB SUB_TYPE TEXT, KORT VARCHAR(20), PRIMARY KEY (A, B))",
        "CREATE VIEW VY AS SELECT A, DATA FROM FIL", "GRANT SELECT ON FIL TO READER", "GRANT SELECT ON VY TO READER",
    )  # fmt: skip
    big = bytes(range(256)) * 20_000
    with world.server.connect(world.name) as connection, connection.cursor() as cursor:
        for row in [(1, "å", big, None, "aGVq"), (1, "ö", b"", "aGVq", None), (2, "x", None, "e", None)]:
            cursor.execute("INSERT INTO FIL VALUES (?, ?, ?, ?, ?)", row)
        connection.commit()
    streams = (
        "  FIL: {key: [A, B], root: {by: [A]}, documents: [{column: DATA}, {column: B64, encoding: base64}, {column: KORT, encoding: base64}]}\n"
        "  VY: {key: [A], root: {by: [A]}, documents: [{column: DATA, stream: vy}]}\n"
    )
    with world.open(streams) as db:
        assert db.check().problems == ()
        result = world.land(db)
    table = {
        (row["stream"], row["ref"]): row
        for part in Landing.open(result.folder).documents()
        for row in part.to_pylist()
    }
    assert {key: (row["size"], row["status"]) for key, row in table.items() if "vy" not in key[0]} == {
        ("db.FIL_DATA", "1|å"): (len(big), "landed"), ("db.FIL_DATA", "1|ö"): (0, "landed"),
        ("db.FIL_B64", "1|ö"): (3, "landed"), ("db.FIL_B64", "2|x"): (0, "unreadable"), ("db.FIL_KORT", "1|å"): (3, "landed"),
    }  # fmt: skip
    stored = ContentStore(world.tmp / "blobs").path(table["db.FIL_DATA", "1|å"]["sha256"])
    assert stored.read_bytes() == big and result.manifest.documents.landed == 6


def test_a_mark_moves_with_every_change_and_with_nothing_else(world):
    numbers(world, 9)

    def mark():
        with world.open(TAL) as db:
            return db.unmoved()

    seen = [mark()]
    assert mark() == seen[0]
    for change in (
        "UPDATE TAL SET TXT = 'ny' WHERE ID = 3",
        "DELETE FROM TAL WHERE ID = 9",
        "INSERT INTO TAL VALUES (9, 'rad 9')",
    ):
        world.sql(change)
        assert mark() not in seen
        seen.append(mark())


def test_all_tables_are_of_one_moment_and_only_reading_words_are_sent(world, monkeypatch):
    monkeypatch.setattr(reading, "BATCH_ROWS", 100)
    numbers(world)
    with world.open(TAL) as db:
        before = db.totals("TAL")
        rows = db.read("TAL")
        first = next(rows)
        world.sql("DELETE FROM TAL WHERE ID > 500", "INSERT INTO TAL VALUES (-1, 'ny')")
        assert first.rows.num_rows + sum(batch.rows.num_rows for batch in rows) == before.rows == 1000
        assert db.totals("TAL") == before and db.fingerprint() == ""
        assert world.land(db).manifest.streams[0].rows == 1000
        sent = db.statements()
    with world.open(TAL) as db:
        assert db.totals("TAL").rows == 501
    assert len(sent) > 5
    assert [one for one in sent if not one.startswith(("SELECT ", "SET TRANSACTION READ ONLY"))] == []


@pytest.mark.parametrize(
    "grant",
    [
        "INSERT ON TAL TO {}",
        "UPDATE (TXT) ON TAL TO {}",
        "DELETE ON TAL TO PUBLIC",
        "CREATE TABLE TO {}",
        "SKRIVER TO {}",
    ],
)
def test_every_way_to_write_is_seen(server, tmp_path, grant):
    world = World(server, tmp_path, "w" + re.sub(r"\W", "", grant))
    numbers(world, 3)
    world.sql("CREATE ROLE SKRIVER", "GRANT DELETE ON TAL TO SKRIVER")
    with world.open(TAL) as db:
        assert (db.check().may_write, db.check().known_by) == (False, "privileges")
    world.sql(f"GRANT {grant.format('READER')}")
    with world.open(TAL) as db:
        assert [one.code for one in db.check().problems] == ["SRC150"]
        with pytest.raises(Refused):
            world.land(db)
    with world.open(TAL, user="SYSDBA", waiver="Återläst kopia (Arkivarien)") as db:
        assert (db.check().may_write, db.check().problems) == (True, ())


def test_roles_are_followed_through_roles():
    assert members({"A"}, [("A", "R"), ("R", "S"), ("B", "T"), ("S", "R")]) == {"A", "R", "S"}


def test_what_is_wrong_is_told_apart_and_no_secret_is_told(world, caplog):
    caplog.set_level(0)
    numbers(world, 3)
    world.sql("CREATE TABLE HEMLIG (X INT)")
    told = ""
    for code, kind, more in [
        ("SRC151", AccessDenied, {"password": PASSWORD + "fel"}),
        ("SRC153", ConfigurationError, {"database": "finns_inte"}),
        ("SRC155", Outage, {"port": 1}),
    ]:
        with world.open(TAL, **more) as db:
            (problem,) = db.check().problems
            assert (problem.code, type(problem)) == (code, kind)
            told += f"{problem!r} {problem.text('sv')} {problem.__cause__!r} {db!r} {vars(db._engine)!r}"
    with world.open("  HEMLIG: {shared: true}\n  FINNSINTE: {shared: true}\n") as db:
        assert sorted(one.code for one in db.check().problems) == ["SRC010", "SRC152"]
    assert "hemligt" not in told + caplog.text


def test_a_server_that_ends_the_connection_is_an_outage(world, monkeypatch):
    monkeypatch.setattr(reading, "BATCH_ROWS", 10)
    numbers(world, 20_000)
    with world.open(TAL) as db:
        rows = db.read("TAL")
        next(rows)
        world.sql("DELETE FROM MON$ATTACHMENTS WHERE MON$USER = 'READER'")
        with pytest.raises(Outage) as caught:
            list(rows)
        assert caught.value.code == "SRC156"
        db.close()
        assert db.totals("TAL").rows == 20_000
