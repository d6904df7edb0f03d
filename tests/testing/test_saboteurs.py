"""Each rule of the connector contract can fail: a saboteur breaks exactly it; a sound connector breaks none."""

from dataclasses import replace

import pyarrow as pa
import pytest
from tests.testing import saboteurs

from leverans.errors import Outage
from leverans.sources import Secret, load_connector
from leverans.sources.certifying import RULES, judged, visit
from leverans.sources.flat import table
from leverans.sources.sql import reading
from leverans.sources.tree import making
from leverans.testing.contract import NotHere, Sources, Subject, rigs, rules, verdicts
from leverans.testing.contract.rigs import flat, tables, wire

CONNECTORS = {
    "sqlite": ("sql", "engines: [sqlite]", "", "  fil: {key: [nr, del], root: {by: [nr]}, documents: [{column: data, name: namn}]}"),
    "postgresql": ("sql", "engines: [postgresql]", "", "  fil: {key: [nr, del], root: {by: [nr]}}"),
    "flat": ("flat", "", 'options: {delimiter: ";", encoding: utf-8}', "  rad: {key: [nr], root: {by: [nr]}}"),
    "share": ("share", "", "", "  filer: {root: {by: [ref]}}"),
    "rest": (
        "rest", "",
        'asks:\n  alla: {path: /alla, paging: {style: link}, again: sedan}\n  fil: {path: "{value}", format: bytes}',
        "  sak: {ask: alla, each: data, columns: {id: id}, key: [id, file, position], root: {by: [id]}, documents: [{ask: fil, within: filer, column: url, name: namn, stream: fil}]}",
    ),
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _small():
    """Several batches of a few rows are as good here as of ten thousand."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (reading, table, making):
            patch.setattr(module, "BATCH_ROWS", 100)
        for module in (tables, flat, wire):
            patch.setattr(module, "MANY", 250)
        patch.setattr(tables, "BIG_MIB", 3)
        yield


@pytest.fixture(scope="module")
def sources(tmp_path_factory, pytestconfig):
    made = {}

    def get(name):
        if name not in made:
            folder = tmp_path_factory.mktemp(name)
            for parent in (folder, *folder.parents[:3]):  # of a worker one more
                parent.chmod(parent.stat().st_mode | 0o055)
            kind, contract, options, streams = CONNECTORS[name]
            (folder / "connector.yaml").write_text(
                f"connector: 1\nsystem: s\nsystem_name: S\nkind: {kind}\n{options}\nstreams:\n{streams}\n",
                "utf-8",
            )
            (folder / "contract.yaml").write_text(f"contract: 1\n{contract}\n", "utf-8")
            (rig,) = rigs(
                folder,
                lambda engine: pytestconfig.hook.pytest_leverans_server(config=pytestconfig, engine=engine),
            )
            made[name] = folder, Sources(rig, folder / "sources")
        return made[name]

    return get


def broken(sources, on, **more):
    folder, made = sources(on)
    found = list(verdicts(Subject(on, folder / "connector.yaml", made, **more)))
    if any(one.state == "not run" for one in found):
        pytest.skip("needs the programs of PostgreSQL")
    return {one.rule: one.reason for one in found if one.state == "broken"}


@pytest.mark.parametrize("on", CONNECTORS)
def test_a_sound_connector_breaks_no_rule(sources, on):
    assert broken(sources, on) == {}


@pytest.mark.parametrize("saboteur", saboteurs.ALL, ids=lambda one: one.breaks)
def test_a_saboteur_breaks_exactly_its_rule(sources, saboteur):
    assert set(broken(sources, saboteur.on, wrap=saboteur)) == {saboteur.breaks}


def test_whoever_reads_the_file_leniently_breaks_exactly_that_rule(sources):
    assert set(broken(sources, "sqlite", load=lambda path: saboteurs.lenient(load_connector, path))) == {
        "config-strict"
    }


def test_every_rule_has_its_saboteur():
    assert {one.breaks for one in saboteurs.ALL} | {"config-strict"} == {rule.id for rule in rules()}


class HidesOne(saboteurs.Saboteur):
    breaks = "discover-all"

    def discover(self):
        found = self.inner.discover()
        return replace(found, streams=tuple(one for one in found.streams if one.kind == "table"))


class Turns(saboteurs.Saboteur):
    breaks = "read-twice"
    times = 0

    def read(self, stream):
        self.times += 1
        for batch in self.inner.read(stream):
            number = batch.rows.num_rows
            turned = batch.rows.take(pa.array(range(number))[::-1])
            yield replace(batch, rows=turned if self.times % 2 else batch.rows)


class LeavesALock(saboteurs.Saboteur):
    breaks = "source-untouched"

    def discover(self):
        path = self.inner._engine._path
        path.with_name(f"{path.name}.lock").touch()
        return self.inner.discover()


class MayWrite(saboteurs.Saboteur):
    breaks = "account-reads-only"

    def check(self):
        return replace(self.inner.check(), may_write=True, known_by="privileges")


UNSOUND = [
    *(
        one
        for one in saboteurs.ALL
        if one.breaks in {*RULES} - {"discover-all", "read-twice", "source-untouched"}
    ),
    HidesOne,
    Turns,
    MayWrite,
    LeavesALock,
]
NEEDS = {"memory": "many", "path-traversal": "outside"}


def certified(sources, on, wrap=lambda connector: connector, variant="plain"):
    """What the rules of a certificate say of a sound source with an unsound connector."""
    folder, made = sources(on)
    try:
        source = made.get(variant)
    except NotHere as fault:
        pytest.skip(str(fault))
    connector = Subject(on, folder / "connector.yaml", made, wrap=wrap).opened(source)
    secrets = [Secret(one) for one in source.secrets]
    place = None if "://" in source.location else source.base / source.location
    return {one.rule: one for one in judged(visit(connector, place, secrets))}


def wrong(told):
    return {rule for rule, one in told.items() if one.state == "broken"}


@pytest.mark.parametrize("on", CONNECTORS)
def test_a_sound_connector_is_certified(sources, on):
    told = certified(sources, on)
    assert (tuple(told), wrong(told)) == (RULES, set())
    kept = {rule for rule, one in told.items() if one.state == "kept"}
    assert {"check-healthy", "discover-twice", "totals", "closed-on-cancel"} <= kept
    assert "account-reads-only" in kept or on == "rest"  # a service does not tell what an account may


@pytest.mark.parametrize("saboteur", UNSOUND, ids=lambda one: one.breaks)
def test_a_saboteur_gets_no_certificate(sources, saboteur):
    told = certified(sources, saboteur.on, saboteur, NEEDS.get(saboteur.breaks, "plain"))
    assert saboteur.breaks in wrong(told), told[saboteur.breaks]
    assert all(one.text("sv") and one.text("en") for one in told.values() if one.state != "kept")


def test_what_moved_meanwhile_is_not_judged_and_what_cannot_be_read_is_not_kept(sources):
    class Moving(saboteurs.Saboteur):
        times = 0

        def fingerprint(self):
            self.times += 1
            return str(self.times)

        def totals(self, stream):
            return replace(self.inner.totals(stream), rows=self.times)

    assert certified(sources, "sqlite", Moving)["totals"].code == "CRT013"

    class Away(saboteurs.Saboteur):
        def check(self):
            return replace(self.inner.check(), problems=(Outage("SRC018", "x", reason="?"),))

    told = certified(sources, "sqlite", Away)
    assert {rule for rule, one in told.items() if one.state == "kept"} <= {
        "account-reads-only",
        "no-secret",
        "close-twice",
    }


def test_every_rule_of_a_certificate_is_broken_by_somebody():
    assert {one.breaks for one in UNSOUND} == {*RULES}
