"""Good and forged receipts: ours and the sixty lines of docs/verify_receipt.py say the same of each."""

import base64
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.trust.kit import World, body
from tests.trust.test_keyring import changed

from leverans.delivery.verifying import failing, verify_receipt
from leverans.errors import IntegrityError
from leverans.trust import Keyring, SignedReceipt, canonical
from leverans.trust.signing import Signature, sign_bytes

SCRIPT = Path(__file__).parents[2] / "docs" / "verify_receipt.py"


def page(path, folder):
    """Run the page of the docs as a stranger would: without us, without site-packages."""
    return subprocess.run(
        [sys.executable, "-I", "-S", SCRIPT, path, folder], capture_output=True, text=True, check=False
    )


def theirs(path, folder):
    """Say whether the page lets a receipt pass; what does not pass is told in one line, never as a crash."""
    done = page(path, folder)
    assert done.returncode == 0 or re.fullmatch(r"FAILS: .+\n", done.stderr), done.stderr
    assert ("receipt:" in done.stdout) == (done.returncode == 0)
    return done.returncode == 0


def ours(path, world):
    return not failing(verify_receipt(path, world.trust))


def written(world, data, name="receipt.json"):
    path = world.home.parent / name
    path.write_bytes(data)
    return path


def plain_of(receipt):
    return json.loads(receipt.data())


def file(plain):
    return canonical(plain) + b"\n"


def test_the_page_has_at_most_sixty_lines_and_imports_nothing_of_ours():
    text = SCRIPT.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 60
    names = {
        word.strip(",")
        for line in text.splitlines()
        if line.startswith("import")
        for word in line.split()[1:]
    }
    assert names and names <= sys.stdlib_module_names
    assert "from " not in {line[:5] for line in text.splitlines()}


def good(world):
    yield "signed", world.signed().data()
    yield "countersigned", world.countersigned().data()
    plain = dict(world.signed().body)
    del plain["certificates"]
    data = SignedReceipt(plain, (world.centre.signer().sign("receipt", plain),)).data()
    yield "of before receipts named certificates", data
    yield "with Swedish letters and marks", world.signed(run='år "1" \\ \u2028 \n').data()
    early = world.countersigned()
    world.clock.move(days=400)
    world.centre.rotate()
    world.mora.rotate()
    world.export()
    yield "signed by keys that were retired later", early.data()
    yield "signed by new keys", world.countersigned().data()
    world.clock.move(days=1)
    world.centre.revoke(world.centre.signer().key, world.clock.instant, "x")
    world.export()
    yield "signed by keys of which the next one was revoked later", early.data()


def test_good_receipts_hold(world):
    for what, data in good(world):
        path = written(world, data)
        assert ours(path, world), what
        assert theirs(path, world.folder), what


@pytest.mark.parametrize(("test", "told"), [(False, "live"), (True, "TEST")])
def test_the_page_says_what_it_is_about_and_that_a_test_is_one(world, test, told):
    done = page(written(world, world.signed(test=test).data()), world.folder)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == f"receipt: mora/alkt 00001-2a2a2a2a complete {told}"


def test_a_trust_folder_of_something_else_fails_in_one_line(world):
    path = written(world, world.signed().data())
    for data in (b"", b"{}\n", b'{"keys":"x"}\n', b'{"keys":[{"public":"\xc3\xa5"}]}\n', b"\xff"):
        (world.folder / "centre.json").write_bytes(data)
        assert not theirs(path, world.folder)


def seed(world, owner):
    (path,) = (world.home / owner / "keys").glob("signing-*.key")
    return path.read_bytes()


def resigned(signature, key, receipt_body, **changed):
    """Sign again with a key somebody got hold of, and say in the signature whatever is wanted."""
    bare = Signature(**{**signature.plain(), **changed})
    raw = sign_bytes(key, bare.statement(receipt_body))
    return {**bare.plain(), "signature": base64.b64encode(raw).decode()}


