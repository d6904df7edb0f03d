import io

import pytest
from tests.validation.builder import DOCUMENT, EAD, NAME, PREMIS, REPRESENTATION, ROOT, WHEN, Builder

from leverans.formats import mets
from leverans.formats.xmlstream import XmlFault


def parts(path=ROOT):
    tree = Builder().tree()
    return tree, list(mets.read(io.BytesIO(tree[path])))


def test_the_header_comes_first():
    _, (header, *_) = parts()
    assert (header.id, header.label, header.type) == (NAME, "Prov", "Datasets")
    assert (header.information_type, header.package_type, header.status) == ("citserms_v2_1", "SIP", "NEW")
    assert header.profile.endswith("E-ARK-SIP.xml")
    assert header.created == WHEN
    assert header.record_ids == (("SUBMISSIONAGREEMENT", "LÖ 1"),)
    assert [(agent.role, agent.type, agent.name) for agent in header.agents][:2] == [
        ("CREATOR", "OTHER", "Prov"),
        ("ARCHIVIST", "ORGANIZATION", "Provnämnden"),
    ]
    assert header.agents[0].notes == (("SOFTWARE VERSION", "1.0"),)


def test_every_reference_with_its_fixity():
    import hashlib

    tree, (_, *found) = parts()
    references = [part for part in found if isinstance(part, mets.Reference)]
    assert [(part.kind, part.id, part.group) for part in references] == [
        ("dmdSec", "dmd-1", "EAD"),
        ("rightsMD", "rights-1", "OTHER"),
        ("file", "file-about", "Documentation"),
        ("file", "file-schema", "Schemas"),
        ("file", "file-rep1", "Representations/rep1"),
    ]
    assert references[0].path == EAD
    about = references[2]
    assert (about.path, about.size, about.algorithm) == (DOCUMENT, len(tree[DOCUMENT]), "SHA-256")
    assert about.checksum == hashlib.sha256(tree[DOCUMENT]).hexdigest()


def test_pointers_lead_to_representations():
    _, found = parts()
    assert found[-1] == mets.Pointer("Representations/rep1", REPRESENTATION, "grp-rep1")


def test_a_representation_is_read_alike():
    _, (header, *found) = parts(REPRESENTATION)
    assert header.id == "rep1"
    assert [part.path for part in found][:2] == [
        PREMIS.removeprefix("representations/rep1/"),
        "data/ERMS.xml",
    ]


def test_without_a_header_the_root_still_speaks():
    (header,) = mets.read(io.BytesIO(b'<mets xmlns="http://www.loc.gov/METS/" OBJID="x"/>'))
    assert header == mets.Header("x")
    text = b'<mets xmlns="http://www.loc.gov/METS/" OBJID="x"><fileSec/></mets>'
    assert list(mets.read(io.BytesIO(text))) == [mets.Header("x")]


def test_odd_values_are_no_fault():
    text = (
        b'<mets xmlns="http://www.loc.gov/METS/" xmlns:x="http://www.w3.org/1999/xlink"><fileSec><fileGrp>'
        b'<file SIZE="stor"><FLocat x:href="a%20b.txt"/></file></fileGrp></fileSec></mets>'
    )
    _, reference = mets.read(io.BytesIO(text))
    assert (reference.path, reference.size) == ("a b.txt", None)


def test_what_cannot_be_read():
    with pytest.raises(XmlFault):
        list(mets.read(io.BytesIO(b"<mets>")))
