"""Files, folders and containers: what is missing, extra, changed or dangerous."""

import io
import os
import struct
import tarfile
import zipfile

import pytest
from tests.validation.breaches import between, header, streamed
from tests.validation.builder import (
    DOCUMENT,
    EAD,
    ERMS,
    LETTER,
    NAME,
    PICTURE,
    PREMIS,
    REP,
    REPRESENTATION,
    ROOT,
    Builder,
)
from tests.validation.families import flat, repacked

from leverans.validation import validate
from leverans.validation.run import examine


def found(path, **options):
    return [(finding.code, finding.where) for finding in validate(path, **options).findings]


def flip(tree):
    tree[PICTURE] = tree[PICTURE][:3] + bytes([tree[PICTURE][3] ^ 1]) + tree[PICTURE][4:]


SPOILERS = [
    (flip, [("FIX001", PICTURE)]),
    (lambda tree: tree.update({PICTURE: tree[PICTURE] + b"x"}), [("FIX001", PICTURE), ("FIX002", PICTURE)]),
    (lambda tree: tree.pop(PICTURE), [
        ("FIX003", PICTURE),
        ("PRE001", f"{PREMIS}:31 /premis/object[2]/storage/contentLocation/contentLocationValue"),
        ("ERM001", f"{ERMS}:70 /erms/aggregations/aggregation[1]/record[1]/additionalInformation/appendix[2]/@path"),
    ]),
    (lambda tree: tree.pop(DOCUMENT), [("FIX003", DOCUMENT), ("LBL001", "METS.xml:50 /mets/structMap[1]/div[1]/div[2]/@LABEL"), ("CSIPSTR16", "documentation")]),
    (lambda tree: tree.update({"extra.txt": b"1"}), [("FIX004", "extra.txt")]),
    (lambda tree: tree.update({f"{REP}/data/x.txt": b"1"}), [("FIX004", f"{REP}/data/x.txt"), ("ERM002", f"{REP}/data/x.txt")]),
    (lambda tree: tree.pop(ROOT), None),
    (lambda tree: tree.update({"mets.xml": tree.pop(ROOT)}), None),
    (lambda tree: tree.update({"Documentation/About.txt": b"1"}), [("PATH002", None), ("FIX004", "Documentation/About.txt")]),
    (lambda tree: tree.update({"documentation/o\u0308.txt": b"1"}), [("PATH005", "documentation/o\u0308.txt"), ("FIX004", "documentation/o\u0308.txt")]),
    (lambda tree: tree.update({ROOT: b""}), None),
    (lambda tree: tree.update({ERMS: b""}), None),
    (lambda tree: tree.update({REPRESENTATION: b"<mets/>"}), None),
]  # fmt: skip
FIRST = {6: "CSIPSTR4", 7: "CSIPSTR4", 10: "XML001", 11: "XML001", 12: "XML004"}


@pytest.mark.parametrize("number", range(len(SPOILERS)))
@pytest.mark.parametrize("form", ["folder", "zip"])
def test_what_happens_to_files_is_named(tmp_path, number, form):
    spoiler, expected = SPOILERS[number]
    package = Builder().spoil(spoiler)
    path = package.folder(tmp_path) if form == "folder" else package.zip(tmp_path)
    seen = found(path)
    if expected is None:
        assert seen[0][0] == FIRST[number]
    else:
        twin = "Documentation/About.txt" if form == "zip" else DOCUMENT  # the one that comes later
        expected = [(code, where or twin) for code, where in expected]
        assert sorted(seen) == sorted(expected)
        off = examine(path, without=frozenset({expected[0][0]}))
        assert sorted((f.code, f.where) for f in off.findings) == sorted(
            r for r in expected if r[0] != expected[0][0]
        )


def test_the_layout_of_folders(tmp_path):
    def bare(tree):
        for path in [path for path in tree if path != ROOT]:
            del tree[path]
        tree["METS.xml"] = tree["METS.xml"]

    codes = {code for code, _ in found(Builder().spoil(bare).folder(tmp_path))}
    assert {"CSIPSTR5", "CSIPSTR9", "CSIPSTR15", "CSIPSTR16", "FIX003"} <= codes
    for rule in ("CSIPSTR5", "CSIPSTR9", "CSIPSTR15", "CSIPSTR16"):
        off = examine(Builder().spoil(bare).folder(tmp_path), without=frozenset({rule}))
        assert rule not in {finding.code for finding in off.findings}


