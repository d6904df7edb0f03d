import hashlib
import io
import json
import os
import signal
import sqlite3
import sys
import zipfile
from pathlib import Path

import pytest

from leverans.errors import Outage
from leverans.identify import Identification, Identifier
from leverans.identify import identifier as module
from leverans.identify.worker import look, serve
from leverans.identify.workers import Workers

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = bytes.fromhex("89504e470d0a1a0a0000000d494844520000000100000001080200000090775"
                    "3de0000000049454e44ae426082")  # fmt: skip


def a_zip():
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as container:
        container.writestr("a.txt", "hej")
    return raw.getvalue()


@pytest.fixture
def item(tmp_path):
    """Put bytes into a file without an extension, as the content store does."""

    def put(content, name):
        digest = hashlib.sha256(content).hexdigest()
        path = tmp_path / digest
        path.write_bytes(content)
        return digest, path, name

    return put


@pytest.fixture
def identifier(tmp_path):
    with Identifier(tmp_path / "cache" / "formats.sqlite", workers=1) as made:
        yield made


def answers(identifier, items):
    return [answer for _, answer in identifier.identify(items)]


def test_formats_by_signature_container_text_and_extension(identifier, item):
    found = answers(
        identifier,
        [
            item(PDF, "Beslut å.PDF"),
            item(a_zip(), "arkiv.zip"),
            item("hej å".encode(), "brev.txt"),
            item(b"\x00\x01\x02", "data.bin"),
        ],
    )
    assert [(f.puid, f.mime, f.basis, f.warning) for f in found] == [
        ("fmt/18", "application/pdf", "signature", None),
        ("x-fmt/263", "application/zip", "container", None),
        ("x-fmt/111", "text/plain", "signature", None),
        ("fmt/208", "application/octet-stream", "extension", None),
    ]
    assert found[0].version == "1.4"


def test_the_same_bytes_under_another_name_are_another_question(identifier, item):
    found = answers(identifier, [item(PDF, "a.pdf"), item(PDF, "a.png"), item(PDF, "a"), item(PDF, "b.PDF")])
    assert {f.puid for f in found} == {"fmt/18"}
    assert [f.warning for f in found] == [None, "extension_mismatch", "extension_missing", None]


def test_a_name_that_promises_what_the_bytes_are_not(identifier, item):
    (found,) = answers(identifier, [item(b"\x00\x01 not a pdf", "a.pdf")])
    assert (found.puid, found.basis, found.warning) == (None, "none", "extension_mismatch")


def test_nothing_and_the_unknown(identifier, item):
    found = answers(identifier, [item(b"", "a.pdf"), item(b"\x00\x01\x02", "okänd")])
    assert found == [Identification(warning="empty"), Identification()]


def test_what_cannot_be_read_stops_nobody(identifier, item):
    gone = ("0" * 64, Path("/nowhere/at/all"), "a.pdf")
    found = answers(identifier, [gone, item(PDF, "a.pdf")])
    assert found[0] == Identification(warning="failed")
    assert found[1].puid == "fmt/18"


def test_warnings_are_findings():
    assert Identification(puid="fmt/18", warning="extension_mismatch").finding("a").code == "FMT001"
    assert Identification(warning="failed").finding("a").code == "FMT002"
    assert Identification(warning="empty").finding("a").code == "FMT003"
    assert Identification(warning="extension_missing").finding("a") is None
    assert Identification().finding("a") is None


def test_the_result_does_not_depend_on_the_number_of_workers(tmp_path, item, monkeypatch):
    items = [item(PDF + b"%d" % n, f"{n}.{('pdf', 'png', 'txt')[n % 3]}") for n in range(90)]
    monkeypatch.setattr(module, "_BATCH", 40)
    found = []
    for number in (1, 3):
        with Identifier(tmp_path / f"{number}.sqlite", workers=number) as identifier:
            found.append(list(identifier.identify(items)))
    assert found[0] == found[1]
    assert [digest for digest, _ in found[0]] == [digest for digest, _, _ in items]


def test_what_is_known_starts_no_worker(tmp_path, item, monkeypatch):
    items = [item(PDF, "a.pdf"), item(b"", "tom"), item(PDF, "b.pdf"), ("0" * 64, Path("/nowhere"), "a")]
    with Identifier(tmp_path / "a.sqlite", workers=1) as identifier:
        first = list(identifier.identify(items))

        def refuse(*_):
            raise AssertionError("asked again")

        monkeypatch.setattr(Workers, "identify", refuse)
        assert list(identifier.identify(items)) == first
    with Identifier(tmp_path / "a.sqlite", workers=1) as another:
        assert list(another.identify(items[:3])) == first[:3]
        with pytest.raises(AssertionError):  # a failure is not remembered for ever
            list(another.identify(items[3:]))


