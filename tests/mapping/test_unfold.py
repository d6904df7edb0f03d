"""Laws of unfolding: every leaf of any tree is in exactly one place, or told by its path."""

import json
from itertools import count
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.mapping.kit import context, write
from tests.mapping.shapeskit import XML, catalogue, mapped, plan_of, verdicts

from leverans.mapping import load
from leverans.mapping.execution.nested import unfold

SHAPE = """\
mapping: 1
id: x
information_type: x
source: d
partition: {{by: ar}}
nested:
  a: {{from: s.t, format: {kind}, each: {top}, again: inne/a, columns: {{b: b, c: c/b}}, drop: {{d: {{technical: xx}}}}}}
  e: {{within: a, each: e, columns: {{b: b, text: text()}}}}
  f: {{within: e, each: c/f, columns: {{text: text()}}}}
entities: {{case: {{from: a, key: [b], fields: {{reference_code: {{from: b}}, title: {{from: c}}}}}}}}
"""
NAMES = st.sampled_from(["a", "b", "c", "d", "e", "f", "inne", "ny"])
TREES = st.recursive(
    st.none(),
    lambda below: st.lists(st.tuples(NAMES, st.lists(below, min_size=1, max_size=3)), max_size=4),
    max_leaves=14,
)


def tables(tmp, kind, top):
    root = Path(tmp)
    path = write(root, SHAPE.format(kind=kind, top=top))
    return list(load(path, content=root, plan_folder=None).virtual.values())


@pytest.fixture(scope="module")
def xml_tables(tmp_path_factory):
    return tables(tmp_path_factory.mktemp("x"), "xml", "a")


@pytest.fixture(scope="module")
def json_tables(tmp_path_factory):
    return tables(tmp_path_factory.mktemp("j"), "json", ".")


def check(leaves, rows, faults):
    """Hold every leaf (value → path) against where it went."""
    found = [text for table in rows.values() for column in table.values.values() for text in column if text]
    assert len(found) == len(set(found))
    told = {tuple(fault.detail.split("/")) for fault in faults}
    for value, path in leaves.items():
        covered = any(path[: len(one)] == one or (*path, "text()") == one for one in told)
        dropped = any(step == "d" for step in path)
        assert (value in found) + (covered and value not in found) + (
            dropped and value not in found and not covered
        ) == 1
    assert set(found) <= set(leaves)


def as_json(tree, path, numbers, leaves):
    if tree is None:
        value = f"v{next(numbers)}"
        leaves[value] = path
        return value
    made = {}
    for name, items in tree:
        if name not in made:
            given = [as_json(item, (*path, name), numbers, leaves) for item in items]
            made[name] = given if len(given) > 1 else given[0]
    return made


@settings(max_examples=200, deadline=None)
@given(TREES)
def test_every_leaf_of_json_is_in_one_place(json_tables, tree):
    leaves = {}
    value = as_json(tree, (), count(), leaves)
    rows, faults = unfold(json_tables, [json.dumps(value)])
    check(leaves, rows, faults)


def as_xml(name, tree, path, numbers, leaves):
    element = ET.Element(name)
    if tree is None:
        element.text = f"v{next(numbers)}"
        leaves[element.text] = path
        return element
    for below, items in tree:
        for item in items:
            element.append(as_xml(below, item, (*path, below), numbers, leaves))
    return element


@settings(max_examples=200, deadline=None)
@given(TREES)
def test_every_leaf_of_xml_is_in_one_place(xml_tables, tree):
    leaves = {}
    text = ET.tostring(as_xml("a", tree, ("a",), count(), leaves), encoding="unicode")
    rows, faults = unfold(xml_tables, [text])
    check(leaves, rows, faults)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(), st.binary(), st.text().map(lambda text: f"<a>{text}</a>")))
def test_nothing_at_all_makes_it_fail(xml_tables, json_tables, text):
    for made in (xml_tables, json_tables):
        rows, faults = unfold(made, [text])
        assert all(len(table.base) == len(table.number) for table in rows.values())
        assert all(fault.base == 0 for fault in faults)


def test_rows_of_one_kind_within_each_other_know_their_parents(tmp_path):
    text = XML.replace("  ord:\n", "    again: del/handelse\n  ord:\n")
    plan = plan_of(tmp_path, text)
    inner = '<handelse id="h2"><rubrik>inre</rubrik><sokord>x</sokord></handelse>'
    outer = (
        f'<handelse id="h1"><rubrik>yttre</rubrik><del>{inner}{inner.replace("h2", "h3")}</del></handelse>'
    )
    answer = (
        '<Arende xmlns="urn:b" ar="2003"><arendeId>A</arendeId><mening>M</mening>'
        f"<handelseLista>{outer}</handelseLista></Arende>"
    )
    found = mapped(plan, answer)
    assert [(code, key) for code, _word, key, _path in verdicts(found)] == [
        ("MAP165", "s1/1/1/1"), ("MAP165", "s1/1/1/2"), ("MAP165", "s1/1/1/1/1"), ("MAP165", "s1/1/1/2/1"),
    ]  # fmt: skip
    rows = unfold(list(plan.mapping.virtual.values()), [answer])[0]["d.handelse"]
    assert (rows.values["rubrik"], rows.again, rows.number) == (
        ["yttre", "inre", "inre"],
        [-1, 0, 0],
        [1, 1, 2],
    )


