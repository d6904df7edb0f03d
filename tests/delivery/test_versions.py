from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leverans.delivery.versions import content_digests, includes, parts, state_of
from leverans.model import Agent, Case, Event, File, Record, Row, disassemble

FILE = File(id="f1", name="Ansökan.pdf", sha256="a" * 64, size=3, crc32=1, puid="fmt/18")
CASE = Case(
    id="c1",
    key="1",
    partition="2003",
    reference_code="X 1",
    title="Titel",
    closed="2003-05-01",
    agents=(Agent("counterpart", "Motpart"),),
    events=(Event("event", "REMP", "Remiss", "2003-02-01"),),
    records=(Record("r1", "1", "Handling", files=(FILE,)),),
    rows=(Row("db.a", "1", '{"a":1}'), Row("register.r", "1", '{"b":2}')),
)


def digest(case, salt="s"):
    return content_digests(disassemble([case]), salt)[case.id]


def test_the_digest_is_the_same_for_the_same_content():
    assert digest(CASE) == digest(replace(CASE))


@pytest.mark.parametrize(
    "other",
    [
        replace(CASE, title="Titeln"),
        replace(CASE, closed=None),
        replace(CASE, description=""),
        replace(CASE, agents=()),
        replace(CASE, events=(Event("event", "REMP", "Remiss", "2003-02-02"),)),
        replace(CASE, rows=CASE.rows[:1]),
        replace(CASE, rows=(Row("db.a", "1", '{"a":2}'), CASE.rows[1])),
        replace(CASE, records=(replace(CASE.records[0], files=(replace(FILE, sha256="b" * 64),)),)),
        replace(CASE, records=(replace(CASE.records[0], files=()),)),
    ],
)
def test_any_change_of_content_changes_the_digest(other):
    assert digest(other) != digest(CASE)


@pytest.mark.parametrize(
    "other",
    [
        replace(CASE, version=7, replaces="p", digest="d"),
        replace(CASE, records=(replace(CASE.records[0], files=(replace(FILE, puid="fmt/19", mime="x/y"),)),)),
    ],
)
def test_version_and_format_identification_are_no_content(other):
    assert digest(other) == digest(CASE)


def test_mapping_and_profile_are_part_of_the_digest():
    assert digest(CASE, "one") != digest(CASE, "two")


def test_null_and_empty_text_differ():
    assert digest(replace(CASE, description=None)) != digest(replace(CASE, description=""))


@given(st.text(max_size=8), st.text(max_size=8), st.text(max_size=8), st.text(max_size=8))
def test_no_two_different_pairs_of_texts_give_one_digest(a, b, c, d):
    one, two = replace(CASE, title=a, description=b), replace(CASE, title=c, description=d)
    try:
        same = digest(one) == digest(two)
    except UnicodeEncodeError:
        return
    assert same == ((a, b) == (c, d))


@settings(deadline=None)
@given(st.randoms())
def test_the_order_of_rows_in_the_tables_does_not_matter(random):
    cases = [replace(CASE, id=f"c{number}", title=f"T{number}") for number in range(4)]
    tables = disassemble(cases)
    shuffled = {}
    for name, table in tables.items():
        order = list(range(table.num_rows))
        random.shuffle(order)
        shuffled[name] = table.take(pa.array(order, pa.int64()))
    assert content_digests(shuffled, "s") == content_digests(tables, "s")


def before(case, **more):
    tables = disassemble([case])
    return {
        "digest": digest(case),
        "closed": case.closed is not None,
        "parts": parts(tables, "s")[case.id],
        "state": "new",
        **more,
    }


def state(case, earlier, *, voided=False):
    return state_of(
        digest=digest(case),
        closed=case.closed is not None,
        voided=voided,
        parts=parts(disassemble([case]), "s")[case.id],
        before=earlier,
    )


def test_states():
    late = replace(CASE, rows=(*CASE.rows, Row("register.r", "2", "{}")))
    assert state(CASE, None) == "new"
    assert state(CASE, before(CASE)) == "unchanged"
    assert state(late, before(CASE)) == "supplemented"
    assert state(CASE, before(late)) == "changed"
    assert state(replace(CASE, closed=None), before(CASE)) == "reopened"
    assert state(replace(CASE, status="obliterated"), before(CASE), voided=True) == "voided"
    assert state(replace(CASE, title="Ny titel"), before(CASE)) == "changed"
    assert state(replace(CASE, agents=(Agent("counterpart", "Nytt AB"),)), before(CASE)) == "changed"
    assert state(replace(late, agents=(*CASE.agents, Agent("owner", "X"))), before(CASE)) == "supplemented"
    assert state(replace(CASE, rows=(Row("db.a", "1", "{}"), CASE.rows[1])), before(CASE)) == "changed"


def test_a_supplement_holds_all_that_was_there():
    assert includes(b"1" * 8 + b"2" * 8, b"2" * 8)
    assert not includes(b"1" * 8, b"2" * 8)
    assert includes(b"", b"")


def test_every_line_of_an_object_is_a_part():
    tables = disassemble([replace(CASE, rows=(), records=())])
    assert len(parts(tables, "s")["c1"]) == 8 * (2 + len(CASE.agents) + len(CASE.events))
    assert pc.count(tables["case"]["root"]).as_py() == 1
