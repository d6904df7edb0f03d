"""Of rows that are versions of one thing only the latest counts; ties are told, nothing is lost."""

from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.mapping.kit import (
    BASE,
    case,
    catalogues,
    codes_of,
    context,
    loaded,
    one,
    plan_for,
    record,
    run,
    world,
)

from leverans.mapping import bind, root_keys
from leverans.mapping.execution.arrow import natural

ENTITY = BASE.replace("    key: [ID]\n", "    key: [ID]\n    latest: {by: [TOUCHED], of: [ID]}\n").replace(
    "    drop:\n      TOUCHED: {technical: tidpunkt för senaste läsning}\n", ""
)
JOIN = BASE.replace("on: {UNIT: ENH_ID}", "on: {UNIT: ENH_ID}, latest: {by: [NAMN], of: [ENH_ID]}")
CHILD = BASE.replace("    key: [HID]\n", "    key: [HID]\n    latest: {by: [NR], of: [RUBRIK]}\n", 1)
PART = BASE.replace(
    "    agents:\n",
    "    events:\n      - {from: HANDLING, on: {ID: CASE}, latest: {by: [NR], of: [CASE]},"
    " fields: {kind: {constant: event}, type: {from: RUBRIK}}}\n    agents:\n",
)


def test_of_a_root_the_latest_row_is_the_object_and_the_others_travel(tmp_path):
    found = run(
        tmp_path,
        [case(1, TITLE="först", TOUCHED="9"), case(1, TITLE="sist", TOUCHED="10"), case(2)],
        text=ENTITY,
    )
    assert codes_of(found) == []
    assert sorted(found.tables["case"]["title"].to_pylist()) == ["sist", "Ärende 2"]
    rows = [row for row in found.rows.to_pylist() if row["stream"] == "d.ARENDE"]
    assert sorted((row["key"], row["role"]) for row in rows) == [
        ("1", "object"),
        ("1", "part_of"),
        ("2", "object"),
    ]
    assert all(row["root"] for row in rows)
    assert len(found.tables["row"]) == 3


@pytest.mark.parametrize("touched", [("10", "10"), (None, None), ("", "")])
def test_a_tie_sets_the_object_aside(tmp_path, touched):
    rows = [case(1, TITLE=title, TOUCHED=at) for title, at in zip("ab", touched, strict=True)]
    found = run(tmp_path, rows, text=ENTITY)
    assert codes_of(found) == [("MAP117", "quarantine", "case")] * 2
    assert len(found.tables["case"]) == 1


def test_null_is_the_oldest_and_digits_count_by_number(tmp_path):
    rows = [case(1, TITLE=str(at), TOUCHED=at) for at in (None, "2", "11", "1")]
    assert one(run(tmp_path, rows, text=ENTITY))["title"] == "11"


@pytest.mark.parametrize(
    "versions",
    [
        (None, "", "1", "1.2", "1.9", "1.10", "2", "10", "10.1"),
        ("-10", "-2", "0", "1"),
        ("A2", "A10", "A10b", "B1"),
        ("v1.9.10", "v1.10.2", "v1.10.10"),
        ("2003-04-02", "2003-10-01", "2004-01-01"),
        ("9" * 18, "9" * 20, "A"),
        ("-" + "9" * 18, "-1", "3"),
    ],
)
def test_versions_are_ordered_as_people_read_them(tmp_path, versions):
    """Each beats all before it, in whatever order the rows lie; runs of digits by number, minus as minus."""
    keys = natural([pa.array(versions, pa.string())], len(versions)).to_pylist()
    assert keys == sorted(set(keys))
    for older, newer in pairwise(versions):
        for pair in ((older, newer), (newer, older)):
            rows = [case(1, TITLE=f"t{at}", TOUCHED=at) for at in pair]
            assert one(run(tmp_path, rows, text=ENTITY))["title"] == f"t{newer}"


def test_versions_that_say_the_same_number_are_equally_late(tmp_path):
    rows = [case(1, TOUCHED="1.05"), case(1, TOUCHED="1.5")]
    assert codes_of(run(tmp_path, rows, text=ENTITY)) == [("MAP117", "quarantine", "case")] * 2


@given(st.lists(st.integers(-(10**18) + 1, 10**19), unique=True, min_size=1))
def test_whole_numbers_are_ordered_by_value(numbers):
    keys = natural([pa.array([str(number) for number in numbers])], len(numbers)).to_pylist()
    assert [number for _key, number in sorted(zip(keys, numbers, strict=True))] == sorted(numbers)


def test_a_clearance_lists_an_object_with_versions(tmp_path):
    data = world([case(1, TOUCHED="1"), case(1, TOUCHED="2")])
    plan = plan_for(tmp_path, data, ENTITY)
    assert root_keys(plan, data[0], context())[0] == [("1",)]


def test_of_children_the_latest_becomes_a_record(tmp_path):
    rows = [record(1, NR=1, RUBRIK="A"), record(2, NR=2, RUBRIK="A"), record(3, NR=1, RUBRIK="B", of=2)]
    rows.append(record(4, NR=9, RUBRIK="A", of=2))
    found = run(tmp_path, [case(1), case(2)], [row | {"PATH": ""} for row in rows], text=CHILD)
    assert codes_of(found) == []
    assert sorted(found.tables["record"]["key"].to_pylist()) == ["h2", "h3", "h4"]
    assert all(row["root"] for row in found.rows.to_pylist())


def test_of_the_rows_of_a_part_the_latest_counts(tmp_path):
    rows = [record(1, NR=1, RUBRIK="A", PATH=""), record(2, NR=2, RUBRIK="B", PATH="")]
    found = run(tmp_path, [case(1)], rows, text=PART)
    assert one(found, "event")["type"] == "B"
    tied = run(tmp_path, [case(1)], [row | {"NR": 1} for row in rows], text=PART)
    assert ("MAP117", "quarantine", "case.event") in codes_of(tied)


def test_of_the_rows_of_a_join_the_latest_is_found(tmp_path):
    units = [{"ENH_ID": 7, "NAMN": "1998"}, {"ENH_ID": 7, "NAMN": "2003"}, {"ENH_ID": 8, "NAMN": "9999"}]
    found = run(tmp_path, [case(1)], text=JOIN, units=units)
    assert codes_of(found) == []
    assert one(found, "extra")["value"] == "2003"
    tied = run(tmp_path, [case(1)], text=JOIN, units=[*units, units[1]])
    assert codes_of(tied) == [("MAP117", "quarantine", "unit")]


def test_older_rows_of_a_join_belong_to_the_object_too(tmp_path):
    text = JOIN.replace("cardinality: many_to_one, missing: null", "cardinality: one_to_one")
    units = [{"ENH_ID": 7, "NAMN": "1998"}, {"ENH_ID": 7, "NAMN": "2003"}]
    bucket, shared = world([case(1)], units=units)
    bucket["d.ENHET"] = shared.pop("d.ENHET")
    found = bind(loaded(tmp_path, text), catalogues(bucket, shared)).execute(bucket, shared, context())
    assert codes_of(found) == []
    assert [row["root"] is not None for row in found.rows.to_pylist() if row["stream"] == "d.ENHET"] == [
        True,
        True,
    ]
