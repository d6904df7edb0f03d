"""What the official files refuse, which are what receivers run, is an error here whatever the text calls it."""

import io

import pytest
from lxml import etree
from tests.validation.breaches import CREATOR
from tests.validation.builder import ERMS, FINDING_AID, PREMIS, REPRESENTATION, ROOT, Builder
from tests.validation.test_official import Local, breaches, judge

from leverans.formats import profiles as targets
from leverans.formats.entries import Survey
from leverans.validation import validate
from leverans.validation.describedcheck import DescribedCheck
from leverans.validation.inventory import Inventory
from leverans.validation.package import Package
from leverans.validation.profiles import described_kinds, profiles
from leverans.validation.sink import Sink

VERSIONS = {"2.1.0": ("2.1", "fgs-2.0", "erms_v2_1_2.sch"), "2.2.0": ("3.0", "eark-2.2", "erms_v3.sch")}
OTHERS = {
    'aggregationType="caseFile"': ('aggregationType="own_aggregation_definition"', "otherAggregationType", "ERMS201"),
    'relationType="reference"': ('relationType="own_relation_definition"', "otherRelationType", "ERMS54"),
    'restrictionType="confidential"': ('restrictionType="other_type"', "otherRestrictionType", "ERMS57"),
    'agentType="creator"': ('agentType="other"', "otherAgentType", "ERMS94"),
    'agentType="counterpart"': ('agentType="other"', "otherAgentType", "ERMS236"),
    'directionDefinition="incoming"': ('directionDefinition="other"', "otherDirectionDefinition", "ERMS191"),
    'dateType="closed"': ('dateType="other"', "otherDateType", "ERMS48"),
    'dateType="disposal_date"': ('dateType="other_date"', "otherDisposalDateType", "ERMS128"),
    '="postal_city"': ('="other"', "otherAddressLineType", "ERMS107"),
    'contactType="email"': ('contactType="other"', "otherContactLineType", "ERMS110"),
    'classificationSchemaStatus="current"': ('classificationSchemaStatus="other"', "otherClassificationSchemaStatus", "ERMS274"),
}  # fmt: skip


@pytest.fixture(scope="module")
def schematron(shared):
    from lxml.isoschematron import Schematron

    def give(name):
        tree = etree.parse(str(shared / "specs/cits-erms/schema" / name))
        del tree.getroot().attrib["queryBinding"]  # lxml refuses it
        return Schematron(tree)

    return {name: give(name) for _, _, name in VERSIONS.values()}


@pytest.mark.parametrize("version", VERSIONS)
def test_what_the_official_schematron_refuses_is_an_error(schematron, version):
    erms, profile, rules = VERSIONS[version]
    document = Builder(version).tree()[ERMS].decode()
    cases = {old: row for old, row in OTHERS.items() if old in document}
    assert len(cases) == len(OTHERS) - (version == "2.1.0")
    for old, (new, attribute, code) in cases.items():
        broken, mended = (document.replace(old, f"{new}{more}", 1) for more in ("", f' {attribute}="x"'))
        refused = not schematron[rules].validate(etree.fromstring(broken.encode()))
        found = judge(f"erms {erms}", broken.encode(), profile)
        must = code in {"ERMS57", "ERMS236"}
        assert found == {code: "error" if refused else "warning"}
        assert must or (code in profiles()[profile].schematron) == refused
        assert judge(f"erms {erms}", mended.encode(), profile) == {}


def test_an_address_without_any_line_is_refused_by_the_later_schematron(schematron):
    document = Builder("2.2.0").tree()[ERMS].decode()
    start, end = "<addressContactInformation>", "</addressContactInformation>"
    bare = document[: document.index(start)] + start + document[document.index(end) :]
    assert not schematron["erms_v3.sch"].validate(etree.fromstring(bare.encode()))
    assert judge("erms 3.0", bare.encode(), "eark-2.2") == {"SCH002": "error"}


@pytest.mark.parametrize(
    ("path", "old", "new", "code"),
    [
        (ROOT, '\n csip:CONTENTINFORMATIONTYPE="citserms_v2_1"', "", "CSIP4"),
        (ROOT, ' csip:CONTENTINFORMATIONTYPE="citserms_v2_1"\n', ' csip:CONTENTINFORMATIONTYPE="Nonsens"\n', "CSIP4"),
        (ROOT, ' csip:CONTENTINFORMATIONTYPE="citserms_v2_1"\n', ' csip:CONTENTINFORMATIONTYPE="cscarchival_v1_0"\n', "CSIP4"),
        (ROOT, ' csip:CONTENTINFORMATIONTYPE="citserms_v2_1" ADMID', ' csip:CONTENTINFORMATIONTYPE="Nonsens" ADMID', "CSIP62"),
        (REPRESENTATION, '"citserms_v2_1"', '"Nonsens"', "CSIP4"),
        (ROOT, "<metsHdr ", '<metsHdr csip:CONTENTINFORMATIONTYPE="Nonsens" ', "SCH005"),
        (ROOT, "<amdSec", '<amdSec csip:NOTETYPE="Nonsens"', "SCH005"),
        (ROOT, "<fileSec ", '<fileSec csip:OAISPACKAGETYPE="Nonsens" ', "SCH005"),
        (REPRESENTATION, "<fileSec ", '<fileSec csip:OAISPACKAGETYPE="SIP" ', ""),
        (REPRESENTATION, "<fileSec ", '<fileSec csip:OTHERTYPE="Nonsens" ', ""),
    ],
)  # fmt: skip
def test_a_word_outside_the_extension_schema_is_an_error(tmp_path, path, old, new, code):
    tree = Builder().tree()[path].decode()
    if old not in tree:
        old = old.lstrip("\n")
    package = Builder().change(path, lambda seen: seen.replace(old, new, 1))
    wanted = "warning" if code and not new else "error"
    found = {one.code: one.severity for one in validate(package.folder(tmp_path)).findings}
    assert found == ({code: wanted} if code else {})


