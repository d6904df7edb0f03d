"""What a receipt names besides counts: the certificates of the sources; and what a run tells of a resumed extract."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from tests.support.worlds import AT, make_world

from leverans.clock import SystemClock
from leverans.delivery.certificates import held
from leverans.errors import Outage
from leverans.registry import load_delivery
from leverans.settings import Settings
from leverans.sources.sql import reading
from leverans.sources.sql.sqlite import SqliteEngine
from leverans.trust import Keyring, canonical


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A world whose frozen database went away once while it was read; certified before; (world, certificate, result)."""
    world = make_world(tmp_path_factory.mktemp("names"), cases=40, seed=5)
    file = world.path / "municipalities" / "mora" / "alkt.yaml"
    text = file.read_text(encoding="utf-8")
    assert text.count("    connector: alkt\n") == 1
    file.write_text(
        text.replace("    connector: alkt\n", "    connector: alkt\n    frozen: true\n"), encoding="utf-8"
    )
    status, certificate = world.ask("source", "certify", "mora/alkt", "--by", "Anna Ek")
    assert status == 0, certificate
    real, lost = SqliteEngine.read, []

    def losing(self, *given, **more):
        for number, batch in enumerate(real(self, *given, **more)):
            yield batch
            if number == 1 and not lost:
                lost.append(number)
                raise Outage("SRC156", "db", reason="lost")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "BATCH_ROWS", 20)
        patch.setattr(SqliteEngine, "read", losing)
        status, result = world.run("--at", AT)
    assert (status, lost) == (0, [1]), result
    return world, certificate, result


def receipt_of(result):
    return json.loads(Path(result["receipt"]).read_text(encoding="utf-8"))["receipt"]


def test_the_receipt_names_the_certificate_of_every_source(ran):
    world, told, result = ran
    body = receipt_of(result)
    digest = hashlib.sha256(Path(told["certificate"]).read_bytes()).hexdigest()
    assert body["certificates"] == [
        {
            "source": name,
            "verdict": "kept",
            "sha256": digest,
            "at": told["at"],
            "connector": body["connectors"][name],
        }
        for name in ("db", "register", "share")
    ]
    trust = world.home.parent / "trust"
    Keyring(world.home / "centre" / "keys", "centre", SystemClock()).export(trust)
    status, verified = world.ask("receipt", "verify", result["receipt"], "--trust", trust)
    assert (status, verified["certificates"]) == (0, body["certificates"])
    page = Path(result["report"]).read_text(encoding="utf-8")
    assert page.count(digest) == 3 and "Källans intyg, register" in page


def test_what_was_resumed_is_told(ran):
    from leverans.cli.delivering import resumed_rows

    _, _, result = ran
    rows = sum(result["resumed"].values())
    assert rows and set(result["resumed"]) <= set(result["streams"])
    assert all(0 < number <= result["streams"][name]["rows"] for name, number in result["resumed"].items())
    assert resumed_rows(result["resumed"]) == [
        ("Rader ur ett avbrutet uttag", rows, "rows of an interrupted extract")
    ]
    assert resumed_rows({}) == []
    page = Path(result["report"]).read_text(encoding="utf-8")
    assert all(f"Rader ur ett avbrutet uttag, {name}" in page for name in result["resumed"])


@pytest.fixture
def home(ran, tmp_path):
    """The world's keys and its certificate, in a home of its own; (settings, delivery, folder, plain certificate)."""
    world, told, _ = ran
    shutil.copytree(world.home / "centre", tmp_path / "home" / "centre")
    folder = tmp_path / "home" / "mora" / "certificates" / "alkt"
    folder.mkdir(parents=True)
    plain = json.loads(Path(told["certificate"]).read_text(encoding="utf-8"))
    return Settings(content=world.path, home=tmp_path / "home", sources=world.path / "sources"), folder, plain


def laid(folder, plain, name):
    (folder / name).write_bytes(canonical(plain) + b"\n")


def told_of(home):
    settings, _, _ = home
    named = held(settings, load_delivery(settings.content, "mora/alkt"), SystemClock())
    assert [one["source"] for one in named] == ["db", "register", "share"]
    return {(one["verdict"], one["at"]) for one in named}


def test_none_is_told_as_none_and_what_is_no_certificate_of_it_counts_for_nothing(home):
    settings, folder, plain = home
    assert told_of(home) == {("none", "")}
    (folder / "annat.json").write_text("{}", encoding="utf-8")
    laid(folder, {**plain, "certificate": {**plain["certificate"], "delivery": "mora/annan"}}, "annan.json")
    assert told_of(home) == {("none", "")}
    named = held(settings, load_delivery(settings.content, "mora/alkt"), SystemClock())
    assert {(one["sha256"], one["connector"]) for one in named} == {("", "")}


def test_a_forged_one_stands_behind_every_other_and_is_told_as_such(home):
    _, folder, plain = home
    forged = {**plain, "certificate": {**plain["certificate"], "at": "2099-01-01T00:00:00Z"}}
    laid(folder, forged, "falskt.json")
    assert told_of(home) == {("unverified", "2099-01-01T00:00:00Z")}
    laid(folder, {**forged, "signatures": []}, "osignerat.json")
    assert told_of(home) == {("unverified", "2099-01-01T00:00:00Z")}
    laid(folder, plain, "gott.json")
    assert told_of(home) == {("kept", plain["certificate"]["at"])}


def test_broken_rules_are_told_of_their_source_and_the_latest_counts(home):
    settings, folder, plain = home
    laid(folder, plain, "a.json")
    body = json.loads(json.dumps(plain["certificate"]))
    body["at"] = "2098-01-01T00:00:00Z"
    body["sources"][0]["kept"] = False
    body["sources"][0]["rules"][0] = {**body["sources"][0]["rules"][0], "verdict": "broken"}
    ring = Keyring(settings.home / "centre" / "keys", "centre", SystemClock())
    laid(
        folder,
        {"certificate": body, "signatures": [ring.signer().sign("certificate", body).plain()]},
        "b.json",
    )
    assert told_of(home) == {("broken", body["at"]), ("kept", body["at"])}
