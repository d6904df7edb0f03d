"""Which landing a run delivers where the sources are read on another host."""

import json
import shutil
from datetime import UTC, datetime

import pytest
from pyrage import x25519

from leverans.clock import FixedClock
from leverans.delivery.beginning import Wish
from leverans.delivery.landed import chosen, foreseen
from leverans.errors import LeveransError
from leverans.ledger import Ledger
from leverans.registry import load_delivery
from leverans.settings import Settings

NAME = "mora/alkt"
FIRST, SECOND, OTHER = "a" * 64, "b" * 64, "c" * 64


@pytest.fixture
def settings(root, tmp_path):
    """The shipped content; its municipality sends landings to another host, and two of them have come."""
    content = tmp_path / "content"
    for name in ("connectors", "mappings", "municipalities/mora"):
        shutil.copytree(root / name, content / name)
    path = content / "municipalities/mora/municipality.yaml"
    drop = f"{{kind: folder, location: {tmp_path}, recipient: {x25519.Identity.generate().to_public()}}}"
    path.write_text(f"{path.read_text(encoding='utf-8')}\ntransfer: {drop}\n", encoding="utf-8")
    made = Settings(content, tmp_path / "home", tmp_path / "nothing here")
    come(made, SECOND, "2026-01-01T00:00:00Z")
    come(made, FIRST, "2026-02-01T00:00:00Z")
    return made


def come(settings, landing, at):
    home = settings.municipality("mora")
    for path, text in (
        (home.landings("alkt") / landing / "manifest.json", "{}"),
        (home.carrying("alkt") / "received" / landing / "received.json", json.dumps({"at": at})),
    ):
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")


def refused(settings, **wished):
    with pytest.raises(LeveransError) as raised:
        chosen(settings, NAME, Wish(**wished))
    return raised.value.code


def interrupted(settings, landing):
    """A run that had its landing and was killed."""
    home = settings.municipality("mora")
    with Ledger.open(home.ledger, "mora", FixedClock()) as ledger:
        moment = datetime(2026, 1, 1, tzinfo=UTC)
        run = ledger.begin(
            NAME, reference_time=moment, test=False, code_version="1", agreement="A", by="Inga"
        )
        ledger.checkpoint(run, "extract", "landing", {"id": landing})


def test_the_newest_is_the_one_that_came_last(settings):
    assert chosen(settings, NAME, Wish(landing="newest")) == FIRST
    assert chosen(settings, NAME, Wish(landing=SECOND)) == SECOND


def test_a_landing_that_is_purged_is_no_newest(settings):
    shutil.rmtree(settings.municipality("mora").landings("alkt") / FIRST)
    assert chosen(settings, NAME, Wish(landing="newest")) == SECOND
    assert refused(settings, landing=FIRST) == "CAR037"


@pytest.mark.parametrize(
    ("wanted", "code"),
    [("nyast", "CAR031"), ("../../etc", "CAR031"), ("A" * 64, "CAR031"), (OTHER, "CAR037")],
)
def test_what_is_no_landing_here_is_refused(settings, wanted, code):
    assert refused(settings, landing=wanted) == code


def test_nothing_said_of_a_landing_is_refused_and_here_reads_the_sources(settings):
    assert refused(settings) == "CAR036"
    assert chosen(settings, NAME, Wish(here=True)) is None


def test_an_interrupted_run_goes_on_with_its_own_landing_only(settings):
    interrupted(settings, SECOND)
    assert chosen(settings, NAME, Wish()) is None
    assert chosen(settings, NAME, Wish(landing=SECOND)) == SECOND
    assert refused(settings, landing="newest") == "CAR038"
    assert chosen(settings, NAME, Wish(landing="newest", restart=True)) == FIRST


def test_a_dry_run_looks_at_the_landing_that_a_run_would_take(settings):
    home, delivery = settings.municipality("mora"), load_delivery(settings.content, NAME)
    assert foreseen(home, delivery, Wish()).name == FIRST
    assert foreseen(home, delivery, Wish(landing=SECOND)).name == SECOND
    assert foreseen(home, delivery, Wish(here=True)) is None
