"""Trust and decisions by the public commands, from a quarantine to the proof of it thirty years on."""

import contextlib
import io
import json
import runpy
import shutil
import sqlite3
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.support.worlds import AT, ROOT, World, leverans, make_world

from leverans.clock import SystemClock
from leverans.delivery import settling
from leverans.errors import ConfigurationError
from leverans.ledger.audit import leaf_of
from leverans.mapping import Plan
from leverans.trust import Keyring, canonical

pytestmark = pytest.mark.e2e
DELIVERY = "mora/alkt"
GROUNDS = ("--by", "Arne Arkivarie", "--reason", "prövat mot pappersakten", "--decision", "KS 2026 § 7")
LATER = "2026-07-01T12:00:00Z"
SCRIPT = ROOT / "docs" / "verify_receipt.py"


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    """A small world, delivered live, with things in quarantine that nobody has decided about."""
    world = make_world(tmp_path_factory.mktemp("live"), cases=40, seed=7)
    status, result = world.run("--at", AT)
    assert status == 0, result
    return world


@pytest.fixture(scope="module")
def settled(live, tmp_path_factory):
    """The same, decided, countersigned, cleared and purged: what a reviewer would do; see the first test."""
    world = live.copy(tmp_path_factory.mktemp("settled"))
    world.told = {"refused": world.ask("purge", DELIVERY, "--days", "0", "--by", "Anna")}
    world.before = copies(world)
    world.codes = settle(world)
    world.ask("keys", "create", "mora")
    for path in receipts(world):
        assert world.ask("receipt", "countersign", path, *GROUNDS)[0] == 0
    world.trust = exported(world, world.path.parent / "trust")
    words = ("--by", "Siv", "--decision", "KS 9", "--to", world.path.parent / "clearance")
    world.told["clearance"] = world.ask("clearance", DELIVERY, *words)
    world.told["purge"] = world.ask("purge", DELIVERY, "--days", "0", "--by", "Anna")
    return world


@pytest.fixture
def world(settled, tmp_path):
    """A copy of the settled world, with its trust folder and its certificate."""
    copy = settled.copy(tmp_path)
    for name in ("trust", "clearance"):
        shutil.copytree(settled.path.parent / name, tmp_path / name)
    copy.trust, copy.certificate = tmp_path / "trust", tmp_path / "clearance" / "certificate.json"
    return copy


def receipts(world):
    return sorted((world.home / "mora" / "receipts" / "alkt").glob("*.json"))


def copies(world):
    rooms = ("outbox", "landing", "blobs", "mapped", "packages", "packages-protected")
    return [path for room in rooms for path in (world.home / "mora" / room).rglob("*") if path.is_file()]


def waiting(world):
    return [
        one for one in world.ask("quarantine", "list", DELIVERY)[1]["quarantine"] if one["decision"] is None
    ]


def decide(world, action, *words):
    when = () if action == "exclude" else ("--at", LATER)
    return world.ask("quarantine", action, DELIVERY, *words, *GROUNDS, *when)


def settle(world):
    """Accept what can be accepted, leave out the rest."""
    made = []
    while left := waiting(world):
        action = "accept" if left[0]["acceptable"] else "exclude"
        status, done = decide(world, action, "--code", left[0]["code"])
        assert status == 0, done
        made.append((action, left[0]["code"]))
        assert len(made) < 30
    return made


def exported(world, folder):
    for owner in ("centre", "mora"):
        assert world.ask("keys", "export", owner, "--to", folder)[0] == 0
    return folder


def verdicts(world, path, *more, trust=None):
    status, told = world.ask("receipt", "verify", path, "--trust", trust or world.trust, *more)
    assert (status == 0) == told.get("valid", False)
    return {check["check"]: check.get("code", check["verdict"]) for check in told.get("checks", ())}


def by_the_page(path, trust):
    """Run docs/verify_receipt.py; give whether the receipt holds."""
    words, sys.argv = sys.argv, [str(SCRIPT), str(path), str(trust)]
    hook = sys.excepthook
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            runpy.run_path(str(SCRIPT), run_name="__main__")
    except SystemExit as told:
        assert str(told.code).startswith("FAILS: ")
        return False
    finally:
        sys.argv, sys.excepthook = words, hook
    return True


