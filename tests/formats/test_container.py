import io
import os
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leverans.errors import AccessDenied, ConfigurationError, IntegrityError
from leverans.formats.container import open_container
from leverans.formats.digestindex import DigestIndex
from leverans.formats.entries import fold, is_unsafe, visible
from leverans.validation import validate

FILES = {"METS.xml": b"<mets/>", "a/b/c.txt": b"c" * 300_000, "a/tom.txt": b"", "å ä ö.txt": "åäö".encode()}


def make(tmp_path, form, files=FILES, root="rot"):
    if form == "folder":
        for name, content in files.items():
            path = tmp_path / root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return tmp_path / root
    path = tmp_path / form
    if form.endswith("zip"):
        method = zipfile.ZIP_DEFLATED if form.startswith("d") else zipfile.ZIP_STORED
        with zipfile.ZipFile(path, "w", method) as container:
            for name, content in files.items():
                container.writestr(f"{root}/{name}", content)
    else:
        with tarfile.open(path, "w:gz" if form.endswith("gz") else "w") as container:
            for name, content in files.items():
                info = tarfile.TarInfo(f"{root}/{name}")
                info.size = len(content)
                container.addfile(info, io.BytesIO(content))
    return path


FORMS = ("folder", "s.zip", "d.zip", "p.tar", "p.tar.gz")


@pytest.mark.parametrize("form", FORMS)
def test_every_form_holds_the_same(tmp_path, form):
    with open_container(make(tmp_path, form)) as container:
        assert container.root == "rot"
        entries = [entry for entry in container.entries() if entry.kind == "file"]
        assert {entry.path: entry.size for entry in entries} == {
            name: len(data) for name, data in FILES.items()
        }
        assert [entry.path for entry in container.entries()] == [entry.path for entry in container.entries()]
        for entry in entries:
            for asked in (entry, entry.path):
                with container.open(asked) as stream:
                    assert stream.read() == FILES[entry.path]
        assert container.hygiene() == ()


@pytest.mark.parametrize("form", FORMS)
def test_streams_can_be_read_in_pieces_and_wrapped(tmp_path, form):
    with open_container(make(tmp_path, form)) as container:
        with container.open("a/b/c.txt") as stream:
            assert b"".join(iter(lambda: stream.read(1_000), b"")) == FILES["a/b/c.txt"]
        with io.TextIOWrapper(io.BufferedReader(container.open("å ä ö.txt")), "utf-8") as text:
            assert text.read() == "åäö"


@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_is_not_there(tmp_path, form):
    with open_container(make(tmp_path, form)) as container:
        for name in ("finns-inte", "../rot/METS.xml", "a/b"):
            with pytest.raises(FileNotFoundError):
                container.open(name)


def test_what_is_no_container(tmp_path):
    (tmp_path / "x").write_bytes(b"hej")
    os.mkfifo(tmp_path / "pipe")
    for name, code in (("x", "VAL002"), ("pipe", "VAL002"), ("saknas", "VAL001")):
        with pytest.raises(ConfigurationError) as caught:
            open_container(tmp_path / name)
        assert caught.value.code == code
        assert caught.value.where == name
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(AccessDenied):
        open_container(tmp_path / "loop")


@pytest.mark.parametrize("form", ["s.zip", "d.zip"])
def test_the_last_read_tells_of_a_wrong_crc(tmp_path, form):
    path = make(tmp_path, form)
    raw = path.read_bytes()
    crc = zlib.crc32(FILES["a/b/c.txt"]).to_bytes(4, "little")
    path.write_bytes(raw.replace(crc, b"\0\0\0\0"))
    with open_container(path) as container, container.open("a/b/c.txt") as stream:
        seen = b""
        with pytest.raises(IntegrityError) as caught:
            while piece := stream.read(1 << 16):
                seen += piece
        assert caught.value.code == "ZIP005"
        assert seen == FILES["a/b/c.txt"]


def test_a_stream_never_gives_more_than_promised(tmp_path):
    path = make(tmp_path, "d.zip", {"METS.xml": b"", "bomb": bytes(1 << 20)})
    raw = bytearray(path.read_bytes())
    for signature, at in ((b"PK\x01\x02", 24),):
        place = raw.rfind(signature)
        raw[place + at : place + at + 4] = (100).to_bytes(4, "little")
    path.write_bytes(raw)
    seen = 0
    with open_container(path) as container, container.open("bomb") as stream, pytest.raises(IntegrityError):
        while piece := stream.read(50):
            seen += len(piece)
    assert 100 <= seen <= 150


