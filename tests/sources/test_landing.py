"""Landings: the same source gives the same landing, children lie with their parents, nothing is lost or half there."""

import errno
import json
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.sources.building import (
    CASE_STREAMS,
    CASES,
    REGISTER,
    REGISTER_STREAMS,
    database,
    flat,
    landed,
    open_world,
    share,
    sql,
    world,
)

from leverans.blobs import ContentStore, LocalFilesystem, use
from leverans.contracts import ControlTotals
from leverans.errors import ConfigurationError, IntegrityError, Outage
from leverans.sources import DOCUMENT_SCHEMA, SET_ASIDE_SCHEMA, DocumentFault, Landing, SetAside, root_text
from leverans.sources.landing import documents as documents_module
from leverans.sources.landing import log as log_module
from leverans.sources.landing import writing
from leverans.sources.landing.plan import MOST_BUCKETS, Item, count_buckets


def whole(landing: Landing, stream: str) -> list[dict]:
    return [
        row
        for number in range(landing.manifest.buckets)
        for row in landing.bucket(number)[stream].to_pylist()
    ]


def test_everything_arrives_once(tmp_path):
    result = landed(tmp_path, *world(tmp_path), buckets=3)
    landing = Landing.open(result.folder)
    assert landing.manifest == result.manifest
    assert sha256((result.folder / "manifest.json").read_bytes()).hexdigest() == result.landing_id
    assert [(stream.name, stream.rows, stream.left) for stream in landing.manifest.streams] == [
        ("db.Ärende", 12, False),
        ("db.Händelse", 12, False),
        ("db.Kod", 2, False),
        ("register.register", 24, False),
        ("share.share", 13, False),
        ("db.Logg", 2, True),
    ]
    assert sorted(row["Id"] for row in whole(landing, "db.Ärende")) == list(range(12))
    assert len(whole(landing, "register.register")) == 24
    assert sum(not row["Filnamn"] for row in whole(landing, "register.register")) == 12
    assert list(landing.shared()) == ["db.Kod"]
    assert landing.shared()["db.Kod"].to_pylist() == [{"Typ": "B", "Kod": "1"}, {"Typ": "B ", "Kod": "1"}]
    assert set(landing.bucket(0)) == {"db.Ärende", "db.Händelse", "register.register", "share.share"}
    assert landing.verify() == ()
    assert result.findings == landing.findings() == ()
    assert [path.name for path in (tmp_path / "outbox").iterdir() if path.name != ".staging"] == [
        result.landing_id
    ]
    with pytest.raises(IndexError):
        landing.bucket(3)
    assert landing.catalogue("db").stream("Logg").columns[0].type == "int64"
    with pytest.raises(KeyError):
        landing.catalogue("q")


def test_documents_lie_in_the_store_with_their_digests(tmp_path):
    result = landed(tmp_path, *world(tmp_path), buckets=2)
    landing = Landing.open(result.folder)
    store = ContentStore(tmp_path / "blobs")
    rows = [row for table in landing.documents() for row in table.to_pylist()]
    assert {row["stream"] for row in rows} == {"share.share"}
    assert landing.bucket(0)["share.share"].schema == DOCUMENT_SCHEMA
    assert len(rows) == result.manifest.documents.listed == result.manifest.documents.landed == 13
    for row in rows:
        content = (tmp_path / "share" / row["ref"]).read_bytes()
        assert store.path(row["sha256"]).read_bytes() == content
        assert (row["size"], row["status"]) == (len(content), "landed")
    assert result.manifest.documents.bytes == sum(row["size"] for row in rows)


def test_the_same_source_gives_the_same_landing(tmp_path):
    first = landed(tmp_path, *world(tmp_path), buckets=5)
    files = {path: path.read_bytes() for path in first.folder.rglob("*") if path.is_file()}
    second = landed(tmp_path / "again", *world(tmp_path / "again"), buckets=5)
    assert second.landing_id == first.landing_id
    assert {path: (second.folder / path.relative_to(first.folder)).read_bytes() for path in files} == files
    third = landed(tmp_path, *open_world(tmp_path), buckets=5)
    assert third.reused
    assert not first.reused
    (tmp_path / "share" / "loose.txt").write_bytes(b"lOose")
    assert landed(tmp_path, *open_world(tmp_path), buckets=5).landing_id != first.landing_id