def audit(world, *more):
    _, told = world.ask("audit", "verify", "mora", "--trust", world.trust, *more)
    return sorted({finding["code"] for finding in told["findings"]}) if "findings" in told else told


def write(path, plain):
    path.write_bytes(canonical(plain) + b"\n")


# From quarantine to purge


def test_a_purge_before_settlement_is_refused_and_says_why(live, settled):
    status, told = settled.told["refused"]
    assert (status, told["purged"], told["kept"]) == (1, {}, {DELIVERY: "OPR022"})
    assert len(settled.before) == len(copies(live)) > 0
    status, text = leverans(
        "purge", DELIVERY, "--days", "0", "--dry", "--content", live.path, "--home", live.home
    )
    assert status == 1
    assert "OPR022" in text
    assert live.ask("purge", "mora", "--days", "0", "--dry")[0] == 0  # a round over all is no fault


def test_settled_and_purged_everything_still_verifies(settled, tmp_path):
    assert {"accept", "exclude"} == {action for action, _ in settled.codes}
    status, told = settled.told["purge"]
    assert (status, told["kept"]) == (0, {})
    assert copies(settled) == []
    paths = receipts(settled)
    assert len(paths) > 1
    for path in paths:
        answer = verdicts(settled, path, "--municipality", "mora")
        packages = json.loads(path.read_bytes())["receipt"]["packages"]
        assert answer.pop("packages") == ("absent" if packages else "holds")
        assert set(answer.values()) == {"holds"}, answer
        assert by_the_page(path, settled.trust)
    assert audit(settled) == []
    assert settled.ask("archive", "verify", "mora")[0] == 0
    status, told = certified(settled, settled.path.parent / "clearance" / "certificate.json", "mora")
    assert (status, set(told.values())) == (0, {"holds"})
    world = settled.copy(tmp_path)
    status, result = world.run("--at", "2026-08-01T12:00:00Z")
    assert (status, result["packages"], result["settled"], result["undecided"]) == (0, 0, True, 0)


def test_explain_lists_every_decision_about_an_object(live, settled):
    chosen = next(one for one in waiting(live) if one["object"] and one["acceptable"])
    status, told = settled.ask("explain", chosen["object"])
    assert status == 0
    [known] = told["objects"]
    made = known["decisions"]
    assert chosen["code"] in {code for one in made for code in one["codes"]}
    assert {one["action"] for one in made} <= {"accept", "exclude"}
    for one in made:
        assert (one["person"], one["reference"], one["reason"]) == (GROUNDS[1], GROUNDS[5], GROUNDS[3])
        assert (one["delivery"], one["test"]) == (DELIVERY, False)
    status, text = leverans("explain", chosen["object"], "--content", settled.path, "--home", settled.home)
    assert status == 0
    assert "Beslut | decisions" in text
    assert live.ask("explain", chosen["object"])[1]["objects"][0]["decisions"] == []


def test_what_was_to_be_tried_again_and_is_gone_from_the_source_is_told(live, tmp_path):
    """DEC011: the source lost the object between the run and the decision."""
    world = live.copy(tmp_path)
    chosen = next(one for one in waiting(world) if one["object"] and one["reference"])
    source = next((world.path / "sources").rglob("alkt.sqlite"))
    with contextlib.closing(sqlite3.connect(source)) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            columns = [row[1] for row in database.execute(f'PRAGMA table_info("{table}")')]
            if "ArendeID" in columns:
                key = chosen["key"]
                database.execute(f'DELETE FROM "{table}" WHERE "ArendeID" = ?', (key,))
        database.commit()
    status, done = decide(world, "retry", "--object", chosen["object"], "--from-source")
    assert status == 0, done
    result = done["result"]
    assert result["findings"][settling.GONE] == 1
    assert (result["status"], result["balanced"]) == ("complete", True)
    assert result["objects"]["archived"] == 0
    receipt = json.loads(Path(result["receipt"]).read_bytes())["receipt"]
    assert receipt["findings"][settling.GONE] == 1
    [known] = world.ask("explain", chosen["object"])[1]["objects"]
    assert [one["action"] for one in known["decisions"]] == ["retry"]
    assert "archived" not in {entry["disposition"] for entry in known["entries"]}


