import io
import tracemalloc

import pytest
from lxml import etree
from tests.validation.builder import erms as document

from leverans.formats import erms
from leverans.formats.xmlstream import XmlFault


class Sips(io.BytesIO):
    """Gives a few bytes at a time, whatever is asked for."""

    def read(self, size=-1):
        return super().read(7)


def test_a_case_with_its_record():
    (case,) = erms.read(io.BytesIO(document("2.1.0").encode()))
    assert case.system_identifier == "aaaaaaaa-0000-4000-8000-000000000001"
    assert case.kind == "caseFile"
    assert (case.reference_code, case.title, case.status) == ("KS 2003/1", "Ett ärende", "closed")
    assert case.extra_ids == {"key": "1"}
    assert case.dates == {"created": "2003-04-02T00:00:00", "closed": "2003-09-30T00:00:00"}
    assert case.restrictions == (erms.Restriction("confidential", "OSL 21 kap. 7 §"),)
    assert (case.agents, case.protected, case.xml) == (1, False, None)
    (record,) = case.records
    assert record.reference_code == "KS 2003/1:1"
    assert record.appendices == (
        erms.Appendix("KS-2003-1/brev.txt", "brev.txt", "x-fmt/111"),
        erms.Appendix("KS-2003-1/bild.png", "bild.png", "fmt/11"),
    )


@pytest.mark.parametrize(
    ("word", "protected"), [("true", True), ("1", True), (" true ", True), ("false", False)]
)
def test_protected_identity(word, protected):
    text = document("2.1.0").replace("<protectedIdentity>false<", f"<protectedIdentity>{word}<")
    assert next(erms.read(io.BytesIO(text.encode()))).protected is protected


def wrapped(inner, prefix="", encoding="utf-8"):
    colon = f"{prefix}:" if prefix else ""
    declared = f"xmlns{':' + prefix if prefix else ''}"
    return (
        f'<?xml version="1.0" encoding="{encoding}"?><{colon}erms {declared}="https://DILCIS.eu/XML/ERMS" '
        f'xmlns:egen="urn:egen&amp;1"><{colon}aggregations>{inner}</{colon}aggregations></{colon}erms>'
    ).encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
@pytest.mark.parametrize("stream", [io.BytesIO, Sips])
def test_each_case_comes_as_a_document_of_its_own(encoding, stream):
    inner = (
        '<e:aggregation systemIdentifier="1>" aggregationType="caseFile"/>'
        '<e:aggregation systemIdentifier="2"><e:title>Åäö &amp; mer</e:title><egen:x/></e:aggregation>'
        '<e:aggregation systemIdentifier="3"\n xmlns:egen="urn:annan"><egen:x/></e:aggregation>'
    )
    found = list(erms.read(stream(wrapped(inner, "e", encoding)), xml=True))
    assert [case.system_identifier for case in found] == ["1>", "2", "3"]
    trees = [etree.fromstring(case.xml) for case in found]
    assert {tree.tag for tree in trees} == {"{https://DILCIS.eu/XML/ERMS}aggregation"}
    assert trees[1][0].text == "Åäö & mer"
    assert trees[1][1].tag == "{urn:egen&1}x"
    assert trees[2][0].tag == "{urn:annan}x"


def test_the_bytes_of_a_case_are_those_of_the_source():
    case = '<aggregation systemIdentifier="1"><!-- å -->\n\t<title   >x</title></aggregation>'
    (found,) = erms.read(io.BytesIO(wrapped(f"\n{case}\n")), xml=True)
    lacking = b' xmlns="https://DILCIS.eu/XML/ERMS" xmlns:egen="urn:egen&amp;1"'
    assert found.xml.replace(lacking, b"") == case.encode()


def test_sub_aggregations_stay_inside_their_case():
    inner = '<aggregation systemIdentifier="1"><aggregation systemIdentifier="2"><record systemIdentifier="3"/></aggregation></aggregation>'
    (case,) = erms.read(io.BytesIO(wrapped(inner)))
    assert [sub.system_identifier for sub in case.aggregations] == ["2"]
    assert [record.system_identifier for record in case.aggregations[0].records] == ["3"]
    assert case.records == ()


def test_cases_in_cases_do_not_exhaust_the_stack():
    text = wrapped("<aggregation>" * 900 + "</aggregation>" * 900)
    (case,) = erms.read(io.BytesIO(text))
    depth = 0
    while case.aggregations:
        (case,), depth = case.aggregations, depth + 1
    assert depth == 899


def test_loose_records():
    text = wrapped(
        '<record systemIdentifier="1"/><record systemIdentifier="2"><title>t</title></record>'
    ).replace(b"aggregations", b"records")
    assert [(record.system_identifier, record.title) for record in erms.read_records(io.BytesIO(text))] == [
        ("1", None),
        ("2", "t"),
    ]
    assert list(erms.read(io.BytesIO(text))) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"<erms", "XML001"),
        (b"<!DOCTYPE erms><erms/>", "XML002"),
        (b"<a>" * 2_000, "XML003"),
        (b"", "XML001"),
    ],
)
def test_what_cannot_be_read(text, code):
    with pytest.raises(XmlFault) as caught:
        list(erms.read(io.BytesIO(text)))
    assert caught.value.code == code


def test_what_came_before_a_fault_is_handed_out():
    text = wrapped('<aggregation systemIdentifier="1"/>').replace(
        b"</aggregations>", b" " * 200_000 + b"</fel>"
    )
    reader = erms.read(io.BytesIO(text))
    assert next(reader).system_identifier == "1"
    with pytest.raises(XmlFault):
        next(reader)


@pytest.mark.parametrize("xml", [False, True])
def test_memory_stays_flat(xml):
    one = document("2.1.0").partition("<aggregations>")[2].partition("</aggregations>")[0]

    def peak(number):
        text = wrapped(one * number)
        tracemalloc.start()
        assert sum(1 for _ in erms.read(io.BytesIO(text), xml=xml)) == number
        highest = tracemalloc.get_traced_memory()[1] - len(text)
        tracemalloc.stop()
        return highest

    assert peak(800) - peak(200) < 200_000


def test_the_official_example(shared):
    with (shared / "specs/cits-erms/examples/ERMS_version_2_1_0_generated_example.xml").open("rb") as stream:
        first, second = erms.read(stream, xml=True)
    assert (first.system_identifier, len(first.aggregations), len(first.records)) == (
        "systemIdentifier1",
        2,
        0,
    )
    assert (second.system_identifier, len(second.aggregations), len(second.records)) == (
        "systemIdentifier15",
        0,
        2,
    )
    assert etree.fromstring(second.xml).get("systemIdentifier") == "systemIdentifier15"