def test_a_damaged_landing_is_not_reused(tmp_path):
    first = landed(tmp_path, *world(tmp_path))
    (first.folder / first.manifest.streams[0].files[0].path).write_bytes(b"")
    again = landed(tmp_path, *open_world(tmp_path))
    assert (again.landing_id, again.reused) == (first.landing_id, False)
    assert [finding.code for finding in again.findings] == ["SRC135"]
    assert Landing.open(again.folder).verify() == ()


IDS = st.integers(0, 15)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(IDS, st.sampled_from(["A", "B", "C", "", None, "a"]), max_size=12),
    st.lists(st.one_of(st.none(), IDS), max_size=20),
    st.integers(1, 9),
)
def test_children_lie_with_their_parents(tmp_path_factory, cases, events, buckets):
    tmp = tmp_path_factory.mktemp("w")
    path = database(
        tmp / "a.sqlite",
        CASES,
        Ärende=list(cases.items()),
        Händelse=[(n, i, "") for n, i in enumerate(events)],
    )
    lines = ["Nr;Löp", *(f"{nr};1" for nr in cases.values() if nr is not None)]
    (tmp / "r.csv").write_text("\n".join(lines), encoding="utf-8")
    sources = sql(tmp, path, CASE_STREAMS), flat(tmp, tmp / "r.csv", REGISTER_STREAMS, REGISTER)
    landing = Landing.open(landed(tmp, *sources, buckets=buckets).folder)
    place, by_number = {}, {}
    for number in range(buckets):
        for row in landing.bucket(number)["db.Ärende"].to_pylist():
            place[row["Id"]] = number
            assert by_number.setdefault(row["Nr"], number) == number
    seen = 0
    for number in range(buckets):
        tables = landing.bucket(number)
        seen += tables["db.Händelse"].num_rows
        for row in tables["db.Händelse"].to_pylist():
            assert place.get(row["Id"], number) == number
        for row in tables["register.register"].to_pylist():
            assert by_number[row["Nr"]] == number
    assert len(place) == len(cases)
    assert seen == len(events)


def test_documents_lie_with_the_rows_that_name_them(tmp_path):
    result = landed(tmp_path, *world(tmp_path), buckets=7)
    landing = Landing.open(result.folder)
    loose = 0
    for number in range(7):
        tables = landing.bucket(number)
        named = set(tables["register.register"]["Filnamn"].to_pylist())
        for ref in tables["share.share"]["ref"].to_pylist():
            loose += ref == "loose.txt"
            assert ref in named or ref == "loose.txt"
    assert loose == 1


def test_documents_in_rows_are_landed_beside_them(tmp_path):
    script = "CREATE TABLE f (id INTEGER PRIMARY KEY, nr, name, body);"
    rows = [(n, f"N{n % 4}", f"{n}.bin", os.urandom(50) if n % 5 else None) for n in range(1, 21)]
    rows[2] = (3, "N3", "3.bin", 17)
    path = database(tmp_path / "a.sqlite", script, f=rows)
    streams = "  f: {key: [id], root: {by: [nr]}, documents: [{column: body, name: name, stream: files}]}\n"
    result = landed(tmp_path, sql(tmp_path, path, streams), buckets=4)
    landing = Landing.open(result.folder)
    store = ContentStore(tmp_path / "blobs")
    contents = {str(row[0]): row[3] for row in rows}
    for number in range(4):
        tables = landing.bucket(number)
        digests = {str(row["id"]): row["body"] for row in tables["db.f"].to_pylist()}
        for document in tables["db.files"].to_pylist():
            assert digests[document["ref"]] == document["sha256"]
            if document["status"] == "landed":
                assert store.path(document["sha256"]).read_bytes() == contents[document["ref"]]
        listed = set(tables["db.files"]["ref"].to_pylist())
        assert listed == {key for key in digests if contents[key] is not None}
    assert result.manifest.documents.listed == 16
    assert result.manifest.documents.landed == 15
    assert [(finding.code, finding.where) for finding in result.findings] == [("SRC119", "db.files[3]")]


