"""PostgreSQL and MariaDB, real servers: values, names, documents, snapshot, privileges, secrets, outages."""

import hashlib
import itertools
import re
import shutil
import socket
import threading
from contextlib import suppress
from datetime import UTC, datetime, time
from pathlib import Path

import pyodbc
import pytest
from tests.sources.building import definition, values
from tests.support.databases import PASSWORD, Maria, Postgres, postgres_binaries

from leverans.blobs import ContentStore
from leverans.clock import FixedClock
from leverans.errors import AccessDenied, ConfigurationError, Outage, Refused
from leverans.sources import Access, Landing, Limits, Secret, land, open_connector
from leverans.sources.gently import Gate
from leverans.sources.sql import grants, odbc, reading, server

ENGINES = ("postgres", "maria", "postgres-odbc", "maria-odbc")
NUMBERS = itertools.count(1)
DRIVERS = {"postgres": "PostgreSQL Unicode", "maria": "MariaDB Unicode"}
READING = re.compile(
    r"(?i)(SELECT|SHOW|BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY$|COPY \(SELECT|SET NAMES|SET SESSION"
    r"|SET TRANSACTION (SNAPSHOT|ISOLATION LEVEL REPEATABLE READ, READ ONLY$)|DECLARE leverans NO SCROLL CURSOR FOR SELECT"
    r"|START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY$)"
)


@pytest.fixture(scope="session")
def servers(tmp_path_factory):
    if postgres_binaries() is None or Maria.program() is None:
        pytest.skip("needs the programs of PostgreSQL and MariaDB")
    pg = Postgres(tmp_path_factory.mktemp("pg")).start()
    try:
        my = Maria(tmp_path_factory.mktemp("my")).start()
        try:
            pg.sql(
                f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'; CREATE ROLE nobody LOGIN PASSWORD '{PASSWORD}'"
            )
            my.sql(
                f"CREATE USER reader@'%' IDENTIFIED BY '{PASSWORD}'",
                f"CREATE USER nobody@'%' IDENTIFIED BY '{PASSWORD}'",
            )
            yield {"postgres": pg, "maria": my}
        finally:
            my.stop()
    finally:
        pg.stop()


class World:
    """One database of its own on one engine, by its own driver or by ODBC."""

    def __init__(self, engine, server, tmp, name):
        engine, _, self.route = engine.partition("-")
        self.engine, self.server, self.tmp, self.name = engine, server, tmp, name
        if engine == "postgres":
            server.sql(f"CREATE DATABASE {name}")
            server.sql(
                "REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA public TO reader", name
            )
        else:
            server.sql(f"CREATE DATABASE {name}", f"GRANT SELECT ON {name}.* TO reader@'%'")

    def sql(self, *statements):
        if self.engine == "postgres":
            for statement in statements:
                self.server.sql(statement, self.name)
            self.server.sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader", self.name)
        else:
            self.server.sql(*(re.sub(r'"([^"]*)"', r"`\1`", one) for one in statements), database=self.name)

    def open(self, streams, *, user="reader", password=PASSWORD, database=None, port=None, **access):
        made = definition(self.tmp / "c", "sql", streams)
        place = self.server.address(database or self.name, user, port) + ("?route=odbc" if self.route else "")
        return open_connector("db", made, place, self.tmp, Access({"password": Secret(password)}, **access))

    def land(self, connector, **more):
        return land("m/d", [connector], root=self.tmp / "out", store=ContentStore(self.tmp / "blobs"), **more)


@pytest.fixture(params=ENGINES)
def world(request, servers, tmp_path):
    name = f"w{next(NUMBERS)}_{request.node.originalname.removeprefix('test_')}"[:40]
    return a_world(request.param, servers, tmp_path, name)


def a_world(engine, servers, tmp_path, name):
    if engine.endswith("odbc") and DRIVERS[engine.partition("-")[0]] not in pyodbc.drivers():
        pytest.skip("needs the ODBC drivers of PostgreSQL and MariaDB (odbc-postgresql, odbc-mariadb)")
    return World(engine, servers[engine.partition("-")[0]], tmp_path, name)


def numbers(world, rows=1000):
    series = f"generate_series(1, {rows}) g(seq)" if world.engine == "postgres" else f"seq_1_to_{rows}"
    world.sql(
        "CREATE TABLE tal (id bigint PRIMARY KEY, txt varchar(200))",
        f"INSERT INTO tal SELECT seq, concat('rad ', seq, repeat('x', 100)) FROM {series}",
    )


TAL = "  tal: {key: [id], root: {by: [id]}}\n"


def test_values_come_as_they_are(world):
    odd = ["", "NULL", ' "x",\r\n;\ty', "å\u0308 😀", "'; DROP TABLE t; --", "%s %% \\ \\N", "\\."]
    world.sql(
        'CREATE TABLE "t" (id int PRIMARY KEY, v varchar(99), d numeric(30,10), f double precision, w date)'
    )
    with world.server.connect(world.name) as connection, connection.cursor() as cursor:
        for number, text in enumerate([*odd, None]):
            cursor.execute(
                "INSERT INTO t VALUES (%s, %s, 12345678901234567890.1000000001, 0.1, '2024-02-29')",
                (number, text),
            )
    world.sql("SELECT 1")
    with world.open("  t: {shared: true}\n") as db:
        rows = values(db, "t")
        assert [row["v"] for row in rows] == [*odd, None]
        assert rows[0] == {
            "id": 0,
            "v": "",
            "d": "12345678901234567890.1000000001",
            "f": 0.1,
            "w": "2024-02-29",
        }
        assert db.totals("t").nulls == {"id": 0, "v": 1, "d": 0, "f": 0, "w": 0}
        assert db.discover() == db.discover()
        schema = next(db.read("t")).rows.schema
        assert [str(one) for one in schema.types] == [
            "int32" if False else "int64",
            "string",
            "string",
            "double",
            "string",
        ]


