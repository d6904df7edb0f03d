"""Shares: names kept exactly, links and loops safe, everything counted."""

import errno
import os
from functools import partial

import pytest
from tests.sources.building import share

from leverans.errors import AccessDenied, ConfigurationError, Outage
from leverans.sources import DocumentFault
from leverans.sources.contract import SetAside
from leverans.sources.share.crawl import Entry
from leverans.sources.share.mail.rows import Mails
from leverans.sources.share.opening import open_below


def listed(connector):
    return [(item.ref, item.fault, item.status) for item in connector.documents("share")]


def raising(number):
    def fail(*_arguments):
        raise OSError(number, "x")

    return fail


@pytest.fixture
def tree(tmp_path):
    folder = tmp_path / "tree"
    folder.mkdir()
    return folder


def test_names_are_kept_and_sorted(tmp_path, tree):
    names = [
        "b.txt",
        "B.txt",
        "\u00e9.txt",
        "e\u0301.txt",
        " x ",
        "😀",
        "a\\b",
        "new\nline",
        "-",
        ".hidden",
        "å ä ö.PDF",
    ]
    for name in names:
        (tree / name).write_bytes(name.encode())
    (tree / "c").mkdir()
    (tree / "c" / "d.txt").write_bytes(b"")
    made = share(tmp_path, tree)
    assert listed(made) == [(ref, "", "landed") for ref in sorted([*names, "c/d.txt"])]
    assert listed(made) == listed(made)
    assert made.totals("share").rows == 12
    assert made.totals("share").bytes == sum(len(name.encode()) for name in names)
    assert {item.name for item in made.documents("share")} == {*names, "d.txt"}


def test_names_that_are_no_utf8_stay_apart(tmp_path, tree):
    for name in (b"\xe5.txt", b"\\xe5.txt", b"m\xe5/x"):
        path = tree / os.fsdecode(name)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(name)
    made = share(tmp_path, tree)
    found = list(made.documents("share"))
    assert [(item.ref, item.fault) for item in found] == [
        ("\\xe5.txt", ""),
        ("m\\xe5/x", ""),
        ("\\xe5.txt~", "SRC115"),
    ]
    for item, content in zip(found, (b"\\xe5.txt", b"m\xe5/x", b"\xe5.txt"), strict=True):
        with made.open(item) as stream:
            assert stream.read() == content


def test_links_never_lead_out_and_never_in_circles(tmp_path, tree):
    (tmp_path / "secret.txt").write_bytes(b"secret")
    (tmp_path / "tree-beside").mkdir()
    (tmp_path / "tree-beside" / "x").write_bytes(b"beside")
    (tree / "real.txt").write_bytes(b"real")
    (tree / "folder").mkdir()
    for name, target in {
        "1-out": "../secret.txt",
        "2-absolute": str(tmp_path / "secret.txt"),
        "3-beside": "../tree-beside/x",
        "4-loop": "4-loop",
        "5-folder": "folder",
        "6-up": "..",
        "7-self": ".",
        "8-nowhere": "gone",
        "9-inside": "folder/../real.txt",
    }.items():
        (tree / name).symlink_to(target)
    made = share(tmp_path, tree)
    assert listed(made) == [
        ("1-out", "SRC112", "refused"),
        ("2-absolute", "SRC112", "refused"),
        ("3-beside", "SRC112", "refused"),
        ("4-loop", "SRC113", "refused"),
        ("5-folder", "SRC113", "refused"),
        ("6-up", "SRC112", "refused"),
        ("7-self", "SRC113", "refused"),
        ("8-nowhere", "SRC114", "missing"),
        ("9-inside", "", "landed"),
        ("real.txt", "", "landed"),
    ]


def test_a_share_that_is_itself_a_link_is_read(tmp_path, tree):
    (tree / "a").write_bytes(b"a")
    (tmp_path / "link").symlink_to(tree)
    assert listed(share(tmp_path, tmp_path / "link")) == [("a", "", "landed")]


def test_pipes_are_refused_and_never_opened(tmp_path, tree):
    os.mkfifo(tree / "pipe")
    assert listed(share(tmp_path, tree)) == [("pipe", "SRC116", "refused")]


def test_what_changes_between_listing_and_reading_is_told(tmp_path, tree):
    for name in "abcd":
        (tree / name).write_bytes(b"x")
    made = share(tmp_path, tree)
    found = list(made.documents("share"))
    (tree / "a").unlink()
    (tree / "b").unlink()
    (tree / "b").symlink_to("/etc/hostname")
    (tree / "c").unlink()
    os.mkfifo(tree / "c")
    for item, code, status in zip(
        found, ("SRC114", "SRC113", "SRC116"), ("missing", "refused", "refused"), strict=False
    ):
        with pytest.raises(DocumentFault) as caught:
            made.open(item)
        assert (caught.value.code, caught.value.status) == (code, status)