def test_rows_that_cannot_be_read_are_counted_and_kept(tmp_path):
    db, register, tree = world(tmp_path)
    with (tmp_path / "register.csv").open("ab") as file:
        file.write(b"N-1;2\r\nN-2;\xff;x\r\n")
    connection = sqlite3.connect(tmp_path / "cases.sqlite")
    connection.execute("INSERT INTO \"Händelse\" VALUES (99, 1, CAST(x'ff' AS TEXT))")
    connection.commit()
    connection.close()
    result = landed(tmp_path, db, register, tree)
    landing = Landing.open(result.folder)
    assert landing.set_aside().schema == SET_ASIDE_SCHEMA
    assert landing.set_aside().select(["stream", "place", "code", "detail", "hint"]).to_pylist() == [
        {"stream": "db.Händelse", "place": "99", "code": "SRC107", "detail": "Text", "hint": "1:1"},
        {"stream": "register.register", "place": "26", "code": "SRC101", "detail": "2 ≠ 3", "hint": "3:N-1"},
        {"stream": "register.register", "place": "27", "code": "SRC102", "detail": "", "hint": "3:N-2"},
    ]
    counts = {
        stream.name: (stream.rows, stream.set_aside, stream.totals.rows)
        for stream in landing.manifest.streams
    }
    assert counts["register.register"] == (26, 2, 26)
    assert counts["db.Händelse"] == (13, 1, 13)
    assert result.set_aside == 3
    assert [finding.where for finding in result.findings] == [
        "db.Händelse[13]",
        "register.register[26]",
        "register.register[27]",
    ]
    assert result.findings == landing.findings()
    assert "2 cells instead of 3" in result.findings[1].text("en")
    assert landing.verify() == ()


@pytest.mark.parametrize("buckets", [1, 7])
def test_a_broken_row_is_found_in_the_bucket_of_its_object(tmp_path, buckets, capsys, caplog):
    db, register, tree = world(tmp_path)
    with (tmp_path / "register.csv").open("ab") as file:
        file.writelines(b"N-%d;2;x;too much\r\n" % number for number in range(12))
        file.write(b"N-\xff;2;x\r\n")
    result = landed(tmp_path, db, register, tree, buckets=buckets)
    landing = Landing.open(result.folder)
    *told, dumb = landing.set_aside().to_pylist()
    assert (dumb["hint"], dumb["bucket"]) == (None, None)
    assert [row["hint"] for row in told] == [f"{len(f'N-{number}')}:N-{number}" for number in range(12)]
    for number in range(buckets):
        keys = root_text([landing.bucket(number)["db.Ärende"]["Nr"].combine_chunks()]).to_pylist()
        assert {key.decode() for key in keys} == {row["hint"] for row in told if row["bucket"] == number}
    seen = capsys.readouterr()
    said = (
        str([finding.plain() for finding in result.findings]) + caplog.text + seen.out + seen.err
        + (result.folder / "findings.json").read_text() + (result.folder / "manifest.json").read_text()
    )  # fmt: skip
    assert "SRC101" in said
    assert "N-" not in said


def test_a_hint_is_not_shown_with_its_row():
    assert "N-1" not in repr(SetAside("26", 26, "SRC101", "2 ≠ 3", hint="3:N-1"))


