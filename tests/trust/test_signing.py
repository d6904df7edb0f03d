import pytest
from tests.trust.kit import START

from leverans.errors import IntegrityError
from leverans.trust import Signature
from leverans.trust.signing import moment

BODY = {"what": "is signed"}


def test_a_signature_holds_for_exactly_what_was_signed(world):
    signature = world.mora.signer().sign("approval", BODY, by="Åsa")
    world.trust.verify(signature, BODY, purpose="approval", owner="mora")
    assert signature.moment == START
    with pytest.raises(IntegrityError, match="SIG006"):
        world.trust.verify(signature, {"what": "was not"}, purpose="approval", owner="mora")


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("purpose", "countersign", "SIG008"),
        ("role", "centre", "SIG008"),
        ("owner", "centre", "SIG008"),
        ("key", "0" * 16, "SIG005"),
        ("at", "2026-01-01T12:00:01Z", "SIG006"),
        ("by", "Somebody Else", "SIG006"),
        ("signature", "A" * 86 + "==", "SIG006"),
        ("signature", "no base64!", "SIG006"),
        ("signature", "", "SIG006"),
    ],
)
def test_no_field_of_a_signature_can_be_changed(world, name, value, code):
    signature = world.mora.signer().sign("approval", BODY, by="Åsa")
    forged = Signature(**{**signature.plain(), name: value})
    with pytest.raises(IntegrityError, match=code):
        world.trust.verify(forged, BODY, purpose="approval", owner="mora")


@pytest.mark.parametrize("purpose", ["countersign", "approval", "clearance", "rotation"])
def test_what_was_signed_for_one_thing_is_nothing_else(world, purpose):
    """The statement itself differs, so that renaming the purpose does not help, either."""
    signature = world.mora.signer().sign(purpose, BODY)
    for other in {"countersign", "approval", "clearance"} - {purpose}:
        with pytest.raises(IntegrityError, match="SIG008"):
            world.trust.verify(signature, BODY, purpose=other, owner="mora")
        renamed = Signature(**{**signature.plain(), "purpose": other})
        with pytest.raises(IntegrityError, match="SIG006"):
            world.trust.verify(renamed, BODY, purpose=other, owner="mora")


def test_nobody_signs_what_is_not_theirs(world):
    for ring, purpose in (
        (world.mora, "receipt"),
        (world.mora, "head"),
        (world.centre, "approval"),
        (world.centre, "countersign"),
    ):
        with pytest.raises(ValueError):
            ring.signer().sign(purpose, BODY)


def test_an_owner_that_is_unknown_is_not_believed(world):
    signature = world.mora.signer().sign("approval", BODY)
    (world.folder / "mora.json").unlink()
    with pytest.raises(IntegrityError, match="SIG004"):
        world.trust.verify(signature, BODY, purpose="approval", owner="mora")


@pytest.mark.parametrize("plain", [None, [], {}, {"purpose": "receipt"}, "text"])
def test_what_is_no_signature_is_told(plain):
    with pytest.raises(IntegrityError, match="SIG002"):
        Signature.of(plain)


def test_a_signature_with_a_field_too_many_or_of_another_type_is_none(world):
    plain = world.mora.signer().sign("approval", BODY).plain()
    assert Signature.of(plain).plain() == plain
    for wrong in ({**plain, "public": "x"}, {**plain, "at": 1}):
        with pytest.raises(IntegrityError, match="SIG002"):
            Signature.of(wrong)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-01-01",
        "2026-1-1T1:1:1Z",
        "2026-01-01T12:00:00+00:00",
        "2026-13-01T12:00:00Z",
        "2026-01-01T12:00:00.5Z",
    ],
)
def test_what_is_no_time_of_that_form_is_none(text):
    with pytest.raises(ValueError):
        moment(text)
