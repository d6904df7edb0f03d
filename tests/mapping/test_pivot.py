"""Rows of questions and answers become one row per form; what the mapping does not name sets objects aside."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.mapping.kit import context, write

from leverans.contracts import Catalogue, Column, Stream
from leverans.mapping import bind, load

TEXT = """\
mapping: 1
id: tjanst
information_type: tjanst
source: d
partition: {by: ar}
pivot:
  blankett:
    from: SVAR
    key: [arende]
    version: version
    question: fraga
    value: svar
    separator: '; '
    versions:
      '1':
        columns: {namn: 1, telefon: 2}
        drop: {'9': {technical: spårning}}
      '2':
        columns: {namn: 11}
        several: {val: 12}
    drop: {id: {technical: radnummer}}
entities:
  case:
    from: ARENDE
    key: [nr]
    join:
      b: {table: blankett, on: {nr: arende}, cardinality: one_to_one}
    fields:
      reference_code: {from: nr}
      title: {from: b.namn}
    extras:
      Telefon: {from: b.telefon}
      Val: {from: b.val}
"""
COLUMNS = ("id", "arende", "version", "fraga", "svar")


def catalogue():
    tables = {"ARENDE": (("nr", "ar"), ("nr",)), "SVAR": (COLUMNS, ("id",))}
    streams = tuple(
        Stream(name, "table", tuple(Column(column, "string") for column in columns), key)
        for name, (columns, key) in tables.items()
    )
    return {"d": Catalogue("d", "tjanst", streams)}


def plan_of(root, text=TEXT, **more):
    mapping = load(write(root, text), content=root, plan_folder=root / "municipalities/y/plan", **more)
    return bind(mapping, catalogue())


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    return plan_of(tmp_path_factory.mktemp("pivot"))


def mapped(plan, *answers, cases=("A", "B")):
    rows = [(f"{number:03}", *answer) for number, answer in enumerate(answers)]
    kinds = pa.schema([(name, pa.string()) for name in COLUMNS])
    bucket = {
        "d.ARENDE": pa.table({"nr": list(cases), "ar": ["2003"] * len(cases)}),
        "d.SVAR": pa.Table.from_pylist([dict(zip(COLUMNS, row, strict=True)) for row in rows], schema=kinds),
    }
    return plan.execute(bucket, {}, context())


def told(found):
    return [
        (row["code"], row["disposition"], row["key"], row["detail"]) for row in found.verdicts.to_pylist()
    ]


def extras(found):
    return sorted(zip(*(found.tables["extra"][name].to_pylist() for name in ("name", "value")), strict=True))


GOOD = [("A", "1", "1", "Anna"), ("A", "1", "2", "060"), ("A", "1", "9", "x"),
        ("B", "2", "11", "Bo"), ("B", "2", "12", "tak"), ("B", "2", "12", "fasad")]  # fmt: skip


def test_answers_become_fields_by_the_version_of_their_form(plan):
    found = mapped(plan, *GOOD)
    assert told(found) == []
    assert dict(zip(found.tables["case"]["key"].to_pylist(), found.tables["case"]["title"].to_pylist(), strict=True)) == {
        "A": "Anna", "B": "Bo",
    }  # fmt: skip
    assert extras(found) == [("Telefon", "060"), ("Val", "tak; fasad")]
    assert {row["disposition"] for row in found.rows.to_pylist()} == {None}
    assert [row["stream"] for row in found.tables["row"].to_pylist()].count("d.SVAR") == len(GOOD)


@pytest.mark.parametrize(
    ("answer", "code", "detail"),
    [
        (("A", "1", "3", "?"), "MAP171", "3"),
        (("A", "1", None, "?"), "MAP171", "…"),
        (("A", "1", "11", "annan version"), "MAP171", "11"),
        (("A", "1", "1", "Anna"), "MAP172", "1"),
        (("A", "1", "2", None), "MAP172", "2"),
        (("A", "1", "Vad heter Anna Ek?", "?"), "MAP171", "…"),
    ],
)
def test_what_the_mapping_does_not_name_sets_the_object_aside(plan, answer, code, detail):
    found = mapped(plan, *GOOD, answer)
    assert {one[0] for one in told(found)} == {code}
    assert told(found)[-1] == (code, "quarantine", "A|1", detail)
    roots = dict(
        zip(found.tables["case"]["root"].to_pylist(), found.tables["case"]["key"].to_pylist(), strict=True)
    )
    assert {roots[root] for root in found.verdicts["root"].to_pylist()} == {"A"}


def test_an_unknown_version_sets_the_object_aside(plan):
    found = mapped(plan, ("A", "3", "1", "Anna"), *GOOD[3:])
    assert ("MAP170", "quarantine", "A|3", "1") in told(found)


def test_two_versions_of_one_form_are_two_rows_and_no_guess(plan):
    found = mapped(plan, *GOOD, ("A", "2", "11", "Anna"))
    assert [one[0] for one in told(found)] == ["MAP111"]


def test_answers_without_a_key_or_of_no_object_are_orphans(plan):
    found = mapped(plan, *GOOD, (None, "1", "1", "x"), ("", "1", "1", "x"), ("C", "1", "1", "x"))
    assert [(code, key) for code, _word, key, _detail in told(found)] == [
        ("MAP115", "006"), ("MAP115", "007"), ("MAP115", "008"),
    ]  # fmt: skip


def test_a_form_of_one_version_needs_no_version(tmp_path):
    text = TEXT[: TEXT.index("    version: version")] + """\
    question: fraga
    value: svar
    form: {columns: {namn: 1, telefon: 2}}
    drop: {id: {technical: radnummer}, version: {technical: en enda}}