# The certificate of a clearance


def certified(world, path, *municipality, trust=None):
    more = ("--municipality", *municipality) if municipality else ()
    status, told = world.ask("clearance", "verify", path, "--trust", trust or world.trust, *more)
    if "checks" not in told:
        return status, told
    assert (status == 0) == told["valid"]
    return status, {check["check"]: check.get("code", check["verdict"]) for check in told["checks"]}


def test_a_certificate_alone_holds_without_its_lists(world, tmp_path):
    alone = shutil.copy(world.certificate, tmp_path / "alone.json")
    status, told = certified(world, alone)
    assert status == 0
    assert told == {
        **dict.fromkeys(("form", "signature", "key"), "holds"),
        **dict.fromkeys(("open", "protected", "excluded"), "absent"),
    }
    status, text = leverans("clearance", "verify", world.certificate, "--trust", world.trust)
    assert status == 0
    assert "Centralens signatur" in text


def test_a_forged_certificate_is_found(world, tmp_path):
    plain = json.loads(world.certificate.read_bytes())
    path = tmp_path / "clearance" / "forged.json"

    def told(changed, *municipality):
        write(path, changed)
        return certified(world, path, *municipality)[1]

    body = plain["clearance"]
    more = {**body, "not_cleared": {}}
    assert told({**plain, "clearance": more})["signature"] == "SIG006"
    ring = Keyring(tmp_path / "thief" / "keys", "centre", SystemClock())
    ring.create()
    own = ring.signer().sign("clearance", more, by="Siv").plain()
    assert told({"clearance": more, "signatures": [own]})["signature"] == "SIG005"
    embedded = {"clearance": more, "signatures": [own], "keys": ring.history().plain()}
    assert told(embedded) == {"form": "CLR012"}
    assert told({**plain, "signatures": []})["signature"] == "CLR013"
    mora = Keyring(world.home / "mora" / "keys", "mora", SystemClock()).signer()
    by_mora = mora.sign("clearance", body, by="Siv").plain()
    assert told({**plain, "signatures": [by_mora]})["signature"] == "SIG008"
    centre = Keyring(world.home / "centre" / "keys", "centre", SystemClock()).signer()
    head = centre.sign("head", body).plain()
    assert told({**plain, "signatures": [head]})["signature"] == "SIG008"
    assert told({**plain, "signatures": [{**head, "purpose": "clearance"}]})["signature"] == "SIG006"
    for wrong in (
        {**body, "format": "x"},
        {**body, "surplus": 1},
        {**body, "lists": {}},
        {**body, "audit": {}},
        [],
    ):
        assert told({**plain, "clearance": wrong}) == {"form": "CLR012"}
    # a clearance that the centre's own key signed, and that no ledger knows
    signed = {"clearance": more, "signatures": [centre.sign("clearance", more).plain()]}
    assert told(signed)["signature"] == "holds"
    assert told(signed, "mora")["decision"] == "CLR015"
    other = {**body, "receipts": ["0" * 64], "audit": {**body["audit"], "root": "0" * 64}}
    answer = told({"clearance": other, "signatures": [centre.sign("clearance", other).plain()]}, "mora")
    assert (answer["receipts"], answer["log"]) == ("CLR016", "CLR017")


def test_a_list_that_was_changed_is_found(world):
    for name in ("open", "excluded"):
        path = world.certificate.with_name(f"{name}.csv")
        path.write_bytes(path.read_bytes() + b"alkt;4711;x\r\n")
    status, told = certified(world, world.certificate, "mora")
    assert (status, told["open"], told["excluded"], told["protected"]) == (1, "CLR014", "CLR014", "holds")
    assert told["signature"] == told["decision"] == "holds"