def test_types_of_postgresql(servers, tmp_path):
    world = World("postgres", servers["postgres"], tmp_path, "typer")
    world.sql(
        "CREATE TYPE färg AS ENUM ('röd'); CREATE TABLE t (b bool, m money, i interval, a text[], j jsonb, u uuid,"
        " bits bit(4), x bytea, z timestamptz, n numeric, r real, e färg)",
        "INSERT INTO t VALUES (true, 1.5, '1 day 2 h', '{a,NULL}', '{\"k\": 1}', '00000000-0000-0000-0000-000000000001',"
        " B'1010', '\\x00ff', '2024-10-27 02:30+01', 'NaN', 0.1, 'röd')",
        "INSERT INTO t (b) VALUES (NULL)",
    )
    with world.open("  t: {shared: true}\n") as db:
        first, second = values(db, "t")
        assert first == {
            "b": True, "m": "1.50", "i": "P1DT2H", "a": "{a,NULL}", "j": '{"k": 1}', "bits": "1010", "x": b"\0\xff",
            "u": "00000000-0000-0000-0000-000000000001", "z": "2024-10-27 01:30:00+00", "n": "NaN", "r": 0.1, "e": "röd",
        }  # fmt: skip
        assert set(second.values()) == {None}


def test_types_of_mariadb(servers, tmp_path):
    world = World("maria", servers["maria"], tmp_path, "typer")
    world.sql(
        "CREATE TABLE t (z date, s datetime, b bit(3), e enum('röd'), u bigint unsigned, l varchar(9) CHARACTER SET latin1,"
        " x varbinary(9), n varchar(9), y year, i bigint) DEFAULT CHARSET utf8mb4",
        "INSERT INTO t VALUES ('0000-00-00', '2024-02-00 00:00:00', b'101', 'röd', 18446744073709551615, 'åäö', x'00ff', 'a\\0b', 1996, -9223372036854775808)",
    )
    with world.open("  t: {shared: true}\n") as db:
        assert values(db, "t") == [{
            "z": "0000-00-00", "s": "2024-02-00 00:00:00", "b": "101", "e": "röd", "u": "18446744073709551615",
            "l": "åäö", "x": b"\0\xff", "n": "a\0b", "y": 1996, "i": -(2**63),
        }]  # fmt: skip