def test_the_layout_of_a_representation(tmp_path):
    def poor(tree):
        for path in (REPRESENTATION, PREMIS, ERMS, LETTER, PICTURE):
            del tree[path]
        tree[f"{REP}/annat/x.txt"] = b"1"

    codes = [row for row in found(Builder().spoil(poor).folder(tmp_path)) if row[0].startswith("CSIPSTR")]
    assert codes == [
        ("CSIPSTR11", f"{REP}/data"),
        ("CSIPSTR12", REPRESENTATION),
        ("CSIPSTR13", f"{REP}/metadata"),
    ]


def test_files_straight_below_representations_are_no_representation(tmp_path):
    def flat(tree):
        for path in [path for path in tree if path.startswith("representations/")]:
            del tree[path]
        tree["representations/x.txt"] = b"1"

    assert ("CSIPSTR10", "representations") in found(Builder().spoil(flat).folder(tmp_path))


def test_metadata_in_the_wrong_folder(tmp_path):
    def move(tree):
        tree["metadata/ead.xml"] = tree.pop(EAD)

    package = Builder().change(ROOT, lambda text: text.replace(EAD, "metadata/ead.xml")).spoil(move)
    assert found(package.folder(tmp_path)) == [("CSIPSTR7", "METS.xml:23 /mets/dmdSec[1]/mdRef/@xlink:href")]


def test_a_case_file_representation_needs_its_erms(tmp_path):
    package = Builder().spoil(lambda tree: tree.pop(ERMS))
    assert ("ERM004", ERMS) in found(package.folder(tmp_path))


# containers


def stored(tmp_path, change=None, **options):
    path = Builder(**options).zip(tmp_path)
    if change is not None:
        path.write_bytes(change(bytearray(path.read_bytes())))
    return path


def test_a_flipped_byte_in_a_zip_is_a_crc_and_a_checksum(tmp_path):
    path = stored(tmp_path, lambda raw: raw.replace(b"no real picture", b"no real pictura"))
    assert found(path) == [("ZIP005", PICTURE), ("FIX001", PICTURE)]


@pytest.mark.parametrize("document", [ROOT, REPRESENTATION, ERMS, PREMIS])
def test_a_flipped_byte_in_a_document_of_a_zip(tmp_path, document):
    path = stored(tmp_path)
    with zipfile.ZipFile(path) as container:
        info = container.getinfo(f"{NAME}/{document}")
        start = info.header_offset + 30 + len(info.filename.encode()) + 40
    raw = bytearray(path.read_bytes())
    raw[start] ^= 1
    path.write_bytes(raw)
    codes = {code for code, where in found(path) if where.startswith(document)}
    assert "ZIP005" in codes
    assert document == ROOT or "FIX001" in codes


def test_a_flipped_byte_in_a_deflated_file(tmp_path):
    def big(tree):
        tree[PICTURE] = os.urandom(100) * 50

    package = Builder().spoil(big)
    path = package.zip(tmp_path, zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(path) as container:
        info = container.getinfo(f"{NAME}/{PICTURE}")
        start = info.header_offset + 30 + len(info.filename.encode()) + 60
    raw = bytearray(path.read_bytes())
    raw[start] ^= 0xFF
    path.write_bytes(raw)
    assert ("ZIP005", PICTURE) in found(path)


def test_a_truncated_zip(tmp_path):
    path = stored(tmp_path, lambda raw: raw[:-30])
    assert found(path) == [("ZIP001", path.name)]


def link(name):
    info = zipfile.ZipInfo(f"{NAME}/{name}")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    return info


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (("annan/x.txt", b"1"), [("CSIPSTR1", "p.zip")]),
        (("lös.txt", b"1"), [("CSIPSTR1", "p.zip")]),
        (("../ut.txt", b"1"), [("ZIP007", "../ut.txt")]),
        (("/etc/passwd", b"1"), [("ZIP007", "/etc/passwd")]),
        (("C:/x.txt", b"1"), [("ZIP007", "C:/x.txt")]),
        ((f"{NAME}/a/../../x", b"1"), [("ZIP007", f"{NAME}/a/../../x")]),
        ((link("documentation/l"), b"/etc/passwd"), [("PATH004", "documentation/l")]),
        ((f"{NAME}/{PICTURE}", b"annat"), [("ZIP003", PICTURE)]),
        (
            (f"{NAME}/{PICTURE.upper()}", b"annat"),
            [("PATH002", PICTURE.upper()), ("FIX004", PICTURE.upper())],
        ),
    ],
)
def test_the_hygiene_of_a_zip(tmp_path, entry, expected):
    assert found(repacked(tmp_path, entry)) == expected


