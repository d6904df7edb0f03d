"""Ten thousand spoilt inputs, none of which raises or takes long; each document and container by its own mutator."""

import io
import random
import zipfile

import pytest
from tests.validation.builder import ERMS, PREMIS, ROOT, Builder
from tests.validation.siardbuilder import META, NOTES, Siard
from tests.validation.test_cspackage import cases, sip
from tests.validation.test_fuzz import mutate

from leverans.formats.entries import Survey
from leverans.formats.folder import Folder
from leverans.validation import validate
from leverans.validation.inventory import Inventory
from leverans.validation.mets import MetsCheck
from leverans.validation.package import Package
from leverans.validation.profiles import profiles
from leverans.validation.siard.schema import Cell, read_schema
from leverans.validation.siard.table import TableCheck
from leverans.validation.sink import Sink

EACH = 1_120
TOKENS = (
    b"<", b">", b"/>", b"&", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"<?x?>", b"&#0;", b"&#x110000;", b"\xff", b"\xc3\x28",
    b"\xed\xa0\x80", b"\0", b"xmlns=''", b"xmlns:x='u'", b"../", b"%2e%2e/", b"file:///", b"C:", b"\\", b"%zz",
    b"9" * 400, b"-1", b"2026-02-30", b"\xef\xbb\xbf", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"<a>" * 50, b"</a>",
    "é".encode(), "é".encode(), b"ID='a'", b"SIZE='1e9'", b"xsi:type='x:y:z'",
)  # fmt: skip


def spoil(raw, rng):
    """Mutate bytes, or put a wicked token, or swap two pieces of the document."""
    if rng.random() < 0.4:
        return mutate(raw, rng)
    at = rng.randrange(len(raw))
    if rng.random() < 0.6:
        return raw[:at] + rng.choice(TOKENS) + raw[at + rng.choice((0, 0, 1, 9)) :]
    low, high = sorted((at, rng.randrange(len(raw))))
    return raw[:low] + raw[high:] + raw[low:high]


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    return Folder(tmp_path_factory.mktemp("empty"))


def package(empty, name="fgs-2.0"):
    survey = Survey()
    return Package(empty, survey, Inventory(survey), Sink(profiles()[name].levels), profiles()[name])


def documents():
    """Give each kind of document that is judged alone: its name and its bytes."""
    tree = Builder().tree()
    return {
        "METS.xml": tree[ROOT],
        "ERMS.xml": tree[ERMS],
        "premis.xml": tree[PREMIS],
        "sip.xml": sip({"a.txt": b"x"}).encode(),
        "arendehantering.xml": cases().encode(),
        "metadata.xml": Siard().files()[META],
    }


NAMES = tuple(documents())


@pytest.mark.parametrize("name", NAMES)
def test_spoilt_documents(tmp_path, name):
    raw, target, rng = documents()[name], tmp_path / name, random.Random(name)
    target.write_bytes(raw)
    assert "VAL002" not in codes(target)
    known = 0
    for _ in range(EACH):
        target.write_bytes(spoil(raw, rng))
        found = codes(target)
        known += not found & {"VAL002", "XML001", "XML002", "XML003"}
    assert 0 < known < EACH  # some can still be read, some cannot


def codes(target):
    """Validate; the codes found, none of which says that the validator broke, and all texts are fit to print."""
    findings = validate(target).findings
    assert all(finding.text("sv").isprintable() and finding.where.isprintable() for finding in findings)
    found = {finding.code for finding in findings}
    assert "VAL004" not in found
    return found


def test_they_are_ten_thousand_through_the_front_door():
    assert len(NAMES) * EACH + 2 * EACH + EACH > 10_000


def test_spoilt_tables_and_their_schemas():
    from leverans.formats.xmlstream import XmlFault

    files, rng, read = Siard().files(), random.Random("siard"), 0
    cells = [Cell("c1", "decimal", True), Cell("c2", "dateTimeType", True), Cell("c3", "", True)]
    for number in range(EACH):
        try:
            if number % 2:
                read_schema(io.BytesIO(spoil(files[f"{NOTES}.xsd"], rng)))
            else:
                table = TableCheck("t.xml", cells, [], lambda *_, **__: None, lambda _: None)
                table.read(io.BytesIO(spoil(files[f"{NOTES}.xml"], rng)))
            read += 1
        except XmlFault:
            continue
    assert 0 < read < EACH


def test_spoilt_containers(tmp_path):
    good = Siard().write(tmp_path).read_bytes()
    held = Builder().zip(tmp_path, zipfile.ZIP_DEFLATED).read_bytes()
    target, rng = tmp_path / "p.zip", random.Random("zip")
    for number in range(2 * EACH):
        raw = held if number % 2 else good
        tail = rng.random() < 0.6
        at = max(0, len(raw) - 2_000) if tail else 0
        target.write_bytes(raw[:at] + mutate(raw[at:], rng))
        codes(target)


def test_any_bytes_at_all(tmp_path):
    rng = random.Random("bytes")
    starts = (
        b"PK\x03\x04",
        b"PK\x05\x06",
        b"\x1f\x8b\x08",
        b"7z\xbc\xaf",
        b"<mets xmlns='http://www.loc.gov/METS/'>",
        b"",
    )
    for number in range(EACH):
        target = tmp_path / ("p.siard" if number % 3 else "p.xml")
        target.write_bytes(rng.choice(starts) + rng.randbytes(rng.randint(0, 700)))
        assert codes(target)


def repeated(text, number):
    return (text * number).encode()


SLOW = {
    "many siblings": (repeated("<dmdSec/>", 60_000), "mets"),
    "many agents": (b"<metsHdr>" + repeated("<agent ROLE='X'><name>x</name></agent>", 12_000) + b"</metsHdr>", "mets"),
    "many maps": (repeated("<structMap><div/></structMap>", 18_000), "mets"),
    "many divisions": (b"<structMap LABEL='CSIP'><div>" + repeated("<div LABEL='Representations/x'><mptr/></div>", 10_000) + b"</div></structMap>", "mets"),
    "many groups": (b"<fileSec>" + repeated("<fileGrp ID='a' USE='Representations/x'/>", 12_000) + b"</fileSec>", "mets"),
    "many references": (b"<structMap><div ADMID='" + b" ".join(b"i%d" % n for n in range(70_000)) + b"'/></structMap>", "mets"),
    "deep": (b"<structMap>" + b"<div>" * 900 + b"</div>" * 900 + b"</structMap>", "mets"),
    "one long text": (b"<metsHdr>" + b"x" * 600_000 + b"</metsHdr>", "mets"),
    "many small texts": (repeated("x<!---->", 60_000), "mets"),
    "many attributes": (b"<dmdSec " + b" ".join(b"a%d=''" % n for n in range(40_000)) + b"/>", "mets"),
}  # fmt: skip


@pytest.mark.parametrize("name", SLOW)
def test_inputs_made_to_be_slow_end(empty, name):
    """Their seconds per megabyte are printed by bench/validate.py; here they only have to end with findings."""
    content, _ = SLOW[name]
    check = MetsCheck(package(empty), ROOT)
    check.read(io.BytesIO(b"<mets xmlns='http://www.loc.gov/METS/'>" + content + b"</mets>"))
    assert check.sink.findings