@pytest.mark.parametrize("through", ["folder", "root that is a link", "link below the root"])
def test_a_folder_that_becomes_a_link_leads_nowhere(tmp_path, tree, through):
    outside = tmp_path / "outside"
    (tree / "d" / "e").mkdir(parents=True)
    (outside / "e").mkdir(parents=True)
    for folder in (tree / "d", outside):
        (folder / "e" / "f").write_bytes(folder.name.encode())
    place = tree
    if through == "root that is a link":
        place = tmp_path / "link"
        place.symlink_to(tree)
    if through == "link below the root":
        (tree / "z").symlink_to("d/e/f")
    made = share(tmp_path, place)
    found = list(made.documents("share"))
    for item in found:
        with made.open(item) as stream:
            assert stream.read() == b"d"
    (tree / "d").rename(tree / "old")
    (tree / "d").symlink_to(outside)
    for item in found:
        with pytest.raises(DocumentFault) as caught:
            made.open(item)
        assert (caught.value.code, caught.value.status) == ("SRC113", "refused")
    mails = Mails("share", lambda: iter(()), partial(open_below, str(place)))
    letter = mails._letter(Entry("d/e/f", "f.eml", f"{place}/d/e/f"))
    assert isinstance(letter, SetAside)
    assert letter.code == "SRC113"


def test_one_bad_file_is_a_fault_and_a_lost_share_an_outage(tmp_path, tree, monkeypatch):
    (tree / "a").write_bytes(b"x")
    made = share(tmp_path, tree)
    (item,) = made.documents("share")
    for number, expected in (
        (errno.EIO, DocumentFault),
        (errno.EACCES, DocumentFault),
        (errno.ESTALE, Outage),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(os, "read", raising(number))
            with made.open(item) as stream, pytest.raises(expected):
                stream.read()


def test_a_folder_that_cannot_be_listed_is_one_entry(tmp_path, tree, monkeypatch):
    (tree / "a").mkdir()
    (tree / "b").write_bytes(b"x")
    real = os.listdir

    def refuse(path):
        if str(path).endswith("/a"):
            raise PermissionError(errno.EACCES, "x")
        return real(path)

    monkeypatch.setattr(os, "listdir", refuse)
    made = share(tmp_path, tree)
    assert listed(made) == [("a/", "SRC117", "unreadable"), ("b", "", "landed")]


def test_a_missing_share_is_told_apart(tmp_path, tree, monkeypatch):
    (found,) = share(tmp_path, tmp_path / "gone").check().problems
    assert isinstance(found, ConfigurationError)
    assert found.code == "SRC012"
    (tmp_path / "file").write_bytes(b"")
    (found,) = share(tmp_path, tmp_path / "file").check().problems
    assert found.code == "SRC013"
    for number, expected in ((errno.EACCES, AccessDenied), (errno.ESTALE, Outage)):
        with monkeypatch.context() as patch:
            patch.setattr(os, "listdir", raising(number))
            (found,) = share(tmp_path, tree).check().problems
            assert isinstance(found, expected)
    good = share(tmp_path, tree).check()
    assert good.reachable
    assert good.plain()["may_write"] is False
    assert listed(share(tmp_path, tree)) == []


@pytest.fixture
def deep(tree):
    """More folders inside each other than Python has stack for; taken down again, pytest itself could not."""
    path = tree
    while len(str(path)) < 3900:
        path /= "d"
        path.mkdir()
    (path / "f").write_bytes(b"")
    yield path
    (path / "f").unlink()
    while path != tree:
        path.rmdir()
        path = path.parent


def test_deep_trees_do_not_exhaust_the_stack(tmp_path, tree, deep):
    assert deep.parts.count("d") > 1500
    assert [status for _ref, _fault, status in listed(share(tmp_path, tree))] == ["landed"]


@pytest.mark.parametrize("change", ["longer", "shorter", "same length"])
def test_a_file_that_is_written_to_while_it_is_read_is_not_landed(tmp_path, change):
    path = tmp_path / "share" / "a.bin"
    path.parent.mkdir()
    path.write_bytes(b"x" * 100)
    source = share(tmp_path, tmp_path / "share")
    (document,) = source.documents("share")
    with source.open(document) as file:
        assert len(file.read(40)) == 40
        found = path.stat()
        with path.open("r+b") as other:
            if change == "shorter":
                other.truncate(60)
            else:
                other.seek(100 if change == "longer" else 50)
                other.write(b"y" * 10)
        os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns + 1_000_000))
        with pytest.raises(DocumentFault) as caught:
            while file.read(40):
                pass
    assert (caught.value.code, caught.value.status) == ("SRC220", "unreadable")


def test_names_are_kept_exactly_and_a_sparse_file_is_streamed(tmp_path):
    names = ["e\u0301.txt", "\u00e9.txt", "📄.txt", "slut.", " blank ", "a" * 251 + ".txt"]
    for name in names:
        (tmp_path / "share").mkdir(exist_ok=True)
        (tmp_path / "share" / name).write_bytes(b"")
    with (tmp_path / "share" / "sparse").open("wb") as file:
        file.truncate(4 << 30)
    source = share(tmp_path, tmp_path / "share")
    listed = {document.name: document for document in source.documents("share")}
    assert set(listed) == {*names, "sparse"}
    assert listed["sparse"].size == 4 << 30
    with source.open(listed["sparse"]) as file:
        assert file.read() == bytes(1 << 20)
