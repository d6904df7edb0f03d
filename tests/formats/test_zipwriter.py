import shutil
import struct
import subprocess
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leverans.blobs import digest_file
from leverans.formats.zipwriter import ContentMismatch, ZipWriter


def write(path, entries, **options):
    with ZipWriter(path, **options) as container:
        for name, content in entries:
            container.add_bytes(name, content)
        return container.finish()


def local_headers(path):
    """Read the local headers one after the other, as a stream reader must."""
    raw = path.read_bytes()
    place, found = 0, []
    while raw[place : place + 4] == b"PK\x03\x04":
        fields = struct.unpack_from("<IHHHHHIIIHH", raw, place)
        name = raw[place + 30 : place + 30 + fields[9]]
        extra = raw[place + 30 + fields[9] : place + 30 + fields[9] + fields[10]]
        size = struct.unpack_from("<Q", extra, 4)[0] if fields[7] == 0xFFFFFFFF else fields[7]
        body = place + 30 + fields[9] + fields[10]
        found.append((name.decode(), fields, raw[body : body + size]))
        place = body + size
    return found


ENTRIES = [("r/å ä.txt", b"hej"), ("r/tom", b""), ("r/stor", bytes(range(256)) * 9000)]


def test_zipfile_reads_back_what_was_written(tmp_path):
    made = write(tmp_path / "a.zip", ENTRIES)
    with zipfile.ZipFile(tmp_path / "a.zip") as container:
        assert [(name, container.read(name)) for name in container.namelist()] == ENTRIES
        assert container.testzip() is None
    assert made.entries == 3
    assert made.size == (tmp_path / "a.zip").stat().st_size


def test_the_digest_on_the_way_is_the_digest_of_the_file(tmp_path):
    made = write(tmp_path / "a.zip", ENTRIES)
    assert made.sha256 == digest_file(tmp_path / "a.zip").sha256


def test_headers_are_complete_and_timeless(tmp_path):
    write(tmp_path / "a.zip", ENTRIES)
    found = local_headers(tmp_path / "a.zip")
    assert [(name, body) for name, _, body in found] == ENTRIES
    for (_, fields, body), (_, content) in zip(found, ENTRIES, strict=True):
        flags, method, clock, day, crc, stored, size = fields[2:9]
        assert flags == 0x0800  # UTF-8 names, and no data descriptor (bit 3)
        assert method == 0
        assert (clock, day) == (0, 0x21)
        assert (crc, stored, size) == (zlib.crc32(content), len(content), len(content))
        assert body == content


def test_the_same_entries_give_the_same_bytes(tmp_path):
    assert write(tmp_path / "a.zip", ENTRIES) == write(tmp_path / "b.zip", ENTRIES)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


@pytest.mark.skipif(shutil.which("unzip") is None, reason="needs the program unzip")
@pytest.mark.parametrize("limits", [{}, {"limit": 100, "entries_limit": 2}])
def test_unzip_finds_no_fault(tmp_path, limits):
    write(tmp_path / "a.zip", ENTRIES, **limits)
    done = subprocess.run(["unzip", "-t", str(tmp_path / "a.zip")], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 700), st.integers(1, 5), st.lists(st.binary(max_size=300), max_size=5))
def test_zip64_from_any_limit_on_reads_back(tmp_path_factory, limit, entries_limit, contents):
    path = tmp_path_factory.mktemp("z") / "a.zip"
    entries = [(f"r/{number}", content) for number, content in enumerate(contents)]
    write(path, entries, limit=limit, entries_limit=entries_limit)
    with zipfile.ZipFile(path) as container:
        assert [(name, container.read(name)) for name in container.namelist()] == entries
    assert [(name, body) for name, _, body in local_headers(path)] == entries


def test_more_entries_than_16_bits_can_count(tmp_path):
    write(tmp_path / "a.zip", ((f"r/{number}", b"") for number in range(0x10001)))
    with zipfile.ZipFile(tmp_path / "a.zip") as container:
        assert len(container.namelist()) == 0x10001


@pytest.mark.parametrize(
    ("size", "crc", "reason"), [(4, zlib.crc32(b"hej"), "size"), (3, zlib.crc32(b"hoj"), "crc32")]
)
def test_bytes_that_are_not_the_promised_ones_are_refused(tmp_path, size, crc, reason):
    with ZipWriter(tmp_path / "a.zip") as container, pytest.raises(ContentMismatch) as caught:
        container.add("r/a", size, crc, [b"hej"])
    assert caught.value.reason == reason


def test_no_temporary_file_is_left(tmp_path):
    write(tmp_path / "a.zip", ENTRIES)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.zip"]


def test_an_entry_behind_four_gibibytes_is_found(tmp_path):
    """A hole before the entry stands for the four gibibytes that would take too long to write."""
    with ZipWriter(tmp_path / "a.zip") as container:
        container._offset = container._file.seek(5 << 30)
        container.add_bytes("r/a", b"hej")
        made = container.finish()
    assert made.size > 5 << 30
    with zipfile.ZipFile(tmp_path / "a.zip") as opened:
        assert opened.getinfo("r/a").header_offset == 5 << 30
        assert opened.read("r/a") == b"hej"
