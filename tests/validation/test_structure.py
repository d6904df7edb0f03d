"""The structure that the issue names, breach by breach and in every form of package: folder, zip, tar."""

import os
import re
import struct
import tarfile
import unicodedata
import zipfile

import pytest
from tests.validation.builder import (
    DOCUMENT,
    ERMS,
    LETTER,
    NAME,
    PICTURE,
    PREMIS,
    REP,
    REPRESENTATION,
    ROOT,
    Builder,
    file,
)
from tests.validation.families import FORMS, put, written

from leverans.validation import validate

MAP = "/mets/structMap[1]/div[1]"


def found(path):
    """Give (id, place without its line), sorted."""
    return sorted(
        {(finding.code, re.sub(r":\d+ ", " ", finding.where)) for finding in validate(path).findings}
    )


def text(path, old, new):
    return lambda package: package.change(path, lambda seen: seen.replace(old, new, 1))


def tree(spoil):
    return lambda package: package.spoil(spoil)


def declared_twice(package):
    again = file("file-again", b"Om leveransen.\n", DOCUMENT)
    package.change(ROOT, lambda seen: seen.replace('<fileGrp ID="grp-schemas"', f'<fileGrp ID="g" USE="Documentation">{again}</fileGrp>\n<fileGrp ID="grp-schemas"', 1).replace('<fptr FILEID="grp-documentation"/>', '<fptr FILEID="grp-documentation"/><fptr FILEID="g"/>'))  # fmt: skip


