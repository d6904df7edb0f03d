import sqlite3
import subprocess
import sys

import pytest
from tests.content import casedata_loader as loader
from tests.content.conftest import query, table_counts

SCHEMA = """
    create table ärende (id bigint not null auto_increment, nr varchar(8) not null, stängt bit,
        kind enum ('A','B'), at datetime(6), file longblob, primary key (id)) engine=InnoDB;
    create table part (ord integer not null check ((ord>=0)), ärende_id bigint not null, primary key (ord, ärende_id));
    create index i on part (ärende_id);
    alter table if exists ärende add constraint u unique (nr);
    alter table if exists part add constraint f foreign key (ärende_id) references ärende (id);
"""


@pytest.fixture
def database():
    tables = loader.read_schema(SCHEMA)
    connection = sqlite3.connect(":memory:")
    loader.create(connection, tables)
    yield lambda sql: loader.run(connection, tables, sql), connection
    connection.close()


def values(connection, column="nr"):
    return [value for (value,) in connection.execute(f'select "{column}" from ärende order by id')]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("'it''s'", "it's"),
        (r"'a\'b\n'", "a'b\n"),
        (r"'\u00\\'", "u00\\"),
        (r"'50\%'", r"50\%"),
        ("'ab' 'cd'", "abcd"),
        ('"q""q"', 'q"q'),
        ("'-- no'", "-- no"),
        ("'a;b'", "a;b"),
        ("387", "387"),
        ("true", "1"),
    ],
)
def test_texts_are_read_as_mariadb_reads_them(database, written, read):
    run, connection = database
    run(f"-- comment\nINSERT INTO `ärende` (nr) VALUES ({written}); # more")
    assert values(connection) == [read]


def test_bits_blobs_times_and_numbers_that_count_themselves(database):
    run, connection = database
    run("SET @a := 'aGVq\n  IQ=='; INSERT INTO ärende (nr, stängt, kind, at, file) VALUES "
        "('a', b'1', 'B', '2022-12-02 15:13:45.36', FROM_BASE64(@a)), ('b', false, NULL, now(), x'00ff'), "
        "('c', null, 'A', '2022-12-02 15:13:45', FROM_BASE64('no!'))")  # fmt: skip
    assert values(connection, "id") == [1, 2, 3]
    assert values(connection, "stängt") == [1, 0, None]
    assert values(connection, "at") == [
        "2022-12-02 15:13:45.360000",
        "2025-01-01 00:00:00.000000",
        "2022-12-02 15:13:45.000000",
    ]
    assert values(connection, "file") == [b"hej!", b"\x00\xff", None]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO ärende (nr, kind) VALUES ('a', 'C')",
        "INSERT INTO ärende (nr) VALUES ('123456789')",
        "INSERT INTO ärende (nr) VALUES (NULL)",
        "INSERT INTO ärende (nr) VALUES ('a'), ('a')",
        "INSERT INTO part (ord, ärende_id) VALUES (0, 7)",
        "INSERT INTO part (ord, ärende_id) VALUES (-1, 1)",
        "INSERT INTO ärende (nr) VALUES (UUID())",
        "INSERT INTO nowhere (nr) VALUES ('a')",
        "INSERT INTO ärende (nr) VALUES ('a') ON DUPLICATE KEY UPDATE nr = 'b'",
        "DELETE FROM ärende",
    ],
)
def test_what_does_not_fit_is_refused_and_leaves_nothing(database, statement):
    run, connection = database
    with pytest.raises(loader.LoadError):
        run(f"INSERT INTO ärende (id, nr) VALUES (1, 'first'); {statement}")
    assert values(connection) == []


def test_declared_types_stand_as_declared(merged, scripts):
    tables = loader.read_schema((scripts / "schema.sql").read_text(encoding="utf-8"))
    assert len(tables) == 33
    found = {
        table: {
            name: kind
            for _, name, kind, *_ in query(merged / "casedata.sqlite", f"pragma table_info({table})")
        }
        for table in tables
    }
    assert found["errand"]["created"] == "datetime(6)"
    assert found["errand"]["confidential"] == "bit"
    assert found["errand"]["priority"] == "TEXT"
    assert found["attachment"]["content"] == "longblob"
    assert {table: set(columns) for table, columns in found.items()} == {
        table.name: set(table.columns) for table in tables.values()
    }


def test_fourteen_scripts_load_and_one_needs_tables_of_its_own(scripts, tmp_path):
    failed = {}
    for name in loader.scripts(scripts):
        try:
            loader.load_script(tmp_path / f"{name}.sqlite", name, scripts)
        except loader.LoadError as fault:
            failed[name] = str(fault)
    assert failed == {"history": "no such table: jv_global_id"}
    assert sum(table_counts(tmp_path / "history.sqlite").values()) == 0
    assert len(loader.scripts(scripts)) == 15


def test_all_rows_live_together(scripts, merged, tmp_path):
    alone = {}
    for name in loader.scripts(scripts):
        if name != "history":
            loader.load_script(tmp_path / f"{name}.sqlite", name, scripts)
            for table, rows in table_counts(tmp_path / f"{name}.sqlite").items():
                alone[table] = alone.get(table, 0) + rows
    assert table_counts(merged / "casedata.sqlite") == alone
    assert alone["errand"] == 28
    assert query(merged / "casedata.sqlite", "pragma foreign_key_check") == []


def test_references_follow_their_identities(merged):
    path = merged / "casedata.sqlite"
    undeclared = {
        "attachment": "errand_id is null or errand_id in (select id from errand)",
        "conversation": "cast(errand_id as integer) in (select id from errand)",
        "message": "errand_id in (select id from errand)",
        "message_attachment": "messageid in (select messageid from message)",
    }
    for table, holds in undeclared.items():
        assert query(path, f"select count(*) from {table} where not ({holds})") == [(0,)], table
        assert query(path, f"select count(*) > 0 from {table}") == [(1,)], table
    assert query(path, "select errand_number from errand where id = 7000001") == [("07-BUILD-2024-000001",)]
    assert query(path, "select decided_by_id from decision where id = 4000001") == [(4_000_002,)]


def test_the_blobs_are_what_the_source_says_they_are(merged):
    import hashlib

    rows = query(merged / "casedata.sqlite", "select content, hash from attachment")
    assert len(rows) == 7
    assert all(hashlib.sha256(content).hexdigest() == told for content, told in rows)


def test_a_person_can_run_it(scripts, tmp_path):
    done = subprocess.run(
        [sys.executable, loader.__file__, tmp_path / "out.sqlite", "--scripts", scripts],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stderr == "history: not loaded: no such table: jv_global_id\n"
    assert table_counts(tmp_path / "out.sqlite")["errand"] == 28