def test_a_text_that_is_no_utf8_costs_its_row_only(servers, tmp_path):
    world = World("postgres", servers["postgres"], tmp_path, "ascii_")
    world.server.sql("CREATE DATABASE rawdb ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    world.name = "rawdb"
    world.sql("CREATE TABLE t (id int PRIMARY KEY, v text, ok bool)", "INSERT INTO t VALUES (1, 'a', true), (7, E'\\xe5', false), (8, 'b', NULL)",
              "REVOKE CREATE ON SCHEMA public FROM PUBLIC")  # fmt: skip
    with world.open("  t: {root: {by: [id]}}\n") as db:
        (batch,) = db.read("t")
        assert batch.rows.to_pylist() == [{"id": 1, "v": "a", "ok": True}, {"id": 8, "v": "b", "ok": None}]
        assert [(one.place, one.position, one.code, one.detail) for one in batch.set_aside] == [
            ("7", 2, "SRC107", "v")
        ]


def test_hostile_names(world):
    world.sql('CREATE TABLE "Ärende; 1 % [😀]" ("order" int PRIMARY KEY, "å ä" varchar(9), "1st%s" int)' if world.engine == "postgres"
              else 'CREATE TABLE "Ärende; 1 % [x]" ("order" int PRIMARY KEY, "å ä" varchar(9), "1st%s" int)')  # fmt: skip
    name = "Ärende; 1 % [😀]" if world.engine == "postgres" else "Ärende; 1 % [x]"
    world.sql(f"INSERT INTO \"{name}\" VALUES (1, 'x', 2)")
    with world.open(f"  '{name}': {{shared: true}}\n") as db:
        assert db.check().problems == ()
        assert values(db, name) == [{"order": 1, "å ä": "x", "1st%s": 2}]
        assert db.totals(name).rows == 1


def test_documents_are_landed_in_pieces(world):
    kind, text = ("bytea", "text") if world.engine == "postgres" else ("longblob", "longtext")
    world.sql(
        f"CREATE TABLE fil (a int, b varchar(9), namn varchar(9), data {kind}, b64 {text}, PRIMARY KEY (a, b))"
    )
    big = bytes(range(256)) * 40_000
    with world.server.connect(world.name) as connection, connection.cursor() as cursor:
        for row in [(1, "å,", "f.bin", big, None), (1, "ö", "g", b"", "aGVq"), (2, "x", None, None, "e")]:
            cursor.execute("INSERT INTO fil VALUES (%s, %s, %s, %s, %s)", row)
    world.sql("SELECT 1")
    streams = "  fil: {key: [a, b], root: {by: [a]}, documents: [{column: data, name: namn}, {column: b64, encoding: base64}]}\n"
    with world.open(streams) as db:
        result = world.land(db)
    table = {
        (row["stream"], row["ref"]): row
        for part in Landing.open(result.folder).documents()
        for row in part.to_pylist()
    }
    assert {key: (row["name"], row["size"], row["status"]) for key, row in table.items()} == {
        ("db.fil_data", "1|å,"): ("f.bin", len(big), "landed"), ("db.fil_data", "1|ö"): ("g", 0, "landed"),
        ("db.fil_b64", "1|ö"): ("1|ö", 3, "landed"), ("db.fil_b64", "2|x"): ("2|x", 0, "unreadable"),
    }  # fmt: skip
    stored = ContentStore(world.tmp / "blobs").path(table["db.fil_data", "1|å,"]["sha256"])
    assert stored.read_bytes() == big


TYPES = {
    "postgres": (
        (
            "CREATE TABLE allt (a int, b varchar(9), c char(9), d numeric(30,10), e double precision, f real, g bool, h bytea, i jsonb,"
            " j timestamptz, k interval, l text[], m money, n bit(4), o uuid, data bytea, b64 text, p oid, PRIMARY KEY (a, b))"
        ),
        (
            "INSERT INTO allt SELECT n, 'å' || n % 7, 'fast', n / 3.0, n / 3.0, n / 3.0, n % 2 = 0, decode(to_hex(n + 4096), 'hex'), jsonb_build_object('k', '\"å\"'),"
            " '2024-10-27 02:30+01', '1 day 2 h', '{a,NULL}', 1.5, B'1010', '00000000-0000-0000-0000-000000000001',"
            " convert_to(repeat('x', n * 9), 'UTF8'), 'aGVq', NULL FROM generate_series(1, 300) g(n)"
        ),
        "INSERT INTO allt (a, b) VALUES (0, '')",
    ),
    "maria": (
        (
            "CREATE TABLE allt (a int, b varchar(9), c char(9), d decimal(30,10), e double, f float, g tinyint(1), h varbinary(9), i json,"
            " j datetime(3), k time, l date, m enum('röd'), n bit(4), o bigint unsigned, data longblob, b64 longtext, PRIMARY KEY (a, b))"
        ),
        (
            "INSERT INTO allt SELECT seq, concat('å', seq % 7), 'fast', seq / 3.0, seq / 3.0, seq / 3.0, seq % 2, unhex(hex(seq + 4096)), '[1]',"
            " '2024-02-29 12:00:00.125', '-25:00:01', '2024-02-29', 'röd', b'1010', 18446744073709551615,"
            " repeat('x', seq * 9), 'aGVq' FROM seq_1_to_300"
        ),
        "INSERT INTO allt (a, b) VALUES (0, '')",
    ),
}
PLAIN = (
    "CREATE TABLE lika (v varchar(20), n int)",
    "INSERT INTO lika VALUES ('b', 1), ('A', 1), ('a', 1), (NULL, NULL), ('a', 1), ('Ä', 2)",
)
ALL = (
    "  allt: {root: {by: [a]}, documents: [{column: data, name: b}, {column: b64, encoding: base64}]}\n"
    "  lika: {shared: true}\n  tal: {key: [id], root: {by: [id]}}\n"
)  # fmt: skip


def files_of(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("engine", ["postgres", "maria"])
def test_odbc_gives_the_landing_of_the_native_route(servers, tmp_path, monkeypatch, engine):
    monkeypatch.setattr(reading, "BATCH_ROWS", 100)
    world = a_world(f"{engine}-odbc", servers, tmp_path, f"rutter_{engine}")
    world.sql(*TYPES[engine], *PLAIN)
    numbers(world, 1_234)
    landed = []
    for route in ("odbc", ""):
        world.route, world.tmp = route, tmp_path / (route or "egen")
        world.tmp.mkdir()
        with world.open(ALL) as db:
            landed.append((world.land(db), db.discover(), db.check().version))
    (by_odbc, *one), (native, *other) = landed
    assert one == other
    files, told = files_of(by_odbc.folder), files_of(native.folder)
    assert len(files) > 5
    assert {name for name in files | told if files.get(name) != told.get(name)} == {
        "access.json",  # what was sent, another thing on each route
        "manifest.json",  # holds its digest
    }
    assert sum(one.rows for one in by_odbc.manifest.streams) == 301 + 6 + 1234 + 600


def test_rows_that_a_collation_does_not_tell_apart_come_once_each_in_pages(servers, tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "BATCH_ROWS", 20)
    world = a_world("maria-odbc", servers, tmp_path, "lika_rader")
    world.sql(
        "CREATE TABLE lika (v varchar(9), data longblob)",
        "INSERT INTO lika SELECT if(seq % 2, 'a', 'A'), concat('dokument ', seq) FROM seq_1_to_200",
    )
    streams = "  lika: {shared: true}\n", "  lika: {shared: true, documents: [{column: data}]}\n"
    for route in ("odbc", ""):
        world.route = route
        with world.open(streams[0]) as db:
            assert len({row["data"] for row in values(db, "lika")}) == 200
        with world.open(streams[1]) as db:
            found = {db.open(one).read() for batch in db.read("lika") for one in batch.documents}
            assert len(found) == 200
            assert any("ORDER BY `v`, SHA1(" in one for one in db.statements())  # no order is left to chance


def test_a_table_is_not_kept_by_the_driver(servers, tmp_path, monkeypatch):
    """Rows come in pages of bounded weight: few of heavy rows, however many they are."""
    world = (
        a_world("postgres-odbc", servers, tmp_path, "tunga_pg"),
        a_world("maria-odbc", servers, tmp_path, "tunga_my"),
    )
    monkeypatch.setattr(reading, "BATCH_BYTES", 1 << 20)
    for one in world:
        series = "generate_series(1, 400) g(seq)" if one.engine == "postgres" else "seq_1_to_400"
        one.sql(
            "CREATE TABLE tung (id bigint PRIMARY KEY, v text)",
            f"INSERT INTO tung SELECT seq, repeat('x', 60000) FROM {series}",
        )
        asked = []
        real = odbc.page
        monkeypatch.setattr(
            odbc, "page", lambda *told, real=real, asked=asked: asked.append(real(*told)) or asked[-1]
        )
        with one.open("  tung: {key: [id], root: {by: [id]}}\n") as db:
            assert sum(batch.rows.num_rows for batch in db.read("tung")) == 400
        assert set(asked) == {17} and len(asked) > 20
        monkeypatch.setattr(odbc, "page", real)


def test_a_driver_that_is_missing_and_a_route_that_is_unknown_are_told(tmp_path):
    for place, code in {
        "postgresql://r@127.0.0.1/x?route=odbc&driver=Ingen": "SRC252",
        "mariadb://r@127.0.0.1/x?route=odbc&driver=Ingen": "SRC252",
        "mariadb://r@127.0.0.1/x?route=jdbc": "SRC159",
        "firebird://r@127.0.0.1/x?route=odbc": "SRC159",
    }.items():
        made = definition(tmp_path / code / place[:4] / place[-4:], "sql", TAL)
        with (
            pytest.raises(ConfigurationError) as caught,
            open_connector("db", made, place, tmp_path, Access()) as db,
        ):
            problems = db.check().problems
            raise problems[0]
        assert caught.value.code == code


def test_a_large_object_that_is_gone_costs_no_other(servers, tmp_path):
    for engine in ("postgres", "postgres-odbc"):
        world = a_world(engine, servers, tmp_path, "lo_" + engine.replace("-", ""))
        world.sql(
            "CREATE TABLE fil (id int PRIMARY KEY, data oid)",
            "INSERT INTO fil VALUES (1, lo_from_bytea(0, 'ett')), (2, 999999), (3, lo_from_bytea(0, 'tre'))",
            "DO $$ DECLARE o oid; BEGIN FOR o IN SELECT oid FROM pg_largeobject_metadata LOOP"
            " EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO reader', o); END LOOP; END $$",
        )
        with world.open("  fil: {root: {by: [id]}, documents: [{column: data}]}\n") as db:
            folder = world.land(db).folder
        rows = [row for part in Landing.open(folder).documents() for row in part.to_pylist()]
        assert sorted((row["ref"], row["size"], row["status"]) for row in rows) == [
            ("1", 3, "landed"), ("2", 0, "missing"), ("3", 3, "landed")
        ]  # fmt: skip


def test_a_view_and_a_table_without_key_are_read(world):
    world.sql(
        "CREATE TABLE t (v varchar(9), n int)",
        "INSERT INTO t VALUES ('b', 1), ('a', 2), ('a', 1)",
        "CREATE VIEW w AS SELECT v FROM t",
    )
    with world.open("  t: {shared: true}\n  w: {key: [v], shared: true}\n") as db:
        assert [(row["v"], row["n"]) for row in values(db, "t")] == [("a", 1), ("a", 2), ("b", 1)]
        assert [row["v"] for row in values(db, "w")] == ["a", "a", "b"]
        assert {one.name for one in db.discover().streams} == {"t", "w"}


def test_all_tables_are_of_one_moment(world, monkeypatch):
    monkeypatch.setattr(reading, "BATCH_ROWS", 100)
    numbers(world)
    world.sql("CREATE TABLE barn (id int PRIMARY KEY)", "INSERT INTO barn VALUES (1)")
    with world.open(TAL + "  barn: {shared: true}\n") as db:
        before = db.totals("tal")
        rows = db.read("tal")
        first = next(rows)
        world.sql(
            "DELETE FROM tal WHERE id > 500",
            "INSERT INTO tal VALUES (-1, 'ny')",
            "INSERT INTO barn VALUES (2)",
            "UPDATE tal SET txt = 'ändrad'",
        )
        seen = first.rows.num_rows + sum(batch.rows.num_rows for batch in rows)
        assert seen == before.rows == 1000 and db.totals("tal") == before
        assert values(db, "barn") == [{"id": 1}]
        assert db.fingerprint() == ""


def test_an_account_that_may_write_is_refused_unless_somebody_answers(world):
    numbers(world, 10)
    with world.open(TAL, user="admin") as db:
        found = db.check()
        assert (found.may_write, found.known_by) == (True, "privileges")
        assert [problem.code for problem in found.problems] == ["SRC150"]
        with pytest.raises(Refused):
            world.land(db)
    with world.open(TAL, user="admin", waiver="Återläst kopia (Arkivarien, 2026-01-01)") as db:
        found = db.check()
        assert (found.problems, found.waiver) == ((), "Återläst kopia (Arkivarien, 2026-01-01)")
        assert "Återläst kopia" in (world.land(db).folder / "access.json").read_text()
    with world.open(TAL) as db:
        assert (db.check().may_write, db.check().waiver) == (False, "")


@pytest.mark.parametrize(
    "grant",
    [
        "INSERT ON tal TO {}",
        "UPDATE (txt) ON tal TO {}",
        "CREATE ON SCHEMA public TO {}",
        "pg_write_all_data TO {}",
    ],
)
def test_every_way_to_write_in_postgresql_is_seen(servers, tmp_path, grant):
    world = World("postgres", servers["postgres"], tmp_path, "w" + str(abs(hash(grant)) % 10**6))
    numbers(world, 3)
    user = f"u{world.name}"
    world.sql(
        f"CREATE ROLE {user} LOGIN PASSWORD '{PASSWORD}'; GRANT SELECT ON tal TO {user}; GRANT USAGE ON SCHEMA public TO {user}"
    )
    with world.open(TAL, user=user) as db:
        assert db.check().may_write is False
    world.sql(f"GRANT {grant.format(user)}")
    with world.open(TAL, user=user) as db:
        assert db.check().may_write is True


@pytest.mark.parametrize(
    ("line", "rights", "roles"),
    [
        ("GRANT USAGE ON *.* TO `r`@`%` IDENTIFIED BY PASSWORD '*X'", [], []),
        ("GRANT SELECT, SHOW VIEW ON `d`.* TO `r`@`%`", [], []),
        ("GRANT SELECT (`a`, `b`) ON `d`.`t` TO `r`@`%`", [], []),
        ("GRANT SELECT, INSERT (`a`) ON `d`.`t` TO `r`@`%`", ["INSERT ON `d`.`t`"], []),
        ("GRANT ALL PRIVILEGES ON `d\\_%`.* TO `r`@`%`", ["ALL PRIVILEGES ON `d\\_%`.*"], []),
        ("GRANT SELECT ON *.* TO `r`@`%` WITH GRANT OPTION", ["GRANT OPTION ON *.*"], []),
        ("GRANT EXECUTE ON PROCEDURE `d`.`p` TO `r`@`%`", ["EXECUTE ON PROCEDURE `d`.`p`"], []),
        ("GRANT `skrivare` TO `r`@`%`", [], ["`skrivare`"]),
    ],
)
def test_grants_are_read(line, rights, roles):
    assert grants.read(line) == (rights, roles)


def test_a_role_that_may_write_is_followed(servers, tmp_path):
    world = World("maria", servers["maria"], tmp_path, "roller")
    numbers(world, 3)
    world.server.sql("CREATE ROLE skriver", "GRANT DELETE ON roller.* TO skriver", f"CREATE USER ru@'%' IDENTIFIED BY '{PASSWORD}'",
                     "GRANT SELECT ON roller.* TO ru@'%'", "GRANT skriver TO ru@'%'", "SET DEFAULT ROLE skriver FOR ru@'%'")  # fmt: skip
    with world.open(TAL, user="ru") as db:
        assert db.check().may_write is True


def test_what_is_wrong_is_told_apart_and_no_secret_is_told(world, caplog):
    caplog.set_level(0)
    numbers(world, 3)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = free.getsockname()[1]
    cases = {
        "SRC151": {"password": PASSWORD + "fel"},
        "SRC153": {"database": "finns_inte"}
        if world.engine == "postgres"
        else {"database": "finns_inte", "user": "admin"},
        "SRC155": {"port": nobody},
        "SRC150": {"user": "admin"},
    }
    told = ""
    for code, more in cases.items():
        with world.open(TAL, **more) as db:
            (problem,) = db.check().problems[:1]
            assert problem.code == code
            told += f"{problem!r} {problem.text('sv')} {problem.__cause__!r} {db!r} {vars(db)!r} {db._engine.__dict__!r}"
            assert isinstance(
                problem,
                {"SRC151": AccessDenied, "SRC153": ConfigurationError, "SRC155": Outage, "SRC150": Refused}[
                    code
                ],
            )
    with world.open(TAL, user="nobody") as db:
        (problem,) = db.check().problems[:1]
        assert problem.code in {"SRC152", "SRC010"}  # neither sees what it may not read
    with world.open(TAL) as db:
        folder = world.land(db).folder
    told += caplog.text + "".join(
        path.read_text("utf-8", "replace") for path in folder.rglob("*") if path.is_file()
    )
    assert PASSWORD not in told and "hemligt" not in told


def test_only_reading_words_are_sent(world):
    numbers(world, 3)
    with world.open(TAL) as db:
        world.land(db)
        sent = db.statements()
    assert len(sent) > 5 and [one for one in sent if not READING.match(one)] == []


class Cutting:
    """Passes on between a client and a server, and cuts the connection after so many bytes of answer."""

    def __init__(self, port, limit):
        self.port, self.left = port, limit
        self.server = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.port))
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._pass, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, client, True), daemon=True).start()

    def _pass(self, one, other, answers):
        try:
            while data := one.recv(4096):
                if answers and self.left is not None:
                    self.left -= len(data)
                    if self.left <= 0:
                        self.left = None
                        break
                other.sendall(data)
        except OSError:
            pass
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def test_a_connection_cut_at_any_batch_leaves_nothing_and_the_next_attempt_everything(world, monkeypatch):
    monkeypatch.setattr(reading, "BATCH_ROWS", 20)
    numbers(world)
    with world.open(TAL) as db:
        whole = world.land(db)
    tried, lost = 0, 0
    every = 12_000 if world.route else 3_000  # about one cut for each of the 50 batches; fewer by ODBC
    for limit in range(4_000, 150_000, every):
        proxy = Cutting(world.server.port, limit)
        with world.open(TAL, port=proxy.server.getsockname()[1]) as db:
            try:
                result = world.land(db)
            except Outage as fault:
                lost += 1
                assert fault.code in {"SRC155", "SRC156"}
                assert [path.name for path in (world.tmp / "out").iterdir() if path.name != ".staging"] == [
                    whole.landing_id
                ]
                db.close()
                proxy.left = limit
                again = limit % 5_000 == 0 or world.route
                result = world.land(db, attempts=2, pause=lambda _: None) if again else whole
            tried += 1
            assert result.landing_id == whole.landing_id
        proxy.server.close()
    assert (tried, lost > 8) == (13, True) if world.route else tried == 49 and lost > 30


