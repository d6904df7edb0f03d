"""Small parts: Swedish words, elements of the model, paths of fields, coverage, origins."""

import pytest
from tests.mapping.kit import BASE, case, plan_for, record, world

from leverans.delivery.fieldpath import FieldPath, parse_field
from leverans.errors import UsageError
from leverans.mapping import facts
from leverans.mapping.tools.checking import mapping_files
from leverans.mapping.tools.coverage import by_use, column_lines
from leverans.mapping.tools.elements import MODELS, elements
from leverans.mapping.tools.origin import Line, SourceRow, fitting_rows, groups_of, own_row
from leverans.mapping.tools.swedish import Names, columns, condition_text, value_text
from leverans.model import SCHEMAS


@pytest.fixture
def plan(tmp_path):
    return plan_for(tmp_path, world([case()], [record(1)]))


def test_every_field_of_the_model_has_its_words():
    known = {name for name in elements() if name[0] != MODELS}
    wanted = {
        (model, field)
        for model, schema in SCHEMAS.items()
        if model != "row"
        for field in schema.names
        if field not in {"root", "owner", "seq"}
    }
    wanted |= {(model, field) for model in facts.REQUIRED for field in facts.fields_of(model)} | {
        ("file", "content")
    }
    assert known == wanted
    assert {name for model, name in elements() if model == MODELS} == set(SCHEMAS) - {"row"}


def test_values_in_plain_swedish(plan):
    entity = plan.mapping.entities["case"]
    names = Names.of(entity.table, entity.joins)
    said = {name: value_text(value, names) for name, value in entity.fields.items()}
    assert said == {
        "reference_code": "hämtas ur d.ARENDE.DNR",
        "title": "hämtas ur d.ARENDE.TITLE; måste finnas",
        "type": "hämtas ur d.ARENDE.KIND; översätts med kodtabellen ”term”",
        "status": "hämtas ur d.ARENDE.STATUS; översätts med kodtabellen ”status”",
        "opened": "hämtas ur d.ARENDE.OPENED; läses som datum skriven ÅÅÅÅ-MM-DD",
        "created": "hämtas ur d.ARENDE.OPENED; läses som datum skriven ÅÅÅÅ-MM-DD",
        "retention": "slås upp i tabellen ”plan” (kolumn rule och authority) med d.ARENDE.PROCESS",
    }
    assert condition_text(entity.rules[0].keep, names) == "d.ARENDE.VOID inte är ”J”"
    extra = entity.parts[-1].fields["value"]
    assert columns(extra, names) == ["d.ENHET.NAMN"]


def test_every_column_is_counted_once_by_its_strongest_use(plan):
    lines = column_lines(plan)
    assert len(lines) == sum(map(len, plan.columns.values()))
    found = {f"{line.stream}.{line.column}": line.use for line in lines}
    assert found["d.ARENDE.DNR"] == "mapped"
    assert found["d.ARENDE.UNIT"] == "joined"
    assert found["d.ARENDE.VOID"] == "conditioned"
    assert found["d.ARENDE.TOUCHED"] == "dropped"
    assert found["d.LOGG.TEXT"] == "left"
    assert sum(by_use(lines).values()) == len(lines)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("title", FieldPath("case", "title")),
        ("records[2].files[0].name", FieldPath("file", "name", 2, 0)),
        ("record[3]/appendix[1]/@name", FieldPath("file", "name", 2, 0)),
        ("records[0].agents[1].role", FieldPath("agent", "role", 0, None, 1)),
        ("restrictions[secrecy].law", FieldPath("restriction", "law", None, None, "secrecy")),
        ("records[0].files[1].extras[2].value", FieldPath("extra", "value", 0, 1, 2)),
        ("relation[1]", FieldPath("relation", "target", None, None, 0)),
        (
            "physicalLocations/physicalLocation[1]/currentLocation",
            FieldPath("location", "place", None, None, 0),
        ),
        ("classification/@fullyQualifiedClassificationCode", FieldPath("case", "classification_code")),
    ],
)
def test_paths_of_fields(text, path):
    found = parse_field(text)
    assert found == path
    assert parse_field(found.text) == path


