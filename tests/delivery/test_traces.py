"""A ledger or an archive that is gone is told by everything that would otherwise pass it over."""

import shutil

import pytest
from tests.support.worlds import AT, make_world

from leverans.formats import ocfl
from leverans.ledger import Ledger

LATER = "2026-07-31T12:00:00Z"
ARCHIVES = ("archive", "archive-protected")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    world = make_world(tmp_path_factory.mktemp("traces"), cases=60, seed=5)
    status, result = world.run("--at", AT)
    assert (status, result["status"]) == (0, "complete")
    return world


def lose(world, *rooms):
    for path in (world.home / "mora").glob("ledger.sqlite*"):
        path.unlink()
    for room in rooms:
        shutil.rmtree(world.home / "mora" / room)


def risks(world):
    return {risk["code"]: risk["severity"] for risk in world.run("--dry", "--at", LATER)[1]["risks"]}


@pytest.mark.parametrize(
    "rooms", [(), ARCHIVES, ("receipts",), (*ARCHIVES, "packages", "packages-protected")], ids="-".join
)
def test_a_run_does_not_begin_anew_where_the_ledger_is_lost(whole, tmp_path, rooms):
    world = whole.copy(tmp_path)
    lose(world, *rooms)
    status, answer = world.run("--at", LATER)
    assert (status, answer["error"]["code"]) == (1, "OPR070")
    assert not (world.home / "mora" / "ledger.sqlite").exists()
    assert "leverans restore" in str(answer)
    assert "leverans ledger rebuild" in str(answer)
    told = risks(world)
    assert told["OPR070"] == "critical"
    assert "OPR036" not in told


def test_an_empty_ledger_in_the_place_of_the_lost_one_is_no_ledger(whole, tmp_path):
    from leverans.clock import SystemClock

    world = whole.copy(tmp_path)
    lose(world)
    Ledger.open(world.home / "mora" / "ledger.sqlite", "mora", SystemClock()).close()
    status, answer = world.run("--at", LATER)
    assert (status, answer["error"]["code"]) == (1, "OPR070")
    assert risks(world)["OPR070"] == "critical"


def test_a_ledger_made_anew_lets_the_delivery_go_on(whole, tmp_path):
    world = whole.copy(tmp_path)
    lose(world)
    assert world.ask("ledger", "rebuild", "mora")[0] == 0
    status, result = world.run("--at", LATER)
    assert (status, result["run"][:5]) == (0, "00002")


def test_who_has_not_delivered_yet_has_lost_nothing(whole, tmp_path):
    world = whole.copy(tmp_path)
    shutil.rmtree(world.home / "mora")
    assert "OPR070" not in risks(world)
    assert world.run("--at", AT)[0] == 0


def verify(world):
    status, answer = world.ask("archive", "verify", "mora")
    return status, answer, [one["code"] for one in answer.get("ledger", {}).get("findings", ())]


def test_an_archive_without_its_ledger_does_not_verify(whole, tmp_path):
    world = whole.copy(tmp_path)
    lose(world)
    status, answer, _ = verify(world)
    assert (status, answer["error"]["code"]) == (1, "OPR070")


def test_a_ledger_without_its_archive_does_not_verify(whole, tmp_path):
    world = whole.copy(tmp_path)
    for room in ARCHIVES:
        shutil.rmtree(world.home / "mora" / room)
    status, _, codes = verify(world)
    assert (status, codes.count("OPR071")) == (1, 2)


def test_an_object_that_the_ledger_does_not_know_is_told(whole, tmp_path):
    world, fresh = whole.copy(tmp_path / "one"), make_world(tmp_path / "two", cases=24, seed=11)
    assert fresh.run("--at", AT)[0] == 0
    own = {path.name for path in ocfl.walk(world.home / "mora/archive")}
    source = fresh.home / "mora/archive"
    alien = [path for path in ocfl.walk(source) if path.name not in own]
    for path in alien:
        shutil.copytree(path, world.home / "mora/archive" / path.relative_to(source))
    status, answer, codes = verify(world)
    assert (status, answer["valid"], codes) == (1, False, ["OPR072"] * len(alien))
    assert len(alien) > 1
    assert answer["ledger"]["broken"] == len(alien)


def test_what_a_run_that_goes_on_has_brought_is_a_warning_until_it_has_ended(tmp_path, monkeypatch):
    world = make_world(tmp_path, cases=24, seed=11)

    def killed(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "record_package", killed)
        assert world.run("--at", AT)[0] == 3
    status, answer, codes = verify(world)
    assert (status, answer["valid"], set(codes)) == (0, True, {"OPR073"})
    assert world.run()[0] == 0
    assert verify(world)[::2] == (0, [])
