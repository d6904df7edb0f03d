"""A landing carried through a drop: it arrives whole or not at all, sealed, counted, and only once."""

import hashlib
import json
import os
import shutil
from unittest.mock import Mock

import pytest
from pyrage.x25519 import Identity
from tests.sources.carrying_kit import CANARY, Hosts, Server, tree

from leverans.blobs import ContentStore, digest_file
from leverans.clock import SystemClock
from leverans.errors import IntegrityError, LeveransError, Outage
from leverans.sources import Landing
from leverans.sources.carrying import incoming, load_identities, recipients, rotate_identity, sealing
from leverans.sources.carrying.carrier import READY
from leverans.sources.carrying.folder import FolderCarrier
from leverans.sources.carrying.messages import Head, Listed, Marker
from leverans.sources.carrying.packing import Member


@pytest.fixture
def hosts(tmp_path):
    return Hosts(tmp_path, documents=60)


@pytest.fixture(params=["folder", "sftp"])
def way(request, tmp_path):
    """A landing of more than 300 documents, and a drop of each kind."""
    hosts = Hosts(tmp_path, documents=300)
    if request.param == "folder":
        yield hosts
        return
    server = Server(tmp_path)
    hosts.access = server.access()
    yield hosts
    server.close()


def fails(code, work, kind=LeveransError):
    with pytest.raises(kind) as caught:
        work()
    assert caught.value.code == code, caught.value
    return caught.value


def test_a_landing_arrives_whole_and_sealed(way):
    sent = way.send()
    way.assert_sealed()
    documents = len(list(way.store.digests()))
    assert documents == 302  # 300, an empty one and a big one; their twins travel once
    assert (sent.packs, sent.sent, sent.received) == (sent.packs, sent.packs, False)
    assert sent.packs > 20
    assert sent.files == documents + len(tree(way.result.folder))
    assert sent.bytes == sum(map(len, [*tree(way.store.root).values(), *tree(way.result.folder).values()]))
    done = way.receive()
    way.assert_arrived()
    way.assert_emptied()
    assert (done.landing, done.packs, done.opened) == (way.id, sent.packs, sent.packs)
    assert (done.files, done.bytes, done.already) == (sent.files, sent.bytes, 0)
    assert done.removed == sent.packs + 2  # the packs, the index and the marker


def test_the_second_time_nothing_goes_over(way):
    first = way.send()
    again = way.send()
    assert (again.sent, again.sent_bytes, again.packs) == (0, 0, first.packs)
    way.receive()
    third = way.send()
    assert (third.sent, third.sent_bytes, third.received) == (0, 0, True)
    assert list(way.drop.iterdir()) == []
    assert way.send() == third
    once_more = way.receive()
    assert (once_more.opened, once_more.files, once_more.removed) == (0, 0, 0)
    way.assert_arrived()


def test_what_the_centre_has_is_not_fetched_again(hosts):
    hosts.send()
    digests = list(hosts.store.digests())
    for digest in digests[:20]:
        target = hosts.place.store.path(digest)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(hosts.store.path(digest), target)
    done = hosts.receive()
    assert done.already == 20
    assert done.files == len(digests) - 20 + len(tree(hosts.result.folder))
    hosts.assert_arrived()


def test_the_oldest_sending_of_the_delivery_is_received_when_none_is_named(hosts):
    fails("CAR020", lambda: hosts.receive(landing=None), Outage)
    hosts.send()
    assert hosts.receive(landing=None).landing == hosts.id
    hosts.assert_arrived()
    fails("CAR020", lambda: hosts.receive(landing=None), Outage)


def test_a_set_without_its_marker_is_not_touched(hosts):
    hosts.send()
    (hosts.sending / READY).unlink()
    before = tree(hosts.drop)
    fails("CAR020", hosts.receive, Outage)
    assert tree(hosts.drop) == before
    assert hosts.send().sent == 0
    hosts.receive()
    hosts.assert_arrived()