def test_words_of_a_clearance_that_are_off_end_with_two(world):
    for words in (
        ("verify",),
        ("verify", world.certificate),
        (DELIVERY, world.certificate, *GROUNDS),
        (DELIVERY, "--trust", world.trust, *GROUNDS),
        ("verify", world.certificate, "--trust", world.trust, "--municipality", "nowhere"),
    ):
        assert world.ask("clearance", *words)[0] == 2, words


# Thirty years


@pytest.fixture
def years(monkeypatch):
    """Move the machine's clock."""
    moved = {"by": timedelta()}
    monkeypatch.setattr(SystemClock, "now", lambda _: datetime.now(UTC) + moved["by"])

    def move(number):
        moved["by"] = timedelta(days=round(365.25 * number))

    return move


def test_a_receipt_of_today_verifies_in_thirty_years(world, years, tmp_path):
    """Kept today: the receipt, the signed head and the trust folder. Since then both rotate five times."""
    kept = shutil.copytree(world.trust, tmp_path / "kept-trust")
    old = [Path(shutil.copy(path, tmp_path)) for path in receipts(world)]
    head = tmp_path / "kept.jsonl"
    write(head, world.ask("audit", "head", "mora")[1])
    for number in range(1, 6):
        years(5 * number)
        for owner in ("centre", "mora"):
            assert world.ask("keys", "rotate", owner)[0] == 0
    years(30)
    exported(world, world.trust)
    for owner in ("centre", "mora"):
        keys = world.ask("keys", "list", owner)[1]["keys"]
        assert len(keys) == 6
        assert [key["retired"] is None for key in keys] == [False] * 5 + [True]
    for path in old:
        for trust in (kept, world.trust):
            assert set(verdicts(world, path, trust=trust).values()) == {"holds"}
            assert by_the_page(path, trust)
        answer = verdicts(world, path, "--municipality", "mora")
        assert set(answer.values()) <= {"holds", "absent"}, answer
    assert audit(world, "--kept", head) == []
    assert certified(world, world.certificate, "mora")[0] == 0
    # what a key of those days would sign now is no receipt of those days
    plain = json.loads(old[0].read_bytes())
    now = Keyring(world.home / "centre" / "keys", "centre", SystemClock()).signer()
    forged = tmp_path / "forged.json"
    write(forged, {**plain, "signatures": [now.sign("receipt", plain["receipt"]).plain()]})
    assert by_the_page(forged, world.trust)
    assert verdicts(world, forged)["signature"] == "holds"
    assert verdicts(world, forged, trust=kept)["signature"] == "SIG005"
    assert not by_the_page(forged, kept)
    # a key of the middle years is found stolen: what it signed before that holds, and no more
    words = ("--from", "2030-01-01", "--reason", "en kopia låg i en annan säkerhetskopia")
    assert world.ask("keys", "revoke", "centre", keys_of(world)[0], *words)[0] == 0
    exported(world, world.trust)
    for path in old:
        assert verdicts(world, path)["key"] == "holds"
        assert by_the_page(path, world.trust)
    words = ("--from", "2020-01-01", "--reason", "den var stulen från början")
    assert world.ask("keys", "revoke", "centre", keys_of(world)[0], *words)[0] == 0
    exported(world, world.trust)
    for path in old:
        assert verdicts(world, path)["key"] == "SIG007"
        assert not by_the_page(path, world.trust)


def keys_of(world):
    return [key["id"] for key in world.ask("keys", "list", "centre")[1]["keys"]]


