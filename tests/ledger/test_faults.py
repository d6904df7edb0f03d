import sqlite3
import subprocess
import sys

import pytest

from leverans.clock import FixedClock
from leverans.errors import AccessDenied, ConfigurationError, IntegrityError, Outage
from leverans.ledger import Ledger, commit_hook, engine, schema

TABLES = ("run", "event", "batch", "object_event", "row_event", "identity")


@pytest.fixture
def filled(ledger, begin, objects):
    import pyarrow as pa

    run = begin(ledger)
    ledger.record_objects(run, "1", objects("a", "b"))
    ledger.record_rows(run, "1", pa.table({"stream": ["db.x"], "key": ["1"], "code": ["LED001"]}))
    ledger.checkpoint(run, "map", "1")
    return run


@pytest.mark.parametrize("table", TABLES)
def test_what_is_written_cannot_be_changed_deleted_or_replaced(filled, path, table):
    connection = sqlite3.connect(path)
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    before = connection.execute(f"SELECT * FROM {table}").fetchall()
    assert before
    for statement in (
        f"UPDATE {table} SET {columns[-1]} = 'x'",
        f"DELETE FROM {table}",
        f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
        f"REPLACE INTO {table} SELECT * FROM {table}",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)
        connection.rollback()
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute(f"INSERT OR IGNORE INTO {table} SELECT * FROM {table}")
    assert connection.execute(f"SELECT * FROM {table}").fetchall() == before
    connection.close()


@pytest.mark.parametrize(("table", "number"), [("run", "number"), ("batch", "number")])
def test_a_row_is_not_replaced_through_another_of_its_keys_either(filled, path, table, number):
    connection = sqlite3.connect(path)
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join("99" if name == number else f'"{name}"' for name in columns)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(f"REPLACE INTO {table} ({names}) SELECT {values} FROM {table}")
    connection.close()


def test_the_tables_of_the_code_are_those_of_the_migrations(ledger, path):
    import sqlalchemy as sa
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    from leverans.ledger.tables import metadata

    with sa.create_engine(f"sqlite:///{path}").connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_head_of_the_code_is_that_of_the_migrations():
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == schema.HEAD


def test_a_current_file_is_not_migrated_again(ledger, path):
    assert schema.upgrade(engine.Engine(path)) is False


def test_a_file_of_a_newer_version_is_left_alone(path):
    Ledger.open(path, "mora", FixedClock()).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(ConfigurationError, match="LED004"):
        Ledger.open(path, "mora", FixedClock())


@pytest.mark.fault
def test_a_file_that_is_no_ledger_is_told(path):
    path.parent.mkdir()
    path.write_bytes(b"this is no database, but it is long enough to look like one" * 40)
    with pytest.raises(IntegrityError, match="LED002"):
        Ledger.open(path, "mora", FixedClock())


@pytest.mark.fault
def test_a_folder_in_the_place_of_the_file_is_told(path):
    path.mkdir(parents=True)
    with pytest.raises(AccessDenied, match="RUN003"):
        Ledger.open(path, "mora", FixedClock())


@pytest.mark.fault
def test_a_file_in_the_place_of_the_folder_is_told(path):
    path.parent.write_text("")
    with pytest.raises(AccessDenied, match="RUN003"):
        Ledger.open(path, "mora", FixedClock())


@pytest.mark.fault
def test_a_second_writer_is_told_to_come_again_and_readers_are_not_disturbed(
    ledger, begin, path, monkeypatch, objects
):
    run = begin(ledger)
    ledger.record_objects(run, "1", objects("a"))
    monkeypatch.setattr(engine, "_WAIT", 0.05)
    other = Ledger.open(path, "mora", FixedClock())
    with ledger._engine.write("held"):
        with pytest.raises(Outage, match="LED001") as caught:
            other.event(run, "x", {})
        assert caught.value.exit_code == 3
        assert other.lookup(["a"], "mora/alkt").num_rows == 1
    other.event(run, "x", {})
    other.close()