def test_faults_of_documents_are_findings_without_names(tmp_path):
    db, register, tree = world(tmp_path)
    (tmp_path / "share" / "Anna Andersson.txt").symlink_to("/etc/hostname")
    (tmp_path / "share" / "gone").symlink_to("nowhere")
    result = landed(tmp_path, db, register, tree)
    rows = [row for table in Landing.open(result.folder).documents() for row in table.to_pylist()]
    assert {row["status"]: row["sha256"] for row in rows if row["status"] != "landed"} == {
        "refused": None,
        "missing": None,
    }
    assert [(finding.code, finding.severity) for finding in result.findings] == [
        ("SRC112", "quarantine"),
        ("SRC114", "quarantine"),
    ]
    assert "Anna" not in str([finding.plain() for finding in result.findings])
    totals = result.manifest.documents
    assert (totals.listed, totals.landed) == (15, 13)


def test_many_findings_stay_few(tmp_path, monkeypatch):
    monkeypatch.setattr(log_module, "LOCATED", 2)
    monkeypatch.setattr(log_module, "_WAITING", 2)
    (tmp_path / "r.csv").write_bytes(b"Nr;L\xc3\xb6p\n" + b"x\n" * 7)
    result = landed(tmp_path, flat(tmp_path, tmp_path / "r.csv", REGISTER_STREAMS, REGISTER))
    assert [(finding.code, finding.parameters.get("count")) for finding in result.findings] == [
        ("SRC101", None),
        ("SRC101", None),
        ("SRC121", 5),
    ]
    assert Landing.open(result.folder).set_aside().num_rows == 7


def test_a_source_that_moves_is_told(tmp_path):
    db, register, tree = world(tmp_path)
    listed = tree.documents

    def documents(stream):
        yield from listed(stream)
        (tmp_path / "share" / "late.txt").write_bytes(b"late")
        (tmp_path / "register.csv").write_bytes(b"Nr;L\xc3\xb6p;Filnamn\r\n" + b"x;y;z\r\n" * 24)

    tree.documents = documents
    result = landed(tmp_path, db, register, tree)
    assert [(finding.code, finding.where) for finding in result.findings] == [
        ("SRC120", "share.share"),
        ("SRC120", "register"),
    ]


def test_an_error_in_the_middle_leaves_nothing_sealed(tmp_path, monkeypatch):
    monkeypatch.setattr(documents_module, "GROUP_FILES", 3)
    db, register, tree = world(tmp_path)
    opened, count = tree.open, iter(range(100))

    def fail(document):
        if next(count) == 7:
            raise Outage("SRC018", "share", reason="x")
        return opened(document)

    tree.open = fail
    with pytest.raises(Outage):
        landed(tmp_path, db, register, tree)
    assert [path for path in (tmp_path / "outbox").rglob("*") if path.is_file()] == []
    assert len(list(ContentStore(tmp_path / "blobs").digests())) == 6
    assert list((tmp_path / "blobs" / ".staging").rglob("*")) == []
    clean = landed(tmp_path / "clean", *world(tmp_path / "clean"))
    assert landed(tmp_path, *open_world(tmp_path)).landing_id == clean.landing_id


def test_small_and_big_documents_land_in_their_order(tmp_path, monkeypatch):
    monkeypatch.setattr(documents_module, "SMALL", 1000)
    monkeypatch.setattr(documents_module, "GROUP_FILES", 7)
    sizes = [0, 1, 999, 1000, 1001, 5000, 10, 10, 1_500_000, 1000, 3, 1001] * 3
    contents = [bytes([number]) * size for number, size in enumerate(sizes)]
    (tmp_path / "share").mkdir()
    for number, content in enumerate(contents):
        (tmp_path / "share" / f"{number:02d}.bin").write_bytes(content)
    gone = share(tmp_path, tmp_path / "share")
    opened = gone.open

    def vanished(document):
        if document.name == "08.bin":
            raise DocumentFault("SRC111", "missing")
        return opened(document)

    gone.open = vanished
    result = landed(tmp_path, gone, buckets=1)
    rows = sorted(whole(Landing.open(result.folder), "share.share"), key=lambda row: row["ref"])
    assert [row["status"] for row in rows] == ["missing" if number == 8 else "landed" for number in range(36)]
    told = [row["sha256"] for number, row in enumerate(rows) if number != 8]
    assert told == [sha256(content).hexdigest() for number, content in enumerate(contents) if number != 8]
    assert result.manifest.documents.landed == 35
    store = ContentStore(tmp_path / "blobs")
    assert sorted(store.digests()) == sorted(set(told))
    assert all(store.open(name).read() in contents for name in set(told))


