"""What of a municipality's files a run rests on: all that packages, the protected route and papers take."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from leverans.delivery.approving import note_basis
from leverans.delivery.basis import registered
from leverans.errors import ConfigurationError
from leverans.registry import Period, load_delivery
from leverans.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PLAN = SimpleNamespace(digest="0" * 64)
LATER = Period(date(2010, 1, 1), None)


@pytest.fixture
def delivery():
    return load_delivery(ROOT, "mora/alkt")


def tenant(delivery, **words):
    return replace(delivery, municipality=replace(delivery.municipality, **words))


CHANGES = {
    "number": lambda one: tenant(one, organisation_number="212000-2239"),
    "name": lambda one: tenant(one, display_name="Annan kommun"),
    "authority": lambda one: tenant(one, archival_authority="Annan"),
    "keeper": lambda one: tenant(
        one, preservation_organisation=replace(one.municipality.preservation_organisation, number="1")
    ),
    "days": lambda one: replace(one, creators=(replace(one.creators[0], period=LATER), *one.creators[1:])),
    "code": lambda one: replace(one, creators=(replace(one.creators[0], code="X"), *one.creators[1:])),
    "producer": lambda one: replace(one, producer="Annan"),
    "system": lambda one: replace(one, system="annat"),
    "period": lambda one: replace(one, period=LATER),
    "packages": lambda one: replace(one, packages=replace(one.packages, objects=7)),
    "approver": lambda one: replace(one, protected=replace(one.protected, approver="Annan")),
    "no protected route": lambda one: replace(one, protected=None),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_a_change_that_reaches_packages_is_another_basis(delivery, change):
    assert registered(change(delivery)) != registered(delivery)


def test_where_a_source_lies_and_when_it_is_read_are_none_of_it(delivery):
    moved = tuple(replace(one, location="annan/plats", where="x:1:1") for one in delivery.sources)
    assert registered(replace(delivery, sources=moved, purge_after=90)) == registered(delivery)


class Notes:
    """A ledger's checkpoints, as far as a basis needs them."""

    def __init__(self):
        self.kept = {}

    def checkpoints(self, run, stage):
        return dict(self.kept)

    def checkpoint(self, run, stage, part, payload):
        assert part not in self.kept
        self.kept[part] = payload


def test_a_run_that_goes_on_with_another_registry_is_told_to_begin_anew(delivery, tmp_path):
    ledger, settings = Notes(), Settings.load(ROOT, tmp_path)

    def job(given):
        return SimpleNamespace(ledger=ledger, run=None, settings=settings, delivery=given)

    note_basis(job(delivery), PLAN)
    assert ledger.kept["parties"]["registry"]["organisation_number"] == "212000-2213"
    note_basis(job(delivery), PLAN)
    with pytest.raises(ConfigurationError) as fault:
        note_basis(job(CHANGES["number"](delivery)), PLAN)
    assert fault.value.code == "DLV010"
    del ledger.kept["basis"]["registry"]  # begun by an earlier version
    note_basis(job(CHANGES["number"](delivery)), PLAN)
