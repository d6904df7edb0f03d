"""What nested and pivot dispose of never gets out by another use of the column that it stands in."""

import json

import pyarrow as pa
import pytest
from tests.mapping.kit import context, write

from leverans.contracts import Catalogue, Column, Stream
from leverans.errors import ConfigurationError
from leverans.mapping import bind, load

TEXT = """\
mapping: 1
id: fritid
information_type: fritid
source: d
partition: {by: ar}
nested:
  dok:
    from: ARENDE.dok
    format: json
    each: .
    columns: {did: id, inre: inre}
    drop: {hemlig: {gallring: hemlig uppgift}}
  post:
    within: dok
    each: poster
    columns: {txt: txt}
    carry: [did]
pivot:
  svar:
    from: SVAR
    key: [arende]
    version: version
    question: fraga
    value: svar
    versions:
      '1': {columns: {namn: 1}, drop: {'9': {gallring: onödigt svar}}}
      '2': {columns: {namn: 9}}
    drop: {id: {technical: radnummer}}
entities:
  case:
    from: ARENDE
    key: [nr]
    join:
      b: {table: svar, on: {nr: arende}, cardinality: one_to_one, missing: null}
      d: {table: dok, on: {nr: _parent}, cardinality: one_to_one, missing: null}
    fields:
      reference_code: {from: nr}
      title: {from: b.namn}
    extras:
      Inre: {from: d.inre}
      Did: {from: d.did}
    extra_rows:
      - {from: post, on: {d._row: _parent}, fields: {name: {constant: post}, value: {concat: [did, txt]}}}
    drop: {ref: {technical: xx}}
"""
DECISIONS = {"d.dok.hemlig": {"decision": "KS 1"}, "d.svar.1/9": {"decision": "KS 2"}}
TABLES = {
    "ARENDE": (("nr", "ar", "dok", "ref"), ("nr",)),
    "SVAR": (("id", "arende", "version", "fraga", "svar"), ("id",)),
}


def bound(root, text=TEXT, decisions=DECISIONS, tables=TABLES):
    overlay = {"decisions": decisions}
    mapping = load(
        write(root, text), content=root, plan_folder=root / "municipalities/y/plan", overlay=overlay
    )
    streams = tuple(
        Stream(name, "table", tuple(Column(column, "string") for column in columns), key)
        for name, (columns, key) in tables.items()
    )
    return bind(mapping, {"d": Catalogue("d", "fritid", streams)})


def replaced(*changes):
    text = TEXT
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after, 1)
    return text