def test_a_zip_without_a_root_folder(tmp_path):
    path = tmp_path / "p.zip"
    with zipfile.ZipFile(path, "w") as container:
        for name, content in Builder().tree().items():
            container.writestr(name, content)
    assert found(path) == [("CSIPSTR1", "p.zip")]


def patch_entries(path, signature, offset, value):
    raw = bytearray(path.read_bytes())
    at = raw.find(signature)
    while at >= 0:
        raw[at + offset : at + offset + 2] = struct.pack("<H", value)
        at = raw.find(signature, at + 4)
    path.write_bytes(raw)


def test_encrypted_entries(tmp_path):
    path = repacked(tmp_path)
    patch_entries(path, b"PK\x01\x02", 8, 1)
    assert {code for code, _ in found(path)} == {"ZIP002"}


def test_an_unknown_compression(tmp_path):
    path = repacked(tmp_path)
    patch_entries(path, b"PK\x01\x02", 10, 95)
    assert {code for code, _ in found(path)} == {"ZIP006"}


def test_a_local_header_of_another_name(tmp_path):
    path = repacked(tmp_path)
    raw = path.read_bytes()
    at = raw.find(b"bild.png")
    path.write_bytes(raw[:at] + b"bilt.png" + raw[at + 8 :])
    assert found(path) == [("ZIP008", PICTURE)]


def test_a_directory_that_claims_more_entries(tmp_path):
    path = repacked(tmp_path)
    raw = bytearray(path.read_bytes())
    at = raw.rfind(b"PK\x05\x06")
    raw[at + 10 : at + 12] = struct.pack("<H", 99)
    path.write_bytes(raw)
    assert found(path) == [("ZIP001", "p.zip")]


