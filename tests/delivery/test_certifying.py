"""Certificates of sources: tried at a delivery's own sources, signed, and no forger's."""

import json
from zoneinfo import ZoneInfo

import pytest
from tests.sources.building import REGISTER, flat
from tests.support.worlds import make_world

from leverans.cli.main import main
from leverans.clock import SystemClock
from leverans.sources.certifying import RULES, judged, visit
from leverans.trust import Keyring, canonical


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return make_world(tmp_path_factory.mktemp("certify"), cases=40, seed=5)


@pytest.fixture
def given(world, tmp_path):
    """A certificate in a file of its own."""
    path = tmp_path / "intyg.json"
    status, told = world.ask("source", "certify", "mora/alkt", "--by", "Anna Ek", "--to", path)
    assert (status, told["certificate"]) == (0, str(path))
    return path, told


def verified(world, path, *more):
    status, told = world.ask("source", "certify", *more, "--verify", path)
    assert (status == 0) == told["valid"]
    return {check["check"]: check.get("code", check["verdict"]) for check in told["checks"]}


def test_a_certificate_tells_what_was_tried_where_when_by_whom_and_no_place(world, given):
    path, told = given
    plain = json.loads(path.read_text(encoding="utf-8"))
    body = plain["certificate"]
    assert body == {name: told[name] for name in body}
    assert (body["delivery"], body["by"], told["kept"]) == ("mora/alkt", "Anna Ek", True)
    assert [source["source"] for source in body["sources"]] == ["db", "register", "share"]
    db = body["sources"][0]
    assert (db["connector"], db["kind"], len(db["sha256"])) == ("alkt", "sql", 64)
    assert db["version"].startswith("SQLite ") and db["rows"] > 100
    for source in body["sources"]:
        assert tuple(one["rule"] for one in source["rules"]) == RULES
        assert {one["verdict"] for one in source["rules"]} <= {"kept", "not applicable"}
    text = path.read_text(encoding="utf-8")
    assert str(world.path) not in text and ".sqlite" not in text
    assert verified(world, path, "mora/alkt") == dict.fromkeys(
        ("form", "signature", "key", "delivery", "connector"), "holds"
    )


def shown(world, path):
    words = (
        "source",
        "certify",
        "--verify",
        str(path),
        "--content",
        str(world.path),
        "--home",
        str(world.home),
    )
    return main([*words])


def test_what_was_not_seen_is_not_called_kept(world, given, capsys):
    path, body = given
    assert shown(world, path) == 0
    told = capsys.readouterr().out
    states = [one["verdict"] for source in body["sources"] for one in source["rules"]]
    assert "not applicable" in states
    for state, word in (("kept", "hålls"), ("not applicable", "gäller inte")):
        assert f"{states.count(state)} {word} | {state}" in told