def test_a_thief_who_adds_a_key_of_his_own_to_the_trust_folder_is_refused(world, years, tmp_path):
    """Without the present key nobody endorses another; a key under another's id is none, either."""
    years(1)
    assert world.ask("keys", "rotate", "centre")[0] == 0
    exported(world, world.trust)
    ring = Keyring(tmp_path / "thief" / "keys", "centre", SystemClock())
    ring.create()
    plain = json.loads(receipts(world)[0].read_bytes())
    plain["receipt"]["settled"] = not plain["receipt"]["settled"]
    forged = tmp_path / "forged.json"
    write(forged, {**plain, "signatures": [ring.signer().sign("receipt", plain["receipt"]).plain()]})
    assert not by_the_page(forged, world.trust)
    own = json.loads(canonical(ring.history().plain()))["keys"][0]
    history = json.loads((world.trust / "centre.json").read_bytes())
    *earlier, last = history["keys"]
    after = {**last, "retired": own["created"]}
    renamed = {**last, "public": own["public"]}
    body = {**own["origin"]["body"], "after": last["id"]}
    endorsed = {"body": body, "signatures": [ring.signer().sign("rotation", body).plain()]}
    histories = {
        "added": [*earlier, after, own],
        "endorsed by itself": [*earlier, after, {**own, "origin": endorsed}],
        "alone beside": [own, *earlier, last],
        "under the id of the last one": [*earlier, renamed],
        "in the place of the last one": [*earlier, {**own, "created": last["created"]}],
    }
    for what, keys in histories.items():
        write(world.trust / "centre.json", {**history, "keys": keys})
        assert not by_the_page(forged, world.trust), what
        status, told = world.ask("receipt", "verify", forged, "--trust", world.trust)
        assert (status, told["error"]["code"]) == (1, "KEY004"), what


# The audit log


def sql(world, *statements):
    """Write to the ledger as an attacker would, who puts the guards back afterwards."""
    with contextlib.closing(sqlite3.connect(world.home / "mora" / "ledger.sqlite")) as ledger:
        guards = ledger.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            ledger.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            words = (statement,) if isinstance(statement, str) else statement
            assert ledger.execute(*words).rowcount > 0
        for _, text in guards:
            ledger.execute(text)
        ledger.commit()


def entry(world, position):
    with contextlib.closing(sqlite3.connect(world.home / "mora" / "ledger.sqlite")) as ledger:
        query = "SELECT at, kind, entry FROM audit WHERE position = ?"
        return ledger.execute(query, (position,)).fetchone()


def edited(world):
    """The person of a decision, with a leaf that fits, and the decision itself."""
    with contextlib.closing(sqlite3.connect(world.home / "mora" / "ledger.sqlite")) as ledger:
        query = "SELECT position FROM audit WHERE kind = 'decision' ORDER BY position"
        (position,) = ledger.execute(query).fetchone()
    at, kind, text = entry(world, position)
    other = text.replace(GROUNDS[1], "Någon Annan")
    yield (
        "UPDATE audit SET entry = ?, leaf = ? WHERE position = ?",
        (other, leaf_of(at, kind, other), position),
    )
    yield ("UPDATE decision SET person = 'Någon Annan' WHERE number = 1",)


