"""Golden pairs: those of the shipped mappings, and that the tool sees what is off."""

import json
import shutil
from pathlib import Path

import pytest
from tests.support.worlds import leverans

from leverans.errors import ConfigurationError
from leverans.mapping.tools.golden import golden
from leverans.mapping.tools.goldeninput import read_input

ROOT = Path(__file__).resolve().parents[3]
SYSTEMS = sorted(
    path.name for path in (ROOT / "mappings").glob("[!_]*") if path.is_dir() and any(path.glob("*.yaml"))
)


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_shipped_mapping_makes_what_its_pairs_say_and_every_field_is_put_to_work(system):
    report = golden(ROOT, [system])
    assert [pair.diff for pair in report.pairs if not pair.agrees] == []
    assert report.without == []
    assert {name: [place.name for place in places] for name, places in report.uncovered.items()} == {}


@pytest.fixture
def own(tmp_path):
    """The smallest system, to change."""
    for part in ("_tables", "personal"):
        shutil.copytree(ROOT / "mappings" / part, tmp_path / "mappings" / part)
    return tmp_path


def edit(own, old, new, name="personalakt.yaml"):
    path = own / "mappings/personal" / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_changed_mapping_is_seen_with_a_readable_difference(own):
    edit(own, "F: kvinna", "F: kvinnan")
    status, plain = leverans("mapping", "test", "personal", "--content", own, "--json")
    assert status == 1
    (pair,) = plain["pairs"]
    assert '-     "value": "kvinna",' in pair["diff"]
    assert '+     "value": "kvinnan",' in pair["diff"]


def test_update_writes_the_result_and_then_it_agrees(own):
    edit(own, "F: kvinna", "F: kvinnan")
    status, plain = leverans("mapping", "test", "--content", own, "--update", "--json")
    assert (status, [pair["written"] for pair in plain["pairs"]]) == (0, [True])
    assert leverans("mapping", "test", "--content", own, "--json")[0] == 0


def test_a_pair_without_a_result_does_not_agree(own):
    (own / "mappings/personal/golden/personalakt.out.json").unlink()
    status, plain = leverans("mapping", "test", "--content", own, "--json")
    assert status == 1
    assert plain["pairs"][0]["missing"]


def test_a_field_that_no_pair_puts_to_work_is_told(own):
    edit(
        own,
        "      type: {constant: Personalakt}",
        '      type: {constant: Personalakt}\n      description: {from: emp_no, null_if: ["1", "2"]}',
    )
    report = golden(own, ["personal"])
    assert [place.name for place in report.uncovered["mappings/personal/personalakt.yaml"]] == [
        "personakt.description"
    ]


def test_a_part_that_no_pair_makes_is_told(own):
    path = own / "mappings/personal/golden/personalakt.in.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text(
        "\n".join(line for line in lines if not line.startswith("1;21000") and not line.startswith("1;22500"))
        + "\n",
        encoding="utf-8",
    )
    report = golden(own, ["personal"])
    missed = [place.name for place in report.uncovered["mappings/personal/personalakt.yaml"]]
    assert missed == [
        "personakt.event.kind",
        "personakt.event.type",
        "personakt.event.text",
        "personakt.event.date",
    ]


def test_a_comment_more_changes_no_result(own):
    edit(own, "mapping: 1\n", "# en rad till\nmapping: 1\n")
    assert golden(own, ["personal"]).agrees


def as_json(own):
    """The same input as JSON, made from the CSV."""
    given = read_input(own / "mappings/personal/golden/personalakt.in.csv")
    streams = {
        name: {
            "key": list(one.key),
            "shared": one.shared,
            "personal": one.personal,
            "columns": one.columns,
            "rows": one.rows,
        }
        for name, one in given.streams.items()
    }
    creators = [
        {"name": name, "from": str(first or ""), "to": str(last or "")}
        for name, first, last in given.creators
    ]
    return {"mapping": given.mapping, "system": given.system, "creators": creators, "streams": streams}


def as_xml(plain):
    lines = [f'<golden mapping="{plain["mapping"]}" system="{plain["system"]}">']
    lines += [
        f'<creator name="{who["name"]}" from="{who["from"]}" to="{who["to"]}"/>' for who in plain["creators"]
    ]
    for name, one in plain["streams"].items():
        flags = " ".join(f'{flag}="true"' for flag in ("shared", "personal") if one[flag])
        lines.append(f'<stream name="{name}" key="{" ".join(one["key"])}" {flags}>')
        lines += [f'<column name="{column}" type="{kind}"/>' for column, kind in one["columns"].items()]
        for row in one["rows"]:
            cells = "".join(
                f'<c name="{column}">{value}</c>' for column, value in row.items() if value is not None
            )
            lines.append(f"<row>{cells}</row>")
        lines.append("</stream>")
    return "\n".join([*lines, "</golden>"])


