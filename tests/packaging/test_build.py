"""The container and what METS says of it."""

import hashlib
import json
import tarfile
import tracemalloc
from dataclasses import replace

import pytest
from tests.packaging.conftest import ERMS, PREMIS, REPRESENTATION

from leverans.blobs import digest_file
from leverans.contracts import PackageDescriptor, from_json, to_json
from leverans.errors import IntegrityError
from leverans.packaging import build
from leverans.testing.builders import (
    a_case,
    a_file,
    a_full_case,
    a_record,
    an_order,
    filled_store,
    many_cases,
)
from leverans.validation import validate

FULL = ([a_full_case(), a_case("2")], [b"a", b"b"])


def test_the_order_in_the_container(make):
    assert make(*FULL).names() == [
        f"{REPRESENTATION}/data/KS-2003-full/0001-01.pdf",
        f"{REPRESENTATION}/data/KS-2003-full/0001-02.pdf",
        ERMS,
        f"{REPRESENTATION}/{PREMIS}",
        f"{REPRESENTATION}/metadata/other/rows.jsonl",
        f"{REPRESENTATION}/metadata/other/lineage.jsonl",
        f"{REPRESENTATION}/METS.xml",
        "schemas/leverans-subset-fgs-2.0.xsd",
        "schemas/leverans-subset-mets.xsd",
        "schemas/leverans-subset-xlink.xsd",
        "schemas/leverans-subset-csip.xsd",
        "schemas/leverans-subset-sip.xsd",
        "schemas/leverans-subset-premis.xsd",
        "schemas/leverans-subset-ead.xsd",
        "schemas/leverans-subset-eac.xsd",
        "schemas/leverans-subset-packageinfo.xsd",
        "schemas/leverans-subset-own.xsd",
        "schemas/catalog.xml",
        "documentation/about.txt",
        "documentation/additionalPackageInfo.xml",
        "documentation/avtal/overenskommelse.yaml",
        "documentation/kolumner.csv",
        "metadata/descriptive/ead.xml",
        "metadata/descriptive/eac-cpf-1.xml",
        PREMIS,
        "METS.xml",
    ]


def test_the_descriptor_tells_what_the_container_is(make):
    package = make(*FULL)
    made = package.descriptor
    assert made.path == f"{package.root}.zip"
    assert package.root == f"uuid-{made.id}"
    assert made.sha256 == digest_file(package.path).sha256
    assert made.size == package.path.stat().st_size
    assert (made.objects, made.documents, made.document_bytes) == (2, 2, 2)
    assert made.counts == {
        "cases": 2, "records": 1, "files": 2, "rows": 1, "escaped": 0, "dates_supplied": 0, "dates_unwritable": 0,
    }  # fmt: skip
    assert from_json(PackageDescriptor, to_json(made)) == made


def test_the_same_order_gives_the_same_bytes_whatever_the_store(make, tmp_path):
    store = filled_store(tmp_path / "other", [b"b", b"c", b"a"])
    first, second = make(*FULL), make(FULL[0], store=store)
    assert first.path.read_bytes() == second.path.read_bytes()


def references(package, name):
    """Give path → (size, sha256) of all that a METS document refers to, relative to the package's root."""
    folder = name.rpartition("/")[0]
    found = {}
    for element in package.find(name, "//m:file | //m:mdRef"):
        link = element if element.tag.endswith("mdRef") else element[0]
        path = link.get("{http://www.w3.org/1999/xlink}href")
        path = f"{folder}/{path}" if folder else path
        assert path not in found
        found[path] = (int(element.get("SIZE")), element.get("CHECKSUM"))
    return found


def test_every_file_is_referenced_exactly_once_with_its_size_and_digest(make):
    package = make(*FULL)
    found = references(package, "METS.xml")
    inner = references(package, f"{REPRESENTATION}/METS.xml")
    assert not set(found) & set(inner)
    found |= inner
    assert set(found) == set(package.names()) - {"METS.xml"}
    for name, (size, digest) in found.items():
        content = package.read(name)
        assert (len(content), hashlib.sha256(content).hexdigest()) == (size, digest), name


def test_ids_are_unique_in_the_package_and_every_reference_has_its_target(make):
    package = make(*FULL)
    every = []
    for name in ("METS.xml", f"{REPRESENTATION}/METS.xml"):
        ids = package.find(name, "//@ID")
        pointing = package.find(name, "//@FILEID | //@ADMID | //@DMDID | //m:mptr/@x:title")
        assert {word for value in pointing for word in value.split()} <= set(ids)
        every += ids
    assert len(every) == len(set(every))


