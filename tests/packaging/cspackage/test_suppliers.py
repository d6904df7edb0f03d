"""Packages as suppliers make them: read whole, every fault told with its place, nothing dropped, nothing raised."""

import hashlib
import random

import pytest
from tests.packaging.cspackage.conftest import packed, received, zipped

from leverans.errors import LeveransError
from leverans.model import Event, Extra
from leverans.testing.builders import a_full_case

BREV, PLAN = b"brev", b"plan"
SIP = """<?xml version="1.0" encoding="UTF-8"?>
<mets:mets xmlns:mets="http://www.loc.gov/METS/" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:ext="ExtensionMETS"
 OBJID="GUID:1" TYPE="ERMS" PROFILE="x"><mets:metsHdr CREATEDATE="2020-01-01T00:00:00">
<mets:agent ROLE="ARCHIVIST" TYPE="ORGANIZATION"><mets:name>NÄMNDEN</mets:name><mets:note>Local:1</mets:note></mets:agent>
<mets:altRecordID TYPE="SUBMISSIONAGREEMENT">A1</mets:altRecordID></mets:metsHdr><mets:fileSec><mets:fileGrp>
%s</mets:fileGrp></mets:fileSec><mets:structMap><mets:div/></mets:structMap></mets:mets>"""
FILE = (
    '<mets:file ID="%s" MIMETYPE="text/plain" SIZE="%d" CREATED="2020-01-01T00:00:00" CHECKSUM="%s" CHECKSUMTYPE="%s">'
    '<mets:FLocat LOCTYPE="URL" xlink:type="simple" xlink:href="%s"/></mets:file>\n'
)
CASE = """<?xml version="1.0" encoding="UTF-8"?>
<Leveransobjekt xmlns="http://xml.ra.se/e-arkiv/FGS-ERMS"><ArkivobjektListaArenden>
<ArkivobjektArende Systemidentifierare="UUID:6f0c1a52-6f4c-5a0e-9d0e-0b6f2f4f6a11">
<ArkivobjektID>BYGG 2022-1</ArkivobjektID><ExtraID ExtraIDTyp="motpartens">M-1</ExtraID><ArendeTyp>BL</ArendeTyp>
<Avslutat>20220120</Avslutat><Beslutat>2022-01-19</Beslutat><Agent><Roll>Handläggare</Roll><Namn>Bo</Namn></Agent>
<Klass>F2 Bygglov</Klass><Restriktion Typ="Sekretess"><Lagrum>OSL 21:7</Lagrum></Restriktion>
<Motpart><Namn>Eva</Namn><Postort>Mora</Postort><SkyddadIdentitet>true</SkyddadIdentitet></Motpart>
<Notering>Se pärm</Notering><Inkommen>2021-12-01</Inkommen><StatusArande>Avslutat</StatusArande>
<Arendemening>Nybyggnad</Arendemening><Fastighet><Fastighetsbeteckning>MORA 1:2</Fastighetsbeteckning></Fastighet>
<EgnaElement><EgetElement Namn="Enhet"><Varde>Bygg</Varde><Egenskaper><Egenskap Namn="kod"><Varde>7</Varde></Egenskap>
</Egenskaper><EgetElement Namn="Chef"><Varde>X</Varde></EgetElement></EgetElement></EgnaElement>
<TillkommandeXMLdata><ca:Info xmlns:ca="Cambio">mer</ca:Info></TillkommandeXMLdata>
<ArkivobjektListaHandlingar><ArkivobjektHandling><ArkivobjektID>1</ArkivobjektID><Lopnummer>1</Lopnummer>
<Beskrivning>Karta</Beskrivning><StatusHandling>Inkommen</StatusHandling>
<Bilaga Namn="Brevet å.txt" Lank="Bilagor\\Brev%%20å.txt" Esignatur="Ja"/>
<Bilaga Namn="Borta" Lank="Bilagor\\borta.txt"/></ArkivobjektHandling></ArkivobjektListaHandlingar>
</ArkivobjektArende></ArkivobjektListaArenden></Leveransobjekt>""".replace("%%", "%")


def listed(name, content, href, kind="SHA-256"):
    digest = hashlib.new(kind.replace("-", "").lower(), content).hexdigest().upper()
    return FILE % (name, len(content), digest, kind, href)