def cut_off(world, limit):
    """Land a frozen source over a connection that ends after so many bytes."""
    proxy = Cutting(world.server.port, limit)
    with world.open(TAL, port=proxy.server.getsockname()[1], frozen=True) as db, pytest.raises(Outage):
        world.land(db)
    proxy.server.close()


def test_a_frozen_source_goes_on_where_the_connection_was_cut(world, monkeypatch):
    monkeypatch.setattr(reading, "BATCH_ROWS", 50)
    numbers(world)
    with world.open(TAL, frozen=True) as db:
        whole = world.land(db)
    shutil.rmtree(world.tmp / "out")
    brought = []
    weight = 2 if world.engine + world.route == "postgresodbc" else 1  # rows come as hexadecimal digits
    for limit in (20_000, 50_000 * weight, 70_000 * weight, 90_000 * weight):
        cut_off(world, limit)
        with world.open(TAL, frozen=True) as db:
            result = world.land(db)
        assert (result.landing_id, result.reused) == (whole.landing_id, False)
        brought.append(result.resumed.get("db.tal", 0))
        shutil.rmtree(world.tmp / "out")
    assert brought == sorted(brought)
    assert len({rows for rows in brought if rows}) >= 3
    for change, what, rows in [
        ("DELETE FROM tal WHERE id = 999", "totals", 999),
        ("UPDATE tal SET id = 5000 WHERE id = 998", "fingerprint", 999),  # in no batch that is kept
    ]:
        cut_off(world, 90_000 * weight)
        world.sql(change)
        with world.open(TAL, frozen=True) as db:
            result = world.land(db)
        assert (result.resumed, result.manifest.streams[0].rows) == ({}, rows)
        assert [(one.code, one.parameters) for one in result.findings] == [("SRC136", {"what": what})]


