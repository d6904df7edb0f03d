"""XML and JSON in a column become tables: every leaf has one place, anything else sets its object aside."""

import json
from collections import Counter

import pyarrow as pa
import pytest
from tests.mapping.kit import context
from tests.mapping.shapeskit import JSON, XML, catalogue, mapped, plan_of, record, verdicts, xml

from leverans.contracts import Catalogue, Column, Stream
from leverans.errors import ConfigurationError
from leverans.model import assemble


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    return plan_of(tmp_path_factory.mktemp("xml"))


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return plan_of(tmp_path_factory.mktemp("json"), JSON)


def keys(found, table="case"):
    return found.tables[table]["key"].to_pylist()


def test_an_answer_becomes_a_case_with_records_and_their_words(plan):
    found = mapped(plan, xml(1, record(1, "Ansökan", "tak", "fasad"), record(2, "Beslut")))
    assert verdicts(found) == []
    (case,) = assemble(found.tables)
    assert (case.reference_code, case.title, case.partition) == ("A1", "Ärende 1", "2003")
    assert [one.title for one in case.records] == ["Ansökan", "Beslut"]
    assert [extra.value for extra in case.records[0].extras] == ["tak", "fasad"]


def test_json_says_the_same(plain):
    answer = {
        "arendeId": "A1", "ar": 2003, "mening": "Ärende 1", "teknik": {"x": [1, {"y": None}]},
        "handelser": [{"id": "h1", "rubrik": "Ansökan", "sokord": ["tak", "fasad"]}, {"id": "h2", "rubrik": "B"}],
    }  # fmt: skip
    found = mapped(plain, json.dumps(answer))
    assert verdicts(found) == []
    (case,) = assemble(found.tables)
    assert (case.reference_code, case.partition) == ("A1", "2003")
    assert [[extra.value for extra in one.extras] for one in case.records] == [["tak", "fasad"], []]


def test_the_row_of_the_source_is_the_object_and_its_text_travels_as_it_came(plan):
    text = xml(1, record(1))
    found = mapped(plan, text)
    (row,) = found.rows.to_pylist()
    assert (row["stream"], row["key"], row["role"]) == ("d.svar", "s1", "object")
    travelled = {row["stream"]: json.loads(row["json"]) for row in found.tables["row"].to_pylist()}
    assert travelled["d.svar"] == {"dokument": text, "id": "s1"}
    assert travelled["d.handelse"] == {
        "_no": 1, "_parent": "s1/1", "_row": "s1/1/1", "handelseId": "h1", "rubrik": "Brev",
    }  # fmt: skip


def test_null_and_empty_texts_hold_nothing_so_their_rows_are_told(plan):
    found = mapped(plan, None, "")
    assert verdicts(found) == [("MAP115", "quarantine", "s1", ""), ("MAP115", "quarantine", "s2", "")]


DEEP = "<x>" * 300 + "</x>" * 300
BOMB = '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;">]>' + xml(1, record(1, "&c;"))
FILE = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>' + xml(1, record(1, "&b;"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x", "MAP160"),
        ("<a", "MAP160"),
        ("<a></b>", "MAP160"),
        ("<a>&nope;</a>", "MAP160"),
        ("<a>\x00</a>", "MAP160"),
        (DEEP, "MAP160"),
        (BOMB, "MAP161"),
        (FILE, "MAP161"),
        ("<!DOCTYPE a><a/>", "MAP161"),
    ],
)
def test_hostile_xml_is_told_and_neighbours_live(plan, text, code):
    found = mapped(plan, xml(2), text)
    assert verdicts(found) == [(code, "quarantine", "s2", "")]
    assert keys(found) == ["A2"]
    assert [(row["key"], row["disposition"]) for row in found.rows.to_pylist()] == [
        ("s1", None), ("s2", "quarantine"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "MAP160"),
        ('{"a": 1, "a": 2}', "MAP160"),
        ('{"a": NaN}', "MAP160"),
        ('{"arendeId": "\\ud800"}', "MAP160"),
        ("[" * 100_000, "MAP160"),
        ('{"teknik":' * 5_000 + "1" + "}" * 5_000, "MAP160"),
    ],
)
def test_hostile_json_is_told(plain, text, code):
    assert verdicts(mapped(plain, text)) == [(code, "quarantine", "s1", "")]


def test_levels_beyond_measure_are_refused(tmp_path):
    steps = "/".join(["a"] * 99)
    plan = plan_of(tmp_path, JSON.replace("mening: mening", f"mening: {steps}/b/c/d"))
    value = "1"
    for name in ("d", "c", "b", *["a"] * 99):
        value = f'{{"{name}": {value}}}'
    assert verdicts(mapped(plan, value)) == [("MAP161", "quarantine", "s1", "")]


