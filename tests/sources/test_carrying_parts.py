"""The parts of a sending by themselves: packs, messages, sealing, and halves that are gone on with."""

import io
import json
import stat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyrage.x25519 import Identity

from leverans.blobs import commit
from leverans.errors import ConfigurationError, IntegrityError
from leverans.sources.carrying import Access, messages, moving, open_carrier, packing, sealing
from leverans.sources.carrying.folder import FolderCarrier
from leverans.sources.carrying.outbox import Outbox
from leverans.sources.carrying.packing import Member
from leverans.sources.carrying.unpacking import Mismatch, Splitter

KEY = Identity.generate()
TO = str(KEY.to_public())
SET = "a" * 64


@settings(deadline=None)
@given(st.lists(st.integers(0, 40)), st.integers(1, 30))
def test_packs_hold_every_file_once_and_no_more_than_they_may(sizes, bound):
    members = [Member("document", "", f"{number:064x}", size) for number, size in enumerate(sizes)]
    packs = list(packing.pack(members, bound))
    assert sorted((one for pack in packs for one in pack), key=lambda one: one.sha256) == members
    assert packs == list(packing.pack(members, bound))
    assert all(sum(one.size for one in pack) <= bound or len(pack) == 1 for pack in packs)
    small = [one for pack in packs for one in pack if one.size <= bound]
    assert small == [one for one in members if one.size <= bound]


def test_a_pack_holds_no_more_files_than_it_may(monkeypatch):
    monkeypatch.setattr(packing, "PACK_MEMBERS", 3)
    members = [Member("document", "", f"{number:064x}", 0) for number in range(8)]
    assert [len(pack) for pack in packing.pack(members)] == [3, 3, 2]


@settings(deadline=None)
@given(st.lists(st.binary(max_size=90_000), max_size=6))
def test_what_is_sealed_opens_again(tmp_path_factory, pieces):
    target = tmp_path_factory.mktemp("sealed") / "x"
    _, size = sealing.seal(pieces, target, TO)
    data = target.read_bytes()
    assert size == len(data)
    assert sealing.unseal_bytes(data, [Identity.generate(), KEY]) == b"".join(pieces)
    with pytest.raises(sealing.Foreign):
        sealing.unseal_bytes(data, [Identity.generate()])


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 255))
def test_every_changed_byte_and_every_cut_is_found(at, change):
    sealed = bytearray(sealing.seal_bytes(b"content " * 100, TO))
    at %= len(sealed)
    sealed[at] ^= change
    with pytest.raises((sealing.Damaged, sealing.Foreign)):
        sealing.unseal_bytes(bytes(sealed), [KEY])
    sealed[at] ^= change
    for broken in (sealed[:at], sealed + b"x"):
        with pytest.raises((sealing.Damaged, sealing.Foreign)):
            sealing.unseal_bytes(bytes(broken), [KEY])


def test_what_the_ends_raise_comes_through(tmp_path):
    def pieces():
        yield b"x" * 100_000
        raise KeyError("ours")

    with pytest.raises(KeyError, match="ours"):
        sealing.seal(pieces(), tmp_path / "x", TO)

    class Full:
        def write(self, data):
            raise OSError(28, "full")

    with pytest.raises(OSError, match="full"):
        sealing.unseal(io.BytesIO(sealing.seal_bytes(b"x", TO)), Full(), [KEY])


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_rubbish_is_taken_for_a_message(data):
    for read in (messages.read_marker, messages.read_head, messages.read_reply, messages.read_listed):
        with pytest.raises((messages.Malformed, messages.Outside)):
            read(data)


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("0" * 64),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=3), below, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["pack", "size", "members", "version", "x"]), _values))
def test_a_line_of_an_index_is_right_or_refused(plain):
    try:
        listed = messages.read_listed(json.dumps(plain).encode())
    except (messages.Malformed, messages.Outside):
        return
    assert listed.size >= 0
    assert all(member.kind == "document" or messages.inside(member.path) for member in listed.members)


def test_messages_are_read_as_they_were_written():
    marker = messages.Marker("m/d", "1" * 64, "2" * 64, 5, "2026-01-01T00:00:00Z")
    head = messages.Head("m/d", "1" * 64, TO, "t", 3)
    listed = messages.Listed(
        "3" * 64, 7, (Member("file", "a/b", "4" * 64, 0), Member("document", "", "5" * 64, 7))
    )
    reply = messages.Reply("t", "wanted", ("3" * 64,), whole=True)
    assert messages.read_marker(marker.written()) == marker
    assert messages.read_head(head.written()) == head
    assert messages.read_listed(listed.written()) == listed
    assert messages.read_reply(reply.written()) == reply