def forged(world, tmp_path):  # one line per forgery
    receipt = world.countersigned()
    plain = plain_of(receipt)
    centre, mora = plain["signatures"]
    signed = receipt.signatures[0]
    thief = World(tmp_path / "thief")
    thief.clock.count = 50
    stranger = Keyring(tmp_path / "stranger" / "keys", "centre", thief.clock)
    stranger.create()
    own = stranger.signer()
    yield "a count changed", file({**plain, "receipt": {**plain["receipt"], "settled": False}})
    yield "an unknown key", file({**plain, "signatures": [own.sign("receipt", plain["receipt"]).plain()]})
    embedded = {**plain, "signatures": [own.sign("receipt", plain["receipt"]).plain()]}
    yield "a new key embedded in the receipt", file({**embedded, "keys": stranger.history().plain()})
    yield (
        "a new key embedded in its signature",
        file(
            {
                **plain,
                "signatures": [{**embedded["signatures"][0], "public": stranger.history().present.public}],
            }
        ),
    )
    yield (
        "a new key under the old id",
        file({**plain, "signatures": [resigned(signed, b"k" * 32, plain["receipt"])]}),
    )
    yield "not signed at all", file({**plain, "signatures": []})
    yield "signed by the municipality alone", file({**plain, "signatures": [mora]})
    yield (
        "the countersignature is another's",
        file(
            {
                **plain,
                "signatures": [
                    centre,
                    resigned(receipt.signatures[1], seed(world, "mora"), plain["receipt"], owner="orsa"),
                ],
            }
        ),
    )
    yield (
        "the centre countersigns itself",
        file(
            {
                **plain,
                "signatures": [
                    centre,
                    resigned(signed, seed(world, "centre"), plain["receipt"], purpose="countersign"),
                ],
            }
        ),
    )
    yield (
        "the municipality issues its own receipt",
        file(
            {
                **plain,
                "signatures": [
                    resigned(receipt.signatures[1], seed(world, "mora"), plain["receipt"], purpose="receipt")
                ],
            }
        ),
    )
    yield (
        "signed for something else",
        file(
            {
                **plain,
                "signatures": [resigned(signed, seed(world, "centre"), plain["receipt"], purpose="head")],
            }
        ),
    )
    head = world.centre.signer().sign("head", plain["receipt"]).plain()
    yield (
        "a head's signature taken for a receipt's",
        file({**plain, "signatures": [{**head, "purpose": "receipt"}]}),
    )
    yield (
        "the other's signature of another receipt",
        file({**plain, "signatures": [plain_of(world.signed(run="00002-x"))["signatures"][0]]}),
    )
    yield (
        "the person's name changed",
        file({**plain, "signatures": [centre, {**mora, "by": "Somebody Else"}]}),
    )
    yield "the time changed", file({**plain, "signatures": [{**centre, "at": "2026-01-01T12:00:09Z"}]})
    for what, at in (
        ("signed before the key was made", "2025-01-01T00:00:00Z"),
        ("no time", "always"),
        ("a time of another form", "2026-01-01T13:00:00+01:00"),
    ):
        yield (
            what,
            file({**plain, "signatures": [resigned(signed, seed(world, "centre"), plain["receipt"], at=at)]}),
        )
    yield (
        "half a signature",
        file({**plain, "signatures": [{**centre, "signature": centre["signature"][:40]}]}),
    )
    yield "no base64", file({**plain, "signatures": [{**centre, "signature": "å"}]})
    yield (
        "a signature of zeros",
        file({**plain, "signatures": [{**centre, "signature": base64.b64encode(bytes(64)).decode()}]}),
    )
    raw = base64.b64decode(centre["signature"])
    high = (int.from_bytes(raw[32:], "little") + 2**252 + 27742317777372353535851937790883648493).to_bytes(
        32, "little"
    )
    yield (
        "a signature bent by the order of the group",
        file({**plain, "signatures": [{**centre, "signature": base64.b64encode(raw[:32] + high).decode()}]}),
    )
    yield (
        "a key twice, the good one last",
        receipt.data().replace(b'{"receipt":', b'{"receipt":{},"receipt":', 1),
    )
    yield "with spaces", json.dumps(plain, ensure_ascii=False, sort_keys=True).encode() + b"\n"
    yield (
        "in another order",
        json.dumps(plain, ensure_ascii=False, separators=(",", ":")).replace("true", "true ").encode(),
    )
    yield "with a float", receipt.data().replace(b'"bytes":0', b'"bytes":0.0')
    yield "cut short", receipt.data()[:-20]
    yield "empty", b""
    yield "something else", b"[]\n"
    yield "no JSON", b"\xff\x00 no JSON"
    yield "nested deeply", b"[" * 100_000 + b"]" * 100_000 + b"\n"
    yield (
        "nested deeply in the body",
        file({**plain, "receipt": 0}).replace(b"0", b"[" * 5000 + b"]" * 5000, 1),
    )
    yield "signatures as text", file({**plain, "signatures": "receipt"})
    yield "signatures as an object", file({**plain, "signatures": centre})
    yield "signatures as numbers", file({**plain, "signatures": [1, 2]})
    yield "a body that is text", file({**plain, "receipt": "receipt"})
    yield "a signature that is a number", file({**plain, "signatures": [{**centre, "signature": 7}]})
    yield "an empty signature", file({**plain, "signatures": [{**centre, "signature": ""}]})
    late = world.centre.signer()
    world.clock.move(days=1)
    world.centre.rotate()
    world.export()
    world.clock.move(seconds=1)
    yield (
        "signed after the key was retired",
        file({**plain, "signatures": [late.sign("receipt", plain["receipt"]).plain()]}),
    )
    stolen, name = world.centre.signer(), world.centre.signer().key
    world.clock.move(days=1)
    after = stolen.sign("receipt", plain["receipt"]).plain()
    world.centre.revoke(name, world.clock.instant, "stolen")
    world.export()
    yield "signed at the moment from which the key is revoked", file({**plain, "signatures": [after]})
    yield "one good signature and one that is not", file({**plain, "signatures": [centre, after]})