def test_a_mark_moves_with_every_change_and_with_nothing_else(world):
    name = "t %s :x Å"
    world.sql(
        f'CREATE TABLE "{name}" (id int PRIMARY KEY, "v%d :y" varchar(9), f real, w timestamp NULL)',
        f"INSERT INTO \"{name}\" VALUES (1, 'a', 1.5, '2024-01-01'), (2, NULL, 16777215, NULL)",
    )

    def mark():
        with world.open(f"  '{name}': {{key: [id], shared: true}}\n", frozen=True) as db:
            return db.unmoved()

    seen = [mark()]
    assert mark() == seen[0]
    changes = (
        "\"v%d :y\" = '' WHERE id = 2",
        "f = 16777214 WHERE id = 2",
        "w = NULL WHERE id = 1",
        "id = 3 WHERE id = 1",
    )
    for change in changes:
        world.sql(f'UPDATE "{name}" SET {change}')
        assert mark() not in seen
        seen.append(mark())


def test_an_outage_is_tried_again_but_not_a_wrong_password(world):
    numbers(world, 300)
    proxy = Cutting(world.server.port, 20_000)
    pauses = []
    with world.open(TAL, port=proxy.server.getsockname()[1]) as db:
        assert world.land(db, attempts=3, pause=pauses.append).manifest.streams[0].rows == 300
    assert pauses == [1.0]
    with world.open(TAL, password="fel") as db, pytest.raises(AccessDenied):
        world.land(db, attempts=3, pause=pauses.append)
    assert pauses == [1.0]


