"""Maintenance is red over a ledger, an archive or a whole municipality that is gone."""

import shutil

import pytest

from leverans.formats import ocfl


@pytest.fixture
def maintain(ephemeral):
    import flows.maintain

    return flows.maintain


@pytest.fixture
def world(own, told_by_cli):
    """The delivered world: orsa may lose something, mora stays whole."""
    shutil.copytree(told_by_cli.home, own.home, symlinks=True)
    return own


def ends(flow, *given):
    state = flow(*given, return_state=True)
    return state.type.value, state.message


def no_ledger(home):
    for path in home.glob("ledger.sqlite*"):
        path.unlink()


def no_ledger_and_no_archive(home):
    no_ledger(home)
    shutil.rmtree(home / "archive")


def no_archive(home):
    shutil.rmtree(home / "archive")


LOSSES = [(no_ledger, "OPR070"), (no_ledger_and_no_archive, "OPR070"), (no_archive, "OPR071")]


@pytest.mark.parametrize(("lose", "code"), LOSSES, ids=[lose.__name__ for lose, _ in LOSSES])
def test_a_loss_is_red(maintain, world, lose, code):
    lose(world.home / "orsa")
    for flow in (maintain.fixity, maintain.audit):
        kind, message = ends(flow, "orsa")
        assert (kind, code in message) == ("FAILED", True), message
    kind, message = ends(maintain.audit)
    assert (kind, message.split(",")[0]) == ("FAILED", "2 ledgers")
    assert ends(maintain.fixity, "mora")[0] == "COMPLETED"


def test_an_object_that_the_ledger_does_not_know_is_red(maintain, world):
    mora, orsa = (world.home / name / "archive" for name in ("mora", "orsa"))
    alien = next(ocfl.walk(mora))
    shutil.copytree(alien, orsa / alien.relative_to(mora))
    kind, message = ends(maintain.fixity, "orsa")
    assert (kind, "(OPR072)" in message) == ("FAILED", True), message


def test_what_is_whole_or_has_not_begun_is_green(maintain, world):
    assert ends(maintain.fixity, "orsa")[0] == "COMPLETED"
    assert ends(maintain.audit)[0] == "COMPLETED"
    shutil.rmtree(world.home / "orsa")
    assert ends(maintain.fixity, "orsa")[0] == "COMPLETED"
    assert ends(maintain.audit)[0] == "COMPLETED"