def test_json_and_xml_say_the_same_as_csv(own):
    folder = own / "mappings/personal/golden"
    plain = as_json(own)
    (folder / "personalakt.json.in.json").write_text(json.dumps(plain), encoding="utf-8")
    (folder / "personalakt.xml.in.xml").write_text(as_xml(plain), encoding="utf-8")
    golden(own, update=True)
    results = {path.read_text(encoding="utf-8") for path in folder.glob("*.out.json")}
    assert len(list(folder.glob("*.out.json"))) == 3
    assert len(results) == 1


def test_the_system_of_an_object_id_is_the_inputs(own):
    before = golden(own, ["personal"]).agrees
    edit(own, "#system;personal", "#system;annat", "golden/personalakt.in.csv")
    assert before and not golden(own, ["personal"]).agrees


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.in.json", "{"),
        ("a.in.json", "[]"),
        ("a.in.json", '{"streams": {"d.A": {"rows": [{"x": []}]}}}'),
        ("a.in.json", '{"streams": {}, "colour": 1}'),
        ("a.in.csv", "1;2\n"),
        ("a.in.csv", "#colour;1\n"),
        ("a.in.csv", "#stream;d.A;wrong\n"),
        ("a.in.csv", "#stream;d.A\nx:int64\nfel\n"),
        ("a.in.csv", "#stream;d.A\nx;y\n1\n"),
        ("a.in.json", '{"streams": {"d.A": {"columns": {"x": "decimal(10,2)"}, "rows": []}}}'),
        ("a.in.json", '{"streams": {"d.A": {"columns": {"x": "int64"}, "rows": [{"x": 1}, {"x": "abc"}]}}}'),
        ("a.in.json", '{"streams": {"d.A": {"columns": {"x": "int64"}, "rows": [{"x": 1e30}]}}}'),
        ("a.in.json", '{"streams": {"d.A": {"columns": {"x": "string"}, "rows": [{"x": 1}]}}}'),
        ("a.in.csv", "#stream;d.A\nx:decimal\n1\n"),
        ("a.in.xml", "<golden>"),
        ("a.in.xml", '<golden><stream name="d.A"><row><c name="x">1</c></row></stream></golden>'),
    ],
)
def test_a_broken_input_is_told_with_its_name(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as raised:
        read_input(tmp_path / name)
    assert (raised.value.code, raised.value.where) == ("MTL001", name)


def test_a_bad_value_is_told_with_its_table_column_and_row(tmp_path):
    text = '{"streams": {"d.A": {"columns": {"x": "int64"}, "rows": [{"x": 1}, {"x": "abc"}]}}}'
    (tmp_path / "a.in.json").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as raised:
        read_input(tmp_path / "a.in.json")
    assert "stream d.A, column x, row 2: no int64" in str(raised.value)


def test_a_pair_that_cannot_be_run_stops_no_other(own):
    folder = own / "mappings/personal/golden"
    (folder / "a.in.json").write_text(
        '{"mapping": "personalakt", "streams": {"d.A": {"columns": {"x": "decimal(10,2)"}}}}',
        encoding="utf-8",
    )
    status, plain = leverans("mapping", "test", "--content", own, "--json")
    assert status == 1
    assert [(pair["name"], pair["agrees"]) for pair in plain["pairs"]] == [
        ("a", False),
        ("personalakt", True),
    ]
    assert [fault["code"] for fault in plain["pairs"][0]["faults"]] == ["MTL001"]


def test_a_mapping_without_a_pair_ends_with_1(own):
    text = (own / "mappings/personal/personalakt.yaml").read_text(encoding="utf-8")
    (own / "mappings/personal/annan.yaml").write_text(text, encoding="utf-8")
    status, plain = leverans("mapping", "test", "--content", own, "--json")
    assert (status, plain["without"]) == (1, ["mappings/personal/annan.yaml"])
    shutil.rmtree(own / "mappings/personal")
    assert leverans("mapping", "test", "--content", own, "--json")[0] == 1


def test_what_a_mapping_with_a_pair_extends_needs_none_of_its_own(own):
    folder = own / "mappings/personal"
    (folder / "personalakt.yaml").rename(folder / "bas.yaml")
    (folder / "personalakt.yaml").write_text("extends: bas.yaml\n", encoding="utf-8")
    report = golden(own)
    assert (report.without, [pair.faults for pair in report.pairs]) == ([], [()])


def test_xml_reads_no_other_file(tmp_path):
    (tmp_path / "secret.txt").write_text("hemligt", encoding="utf-8")
    text = f'<!DOCTYPE g [<!ENTITY e SYSTEM "file://{tmp_path}/secret.txt">]><golden mapping="&e;"/>'
    (tmp_path / "a.in.xml").write_text(text, encoding="utf-8")
    try:
        assert "hemligt" not in read_input(tmp_path / "a.in.xml").mapping
    except ConfigurationError as fault:
        assert fault.code == "MTL001"


def test_a_pair_of_no_mapping_and_a_system_without_pairs(own):
    edit(own, "#mapping;personalakt", "#mapping;annan", "golden/personalakt.in.csv")
    assert [fault.code for pair in golden(own).pairs for fault in pair.faults] == ["MTL002"]
    with pytest.raises(ConfigurationError) as raised:
        golden(own, ["nothing"])
    assert raised.value.code == "MTL012"
