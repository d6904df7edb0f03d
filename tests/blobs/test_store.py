"""The content store and the digests."""

import hashlib
import io
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leverans.blobs import ContentStore, Digest, canonical_digest, commit, digest_file
from leverans.blobs.digest import digest_stream


def digest_of(content: bytes) -> Digest:
    return Digest(hashlib.sha256(content).hexdigest(), zlib.crc32(content), len(content))


def add(store: ContentStore, *contents: bytes):
    with commit(store.root) as group:
        return [store.add(io.BytesIO(content), group) for content in contents]


def test_bytes_come_back_by_their_digest(tmp_path):
    store = ContentStore(tmp_path)
    (blob,) = add(store, b"hej")
    assert blob.digest == digest_of(b"hej")
    assert blob.fresh
    assert store.has(blob.digest.sha256)
    with store.open(blob.digest.sha256) as stream:
        assert stream.read() == b"hej"


def test_twins_are_kept_once_in_one_commit_and_across_commits(tmp_path):
    store = ContentStore(tmp_path)
    assert [blob.fresh for blob in add(store, b"a", b"a", b"b", b"")] == [True, False, True, True]
    assert [blob.fresh for blob in add(store, b"b", b"c")] == [False, True]
    assert len(list(store.digests())) == 4
    assert not (tmp_path / ".staging").exists()


def test_a_stored_file_of_another_size_is_replaced(tmp_path):
    store = ContentStore(tmp_path)
    (blob,) = add(store, b"whole")
    store.path(blob.digest.sha256).write_bytes(b"who")
    assert add(store, b"whole")[0].fresh
    assert store.path(blob.digest.sha256).read_bytes() == b"whole"


def test_digests_are_sorted(tmp_path):
    store = ContentStore(tmp_path)
    add(store, *(bytes([number]) for number in range(200)))
    found = list(store.digests())
    assert found == sorted(hashlib.sha256(bytes([number])).hexdigest() for number in range(200))


def test_what_is_not_there(tmp_path):
    store = ContentStore(tmp_path)
    assert not store.has("0" * 64)
    with pytest.raises(FileNotFoundError):
        store.open("0" * 64)


def test_a_failed_commit_leaves_the_store_as_it_was(tmp_path):
    store = ContentStore(tmp_path)
    with pytest.raises(RuntimeError), commit(store.root) as group:
        store.add(io.BytesIO(b"x"), group)
        raise RuntimeError
    assert list(store.digests()) == []


@given(st.binary(max_size=3_000_000))
def test_digest_of_a_stream_is_that_of_its_bytes(content):
    target = io.BytesIO()
    assert digest_stream(io.BytesIO(content), target) == digest_of(content)
    assert target.getvalue() == content


def test_digest_of_a_file(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"x" * 2_500_000)
    assert digest_file(path) == digest_of(b"x" * 2_500_000)


def test_canonical_digest_knows_no_order_of_keys():
    assert canonical_digest({"a": 1, "b": "å"}) == canonical_digest({"b": "å", "a": 1})
    assert canonical_digest({"a": 1}) != canonical_digest({"a": "1"})