@pytest.mark.fault
def test_a_full_disk_leaves_whole_transactions_and_can_be_gone_on_from(ledger, begin, objects):
    run = begin(ledger)
    ledger.record_objects(run, "1", objects("a"))
    many = objects(*(f"{number:06d}" for number in range(3_000)))
    with ledger._engine.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    ledger.close()
    limited = Ledger.open(ledger._engine.path, "mora", FixedClock())
    with limited._engine._engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        raw.execute(f"PRAGMA max_page_count={pages + 5}")
    with pytest.raises(Outage, match="RUN002"):
        limited.record_objects(run, "2", many)
    assert limited.tallies(run)[0].objects == 1
    with limited._engine._engine.connect() as connection:
        connection.connection.dbapi_connection.execute("PRAGMA max_page_count=1073741823")
    assert limited.record_objects(run, "2", many) is True
    limited.close()


def test_every_commit_can_be_traced(path, objects, begin):
    seen = []
    with (
        commit_hook(lambda moment, label: seen.append((moment, label))),
        Ledger.open(path, "mora", FixedClock()) as ledger,
    ):
        run = begin(ledger)
        ledger.record_objects(run, "2003", objects("a"))
        ledger.checkpoint(run, "map", "2003")
        ledger.lookup(["a"], "mora/alkt")
        ledger.finish(run, "complete")
    labels = ["migrate", "claim", "begin", "object_event:2003", "checkpoint:map", "finish"]
    assert seen == [(moment, label) for label in labels for moment in ("before", "after")]


def test_an_error_in_a_transaction_leaves_nothing(ledger, begin):
    run = begin(ledger)
    with pytest.raises(RuntimeError), ledger._open_run(run, "x") as connection:
        ledger._append(connection, run, "kind", "", {})
        raise RuntimeError
    assert ledger.events(run, "kind") == []


def test_no_value_stands_in_an_error_of_the_database(ledger, begin):
    import sqlalchemy as sa

    run = begin(ledger)
    with pytest.raises(sa.exc.IntegrityError) as caught, ledger._open_run(run, "x") as connection:
        connection.execute(
            sa.text("INSERT INTO event (sequence, run) VALUES (:a, :b)"), {"a": 1, "b": "hemlig"}
        )
    assert "hemlig" not in str(caught.value)


WORK = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
import alembic.command
import pandas
import pyarrow as pa
from leverans.clock import FixedClock
from leverans.ledger import Ledger, commit_hook


def work(path):
    with Ledger.open(path, "mora", FixedClock()) as ledger:
        run = ledger.unfinished("mora/alkt")
        if run is None and not ledger.runs():
            run = ledger.begin("mora/alkt", reference_time=datetime(2026, 1, 1, tzinfo=UTC), test=False,
                               code_version="0.1", agreement="A", by="test")
        for part in ("1", "2") if run else ():
            if part in ledger.checkpoints(run, "map"):
                continue
            names = [f"{part}-{number}" for number in range(50)]
            ledger.record_objects(run, part, pa.table({
                "object": names, "route": ["open"] * 50, "disposition": ["archived"] * 50,
                "documents": [1] * 50, "records": [1] * 50}))
            ledger.record_findings(run, part, {"LED001": 2})
            ledger.checkpoint(run, "map", part)
        if run:
            ledger.finish(run, "complete")


def killed(path, at):
    seen = [0]

    def hook(moment, label):
        seen[0] += 1
        if seen[0] == at:
            os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if child == 0:
        with commit_hook(hook):
            work(path)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


moment = 1
while killed(Path(sys.argv[1]) / str(moment) / "ledger.sqlite", moment) == -signal.SIGKILL:
    again = killed(Path(sys.argv[1]) / str(moment) / "ledger.sqlite", 0)
    assert again == 0, again
    moment += 1
"""


@pytest.mark.fault
def test_a_run_killed_before_and_after_every_commit_ends_in_the_same_ledger(tmp_path):
    script, home = tmp_path / "work.py", tmp_path / "home"
    script.write_text(WORK)
    done = subprocess.run([sys.executable, script, home], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    paths = sorted(home.glob("*/ledger.sqlite"))
    assert len(paths) == 21  # before and after each of ten commits, and the one that was not killed
    for path in paths:
        with Ledger.open(path, "mora", FixedClock()) as ledger:
            (state,) = ledger.runs()
            assert state.status == "complete"
            assert ledger.tallies(state.run)[0].objects == 100
            assert ledger.findings(state.run) == {"LED001": 4}
            assert sorted(ledger.checkpoints(state.run, "map")) == ["1", "2"]