def test_the_header_says_who_and_under_which_agreement(make):
    package = make(*FULL, status="REPLACEMENT")
    for name in ("METS.xml", f"{REPRESENTATION}/METS.xml"):
        header = package.find(name, "//m:metsHdr")[0]
        assert header.get("RECORDSTATUS") == "REPLACEMENT"
        agents = [
            (a.get("ROLE"), a.get("TYPE"), a.get("OTHERTYPE"), a[0].text, a[1].text if len(a) > 1 else None)
            for a in package.find(name, "//m:agent")
        ]
        assert agents == [
            ("CREATOR", "OTHER", "SOFTWARE", "Leverans", "0.1.0"),
            ("ARCHIVIST", "ORGANIZATION", None, "Provnämnden", None),
            ("CREATOR", "ORGANIZATION", None, "Provkommun", "ORG:2120000000"),
            ("PRESERVATION", "ORGANIZATION", None, "Provarkivet", None),
            ("OTHER", "OTHER", "SOFTWARE", "Provsystem", "5.2"),
        ]
        numbers = {n.get("TYPE"): n.text for n in package.find(name, "//m:altRecordID")}
        assert numbers == {
            "SUBMISSIONAGREEMENT": "LÖ-2026-1",
            "PREVIOUSSUBMISSIONAGREEMENT": "LÖ-2019-3",
            "REFERENCECODE": "PROV/1",
        }
        assert set(package.find(name, "//@CREATED | //@CREATEDATE")) == {"2026-01-01T12:00:00Z"}


def test_the_top_of_mets_is_what_csip_and_sip_ask_for(make):
    package = make(*FULL)
    top = package.tree("METS.xml")
    assert top.get("OBJID") == package.root
    assert top.get("TYPE") == "Datasets"
    assert top.get("PROFILE") == "https://earksip.dilcis.eu/profile/E-ARK-SIP.xml"
    assert package.find("METS.xml", "string(//@csip:OAISPACKAGETYPE)") == "SIP"
    assert package.find("METS.xml", "string(/m:mets/@csip:CONTENTINFORMATIONTYPE)") == "citserms_v2_1"
    assert package.find("METS.xml", "//m:fileGrp/@USE") == [
        "Documentation", "Schemas", "Representations/rep1",
    ]  # fmt: skip
    assert package.find("METS.xml", "//m:structMap[@LABEL='CSIP'][@TYPE='PHYSICAL']/m:div/m:div/@LABEL") == [
        "Metadata", "Documentation", "Schemas", "Representations/rep1",
    ]  # fmt: skip
    pointer = package.find("METS.xml", "//m:mptr")[0]
    assert pointer.get("{http://www.w3.org/1999/xlink}href") == f"{REPRESENTATION}/METS.xml"
    assert package.tree(f"{REPRESENTATION}/METS.xml").get("OBJID") == "rep1"


def test_the_original_name_is_kept_to_the_letter(make):
    names = ["Å och ä.PDF", "A\u030a och a\u0308.PDF", "utan ändelse", "bell\x07.txt"]
    files = tuple(a_file(b"x", name) for name in names)
    package = make([a_case(records=(a_record(files=files),))], [b"x"])
    kept = ["Å och ä.PDF", "A\u030a och a\u0308.PDF", "utan ändelse", "bell\\u0007.txt"]
    assert package.find(ERMS, "//e:appendix/@name") == kept
    assert package.find(f"{REPRESENTATION}/METS.xml", "//m:file/@OWNERID") == kept
    assert package.find(f"{REPRESENTATION}/{PREMIS}", "//p:originalName/text()") == kept
    assert [name.rpartition("/")[2] for name in package.names()[:4]] == [
        "0001-01.pdf", "0001-02.pdf", "0001-03", "0001-04.txt",
    ]  # fmt: skip


def test_erms_premis_and_mets_name_the_same_files(make):
    package = make(*FULL)
    premis = package.find(f"{REPRESENTATION}/{PREMIS}", "//p:object[p:originalName]")
    entries = package.find(f"{REPRESENTATION}/METS.xml", "//m:file[@OWNERID]")
    paths = package.find(ERMS, "//e:appendix/@path")
    assert len(premis) == len(entries) == len(paths) == 2
    for thing, entry, path in zip(premis, entries, paths, strict=True):
        texts = {e.tag.rpartition("}")[2]: e.text for e in thing.iter()}
        assert (
            texts["contentLocationValue"]
            == entry[0].get("{http://www.w3.org/1999/xlink}href")
            == f"data/{path}"
        )
        assert texts["messageDigest"] == entry.get("CHECKSUM")
        assert texts["size"] == entry.get("SIZE")
        assert texts["formatRegistryKey"] == "fmt/18"
        assert f"uuid-{thing[0][1].text}" == entry.get("ID")


