"""The scripted change does what it says to six clean cases, and nothing else."""

import json
import sqlite3

import pytest

from leverans.demo import DemoError, build, change


def dump(world):
    tables = world.truth["counts"]["tables"]
    return {table: set(world.sql(f'SELECT * FROM "{table}"')) for table in tables}


def digests(world):
    return {path: (world.share / path).read_bytes() for path in world.files}


@pytest.fixture(scope="session", params=[60, 300])
def changed(request, tmp_path_factory, read_world):
    cases, tmp_path = request.param, tmp_path_factory.mktemp("changed")
    before = read_world(build(tmp_path / "before", cases=cases, seed=4))
    root = build(tmp_path / "after", cases=cases, seed=4)
    kinds = change(root)
    return before, read_world(root), kinds


def test_six_clean_cases_are_chosen_and_written_down(changed):
    before, after, kinds = changed
    assert json.loads((after.root / "changes.json").read_text("utf-8")) == kinds
    assert {kind: len(codes) for kind, codes in kinds.items()} == {
        "late_document": 2,
        "reopened": 2,
        "voided": 2,
    }
    codes = [code for codes in kinds.values() for code in codes]
    assert len(set(codes)) == 6
    dirty = {before.references[key] for keys in before.truth["dirt_cases"].values() for key in keys}
    assert not dirty & set(codes)
    assert after.truth == before.truth


def test_the_database_differs_by_the_reopened_cases_only(changed):
    before, after, kinds = changed
    old, new = dump(before), dump(after)
    differing = {table for table in old if old[table] != new[table]}
    assert differing == {"Ärende", "Ärende_Händelser"}
    assert sorted(row[4] for row in new["Ärende"] - old["Ärende"]) == sorted(kinds["reopened"])
    for row in old["Ärende"] - new["Ärende"]:
        assert row[6] is not None
        assert (*row[:6], None, *row[7:]) in new["Ärende"]
    assert not old["Ärende_Händelser"] - new["Ärende_Händelser"]
    events = new["Ärende_Händelser"] - old["Ärende_Händelser"]
    assert sorted((row[2], row[7]) for row in events) == sorted(("ÅTÖPP", code) for code in kinds["reopened"])
    assert all(row[3] > "2023" for row in events)
    assert after.sql("SELECT Klartext FROM Klartext WHERE Kodtyp = 'D' AND Kod = 'ÅTÖPP'") == [
        ("Ärendet återöppnat",)
    ]


def test_register_and_share_differ_by_the_late_documents_and_the_void_flags_only(changed):
    before, after, kinds = changed
    old, new = ([tuple(row.values()) for row in world.register] for world in (before, after))
    gone, come = set(old) - set(new), set(new) - set(old)
    assert sorted(row[0] for row in gone) == sorted(kinds["voided"])
    assert {(*row[:6], "J", *row[7:]) for row in gone} == {row for row in come if row[1] == "0"}
    late = [row for row in come if row[1] != "0"]
    assert sorted(row[0] for row in late) == sorted(kinds["late_document"])
    assert {row[3] for row in late} == after.files - before.files
    assert before.files < after.files
    assert digests(before).items() <= digests(after).items()
    for row in late:
        assert row[0].encode() in (after.share / row[3]).read_bytes()
        assert int(row[1]) == max(int(other[1]) for other in old if other[0] == row[0]) + 1


def test_the_rows_of_the_register_stay_in_order(changed):
    _, after, _ = changed
    codes = [row["DiarieNr"] for row in after.register]
    assert codes == sorted(codes)


def test_the_same_change_gives_the_same_bytes(tmp_path):
    worlds = [build(tmp_path / name, cases=60) for name in ("one", "other")]
    assert change(worlds[0], seed=8) == change(worlds[1], seed=8)
    for name in ("sources/alkt.sqlite", "sources/register.csv", "changes.json"):
        one, other = (world / name for world in worlds)
        assert one.read_bytes() == other.read_bytes()
        assert one.stat().st_mtime_ns == other.stat().st_mtime_ns


def test_another_seed_chooses_other_cases(tmp_path):
    assert change(build(tmp_path / "a", cases=60), seed=1) != change(build(tmp_path / "b", cases=60), seed=2)


def test_a_second_change_is_refused(tmp_path):
    root = build(tmp_path / "world", cases=60)
    change(root)
    with pytest.raises(DemoError, match="changed before"):
        change(root, seed=2)
    change(build(root, cases=60))


def test_a_change_that_was_cut_short_is_refused(tmp_path, monkeypatch):
    root = build(tmp_path / "world", cases=60)
    monkeypatch.setattr(
        "leverans.demo.changing._reopen", lambda *_: (_ for _ in ()).throw(sqlite3.OperationalError)
    )
    with pytest.raises(sqlite3.OperationalError):
        change(root)
    monkeypatch.undo()
    assert not (root / "changes.json").exists()
    with pytest.raises(DemoError, match="half changed"):
        change(root)


def test_no_world_and_too_small_a_world_are_refused(tmp_path):
    with pytest.raises(DemoError, match="no demo world"):
        change(tmp_path)
    with pytest.raises(DemoError, match="too few"):
        change(build(tmp_path / "world", cases=5))
