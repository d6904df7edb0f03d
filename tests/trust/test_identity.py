import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leverans.clock import FixedClock
from leverans.errors import AccessDenied, IntegrityError
from leverans.trust import (
    ID_WIDTH,
    load_or_create_secret,
    object_id,
    object_ids,
    package_id,
    personal_object_id,
    personal_object_ids,
    pseudonym,
)

WORDS = st.text(max_size=12)
FIXED = uuid.uuid5(uuid.NAMESPACE_URL, "urn:leverans:object")


@given(WORDS, WORDS, WORDS, st.lists(WORDS, max_size=3))
def test_an_object_id_is_the_uuid5_of_its_name(municipality, system, entity, key):
    name = "\x1f".join((municipality, system, entity, *key))
    assert object_id(municipality, system, entity, key) == str(uuid.uuid5(FIXED, name))


def test_an_object_id_never_changes():
    assert object_id("mora", "alkt", "case", ["1"]) == str(uuid.uuid5(FIXED, "mora\x1falkt\x1fcase\x1f1"))


@given(st.binary(min_size=32, max_size=32), WORDS)
def test_a_personal_id_is_a_uuid8_that_hangs_on_the_secret(secret, key):
    mine = uuid.UUID(personal_object_id(secret, "mora", "hr", "person", [key]))
    other = uuid.UUID(personal_object_id(bytes(byte ^ 1 for byte in secret), "mora", "hr", "person", [key]))
    assert (mine.version, mine.variant) == (8, uuid.RFC_4122)
    assert mine != other
    assert str(mine) != object_id("mora", "hr", "person", [key])


def test_keys_are_parts_and_not_a_sum():
    assert object_id("m", "s", "e", ["a", "bc"]) != object_id("m", "s", "e", ["ab", "c"])
    assert personal_object_id(b"s", "m", "s", "e", ["a", "bc"]) != personal_object_id(
        b"s", "m", "s", "e", ["ab", "c"]
    )


def test_a_pseudonym_tells_nothing_and_hangs_on_the_secret():
    word = pseudonym(b"a" * 32, "19121212-1213")
    assert re.fullmatch(r"p-[0-9a-f]{20}", word)
    assert word == pseudonym(b"a" * 32, "19121212-1213")
    assert word != pseudonym(b"b" * 32, "19121212-1213")


@given(st.lists(st.text("abc", min_size=1, max_size=4), unique=True))
def test_a_package_id_hangs_on_the_set_and_not_on_its_order(versions):
    assert package_id("mora/alkt", "2003", versions) == package_id("mora/alkt", "2003", reversed(versions))
    assert package_id("mora/alkt", "2003", versions) != package_id("mora/alkt", "2003", [*versions, "z"])
    assert package_id("mora/alkt", "2003", versions) != package_id("mora/alkt", "2004", versions)
    assert uuid.UUID(package_id("mora/alkt", "2003", versions)).version == 5


def test_a_secret_is_made_once_and_only_its_owner_reads_it(tmp_path):
    path = tmp_path / "keys" / "pseudonyms"
    first = load_or_create_secret(path, FixedClock())
    assert load_or_create_secret(path, FixedClock(filler=b"x")) == first == b"\x2a" * 32
    assert path.stat().st_mode & 0o077 == 0
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_secret_that_others_may_read_is_refused(tmp_path, mode):
    path = tmp_path / "pseudonyms"
    load_or_create_secret(path, FixedClock())
    path.chmod(mode)
    with pytest.raises(AccessDenied, match="KEY001"):
        load_or_create_secret(path, FixedClock())


@pytest.mark.parametrize("left", [b"", b"\x2a" * 31])
def test_a_secret_that_is_cut_short_is_no_secret(tmp_path, left):
    path = tmp_path / "pseudonyms"
    path.touch(mode=0o600)
    path.write_bytes(left)
    with pytest.raises(IntegrityError, match="KEY002"):
        load_or_create_secret(path, FixedClock())


@given(
    st.binary(min_size=32, max_size=32), WORDS, st.lists(st.lists(WORDS, min_size=1, max_size=2), max_size=4)
)
def test_many_ids_at_once_are_those_of_each_by_itself(secret, entity, keys):
    texts = ["\x1f".join(key).encode() for key in keys]
    plain, personal = (
        object_ids("mora", "alkt", entity, texts),
        personal_object_ids(secret, "mora", "alkt", entity, texts),
    )
    assert plain == "".join(object_id("mora", "alkt", entity, key) for key in keys).encode()
    assert (
        personal == "".join(personal_object_id(secret, "mora", "alkt", entity, key) for key in keys).encode()
    )
    assert len(plain) == ID_WIDTH * len(keys)
