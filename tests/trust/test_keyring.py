import base64
import json
from datetime import timedelta

import pytest

from leverans.errors import AccessDenied, ConfigurationError, IntegrityError, Outage, UsageError
from leverans.trust import KeyHistory, Keyring, Trust, canonical
from leverans.trust.history import key_id
from leverans.trust.private import create_private
from leverans.trust.signing import public_of, sign_bytes, verify_bytes

BODY = {"a": 1}


def secrets(world, owner="centre"):
    return sorted((world.home / owner / "keys").glob("signing-*.key"))


def verify(world, signature, **more):
    words = {"purpose": "receipt", "owner": "centre", **more}
    world.trust.verify(signature, BODY, **words)


def test_a_vector_of_the_standard():
    """RFC 8032, 7.1, test 1 and 2."""
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    signature = (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b"
    )
    assert public_of(seed).hex() == public
    assert sign_bytes(seed, b"").hex() == signature
    assert verify_bytes(bytes.fromhex(public), bytes.fromhex(signature), b"")
    assert not verify_bytes(bytes.fromhex(public), bytes.fromhex(signature), b"x")
    assert not verify_bytes(b"", b"", b"")


def test_a_key_is_secret_and_its_history_is_not(world):
    (secret,) = secrets(world)
    assert secret.stat().st_mode & 0o777 == 0o600
    assert secret.parent.stat().st_mode & 0o777 == 0o700
    key = world.centre.history().present
    assert secret.name == f"signing-{key.id}.key"
    assert key.id == key_id(base64.b64decode(key.public))
    assert key.id not in {None, ""}
    assert secret.read_bytes().hex() not in (secret.parent / "history.json").read_text(encoding="utf-8")
    assert secret.read_bytes() not in repr(world.centre.signer()).encode()


def test_a_second_first_key_is_refused_and_no_key_is_told(world, tmp_path):
    with pytest.raises(UsageError, match="KEY006"):
        world.centre.create()
    ring = Keyring(tmp_path / "orsa" / "keys", "orsa", world.clock)
    for ask in (ring.history, ring.signer, ring.rotate):
        with pytest.raises(ConfigurationError, match="KEY005"):
            ask()
    assert ring.signer(create=True).key == ring.history().present.id == ring.signer(create=True).key


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_may_read_signs_nothing(world, mode):
    (secret,) = secrets(world)
    secret.chmod(mode)
    with pytest.raises(AccessDenied, match="KEY001"):
        world.centre.signer()


@pytest.mark.parametrize("mode", [0o750, 0o705, 0o711])
def test_a_folder_that_others_may_enter_gives_no_key(world, mode):
    (secret,) = secrets(world)
    secret.parent.chmod(mode)
    with pytest.raises(AccessDenied, match="KEY003"):
        world.centre.signer()
    with pytest.raises(AccessDenied, match="KEY003"):
        world.centre.rotate()


def test_a_damaged_or_foreign_or_missing_secret_is_told(world):
    (secret,) = secrets(world)
    secret.write_bytes(b"short")
    with pytest.raises(IntegrityError, match="KEY002"):
        world.centre.signer()
    secret.write_bytes(b"x" * 32)
    with pytest.raises(IntegrityError, match="KEY009"):
        world.centre.signer()
    secret.unlink()
    with pytest.raises(IntegrityError, match="KEY009"):
        world.centre.signer()


def test_a_retired_key_holds_for_what_it_signed_while_it_was_valid(world):
    old, before = world.centre.signer(), world.centre.signer().sign("receipt", BODY)
    world.clock.move(days=1)
    new = world.centre.rotate()
    world.export()
    verify(world, before)
    verify(world, world.centre.signer().sign("receipt", BODY))
    assert [secret.name for secret in secrets(world)] == [f"signing-{new.id}.key"]
    world.clock.move(seconds=1)
    late = old.sign("receipt", BODY)
    with pytest.raises(IntegrityError, match="SIG007"):
        verify(world, late)
    for _ in range(30):
        world.clock.move(days=365)
        world.centre.rotate()
    world.export()
    verify(world, before)
    assert len(world.centre.history().keys) == 32


def test_a_key_signs_nothing_before_it_was_made(world):
    signature = world.centre.signer().sign("receipt", BODY)
    seed = secrets(world)[0].read_bytes()
    early = type(signature)(**{**signature.plain(), "at": "2025-12-31T23:59:59Z"})
    forged = {
        **early.plain(),
        "signature": base64.b64encode(sign_bytes(seed, early.statement(BODY))).decode(),
    }
    with pytest.raises(IntegrityError, match="SIG007"):
        verify(world, type(signature)(**forged))
    world.clock.move(seconds=-1)
    with pytest.raises(Outage, match="SIG003"):
        world.centre.signer().sign("receipt", BODY)


def test_a_revoked_key_holds_only_for_what_was_signed_before(world):
    good = world.centre.signer().sign("receipt", BODY)
    stolen, name = world.centre.signer(), world.centre.signer().key
    since = world.clock.move(days=1)
    bad = stolen.sign("receipt", BODY)
    world.clock.move(days=1)
    history = world.centre.revoke(name, since, "the machine was stolen")
    assert history.key(name).revoked == "2026-01-02T12:00:00Z"
    assert history.present.id != name
    world.export()
    verify(world, good)
    with pytest.raises(IntegrityError, match="SIG007"):
        verify(world, bad)
    verify(world, world.centre.signer().sign("receipt", BODY))


