"""A table that refers to itself: tops are objects, the others sub-cases; circles and lost parents are told."""

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.mapping.kit import context, write

from leverans.contracts import Catalogue, Column, Stream
from leverans.mapping import bind, load, root_keys
from leverans.model import assemble

TEXT = """\
mapping: 1
id: h
information_type: h
source: d
partition: {by: ar}
entities:
  case:
    from: MAPP
    key: [id]
    hierarchy: {parent: [over]}
    fields:
      reference_code: {from: id}
      title: {from: titel}
    children:
      delar: {entity: del, on: {id: over}}
  del:
    model: subcase
    from: MAPP
    key: [id]
    fields:
      title: {from: titel}
    extras: {År: {from: ar}}
    children:
      delar: {entity: del, on: {id: over}}
"""


def plan_of(root, text=TEXT):
    columns = tuple(Column(name, "string") for name in ("id", "over", "titel", "ar"))
    catalogue = Catalogue("d", "d", (Stream("MAPP", "table", columns, ("id",)),))
    return bind(load(write(root, text), content=root, plan_folder=root), {"d": catalogue})


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    return plan_of(tmp_path_factory.mktemp("h"))


def bucket(rows):
    kinds = pa.schema([(name, pa.string()) for name in ("id", "over", "titel", "ar")])
    plain = [{"id": own, "over": over, "titel": f"T{own}", "ar": "2003"} for own, over in rows]
    return {"d.MAPP": pa.Table.from_pylist(plain, schema=kinds)}


def mapped(plan, *rows):
    return plan.execute(bucket(rows), {}, context())


def told(found):
    return [(row["code"], row["key"]) for row in found.verdicts.to_pylist()]


def test_rows_below_a_row_are_sub_cases_at_any_depth(plan):
    found = mapped(plan, ("1", None), ("2", "1"), ("3", "2"), ("4", "1"), ("5", ""))
    assert told(found) == []
    first, second = sorted(assemble(found.tables), key=lambda case: case.reference_code)
    assert (second.reference_code, second.subcases) == ("5", ())
    assert [(one.title, [below.title for below in one.subcases]) for one in first.subcases] == [
        ("T2", ["T3"]), ("T4", []),
    ]  # fmt: skip
    assert sorted((row["key"], row["role"]) for row in found.rows.to_pylist()) == [
        ("1", "object"), ("2", "part_of"), ("3", "part_of"), ("4", "part_of"), ("5", "object"),
    ]  # fmt: skip


def test_a_lost_parent_and_circles_are_told_of_every_row_of_them(plan):
    found = mapped(plan, ("1", None), ("2", "9"), ("3", "2"), ("4", "4"), ("5", "6"), ("6", "5"), ("7", "6"))
    assert told(found) == [
        ("MAP118", "2"), ("MAP118", "3"), ("MAP119", "4"), ("MAP119", "5"), ("MAP119", "6"), ("MAP119", "7"),
    ]  # fmt: skip
    assert {row["disposition"] for row in found.verdicts.to_pylist()} == {"quarantine"}


def test_more_levels_than_anybody_has_never_crash(plan):
    rows = [("0", None), *((str(own), str(own - 1)) for own in range(1, 500))]
    found = mapped(plan, *rows)
    (deep,) = [row for row in found.verdicts.to_pylist() if row["code"] == "MAP126"]
    assert (deep["key"], deep["root"]) == ("61", found.tables["case"]["root"][0].as_py())
    assert [code for code, _key in told(found)].count("MAP115") == 500 - 62


def test_a_clearance_lists_only_what_lies_on_top(plan):
    keys, _ids = root_keys(plan, bucket([("1", None), ("2", "1"), ("3", "")]), context())
    assert sorted(keys) == [("1",), ("3",)]


def test_without_a_child_the_rows_below_are_told(tmp_path):
    text = TEXT[: TEXT.index("    children:")].replace("titel}\n", "titel}\n    extras: {År: {from: ar}}\n")
    assert told(mapped(plan_of(tmp_path, text), ("1", None), ("2", "1"))) == [("MAP115", "2")]


KEYS = st.sampled_from([None, "", *"12345678"])
_PLANS = []


def shared_plan():
    import tempfile

    if not _PLANS:
        _PLANS.append(plan_of(Path(tempfile.mkdtemp())))
    return _PLANS[0]


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from("12345678"), KEYS, max_size=8), st.randoms(use_true_random=False))
def test_every_row_of_any_graph_has_one_place(graph, chance):
    found = mapped(shared_plan(), *graph.items())
    rows = {row["key"]: row for row in found.rows.to_pylist()}
    assert set(rows) == set(graph)
    for own in graph:
        chain, at = {own}, graph[own]
        while at in graph and at not in chain:
            chain.add(at)
            at = graph[at]
        wanted = None if not at else "MAP119" if at in graph else "MAP118"
        assert (rows[own]["root"] is None) == (wanted is not None)
        assert [code for code, key in told(found) if key == own] == ([wanted] if wanted else [])
    assert len(found.tables["case"]) + len(found.tables["subcase"]) == sum(
        bool(row["root"]) for row in rows.values()
    )
    shuffled = list(graph.items())
    chance.shuffle(shuffled)
    again = mapped(shared_plan(), *shuffled)
    assert again.verdicts.equals(found.verdicts)
    assert all(table.equals(again.tables[name]) for name, table in found.tables.items())