def test_our_subset_has_the_words_of_the_extension_schema(shared):
    official = etree.parse(str(shared / "specs/csip/schema/DILCISExtensionMETS.xsd"))
    ours = etree.fromstring(targets.load("fgs-2.0").subsets()["leverans-subset-csip.xsd"])
    for name in ("CONTENTINFORMATIONTYPE", "OAISPACKAGETYPE", "NOTETYPE"):
        path = f".//{{*}}attribute[@name='{name}']//{{*}}enumeration"
        known = {one.get("value") for one in official.iterfind(path)}
        assert {one.get("value") for one in ours.iterfind(path)} <= known
        assert known
    every = {one.get("name") for one in official.getroot()}
    assert {one.get("name") for one in ours} <= every


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (PREMIS, "<messageDigest>", '<messageDigest xsi:type="file">'),
        (PREMIS, "<event>", '<event xsi:type="file">'),
        (PREMIS, "<premis ", '<premis xsi:nil="false" '),
        (ROOT, "<metsHdr ", '<metsHdr xsi:type="file" '),
        (ERMS, "<title>", '<title xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="file">'),
    ],
)
def test_a_type_of_an_instance_stands_only_where_the_schema_knows_it(tmp_path, path, old, new):
    package = Builder().change(path, lambda seen: seen.replace(old, new, 1))
    assert [one.code for one in validate(package.folder(tmp_path)).findings] == ["SCH003"]


def test_where_a_schema_lies_may_be_said_anywhere(tmp_path):
    hint = '<metsHdr xsi:schemaLocation="urn:a a.xsd" xsi:noNamespaceSchemaLocation="b.xsd" '
    package = Builder().change(ROOT, lambda seen: seen.replace("<metsHdr ", hint, 1))
    assert validate(package.folder(tmp_path)).findings == ()


def alone(where, version, *changes):
    text = Builder(version).tree()[ERMS].decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (where / "ERMS.xml").write_text(text, "utf-8")
    return validate(where / "ERMS.xml")


LATER = 'xsi:schemaLocation="https://DILCIS.eu/XML/ERMS https://citserms.dilcis.eu/schema/ERMS_v3.xsd"'
SPACE = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


@pytest.mark.parametrize(("version", "profile"), [("2.1.0", "fgs-2.0"), ("2.2.0", "eark-2.2")])
def test_an_erms_document_alone_is_judged_by_the_version_it_speaks(tmp_path, version, profile):
    report = alone(tmp_path, version)
    assert (report.profile, report.findings) == (profile, ())
    broken = alone(tmp_path, version, ("<title>Ett ärende</title>\n", ""))
    assert {finding.code for finding in broken.findings} == {"ERMS209", "ERMS211"}
    assert broken.profile == profile


def test_what_the_document_says_of_its_schema_goes_before_how_it_looks(tmp_path):
    report = alone(tmp_path, "2.1.0", ("<erms ", f"<erms {SPACE} {LATER} "))
    assert report.profile == "eark-2.2"
    assert not report.valid


def test_a_profile_asked_for_goes_before_both(tmp_path):
    alone(tmp_path, "2.2.0")
    assert validate(tmp_path / "ERMS.xml", profile="fgs-2.0").profile == "fgs-2.0"


@pytest.mark.parametrize(
    ("name", "document"),
    [("xsd/ead3_1_1_1.xsd", FINDING_AID), ("xsd/eac-cpf-2-0_eac.xsd", CREATOR)],
    ids=["EAD3", "EAC-CPF"],
)
def test_what_our_frame_refuses_the_official_schema_refuses(shared, name, document):
    """Each element left out, doubled or renamed; the frame sees less than the schema, never more."""
    parser = etree.XMLParser()
    parser.resolvers.add(Local(shared / "specs/xsd"))
    official = etree.XMLSchema(etree.parse(shared / "specs" / name, parser))
    kind = described_kinds().said["EAD" if "ead3" in name else "EAC-CPF"]
    refused = 0
    for what, broken in [("", document.encode()), *breaches(document.encode())]:
        sink = Sink(profiles()["fgs-2.0"].levels)
        package = Package(None, Survey(), Inventory(Survey()), sink, profiles()["fgs-2.0"])
        DescribedCheck(package, "x.xml", kind).read(io.BytesIO(broken))
        errors = [finding.code for finding in sink.findings]
        assert not (errors and official.validate(etree.fromstring(broken))), what
        refused += bool(errors)
        assert what or not errors
    assert refused > 20