def test_rules_seen_on_the_first_rows_say_so(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("nr;x\n" + "".join(f"{number};x\n" for number in [*range(10_000), 1]), encoding="utf-8")
    made = flat(tmp_path, path, "  r: {key: [nr], root: {by: [nr]}}\n", REGISTER)
    rules = {one.rule: one for one in judged(visit(made, path, rows=5))}
    assert {(rules[name].state, rules[name].code) for name in ("keys", "schema", "read-twice")} == {
        ("kept", "CRT042")
    }
    assert "10000" in rules["keys"].text("sv")


def test_closed_hours_break_nothing(world, tmp_path):
    copy = world.copy(tmp_path)
    delivery = copy.path / "municipalities" / "mora" / "alkt.yaml"
    now = SystemClock().now().astimezone(ZoneInfo("Europe/Stockholm"))
    first, last = (f"{(now.hour + ahead) % 24:02}:00" for ahead in (3, 4))
    text = delivery.read_text(encoding="utf-8")
    hours = f'    throttle: {{hours: "{first}-{last}"}}\n    connector: alkt\n'
    delivery.write_text(text.replace("    connector: alkt\n", hours, 1), encoding="utf-8")
    status, told = copy.ask("source", "certify", "mora/alkt", "--by", "Anna Ek")
    rules = {one["rule"]: one for one in told["sources"][0]["rules"]}
    assert (status, told["kept"]) == (3, True)
    assert {rules[name]["code"] for name in ("discover-twice", "keys", "totals", "only-reading")} == {
        "CRT041"
    }
    assert not [name for name, one in rules.items() if one["verdict"] == "broken"]


def whitewashed(plain, _home):
    plain["certificate"]["sources"][0]["rules"][0]["verdict"] = "not run"


def another_person(plain, _home):
    plain["certificate"]["by"] = "Bo Ek"


def another_delivery(plain, _home):
    plain["certificate"]["delivery"] = "mora/annan"


def unsigned(plain, _home):
    plain["signatures"] = []


def by_a_stranger(plain, home):
    ring = Keyring(home / "falun" / "keys", "falun", SystemClock())
    if not ring.exists:
        ring.create()
    plain["signatures"] = [ring.signer().sign("certificate", plain["certificate"]).plain()]


def for_something_else(plain, home):
    ring = Keyring(home / "centre" / "keys", "centre", SystemClock())
    plain["signatures"] = [ring.signer().sign("clearance", plain["certificate"]).plain()]


def left_out(plain, _home):
    plain["certificate"]["sources"][0]["rules"].pop()


def said_to_be_kept(plain, _home):
    plain["certificate"]["sources"][0]["rules"][0]["verdict"] = "broken"


@pytest.mark.parametrize(
    ("forge", "code"),
    [
        (whitewashed, "SIG006"),
        (another_person, "SIG006"),
        (another_delivery, "SIG006"),
        (unsigned, "CRT036"),
        (by_a_stranger, "SIG008"),
        (for_something_else, "SIG008"),
        (left_out, "CRT035"),
        (said_to_be_kept, "CRT035"),
    ],
)
def test_a_forged_certificate_is_refused(world, given, tmp_path, capsys, forge, code):
    plain = json.loads(given[0].read_text(encoding="utf-8"))
    forge(plain, world.home)
    path = tmp_path / "falskt.json"
    path.write_bytes(canonical(plain) + b"\n")
    told = verified(world, path)
    assert code in {told.get("form"), told.get("signature")}, told
    assert not {"kept", "delivery"} & {*world.ask("source", "certify", "--verify", path)[1]}
    assert shown(world, path) == 1
    assert "hålls" not in capsys.readouterr().out


def test_the_municipality_signs_where_it_has_a_key_and_a_trust_folder_decides(world, tmp_path):
    copy = world.copy(tmp_path) if world.home.is_dir() else world
    assert copy.ask("keys", "create", "mora")[0] == 0
    for owner in ("mora", "centre"):
        copy.ask("keys", "export", owner, "--to", tmp_path / owner)
    status, told = copy.ask("source", "certify", "mora/alkt", "--by", "Anna Ek")
    assert status == 0 and "/mora/certificates/alkt/" in told["certificate"]
    assert verified(copy, told["certificate"], "--trust", tmp_path / "mora")["signature"] == "holds"
    assert verified(copy, told["certificate"], "--trust", tmp_path / "centre")["signature"] == "SIG004"
    connector = copy.path / "connectors" / "alkt" / "connector.yaml"
    connector.write_text(connector.read_text(encoding="utf-8") + "# ändrad\n", encoding="utf-8")
    assert verified(copy, told["certificate"], "mora/alkt")["connector"] == "CRT037"
    assert verified(copy, told["certificate"], "mora/annan")["delivery"] == "CRT038"


def test_a_source_that_breaks_a_rule_gets_a_signed_certificate_that_says_so(world, tmp_path):
    copy = world.copy(tmp_path) if world.home.is_dir() else world
    next((copy.path / "sources").rglob("*.sqlite")).unlink()
    status, told = copy.ask("source", "certify", "mora/alkt", "--by", "Anna Ek")
    rules = {one["rule"]: one for one in told["sources"][0]["rules"]}
    assert (status, told["kept"], rules["check-healthy"]["code"]) == (1, False, "CRT003")
    assert rules["totals"]["verdict"] == "not run"
    assert verified(copy, told["certificate"])["signature"] == "holds"


def test_words_that_say_nothing_are_refused(world):
    assert world.ask("source", "certify")[0] == 2
    assert world.ask("source", "certify", "mora/alkt", "--trust", "x")[0] == 2
    assert world.ask("source", "certify", "mora/alkt", "--by", "Anna 19800101-0000")[0] == 2