def test_forged_receipts_are_found_by_both(world, tmp_path):
    count = 0
    for what, data in forged(world, tmp_path):
        path = written(world, data)
        assert not ours(path, world), what
        assert not theirs(path, world.folder), what
        count += 1
    assert count >= 30


def test_the_forger_who_could_change_the_trust_folder_would_win(world, tmp_path):
    """The other side of it: what is believed is the folder, and only the folder."""
    thief = World(tmp_path / "thief")
    thief.clock.count = 99
    thief.centre.rotate()
    thief.export()
    path = written(world, thief.signed().data())
    assert not ours(path, world)
    assert not theirs(path, world.folder)
    assert ours(path, thief)
    assert theirs(path, thief.folder)


HARMLESS = {"another owner", "another format", "the last key taken away"}
"""Changes that make nobody else's key believed: the sixty lines let them pass, we do not."""


def test_a_trust_folder_that_was_changed_is_believed_by_neither(world):
    """Every key is what its id says, was endorsed by the one before it, and has the days that were signed."""
    data = world.countersigned().data()
    world.clock.move(days=1)
    world.centre.rotate()
    world.export()
    path = written(world, data)
    assert theirs(path, world.folder)
    plain = json.loads(canonical(world.centre.history().plain()))
    first, second = plain["keys"]
    told = dict(changed(plain, world))
    told["the public key changed under its id"] = {
        **plain,
        "keys": [{**first, "public": second["public"]}, second],
    }
    told["the second begins later"] = {
        **plain,
        "keys": [first, {**second, "created": "2027-01-01T00:00:00Z"}],
    }
    told["the first is retired later"] = {
        **plain,
        "keys": [{**first, "retired": "2027-01-01T00:00:00Z"}, second],
    }
    told["its beginning said otherwise"] = {
        **plain,
        "keys": [
            first,
            {**second, "origin": {**second["origin"], "body": {**second["origin"]["body"], "after": None}}},
        ],
    }
    for what, forged in told.items():
        (world.folder / "centre.json").write_bytes(file(forged))
        with pytest.raises(IntegrityError, match="KEY004"):
            ours(path, world)
        assert theirs(path, world.folder) == (what in HARMLESS), what
    (world.folder / "centre.json").write_bytes(json.dumps(plain).encode())
    assert not theirs(path, world.folder)


def test_the_page_follows_a_chain_over_a_revoked_key(world):
    """What follows a revoked key was endorsed by nobody: whoever has it in the folder has taken it over."""
    world.clock.move(days=1)
    world.centre.revoke(world.centre.signer().key, world.clock.instant, "stolen")
    world.clock.move(days=1)
    world.centre.rotate()
    world.export()
    path = written(world, world.countersigned().data())
    assert ours(path, world)
    assert theirs(path, world.folder)
    plain = json.loads(canonical(world.centre.history().plain()))
    plain["keys"][0]["revoked"] = None
    (world.folder / "centre.json").write_bytes(file(plain))
    assert not theirs(path, world.folder)


def test_each_verdict_has_its_name(world):
    checks = {check.name: check.verdict for check in world.signed().checks(world.trust)}
    assert checks == {"form": "holds", "signature": "holds", "key": "holds", "countersignature": "absent"}
    late = world.centre.signer()
    world.clock.move(days=1)
    world.centre.rotate()
    world.export()
    world.clock.move(days=1)
    plain = body()
    receipt = SignedReceipt(plain, (late.sign("receipt", plain),))
    checks = {check.name: check.verdict for check in receipt.checks(world.trust)}
    assert checks == {"form": "holds", "signature": "holds", "key": "fails", "countersignature": "absent"}


@pytest.mark.parametrize("changed", [{"schema_version": 1}, {"surplus": 1}, {"run": ""}, {"audit": {}}])
def test_a_body_of_another_form_is_no_receipt(world, changed):
    plain = {**body(), **changed}
    data = SignedReceipt(plain, (world.centre.signer().sign("receipt", plain),)).data()
    with pytest.raises(IntegrityError, match="RCP001"):
        SignedReceipt.read(data, "x")


def test_a_countersignature_does_not_change_the_digest(world):
    assert world.signed().sha256 == world.countersigned().sha256
