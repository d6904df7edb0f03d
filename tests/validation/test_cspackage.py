"""FGS 1.2: sip.xml and arendehantering.xml, breach by breach; real documents as they are."""

import hashlib
import zipfile

import pytest
from lxml import etree

from leverans.validation import validate
from leverans.validation.run import examine

SIP, CASES, LETTER = "sip.xml", "arendehantering.xml", "content/1/brev.txt"
PROFILE = "http://xml.ra.se/e-arkiv/METS/CommonSpecificationSwedenPackageProfile.xml"


def cases():
    return """<?xml version="1.0" encoding="UTF-8"?>
<Leveransobjekt xmlns="http://xml.ra.se/e-arkiv/FGS-ERMS">
<ArkivobjektListaArenden>
<ArkivobjektArende Systemidentifierare="UUID:aaaaaaaa-0000-4000-8000-000000000001">
<ArkivobjektID>KS 2003/1</ArkivobjektID>
<Avslutat>2003-09</Avslutat>
<Gallring Gallras="false"/>
<Agent><Roll>Handläggare</Roll><Namn>Bo</Namn></Agent>
<Restriktion Typ="Sekretess"><Lagrum>OSL 21:7</Lagrum></Restriktion>
<Motpart><Namn>Eva</Namn><SkyddadIdentitet>false</SkyddadIdentitet></Motpart>
<ArendeRelation Typ="Referens">KS 2003/9</ArendeRelation>
<StatusArande>Stängt</StatusArande>
<Arendemening>Ett ärende</Arendemening>
<EgnaElement><EgetElement Namn="fält"><Varde>1</Varde></EgetElement></EgnaElement>
<TillkommandeXMLdata><x xmlns="urn:egen"><y>fritt</y></x></TillkommandeXMLdata>
<ArkivobjektListaHandlingar>
<ArkivobjektHandling Systemidentifierare="aaaaaaaa-0000-4000-8000-000000000002">
<ArkivobjektID>1</ArkivobjektID>
<Inkommen>2003-04-02T10:00:00</Inkommen>
<HandlingRelation Typ="Har version">2</HandlingRelation>
<Rubrik>Brev</Rubrik>
<StatusHandling>Inkommen</StatusHandling>
<Bilaga Namn="brev.txt" Lank="content/1/brev.txt" Storlek="4" Esignatur="Nej"/>
</ArkivobjektHandling>
</ArkivobjektListaHandlingar>
</ArkivobjektArende>
</ArkivobjektListaArenden>
</Leveransobjekt>
"""


def listed(number, path, content):
    return (
        f'<file ID="f{number}" MIMETYPE="text/plain" SIZE="{len(content)}" CREATED="2026-01-01T12:00:00" '
        f'CHECKSUM="{hashlib.sha256(content).hexdigest()}" CHECKSUMTYPE="SHA-256">\n'
        f'<FLocat LOCTYPE="URL" xlink:type="simple" xlink:href="file:///{path}"/></file>\n'
    )


def sip(files):
    entries = "".join(listed(number, path, content) for number, (path, content) in enumerate(files.items()))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<mets xmlns="http://www.loc.gov/METS/" xmlns:ext="ExtensionMETS" xmlns:xlink="http://www.w3.org/1999/xlink" OBJID="UUID:1" TYPE="ERMS" PROFILE="{PROFILE}" ext:APPRAISAL="No">