INNER = XML.replace("from: svar.dokument\n    format: xml", "from: kuvert.text\n    format: xml").replace(
    "nested:\n", "nested:\n  kuvert: {from: svar.dokument, format: json, each: ., columns: {text: svar}}\n"
)


def test_a_text_within_a_text_is_unfolded_in_turn(tmp_path):
    plan = plan_of(tmp_path, INNER)
    good = '<Arende xmlns="urn:b" ar="2003"><arendeId>A</arendeId><mening>M</mening>{}</Arende>'
    found = mapped(plan, json.dumps({"svar": good.format("")}))
    assert verdicts(found) == []
    assert [row["role"] for row in found.rows.to_pylist()] == ["object"]
    found = mapped(plan, json.dumps({"svar": good.format("<ny/>")}), json.dumps({"svar": "<trasig"}))
    assert [(code, key) for code, _word, key, _path in verdicts(found)] == [
        ("MAP162", "s1/1/1"),
        ("MAP160", "s2"),
    ]


PIVOTED = """\
mapping: 1
id: x
information_type: x
source: d
partition: {by: ar}
nested:
  arende: {from: svar.dokument, format: json, each: ., columns: {nr: nr, ar: ar}}
  fraga: {within: arende, each: values, columns: {id: id, svar: svar}}
pivot:
  form: {from: fraga, key: [_parent], question: id, value: svar, form: {columns: {titel: 7}, drop: {'8': {gallring: xx}}}}
entities:
  case:
    from: arende
    key: [nr]
    join: {f: {table: form, on: {_row: _parent}, cardinality: one_to_one}}
    fields: {reference_code: {from: nr}, title: {from: f.titel}}
"""


def test_answers_within_an_answer_are_turned(tmp_path):
    plan = plan_of(tmp_path, PIVOTED, overlay={"decisions": {"d.form./8": {"decision": "KS"}}})
    answer = {"nr": "A", "ar": 2003, "values": [{"id": 7, "svar": "Tak"}, {"id": 8, "svar": "HEMLIGT"}]}
    found = mapped(plan, json.dumps(answer))
    assert verdicts(found) == []
    assert found.tables["case"]["title"].to_pylist() == ["Tak"]
    assert "HEMLIGT" not in str(found.tables["row"].to_pylist())
    answer["values"].append({"id": 9, "svar": "?"})
    found = mapped(plan, json.dumps(answer))
    assert [(code, detail) for code, _word, _key, detail in verdicts(found)] == [("MAP171", "9")]
    assert found.verdicts["root"].to_pylist() == found.tables["case"]["root"].to_pylist()


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 5))
def test_the_order_of_the_answers_is_nothing(chance, number):
    import tempfile

    import pyarrow as pa

    plan = plan_of(Path(tempfile.mkdtemp()), XML, catalogue())
    texts = [
        f'<Arende xmlns="urn:b" ar="2003"><arendeId>A{one}</arendeId><mening>M</mening>{"<ny/>" * (one % 2)}</Arende>'
        for one in range(number)
    ]
    rows = [{"id": f"s{one}", "dokument": text} for one, text in enumerate(texts)]
    made = []
    for _time in range(2):
        made.append(plan.execute({"d.svar": pa.Table.from_pylist(rows)}, {}, context()))
        chance.shuffle(rows)
    assert made[0].verdicts.equals(made[1].verdicts)
    assert all(table.equals(made[1].tables[name]) for name, table in made[0].tables.items())


def test_the_metadatabilaga_says_where_every_column_of_a_virtual_table_stands(tmp_path):
    from leverans.mapping.tools.virtual import virtual_tables

    text = XML.replace("each: Arende", "each: Arende\n    again: del/Arende")
    arende, handelse, ord_ = virtual_tables(plan_of(tmp_path, text).mapping)
    assert arende["how"] == (
        "En rad för varje Arende i d.svar, kolumnen dokument (XML). Även del/Arende inom en sådan rad är en rad."
    )
    assert handelse["columns"] == [("handelseId", "@id"), ("rubrik", "rubrik")]
    assert ord_["columns"] == [("ord", "radens egen text")]
    (form,) = virtual_tables(
        plan_of(tmp_path / "p", PIVOTED, overlay={"decisions": {"d.form./8": {"decision": "KS"}}}).mapping
    )[2:]
    assert form["columns"] == [("titel", "fråga 7")]
    assert [(item.name, item.decision) for item in form["drop"]] == [("/8", "KS")]