AGAIN = f"{REP}/data/x.txt"
BREACHES = {
    "missing": (tree(lambda seen: seen.pop("schemas/own.xsd")), {("FIX003", "schemas/own.xsd"), ("CSIPSTR15", "schemas"), ("LBL001", f"METS.xml {MAP}/div[3]/@LABEL")}),
    "extra": (tree(lambda seen: seen.update({"x.txt": b""})), {("FIX004", "x.txt")}),
    "duplicate": (declared_twice, {("FIX005", DOCUMENT)}),
    "escaping": (text(ROOT, f'href="{DOCUMENT}"', 'href="../about.txt"'), {("PATH001", "METS.xml /mets/fileSec/fileGrp[1]/file[1]/FLocat/@xlink:href"), ("FIX004", DOCUMENT)}),
    "escaping by escapes": (text(ROOT, f'href="{DOCUMENT}"', 'href="%2e%2e/about.txt"'), {("PATH001", "METS.xml /mets/fileSec/fileGrp[1]/file[1]/FLocat/@xlink:href"), ("FIX004", DOCUMENT)}),
    "a NUL in a name": (text(ROOT, f'href="{DOCUMENT}"', f'href="{DOCUMENT}%00"'), {("PATH001", "METS.xml /mets/fileSec/fileGrp[1]/file[1]/FLocat/@xlink:href"), ("FIX004", DOCUMENT)}),
    "absolute": (text(ROOT, f'href="{DOCUMENT}"', 'href="/etc/passwd"'), {("PATH001", "METS.xml /mets/fileSec/fileGrp[1]/file[1]/FLocat/@xlink:href"), ("FIX004", DOCUMENT)}),
    "case in a reference": (
        text(ROOT, f'href="{DOCUMENT}"', 'href="documentation/About.txt"'),
        {("PATH002", "METS.xml /mets/fileSec/fileGrp[1]/file[1]/FLocat/@xlink:href")},
    ),
    "recursive representation": (text(REPRESENTATION, "data/KS-2003-1/brev.txt", "data/KS-2003-1/brov.txt"), {("FIX003", f"{REP}/data/KS-2003-1/brov.txt"), ("FIX004", LETTER)}),
    "a group pointed to that is not there": (text(ROOT, 'FILEID="grp-schemas"', 'FILEID="grp-x"'), {("REF001", f"METS.xml {MAP}/div[3]/fptr[1]/@FILEID"), ("CSIP100", f"METS.xml {MAP}/div[3]/fptr")}),
    "a section listed that is not there": (text(ROOT, 'DMDID="dmd-1"', 'DMDID="dmd-1 dmd-2"'), {("REF001", f"METS.xml {MAP}/div[1]/@DMDID")}),
    "a title that is no group": (text(ROOT, 'xlink:title="grp-rep1"', 'xlink:title="grp-x"'), {("CSIP108", f"METS.xml {MAP}/div[4]/mptr[1]/@xlink:title")}),
    "a label without its folder": (text(ROOT, 'LABEL="Representations/rep1"', 'LABEL="Representations/rep9"'), {("CSIP107", f"METS.xml {MAP}/div[4]/@LABEL")}),
    "an object without its date": (text(ERMS, '<date dateType="created">2003-04-02T00:00:00</date>\n', ""), {("ERMS204", f"{ERMS} /erms/aggregations/aggregation[1]/dates/date[@dateType='created']")}),
    "an appendix without its file": (text(ERMS, "KS-2003-1/bild.png", "KS-2003-1/bild.gif"), {("ERM001", f"{ERMS} /erms/aggregations/aggregation[1]/record[1]/additionalInformation/appendix[2]/@path"), ("ERM002", PICTURE)}),
    "a data file nobody declares": (tree(lambda seen: seen.update({AGAIN: b""})), {("FIX004", AGAIN), ("ERM002", AGAIN)}),
    "another digest in PREMIS": (lambda package: package.change(PREMIS, lambda seen: re.sub(r"<messageDigest>\w", "<messageDigest>g", seen, count=1)), {("FIX007", f"{PREMIS} /premis/object[1]/objectCharacteristics/fixity/messageDigest")}),
    "another size in PREMIS": (text(PREMIS, "<size>24<", "<size>25<"), {("FIX008", f"{PREMIS} /premis/object[1]/objectCharacteristics/size")}),
    "a file that PREMIS alone knows": (text(PREMIS, "data/KS-2003-1/brev.txt", "data/KS-2003-1/brov.txt"), {("PRE001", f"{PREMIS} /premis/object[1]/storage/contentLocation/contentLocationValue")}),
    "no NFC": (tree(lambda seen: seen.update({"documentation/" + unicodedata.normalize("NFD", "å.txt"): b""})), {("PATH005", "documentation/a\u030a.txt"), ("FIX004", "documentation/a\u030a.txt")}),
    "names that differ in case": (tree(lambda seen: seen.update({"schemas/OWN.xsd": b""})), None),
    "names that differ in Unicode form": (tree(lambda seen: seen.update({"documentation/å.txt": b"", "documentation/a\u030a.txt": b""})), None),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", BREACHES)
def test_a_breach_of_structure_is_found_in_every_form(tmp_path, name, form):
    spoil, expected = BREACHES[name]
    package = Builder()
    spoil(package)
    seen = found(written(package, tmp_path, form))
    if expected is None:  # which of the two is told depends on the order in the container
        assert "PATH002" in {code for code, _ in seen}
    else:
        assert seen == sorted(expected)


@pytest.mark.parametrize("form", FORMS)
def test_the_good_twin_has_no_finding(tmp_path, form):
    assert found(written(Builder(), tmp_path, form)) == []


def tarred(where, *more):
    path = written(Builder(), where, "tar")
    with tarfile.open(path, "a") as container:
        for name, content, words in more:
            put(container, name, content, **words)
    return path


LINK = {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}
HARD = {"type": tarfile.LNKTYPE, "linkname": f"{NAME}/{LETTER}"}


@pytest.mark.parametrize(
    ("name", "words", "expected"),
    [
        ("annan/x.txt", {}, {"CSIPSTR1"}),
        ("../ut.txt", {}, {"ZIP007"}),
        ("/etc/passwd", {}, {"ZIP007"}),
        (f"{NAME}/a/../../x", {}, {"ZIP007"}),
        (f"{NAME}/l", LINK, {"PATH004"}),
        (f"{NAME}/l", HARD, {"PATH004"}),
        (f"{NAME}/d", {"type": tarfile.CHRTYPE}, {"PATH004"}),
        (f"{NAME}/f", {"type": tarfile.FIFOTYPE}, {"PATH004"}),
        (f"{NAME}/{PICTURE}", {}, {"ZIP003"}),
    ],
)
def test_the_hygiene_of_a_tar(tmp_path, name, words, expected):
    codes = {code for code, _ in found(tarred(tmp_path, (name, b"", words)))}
    assert codes - {"FIX004"} == expected


def test_links_in_a_circle(tmp_path):
    path = Builder().folder(tmp_path)
    (path / "a").symlink_to("b")
    (path / "b").symlink_to("a")
    (path / "documentation/upp").symlink_to("..")
    (path / "metadata/self").symlink_to("self")
    assert {row for row in found(path) if row[0] != "PATH004"} == set()
    assert {where for code, where in found(path)} == {"a", "b", "documentation/upp", "metadata/self"}


def test_a_zip64_is_read_as_any_other(tmp_path):
    path = tmp_path / "p.zip"
    with zipfile.ZipFile(path, "w") as container:
        for name, content in Builder().tree().items():
            with container.open(f"{NAME}/{name}", "w", force_zip64=True) as member:
                member.write(content)
    assert found(path) == []


def test_a_zip64_directory_is_followed_and_its_lies_told(tmp_path):
    path = zip64_end(written(Builder(), tmp_path, "zip"))
    assert found(path) == []
    raw = bytearray(path.read_bytes())
    at = raw.rindex(b"PK\x06\x06")
    raw[at + 48 : at + 56] = struct.pack("<Q", len(raw) * 2)
    path.write_bytes(raw)
    assert {code for code, _ in found(path)} == {"ZIP001"}


def zip64_end(path):
    """Give a zip the end record of a large one: counts and offset stand in the ZIP64 record only."""
    raw = path.read_bytes()
    at = raw.rindex(b"PK\x05\x06")
    _, _, _, _, count, size, offset, _ = struct.unpack("<4s4H2LH", raw[at : at + 22])
    large = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, at, 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    path.write_bytes(raw[:at] + large + locator + end)
    return path


ENCODINGS = ("latin-1", "cp437", "cp1252", "utf-16-le", "shift_jis", "euc-jp", "koi8-r", "utf-8")


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("form", FORMS)
def test_names_in_any_encoding_are_told_and_never_raise(tmp_path, form, encoding):
    letters = {"shift_jis": "表", "euc-jp": "語", "koi8-r": "ж"}.get(encoding, "å")
    raw = (letters.encode(encoding) + b".txt").replace(b"\0", b"\x01")
    path = written(Builder(), tmp_path, form)
    if form == "folder":
        (path / "documentation" / os.fsdecode(raw)).write_bytes(b"")
    elif form == "tar":
        with tarfile.open(path, "a", format=tarfile.GNU_FORMAT) as container:
            put(container, f"{NAME}/documentation/{os.fsdecode(raw)}")
    else:
        with zipfile.ZipFile(path, "a") as container:
            container.writestr(f"{NAME}/documentation/{'x' * len(raw)}", b"")
        path.write_bytes(path.read_bytes().replace(b"x" * len(raw), raw))
    codes = {finding.code for finding in validate(path).findings}
    assert "FIX004" in codes
    assert codes <= {"FIX004", "PATH003", "ZIP011"}
    assert encoding == "utf-8" or codes != {"FIX004"}
