"""Rows that SQLite writes as JSON are the rows that its driver gives value by value."""

import sqlite3
from contextlib import closing

import pytest
import sqlalchemy as sa
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.sources.building import database, sql, values

from leverans.sources.sql import reading, sqlite_rows
from leverans.sources.sql.ahead import ahead

BYTES = st.binary(max_size=12)
TEXT = st.one_of(
    st.text(max_size=12).map(lambda text: text.encode("utf-8", "surrogatepass")),
    BYTES,
    st.sampled_from(
        [b"null", b"", b'"', b"\\", b"\\n", b"a\nb\r", b",", b"[0", b"0]", b"\0", b"\x7f\xc2\x85"]
    ),
)
WHOLE = st.integers(-(2**63), 2**63 - 1)
ROW = st.tuples(
    st.one_of(st.none(), WHOLE), st.one_of(st.none(), TEXT), st.one_of(st.none(), st.floats(allow_nan=False)),
    st.one_of(st.none(), BYTES), st.one_of(st.none(), WHOLE, TEXT, st.floats(allow_nan=False)),
    st.one_of(st.none(), TEXT),
)  # fmt: skip
SCRIPT = "CREATE TABLE t (id INTEGER PRIMARY KEY, whole, text, real, blob, mixed, more)"
STREAM = "  t: {root: {by: [id]}}\n"


def batches(path, folder):
    with sql(folder, path, STREAM) as db:
        return list(db.read("t"))


@settings(max_examples=60, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=8))
@example([(1, b"\xe5", 0.1 + 0.2, b"\0", 7, b"x"), (None, b"\\", 1e300, None, b"\xff", b"null")])
def test_both_ways_give_the_same_rows(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("t")
    path = database(folder / "a.db", SCRIPT)
    with closing(sqlite3.connect(path)) as connection:
        for number, row in enumerate(rows):
            cells = [
                f"CAST(x'{value.hex()}' AS TEXT)" if isinstance(value, bytes) and place != 3 else "?"
                for place, value in enumerate(row)
            ]
            kept = [value for cell, value in zip(cells, row, strict=True) if cell == "?"]
            connection.execute(f"INSERT INTO t VALUES ({number}, {', '.join(cells)})", kept)
        connection.commit()
    written = batches(path, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite_rows.WrittenRows, "of", lambda _shape: None)
        plain = batches(path, folder)
    assert [batch.rows for batch in written] == [batch.rows for batch in plain]
    assert [batch.set_aside for batch in written] == [batch.set_aside for batch in plain]


@pytest.mark.parametrize("columns", [1, 100, 101, 400])
def test_tables_of_any_width_are_read(tmp_path, columns):
    names = [f"c{number}" for number in range(columns)]
    path = database(tmp_path / "a.db", f"CREATE TABLE t ({', '.join(f'{name} text' for name in names)})")
    rows = [
        tuple(f"v{row}.{number}" if number % 3 else None for number in range(columns)) for row in range(3)
    ]
    database(path, t=rows)
    with sql(tmp_path, path, "  t: {shared: true}\n") as db:
        assert sorted(values(db, "t"), key=repr) == sorted(
            (dict(zip(names, row, strict=True)) for row in rows), key=repr
        )


def test_light_rows_come_as_one_text_and_heavy_ones_as_values(tmp_path):
    script = "CREATE TABLE t (id INTEGER PRIMARY KEY, v text);"
    for name, size in (("light", 10), ("heavy", reading.BATCH_BYTES)):
        path = database(tmp_path / f"{name}.db", script, t=[(1, "x" * size)])
        with sql(tmp_path, path, STREAM, name) as db:
            assert values(db, "t") == [{"id": 1, "v": "x" * size}]
            assert any("json_array" in told for told in db.statements()) == (name == "light")


def test_what_is_made_keeps_its_order_and_a_fault_waits_for_its_turn():
    def parts():
        yield from range(5)
        raise sa.exc.DBAPIError("SELECT 1", {}, Exception())

    seen: list[int] = []
    with pytest.raises(sa.exc.DBAPIError):
        seen.extend(ahead(parts(), lambda part: part * 2))
    assert seen == [0, 2, 4, 6, 8]
    assert list(ahead([], str)) == []


def test_what_cannot_be_made_is_told_and_nothing_goes_on():
    read = []

    def parts():
        for number in range(10):
            read.append(number)
            yield number

    with pytest.raises(ZeroDivisionError):
        list(ahead(parts(), lambda part: 1 // (part - 2)))
    assert len(read) <= 5


def test_a_reader_that_is_left_stops_reading():
    read = []

    def parts():
        try:
            for number in range(100):
                read.append(number)
                yield number
        finally:
            read.append("closed")

    made = ahead(parts(), str)
    assert next(made) == "0"
    made.close()
    assert read == [0, 1, "closed"]


def test_values_that_sqlite_takes_for_json_are_texts_all_the_same(tmp_path):
    made = ['"x"', '"2020-01-01"', "null", "[1, 2]", '{"x": "y"}', '"å"']
    script = (
        "CREATE TABLE t (id INTEGER PRIMARY KEY, q text, j text GENERATED ALWAYS AS (json(q)) VIRTUAL);"
        "CREATE VIEW v AS SELECT id, q, json(q) AS k FROM t;"
    )
    path = database(tmp_path / "a.db", script)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany("INSERT INTO t (id, q) VALUES (?, ?)", enumerate(made))
        truth = connection.execute("SELECT j FROM t ORDER BY id").fetchall()
    with sql(tmp_path, path, "  t: {root: {by: [id]}}\n  v: {key: [id], root: {by: [id]}}\n") as db:
        assert [(row["j"],) for row in values(db, "t")] == truth
        assert [(row["k"],) for row in values(db, "v")] == truth


def test_a_table_may_begin_like_sqlites_own(tmp_path):
    path = database(tmp_path / "a.db", "CREATE TABLE sqliteX (q text); CREATE TABLE SQLiteData (q text)")
    with sql(tmp_path, path, "  sqliteX: {shared: true}\n") as db:
        assert db.check().problems == ()
        assert [stream.name for stream in db.discover().streams] == ["SQLiteData", "sqliteX"]