def test_answers_of_another_version_are_not_used(tmp_path, item, monkeypatch):
    path = tmp_path / "a.sqlite"
    with Identifier(path, workers=1) as identifier:
        list(identifier.identify([item(PDF, "a.pdf")]))
    with sqlite3.connect(path) as cache:
        cache.execute("UPDATE format SET engine = 'older', puid = 'fmt/1'")
    with Identifier(path, workers=1) as identifier:
        assert answers(identifier, [item(PDF, "a.pdf")])[0].puid == "fmt/18"


def test_a_broken_cache_is_made_anew(tmp_path, item):
    path = tmp_path / "a.sqlite"
    path.write_bytes(b"this is no database, but it is long enough to be taken for one" * 20)
    with Identifier(path, workers=1) as identifier:
        assert answers(identifier, [item(PDF, "a.pdf")])[0].puid == "fmt/18"


def test_a_cache_that_cannot_be_opened_is_an_outage(tmp_path):
    (tmp_path / "a.sqlite").mkdir()
    with pytest.raises(Outage, match="FMT011"):
        Identifier(tmp_path / "a.sqlite")


DYING = """
import json, os, sys
os.write(1, b"ready\\n")
for line in sys.stdin.buffer:
    path, extension = json.loads(line)
    if extension == "kill":
        os._exit(9)
    if extension == "half":
        os.write(1, b'["fmt/')
        os._exit(9)
    os.write(1, json.dumps([extension, None, None, "a/b", "none", None]).encode() + b"\\n")
"""


@pytest.mark.parametrize("number", [1, 2])
def test_a_document_that_kills_its_worker_is_the_only_one_lost(number):
    workers = Workers(number, command=(sys.executable, "-c", DYING))
    words = ["kill" if n in {0, 5, 6, 40, 99} else "half" if n == 70 else str(n) for n in range(100)]
    found = workers.identify([("/x", word) for word in words])
    workers.close()
    assert [f.puid if f.warning is None else f.warning for f in found] == [
        "failed" if word in {"kill", "half"} else word for word in words
    ]


def test_a_worker_that_cannot_start_is_an_outage():
    workers = Workers(1, command=(sys.executable, "-c", "raise SystemExit(3)"))
    with pytest.raises(Outage, match="FMT010"):
        workers.identify([("/x", "y")])
    workers.close()


def test_a_silent_worker_is_ended(monkeypatch):
    from leverans.identify import workers as room

    monkeypatch.setattr(room, "_PATIENCE", 0.2)
    silent = "import os, sys, time; os.write(1, b'ready\\n'); time.sleep(60)"
    workers = Workers(1, command=(sys.executable, "-c", silent))
    assert workers.identify([("/x", "y")]) == [Identification(warning="failed")]
    workers.close()


def test_no_process_and_no_folder_is_left(tmp_path, item, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "t"))
    monkeypatch.setattr("tempfile.tempdir", None)
    (tmp_path / "t").mkdir()
    with Identifier(tmp_path / "a.sqlite", workers=1) as identifier:
        stream = identifier.identify([item(PDF, "a.pdf"), item(PNG, "a.png")])
        next(stream)
        stream.close()  # the caller has had enough
    assert list((tmp_path / "t").iterdir()) == []


def test_a_worker_killed_from_outside_costs_no_answer(item):
    workers = Workers(1)
    first = workers.identify([(str(item(PDF, "a")[1]), "pdf")])
    os.kill(workers._idle[0]._process.pid, signal.SIGKILL)
    second = workers.identify([(str(item(PDF, "a")[1]), "pdf")] * 3)
    workers.close()
    assert first[0].puid == "fmt/18"
    assert [f.puid for f in second] == ["fmt/18"] * 3


class Scanner:
    def __init__(self, answer):
        self.answer = answer
        self.asked = []

    def identify(self, path, *, detailed):
        self.asked.append(Path(path).name)
        if isinstance(self.answer, Exception):
            raise self.answer
        return {"files": [{"errors": "", "matches": self.answer}]}


def test_an_exception_of_the_software_is_a_failure_of_one_document(tmp_path):
    scanner = Scanner(RuntimeError("boom"))
    assert look(scanner, "/x", tmp_path / "document.pdf") == Identification(warning="failed")
    assert list(tmp_path.iterdir()) == []


def test_the_software_sees_the_extension(tmp_path):
    scanner = Scanner([])
    questions = io.BytesIO(b"".join(json.dumps(["/x", e]).encode() + b"\n" for e in ("pdf", "")))
    given = io.BytesIO()
    serve(questions, given, scanner, tmp_path)
    assert scanner.asked == ["document.pdf", "document"]
    assert len(given.getvalue().splitlines()) == 2