TITLE = "      title: {from: b.namn}\n"
JOIN = "      d: {table: dok"
ROWS = "    extra_rows:\n"
OTHER = "      a: {table: ARENDE, on: {nr: ref}, cardinality: one_to_one, missing: null}\n"
FORM = "pivot:\n  annan: {from: SVAR, key: [arende], question: fraga, value: svar, "
USES = {
    "mapped": [(TITLE, TITLE + "      description: {from: §dok}\n")],
    "in a concat": [(TITLE, TITLE + "      description: {concat: [ar, §dok]}\n")],
    "a condition": [
        (TITLE, TITLE + "      description: {choose: [{when: {§dok: {in: [x]}}, constant: x}]}\n")
    ],
    "taken apart": [
        (TITLE, TITLE + "      description: {from: §s.a}\n"),
        ("    join:\n", "    split: {s: {by: dok, match: '(?P<a>.*)'}}\n    join:\n"),
    ],
    "an extra": [("      Did:", "      Hel: {from: §dok}\n      Did:")],
    "carried": [
        ("    columns: {did: id, inre: inre}\n", "    columns: {did: id, inre: inre}\n    carry: [§dok]\n")
    ],
    "another row": [
        (
            ROWS,
            ROWS
            + "      - {from: ARENDE, on: {nr: ref}, fields: {name: {constant: x}, value: {from: §dok}}}\n",
        )
    ],
    "a join's name": [(JOIN, OTHER + JOIN), ("      Did:", "      Hel: {from: §a.dok}\n      Did:")],
    "joined on": [(JOIN, OTHER.replace("nr: ref", "§dok: ref") + JOIN)],
    "the partition": [("partition: {by: ar}", "partition: {by: §dok}")],
    "a code table": [("entities:\n", "codes:\n  k: {table: ARENDE, key: nr, value: §dok}\nentities:\n")],
    "a parent": [("    key: [nr]\n    join", "    key: [nr]\n    hierarchy: {parent: [§dok]}\n    join")],
    "answers as rows": [
        (
            ROWS,
            ROWS
            + "      - {from: SVAR, on: {nr: arende}, fields: {name: {from: fraga}, value: {from: §svar}}}\n",
        )
    ],
    "another form": [("pivot:\n", FORM + "version: version, versions: {'1': {columns: {a: §9}}}}\n")],
    "a form of any version": [("pivot:\n", FORM + "form: {columns: {a: §9}}}\n")],
    "an answer unfolded": [
        ("nested:\n", "nested:\n  hel: {from: SVAR.§svar, format: json, each: ., columns: {a: a}}\n")
    ],
    "a document as an answer": [
        (
            "pivot:\n",
            "pivot:\n  annan: {from: ARENDE, key: [nr], question: ar, value: §dok, form: {columns: {a: x}}}\n",
        )
    ],
    "the key of a form": [("    key: [arende]\n", "    key: [arende, §svar]\n")],
}
BLOCKS = {"carried": 7, "the key of a form": 19}
"""Lists are told at their block."""


@pytest.mark.parametrize("name", USES)
def test_what_holds_disposed_values_is_used_for_nothing_else(tmp_path, name):
    marked = replaced(*USES[name])
    line = marked[: marked.index("§")].count("\n") + 1
    column = "svar" if "svar" in marked.split("§")[1][:4] or "§9" in marked else "dok"
    with pytest.raises(ConfigurationError) as raised:
        bound(tmp_path, marked.replace("§", ""))
    found = [problem for problem in raised.value.problems if problem.code == "MAP067"]
    assert {problem.parameters["column"] for problem in found} == {column}
    places = {problem.where.rsplit(":", 2)[1] for problem in found}
    assert places == {str(BLOCKS.get(name, line))}
    assert all("m.yaml" in problem.parameters["place"] for problem in found)


def test_what_is_unfolded_from_an_unfolded_column_is_held_all_the_way_up(tmp_path):
    inner = (
        "  djup: {from: dok.inre, format: json, each: ., columns: {a: a}, drop: {b: {gallring: hemligt}}}\n"
    )
    decided = DECISIONS | {"d.djup.b": {"decision": "KS 3"}}
    lost = ("    drop: {hemlig: {gallring: hemlig uppgift}}\n", "    drop: {hemlig: {technical: xx}}\n")
    del decided["d.dok.hemlig"]
    changes = [lost, ("pivot:\n", inner + "pivot:\n"), (TITLE, TITLE + "      description: {from: dok}\n")]
    with pytest.raises(ConfigurationError) as raised:
        bound(tmp_path, replaced(*changes), decided)
    found = {
        (problem.parameters["table"], problem.parameters["column"])
        for problem in raised.value.problems
        if problem.code == "MAP067"
    }
    assert found == {("d.dok", "inre"), ("d.ARENDE", "dok")}


def test_a_form_with_other_questions_and_a_version_that_keeps_them_are_no_fault(tmp_path):
    other = FORM + "version: version, versions: {'1': {columns: {a: 7}}, '2': {columns: {b: 9}}}}\n"
    other = other.replace("annan", "andra")
    more = [("pivot:\n", other), ("      Did:", "      A: {from: a.a}\n      B: {from: a.b}\n      Did:")]
    join = "      a: {table: andra, on: {nr: arende}, cardinality: one_to_one, missing: null}\n"
    bound(tmp_path, replaced(*more, (JOIN, join + JOIN)))