def end_readers(world):
    """What an administrator does: every session of the reading account is ended."""
    if world.engine == "postgres":
        world.server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reader'")
        return
    with world.server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT id FROM information_schema.processlist WHERE user = 'reader'")
        for (number,) in cursor.fetchall():
            with suppress(Exception):
                cursor.execute(f"KILL {number}")


def test_an_answer_that_ends_in_an_error_is_no_shorter_table(servers, tmp_path):
    world = World("postgres", servers["postgres"], tmp_path, "halvt")
    numbers(world, 20_000)
    world.sql("CREATE VIEW w AS SELECT id, 1 / (19999 - id) AS v FROM tal")
    with world.open("  w: {shared: true}\n") as db, pytest.raises(Outage) as caught:
        list(db.read("w"))
    assert caught.value.code == "SRC156"


def let_in(world, *, yes):
    if world.engine == "postgres":
        world.server.sql(f"ALTER ROLE reader VALID UNTIL '{'infinity' if yes else '2020-01-01'}'")
    else:
        world.server.sql(f"ALTER USER reader@'%' ACCOUNT {'UNLOCK' if yes else 'LOCK'}")


def test_a_session_that_is_ended_is_an_outage_and_a_login_that_has_expired_is_none(world, monkeypatch):
    monkeypatch.setattr(reading, "BATCH_ROWS", 1_000)
    numbers(world, 100_000)
    with world.open(TAL) as db:
        rows = db.read("tal")
        next(rows)
        end_readers(world)
        with pytest.raises(Outage) as caught:
            list(rows)
        assert caught.value.code == "SRC156"
        db.close()
        real, ended, pauses = db.read, [], []

        def ending(stream):
            for batch in real(stream):
                if not ended:
                    ended.append(True)
                    let_in(world, yes=False)
                    end_readers(world)
                yield batch

        monkeypatch.setattr(db, "read", ending)
        try:
            with pytest.raises(AccessDenied) as denied:
                world.land(db, attempts=3, pause=pauses.append)
        finally:
            let_in(world, yes=True)
        assert (denied.value.code, pauses) == ("SRC151", [1.0])
        assert not list((world.tmp / "out").glob("[0-9a-f]*"))


def test_a_locked_table_is_waited_for_and_then_told(world, monkeypatch):
    monkeypatch.setattr(server, "LOCK_SECONDS", 1)
    numbers(world, 10)
    with (
        world.server.connect(world.name, autocommit=False) as other,
        other.cursor() as cursor,
        world.open(TAL) as db,
    ):
        db.discover()
        postgres = world.engine == "postgres"
        cursor.execute("LOCK TABLE tal IN ACCESS EXCLUSIVE MODE" if postgres else "LOCK TABLES tal WRITE")
        with pytest.raises(Outage) as caught:
            db.totals("tal")
        assert caught.value.code == "SRC157"


BOTH = "  z_barn: {key: [id], root: {by: [id]}}\n  a_tal: {key: [id], root: {by: [id]}}\n"