def a_package(folder, case=CASE, files=None, sip=None, **more):
    held = {
        "Sip.xml": sip
        or SIP
        % (
            listed("ID1", BREV, "file:///bilagor/brev%20å.txt", "MD5")
            + listed("ID2", PLAN, "file:Content/plan.txt")
        ),
        "Arkiv/Arendehantering.XML": case,
        "Bilagor/Brev å.txt": BREV,
        "Content/plan.txt": PLAN,
    }
    return zipped(folder / "p.zip", {**held, **(files or {}), **more})


def codes(findings):
    return sorted(one.code for one in findings)


def test_a_suppliers_package_is_read_whole(tmp_path):
    package, (found,) = received(a_package(tmp_path))
    case = found.case
    assert package.about().parties[0].notes == ("Local:1",)
    assert (case.id, case.key, case.reference_code) == (
        "6f0c1a52-6f4c-5a0e-9d0e-0b6f2f4f6a11",
        *["BYGG 2022-1"] * 2,
    )
    assert (case.title, case.type, case.opened, case.closed, case.status) == (
        "Nybyggnad",
        "BL",
        "2021-12-01",
        None,
        None,
    )
    assert (case.classification_code, case.classification_title) == ("F2", "Bygglov")
    assert [(one.type, one.name, one.protected_identity) for one in case.agents] == [
        ("responsible_person", "Bo", None), ("counterpart", "Eva", "true"),
    ]  # fmt: skip
    assert case.agents[1].city == "Mora"
    assert case.route == "protected"
    assert case.events == (Event("decision", date="2022-01-19"),)
    assert [(one.axis, one.web, one.law) for one in case.restrictions] == [("secrecy", "none", "OSL 21:7")]
    extras = {one.name: one.value for one in case.extras}
    assert extras == {
        "ExtraID/motpartens": "M-1", "Notering": "Se pärm", "Avslutat": "20220120",
        "StatusArande": "Avslutat", "Fastighet/Fastighetsbeteckning": "MORA 1:2", "Enhet": "Bygg", "Enhet@kod": "7",
        "Enhet/Chef": "X",
        "TillkommandeXMLdata": '<ca:Info xmlns:ca="Cambio" xmlns="http://xml.ra.se/e-arkiv/FGS-ERMS">mer</ca:Info>',
    }  # fmt: skip
    (record,) = case.records
    assert (record.title, record.direction, record.number, record.key) == ("Karta", "incoming", 1, "1")
    (file,) = record.files
    assert (file.name, file.sha256, file.size) == ("Brevet å.txt", hashlib.sha256(BREV).hexdigest(), 4)
    assert (file.signature, file.extras) == ("exists", ())
    assert record.extras == (Extra("Bilaga", "Bilagor\\borta.txt"),)
    assert found.places[file.id] == "Bilagor/Brev å.txt"
    assert codes(found.findings) == ["CSP004", "CSP008", "CSP009", "CSP009"]
    assert all(one.where.startswith("cases") or ":" in one.where for one in found.findings)
    assert codes(package.findings) == ["CSP007"]  # the plan that no Bilaga names


def sip_with(text):
    return SIP % text


