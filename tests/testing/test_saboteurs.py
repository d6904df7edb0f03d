"""Each rule of the connector contract can fail: a saboteur breaks exactly it; a sound connector breaks none."""

import pytest
from tests.testing import saboteurs

from leverans.sources import load_connector
from leverans.sources.flat import table
from leverans.sources.sql import reading, textrows
from leverans.testing.contract import Sources, Subject, rigs, rules, verdicts
from leverans.testing.contract.rigs import flat, tables

CONNECTORS = {
    "sqlite": ("sql", "engines: [sqlite]", "", "  fil: {key: [nr, del], root: {by: [nr]}, documents: [{column: data, name: namn}]}"),
    "postgresql": ("sql", "engines: [postgresql]", "", "  fil: {key: [nr, del], root: {by: [nr]}}"),
    "flat": ("flat", "", 'options: {delimiter: ";", encoding: utf-8}', "  rad: {key: [nr], root: {by: [nr]}}"),
    "share": ("share", "", "", "  filer: {root: {by: [ref]}}"),
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _small():
    """Several batches of a few rows are as good here as of ten thousand."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (reading, textrows, table):
            patch.setattr(module, "BATCH_ROWS", 100)
        for module in (tables, flat):
            patch.setattr(module, "MANY", 250)
        patch.setattr(tables, "BIG_MIB", 3)
        yield


@pytest.fixture(scope="module")
def sources(tmp_path_factory, pytestconfig):
    made = {}

    def get(name):
        if name not in made:
            folder = tmp_path_factory.mktemp(name)
            for parent in (folder, *folder.parents[:2]):
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