def test_a_full_disk_is_no_fault_of_the_document(tmp_path, monkeypatch):
    sources = world(tmp_path)

    def full(*_arguments):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(ContentStore, "add", full)
    with pytest.raises(OSError, match="full"):
        landed(tmp_path, *sources)
    assert [path for path in (tmp_path / "outbox").rglob("*") if path.is_file()] == []


def test_a_kill_between_folder_and_seal_is_mended(tmp_path):
    first = landed(tmp_path, *world(tmp_path))
    (first.folder / "manifest.json").unlink()
    with pytest.raises(IntegrityError) as caught:
        Landing.open(first.folder)
    assert caught.value.code == "SRC131"
    again = landed(tmp_path, *open_world(tmp_path))
    assert (again.landing_id, again.reused, again.findings) == (first.landing_id, False, ())


class Killed(Exception):
    """The machine stopped."""


class DiesAtTheSeal(LocalFilesystem):
    def rename(self, source, target):
        if target.name == "manifest.json":
            raise Killed
        super().rename(source, target)


def test_the_seal_comes_last(tmp_path):
    sources = world(tmp_path)
    with use(DiesAtTheSeal()), pytest.raises(Killed):
        landed(tmp_path, *sources)
    (folder,) = (path for path in (tmp_path / "outbox").iterdir() if path.name != ".staging")
    assert sorted(path.name for path in folder.iterdir()) == [
        "access.json", "catalogue.json", "findings.json", "streams",
    ]  # fmt: skip
    with pytest.raises(IntegrityError):
        Landing.open(folder)
    assert landed(tmp_path, *open_world(tmp_path)).landing_id == folder.name


def test_reading_checks_digests(tmp_path):
    result = landed(tmp_path, *world(tmp_path), buckets=1)
    landing = Landing.open(result.folder)
    file = result.folder / result.manifest.streams[1].files[0].path
    data = bytearray(file.read_bytes())
    data[20] ^= 1
    file.write_bytes(data)
    with pytest.raises(IntegrityError) as caught:
        landing.bucket(0)
    assert caught.value.where == f"{result.landing_id}/streams/002.000.parquet"
    assert [finding.where for finding in landing.verify()] == [caught.value.where]
    (result.folder / "catalogue.json").write_text("[]")
    with pytest.raises(IntegrityError):
        Landing.open(result.folder)
    manifest = json.loads((result.folder / "manifest.json").read_text())
    manifest["buckets"] = 2
    (result.folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(IntegrityError) as caught:
        Landing.open(result.folder)
    assert caught.value.code == "SRC130"


def test_empty_streams_are_there(tmp_path):
    path = database(tmp_path / "a.sqlite", CASES)
    landing = Landing.open(landed(tmp_path, sql(tmp_path, path, CASE_STREAMS)).folder)
    assert landing.manifest.buckets == 1
    assert landing.bucket(0)["db.Ärende"].schema == pa.schema([("Id", pa.int64()), ("Nr", pa.string())])
    assert landing.shared()["db.Kod"].num_rows == 0
    assert landing.verify() == ()
    assert list(landing.documents()) == []


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({"via": "register.gone", "on": {"ref": "Filnamn"}}, "SRC005"),
        ({"via": "db.Kod", "on": {"ref": "Kod"}}, "SRC005"),
        ({"via": "register.register", "on": {"ref": "Fil"}}, "SRC011"),
    ],
)
def test_sources_that_do_not_fit_together_are_refused_before_reading(tmp_path, rule, code):
    db, register, _ = world(tmp_path)
    with pytest.raises(ConfigurationError) as caught:
        landed(tmp_path, db, register, share(tmp_path, tmp_path / "share", share=rule))
    assert caught.value.code == code
    assert len(caught.value.problems) == 1
    assert not (tmp_path / "outbox").exists()