@pytest.mark.parametrize(
    ("text", "code", "key", "path"),
    [
        (xml(1, more="<ny>1</ny>"), "MAP162", "s1/1", "Arende/ny"),
        (xml(1, more='<ny x="1"/>'), "MAP162", "s1/1", "Arende/ny"),
        (xml(1, more='<o:x xmlns:o="urn:o"/>'), "MAP162", "s1/1", "Arende/{urn:o}x"),
        (xml(1, record(1, more="<ny/>")), "MAP162", "s1/1/1", "Arende/handelseLista/handelse/ny"),
        (xml(1).replace("<arendeId>", '<arendeId typ="x">'), "MAP162", "s1/1", "Arende/arendeId/@typ"),
        (xml(1).replace("<handelseLista>", "<handelseLista>löst"), "MAP162", "s1/1", "Arende/handelseLista/text()"),
        (xml(1, more="<mening>två</mening>"), "MAP163", "s1/1", "Arende/mening"),
        (xml(1, more="löst"), "MAP164", "s1/1", "Arende"),
        (xml(1, more="<n19121212>1</n19121212>"), "MAP162", "s1/1", "Arende/n…"),
    ],
)  # fmt: skip
def test_what_has_no_place_sets_the_object_aside_with_its_path(plan, text, code, key, path):
    found = mapped(plan, text)
    assert verdicts(found) == [(code, "quarantine", key, path)]
    assert found.verdicts["root"].to_pylist() == found.tables["case"]["root"].to_pylist()


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"ny": None}, "MAP162", "ny"),
        ({"ny": []}, "MAP162", "ny"),
        ({"mening": {"a": 1}}, "MAP162", "mening/a"),
        ({"mening": {}}, "MAP162", "mening/{}"),
        ({"mening": ["a", "b"]}, "MAP163", "mening"),
        ({"mening": [["a"]]}, "MAP162", "mening/[]"),
        ({"handelser": "x"}, "MAP162", "handelser/text()"),
        ({"a/b": 1}, "MAP162", "a~1b"),
    ],
)
def test_the_same_of_json(plain, change, code, path):
    answer = {"arendeId": "A1", "ar": "2003", "mening": "x"} | change
    assert [(one, where) for one, _word, _key, where in verdicts(mapped(plain, json.dumps(answer)))][-1] == (
        code, path,
    )  # fmt: skip


def test_a_document_of_an_unknown_kind_is_told_once_at_its_row(plan):
    found = mapped(plan, "<Annat><a/><b/></Annat>")
    assert verdicts(found) == [("MAP162", "quarantine", "s1", "Annat")]
    assert [row["disposition"] for row in found.rows.to_pylist()] == ["quarantine"]


def test_a_dropped_path_goes_with_all_below(plan):
    assert verdicts(mapped(plan, xml(1, more='<teknik a="1">x<b>2</b></teknik>'))) == []


def test_comments_instructions_and_nil_are_no_leaves(plan):
    nil = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"'
    text = xml(1, record(1)).replace("<rubrik>Brev</rubrik>", "<rubrik>Br<!-- x -->ev</rubrik><?y z?>")
    assert verdicts(mapped(plan, text)) == []
    empty = xml(1, record(1)).replace("<rubrik>Brev", f"<rubrik{nil}>")
    assert [code for code, *_ in verdicts(mapped(plan, empty))] == ["MAP106"]


def test_bytes_are_read_in_the_encoding_they_declare(tmp_path):
    plan = plan_of(tmp_path, XML, catalogue(kind="binary"))
    text = '<?xml version="1.0" encoding="iso-8859-1"?>' + xml(1)
    assert mapped(plan, text.encode("latin-1")).tables["case"]["title"].to_pylist() == ["Ärende 1"]
    assert verdicts(mapped(plan, b"\xff\xfe<a>"))[0][0] == "MAP160"


def test_a_row_that_nothing_takes_sets_its_object_aside(tmp_path):
    text = XML.replace("{entity: record, on: {_row: _parent}, order: [_no]}",
                       "{entity: record, on: {_row: _parent}, where: {rubrik: {in: [Brev]}}}")  # fmt: skip
    found = mapped(plan_of(tmp_path, text), xml(1, record(1), record(2, "Annat", "ord")), xml(2))
    assert verdicts(found) == [
        ("MAP165", "quarantine", "s1/1/2", ""),
        ("MAP165", "quarantine", "s1/1/2/1", ""),
    ]
    assert set(found.verdicts["root"].to_pylist()) < set(found.tables["case"]["root"].to_pylist())


def test_a_rule_excludes_a_row_with_all_below(plan):
    found = mapped(plan, xml(1, record(1, "UTKAST", "ord"), record(2)))
    assert [(code, word) for code, word, *_ in verdicts(found)] == [("MAP140", "exclude")] * 2
    assert keys(found, "record") == ["h2"]
    assert "h1" not in str(
        [row["json"] for row in found.tables["row"].to_pylist() if row["stream"] != "d.svar"]
    )