@pytest.mark.parametrize(
    ("changes", "of_package", "of_case"),
    [
        ({"Bilagor/Brev å.txt": b"annat"}, [], ["CSP005"]),
        ({"sip": SIP % ""}, [], ["CSP006"]),
        ({"sip": sip_with(listed("ID1", BREV, "file:///bilagor/brev å.txt") * 2)}, ["CSP015"], []),
        ({"sip": sip_with(listed("ID1", BREV, "file:///borta.txt"))}, ["CSP013"], ["CSP006"]),
        ({"sip": sip_with(listed("ID1", BREV, "../../etc/passwd"))}, ["CSP013"], ["CSP006"]),
        ({"sip": "<mets"}, ["CSP002"], ["CSP006"]),
        ({"sip": "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}, ["CSP002"], ["CSP006"]),
        ({"annat/sip.xml": b"<a/>"}, ["CSP014"], []),
        ({"case": CASE.replace("</Leveransobjekt>", "")}, ["CSP002"], []),
        ({"case": CASE.replace("http://xml.ra.se/e-arkiv/FGS-ERMS", "eARDERMS")}, ["CSP012"], []),
        ({"case": CASE.replace("Beskrivning>", "Kort>")}, [], ["CSP008", "CSP011"]),
    ],
)  # fmt: skip
def test_each_fault_is_told(tmp_path, changes, of_package, of_case):
    files = {name: text for name, text in changes.items() if name not in {"sip", "case"}}
    known = {name: changes[name] for name in ("sip", "case") if name in changes}
    package, found = received(a_package(tmp_path, files=files, **known))
    assert set(of_package) <= set(codes(package.findings))
    assert set(of_case) <= {code for one in found for code in codes(one.findings)}
    assert found[0].case.title == "Nybyggnad"


def test_without_sip_or_cases_there_is_nothing_but_findings(tmp_path):
    package, found = received(zipped(tmp_path / "p.zip", {"a.txt": b"a"}))
    assert (found, codes(package.findings)) == ([], ["CSP001", "CSP003"])


def test_two_objects_of_one_identity_stay_two(tmp_path):
    start, end = CASE.index("<ArkivobjektArende "), CASE.index("</ArkivobjektListaArenden>")
    _package, found = received(a_package(tmp_path, case=CASE[:end] + CASE[start:end] + CASE[end:]))
    assert len({one.case.id for one in found}) == 2
    assert "CSP010" in codes(found[1].findings)
    files = [file.id for one in found for record in one.case.records for file in record.files]
    assert len(set(files)) == 2


def test_records_without_a_case_get_one_each_and_files_of_a_case_a_record(tmp_path):
    start, end = CASE.index("<ArkivobjektHandling>"), CASE.index("</ArkivobjektListaHandlingar>")
    loose = f'<Leveransobjekt xmlns="http://xml.ra.se/e-arkiv/FGS-ERMS"><ArkivobjektListaHandlingar>{CASE[start:end]}</ArkivobjektListaHandlingar></Leveransobjekt>'
    _, (found,) = received(a_package(tmp_path, case=loose))
    assert (found.case.title, found.case.kind, len(found.case.records)) == ("Karta", "handling", 1)
    direct = CASE.replace("<EgnaElement>", '<Bilaga Namn="P" Lank="Content/plan.txt"/><EgnaElement>', 1)
    package, (found,) = received(a_package(tmp_path, case=direct))
    assert found.case.records[-1].files[0].name == "P"
    assert codes(package.findings) == []


def test_cases_under_another_name_are_found_by_what_they_are(tmp_path):
    href = listed("ID3", b"", "file:///Content/KSExport.xml").replace(
        'SIZE="0"', f'SIZE="{len(CASE.encode())}"'
    )
    held = {"sip.xml": SIP % href, "Content/KSExport.xml": CASE, "Bilagor/Brev å.txt": BREV}
    _package, found = received(zipped(tmp_path / "p.zip", held))
    assert len(found) == 1


def test_real_metadata_of_a_municipality_is_read(tmp_path, shared):
    for path in sorted((shared / "data/fgs").glob("metadata.*.xml")):
        _, (found,) = received(a_package(tmp_path, case=path.read_bytes()))
        assert found.case.title.startswith("Bygglov")
        assert {one.code for one in found.findings} >= {"CSP004", "CSP008"}
        assert any(one.name.endswith("Fastighetsbeteckning") for one in found.case.extras)


def test_nothing_in_a_package_raises(tmp_path):
    whole = a_package(tmp_path).read_bytes()
    ours, _ = packed(tmp_path, [a_full_case()], [b"a", b"b"])
    texts = (CASE.encode(), (SIP % "").encode())
    random.seed(5)
    path = tmp_path / "q.zip"
    for number in range(400):
        source = bytearray((whole, ours.read_bytes(), *texts)[number % 4])
        for _ in range(random.randint(1, 6)):
            source[random.randrange(len(source))] = random.randrange(256)
        if number % 4 < 2:
            path.write_bytes(source)
        else:
            key = ("case", "sip")[number % 2]
            path = a_package(tmp_path, **{key: bytes(source)})
        try:
            received(path)
        except LeveransError as fault:
            assert fault.code in {"ZIP001", "VAL002"}  # no container at all: told by what opens it