def locking(world, connection, *, crosswise):
    """Somebody who locks `a_tal`; crosswise, also `z_barn`, which the reader has already looked at: a deadlock."""
    with suppress(Exception), connection.cursor() as cursor:
        if world.engine == "postgres":
            cursor.execute("SET deadlock_timeout = '60s'")  # so that the reader is the one who is ended
            cursor.execute("LOCK TABLE a_tal IN ACCESS EXCLUSIVE MODE")
            if crosswise:
                cursor.execute("LOCK TABLE z_barn IN ACCESS EXCLUSIVE MODE")
        else:
            cursor.execute("LOCK TABLES a_tal WRITE" + (", z_barn WRITE" if crosswise else ""))


def waits(world):
    told = (
        "SELECT count(*) FROM pg_locks WHERE NOT granted"
        if world.engine == "postgres"
        else "SELECT count(*) FROM information_schema.processlist WHERE state LIKE 'Waiting for table%'"
    )
    with world.server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(told)
        return cursor.fetchone()[0]


@pytest.mark.parametrize("crosswise", [True, False], ids=["deadlock", "lock"])
def test_locked_out_is_tried_again_and_nothing_lands_half(world, monkeypatch, crosswise):
    monkeypatch.setattr(server, "LOCK_SECONDS", 20 if crosswise else 1)
    world.sql(*(f"CREATE TABLE {name} (id bigint PRIMARY KEY)" for name in ("z_barn", "a_tal")),
              *(f"INSERT INTO {name} VALUES (1), (2)" for name in ("z_barn", "a_tal")))  # fmt: skip
    other = world.server.connect(world.name, autocommit=False)
    locks = threading.Thread(target=locking, args=(world, other), kwargs={"crosswise": crosswise})
    told = []
    with world.open(BOTH) as db:
        real = db.totals

        def totals(stream):
            if stream == "a_tal" and not told:
                told.append(stream)
                real("z_barn")
                locks.start()
                while crosswise and not waits(world):
                    locks.join(0.01)
                if not crosswise:
                    locks.join()
            return real(stream)

        def pause(seconds):
            told.append(seconds)
            assert not list((world.tmp / "out").glob("[0-9a-f]*"))
            locks.join()
            other.close()  # what was locked is free

        monkeypatch.setattr(db, "totals", totals)
        guard, faults = db._engine._error, []
        monkeypatch.setattr(db._engine, "_error", lambda fault: faults.append(guard(fault)) or faults[-1])
        result = world.land(db, attempts=3, pause=pause)
    assert told == ["a_tal", 1.0]
    assert {(one.code, one.parameters["reason"]) for one in faults} == {("SRC157", reason(world, crosswise))}
    assert [one.rows for one in result.manifest.streams] == [2, 2]


def reason(world, crosswise):
    if world.engine == "postgres":
        return "40P01" if crosswise else "55P03"
    return "1213" if crosswise else "1205"


def test_reading_stops_by_hand_and_goes_on(world, monkeypatch):
    monkeypatch.setattr(reading, "BATCH_ROWS", 100)
    numbers(world)
    stop = world.tmp / "stop"
    with world.open(TAL, limits=Limits(stops=(stop,))) as db:
        batches = db.read("tal")
        next(batches)
        stop.touch()
        with pytest.raises(Outage) as caught:
            next(batches)
        assert caught.value.code == "SRC161"
        stop.unlink()
        assert world.land(db).manifest.streams[0].rows == 1000


def test_rows_take_their_time():
    now = [0.0]

    def pause(seconds):
        now[0] += seconds

    gate = Gate("db", Limits(rows_per_second=100), pause=pause, elapsed=lambda: now[0])
    for _ in range(10):
        gate.passed(50)
    assert 4.9 <= now[0] <= 5.1


@pytest.mark.parametrize(
    ("hours", "hour", "free"),
    [((18, 6), 19, True), ((18, 6), 5, True), ((18, 6), 6, False), ((8, 17), 12, True), ((8, 17), 17, False)],
)
def test_hours_are_the_municipalitys(hours, hour, free):
    moment = datetime(2026, 7, 1, (hour - 2) % 24, 30, tzinfo=UTC)  # summer: two hours behind
    gate = Gate("db", Limits(hours=(time(hours[0]), time(hours[1]))), FixedClock(moment))
    if free:
        gate.look()
    else:
        with pytest.raises(Outage) as caught:
            gate.look()
        assert caught.value.code == "SRC162"


def test_a_secret_shows_nowhere(tmp_path: Path):
    access = Access({"password": Secret(PASSWORD)})
    assert (
        PASSWORD
        not in f"{access!r} {access} {Secret(PASSWORD)} {vars(access) if hasattr(access, '__dict__') else ''}"
    )
    assert access.scrubbed(f"fel vid\n{PASSWORD}!") == "fel vid ***!"
    assert reading.BATCH_ROWS == 10_000


@pytest.mark.parametrize("world", ["maria", "maria-odbc"], indirect=True)
def test_shapes_land_as_their_bytes(world):
    kinds = {
        "point": "POINT(1 2)", "linestring": "LINESTRING(0 0,1 1)", "polygon": "POLYGON((0 0,1 0,1 1,0 0))",
        "multipoint": "MULTIPOINT(0 0,1 1)", "geometrycollection": "GEOMETRYCOLLECTION(POINT(1 2))",
    }  # fmt: skip
    columns = ", ".join(f"c_{kind} {kind}" for kind in kinds)
    made = ", ".join(f"ST_GeomFromText('{text}')" for text in kinds.values())
    world.sql(
        f"CREATE TABLE former (id int PRIMARY KEY, {columns})", f"INSERT INTO former VALUES (1, {made})"
    )
    with world.server.connect(world.name) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(f'HEX(c_{kind})' for kind in kinds)} FROM former")
        truth = [bytes.fromhex(text) for text in cursor.fetchone()]
    with world.open("  former: {key: [id], root: {by: [id]}}\n") as db:
        (row,) = values(db, "former")
    assert [row[f"c_{kind}"] for kind in kinds] == truth