def test_several_objects_in_one_answer_each_get_their_own_rows_and_nobody_the_text(tmp_path):
    plan = plan_of(tmp_path, XML.replace("each: Arende", "each: Alla/Arende"))
    text = f'<Alla xmlns="urn:b">{xml(1, record(1))}{xml(2, record(2, more="<ny/>"))}</Alla>'
    found = mapped(plan, text)
    assert sorted(keys(found)) == ["A1", "A2"]
    (told,) = found.verdicts.to_pylist()
    cases = dict(zip(found.tables["case"]["root"].to_pylist(), keys(found), strict=True))
    assert cases[told["root"]] == "A2"
    rows = found.tables["row"].to_pylist()
    assert [json.loads(row["json"]) for row in rows if row["stream"] == "d.svar"] == [{"id": "s1"}]
    own = Counter((cases[row["root"]], row["stream"]) for row in rows)
    assert own["A1", "d.handelse"] == own["A2", "d.handelse"] == own["A2", "d.arende"] == 1
    assert len(found.rows) == 1


PART = XML[XML.index("    extra_rows:") :]
DISPOSED = {
    "path": ("teknik: {technical: intern spårning}", "teknik: {gallring: xx}", "arende.teknik"),
    "column": (PART, PART.replace("{from: ord}}}", "{from: _row}}, drop: {ord: {gallring: xx}}}"), "ord.ord"),
    "table": (PART, "leave: {ord: {gallring: xx}}\n", "ord"),
}


@pytest.mark.parametrize("how", DISPOSED)
def test_what_is_disposed_of_leaves_the_rows_and_the_text(tmp_path, how):
    old, new, name = DISPOSED[how]
    text = XML.replace(old, new)
    assert text != XML
    with pytest.raises(ConfigurationError) as raised:
        plan_of(tmp_path, text)
    assert [fault.code for fault in raised.value.problems] == ["MAP017"]
    plan = plan_of(tmp_path, text, overlay={"decisions": {f"d.{name}": {"decision": "KS § 1"}}})
    found = mapped(plan, xml(1, record(1, "Brev", "HEMLIGT"), more="<teknik>HEMLIGT</teknik>"))
    assert keys(found) == ["A1"]
    rows = {row["stream"]: json.loads(row["json"]) for row in found.tables["row"].to_pylist()}
    assert rows["d.svar"] == {"id": "s1"}
    assert ("HEMLIGT" in str(rows)) == (how == "path")
    assert "KS § 1" in str(plan.column_ledger())


def test_a_personal_key_is_never_shown_by_a_virtual_row(tmp_path):
    plan = plan_of(tmp_path, XML, catalogue(personal=True))
    found = mapped(plan, xml(1, record(1, more="<ny/>")))
    assert all(key.startswith("p-") for _code, _word, key, _path in verdicts(found))
    assert all(row["key"].startswith("p-") for row in found.tables["row"].to_pylist())


def test_the_column_ledger_names_paths(plan):
    uses = {(use.stream, use.column): (use.use, use.reason) for use in plan.column_ledger()}
    assert uses["d.svar", "dokument"][0] == uses["d.arende", "mening"][0] == "mapped"
    assert uses["d.arende", "teknik"] == ("dropped", "technical: intern spårning")


def test_what_an_answer_lies_in_can_be_carried_and_joined(tmp_path):
    text = XML.replace("    each: Arende\n", "    each: Arende\n    carry: [id]\n").replace(
        "    children:\n      records",
        "    join:\n      svar: {table: svar, on: {_parent: id}, cardinality: many_to_one}\n"
        "    extras: {Svar: {from: id}, Nyckel: {from: svar.id}}\n    children:\n      records",
    )
    found = mapped(plan_of(tmp_path, text), xml(1))
    assert sorted(found.tables["extra"]["value"].to_pylist()) == ["s1", "s1"]


def test_a_source_without_keys_gives_stable_keys(tmp_path):
    plan = plan_of(tmp_path, XML.replace("    each: Arende\n", "    each: Arende\n    carry: [id]\n").replace(
        "    children:\n      records", "    extras: {Svar: {from: id}}\n    children:\n      records"), catalogue(key=()))  # fmt: skip
    first, again = mapped(plan, xml(1), xml(2)), mapped(plan, xml(1), xml(2))
    assert first.tables["row"].equals(again.tables["row"])
    assert len(set(keys(first, "row"))) == 4


def test_a_text_of_a_second_column_is_told_of_its_own_table(tmp_path):
    second = "  bilaga:\n    from: svar.mer\n    format: json\n    each: .\n    columns: {a: a}\nentities:\n"
    joined = "    key: [arendeId]\n    extra_rows:\n      - {from: bilaga, on: {_parent: _parent}, fields: {name: {constant: a}, value: {from: a}}}\n"
    text = XML.replace("entities:\n", second).replace("    key: [arendeId]\n", joined)
    columns = (Column("id", "string"), Column("dokument", "string"), Column("mer", "string"))
    given = {"d": Catalogue("d", "diariet", (Stream("svar", "table", columns, ("id",)),))}
    plan = plan_of(tmp_path, text, given)
    table = pa.table({"id": ["s1"], "dokument": [xml(1)], "mer": ["{"]})
    (row,) = plan.execute({"d.svar": table}, {}, context()).verdicts.to_pylist()
    assert (row["code"], row["rule"]) == ("MAP160", "nested.bilaga")
    assert row["where"] == plan.mapping.virtual["d.bilaga"].where