def test_premis_tells_the_five_events_and_links_them(make):
    package = make(*FULL)
    name = f"{REPRESENTATION}/{PREMIS}"
    assert package.find(name, "//p:eventType/text()") == [
        "extraction", "transfer", "mapping", "message digest calculation", "format identification",
    ]  # fmt: skip
    assert set(package.find(name, "//p:eventDateTime/text()")) == {"2026-01-01T12:00:00Z"}
    for document in (name, PREMIS):
        objects = set(package.find(document, "//p:objectIdentifierValue/text()"))
        agents = set(package.find(document, "//p:agentIdentifierValue/text()"))
        assert set(package.find(document, "//p:linkingObjectIdentifierValue/text()")) <= objects
        assert set(package.find(document, "//p:linkingAgentIdentifierValue/text()")) <= agents
    linked = package.find(name, "//p:event[p:eventType='mapping']//p:linkingObjectIdentifierValue/text()")
    located = package.find(
        name,
        "//p:object[.//p:contentLocationValue='metadata/other/lineage.jsonl']//p:objectIdentifierValue/text()",
    )
    assert set(located) <= set(linked)
    parts = package.find(name, "//p:relatedObjectIdentifierValue/text()")
    files = package.find(
        name, "//p:object[p:objectCharacteristics]/p:objectIdentifier[1]/p:objectIdentifierValue/text()"
    )
    assert sorted(parts) == sorted(files)


def test_rows_and_lineage_travel_as_lines_of_json(make):
    package = make(*FULL)
    lines = package.read(f"{REPRESENTATION}/metadata/other/rows.jsonl").decode().splitlines()
    first, second = (json.loads(line) for line in lines)
    assert [first["object"], second["object"]] == [case.id for case in FULL[0]]
    assert first["rows"] == [{"key": "full", "row": {"Id": "1", "Ord": "å\x01"}, "stream": "db.Ärenden"}]
    assert second["rows"] == []
    lineage = package.read(f"{REPRESENTATION}/metadata/other/lineage.jsonl").decode().splitlines()
    assert json.loads(lineage[0]) == {"field": "title", "from": "db.Arenden.Rubrik"}


def test_documentation_gets_safe_names_that_do_not_meet(make):
    documents = {
        "å.txt": b"1",
        "a.txt": b"2",
        "A.TXT": b"3",
        "../ut.txt": b"4",
        "/rot": b"5",
        "about.txt": b"6",
    }
    package = make([a_case()], documentation=documents)
    names = [name for name in package.names() if name.startswith("documentation/")]
    assert len({name.lower() for name in names}) == 8
    assert all(part not in {"..", "."} for name in names for part in name.split("/"))
    owners = package.find("METS.xml", "//m:fileGrp[@USE='Documentation']/m:file/@OWNERID")
    assert "å.txt" in owners
    assert "../ut.txt" in owners


def test_a_protected_package_has_no_word_of_a_case_in_any_path(make):
    case = a_full_case()
    protected = replace(case, route="protected")
    package = make([protected], [b"a", b"b"], route="protected")
    assert case.reference_code.rpartition("/")[2] not in "".join(package.names())
    assert f"{REPRESENTATION}/data/{case.id}/0001-01.pdf" in package.names()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sha256": "f" * 64}, "missing"),
        ({"size": 2}, "size"),
        ({"crc32": 7}, "crc32"),
    ],
)
def test_bytes_that_are_not_the_promised_ones_stop_the_package(tmp_path, change, reason):
    store = filled_store(tmp_path / "blobs", [b"x"])
    file = replace(a_file(b"x"), **change)
    with pytest.raises(IntegrityError) as caught:
        build(an_order(), [a_case(records=(a_record(files=(file,)),))], store, tmp_path / "p.zip")
    assert caught.value.code == "PKG001"
    assert caught.value.parameters == {"digest": file.sha256, "reason": reason}


