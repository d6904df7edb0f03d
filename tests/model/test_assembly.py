import dataclasses
import typing

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leverans.model import (
    SCHEMAS,
    Agent,
    Case,
    Event,
    Extra,
    File,
    Location,
    Record,
    Relation,
    Restriction,
    Row,
    assemble,
    disassemble,
    empty,
)

TEXT = st.text(max_size=6)
MAYBE = st.none() | TEXT
NUMBER = st.integers(0, 2**40)


def leaf(kind):
    return st.builds(kind, **{entry.name: scalar(kind, entry.name) for entry in dataclasses.fields(kind)})


def scalar(kind, name):
    hint = typing.get_type_hints(kind)[name]
    if hint in {str, int}:
        return TEXT if hint is str else NUMBER
    return st.none() | (NUMBER if int in typing.get_args(hint) else TEXT)


def few(strategy):
    return st.lists(strategy, max_size=2).map(tuple)


AGENTS, EVENTS, RESTRICTIONS = few(leaf(Agent)), few(leaf(Event)), few(leaf(Restriction))
RELATIONS, LOCATIONS, EXTRAS, ROWS = (
    few(leaf(Relation)),
    few(leaf(Location)),
    few(leaf(Extra)),
    few(leaf(Row)),
)
FILES = st.builds(
    File,
    id=st.uuids().map(str),
    name=TEXT,
    sha256=TEXT,
    size=NUMBER,
    crc32=NUMBER,
    puid=MAYBE,
    title=MAYBE,
    restrictions=RESTRICTIONS,
    extras=EXTRAS,
)
RECORDS = st.builds(
    Record,
    id=st.uuids().map(str),
    key=TEXT,
    title=TEXT,
    number=st.none() | NUMBER,
    created=MAYBE,
    files=few(FILES),
    agents=AGENTS,
    events=EVENTS,
    restrictions=RESTRICTIONS,
    relations=RELATIONS,
    locations=LOCATIONS,
    extras=EXTRAS,
)
CASES = st.builds(
    Case,
    id=st.uuids().map(str),
    key=TEXT,
    partition=TEXT,
    reference_code=TEXT,
    title=TEXT,
    type=MAYBE,
    version=st.integers(1, 9),
    records=few(RECORDS),
    agents=AGENTS,
    events=EVENTS,
    restrictions=RESTRICTIONS,
    relations=RELATIONS,
    locations=LOCATIONS,
    extras=EXTRAS,
    rows=ROWS,
)


def unlike(cases):
    ids = [case.id for case in cases]
    ids += [record.id for case in cases for record in case.records]
    ids += [file.id for case in cases for record in case.records for file in record.files]
    return len(ids) == len(set(ids))


@settings(max_examples=40, deadline=None)
@given(st.lists(CASES, max_size=3).filter(unlike))
def test_what_is_taken_apart_comes_together_again(cases):
    tables = disassemble(cases)
    assert {name: table.schema for name, table in tables.items()} == SCHEMAS
    assert list(assemble(tables)) == cases


@settings(max_examples=20, deadline=None)
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


def test_one_object_twice_is_refused():
    with pytest.raises(ValueError, match="twice"):
        list(assemble(disassemble([case(1), case(1)])))


def test_children_of_objects_that_were_set_aside_are_left_out():
    tables = disassemble([case(1, extras=(Extra("a", "b"),)), case(2, extras=(Extra("c", "d"),))])
    kept = tables["case"].slice(1)
    assert list(assemble({**tables, "case": kept})) == [case(2, extras=(Extra("c", "d"),))]