<metsHdr CREATEDATE="2026-01-01T12:00:00" RECORDSTATUS="NEW" ext:OAISSTATUS="SIP">
<agent ROLE="ARCHIVIST" TYPE="ORGANIZATION"><name>Provnämnden</name><note>ORG:1</note></agent>
<agent ROLE="CREATOR" TYPE="ORGANIZATION"><name>Provkommun</name><note>ORG:2</note></agent>
<agent ROLE="ARCHIVIST" TYPE="OTHER" OTHERTYPE="SOFTWARE"><name>Prov</name><note>1.0</note></agent>
<altRecordID TYPE="SUBMISSIONAGREEMENT">LÖ 1</altRecordID>
</metsHdr>
<fileSec><fileGrp USE="FILES">
{entries}</fileGrp></fileSec>
<structMap LABEL="No structMap defined in this information package"><div/></structMap>
</mets>
"""


def build(where, changes=(), spoil=lambda files: None, name="p.zip", root=""):
    files = {LETTER: b"Hej\n", CASES: cases()}
    for path, old, new in changes:
        if path == CASES:
            assert old in files[CASES], old
            files[CASES] = files[CASES].replace(old, new, 1)
    files[CASES] = files[CASES].encode()
    text = sip(files)
    for path, old, new in changes:
        if path == SIP:
            assert old in text, old
            text = text.replace(old, new, 1)
    files[SIP] = text.encode()
    spoil(files)
    with zipfile.ZipFile(where / name, "w") as out:
        for path, content in files.items():
            out.writestr(root + path, content)
    return where / name


def found(report):
    return [(finding.code, finding.where) for finding in report.findings]


_C = "/Leveransobjekt/ArkivobjektListaArenden/ArkivobjektArende[1]"
_H = f"{_C}/ArkivobjektListaHandlingar/ArkivobjektHandling[1]"
_A = f"{CASES}:"
MUTATIONS = [
    (SIP, ' OBJID="UUID:1"', "", [("FGS12-P3", "sip.xml:2 /mets/@OBJID")]),
    (SIP, ' TYPE="ERMS"', ' TYPE="Ärenden"', [("FGS12-P3", "sip.xml:2 /mets/@TYPE")]),
    (SIP, "Profile.xml", "Profile.xmll", [("FGS12-P4", "sip.xml:2 /mets/@PROFILE")]),
    (SIP, "2026-01-01T12:00:00", "2026-01-01", [("FGS12-P5", "sip.xml:3 /mets/metsHdr/@CREATEDATE")]),
    (SIP, 'RECORDSTATUS="NEW"', 'RECORDSTATUS="DELETE"', [("FGS12-P5", "sip.xml:3 /mets/metsHdr/@RECORDSTATUS")]),
    (SIP, 'OTHERTYPE="SOFTWARE"', 'OTHERTYPE="PROGRAM"', [("FGS12-P6", "sip.xml:6 /mets/metsHdr/agent[3]/@OTHERTYPE"), ("FGS12-P9", "sip.xml:3 /mets/metsHdr/agent")]),
    (SIP, "<name>Provnämnden</name>", "<name/>", [("FGS12-P7", "sip.xml:3 /mets/metsHdr/agent")]),
    (SIP, "<note>ORG:1</note>", "", [("FGS12-P22", "sip.xml:4 /mets/metsHdr/agent[1]")]),
    (SIP, '<agent ROLE="CREATOR"', '<agent ROLE="EDITOR"', [("FGS12-P8", "sip.xml:3 /mets/metsHdr/agent")]),
    (SIP, "<note>1.0</note>", "", [("FGS12-P23", "sip.xml:6 /mets/metsHdr/agent[3]")]),
    (SIP, "LÖ 1", "", [("FGS12-P10", "sip.xml:3 /mets/metsHdr/altRecordID")]),
    (SIP, 'TYPE="SUBMISSIONAGREEMENT"', 'TYPE="AVTAL"', [("FGS12-P10", "sip.xml:7 /mets/metsHdr/altRecordID[1]/@TYPE"), ("FGS12-P10", "sip.xml:3 /mets/metsHdr/altRecordID")]),
    (SIP, 'ext:APPRAISAL="No"', 'ext:APPRAISAL="Nej"', [("FGS12-P11", "sip.xml:2 /mets/@ext:APPRAISAL")]),
    (SIP, ' ID="f0"', "", [("FGS12-P13", "sip.xml:10 /mets/fileSec/fileGrp[1]/file[1]/@ID")]),
    (SIP, 'CHECKSUMTYPE="SHA-256"', 'CHECKSUMTYPE="CRC32"', [("FGS12-P14", "sip.xml:10 /mets/fileSec/fileGrp[1]/file[1]/@CHECKSUMTYPE"), ("FGS12-P14", "sip.xml:11 /mets/fileSec/fileGrp[1]/file[1]/FLocat/@CHECKSUM")]),
    (SIP, ' CHECKSUMTYPE="SHA-256"', "", [("FGS12-P24", "sip.xml:11 /mets/fileSec/fileGrp[1]/file[1]/FLocat")]),
    (SIP, "<div/>", "", [("FGS12-P18", "sip.xml:15 /mets/structMap[1]/div")]),
    (SIP, "</fileSec>", "</fileSec><amdSec/>", [("SCH006", "sip.xml:14 /mets/amdSec[1]")]),
    (SIP, "<fileSec>", '<dmdSec ID="d"><mdRef LOCTYPE="URL"/></dmdSec><fileSec>', [("FGS12-P21", "sip.xml:9 /mets/dmdSec[1]/mdRef/@MDTYPE")]),
    (SIP, "file:///content/1/brev.txt", "file:///content\\1\\brev.txt", []),
    (SIP, "file:///content/1/brev.txt", "file:///../brev.txt", [("PATH001", "sip.xml:11 /mets/fileSec/fileGrp[1]/file[1]/FLocat/@xlink:href"), ("FGS12-A13", f"{_A}23 {_H}/Bilaga[1]/@Lank"), ("FIX004", LETTER)]),
    (CASES, "<Rubrik>Brev</Rubrik>", "<Rubrik> </Rubrik>", [("FGS12-A5", f"{_A}17 {_H}/Rubrik")]),
    (CASES, "<Avslutat>2003-09<", "<Avslutat>03-09<", [("FGS12-A6", f"{_A}6 {_C}/Avslutat")]),
    (CASES, "<Avslutat>2003-09<", "<Avslutat>2003-13<", [("FGS12-A19", f"{_A}6 {_C}/Avslutat")]),
    (CASES, "Stängt", "Klart", [("FGS12-A7", f"{_A}12 {_C}/StatusArande")]),
    (CASES, 'Typ="Sekretess"', 'Typ="Hemligt"', [("FGS12-A8", f"{_A}9 {_C}/Restriktion[1]/@Typ")]),
    (CASES, 'Typ="Sekretess"', 'Typ="Annan typ"', [("FGS12-A20", f"{_A}9 {_C}/Restriktion[1]/@AnnanTyp")]),
    (CASES, "<Lagrum>OSL 21:7</Lagrum>", "", [("FGS12-A21", f"{_A}9 {_C}/Restriktion[1]/Lagrum")]),
    (CASES, 'Typ="Har version"', 'Typ="Liknar"', [("FGS12-A9", f"{_A}20 {_H}/HandlingRelation[1]/@Typ")]),
    (CASES, ' Gallras="false"', "", [("FGS12-A10", f"{_A}7 {_C}/Gallring/@Gallras")]),
    (CASES, "<Roll>Handläggare</Roll>", "", [("FGS12-A11", f"{_A}8 {_C}/Agent[1]/Roll")]),
    (CASES, ' Namn="brev.txt"', "", [("FGS12-A12", f"{_A}23 {_H}/Bilaga[1]/@Namn")]),
    (CASES, "content/1/brev.txt", "content/1/annat.txt", [("FGS12-A13", f"{_A}23 {_H}/Bilaga[1]/@Lank"), ("FGS12-A14", LETTER)]),
    (CASES, 'Storlek="4"', 'Storlek="5"', [("FIX008", f"{_A}23 {_H}/Bilaga[1]/@Storlek")]),
    (CASES, "UUID:aaaaaaaa-0000-4000-8000-000000000001", "17", [("FGS12-A15", f"{_A}4 {_C}/@Systemidentifierare")]),
    (CASES, "UUID:aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002", [("ERM003", f"{_A}17 {_H}/@Systemidentifierare")]),
    (CASES, ' Namn="fält"', "", [("FGS12-A16", f"{_A}14 {_C}/EgnaElement[1]/EgetElement[1]/@Namn")]),
    (CASES, "</ArkivobjektListaHandlingar>", "<ArkivobjektHandling><ArkivobjektID>1</ArkivobjektID><Rubrik>x</Rubrik></ArkivobjektHandling></ArkivobjektListaHandlingar>", [("FGS12-A17", f"{_A}25 {_C}/ArkivobjektListaHandlingar/ArkivobjektHandling[2]/ArkivobjektID")]),
    (CASES, "<Motpart>", "<Fastighet/><Motpart>", [("SCH001", f"{_A}10 {_C}/Fastighet")]),
    (CASES, "<ArkivobjektID>KS 2003/1</ArkivobjektID>\n", "", [("SCH002", f"{_A}4 {_C}/ArkivobjektID")]),
]  # fmt: skip


def test_a_good_package_has_no_finding_with_or_without_a_root(tmp_path):
    report = validate(build(tmp_path))
    assert found(report) == []
    assert (report.profile, report.counts["records"], report.counts["appendices"]) == ("fgs-1.2", 1, 1)
    assert found(validate(build(tmp_path, root="paket/", name="q.zip"))) == []


@pytest.mark.parametrize(("path", "old", "new", "expected"), MUTATIONS)
def test_each_breach_is_found_at_its_place(tmp_path, path, old, new, expected):
    package = build(tmp_path, [(path, old, new)])
    assert found(validate(package)) == expected
    for first in {code for code, _ in expected[:1]}:
        report = examine(package, without=frozenset({first}))
        assert found(report) == [row for row in expected if row[0] != first]


def rename(old, new):
    return lambda files: files.__setitem__(new, files.pop(old))


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (rename(SIP, "Sip.xml"), [("FGS12-P1", "Sip.xml")]),
        (lambda files: files.__setitem__("mer.txt", b"x"), [("FIX004", "mer.txt")]),
        (lambda files: files.__setitem__("System/x.xsd", b"x"), [("FIX004", "System/x.xsd")]),
        (lambda files: files.__setitem__(LETTER, b"Hoj\n"), [("FIX001", LETTER)]),
        (lambda files: files.pop(LETTER), [("FIX003", LETTER), ("FGS12-A13", f"{_A}23 {_H}/Bilaga[1]/@Lank")]),
        (lambda files: files.__setitem__(SIP, b"<mets"), [("XML001", "sip.xml:1")]),
    ],
)  # fmt: skip
def test_files(tmp_path, spoil, expected):
    report = validate(build(tmp_path, spoil=spoil))
    assert found(report) == expected
    assert report.valid == (expected[0][1] in {"Sip.xml", "System/x.xsd"})


def test_cases_under_another_name(tmp_path):
    def other(files):
        files["Arkivexport.xml"] = files.pop(CASES)
        files[SIP] = files[SIP].replace(CASES.encode(), b"Arkivexport.xml")

    assert found(validate(build(tmp_path, spoil=other))) == [("FGS12-A22", "Arkivexport.xml")]
    lost = build(
        tmp_path,
        [(CASES, "Leveransobjekt xmlns", "Annat xmlns"), (CASES, "/Leveransobjekt", "/Annat")],
        other,
    )
    assert ("FGS12-A1", CASES) in found(validate(lost))


def test_what_the_official_schemas_refuse_we_refuse(tmp_path, shared):
    """The cases of every mutation: invalid by Riksarkivet's schema means an error of ours."""
    schema = etree.XMLSchema(etree.parse(shared / "specs/fgs-arendehantering-1.0/Arendehantering.xsd"))
    assert schema.validate(etree.fromstring(cases().encode())), schema.error_log
    for path, old, new, _ in MUTATIONS:
        if path == CASES:
            text = cases().replace(old, new, 1)
            target = tmp_path / CASES
            target.write_text(text)
            if not schema.validate(etree.fromstring(text.encode())):
                assert not validate(target).valid, (old, new)