def test_entries_that_overlap(tmp_path):
    path = repacked(tmp_path)
    raw = bytearray(path.read_bytes())
    at = raw.find(b"PK\x01\x02")
    raw[at + 20 : at + 24] = struct.pack("<L", len(raw))
    path.write_bytes(raw)
    assert ("ZIP010", "p.zip") in found(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_values_behind_the_data_and_other_orders_are_right(tmp_path):
    """A zip that was streamed; one whose directory has another order than its files; a marker, a comment."""
    assert found(streamed(tmp_path)) == []
    path = repacked(tmp_path)
    with zipfile.ZipFile(path, "a") as container:
        container.filelist.reverse()
        container.comment = b"PK\x05\x06" + bytes(18) + b"ett ord"
        container._didModify = True
    assert found(path) == []
    assert found(between(tmp_path)) == [("ZIP013", "p.zip")]


@pytest.mark.parametrize(
    ("offset", "value", "name"),
    [(14, 0, "CRC-32"), (18, 7, "stored"), (22, 7, "size"), (6, 0x808, "data descriptor"), (6, 0x801, "flags"), (4, 99, "version")],
)  # fmt: skip
def test_a_header_that_disagrees_is_told_field_by_field(tmp_path, offset, value, name):
    told = validate(header(offset, value)(tmp_path)).findings
    assert {finding.parameters.get("name") for finding in told if finding.code == "ZIP012"} == {name}


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_a_tar_is_read_like_a_folder(tmp_path, mode):
    path = tmp_path / "p.tar"
    with tarfile.open(path, mode) as container:
        for name, content in (Builder().spoil(flip).tree() | {f"{'x' * 150}.txt": b"1"}).items():
            info = tarfile.TarInfo(f"{NAME}/{name}")
            info.size = len(content)
            container.addfile(info, io.BytesIO(content))
        info = tarfile.TarInfo(f"{NAME}/länk")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        container.addfile(info)
        info = tarfile.TarInfo("../ut")
        container.addfile(info)
    assert found(path) == [
        ("PATH004", "länk"),
        ("ZIP007", "../ut"),
        ("FIX001", PICTURE),
        ("FIX004", f"{'x' * 150}.txt"),
    ]


def test_a_tar_that_is_cut_off(tmp_path):
    path = tmp_path / "p.tar"
    with tarfile.open(path, "w") as container:
        for name, content in Builder().tree().items():
            info = tarfile.TarInfo(f"{NAME}/{name}")
            info.size = len(content)
            container.addfile(info, io.BytesIO(content))
    path.write_bytes(path.read_bytes()[:9000])
    assert ("ZIP001", "p.tar") in found(path)


def test_links_in_a_folder_are_not_followed(tmp_path):
    path = Builder().folder(tmp_path)
    (path / "slinga").symlink_to(path)
    (path / "documentation/ut.txt").symlink_to("/etc/passwd")
    assert found(path) == [("PATH004", "slinga"), ("PATH004", "documentation/ut.txt")]


def test_a_name_that_is_no_text(tmp_path):
    path = Builder().folder(tmp_path)
    (path / "documentation" / os.fsdecode(b"\xe5.txt")).touch()
    assert found(path) == [("PATH003", "documentation/\\udce5.txt"), ("FIX004", "documentation/\\udce5.txt")]


def test_a_pipe_is_not_read(tmp_path):
    path = Builder().folder(tmp_path)
    os.mkfifo(path / "rör")
    assert found(path) == [("PATH004", "rör")]


def test_progress_ends_at_all_bytes(tmp_path):
    seen = []
    report = validate(Builder().folder(tmp_path), progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (report.counts["bytes"], report.counts["bytes"])
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_each_file_is_opened_once(tmp_path, monkeypatch, form):
    from leverans.formats import folder, zipreader

    opened = []
    for kind in (folder.Folder, zipreader.Zip):
        original = kind.open

        def counted(self, entry, original=original):
            opened.append(entry if isinstance(entry, str) else entry.path)
            return original(self, entry)

        monkeypatch.setattr(kind, "open", counted)
    path = Builder().folder(tmp_path) if form == "folder" else Builder().zip(tmp_path)
    assert found(path) == []
    assert sorted(opened) == sorted(Builder().tree())


def test_beyond_the_limit_findings_are_counted(tmp_path):
    many = {f"extra/{number}.txt": b"" for number in range(1_500)}
    report = validate(Builder().spoil(lambda tree: tree.update(many)).folder(tmp_path))
    last = report.findings[-1]
    assert (last.code, last.parameters) == ("VAL006", {"more": "FIX004", "times": 500})
    assert report.counts["errors"] == 1_500
    assert len(report.findings) == 1_001


# packages of others


@pytest.mark.parametrize(
    ("name", "code", "where"),
    [
        ("invmets", "CSIP14", "METS.xml:22 /mets/metsHdr/agent[1]/name"),
        ("nocrtdt", "CSIP7", "METS.xml:19 /mets/metsHdr/@CREATEDATE"),
        ("noflscid", "CSIP59", "METS.xml:35 /mets/fileSec/@ID"),
        ("nomtshdr", "CSIP117", "METS.xml:5 /mets/metsHdr"),
        ("nopcktyp", "CSIP9", "METS.xml:19 /mets/metsHdr/@csip:OAISPACKAGETYPE"),
    ],
)
def test_the_official_examples_lack_what_their_names_say(shared, name, code, where):
    example = shared / "specs/csip/examples"
    good = found(example / "minimal_IP_with_schemas.zip")
    seen = found(example / f"minimal_IP_{name}.zip")
    assert (code, where) in seen
    assert (code, where) not in good
    known = {row[0] for row in good} | {code, "SCH001", "CSIP59", "FIX001", "FIX002"}
    assert {row[0] for row in seen} <= known


def test_the_complete_official_example_is_judged_as_the_sip_that_it_says_to_be(shared):
    """It claims the profile of any package; what is found in it stands in real.toml."""
    assert validate(shared / "specs/csip/examples/minimal_IP_with_schemas.zip").profile == "fgs-2.0"


def test_what_the_packaging_room_writes_is_valid(tmp_path):
    from leverans.packaging import build
    from leverans.testing.builders import a_full_case, an_order, filled_store, many_cases

    store = filled_store(tmp_path / "blobs", [b"a", b"b", b"innehall"])
    target = tmp_path / "p.zip"
    build(an_order(), iter([a_full_case(), *many_cases(3, 2)]), store, target)
    report = validate(target)
    assert report.valid
    assert {finding.code for finding in report.findings} <= {"ERMS32"}
    assert report.counts["appendices"] == 8


# a package whose representation has no METS.xml of its own


LOOSE = [("CSIPSTR12", REPRESENTATION), ("CSIPSTR13", f"{REP}/metadata")]


def test_a_package_without_representation_mets(tmp_path):
    assert found(flat().folder(tmp_path)) == LOOSE


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ('<div ID="div-data" LABEL="Representations"><fptr FILEID="grp-rep1"/>\n</div>\n', "", "CSIP101", "/div"),
        ('<div ID="div-data"', "<div", "CSIP102", "/div[4]/@ID"),
        ('LABEL="Representations"', 'LABEL="representations"', "CSIP103", "/div[4]/@LABEL"),
        ('<fptr FILEID="grp-rep1"/>', "", "CSIP104", "/div[4]/fptr"),
        ('<fptr FILEID="grp-rep1"/>', '<fptr FILEID="grp-rep1"/><fptr FILEID="grp-schemas"/>', "CSIP119", "/div[4]/fptr[2]/@FILEID"),
    ],
)  # fmt: skip
def test_the_division_of_the_content(tmp_path, old, new, code, place):
    path = flat(lambda text: text.replace(old, new, 1)).folder(tmp_path)
    (finding,) = [row for row in found(path) if row not in LOOSE]
    assert finding[0] == code
    assert finding[1].endswith(f"/mets/structMap[1]/div[1]{place}")