@pytest.mark.parametrize("world", ["maria", "maria-odbc"], indirect=True)
@pytest.mark.parametrize(
    "collation", ["utf8mb4_swedish_ci", "utf8mb4_unicode_ci", "latin1_swedish_ci", "utf8mb4_bin"]
)
def test_documents_are_found_under_any_collation_and_by_floats(world, collation):
    characters = collation.partition("_")[0]
    world.sql(
        f"CREATE TABLE dok (dnr varchar(20), n float, b longblob, PRIMARY KEY (dnr, n)) CHARACTER SET {characters} COLLATE {collation}",
        "INSERT INTO dok VALUES ('Å 1', 0.1, 'ett'), ('å-2', 16777217, 'två'), ('x', 1e10, 'tre'), ('y', 1.5, NULL)",
    )
    with world.open("  dok: {key: [dnr, n], root: {by: [dnr]}, documents: [{column: b}]}\n") as db:
        result = world.land(db)
    assert result.findings == ()
    assert (result.manifest.documents.listed, result.manifest.documents.landed) == (3, 3)


@pytest.mark.parametrize("world", ["postgres", "postgres-odbc"], indirect=True)
def test_a_policy_that_hides_rows_is_told_and_lets_nothing_through(world):
    world.sql(
        "CREATE TABLE hemlig (id int PRIMARY KEY, agare text)",
        "INSERT INTO hemlig SELECT n, CASE WHEN n % 2 = 0 THEN 'reader' ELSE 'x' END FROM generate_series(1, 10) g(n)",
        "ALTER TABLE hemlig ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY p ON hemlig FOR SELECT USING (agare = current_user)",
    )
    with world.open("  hemlig: {key: [id], root: {by: [id]}}\n") as db:
        assert [(problem.code, problem.parameters["what"]) for problem in db.check().problems] == [
            ("SRC152", "hemlig")
        ]
        with pytest.raises(AccessDenied):
            values(db, "hemlig")


@pytest.mark.parametrize("world", ["postgres", "postgres-odbc"], indirect=True)
def test_rows_of_an_inheriting_table_stand_in_that_table_only(world):
    world.sql(
        'CREATE TABLE "fö:r%" (id int, d bytea)',
        'CREATE TABLE barn () INHERITS ("fö:r%")',
        "INSERT INTO \"fö:r%\" VALUES (1, 'a')",
        "INSERT INTO barn VALUES (2, 'b')",
    )
    streams = "  'fö:r%': {key: [id], root: {by: [id]}, documents: [{column: d, stream: ett}]}\n"
    streams += "  barn: {key: [id], root: {by: [id]}, documents: [{column: d, stream: två}]}\n"
    with world.open(streams) as db:
        assert [(db.totals(name).rows, len(values(db, name))) for name in ("fö:r%", "barn")] == [
            (1, 1),
            (1, 1),
        ]
        result = world.land(db)
    assert result.manifest.documents.landed == 2
    assert result.findings == ()


def test_rows_of_every_length_come_whole(world):
    """A row's length takes one, two, three or eight bytes in a packet of MariaDB's."""
    lengths = [0, 1, 240, 251, 252, 65_500, 65_536, 70_000, 300_000, 16_777_190, 16_777_215, 16_777_300]
    kind = "text" if world.engine == "postgres" else "longtext"
    world.sql(f"CREATE TABLE t (id int PRIMARY KEY, v {kind})")
    for number, length in enumerate(lengths):
        world.sql(f"INSERT INTO t VALUES ({number}, concat('>', repeat('x', {length}), '<'))")
    with world.open("  t: {key: [id], root: {by: [id]}}\n") as db:
        found = [row["v"] for batch in db.read("t") for row in batch.rows.to_pylist()]
    assert [(len(text), text[0], text[-1]) for text in found] == [
        (length + 2, ">", "<") for length in lengths
    ]


def test_documents_of_every_size_are_their_own_in_any_order(world):
    """Small values are fetched some at a time; what is asked for in another order is the same."""
    sizes = {n: [0, 7, 200_000, 524_287, 524_288, 524_289, 1_048_576, 1_048_577][n % 8] for n in range(1, 41)}
    kind, text = ("bytea", "text") if world.engine == "postgres" else ("longblob", "longtext")
    world.sql(f"CREATE TABLE fil (id int PRIMARY KEY, d {kind}, t {text})")
    wanted = {}
    with world.server.connect(world.name) as connection, connection.cursor() as cursor:
        for number, size in sizes.items():
            data = (b"%07d" % number * (size // 7 + 1))[:size] if number % 5 else None
            told = f"å{number}" * (number * 30) if number % 3 else None
            cursor.execute("INSERT INTO fil VALUES (%s, %s, %s)", (number, data, told))
            wanted["fil_d", str(number)] = data
            wanted["fil_t", str(number)] = None if told is None else told.encode()
        connection.commit()
    wanted = {key: data for key, data in wanted.items() if data is not None}
    world.sql("SELECT 1")
    streams = "  fil: {key: [id], root: {by: [id]}, documents: [{column: d}, {column: t}]}\n"
    with world.open(streams) as db:
        for order in (lambda some: some, reversed, lambda some: [one for one in some for _ in range(2)]):
            found = {}
            for batch in db.read("fil"):
                for one in order(batch.documents):
                    with db.open(one) as file:
                        found[one.stream, one.ref] = file.read()
            assert found == wanted
        result = world.land(db)
    digests = [row["sha256"] for part in Landing.open(result.folder).documents() for row in part.to_pylist()]
    assert sorted(digests) == sorted(hashlib.sha256(data).hexdigest() for data in wanted.values())
    assert result.manifest.documents.landed == len(wanted)
