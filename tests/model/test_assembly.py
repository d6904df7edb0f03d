import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.objects import CASES, unlike

from leverans.model import SCHEMAS, Case, Event, Extra, File, Record, SubCase, assemble, disassemble, empty

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
CASES = CASES.filter(lambda case: unlike([case]))


@settings(max_examples=25, deadline=None, suppress_health_check=SLOW)
@given(st.lists(CASES, max_size=3).filter(unlike))
def test_what_is_taken_apart_comes_together_again(cases):
    tables = disassemble(cases)
    assert {name: table.schema for name, table in tables.items()} == SCHEMAS
    assert list(assemble(tables)) == cases


@settings(max_examples=15, deadline=None, suppress_health_check=SLOW)
@given(st.lists(CASES, min_size=1, max_size=3).filter(unlike), st.randoms(use_true_random=False))
def test_the_order_of_child_rows_does_not_matter(cases, random):
    tables = disassemble(cases)
    for name, table in tables.items():
        places = list(range(table.num_rows))
        if name != "case":
            random.shuffle(places)
        tables[name] = table.take(pa.array(places, pa.int64()))
    assert list(assemble(tables)) == cases


def case(number, **more):
    return Case(id=f"c{number}", key="k", partition="2003", reference_code="r", title="t", **more)


def test_more_cases_than_one_chunk_holds():
    cases = [case(number, events=(Event("event"),) * (number % 3)) for number in range(2_500)]
    assert list(assemble(disassemble(cases))) == cases


def test_a_missing_table_is_an_empty_one():
    tables = disassemble([case(1)])
    assert list(assemble({"case": tables["case"]})) == [case(1)]
    assert list(assemble({name: empty(name) for name in SCHEMAS})) == []


def test_what_the_types_fill_in_themselves_may_be_null_in_the_columns():
    tables = disassemble([case(1)])
    columns = tables["case"].set_column(
        tables["case"].column_names.index("access"), "access", pa.array([None], pa.string())
    )
    assert next(assemble({"case": columns})).access == "staff"


def test_a_child_whose_owner_is_not_there_is_never_lost_silently():
    record = Record(id="r1", key="1", title="t", files=(File(id="f", name="n", sha256="s", size=1, crc32=1),))
    tables = disassemble([case(1, records=(record,))])
    tables["record"] = empty("record")
    with pytest.raises(ValueError, match="file"):
        list(assemble(tables))


def test_a_sub_case_lies_where_it_belongs():
    inner = SubCase("s2", "2", "inre", records=(Record("r2", "2", "t"),))
    whole = case(
        1, records=(Record("r1", "1", "t"),), subcases=(SubCase("s1", "1", "yttre", subcases=(inner,)),)
    )
    tables = disassemble([whole])
    assert dict(
        zip(tables["subcase"]["id"].to_pylist(), tables["subcase"]["owner"].to_pylist(), strict=True)
    ) == {
        "s1": "c1",
        "s2": "s1",
    }
    assert list(assemble(tables)) == [whole]
    assert [record.id for record in whole.all_records()] == ["r1", "r2"]
    assert [part.id for part in whole.all_subcases()] == ["s1", "s2"]


def test_sub_cases_that_lie_in_each_other_are_never_lost_silently():
    tables = disassemble([case(1, subcases=(SubCase("s1", "1", "a", subcases=(SubCase("s2", "2", "b"),)),))])
    owners = pa.array(["s2", "s1"])
    tables["subcase"] = tables["subcase"].set_column(1, tables["subcase"].schema.field("owner"), owners)
    with pytest.raises(ValueError, match="subcase"):
        list(assemble(tables))


def test_one_object_twice_is_refused():
    with pytest.raises(ValueError, match="twice"):
        list(assemble(disassemble([case(1), case(1)])))


def test_children_of_objects_that_were_set_aside_are_left_out():
    tables = disassemble([case(1, extras=(Extra("a", "b"),)), case(2, extras=(Extra("c", "d"),))])
    kept = tables["case"].slice(1)
    assert list(assemble({**tables, "case": kept})) == [case(2, extras=(Extra("c", "d"),))]
