"""What a profile suspects: personal data and harmed texts, in columns and inside documents; never a value."""

import base64
import io
import json
import signal
import sqlite3
import zipfile
import zlib
from dataclasses import asdict

import pyarrow as pa
import pytest
from tests.support.worlds import leverans, make_world

from leverans.contracts.profile import SourceProfile
from leverans.report.profilepage import KINDS, profile_page
from leverans.sources import load_connector, open_connector
from leverans.sources.profiling import profile
from leverans.sources.profiling.inside import DOCUMENTS, text_of
from leverans.sources.profiling.personal import named_personal
from leverans.sources.profiling.suspecting import Suspicion

NUMBER = "19000101-0000"
"""Dated and parted by its mark; its check digit is wrong."""
NOTE = f"Sökanden ({NUMBER}) nås på prov@example.org eller 070-123 45 67."


def suspected(*values):
    told = Suspicion()
    told.add(pa.array(values))
    return dict(told.personal), dict(told.harmed)


@pytest.mark.parametrize(
    ("value", "kinds"),
    [
        (NUMBER, {"personal_number"}),
        ("000101-0000", {"personal_number"}),
        ("19000161-0000", {"personal_number"}),
        (NOTE, {"personal_number", "mail", "phone"}),
        ("se +46 70-123 45 67", {"phone"}),
        ("0250-261 00", {"phone"}),
        ("19000101 0000", {"personal_number"}),
        ("19000101\u20130000", {"personal_number"}),
        ("(1900-01-01-0000)", {"personal_number"}),
        ("1900-01-01 0000.", {"personal_number"}),
        ("1900-01-01-2020-12-31", set()),  # a range of days
        ("1900-01-01 10:15", set()),
        ("1900-13-01 0000", set()),
        ("190001010000", set()),  # without its mark the check digit decides
        ("19001301-0000", set()),  # no month
        ("19000231-0000", set()),  # no day of February
        ("556000-0000", set()),  # an organisation
        ("BN 2021-000123", set()),
        ("2021-03-04 12:13:14", set()),
        ("12345678901234", set()),
        ("a@b", set()),
        (None, set()),
    ],
)
def test_what_is_personal_is_suspected_and_what_is_not_is_not(value, kinds):
    told = Suspicion()
    told.add(pa.array([value], pa.string()))
    assert set(told.personal) == kinds
    assert all(number == 1 for number in told.personal.values())
    assert set(KINDS) >= set(told.personal)


def test_numbers_in_whole_numbers_need_their_check_digit():
    assert suspected(189001019802, 7, None)[0] == {"personal_number": 1}  # of the Tax Agency's test numbers
    assert suspected(190001010000)[0] == {}


def test_harmed_texts_are_counted_by_what_harmed_them():
    assert suspected("BÃ¥t", "Båt", "g\x01", "V{xj|", None, "Å & Ö") == (
        {},
        {"UTF-8": 1, "control": 1, "ISO 646": 1},
    )


@pytest.mark.parametrize(
    ("name", "personal"),
    [("PersonNr", True), ("FORNAMN", True), ("kontakt_epost", True), ("Diarienr", False), ("belopp", False)],
)
def test_names_of_columns_tell_too(name, personal):
    assert named_personal(name) is personal


def office(name, text):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        package.writestr(name, text)
    return made.getvalue()


WORD = office("word/document.xml", f"<w:p><w:t>Nr {NUMBER[:6]}</w:t><w:t>{NUMBER[6:]}</w:t></w:p>")
PDF = (
    b"%PDF-1.4\nstream\n"
    + zlib.compress(f"BT [({NUMBER[:6]}) 3 ({NUMBER[6:]})] TJ ET".encode())
    + b"endstream"
)
MAIL = b"From: a\nSubject: x\nContent-Transfer-Encoding: base64\n\n" + base64.b64encode(NOTE.encode())
FILES = {
    "plain": NOTE.encode("cp1252"),
    "utf-16": NOTE.encode("utf-16"),
    "html": f"<p>nr <b>{NUMBER}</b></p>".encode(),
    "docx": WORD,
    "pdf": PDF,
    "mail": MAIL,
    "ole": b"\xd0\xcf\x11\xe0" + NUMBER.encode("utf-16-le") + b"\xff\xfe\x01",
}


@pytest.mark.parametrize("kind", FILES)
def test_documents_are_looked_into(kind):
    assert NUMBER in text_of(FILES[kind])


@pytest.mark.parametrize(
    "data", [b"", b"\x89PNG\0\0", b"PK\x03\x04broken", b"%PDF-1.4 scan", office("x.bin", "x"), b" \n"]
)
def test_what_cannot_be_looked_into_is_said(data):
    assert text_of(data) is None


LARGE = 1 << 20