@pytest.mark.parametrize(
    "text", ["", "x", "records[0]", "record[0]/title", "agents[0]", "files[0].name", "title.x"]
)
def test_paths_of_nothing(text):
    with pytest.raises(UsageError) as raised:
        parse_field(text)
    assert raised.value.code == "MTL007"


def line(field, *columns, stream="d.A", operators=("from",), where="m:1:1", entity="case.agent"):
    return Line(entity, field, stream, columns, operators, where)


def test_parts_are_told_apart_by_a_field_that_stands_again():
    lines = [
        line("type", where="m:1:1"),
        line("name", where="m:2:1"),
        line("type", where="m:3:1"),
        line("name", where="m:4:1"),
    ]
    assert [[one.where for one in group] for group in groups_of(lines)] == [
        ["m:1:1", "m:2:1"],
        ["m:3:1", "m:4:1"],
    ]
    joined = [line("text", stream="d.A"), line("text", stream="d.B"), line("date")]
    assert [len(group) for group in groups_of(joined)] == [3]
    aliased = [line("name"), line("value"), line("name"), line("value")]
    assert [len(group) for group in groups_of(aliased)] == [2, 2]


ROWS = [
    SourceRow("d.A", "1", {"N": "Anna", "D": "2003-04-02 10:00:00"}),
    SourceRow("d.A", "2", {"N": "Bo", "D": "2004-05-06"}),
]


def test_rows_fit_by_the_values_they_pass_on():
    assert fitting_rows([line("name", "N")], {"name": "Bo"}, ROWS) == [ROWS[1]]
    assert fitting_rows([line("name", "N")], {"name": "Ek"}, ROWS) is None
    assert fitting_rows([line("name", "N")], {"name": "Bo", "role": "x"}, ROWS) is None
    assert fitting_rows([line("name", "N", stream="d.SHARED")], {"name": "Ek"}, ROWS) == []
    dated = line("date", "D", operators=("from", "datetime %Y-%m-%d %H:%M:%S"))
    assert fitting_rows([dated], {"date": "2003-04-02T10:00:00"}, ROWS) == [ROWS[0]]
    turned = line("date", "D", operators=("from", "date %d/%m/%Y"))
    assert fitting_rows([turned], {"date": "1999-01-01"}, ROWS) == ROWS


def test_a_constant_that_is_known_must_be_the_archived_one():
    group = [line("type", operators=("constant",), stream="")]
    assert fitting_rows(group, {"type": "sender"}, ROWS, lambda _line: "owner") is None
    assert fitting_rows(group, {"type": "owner"}, ROWS, lambda _line: "owner") == []


def test_an_id_leads_back_to_its_row(plan):
    from leverans.mapping.tools.origin import EntityFacts

    known = [EntityFacts.of(entity) for entity in plan.mapping.entities.values()]
    rows = [SourceRow.of("d.ARENDE", "1", '{"ID":1,"X":true,"Y":1.50,"Z":null}')]
    assert dict(rows[0].values) == {"ID": "1", "X": "true", "Y": "1.50", "Z": None}
    found = own_row(known, "case:1", rows, lambda entity, key: [f"{entity}:{'|'.join(key)}"])
    assert (found[0].name, found[1]) == ("case", rows[0])
    assert own_row(known, "case:2", rows, lambda entity, key: [f"{entity}:{'|'.join(key)}"]) is None


def test_rules_and_what_others_extend_are_no_mappings_of_their_own(tmp_path):
    folder = tmp_path / "mappings/x"
    folder.mkdir(parents=True)
    (tmp_path / "mappings/_schema").mkdir()
    (folder / "base.yaml").write_text(BASE, encoding="utf-8")
    (folder / "own.yaml").write_text("extends: base.yaml\n", encoding="utf-8")
    (folder / "own.rules.yaml").write_text("rules: 1\n", encoding="utf-8")
    (tmp_path / "mappings/_schema/a.yaml").write_text("a: 1\n", encoding="utf-8")
    assert [path.name for path in mapping_files(tmp_path)] == ["own.yaml"]