def test_metadata_without_their_sections(tmp_path):
    def sections(text):
        start, end = text.index("<dmdSec"), text.index("<fileSec")
        text = text[:start] + text[end:]
        return text.replace(' ADMID="rights-1" DMDID="dmd-1"', "").replace(' ADMID="rights-1"', "")

    def cut(text):
        start, end = text.index("<amdSec"), text.index("<fileSec")
        return (text[:start] + text[end:]).replace(' ADMID="premis-rep1"', "")

    package = Builder().change(REPRESENTATION, cut).change(ROOT, sections)
    assert found(package.folder(tmp_path)) == [
        ("CSIP17", "METS.xml:2 /mets/dmdSec"),
        ("CSIP31", f"{REPRESENTATION}:2 /mets/amdSec"),
        ("FIX004", EAD),
        ("FIX004", "metadata/other/rights.txt"),
        ("FIX004", PREMIS),
    ]
    other = Builder().change(REPRESENTATION, lambda text: text.replace("digiprovMD", "techMD"))
    assert found(other.folder(tmp_path)) == [("CSIP32", f"{REPRESENTATION}:2 /mets/amdSec/digiprovMD")]


def test_without_a_file_section(tmp_path):
    def cut(text):
        start, end = text.index("<fileSec"), text.index("<structMap")
        return (text[:start] + text[end:]).replace('<fptr FILEID="grp-data"/>', "")

    codes = found(Builder().change(REPRESENTATION, cut).folder(tmp_path))
    assert ("CSIP58", f"{REPRESENTATION}:2 /mets/fileSec") in codes
    assert {code for code, _ in codes} == {"CSIP58", "FIX004"}


def test_metadata_wrapped_instead_of_referred_to(tmp_path):
    def wrap(text):
        start = text.index("<mdRef")
        end = text.index("/>", start) + 2
        return (
            text[:start]
            + '<mdWrap MDTYPE="OTHER"><xmlData><a xmlns="urn:a"><b/>text</a></xmlData></mdWrap>'
            + text[end:]
        )

    for document, section, code in (
        (ROOT, "dmdSec[1]", "CSIP21"),
        (REPRESENTATION, "amdSec[1]/digiprovMD[1]", "CSIP35"),
    ):
        codes = found(Builder().change(document, wrap).folder(tmp_path))
        assert next(row[0] for row in codes if row[0] != "FIX004") == code
        assert codes[0][1].endswith(f"/mets/{section}/mdRef")


def test_a_name_in_a_zip_that_is_not_marked_as_utf_8(tmp_path):
    path = repacked(tmp_path, (f"{NAME}/å.txt", b"1"))
    patch_entries(path, b"PK\x01\x02", 8, 0)
    assert found(path) == [("ZIP011", f"{NAME}/å.txt"), ("FIX004", "å.txt")]