@pytest.mark.parametrize(
    "data",
    [
        b"prov;<0,5;mg/l\n" * LARGE,
        b"<a " * LARGE,
        b"%PDF-1.4\n" + b"stream\nxx " * LARGE,
        b"%PDF-1.4\nstream\n" + b"(\\(" * LARGE + b"endstream",
        b"%PDF-1.4\nstream\n" + b"[\\[" * LARGE + b"endstream",
        b"From: a\nSubject: x\nTo: " + b"a@example.org, " * LARGE + b"\n\nx",
    ],
    ids=["plain", "tag", "pdf", "text", "array", "mail"],
)
def test_no_document_takes_its_square(data):
    """Each would take hours where every sign were held against all that follow."""

    def stop(_signal, _frame):
        pytest.fail("it is read more than once")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(120)
    try:
        text_of(data)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def test_what_is_no_tag_is_read():
    assert NUMBER in text_of(f"prov;<0,5;{NUMBER};>3\n".encode())


@pytest.fixture(scope="module")
def seen(tmp_path_factory) -> SourceProfile:
    folder = tmp_path_factory.mktemp("profile")
    with sqlite3.connect(folder / "x.sqlite") as connection:
        connection.execute("CREATE TABLE sak (id INTEGER PRIMARY KEY, pnr TEXT, text TEXT)")
        connection.execute("CREATE TABLE fil (nr INTEGER PRIMARY KEY, sak_id INT, namn TEXT, data BLOB)")
        connection.execute("CREATE TABLE rest (a INT)")
        connection.executemany("INSERT INTO sak VALUES (?, ?, ?)", [(n, NUMBER, NOTE) for n in range(10)])
        files = [*FILES.values(), b"\x89PNG\0\0", None]
        connection.executemany(
            "INSERT INTO fil VALUES (?, ?, ?, ?)",
            [(n, n % 9, f"{NUMBER}.bin" if n == 0 else f"{n}", data) for n, data in enumerate(files)],
        )
    (folder / "connector.yaml").write_text(
        "connector: 1\nsystem: s\nsystem_name: S\nkind: sql\nstreams:\n  sak: {key: [id], root: {by: [id]}}\n"
        "  fil: {key: [nr], root: {by: [sak_id]}, documents: [{column: data, name: namn}]}\n",
        "utf-8",
    )
    with open_connector("db", load_connector(folder), "x.sqlite", folder) as connector:
        return profile(connector, suspect=True)


def test_a_profile_counts_rows_and_documents_that_look_personal(seen):
    column = seen.table("sak").column("text")
    assert dict(column.personal) == {"personal_number": 10, "mail": 10, "phone": 10}
    assert (seen.table("sak").column("pnr").named, column.named) == (True, False)
    (told,) = seen.documents
    assert (told.listed, told.looked, told.closed) == (len(FILES) + 1, len(FILES), 1)
    assert dict(told.personal)["personal_number"] == len(FILES)
    assert dict(told.names) == {"personal_number": 1}
    assert seen.left == (("rest", 0),)
    assert [(one.table, one.target) for one in seen.chosen()] == [("fil", "sak")]


def test_no_value_stands_in_the_profile_or_on_its_page(seen):
    page = profile_page("mora/x", [seen], "2026-06-30T12:00:00Z", "1")
    for text in (page, json.dumps(asdict(seen), ensure_ascii=False)):
        assert not any(value in text for value in (NUMBER, NUMBER[:6], "Sökanden", "prov@", "070", ".bin"))
    assert page == profile_page("mora/x", [seen], "2026-06-30T12:00:00Z", "1")
    assert "99999999-9999" in page and "personnummer" in page and "personal identity number" in page
    assert "http" not in page.replace("http-equiv", "") and "<script" not in page


def test_only_the_first_documents_are_looked_into(tmp_path):
    for number in range(DOCUMENTS + 3):
        (tmp_path / f"{number}.txt").write_text("x", encoding="utf-8")
    (tmp_path / "connector.yaml").write_text(
        "connector: 1\nsystem: s\nsystem_name: S\nkind: share\nstreams:\n  filer: {root: {by: [ref]}}\n",
        "utf-8",
    )
    definition = load_connector(tmp_path)
    with open_connector("share", definition, ".", tmp_path) as connector:
        (told,) = profile(connector, suspect=True).documents
    assert (told.listed, told.looked) == (DOCUMENTS + 4, DOCUMENTS)


def test_the_command_shows_or_writes_it(tmp_path):
    fresh = make_world(tmp_path, cases=40, seed=5)
    status, told = fresh.ask("source", "profile", "mora/alkt", "--to", tmp_path / "x" / "p.html")
    assert (status, [one["source"] for one in told["profiles"]]) == (0, ["db", "register", "share"])
    assert "Källprofil" in (tmp_path / "x" / "p.html").read_text(encoding="utf-8")
    status, text = leverans("source", "profile", "mora/alkt", "--content", fresh.path, "--home", fresh.home)
    assert status == 0 and "db.Ärende" in text