@pytest.mark.parametrize(
    "row",
    [
        ["document", "x", "0" * 64, 1],
        ["document", "", "0" * 63, 1],
        ["document", "", "0" * 64, -1],
        ["document", "", "0" * 64, True],
        ["document", "", "0" * 64],
        ["folder", "", "0" * 64, 1],
        "x",
    ],
)
def test_a_member_of_another_form_is_refused(row):
    with pytest.raises(messages.Malformed):
        messages.read_listed(json.dumps({"pack": "0" * 64, "size": 1, "members": [row]}).encode())


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=6), st.integers(1, 50))
def test_a_pack_is_cut_where_its_files_end(tmp_path_factory, contents, step):
    import hashlib

    root = tmp_path_factory.mktemp("split")
    members = [Member("document", "", hashlib.sha256(data).hexdigest(), len(data)) for data in contents]
    whole = b"".join(contents)
    with commit(root) as group, Splitter(members, group, lambda member: root / member.sha256) as splitter:
        for start in range(0, len(whole), step):
            splitter.write(whole[start : start + step])
        splitter.end()
    assert {path.read_bytes() for path in root.iterdir() if path.is_file()} == set(contents)
    assert splitter.files == len(set(contents))


@settings(deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=20), min_size=1, max_size=4), st.data())
def test_a_pack_with_one_wrong_byte_leaves_nothing(tmp_path_factory, contents, data):
    import hashlib

    root = tmp_path_factory.mktemp("wrong")
    members = [Member("document", "", hashlib.sha256(one).hexdigest(), len(one)) for one in contents]
    whole = bytearray(b"".join(contents))
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= 1
    with (
        pytest.raises(Mismatch),
        commit(root) as group,
        Splitter(members, group, lambda member: root / member.sha256) as splitter,
    ):
        splitter.write(bytes(whole))
        splitter.end()
    assert [path for path in root.rglob("*") if path.is_file()] == []


@pytest.fixture
def drop(tmp_path):
    (tmp_path / "drop").mkdir()
    with open_carrier(Access(str(tmp_path / "drop"))) as carrier:
        carrier.make(SET)
        yield carrier


def test_a_half_is_gone_on_with_and_too_much_is_begun_anew(drop, tmp_path):
    name, path = f"{SET}/{'b' * 64}", tmp_path / "x"
    path.write_bytes(b"0123456789")
    drop.append(f"{name}.part", io.BytesIO(b"0123"), 0)
    assert moving.put(drop, name, path, 10) == 6
    assert drop.size(name) == 10
    drop.append(f"{name}.part", io.BytesIO(b"x" * 11), 0)
    assert moving.put(drop, name, path, 10) == 10
    assert (tmp_path / "drop" / name).read_bytes() == b"0123456789"
    assert drop.size(f"{name}.part") is None


def test_a_whole_half_is_only_renamed(drop, tmp_path):
    name, path = f"{SET}/{'b' * 64}", tmp_path / "x"
    path.write_bytes(b"0123456789")
    drop.append(f"{name}.part", io.BytesIO(b"0123456789"), 0)
    assert moving.put(drop, name, path, 10) == 0
    assert drop.size(name) == 10


def test_no_more_is_fetched_than_was_promised(drop, tmp_path):
    name = f"{SET}/{'b' * 64}"
    drop.append(name, io.BytesIO(b"x" * 1000), 0)
    moving.fetch(drop, name, tmp_path / "y", 10)
    assert (tmp_path / "y").stat().st_size == 10
    (tmp_path / "z").write_bytes(b"y" * 20)
    moving.fetch(drop, name, tmp_path / "z", 10)
    assert (tmp_path / "z").read_bytes() == b"x" * 10


@pytest.mark.parametrize(
    "name", ["../x", "x", f"{SET}/../x", f"{SET}/x", f"/{SET}/ready", f"{SET}/ready/x", ""]
)
def test_a_drop_takes_no_other_names(drop, name):
    with pytest.raises(ValueError):
        drop.size(name)
    with pytest.raises(ValueError):
        drop.append(name, io.BytesIO(b"x"), 0)
    with pytest.raises(ValueError):
        drop.remove(name)


def test_nothing_is_read_or_written_through_a_link(drop, tmp_path):
    target = tmp_path / "target"
    target.write_bytes(b"ours")
    name = f"{SET}/{'b' * 64}"
    (tmp_path / "drop" / name).symlink_to(target)
    for work in (lambda: drop.append(name, io.BytesIO(b"x"), 0), lambda: drop.read(name, 0).__enter__()):
        with pytest.raises(IntegrityError) as caught:
            work()
        assert caught.value.code == "CAR016"
    assert target.read_bytes() == b"ours"


def test_an_outbox_is_its_owners_alone(tmp_path):
    outbox = Outbox(tmp_path / "sent" / "1")
    outbox.plan([Member("document", "", "0" * 64, 1)], {"reply": "secret"}, 10)
    assert stat.S_IMODE(outbox.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((outbox.folder / "head.json").stat().st_mode) == 0o600
    assert outbox.head() == {"reply": "secret", "packs": 1, "files": 1, "bytes": 1}


def test_a_drop_that_goes_away_is_told(tmp_path):
    carrier = FolderCarrier(tmp_path)
    (tmp_path / SET).mkdir()
    (tmp_path / SET).rmdir()
    tmp_path.rename(tmp_path.with_name("away"))
    with pytest.raises(ConfigurationError) as caught:
        carrier.list(SET)
    assert caught.value.code == "CAR015"
