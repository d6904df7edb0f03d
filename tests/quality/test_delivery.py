"""Rules in whole deliveries, by the public command: what a rule that stands only beside the mapping does."""

import contextlib
import sqlite3
from collections import Counter

import pytest
from tests.support.worlds import AT, make_world

from leverans.delivery import session
from leverans.delivery.mapping_stage import Mapper
from leverans.mapping.rules import rules_path
from leverans.sources.landing import plan as landing_plan

pytestmark = pytest.mark.e2e
NEXT = "2026-07-01T12:00:00Z"
RULE = """
  - id: {id}
    on: {on}
    severity: {severity}
    text: {{sv: aa, en: bb}}
    because: cc
    {body}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make_world(tmp_path_factory.mktemp("rules"), cases=60, seed=5)


@pytest.fixture
def world(made, tmp_path):
    """A small world that nothing was done with yet."""
    made.home.mkdir(exist_ok=True)
    return made.copy(tmp_path)


def mapping_of(world):
    return world.path / "mappings/alkt/serveringstillstand.yaml"


def add(world, body, on="case", severity="quarantine", name="X-1"):
    path = rules_path(mapping_of(world))
    text = path.read_text(encoding="utf-8") + RULE.format(id=name, on=on, severity=severity, body=body)
    path.write_text(text, encoding="utf-8")


def without(world, name):
    """Take one shipped rule away."""
    path = rules_path(mapping_of(world))
    head, *rules = path.read_text(encoding="utf-8").split("  - id: ")
    path.write_text(
        "  - id: ".join([head, *(one for one in rules if not one.startswith(name))]), encoding="utf-8"
    )


def ledger(world, words):
    with sqlite3.connect(f"file:{world.home}/mora/ledger.sqlite?mode=ro", uri=True) as database:
        return database.execute(words).fetchall()


def change(world, words, *values):
    with contextlib.closing(sqlite3.connect(world.path / "sources" / "alkt.sqlite")) as database, database:
        return database.execute(words, values).fetchall()


def clean(world):
    """Cases that are archived whatever else holds: key, diary number and year, the fullest years first."""
    truth = world.truth
    dirty = {key for cases in truth["dirt_cases"].values() for key in cases} | set(
        truth["expected"]["protected"]
    )
    rows = change(world, "select ArendeID, DiarieNr, substr(OppnandeDatum, 1, 4) from Ärende")
    found = [(str(key), reference, year) for key, reference, year in rows if str(key) not in dirty]
    full = Counter(year for _, _, year in found)
    return sorted(found, key=lambda one: (-full[one[2]], one))


def not_this(reference):
    return f"expectation: expect_column_values_to_not_be_in_set\n    with: {{column: reference_code, value_set: [{reference}]}}"


def test_the_shipped_rules_leave_the_truth_as_it_is(world, monkeypatch):
    warmed, counted = [], []
    monkeypatch.setattr(session, "warm", lambda checks: warmed.append(len(checks)))
    monkeypatch.setattr(Mapper, "_narrow", lambda self, number, plan: counted.append(number))
    expected = world.truth["expected"]
    status, result = world.run("--at", AT)
    assert (status, result["status"]) == (0, "complete")
    assert result["objects"]["quarantined"] == len(expected["quarantined"])
    assert result["objects"]["excluded"] == len(expected["excluded"])
    assert "QUA002" not in result["findings"]
    assert len(warmed) == 2  # when the sources are known, and when the landing has come
    assert counted == []  # one bucket sees the whole delivery


def test_a_rule_that_exists_only_there_sets_its_object_aside_and_a_warning_does_not(world):
    (_, aside, _), (_, told, _), *_ = clean(world)
    add(world, not_this(aside))
    add(world, not_this(told), severity="warning", name="X-2")
    path = mapping_of(world)
    text = path.read_text(encoding="utf-8")
    lenient = text.replace("missing: quarantine, empty", "missing: warn, empty")
    assert lenient != text  # what the mapping lets go, the rule about documents does not
    path.write_text(lenient, encoding="utf-8")
    status, result = world.run("--at", AT)
    assert (status, result["status"], result["settled"]) == (0, "complete", False)
    assert result["findings"]["QUA120"] == 2
    assert result["quarantined"]["QUA120"] == 1
    assert result["quarantined"]["QUA118"] == len(world.truth["dirt_cases"]["missing_file"])
    assert result["objects"]["quarantined"] == len(world.truth["expected"]["quarantined"]) + 1
    found = ledger(world, "select reference, disposition, place from object_event where rule = 'X-1'")
    assert [row[:2] for row in found] == [(aside, "quarantined")]
    assert found[0][2].startswith("mappings/alkt/serveringstillstand.rules.yaml:")


def test_a_critical_rule_stops_the_packages_of_its_partition_and_the_next_run_makes_them(world):
    _key, reference, year = clean(world)[0]
    (late,) = world.truth["dirt"]["closed_before_opened"][:1]
    ((other,),) = change(world, "select DiarieNr from Ärende where ArendeID = ?", int(late))
    add(world, not_this(reference), severity="critical")
    add(world, not_this(other), severity="critical", name="X-2")
    status, result = world.run("--at", AT)
    assert (status, result["status"], result["balanced"]) == (1, "incomplete", False)
    assert f"{year}/open" in {one["where"] for one in result["problems"] if one["code"] == "QUA006"}
    assert "DLV002" not in {one["code"] for one in result["problems"]}
    objects = result["objects"]
    kinds = ("archived", "unchanged", "quarantined", "excluded", "held_back")
    assert objects["held_back"] > 0
    assert sum(objects[kind] for kind in kinds) == objects["found"]
    told = world.ask("quarantine", "list", "mora/alkt")[1]["held_back"]
    assert sum(part["objects"] for part in told) == objects["held_back"]
    (part,) = [one for one in told if (one["partition"], one["route"]) == (year, "open")]
    assert len(part["names"]) == part["objects"]
    assert reference not in part["names"]
    (page,) = (world.home / "mora" / "reports").rglob(f"{result['run']}/report.html")
    text = page.read_text(encoding="utf-8")
    assert "hålls tillbaka" in text
    assert "Räkningen går INTE ihop" not in text
    archived = "select partition from object_event where disposition = 'archived'"
    years = {row[0] for row in ledger(world, archived)}
    assert years
    assert year not in years
    reasons = ledger(world, f"select rule from object_event where reference = '{other}'")
    assert reasons == [("X-2",)]  # not that of the mapping's own check, which finds it, too
    without(world, "X-")
    status, result = world.run("--at", NEXT)
    assert (status, result["status"]) == (0, "complete")
    assert year in {row[0] for row in ledger(world, archived)}


def test_a_fault_in_the_file_stops_the_run_before_anything_is_read(world):
    add(world, "required: [tilte]")
    status, result = world.run("--at", AT)
    assert status == 1
    assert [problem["code"] for problem in result["problems"]] == ["RUL013"]
    assert not (world.home / "mora" / "landings").exists()


def test_the_whole_delivery_is_seen_and_a_run_that_goes_on_counts_no_bucket_twice(world, monkeypatch):
    monkeypatch.setattr(landing_plan, "ROOTS_PER_BUCKET", 6)
    alike = [int(key) for key, _, _ in clean(world)[:5]]
    for key in alike:
        change(world, "update Ärende set OppnandeDatum = '1996-01-01 01:02:03.004' where ArendeID = ?", key)
    add(world, "unique: [opened]\n    when: {opened: {in: ['1996-01-01T01:02:03.004']}}")
    counted, narrow = [], Mapper._narrow

    def noting(self, number, plan):
        counted.append(number)
        if len(counted) == 4:
            raise OSError(28, "No space left on device")
        return narrow(self, number, plan)

    monkeypatch.setattr(Mapper, "_narrow", noting)
    assert world.run("--at", AT)[0] == 3
    status, result = world.run("--at", AT)
    assert (status, result["status"]) == (0, "complete")
    number = len(set(counted))
    assert number > 5
    assert sorted(counted) == sorted([*range(number), 3])
    assert result["findings"]["QUA103"] == len(alike)
    assert len(ledger(world, "select object from object_event where rule = 'X-1'")) == len(alike)
