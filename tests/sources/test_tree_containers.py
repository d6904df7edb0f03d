"""XML inside containers, and documents that items point at: held against the package's own manifest."""

import hashlib
import zipfile

import pytest
from tests.sources.building import definition, landed, values

from leverans.sources import Landing, open_connector

STREAMS = """
  cases:
    file: "{pattern}"
    each: list/case
    key: [id]
    root: {{by: [id]}}
    columns: {{id: id}}
    documents:
      - {{within: case/part, column: "@link", name: "@name", encoding: linked, stream: parts}}
"""
CASE = '<list><case><id>{}</id><part name="a å.txt" link="{}"/></case></list>'
MANIFEST = (
    '<mets xmlns="http://www.loc.gov/METS/" xmlns:xlink="http://www.w3.org/1999/xlink"><metsHdr/><fileSec><fileGrp>'
    '<file ID="f" CHECKSUM="{}" CHECKSUMTYPE="SHA-256"><FLocat LOCTYPE="URL" xlink:href="file:///content/a.txt"/>'
    "</file></fileGrp></fileSec></mets>"
)
TEXT = b"the document"


def package(path, *, link="content/a.txt", digest=None, files=None, case=None):
    inside = {
        "cases.xml": case or CASE.format(path.stem, link),
        "sip.xml": MANIFEST.format(digest or hashlib.sha256(TEXT).hexdigest()),
        "content/a.txt": TEXT,
    }
    path.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in (files or inside).items():
            made.writestr(name, data)


def source(tmp_path, pattern="*.zip!/cases.xml"):
    made = definition(tmp_path, "xml", STREAMS.format(pattern=pattern), "{manifest: sip.xml}")
    return open_connector("in", made, "in", tmp_path)


def statuses(tmp_path, connector):
    landing = Landing.open(landed(tmp_path, connector).folder)
    assert not landing.verify()
    rows = [
        row
        for number in range(landing.manifest.buckets)
        for row in landing.bucket(number)["in.parts"].to_pylist()
    ]
    return sorted((row["name"], row["status"], row["sha256"]) for row in rows)


def test_cases_and_documents_come_out_of_the_packages(tmp_path):
    package(tmp_path / "in" / "p1.zip")
    package(tmp_path / "in" / "p2.zip", link="file:///content/a.txt")
    made = source(tmp_path)
    assert [row["id"] for row in values(made, "cases")] == ["p1", "p2"]
    assert 'link="1.1"' in values(made, "cases")[0]["document"]
    assert (made.totals("cases").rows, made.totals("parts").rows) == (2, 2)
    assert statuses(tmp_path, made) == [("a å.txt", "landed", hashlib.sha256(TEXT).hexdigest())] * 2


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"digest": "0" * 64}, "unreadable"),
        ({"link": "content/b.txt"}, "missing"),
        ({"link": "../../etc/passwd"}, "refused"),
    ],
)
def test_a_document_that_is_not_what_was_promised_is_not_landed(tmp_path, change, status):
    package(tmp_path / "in" / "p1.zip", **change)
    assert statuses(tmp_path, source(tmp_path)) == [("a å.txt", status, None)]


@pytest.mark.parametrize("data", [b"", b"<html>404</html>", b"PK\x03\x04 cut off", None])
def test_a_package_that_cannot_be_read_costs_itself(tmp_path, data):
    package(tmp_path / "in" / "p1.zip")
    package(tmp_path / "in" / "p2.zip", files={"other.xml": "<list/>"})
    if data is not None:
        (tmp_path / "in" / "p2.zip").write_bytes(data)
    made = source(tmp_path)
    aside = [(row.code, row.place) for batch in made.read("cases") for row in batch.set_aside]
    assert aside == [("SRC140", "#2")]
    assert made.totals("cases").rows == 2
    assert len(values(made, "cases")) == 1


def test_damaged_xml_inside_a_package_is_told(tmp_path):
    package(tmp_path / "in" / "p1.zip")
    raw = bytearray((tmp_path / "in" / "p1.zip").read_bytes())
    raw[raw.index(b"cases.xml") + 15] ^= 0xFF
    (tmp_path / "in" / "p1.zip").write_bytes(raw)
    made = source(tmp_path)
    assert [row.code for batch in made.read("cases") for row in batch.set_aside] == ["SRC140"]


def test_links_beside_a_file_in_a_folder(tmp_path):
    (tmp_path / "in" / "content").mkdir(parents=True)
    (tmp_path / "in" / "content" / "a.txt").write_bytes(TEXT)
    (tmp_path / "secret").write_bytes(b"no")
    (tmp_path / "in" / "content" / "out").symlink_to(tmp_path / "secret")
    (tmp_path / "in" / "1.xml").write_text(CASE.format(1, "content\\a.txt"))
    (tmp_path / "in" / "2.xml").write_text(CASE.format(2, "content/out"))
    made = source(tmp_path, "*.xml")
    assert [status for _, status, _ in statuses(tmp_path, made)] == ["landed", "refused"]
