"""Frozen sources go on where a killed extract ended, all others begin anew; the landing is the same either way."""

import os
import shutil
import sqlite3

import pytest
from tests.sources.building import database, definition

from leverans.blobs import ContentStore, LocalFilesystem
from leverans.errors import Outage
from leverans.sources import Access, Landing, Limits, land, open_connector
from leverans.sources.landing import resuming, writing
from leverans.sources.sql import reading
from leverans.sources.sql.connector import SqlConnector
from leverans.sources.sql.sqlite import SqliteEngine
from leverans.testing.faults import KILLED, in_child, stopped

pytestmark = pytest.mark.fault
SCRIPT = """
CREATE TABLE "a ä" (id INTEGER PRIMARY KEY, nr TEXT, txt TEXT);
CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER, x REAL);
CREATE TABLE loose (x TEXT);
CREATE TABLE held (id INTEGER PRIMARY KEY, body BLOB);
"""
STREAMS = """
  a ä: {key: [id], root: {by: [nr]}}
  b: {key: [id], root: {via: a ä, on: {a: id}}}
  loose: {shared: true}
  held: {key: [id], shared: true, documents: [{column: body, stream: files}]}
"""
A, B = 75, 60


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "BATCH_ROWS", 10)
    monkeypatch.setattr(writing, "BUFFER_BYTES", 1_000)  # files are written in many parts
    rows = [(n, f"N{n % 7}", None if n % 5 else f"text {n}") for n in range(1, A + 1)]
    path = database(
        tmp_path / "s.sqlite",
        SCRIPT,
        **{"a ä": rows},
        b=[(n, n % A + 1, n / 3) for n in range(B)],
        loose=[(f"{n % 3}",) for n in range(25)],
        held=[(n, b"body %d" % n) for n in range(12)],
    )
    connection = sqlite3.connect(path)
    connection.execute("UPDATE \"a ä\" SET txt = CAST(x'ff' AS TEXT) WHERE id = 52")
    connection.commit()
    connection.close()
    return Place(tmp_path)


class Place:
    def __init__(self, tmp):
        self.tmp = tmp
        self.resume = tmp / "out" / resuming.RESUME

    def open(self, *, frozen=True, limits=None):
        made = definition(self.tmp / "c", "sql", STREAMS)
        access = Access(frozen=frozen, limits=limits or Limits())
        return open_connector("db", made, "s.sqlite", self.tmp, access)

    def land(self, connector=None, out="out", **more):
        with connector or self.open() as db:
            store = ContentStore(self.tmp / "blobs")
            return land("m/d", [db], root=self.tmp / out, store=store, buckets=3, **more)

    def sql(self, statement):
        connection = sqlite3.connect(self.tmp / "s.sqlite")
        connection.execute(statement)
        connection.commit()
        connection.close()

    def killed(self, batches, **how):
        """Land in a child that ends when so many batches are durable."""
        keep, seen = resuming.Spool._keep, []

        def keeping(*given):
            data = keep(*given)
            seen.append(data)
            if len(seen) == batches:
                os._exit(KILLED)
            return data

        def child():
            resuming.Spool._keep = keeping
            self.land(self.open(**how))

        return in_child(child, LocalFilesystem())