def test_an_older_key_can_be_revoked_and_only_ever_earlier(world):
    first = world.centre.signer().sign("receipt", BODY)
    world.clock.move(days=2)
    world.centre.rotate()
    later, earlier = world.clock.instant - timedelta(days=1), world.clock.instant - timedelta(days=3)
    assert world.centre.revoke(first.key, later, "x").key(first.key).revoked == "2026-01-02T12:00:00Z"
    world.export()
    verify(world, first)
    world.centre.revoke(first.key, earlier, "x")
    history = world.centre.revoke(first.key, later, "x")
    assert history.key(first.key).revoked == "2025-12-31T12:00:00Z"
    world.export()
    with pytest.raises(IntegrityError, match="SIG007"):
        verify(world, first)
    with pytest.raises(UsageError, match="KEY007"):
        world.centre.revoke("0" * 16, later, "x")
    with pytest.raises(UsageError, match="KEY008"):
        world.centre.revoke(first.key, world.clock.instant + timedelta(days=1), "x")


def changed(plain, world):
    """Every way to change a history that one who has no key can think of."""
    first, second = plain["keys"]
    stranger = Keyring(world.home / "thief" / "keys", "centre", world.clock)
    stranger.create()
    other = json.loads(canonical(stranger.history().plain()))["keys"][0]
    swapped = {**second, "id": other["id"], "public": other["public"]}
    yield "a key added", {**plain, "keys": [first, second, other]}
    yield "a key replaced", {**plain, "keys": [first, swapped]}
    yield "a key taken away", {**plain, "keys": [second]}
    yield "the last key taken away", {**plain, "keys": [first]}
    yield (
        "the first begins earlier",
        {**plain, "keys": [{**first, "created": "2020-01-01T00:00:00Z"}, second]},
    )
    yield "the first lasts longer", {**plain, "keys": [{**first, "retired": "2030-01-01T00:00:00Z"}, second]}
    yield "the first is present again", {**plain, "keys": [{**first, "retired": None}, second]}
    yield "a revocation without a word", {**plain, "keys": [{**first, "revoked": first["created"]}, second]}
    yield "another owner", {**plain, "owner": "mora"}
    yield "another format", {**plain, "format": "other"}
    yield "no keys", {**plain, "keys": []}
    yield "the same key twice", {**plain, "keys": [first, first]}
    yield (
        "endorsed by nobody",
        {
            **plain,
            "keys": [
                first,
                {**second, "origin": {**second["origin"], "signatures": second["origin"]["signatures"][1:]}},
            ],
        },
    )
    yield (
        "accepted by nobody",
        {
            **plain,
            "keys": [
                first,
                {**second, "origin": {**second["origin"], "signatures": second["origin"]["signatures"][:1]}},
            ],
        },
    )
    yield "nonsense", {**plain, "keys": [{"id": 1}]}
    yield "nonsense of nonsense", {**plain, "keys": 7}


def test_a_history_that_was_changed_is_not_believed(world):
    world.clock.move(days=1)
    world.centre.rotate()
    plain = json.loads(canonical(world.centre.history().plain()))
    KeyHistory.read(canonical(plain) + b"\n", "x", "centre")
    cases = list(changed(plain, world))
    assert len(cases) == 16
    for what, forged in cases:
        with pytest.raises(IntegrityError, match="KEY004"):
            KeyHistory.read(canonical(forged) + b"\n", what, "centre")


def test_a_trust_folder_takes_a_longer_history_and_no_other(world, tmp_path):
    world.clock.move(days=1)
    world.centre.rotate()
    world.export()
    other = Keyring(tmp_path / "other" / "keys", "centre", world.clock)
    other.create()
    with pytest.raises(IntegrityError, match="KEY010"):
        other.export(world.folder)
    assert Trust.load(world.folder).owners() == ("centre", "mora")
    with pytest.raises(IntegrityError, match="SIG004"):
        Trust.load(tmp_path / "empty")
    assert Trust.of_home(world.home).owners() == ("centre", "mora")


def test_of_two_makers_the_first_one_wins_and_a_killed_one_leaves_nothing(tmp_path):
    path = tmp_path / "keys" / "x.key"
    assert create_private(path, b"first")
    assert not create_private(path, b"second")
    assert path.read_bytes() == b"first"
    assert [one.name for one in path.parent.iterdir()] == ["x.key"]


def test_a_rotation_killed_before_its_history_leaves_the_old_key_in_force(world, monkeypatch):
    old = world.centre.signer().key
    import leverans.trust.keyring as room

    def killed(path, data):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(room, "replace_public", killed)
        with pytest.raises(KeyboardInterrupt):
            world.centre.rotate()
    assert world.centre.signer().key == old
    assert len(secrets(world)) == 2
    new = world.centre.rotate()
    assert [secret.name for secret in secrets(world)] == [f"signing-{new.id}.key"]
