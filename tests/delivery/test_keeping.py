"""The pieces of backup and rebuild: lists of objects, locked keys, places."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leverans.delivery import objectlist
from leverans.delivery.keeping import secrets
from leverans.delivery.keeping.place import Seal, following, part
from leverans.errors import AccessDenied, IntegrityError, UsageError
from leverans.ledger import OBJECT_COLUMNS

ROW = {
    "object": "0f0e",
    "key": "12",
    "reference": "DNR 1 åäö",
    "partition": "2003",
    "route": "open",
    "disposition": "archived",
    "state": "new",
    "version": 1,
    "digest": "ab" * 32,
    "package": "p",
    "closed": False,
    "parts": b"\x80\x00parts\xff",
    "documents": 2,
    "records": 1,
}


def table(*rows):
    plain = [{name: row.get(name) for name in OBJECT_COLUMNS.names} for row in rows]
    return pa.Table.from_pylist(plain, schema=OBJECT_COLUMNS)


@given(parts=st.binary(max_size=80), closed=st.booleans(), reference=st.none() | st.text(max_size=20))
def test_what_the_ledger_knows_comes_back_from_a_list(parts, closed, reference):
    rows = table({**ROW, "parts": parts, "closed": closed, "reference": reference}, {**ROW, "object": "2"})
    told = '[{"code": "QUA001", "rule": null, "person": "A", "reference": "KS"}]'
    head, back, accepted = objectlist.read_object_list(
        objectlist.write_object_list({"package": "p"}, rows, {"2": told})
    )
    assert head == {"schema_version": 1, "package": "p"}
    assert back.equals(rows)
    assert accepted == [("2", {"code": "QUA001", "rule": None, "person": "A", "reference": "KS"})]


@pytest.mark.parametrize(
    "data", [b"", b"{}\n", b'{"schema_version":2}\n', b'{"schema_version":1}\n{"object":"1"}\n', b"no\n"]
)
def test_what_is_no_list_is_said(data):
    with pytest.raises(ValueError):
        objectlist.read_object_list(data)


@pytest.fixture
def keys(tmp_path):
    folder = tmp_path / "keys"
    folder.mkdir()
    (folder / "pseudonyms.key").write_bytes(b"s" * 32)
    (folder / "history.json").write_text("{}")
    return folder


def test_keys_go_round_locked_and_the_public_part_is_not_among_them(keys, tmp_path):
    identity = pyrage.x25519.Identity.generate()
    locked = secrets.recipient_lock(str(identity.to_public()))(secrets.pack(keys))
    assert b"s" * 32 not in locked
    path = tmp_path / "id"
    path.write_text(str(identity))
    assert secrets.unpack(locked, secrets.identity_key(path), tmp_path / "out") == 1
    assert [(one.name, one.read_bytes()) for one in (tmp_path / "out").iterdir()] == [
        ("pseudonyms.key", b"s" * 32)
    ]
    other = pyrage.x25519.Identity.generate()
    path.write_text(str(other))
    with pytest.raises(AccessDenied):
        secrets.unpack(locked, secrets.identity_key(path), tmp_path / "none")


@pytest.mark.parametrize("text", ["", "age1", "ssh-ed25519 AAAA", "AGE-SECRET-KEY-1"])
def test_what_is_no_key_is_said(tmp_path, text):
    with pytest.raises(UsageError):
        secrets.recipient_lock(text)
    path = tmp_path / "id"
    path.write_text(text)
    with pytest.raises(UsageError):
        secrets.identity_key(path)


def test_a_name_that_leads_out_of_the_folder_is_not_unpacked(tmp_path):
    import io
    import tarfile

    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        entry = tarfile.TarInfo("../ute")
        entry.size = 1
        archive.addfile(entry, io.BytesIO(b"x"))
    lock, key = secrets.passphrase_lock("x"), secrets.passphrase_key("x")
    with pytest.raises(AccessDenied):
        secrets.unpack(lock(target.getvalue()), key, tmp_path / "keys")
    assert not (tmp_path / "ute").exists()


def test_a_list_is_held_to_its_seal(tmp_path):
    place = part(tmp_path, "mora", "open")
    place.make()
    place.generations.mkdir()
    place.list_path("g").write_text("aa  a b\n")
    seal = Seal("mora", "open", "g", 1, 1, "0" * 64, "none", whole=True)
    with pytest.raises(IntegrityError):
        list(place.listed(seal))
    place.seal_path("g").write_text(seal.text())
    assert place.seal("g") == seal
    assert place.sealed() == ["g"]
    place.seal_path("g").write_text("{}")
    with pytest.raises(IntegrityError):
        place.seal("g")


def test_generations_are_ordered_by_number_not_by_the_clock(tmp_path):
    parts = [part(tmp_path, "mora", name) for name in ("open", "protected")]
    moment = datetime(2026, 11, 22, 15, 51, 0, tzinfo=UTC)
    assert following(parts, moment) == "000001-20261122T155100"
    for each in parts:
        each.make()
        each.generations.mkdir()
    parts[0].seal_path("000009-20261122T155100").write_text("{}")
    parts[1].list_path("000010-20261122T155100").write_text("")  # begun and killed
    earlier = moment - timedelta(hours=1)  # the clock was set back
    name = following(parts, earlier)
    assert name == "000011-20261122T145100"
    parts[0].seal_path(name).write_text("{}")
    assert max(parts[0].sealed()) == name
