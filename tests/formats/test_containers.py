"""The same files in every form of container, read back by other people's programs."""

import hashlib
import subprocess
import tarfile
import zipfile
import zlib

import pytest

from leverans.formats.containers import FolderWriter, TarWriter, writer
from leverans.formats.zipwriter import ContentMismatch

FILES = {
    "root/a.txt": b"a" * 511,
    "root/empty": b"",
    "root/" + "d" * 120 + "/" + "e" * 130 + ".txt": b"deep",
    "root/åäö.txt": b"x" * 1025,
    "root/block": b"b" * 512,
}


def written(form, target):
    with writer(form, target) as container:
        for path, content in FILES.items():
            container.add_bytes(path, content)
        return container.finish()


def test_a_tar_holds_what_came(tmp_path):
    made = written("tar", tmp_path / "a.tar")
    content = (tmp_path / "a.tar").read_bytes()
    assert (made.sha256, made.size, made.entries) == (hashlib.sha256(content).hexdigest(), len(content), 5)
    with tarfile.open(tmp_path / "a.tar") as tar:
        assert {one.name: tar.extractfile(one).read() for one in tar} == FILES
        assert {(one.mtime, one.uid, one.mode, one.type) for one in tar} == {(0, 0, 0o644, tarfile.REGTYPE)}
    written("tar", tmp_path / "b.tar")
    assert (tmp_path / "b.tar").read_bytes() == content
    listed = subprocess.run(["tar", "tf", tmp_path / "a.tar"], capture_output=True, check=True, text=True)
    assert len(listed.stdout.splitlines()) == 5
    assert listed.stderr == ""


def test_a_tree_holds_what_came_and_its_digest_is_that_of_its_list(tmp_path):
    made = written("folder", tmp_path / "tree")
    listed = "".join(f"{hashlib.sha256(content).hexdigest()}  {path}\n" for path, content in FILES.items())
    assert made.sha256 == hashlib.sha256(listed.encode()).hexdigest()
    assert {path: (tmp_path / "tree" / path).read_bytes() for path in FILES} == FILES


def test_a_zip_holds_what_came(tmp_path):
    written("zip", tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as package:
        assert {name: package.read(name) for name in package.namelist()} == FILES


@pytest.mark.parametrize("form", ["zip", "tar", "folder"])
@pytest.mark.parametrize(("size", "crc", "reason"), [(2, zlib.crc32(b"abc"), "size"), (3, 1, "crc32")])
def test_other_bytes_than_promised_are_refused(tmp_path, form, size, crc, reason):
    with writer(form, tmp_path / "x") as container, pytest.raises(ContentMismatch) as fault:
        container.add("root/a", size, crc, [b"ab", b"c"])
    assert fault.value.reason == reason


def test_a_size_that_octal_cannot_hold_stands_in_the_pax_header(tmp_path):
    size = 8**11
    with TarWriter(tmp_path / "a.tar") as container:
        with pytest.raises(ContentMismatch):
            container.add("root/big", size, 0, [])
        container.finish()
    with (tmp_path / "a.tar").open("rb") as file:
        file.seek(512)
        assert file.read(20) == b"19 size=8589934592\n\0"


@pytest.mark.parametrize("path", ["../a", "/a", "a//b", "a/./b", "a\\b", "a\0b"])
def test_no_path_leads_out_of_a_tree(tmp_path, path):
    with FolderWriter(tmp_path / "tree") as container, pytest.raises(ValueError, match="a"):
        container.add_bytes(path, b"")
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == []
