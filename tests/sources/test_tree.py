"""Folders of XML and JSON: one row per item, its text as it came; nothing hostile gets through or lost."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sources.building import definition, landed, values

from leverans.errors import ConfigurationError
from leverans.sources import Landing, open_connector
from leverans.sources.tree.items import json_items, xml_items

CASES = """
  cases:
    file: "*.xml"
    each: answer/case
    key: [id]
    root: {by: [id]}
    columns: {id: caseId, kind: "@kind", unit: unit/name}
"""
PAGE = """<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="urn:soap"><answer xmlns="urn:a" xmlns:q="urn:q">
  <case kind="b"><caseId>1</caseId><unit><name>Bygg</name></unit><q:x/></case>
  <case><caseId>2</caseId><unit><name/></unit><inner><case><caseId>9</caseId></case></inner></case>
</answer></s:Envelope>"""


def tree(tmp_path, files, streams=CASES, kind="xml", options=""):
    folder = tmp_path / "svar"
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    return open_connector("svar", definition(tmp_path, kind, streams, options), "svar", tmp_path)


def aside(connector, stream="cases"):
    return [(row.code, row.place) for batch in connector.read(stream) for row in batch.set_aside]


def findings(connector, stream="cases"):
    return [finding.code for batch in connector.read(stream) for finding in batch.findings]


def test_one_row_per_outermost_element_with_its_namespaces(tmp_path):
    made = tree(tmp_path, {"1.xml": PAGE})
    first, second = values(made, "cases")
    assert {key: first[key] for key in ("id", "kind", "unit", "file", "position")} == {
        "id": "1",
        "kind": "b",
        "unit": "Bygg",
        "file": 1,
        "position": 1,
    }
    assert first["document"] == (
        '<case xmlns="urn:a" xmlns:q="urn:q" xmlns:s="urn:soap" kind="b">'
        "<caseId>1</caseId><unit><name>Bygg</name></unit><q:x/></case>"
    )
    assert (second["id"], second["kind"], second["unit"]) == ("2", None, "")
    assert made.totals("cases").rows == 2
    assert made.check().problems == ()
    assert made.discover() == made.discover()


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-16", "windows-1252"])
def test_the_declared_encoding_is_heeded(tmp_path, encoding):
    text = f'<?xml version="1.0" encoding="{encoding}"?><answer><case><caseId>å–é</caseId></case></answer>'
    if encoding == "iso-8859-1":
        text = text.replace("–", "ö")
    made = tree(tmp_path, {"1.xml": text.encode(encoding)})
    assert values(made, "cases")[0]["id"] == text[text.index("<caseId>") + 8 : text.index("</caseId>")]


def test_files_are_read_in_the_order_of_their_names(tmp_path):
    page = "<answer><case><caseId>{}</caseId></case></answer>"
    made = tree(tmp_path, {f"{name}.xml": page.format(name) for name in ("b", "ö", "a", "B")})
    assert [row["id"] for row in values(made, "cases")] == ["B", "a", "b", "ö"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("cut off", PAGE[:-60]),
        ("a page of HTML", "<!DOCTYPE html><html><body>404</body></html>"),
        ("a bomb", '<!DOCTYPE a [<!ENTITY b "c">]><answer><case><caseId>&b;</caseId></case></answer>'),
        ("binary", bytes(range(256))),
        ("empty", b""),
        (
            "a lie about the encoding",
            '<?xml version="1.0" encoding="utf-8"?><answer>\xe5</answer>'.encode("latin-1"),
        ),
        ("too deep", "<answer>" + "<a>" * 2000 + "</a>" * 2000 + "</answer>"),
    ],
)
def test_a_file_that_cannot_be_read_costs_itself(tmp_path, name, data):
    del name
    good = "<answer><case><caseId>7</caseId></case></answer>"
    made = tree(tmp_path, {"1.xml": data, "2.xml": good})
    rows = values(made, "cases")
    assert rows[-1]["id"] == "7"
    assert aside(made) == [("SRC140", "#1")]
    assert made.totals("cases").rows == len(rows) + 1


def test_an_answer_without_items_is_told(tmp_path):
    made = tree(tmp_path, {"1.xml": "<answer/>", "2.xml": "<s><Fault>kaputt</Fault></s>"})
    assert values(made, "cases") == []
    assert findings(made) == ["SRC141", "SRC141"]


def test_a_key_with_two_values_sets_its_row_aside(tmp_path):
    page = (
        "<answer><case><caseId>1</caseId><caseId>2</caseId></case><case><caseId><b/></caseId></case></answer>"
    )
    made = tree(tmp_path, {"1.xml": page})
    assert aside(made) == [("SRC143", "#1"), ("SRC143", "#2")]
    assert made.totals("cases").rows == 2


def test_links_are_not_followed_and_nothing_is_nothing(tmp_path):
    made = tree(tmp_path, {})
    (tmp_path / "out.xml").write_text(PAGE)
    (tmp_path / "svar" / "1.xml").symlink_to(tmp_path / "out.xml")
    with pytest.raises(ConfigurationError) as told:
        values(made, "cases")
    assert told.value.code == "SRC142"
    assert [problem.code for problem in made.check().problems] == ["SRC142"]


@pytest.mark.parametrize("pattern", ["../*.xml", "/etc/*"])
def test_a_pattern_stays_below_the_location(tmp_path, pattern):
    with pytest.raises(ConfigurationError) as told:
        tree(tmp_path, {}, CASES.replace("*.xml", pattern))
    assert [problem.code for problem in told.value.problems] == ["SRC004"]


DOCUMENTS = (
    CASES
    + """
    documents: [{within: paper, column: file/data, name: name, encoding: base64, stream: papers}]
"""
)


def test_embedded_documents_are_landed_and_referred_to(tmp_path):
    inside = base64.b64encode(b"%PDF-1.4 \xff").decode()
    page = (
        f"<answer><case><caseId>1</caseId><paper><name>a.pdf</name><file><data>\n{inside}\n</data></file></paper>"
        f"<paper><file><data>%%%</data></file></paper><paper><file><data/></file></paper></case></answer>"
    )
    made = tree(tmp_path, {"1.xml": page}, DOCUMENTS)
    assert "<data>1.1</data>" in values(made, "cases")[0]["document"]
    result = landed(tmp_path, made)
    landing = Landing.open(result.folder)
    papers = landing.bucket(0)["svar.papers"].to_pylist()
    assert [(row["ref"], row["name"], row["status"]) for row in papers] == [
        ("1.1", "a.pdf", "landed"),
        ("1.2", "1.2", "unreadable"),
    ]
    assert papers[0]["size"] == 10
    assert made.totals("papers").rows == 2


PERSONS = """
  persons:
    file: "*.json"
    each: data/persons
    key: [id]
    root: {by: [id]}
    columns: {id: id, marked: securityMarking, unit: unit/code}
"""


def test_items_of_a_json_answer_keep_their_text(tmp_path):
    raw = ' {"data": {"x": [1, {"persons": []}], "persons": [ {"id": "a" , "unit":{"code":1.50}}, {"id":2,"securityMarking":true} ]}} '
    made = tree(tmp_path, {"1.json": raw}, PERSONS, "json")
    rows = values(made, "persons")
    assert [(row["id"], row["marked"], row["unit"]) for row in rows] == [
        ("a", None, "1.50"),
        ("2", "true", None),
    ]
    assert rows[0]["document"] == '{"id": "a" , "unit":{"code":1.50}}'
    assert made.totals("persons").rows == 2


def test_undeclared_windows_1252(tmp_path):
    raw = '{"data": {"persons": [{"id": "å"}]}}'.encode("cp1252")
    assert aside(tree(tmp_path, {"1.json": raw}, PERSONS, "json"), "persons") == [("SRC140", "#1")]
    declared = tree(tmp_path, {"1.json": raw}, PERSONS, "json", "{encoding: cp1252}")
    assert [row["id"] for row in values(declared, "persons")] == ["å"]


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "{",
        '{"data": {"persons": [{"id": 1},]}}',
        '{"data": 1} x',
        "[" * 100_000,
        "<html/>",
        '{"data": {"persons": [1',
    ],
)
def test_a_json_file_that_cannot_be_read_costs_itself(tmp_path, raw):
    made = tree(tmp_path, {"1.json": raw, "2.json": '{"data": {"persons": [{"id": 7}]}}'}, PERSONS, "json")
    assert [row["id"] for row in values(made, "persons")] == ["7"]
    assert aside(made, "persons") == [("SRC140", "#1")]


def test_a_list_where_a_key_should_be(tmp_path):
    made = tree(tmp_path, {"1.json": '{"data": {"persons": [{"id": [1]}]}}'}, PERSONS, "json")
    assert aside(made, "persons") == [("SRC143", "#1")]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(items=st.lists(json_values, max_size=5), indent=st.sampled_from([None, 1]))
def test_cut_items_are_the_items(items, indent):
    raw = json.dumps({"a": 1, "b": {"c": items}}, indent=indent).encode()
    import io

    assert [json.loads(text) for text in json_items(io.BytesIO(raw), ("b", "c"), "utf-8")] == items


@given(
    texts=st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=9), max_size=5
    )
)
def test_cut_elements_are_the_elements(texts):
    import io
    from xml.sax.saxutils import escape

    from lxml import etree

    safe = [text.replace("\ufffe", "").replace("\uffff", "") for text in texts]
    raw = "<a>" + "".join(f"<b>{escape(text)}</b>" for text in safe) + "</a>"
    found = xml_items(io.BytesIO(raw.encode()), ("b",))
    assert [etree.fromstring(piece).text or "" for piece in found] == safe


def test_real_answers(tmp_path, shared):
    streams = """
  cases:
    file: "arendeexport.GetUpdatedArenden.200*.xml"
    each: Arenden/arende
    key: [id]
    root: {by: [id]}
    columns: {id: "@arendeId", number: "@dnr"}
  papers:
    file: "arendeexport.GetDocument.200.xml"
    each: GetDocumentResult
    key: [id]
    shared: true
    columns: {id: "@dokId"}
    documents: [{within: GetDocumentResult, column: fil/filBuffer, name: namn, encoding: base64, stream: files}]
"""
    folder = shared / "data" / "byggr"
    made = open_connector("svar", definition(tmp_path, "xml", streams), str(folder), tmp_path)
    rows = values(made, "cases")
    assert rows
    assert all(row["number"] for row in rows)
    assert made.totals("cases").rows == len(rows)
    result = landed(tmp_path, made)
    files = Landing.open(result.folder).shared()["svar.files"].to_pylist()
    assert [(row["name"][-5:], row["status"]) for row in files] == [(".docx", "landed")]


PARTS = """
  parts:
    file: "*.xml"
    each: part
    key: [id, top, last, path, sub, late]
    root: {by: [top]}
    columns:
      id: "@id"
      top: outer::case/@no
      last: outer::case/caseId
      path: path::class/code
      sub: outer::class/info/name
      late: outer::class/after
"""
NEST = """<a xmlns:q="urn:q"><class><code>1</code><info><name>x<b/>y</name><name>z</name></info>
<class><code> 1.1 </code><case q:no="7"><caseId>A&amp;1</caseId><case no="8"><caseId>B</caseId><part id="p"/></case></case>
</class><after>no</after><part id="q"/></class><part id="r"/></a>"""


def test_what_stands_before_an_item_around_it_can_be_lifted(tmp_path):
    made = tree(tmp_path, {"1.xml": NEST}, PARTS)
    assert [[row[name] for name in ("id", "top", "last", "path", "sub", "late")] for row in values(made, "parts")] == [
        ["p", "7", "A&1", "1 /  1.1 ", "xy", None],
        ["q", None, None, "1", "xy", "no"],
        ["r", None, None, None, None, None],
    ]  # fmt: skip
    assert made.totals("parts").rows == 3