def test_a_flipped_byte_in_the_store_stops_the_package(tmp_path):
    store = filled_store(tmp_path / "blobs", [b"xy"])
    file = a_file(b"xy")
    store.path(file.sha256).write_bytes(b"xz")
    with pytest.raises(IntegrityError) as caught:
        build(an_order(), [a_case(records=(a_record(files=(file,)),))], store, tmp_path / "p.zip")
    assert (caught.value.code, caught.value.parameters["reason"]) == ("PKG001", "sha256")
    assert file.sha256 in str(caught.value)


def test_a_package_without_objects_is_refused(make):
    with pytest.raises(IntegrityError, match="PKG002"):
        make([])


def test_a_full_disk_is_an_os_error_and_leaves_no_other_file(tmp_path, monkeypatch):
    from leverans.formats import zipwriter

    def full(self):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipwriter.ZipWriter, "_flush", full)
    folder = tmp_path / "packages"
    folder.mkdir()
    with pytest.raises(OSError, match="No space"):
        build(an_order(), [a_case()], filled_store(tmp_path / "blobs", []), folder / "p.zip")
    assert [entry.name for entry in folder.iterdir()] == ["p.zip"]


def test_memory_does_not_grow_with_the_number_of_cases(tmp_path):
    store = filled_store(tmp_path / "blobs", [b"innehall"])

    def peak(number):
        tracemalloc.start()
        try:
            build(an_order(), many_cases(number), store, tmp_path / "p.zip")
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    small = peak(1_000)
    assert peak(6_000) < small + 8_000_000  # the text of 5,000 cases is many times that


@pytest.mark.parametrize("form", ["tar", "folder"])
def test_every_form_of_container_holds_the_same_valid_package(tmp_path, make, form):
    order = an_order(container=form)
    target = tmp_path / order.file_name
    made = build(order, FULL[0], filled_store(tmp_path / "other", FULL[1]), target)
    assert made.path == (f"{order.root}.tar" if form == "tar" else order.root)
    place = target / order.root if form == "folder" else target
    report = validate(place)
    assert [one.plain() for one in report.findings if one.severity == "error"] == []
    zipped = make(*FULL)
    if form == "tar":
        with tarfile.open(target) as package:
            names = package.getnames()
    else:
        names = [path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()]
    assert {name.removeprefix(f"{order.root}/") for name in names} == set(zipped.names())
    assert made.counts == zipped.descriptor.counts


def test_official_schemas_travel_and_are_pointed_to(make):
    given = {"mets.xsd": b"<a/>", "premis-v3-0.xsd": b"<b/>"}
    package = make(*FULL, schemas=given)
    assert package.read("schemas/mets.xsd") == b"<a/>"
    place = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
    places = {
        "METS.xml": "schemas/mets.xsd",
        f"{REPRESENTATION}/METS.xml": "../../schemas/mets.xsd",
        PREMIS: "../../schemas/premis-v3-0.xsd",
        f"{REPRESENTATION}/{PREMIS}": "../../../../schemas/premis-v3-0.xsd",
    }
    for name, path in places.items():
        assert path in package.tree(name).get(place).split()
        assert any(one.startswith("http") for one in package.tree("METS.xml").get(place).split()[1::2])
    declared = package.find("METS.xml", "//m:fileGrp[@USE='Schemas']//@xlink:href".replace("xlink", "x"))
    assert {"schemas/mets.xsd", "schemas/premis-v3-0.xsd"} <= set(declared)


def test_a_part_names_the_others_and_what_they_are_parts_of(make, schema):
    others = ("5b2d3a52-6f4c-5a0e-9d0e-0b6f2f4f6a11", "7c2d3a52-6f4c-5a0e-9d0e-0b6f2f4f6a11")
    package = make(*FULL, part=2, parts=3, siblings=others)
    entity = "//p:object[p:objectIdentifier/p:objectIdentifierType='part']"
    assert package.find(PREMIS, f"{entity}/p:objectIdentifier/p:objectIdentifierValue/text()") == [
        package.descriptor.id, "2/3",
    ]  # fmt: skip
    related = f"{entity}/p:relationship[p:relationshipSubType='%s']//p:relatedObjectIdentifierValue/text()"
    assert package.find(PREMIS, related % "has sibling") == list(others)
    assert package.find(PREMIS, related % "is part of") == ["mora/prov#2003/open/NEW"]
    schema("premis", package.profile).assertValid(package.tree(PREMIS))
    assert [one.plain() for one in validate(package.path).findings if one.code.startswith("PRE")] == []
