"""A ledger or an archive that is gone is told by everything that would otherwise pass it over."""

import shutil

import pytest
from tests.support.worlds import AT, make_world

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