def test_a_disposed_column_is_no_key(tmp_path):
    text = TEXT.replace("{id: {technical: radnummer}}", "{id: {gallring: radnummer}}")
    with pytest.raises(ConfigurationError) as raised:
        bound(tmp_path, text, DECISIONS | {"d.SVAR.id": {"decision": "KS 4"}})
    assert [problem.code for problem in raised.value.problems] == ["MAP068"]
    keys = TABLES | {"SVAR": (TABLES["SVAR"][0], ("arende", "fraga", "svar"))}
    with pytest.raises(ConfigurationError) as raised:
        bound(tmp_path, tables=keys)
    assert [problem.code for problem in raised.value.problems] == ["MAP068"]


def test_disposed_values_stand_in_nothing_that_a_bucket_becomes(tmp_path):
    """Objects, source rows, rows' keys and verdicts, also those of rows and documents that are faulty."""
    plan = bound(tmp_path)
    told = {"id": "D1", "inre": "i", "hemlig": "GALLRAT", "poster": [{"txt": "t"}]}
    documents = [told, told | {"okänd": "x"}, told | {"id": {"fel": 1}}]
    bad = json.dumps(told)[:-1]
    cases = [
        {"nr": str(number), "ar": "2001", "dok": text, "ref": ""}
        for number, text in enumerate([*map(json.dumps, documents), bad], start=1)
    ]
    answers = [("1", "1", "1", "Namn"), ("1", "1", "9", "GALLRAT"), ("1", "1", "9", "GALLRAT"),
               ("2", "1", "1", "Namn"), ("2", "3", "9", "x"), ("", "1", "9", "GALLRAT"), ("99", "1", "9", "GALLRAT")]  # fmt: skip
    rows = [
        dict(zip(TABLES["SVAR"][0], (str(number), *answer), strict=True))
        for number, answer in enumerate(answers, start=1)
    ]
    bucket = {"d.ARENDE": pa.Table.from_pylist(cases), "d.SVAR": pa.Table.from_pylist(rows)}
    made = plan.execute(bucket, {}, context())
    everything = [*made.tables.values(), made.rows, made.documents, made.verdicts]
    assert made.tables["row"].num_rows > 3
    assert "GALLRAT" not in json.dumps([table.to_pylist() for table in everything], default=str)


def test_the_answers_of_a_form_that_is_left_as_disposed_travel_with_nobody(tmp_path):
    left = (
        replaced(
            ("      b: {table: svar, on: {nr: arende}, cardinality: one_to_one, missing: null}\n", ""),
            (TITLE, "      title: {from: nr}\n"),
            (
                ROWS,
                ROWS
                + "      - {from: SVAR, on: {nr: arende}, fields: {name: {constant: x}, value: {from: fraga}}}\n",
            ),
        )
        + "leave: {svar: {gallring: hela blanketten}}\n"
    )
    left = left.replace("drop: {'9': {gallring: onödigt svar}}", "drop: {'9': {technical: xx}}")
    decided = {"d.dok.hemlig": {"decision": "KS 1"}, "d.svar": {"decision": "KS 2"}}
    plan = bound(tmp_path, left, decided)
    case = {"nr": "1", "ar": "2001", "dok": "{}", "ref": ""}
    answer = dict(zip(TABLES["SVAR"][0], ("1", "1", "1", "1", "GALLRAT"), strict=True))
    made = plan.execute(
        {"d.ARENDE": pa.Table.from_pylist([case]), "d.SVAR": pa.Table.from_pylist([answer])}, {}, context()
    )
    told = [row["json"] for row in made.tables["row"].to_pylist() if row["stream"] == "d.SVAR"]
    assert len(told) == 1 and "GALLRAT" not in told[0]