def files(result):
    return {
        str(path.relative_to(result.folder)): path.read_bytes()
        for path in result.folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def skipped(monkeypatch):
    """How many rows each read of a table left out."""
    seen, read = [], SqliteEngine.read

    def reading_(self, connection, stream, facts, profiles, skip=0):
        seen.append((facts.name, skip))
        return read(self, connection, stream, facts, profiles, skip)

    monkeypatch.setattr(SqliteEngine, "read", reading_)
    return seen


@pytest.mark.parametrize("batches", [1, 4, 8, 9, 14])
@pytest.mark.parametrize("limits", [None, Limits(rows_per_second=10**9)], ids=["plain", "gently"])
def test_a_killed_extract_goes_on_after_its_last_durable_batch(place, skipped, batches, limits):
    whole = place.land(out="whole")
    assert len(Landing.open(whole.folder).set_aside()) == 1
    assert place.killed(batches) == KILLED
    assert not list((place.tmp / "out").glob("*/manifest.json"))
    skipped.clear()
    result = place.land(place.open(limits=limits))
    done = min(A, batches * 10), max(0, batches - 8) * 10
    assert dict(result.resumed) == {
        name: rows for name, rows in zip(("db.a ä", "db.b"), done, strict=True) if rows
    }
    assert dict(skipped)["a ä"] == (done[0] - 1) // 10 * 10  # the last durable batch is read once more
    assert dict(skipped)["b"] == max(0, done[1] - 10)
    assert files(result) == files(whole)
    assert (result.landing_id, result.findings) == (whole.landing_id, whole.findings)
    assert not place.resume.exists()


def test_an_extract_of_a_source_that_is_not_frozen_is_the_same_landing(place):
    assert files(place.land(place.open(frozen=False), out="live")) == files(place.land())


@pytest.mark.parametrize("loss", ["first", "all"])
def test_killed_at_any_commit_point_it_goes_on_or_begins_but_never_differs(place, loss):
    whole = place.land(out="whole")
    ended = set()
    for at in range(2, 300, 13):
        ended.add(code := stopped(at, place.land, loss=loss))
        result = place.land()
        assert (result.landing_id, result.findings) == (whole.landing_id, whole.findings)
        assert not place.resume.exists()
        shutil.rmtree(place.tmp / "out")
        if code == 0:
            break
    assert ended == {0, KILLED}


def test_a_source_that_is_not_frozen_begins_anew_and_leaves_no_batches(place, skipped):
    whole = place.land(out="whole")
    assert place.killed(9) == KILLED
    assert any(place.resume.rglob("*.batch"))
    skipped.clear()
    result = place.land(place.open(frozen=False))
    assert (dict(result.resumed), {skip for _, skip in skipped}) == ({}, {0})
    assert files(result) == files(whole)
    assert not place.resume.exists()


def test_nothing_is_kept_of_a_source_that_is_not_frozen(place, monkeypatch):
    def read(*_):
        raise Outage("SRC018", "db", reason="x")

    monkeypatch.setattr(SqliteEngine, "open_value", read)
    with pytest.raises(Outage):
        place.land(place.open(frozen=False))
    assert not place.resume.exists()
    with pytest.raises(Outage):
        place.land()
    assert len(list(place.resume.rglob("*.batch"))) == 14
    with pytest.raises(Outage):
        place.land(place.open(frozen=False))
    assert not list(place.resume.rglob("*.batch"))


CHANGES = {
    "totals": ["DELETE FROM loose WHERE rowid = 3"],  # of a table that no batch is kept of
    "catalogue": ["ALTER TABLE b ADD COLUMN y INTEGER"],
    "fingerprint": [
        "UPDATE \"a ä\" SET txt = 'new' WHERE id IN (5, 75)"
    ],  # in no batch that is read once more
    "rows": ["UPDATE b SET x = 7.5 WHERE id = 12"],
    "kept": [],
    "seal": [],
    "no seal": [],
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_moved_since_the_first_attempt_begins_anew_and_is_told(place, skipped, what, monkeypatch):
    assert place.killed(10) == KILLED
    if what == "kept":
        file = min(place.resume.rglob("*.batch"))
        file.write_bytes(file.read_bytes()[:-9] + b"tampered.")
    elif not CHANGES[what]:
        min(place.resume.rglob("0*.json")).write_bytes(b'{"sha' if what == "seal" else b"[]")
        what = "kept"
    if what == "rows":  # somebody changed the file and all that tells of it
        mark = SqliteEngine.mark
        before = mark_of(place)
        monkeypatch.setattr(SqliteEngine, "mark", lambda *given: mark(*given) and before)
    for statement in CHANGES[what]:
        place.sql(statement)
    skipped.clear()
    result = place.land()
    told = [finding for finding in result.findings if finding.code == "SRC136"]
    assert [(one.where, one.parameters) for one in told] == [("db", {"what": what})]
    assert dict(result.resumed) == {}
    assert [skip for name, skip in skipped][-4:] == [0, 0, 0, 0]
    anew = place.land(place.open(frozen=False), out="anew")
    assert result.manifest.streams == anew.manifest.streams
    assert not place.resume.exists()


def mark_of(place):
    with place.open() as db:
        return db.unmoved()


def test_a_change_that_hides_size_and_time_is_noticed(place):
    path = place.tmp / "s.sqlite"
    mark, before = mark_of(place), path.stat()
    place.sql("UPDATE b SET x = 7.5 WHERE id = 12")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert mark_of(place) != mark


def test_write_ahead_mode_goes_on_until_somebody_writes(place):
    writer = sqlite3.connect(place.tmp / "s.sqlite", isolation_level=None)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("UPDATE b SET x = 1.5 WHERE id = 3")
    mark = mark_of(place)
    whole = place.land(out="whole", connector=place.open(frozen=False))
    assert mark_of(place) == mark
    assert place.killed(10) == KILLED
    result = place.land()
    assert (result.landing_id, dict(result.resumed)) == (whole.landing_id, {"db.a ä": 75, "db.b": 20})
    assert place.killed(10) == KILLED
    writer.execute("UPDATE b SET x = 2.5 WHERE id = 3")
    assert [one.code for one in place.land().findings if one.code != "SRC107"] == ["SRC136"]
    writer.close()


def test_what_moves_while_it_goes_on_begins_anew(place, monkeypatch):
    assert place.killed(10) == KILLED
    marks = iter(["", "moved", "moved", "moved"])
    monkeypatch.setattr(SqlConnector, "fingerprint", lambda _: next(marks))
    result = place.land()
    assert dict(result.resumed) == {}
    assert [finding.code for finding in result.findings if finding.code != "SRC107"] == ["SRC136"]


def test_batches_kept_by_another_connector_file_are_not_used(place, monkeypatch):
    assert place.killed(10) == KILLED
    monkeypatch.setattr(resuming, "__version__", "another")
    result = place.land()
    assert dict(result.resumed) == {}
    assert [finding.code for finding in result.findings] == ["SRC107"]


def test_a_stop_by_hand_holds_for_what_goes_on(place):
    assert place.killed(3) == KILLED
    stop = place.tmp / "stop"
    stop.touch()
    with pytest.raises(Outage, match="SRC161"):
        place.land(place.open(limits=Limits(stops=(stop,))))