TAMPERING = {
    "edited": (edited, "AUD003"),
    "deleted": (
        lambda _: [
            "DELETE FROM audit WHERE position = 3",
            "UPDATE audit SET position = -position WHERE position > 3",
            "UPDATE audit SET position = -position - 1 WHERE position < 0",
        ],
        "AUD003",
    ),
    "inserted": (
        lambda _: [
            "UPDATE audit SET position = -position WHERE position > 3",
            "UPDATE audit SET position = 1 - position WHERE position < 0",
            "INSERT INTO audit SELECT 4, at, kind, entry, leaf FROM audit WHERE position = 2",
        ],
        "AUD003",
    ),
    "reordered": (
        lambda _: [
            "UPDATE audit SET position = -1 WHERE position = 3",
            "UPDATE audit SET position = 3 WHERE position = 4",
            "UPDATE audit SET position = 4 WHERE position = -1",
        ],
        "AUD003",
    ),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_a_log_with_every_leaf_right_is_found_by_heads_and_proves_nothing(world, tmp_path, what):
    """The forger leaves a log that is sound in itself; only what was signed before tells."""
    lines = (world.home / "mora/receipts/heads.jsonl").read_bytes().splitlines()
    *_, first, _ = sorted(
        {head["size"]: head for head in (json.loads(line)["head"] for line in lines)}.items()
    )
    first = first[1]
    statements, code = TAMPERING[what]
    words = ("audit", "prove", "mora", "--from", first["size"])
    proof = tmp_path / "proof.json"
    size = world.ask("audit", "head", "mora")[1]["head"]["size"]

    def proves(to=size):
        status, told = world.ask(*words, "--to", to)
        assert status == 0
        write(proof, told)
        return world.ask("audit", "check-proof", proof, "--trust", world.trust)

    status, told = proves()
    assert (status, told["heads"][0]["root"]) == (0, first["root"])
    sql(world, *statements(world))
    assert code in audit(world)
    status, told = world.ask("audit", "head", "mora")
    assert (status, told["error"]["code"]) == (1, "AUD004" if what == "deleted" else code)
    status, told = proves(size - (what == "deleted"))
    assert (status, told["error"]["code"]) == (1, "AUD013")


def test_a_guard_that_guards_nothing_is_found_by_the_command(world):
    with contextlib.closing(sqlite3.connect(world.home / "mora" / "ledger.sqlite")) as ledger:
        ledger.execute("DROP TRIGGER audit_no_delete")
        ledger.execute("CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT 1; END")
    assert audit(world) == ["AUD011"]


# A ledger or an archive that is lost


def test_nobody_decides_approves_or_clears_beside_a_lost_ledger(live, tmp_path):
    world = live.copy(tmp_path)
    status, tested = world.run("--test", "--at", AT, "--by", "Cecilia")
    assert status == 0, tested
    code, ledger = waiting(world)[0]["code"], world.home / "mora" / "ledger.sqlite"
    kept = ledger.rename(tmp_path / "kept.sqlite")
    for path in (ledger.with_name(f"{ledger.name}-wal"), ledger.with_name(f"{ledger.name}-shm")):
        path.unlink(missing_ok=True)
    asked = (
        ("approve", tested["run"], "--by", "Berit"),
        ("quarantine", "exclude", DELIVERY, "--code", code, *GROUNDS),
        ("quarantine", "accept", DELIVERY, "--code", code, *GROUNDS),
        ("quarantine", "retry", DELIVERY, "--code", code, *GROUNDS),
        ("clearance", DELIVERY, *GROUNDS),
        ("run", DELIVERY),
    )
    for words in asked:
        status, told = world.ask(*words)
        assert (status, told["error"]["code"]) == (1, "OPR070"), words
        assert not ledger.exists()
    # a new, empty one in its place is as bad
    from leverans.ledger import Ledger

    Ledger.open(ledger, "mora", SystemClock()).close()
    for words in asked:
        status, told = world.ask(*words)
        assert (status, told["error"]["code"]) == (1, "OPR070"), words
    shutil.copy(kept, ledger)
    shutil.move(world.home / "mora" / "archive", tmp_path / "archive")
    for words in asked[1:]:
        status, told = world.ask(*words)
        assert (status, told["error"]["code"]) == (1, "OPR071"), words
    shutil.move(world.home / "mora" / "test-archive", tmp_path / "test-archive")
    status, told = world.ask(*asked[0])
    assert (status, told["error"]["code"]) == (1, "OPR071")
    shutil.move(tmp_path / "archive", world.home / "mora" / "archive")
    shutil.move(tmp_path / "test-archive", world.home / "mora" / "test-archive")
    assert world.ask(*asked[0])[0] == 0
    assert world.ask(*asked[1])[0] == 0


# A rule that cannot be evaluated


def test_a_rule_that_the_engine_refuses_is_told_before_any_row_is_mapped(live, tmp_path, monkeypatch):
    import leverans.quality.gx as engine

    world = World(live.path, tmp_path / "home")

    def mapped(*_):
        raise AssertionError("rows were mapped")

    def refusing(check):
        raise ConfigurationError("QUA004", check.where, rule=check.id, name=check.arguments["name"])

    with monkeypatch.context() as patch:
        patch.setattr(engine, "typed", refusing)
        patch.setattr(Plan, "execute", mapped)
        status, told = world.run("--at", AT)
    assert (status, told["error"]["code"]) == (1, "QUA004")
    assert not [path for path in (world.home / "mora" / "mapped").rglob("*") if path.is_file()]
    with contextlib.closing(sqlite3.connect(world.home / "mora" / "ledger.sqlite")) as ledger:
        query = "SELECT count(*) FROM event WHERE kind = 'checkpoint:map'"
        assert ledger.execute(query).fetchone() == (0,)
    assert world.run("--at", AT)[0] == 0