def damaged(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def grown(path):
    path.write_bytes(path.read_bytes() + b"x")


def removed(path):
    path.unlink()


def the_packs(hosts):
    """The packs in the order of the plan, the first ones with documents."""
    state = hosts.sent_state / hosts.id / "packs"
    return [hosts.sending / json.loads(path.read_bytes())["name"] for path in sorted(state.glob("*.json"))]


@pytest.mark.parametrize(
    ("harm", "code"),
    [(damaged, "CAR022"), (cut, "CAR022"), (grown, "CAR022"), (removed, "CAR021")],
    ids=["flip", "cut", "grown", "gone"],
)
def test_a_bad_pack_is_asked_for_anew_and_the_good_ones_are_kept(hosts, harm, code):
    sent = hosts.send()
    bad = the_packs(hosts)[1]
    harm(bad)
    fault = fails(code, hosts.receive, IntegrityError)
    assert fault.where.endswith(bad.name)
    assert not hosts.place.landings.exists()
    assert tree(hosts.place.store.root).items() < tree(hosts.store.root).items()
    kept = len(tree(hosts.place.store.root))
    assert kept > 30
    assert len(hosts.packs()) >= sent.packs - 1  # nothing was emptied
    again = hosts.send()
    assert again.sent == 1
    done = hosts.receive()
    assert done.opened == 1
    assert done.already == sent.files - done.files
    hosts.assert_arrived()
    hosts.assert_emptied()


def test_a_file_that_spoils_at_the_centre_meanwhile_is_fetched_anew(hosts):
    hosts.send()
    damaged(the_packs(hosts)[0])
    fails("CAR022", hosts.receive, IntegrityError)
    (staged,) = (hosts.place.state / hosts.id / "incoming" / hosts.id / "streams").iterdir()
    damaged(staged)
    hosts.send()
    assert hosts.receive().opened == 2
    hosts.assert_arrived()


def test_two_packs_exchanged_are_both_found(hosts):
    sent = hosts.send()
    one, other, *_ = the_packs(hosts)
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    fault = fails("CAR029", hosts.receive, IntegrityError)
    assert (fault.parameters["count"], fault.parameters["total"]) == (2, sent.packs)
    findings = json.loads((hosts.place.state / hosts.id / "findings.json").read_bytes())
    assert [finding["code"] for finding in findings] == ["CAR022", "CAR022"]
    assert hosts.send().sent == 2
    hosts.receive()
    hosts.assert_arrived()


def test_a_sending_to_another_recipient_cannot_be_opened(hosts):
    hosts.send(recipient=str(Identity.generate().to_public()))
    fails("CAR023", hosts.receive, IntegrityError)
    fails("CAR023", lambda: hosts.receive(landing=None), IntegrityError)
    assert not hosts.place.store.root.exists()
    sent = hosts.send()  # with the centre's own recipient: all is sealed anew
    assert sent.sent == sent.packs
    assert len(hosts.packs()) == sent.packs + 1
    hosts.receive()
    hosts.assert_arrived()


def test_an_older_key_still_opens_what_was_sealed_to_it(hosts):
    hosts.send()
    fresh = rotate_identity(hosts.key, SystemClock())
    assert recipients(load_identities(hosts.key)) == [fresh, hosts.recipient]
    hosts.receive()
    hosts.assert_arrived()


class Forger:
    """Somebody who may write in the drop and knows the recipient."""

    def __init__(self, hosts):
        self.hosts = hosts
        hosts.send()
        self.folder = hosts.sending
        shutil.rmtree(self.folder)
        self.folder.mkdir()
        self.packs = []

    def pack(self, data, *members, recipient=None):
        scratch = self.hosts.root / "forged"
        name, size = sealing.seal([data] if data else [], scratch, recipient or self.hosts.recipient)
        scratch.rename(self.folder / name)
        self.packs.append(Listed(name, size, members))

    def close(self, *more, landing=None, delivery="m/d", count=None, head=None):
        named = landing or self.hosts.id
        reply = str(Identity.generate().to_public())
        lines = [
            head or Head(delivery, named, reply, "t", len(self.packs) if count is None else count).written()
        ]
        lines += [listed.written() for listed in self.packs] + list(more)
        scratch = self.hosts.root / "forged"
        name, size = sealing.seal(lines, scratch, self.hosts.recipient)
        scratch.rename(self.folder / name)
        marker = Marker("m/d", named, name, size, "2026-01-01T00:00:00Z").written()
        (self.folder / READY).write_bytes(sealing.seal_bytes(marker, self.hosts.recipient))


def member(data, path="", sha256=None, size=None):
    digest = hashlib.sha256(data).hexdigest() if sha256 is None else sha256
    return Member("file" if path else "document", path, digest, len(data) if size is None else size)


def manifest(hosts):
    return member((hosts.result.folder / "manifest.json").read_bytes(), "manifest.json")


@pytest.mark.parametrize(
    "path",
    [
        "../../x",
        "/etc/x",
        "a/../../x",
        "..",
        "a//b",
        "a/./b",
        "C:x",
        "a\\b",
        "a\0b",
        "",
        "x\n",
        ".ssh/x",
        "å",
    ],
)
def test_a_path_that_leads_out_is_refused_before_anything_is_opened(hosts, path):
    forger = Forger(hosts)
    forger.pack(b"x", Member("file", path, hashlib.sha256(b"x").hexdigest(), 1))
    forger.close()
    fails("CAR026", hosts.receive, IntegrityError)
    assert not hosts.place.store.root.exists()


def test_a_file_in_the_place_of_a_folder_is_refused(hosts):
    forger = Forger(hosts)
    forger.pack(b"x", member(b"x", "streams"), member(b"", "streams/1"), manifest(hosts))
    forger.close()
    fails("CAR026", hosts.receive, IntegrityError)


@pytest.mark.parametrize(
    ("data", "members", "code"),
    [
        (b"abc", [member(b"abd")], "CAR024"),
        (b"abcd", [member(b"abc")], "CAR024"),
        (b"ab", [member(b"abc")], "CAR024"),
        (b"abc", [member(b"abc"), member(b"x")], "CAR024"),
        (b"abc", [member(b"ab"), member(b"c", sha256="0" * 64)], "CAR024"),
        (b"", [member(b"", sha256="0" * 64)], "CAR024"),
    ],
    ids=["other", "longer", "shorter", "one too many", "second wrong", "empty wrong"],
)
def test_nothing_of_a_pack_that_is_not_its_index_comes_in(hosts, data, members, code):
    forger = Forger(hosts)
    forger.pack(data, *members)
    forger.packs.append(Listed("1" * 64, 1, (manifest(hosts),)))
    forger.close()
    fault = fails("CAR029", hosts.receive, IntegrityError)
    assert fault.parameters["first"] == code
    assert tree(hosts.place.store.root) == {}


def test_one_pack_for_another_recipient_is_found(hosts):
    forger = Forger(hosts)
    forger.pack(b"abc", member(b"abc"), recipient=str(Identity.generate().to_public()))
    text = (hosts.result.folder / "manifest.json").read_bytes()
    forger.pack(text, manifest(hosts))
    forger.close()
    fails("CAR023", hosts.receive, IntegrityError)


def test_a_manifest_that_is_not_the_landings_is_refused(hosts):
    forger = Forger(hosts)
    forger.pack(b"{}", member(b"{}", "manifest.json"))
    forger.close()
    fails("CAR027", hosts.receive, IntegrityError)
    assert not hosts.place.store.root.exists()  # before anything was opened


def test_another_index_in_the_place_of_the_marked_one_is_refused(hosts):
    forger = Forger(hosts)
    forger.pack(b"abc", member(b"abc"), manifest(hosts))
    forger.close()
    marker = (forger.folder / READY).read_bytes()
    (marked,) = (path for path in hosts.packs() if path.name != forger.packs[0].name)
    wanted = marked.stat().st_size
    while True:  # age puts padding of a random length before what it seals
        forger.close()
        others = {path for path in hosts.packs() if path.name != forger.packs[0].name} - {marked}
        if any(path.stat().st_size == wanted for path in others):
            break
    next(path for path in others if path.stat().st_size == wanted).replace(marked)
    (forger.folder / READY).write_bytes(marker)
    fails("CAR025", hosts.receive, IntegrityError)


def test_a_sending_under_another_name_is_nobodys(hosts):
    hosts.send()
    hosts.sending.rename(hosts.drop / ("b" * 64))
    fails("CAR020", lambda: hosts.receive(landing=None), Outage)
    fails("CAR020", hosts.receive, Outage)


def test_files_that_the_manifest_does_not_know_make_no_landing(hosts):
    text = (hosts.result.folder / "manifest.json").read_bytes()
    forger = Forger(hosts)
    forger.pack(text, manifest(hosts))
    forger.close()
    fails("CAR027", hosts.receive, IntegrityError)
    assert not (hosts.place.landings / hosts.id).exists()
    assert forger.folder.exists()


@pytest.mark.parametrize(
    "more",
    [
        {"count": 7},
        {"delivery": "m/other"},
        {"landing": "0" * 64},
        {"head": b"[]\n"},
        {"head": b"{\n"},
        {"head": b'{"version": 2}\n'},
    ],
)
def test_a_broken_index_is_told(hosts, more):
    forger = Forger(hosts)
    forger.pack(b"abc", member(b"abc"), manifest(hosts))
    forger.close(**more)
    with pytest.raises(IntegrityError) as caught:
        hosts.receive()
    assert caught.value.code in {"CAR025", "CAR027"}


@pytest.mark.parametrize("name", ["ready", "index"])
@pytest.mark.parametrize("harm", [damaged, cut, removed])
def test_a_damaged_marker_or_index_is_told_and_mended_by_sending(hosts, name, harm):
    sent = hosts.send()
    note = json.loads((hosts.sent_state / hosts.id / "index.json").read_bytes())
    harm(hosts.sending / (READY if name == "ready" else note["name"]))
    code = "CAR020" if (name, harm) == ("ready", removed) else "CAR025"
    fails(code, hosts.receive)
    assert not hosts.place.landings.exists()
    assert hosts.send().sent == 0
    assert hosts.receive().opened == sent.packs
    hosts.assert_arrived()


def test_links_and_pipes_in_the_drop_are_refused(hosts, tmp_path):
    hosts.send()
    secret = tmp_path / "elsewhere"
    secret.write_bytes(b"secret")
    pack = hosts.packs()[0]
    pack.unlink()
    pack.symlink_to(secret)
    fails("CAR016", hosts.receive, IntegrityError)
    fails("CAR016", hosts.send, IntegrityError)
    pack.unlink()
    os.mkfifo(pack)
    fails("CAR016", hosts.receive, IntegrityError)
    pack.unlink()
    folder = hosts.sending
    folder.rename(tmp_path / "moved")
    folder.symlink_to(tmp_path / "moved")
    fails("CAR016", hosts.receive, IntegrityError)
    fails("CAR016", lambda: hosts.receive(landing=None), IntegrityError)
    fails("CAR016", hosts.send, IntegrityError)


def test_strange_names_in_the_drop_are_left_alone(hosts):
    (hosts.drop / "README").write_text("ours")
    (hosts.drop / ("a" * 64)).mkdir()
    (hosts.drop / ("a" * 64) / "x").write_text("x")
    hosts.send()
    hosts.receive(landing=None)
    hosts.assert_arrived()
    assert (hosts.drop / "README").read_text() == "ours"
    assert (hosts.drop / ("a" * 64) / "x").read_text() == "x"


def test_a_forged_reply_does_not_count(hosts):
    sent = hosts.send()
    forged = json.dumps(
        {"version": 1, "token": "t", "state": "received", "packs": [], "whole": False}
    ).encode()
    for data in (
        forged,
        sealing.seal_bytes(forged, hosts.recipient),
        b"x" * (2 << 20),
        reply_to(hosts, forged),
    ):
        (hosts.sending / "reply").write_bytes(data)
        again = hosts.send()
        assert (again.received, again.replies_ignored, again.sent) == (False, 1, 0)
    assert len(hosts.packs()) == sent.packs + 1
    hosts.receive()
    assert hosts.send().received


def reply_to(hosts, data):
    """Seal to the right key, with the wrong token."""
    head = json.loads((hosts.sent_state / hosts.id / "head.json").read_bytes())
    return sealing.seal_bytes(data, str(Identity.from_str(head["reply"]).to_public()))


def test_a_document_that_is_not_its_digest_is_not_sent(hosts):
    digest = list(hosts.store.digests())[5]
    hosts.store.path(digest).write_bytes(b"other")
    fault = fails("SRC133", hosts.send, IntegrityError)
    assert fault.where == digest
    assert not (hosts.sending / READY).exists()
    hosts.store.path(digest).unlink()
    fails("SRC132", hosts.send, IntegrityError)


def test_a_changed_landing_is_not_sent(hosts):
    hosts.result.folder.joinpath(hosts.result.manifest.streams[0].files[0].path).write_bytes(b"x")
    fails("SRC130", hosts.send, IntegrityError)
    assert list(hosts.drop.iterdir()) == []


def test_a_sealed_pack_that_spoils_before_it_is_sent_is_sealed_anew(hosts, monkeypatch):
    from leverans.sources.carrying import outgoing

    monkeypatch.setattr(outgoing, "put", lambda *_: pytest.fail("the line is cut"))
    with pytest.raises(BaseException, match="the line is cut"):
        hosts.send()
    (staged,) = (hosts.sent_state / hosts.id / "sealed").iterdir()
    damaged(staged)
    monkeypatch.undo()
    hosts.send()
    hosts.receive()
    hosts.assert_arrived()


def test_the_marker_goes_before_what_it_speaks_of(hosts):
    hosts.send(recipient=str(Identity.generate().to_public()))
    gone = []

    class Noting(FolderCarrier):
        def remove(self, name):
            gone.append(name.rpartition("/")[2])
            super().remove(name)

    hosts.send(carrier=Noting(hosts.drop))
    hosts.receive(carrier=Noting(hosts.drop))
    sent, received = gone[: gone.index(READY, 1)], gone[gone.index(READY, 1) :]
    assert sent[0] == READY
    assert len(sent) > 5
    assert received[0] == READY


def test_a_recipient_that_is_none_is_told(hosts):
    fails("CAR003", lambda: hosts.send(recipient="age1" + "q" * 58))


def test_an_acknowledged_landing_can_be_sent_again(hosts):
    first = hosts.send()
    hosts.receive()
    hosts.send()
    shutil.rmtree(hosts.place.landings)
    shutil.rmtree(hosts.place.store.root)
    again = hosts.send(again=True)
    assert (again.sent, again.received) == (first.packs, False)
    hosts.receive()
    hosts.assert_arrived()


def second_landing(hosts):
    """The next extract: the same documents and one more."""
    from tests.sources.building import landed, share

    source = hosts.root / "source"
    (source / "share" / "new").write_bytes(CANARY + b" new")
    hosts.result = landed(source, share(source, source / "share"))
    hosts.landing = Landing.open(hosts.result.folder)


def test_a_delta_leaves_out_what_the_centre_has_acknowledged(hosts):
    hosts.send()
    hosts.receive()
    hosts.send()
    documents = len(list(hosts.store.digests()))
    second_landing(hosts)
    sent = hosts.send(delta=True)
    assert sent.left_out == documents
    assert sent.files == 1 + len(tree(hosts.result.folder))
    hosts.receive()
    hosts.assert_arrived()


def test_a_delta_that_leaves_out_too_much_is_asked_for_whole(hosts):
    hosts.send()
    hosts.receive()
    hosts.send()
    second_landing(hosts)
    hosts.send(delta=True)
    gone = list(hosts.store.digests())[:9]
    for digest in gone:  # the centre has purged its working copies
        hosts.place.store.path(digest).unlink(missing_ok=True)
    fault = fails("CAR028", hosts.receive, Outage)
    assert fault.parameters["count"] >= 8
    assert not (hosts.place.landings / hosts.id).exists()
    whole = hosts.send(delta=True)
    assert whole.left_out == 0
    assert whole.sent == whole.packs
    hosts.receive()
    assert tree(hosts.place.landings / hosts.id) == tree(hosts.result.folder)
    assert tree(hosts.place.store.root) == tree(hosts.store.root)


def test_two_landings_wait_side_by_side(hosts):
    first = hosts.id
    hosts.send()
    second_landing(hosts)
    hosts.send()
    assert hosts.receive(landing=None).landing in {first, hosts.id}
    hosts.receive(landing=None)
    assert {path.name for path in hosts.place.landings.iterdir()} == {first, hosts.id}
    assert tree(hosts.place.store.root) == tree(hosts.store.root)


def test_a_sender_that_lost_its_memory_sends_anew_without_leftovers(hosts):
    first = hosts.send()
    shutil.rmtree(hosts.sent_state)
    again = hosts.send()
    assert again.sent == first.packs
    assert len(hosts.packs()) == first.packs + 1
    hosts.receive()
    hosts.assert_arrived()


def test_a_document_of_the_wrong_size_at_the_centre_is_replaced(hosts):
    hosts.send()
    digest = next(hosts.store.digests())
    target = ContentStore(hosts.place.store.root).path(digest)
    target.parent.mkdir(parents=True)
    target.write_bytes(b"half")
    hosts.receive()
    hosts.assert_arrived()


def zeros(hosts, digest):
    """Lay wrong bytes of the right size into the centre's store."""
    right = hosts.store.path(digest).read_bytes()
    path = hosts.place.store.path(digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(len(right)))
    return right


def aside(hosts):
    return sorted((hosts.place.state / hosts.id / "damaged").iterdir())


@pytest.mark.parametrize("when", ["before", "after"])
def test_wrong_bytes_of_the_right_size_are_replaced_and_kept_before_anything_is_acknowledged(hosts, when):
    digest = hashlib.sha256(hosts.store.path(sorted(hosts.store.digests())[40]).read_bytes()).hexdigest()
    if when == "after":
        hosts.send()
        hosts.receive()
    right = zeros(hosts, digest)
    sent = hosts.send(again=when == "after")
    done = hosts.receive()
    hosts.assert_arrived()
    assert done.replaced == 1
    assert (done.opened == sent.packs) == (when == "before")  # only its pack, and those of the landing
    (wrong,) = aside(hosts)
    assert wrong.read_bytes() == bytes(len(right))
    assert wrong.name == f"{digest}.{hashlib.sha256(bytes(len(right))).hexdigest()}"
    assert hosts.send().received


def test_wrong_bytes_are_not_acknowledged_when_their_pack_is_bad(hosts):
    digest = sorted(hosts.store.digests())[40]
    zeros(hosts, digest)
    hosts.send()
    for path in hosts.packs():
        path.write_bytes(path.read_bytes()[:-1] + b"!")  # the index, too
    fails("CAR025", hosts.receive)
    assert not hosts.send().received


def test_a_document_that_was_left_out_is_read_before_it_counts(hosts):
    hosts.send()
    hosts.receive()
    hosts.send()
    digest = sorted(hosts.store.digests())[3]
    second = Hosts(hosts.root / "second", documents=61)
    second.place, second.sent_state, second.drop = hosts.place, hosts.sent_state, hosts.drop
    second.access, second.key, second.recipient = hosts.access, hosts.key, hosts.recipient
    assert second.send(delta=True).left_out > 0
    zeros(hosts, digest)
    fails("CAR028", second.receive, Outage)
    assert not second.send().received
    assert second.receive().replaced == 1
    assert hosts.place.store.path(digest).read_bytes() == hosts.store.path(digest).read_bytes()


def test_documents_are_read_once_in_a_receipt(hosts, monkeypatch):
    """Those that came now were held against their digest on the way, those that were here once."""
    read = []
    for module in ("incoming", "proving"):
        monkeypatch.setattr(
            f"leverans.sources.carrying.{module}.digest_file",
            lambda path: read.append(path) or digest_file(path),
            raising=False,
        )
    monkeypatch.setattr(
        "leverans.sources.transferring.digest_file", lambda path: read.append(path) or digest_file(path)
    )
    there = sorted(hosts.store.digests())[:9]
    for digest in there:
        zeros(hosts, digest)
        hosts.place.store.path(digest).write_bytes(hosts.store.path(digest).read_bytes())
    hosts.send()
    assert hosts.receive().already == 9
    documents = [path.name for path in read if path.is_relative_to(hosts.place.store.root)]
    assert sorted(documents) == there


class Away(FolderCarrier):
    """A drop that goes away when something is to be removed."""

    def remove(self, path):
        raise Outage("CAR010", path, reason="away")


def test_nothing_readable_stays_at_the_centre_when_the_emptying_was_cut_off(hosts):
    sent = hosts.send()
    fails("CAR010", lambda: hosts.receive(Away(hosts.drop)), Outage)
    state = hosts.place.state / hosts.id
    assert sorted(path.name for path in state.iterdir()) == ["emptying.json", "received.json"]
    (state / "incoming").mkdir()  # as an earlier version left it
    (state / "incoming" / "rows").write_bytes(CANARY)
    (state / ("a" * 64)).write_bytes(b"a sealed pack")
    done = hosts.receive()
    assert [path.name for path in state.iterdir()] == ["received.json"]
    assert (done.packs, done.files, done.bytes) == (sent.packs, sent.files, sent.bytes)
    (state / "incoming").mkdir()
    hosts.receive()
    assert [path.name for path in state.iterdir()] == ["received.json"]


def test_what_is_noted_of_a_receipt_counts_the_whole_sending(hosts):
    sent = hosts.send()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(incoming, "transfer", Mock(side_effect=[IntegrityError("SRC131"), OSError("killed")]))
        with pytest.raises(OSError, match="killed"):
            hosts.receive()
    assert hosts.receive().files < sent.files
    noted = json.loads((hosts.place.state / hosts.id / "received.json").read_bytes())
    assert (noted["packs"], noted["files"], noted["bytes"]) == (sent.packs, sent.files, sent.bytes)
