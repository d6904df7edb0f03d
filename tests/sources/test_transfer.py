"""Transfer: by digest, counted, idempotent, and nothing wrong gets through."""

import pytest
from tests.sources.building import landed, world

from leverans.blobs import ContentStore
from leverans.errors import IntegrityError
from leverans.sources import Landing, transfer


@pytest.fixture
def extracted(tmp_path):
    result = landed(tmp_path, *world(tmp_path), buckets=2)
    return result, ContentStore(tmp_path / "blobs"), ContentStore(tmp_path / "there")


def tree(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_landing_arrives_whole(extracted, tmp_path):
    result, here, there = extracted
    done = transfer(result.folder, tmp_path / "landing", here, there)
    files = len(tree(result.folder))
    assert (done.files, done.already) == (13 + files, 0)
    assert done.bytes == sum(map(len, tree(result.folder).values())) + result.manifest.documents.bytes
    copy = Landing.open(tmp_path / "landing" / result.landing_id)
    assert tree(copy.folder) == tree(result.folder)
    assert copy.verify() == ()
    assert list(there.digests()) == list(here.digests())


def test_a_second_transfer_copies_nothing(extracted, tmp_path):
    result, here, there = extracted
    first = transfer(result.folder, tmp_path / "landing", here, there)
    second = transfer(result.folder, tmp_path / "landing", here, there)
    assert (second.files, second.bytes, second.already) == (0, 0, first.files)


def test_a_transfer_that_was_cut_off_goes_on(extracted, tmp_path, monkeypatch):
    result, here, there = extracted
    monkeypatch.setattr("leverans.sources.transferring.GROUP_FILES", 4)
    broken = list(here.digests())[-1]
    content = here.path(broken).read_bytes()
    here.path(broken).unlink()
    with pytest.raises(IntegrityError) as caught:
        transfer(result.folder, tmp_path / "landing", here, there)
    assert (caught.value.code, caught.value.where) == ("SRC132", broken)
    assert not (tmp_path / "landing").exists()
    here.path(broken).write_bytes(content)
    done = transfer(result.folder, tmp_path / "landing", here, there)
    assert done.already == 12


def test_a_damaged_document_does_not_pass(extracted, tmp_path):
    result, here, there = extracted
    digest = next(here.digests())
    here.path(digest).write_bytes(here.path(digest).read_bytes()[::-1])
    with pytest.raises(IntegrityError) as caught:
        transfer(result.folder, tmp_path / "landing", here, there)
    assert (caught.value.code, caught.value.where) == ("SRC133", digest)
    assert caught.value.parameters["count"] == 1
    assert not there.has(digest)
    assert len(list(there.digests())) == 12
    assert not (tmp_path / "landing").exists()


def test_a_damaged_landing_does_not_pass(extracted, tmp_path):
    result, here, there = extracted
    file = result.folder / result.manifest.streams[0].files[0].path
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(IntegrityError) as caught:
        transfer(result.folder, tmp_path / "landing", here, there)
    assert caught.value.code == "SRC130"
    assert list(there.digests()) == []


def test_one_store_for_both_sides_is_only_looked_through(extracted, tmp_path):
    result, here, _ = extracted
    done = transfer(result.folder, tmp_path / "landing", here, here)
    assert (done.files, done.already) == (len(tree(result.folder)), 13)
    digest = next(here.digests())
    here.path(digest).write_bytes(b"short")
    with pytest.raises(IntegrityError) as caught:
        transfer(result.folder, tmp_path / "elsewhere", here, here)
    assert caught.value.code == "SRC133"
    here.path(digest).unlink()
    with pytest.raises(IntegrityError) as caught:
        transfer(result.folder, tmp_path / "elsewhere", here, ContentStore(tmp_path / "x" / ".." / "blobs"))
    assert caught.value.code == "SRC132"


def test_counts_must_be_those_of_the_manifest(extracted, tmp_path, monkeypatch):
    result, here, there = extracted
    monkeypatch.setattr(Landing, "documents", lambda _self: iter(()))
    with pytest.raises(IntegrityError) as caught:
        transfer(result.folder, tmp_path / "landing", here, there)
    assert caught.value.code == "SRC134"