def test_circles_over_sources_are_refused(tmp_path):
    db, _, tree = world(tmp_path)
    del tree
    streams = "  register: {root: {via: share.share, on: {Filnamn: ref}}}\n"
    register = flat(tmp_path, tmp_path / "register.csv", streams, REGISTER)
    joined = share(tmp_path, tmp_path / "share", share={"via": "register.register", "on": {"ref": "Filnamn"}})
    with pytest.raises(ConfigurationError) as caught:
        landed(tmp_path, db, register, joined)
    assert caught.value.code == "SRC007"


@pytest.mark.parametrize(
    ("counts", "buckets"),
    [
        ((0, 0), 1),
        ((2000, 12_000), 1),
        ((2001, 12_000), 2),
        ((3, 400_000), 9),
        ((10**7, 10**7), MOST_BUCKETS),
    ],
)
def test_the_number_of_buckets_follows_from_the_totals(tmp_path, counts, buckets):
    db, register, _ = world(tmp_path)
    plan = [
        Item(db, db.definition.stream("Ärende"), db.discover().stream("Ärende"), db.definition.stream("Ärende").root),
        Item(register, register.definition.streams[0], register.discover().streams[0], register.definition.streams[0].root),
    ]  # fmt: skip
    totals = {item.name: ControlTotals(item.name, count) for item, count in zip(plan, counts, strict=True)}
    assert count_buckets(plan, totals) == buckets


def test_waiting_rows_are_bounded(tmp_path, monkeypatch):
    import numpy as np

    monkeypatch.setattr(writing, "BUFFER_BYTES", 10_000)
    (tmp_path / "streams").mkdir()
    schema = pa.schema([("v", pa.string())])
    most = 0
    with ThreadPoolExecutor(1) as executor:
        writer = writing.BucketWriter(tmp_path, 1, schema, executor, whole=False)
        for number in range(50):
            rows = pa.RecordBatch.from_pylist([{"v": f"{number}" * 20} for _ in range(30)], schema=schema)
            writer.add(rows, np.arange(30, dtype=np.uint16) % 4)
            most = max(most, writer._weight)
        files = writer.close()
    assert most <= 10_000
    assert [file.bucket for file in files] == [0, 1, 2, 3]
    assert sum(file.rows for file in files) == 1500


@pytest.mark.parametrize("whole", [True, False])
def test_an_open_file_remembers_few_pieces_and_no_row_is_lost_between_files(tmp_path, monkeypatch, whole):
    """What Parquet remembers of an open file grows with every piece: 60 of 256 buckets took 400 MB."""
    import numpy as np

    monkeypatch.setattr(writing, "BUFFER_BYTES", 500)
    monkeypatch.setattr(writing, "PIECES", 3)
    (tmp_path / "streams").mkdir()
    schema = pa.schema([("v", pa.int64())])
    with ThreadPoolExecutor(1) as executor:
        writer = writing.BucketWriter(tmp_path, 7, schema, executor, whole=whole)
        for number in range(40):
            rows = pa.RecordBatch.from_pylist([{"v": number * 30 + row} for row in range(30)], schema=schema)
            writer.add(rows, np.arange(30, dtype=np.uint16) % 2)
        files = writer.close()
    assert len({file.path for file in files}) == len(files) > 2
    found = {}
    for file in files:
        path = tmp_path / file.path
        assert sha256(path.read_bytes()).hexdigest() == file.sha256
        assert pq.ParquetFile(path).num_row_groups <= 3
        values = pq.read_table(path)["v"].to_pylist()
        assert len(values) == file.rows
        found.setdefault(file.bucket, []).extend(values)
    wanted = {None: list(range(1200))} if whole else {n: list(range(n, 1200, 2)) for n in (0, 1)}
    assert found == wanted
    assert {path.name for path in (tmp_path / "streams").iterdir()} == {file.path[8:] for file in files}