""" + TEXT[TEXT.index("entities:") :].replace("      Val: {from: b.val}\n", "")  # fmt: skip
    found = mapped(plan_of(tmp_path, text), *GOOD[:2], ("B", "7", "1", "Bo"))
    assert told(found) == []
    assert found.tables["case"]["title"].to_pylist() == ["Anna", "Bo"]


@pytest.mark.parametrize("how", ["question", "column"])
def test_an_answer_that_is_disposed_of_travels_with_nobody(tmp_path, how):
    old, new, name = {
        "question": ("{technical: spårning}", "{gallring: spårning}", "1/9"),
        "column": ("cardinality: one_to_one}\n", "cardinality: one_to_one, drop: {telefon: {gallring: xx}}}\n", "telefon"),
    }[how]  # fmt: skip
    text = TEXT.replace(old, new)
    text = text.replace("      Telefon: {from: b.telefon}\n", "") if how == "column" else text
    plan = plan_of(tmp_path, text, overlay={"decisions": {f"d.blankett.{name}": {"decision": "KS § 1"}}})
    secret = {"question": "9", "column": "2"}[how]
    found = mapped(plan, *[(*one[:3], "HEMLIGT") if one[2] == secret else one for one in GOOD])
    assert told(found) == []
    rows = [json.loads(row["json"]) for row in found.tables["row"].to_pylist()]
    assert "HEMLIGT" not in str(rows)
    assert [row for row in rows if "fraga" in row and "svar" not in row] == [
        {"arende": "A", "fraga": secret, "id": {"9": "002", "2": "001"}[secret], "version": "1"}
    ]


def test_the_column_ledger_names_questions(plan):
    uses = {(use.stream, use.column): (use.use, use.reason) for use in plan.column_ledger()}
    assert uses["d.blankett", "1/9"] == ("dropped", "technical: spårning")
    assert uses["d.SVAR", "svar"][0] == uses["d.blankett", "telefon"][0] == "mapped"


ANSWERS = st.lists(
    st.tuples(
        st.sampled_from(["A", "B", "C", None, ""]),
        st.sampled_from(["1", "2", "3", None]),
        st.sampled_from(["1", "2", "9", "11", "12", "77", None]),
        st.sampled_from(["x", "y", "", None]),
    ),
    max_size=12,
)
_PLANS = []


def shared_plan():
    if not _PLANS:
        import tempfile

        _PLANS.append(plan_of(Path(tempfile.mkdtemp())))
    return _PLANS[0]


@settings(max_examples=80, deadline=None)
@given(ANSWERS)
def test_every_answer_has_one_place_or_is_told(answers):
    found = mapped(shared_plan(), *answers)
    rows = [row for row in found.rows.to_pylist() if row["stream"] == "d.SVAR"]
    assert len(rows) == len(answers)
    assert all((row["root"] is None) == (row["disposition"] == "quarantine") for row in rows)
    alone = [
        row
        for row in found.verdicts.to_pylist()
        if row["root"] is None and row["disposition"] == "quarantine"
    ]
    assert len(alone) == sum(row["root"] is None for row in rows)
    aside = {row["root"] for row in found.verdicts.to_pylist()}
    cases = {row["root"]: row["key"] for row in found.tables["case"].to_pylist() if row["root"] not in aside}
    for root, key in cases.items():
        wanted = [
            value for case, version, question, value in answers
            if case == key and (version, question) in {("1", "2"), ("2", "12")} and value
        ]  # fmt: skip
        got = [row["value"] for row in found.tables["extra"].to_pylist() if row["root"] == root]
        assert sorted("; ".join(wanted).split("; ")) == sorted(
            "; ".join(one for one in got if one).split("; ")
        )


@settings(max_examples=30, deadline=None)
@given(ANSWERS, st.randoms(use_true_random=False))
def test_the_order_of_the_answers_is_nothing(answers, chance):
    plan = shared_plan()
    rows = [dict(zip(COLUMNS, (f"{n:03}", *answer), strict=True)) for n, answer in enumerate(answers)]
    kinds = pa.schema([(name, pa.string()) for name in COLUMNS])
    made = []
    for _time in range(2):
        bucket = {
            "d.ARENDE": pa.table({"nr": ["A"], "ar": ["2003"]}),
            "d.SVAR": pa.Table.from_pylist(rows, schema=kinds),
        }
        made.append(plan.execute(bucket, {}, context()))
        chance.shuffle(rows)
    assert made[0].verdicts.equals(made[1].verdicts)
    assert all(table.equals(made[1].tables[name]) for name, table in made[0].tables.items())


def test_answers_that_belong_to_nothing_point_at_their_pivot(plan):
    found = mapped(plan, ("", "1", "1", "Anna"), *GOOD)
    places = {row["where"] for row in found.verdicts.to_pylist() if row["code"] == "MAP115"}
    line = next(number for number, text in enumerate(TEXT.splitlines(), start=1) if "blankett:" in text)
    assert places == {f"mappings/x/m.yaml:{line}:3"}