def test_zip64_is_read(tmp_path):
    path = tmp_path / "p.zip"
    with zipfile.ZipFile(path, "w") as container:
        with container.open("rot/METS.xml", "w", force_zip64=True) as stream:
            stream.write(b"<mets/>")
        info = zipfile.ZipInfo("rot/stor")
        container.writestr(info, b"x" * 10)
        container.filelist[-1].header_offset += 0
    raw = bytearray(path.read_bytes())
    at = raw.rfind(b"PK\x01\x02")
    name_end = at + 46 + len("rot/stor")
    wide = (1).to_bytes(2, "little") + (24).to_bytes(2, "little")
    offset = int.from_bytes(raw[at + 42 : at + 46], "little")
    wide += b"".join(number.to_bytes(8, "little") for number in (10, 10, offset))
    raw[at + 20 : at + 28] = b"\xff" * 8
    raw[at + 42 : at + 46] = b"\xff" * 4
    raw[at + 30 : at + 32] = len(wide).to_bytes(2, "little")
    raw[name_end:name_end] = wide
    end = raw.rfind(b"PK\x05\x06")
    length = int.from_bytes(raw[end + 12 : end + 16], "little") + len(wide)
    raw[end + 12 : end + 16] = length.to_bytes(4, "little")
    path.write_bytes(raw)
    with open_container(path) as container:
        assert [(entry.path, entry.size) for entry in container.entries()] == [("METS.xml", 7), ("stor", 10)]
        assert container.open("stor").read() == b"x" * 10
        assert container.hygiene() == ()


def test_more_entries_than_16_bits_count(tmp_path):
    path = tmp_path / "p.zip"
    with zipfile.ZipFile(path, "w") as container:
        for number in range(66_000):
            container.writestr(zipfile.ZipInfo(f"rot/{number}"), b"")
    with open_container(path) as container:
        assert sum(1 for _ in container.entries()) == 66_000
        assert container.hygiene() == ()
        assert container.open("65999").read() == b""


def test_what_stands_before_a_zip_is_skipped(tmp_path):
    path = make(tmp_path, "s.zip")
    path.write_bytes(b"PK00" + b"#!/bin/sh\n" + path.read_bytes())
    with open_container(path) as container:
        assert container.open("METS.xml").read() == b"<mets/>"


def test_among_several_roots_the_one_with_mets_is_read(tmp_path):
    path = tmp_path / "p.zip"
    with zipfile.ZipFile(path, "w") as container:
        for name in ("a/x", "b/METS.xml", "b/y", "c/z"):
            container.writestr(name, b"1")
    with open_container(path) as container:
        assert container.root == "b"
        assert [entry.path for entry in container.entries()] == ["METS.xml", "y"]
        assert [finding.code for finding in container.hygiene()] == ["CSIPSTR1"]


def test_names_by_windows_tools(tmp_path):
    path = tmp_path / "p.zip"
    with zipfile.ZipFile(path, "w") as container:
        info = zipfile.ZipInfo("x")
        info.filename, info.create_system = "rot\\a\\METS.xml", 0
        container.writestr(info, b"1")
    with open_container(path) as container:
        assert [entry.path for entry in container.entries()] == ["a/METS.xml"]
        assert container.open("a/METS.xml").read() == b"1"


@pytest.mark.parametrize(
    ("name", "unsafe"),
    [
        ("a/b", False),
        ("a..b/c", False),
        ("/a", True),
        ("a/../b", True),
        ("..\\x", True),
        ("C:x", True),
        ("a\0", True),
    ],
)
def test_names_that_escape(name, unsafe):
    assert is_unsafe(name) is unsafe


def test_names_meet_without_case_and_form():
    assert fold("Å.TXT") == fold("a\u030a.txt")
    assert fold("a") != fold("b")
    assert visible("a\udce5\x07b") == "a\\udce5\\x07b"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=8), max_size=400))
def test_the_index_is_a_set_that_counts(texts):
    index, plain = DigestIndex(), {}
    for text in texts:
        number, fresh = index.add(text)
        assert fresh is (text not in plain)
        assert number == plain.setdefault(text, len(plain))
    assert len(index) == len(plain)
    assert all(index.find(text) == number for text, number in plain.items())
    assert index.find("något som inte är med") == -1


def test_the_index_grows():
    index = DigestIndex()
    for number in range(5_000):
        index.add(str(number))
    assert [index.find(str(number)) for number in range(5_000)] == list(range(5_000))
    assert "5000" not in index


def test_a_file_that_gives_more_than_it_has_ends_with_a_finding(tmp_path):
    (tmp_path / "a").write_bytes(b"1")
    with open_container(tmp_path) as folder, folder.open("a") as stream:
        assert stream.read(1) == b"1"
        with (tmp_path / "a").open("ab") as more:
            more.write(bytes(1 << 21))
        with pytest.raises(IntegrityError) as caught:
            while stream.read(1 << 18):
                pass
        assert caught.value.code == "VAL008"
        assert stream.read() == b""


def test_a_special_file_system_ends(tmp_path):
    """Files there have no size, some have no end either, some cannot be read at all."""
    place = Path("/proc/self")
    if not (place / "pagemap").exists():
        pytest.skip("there is no such file system here")
    assert {"VAL003", "VAL008"} & {finding.code for finding in validate(place).findings}
