"""Several representations in one package: cases, databases, tables, files."""

import csv
import hashlib

import pytest
from tests.packaging.conftest import ERMS, PREMIS
from tests.packaging.test_official import subset
from tests.validation.siardbuilder import Siard

from leverans.archive.evidence import write as write_evidence
from leverans.archive.sip import Sip
from leverans.errors import ConfigurationError, IntegrityError
from leverans.formats import profiles
from leverans.packaging.opening import read_package
from leverans.packaging.representations import Content, Representation, content_of
from leverans.testing.builders import a_case, a_file, a_full_case
from leverans.validation import validate

PROFILES = ["fgs-2.0", "eark-2.2"]
FULL = ([a_full_case()], [b"a", b"b", b"stored"])
TYPES = "/m:mets/@TYPE | /m:mets/@csip:CONTENTINFORMATIONTYPE | /m:mets/@csip:OTHERCONTENTINFORMATIONTYPE"


@pytest.fixture
def tables(tmp_path):
    place = tmp_path / "kod tabell.csv"
    with place.open("w", newline="") as stream:
        csv.writer(stream).writerows([["kod", "text"], ["1", "å"]])
    stored = Content("bilder/Å 1.txt", a_file(b"stored", "Å 1.txt", puid="x-fmt/111"))
    return Representation("rep2", "tables", (content_of(place, "kod tabell.csv", mime="text/csv"), stored))


@pytest.fixture
def siard(tmp_path):
    place = Siard().write(tmp_path)
    return Representation("rep3", "database", (content_of(place, "db.siard", mime="application/zip"),))


def wrong(package):
    return [one.plain() for one in validate(package.path).findings if one.severity in {"error", "critical"}]


@pytest.mark.parametrize("profile", PROFILES)
def test_cases_tables_and_a_database_in_one_valid_package(make, schema, tables, siard, profile):
    package = make(*FULL, profile=profiles.load(profile), representations=(tables, siard))
    assert wrong(package) == []
    erms = package.profile.content_information_type
    assert package.find("METS.xml", TYPES) == ["Mixed", "MIXED"]
    groups = package.find("METS.xml", "//m:fileGrp[starts-with(@USE, 'Representations/')]")
    assert [list(one.attrib.values())[1:] for one in groups] == [
        ["Representations/rep1", erms],
        ["Representations/rep2", "OTHER", "tables"],
        ["Representations/rep3", "citssiard_v1_0", "SIARD_2.2"],
    ]
    for name, held in (("rep1", ["Datasets", erms]), ("rep3", ["Databases", "citssiard_v1_0", "SIARD_2.2"])):
        assert package.find(f"representations/{name}/METS.xml", TYPES) == held
    for name in ("METS.xml", *(f"representations/rep{number}/METS.xml" for number in (1, 2, 3))):
        for judge in (schema("mets", package.profile), subset(package.profile, "mets")):
            judge.assertValid(package.tree(name))
    for name in (PREMIS, *(f"representations/rep{number}/{PREMIS}" for number in (1, 2, 3))):
        for judge in (schema("premis", package.profile), subset(package.profile, "premis")):
            judge.assertValid(package.tree(name))


def test_files_have_safe_paths_original_names_and_digests(make, tables):
    package = make(*FULL, representations=(tables,))
    paths = ["data/kod-tabell.csv", "data/bilder/A-1.txt"]
    assert package.find("representations/rep2/METS.xml", "//m:FLocat/@x:href") == paths
    assert package.find("representations/rep2/METS.xml", "//m:file/@OWNERID") == ["kod tabell.csv", "Å 1.txt"]
    for path, digest in zip(
        paths, package.find("representations/rep2/METS.xml", "//m:file/@CHECKSUM"), strict=True
    ):
        assert hashlib.sha256(package.read(f"representations/rep2/{path}")).hexdigest() == digest
    premis = f"representations/rep2/{PREMIS}"
    assert package.find(premis, "//p:originalName/text()") == ["kod tabell.csv", "Å 1.txt"]
    assert package.find(premis, "//p:formatRegistryKey/text()") == ["x-fmt/111"]
    assert package.find(premis, "//p:eventType/text()") == [
        "extraction", "transfer", "message digest calculation", "format identification",
    ]  # fmt: skip
    below = "//p:relationship[p:relationshipSubType='has part']//p:relatedObjectIdentifierValue/text()"
    whole = package.find(PREMIS, below)
    parts = [
        package.find(f"representations/{one}/{PREMIS}",
                     "//p:object[p:relationship/p:relationshipSubType='has part']//p:objectIdentifierValue/text()")[0]
        for one in ("rep1", "rep2")
    ]  # fmt: skip
    assert whole == parts
    assert len(
        {*package.find("METS.xml", "//@ID"), *package.find("representations/rep2/METS.xml", "//@ID")}
    ) == sum(len(package.find(name, "//@ID")) for name in ("METS.xml", "representations/rep2/METS.xml"))


def test_the_same_order_gives_the_same_bytes(make, tables, siard):
    made = [make(*FULL, representations=(tables, siard)).descriptor for _ in range(2)]
    assert made[0].sha256 == made[1].sha256
    assert (made[0].objects, made[0].documents) == (1, 2 + 3)


def test_the_cases_are_read_back_and_the_rest_is_kept_by_the_archive(make, tables, tmp_path):
    package = make(*FULL, representations=(tables,))
    assert list(read_package(package.path, package.profile)) == FULL[0]
    (tmp_path / "kept").mkdir()
    with Sip(package.path) as sip:
        kept = {one.path for one in write_evidence(tmp_path / "kept", sip, "0" * 64, 1)}
    assert {"representations/rep2/data/kod-tabell.csv", "representations/rep2/data/bilder/A-1.txt"} <= kept
    assert ERMS not in kept
    assert not any(one.startswith("representations/rep1/data/") for one in kept)


@pytest.mark.parametrize(
    ("kind", "held"),
    [
        ("database", ["Databases", "citssiard_v1_0"]),
        ("files", ["Collection", "OTHER", "files"]),
        ("tables", ["Datasets", "OTHER", "tables"]),
    ],
)
def test_a_package_without_cases_says_what_it_holds(make, siard, kind, held):
    package = make([], representations=(Representation("rep1", kind, siard.files),))
    assert (package.find("METS.xml", TYPES), wrong(package)) == (held, [])


def test_what_cannot_be_written_is_refused(make, tables):
    for wrongly in (Representation("rep1", "tables", tables.files), Representation("a b", "files", tables.files),
                    Representation("rep2", "files", ())):  # fmt: skip
        with pytest.raises(IntegrityError, match="PKG003"):
            make([a_case()], [b"stored"], representations=(wrongly,))
    with pytest.raises(ConfigurationError, match="PKG013"):
        make([a_case()], representations=(Representation("rep2", "maps", tables.files),))
    with pytest.raises(ConfigurationError, match="PKG013"):
        make([a_case()], profile=profiles.load("fgs-1.2"), representations=(tables,))


def test_bytes_that_changed_since_they_were_described_stop_the_package(make, tables):
    tables.files[0].place.write_bytes(b"other")
    with pytest.raises(IntegrityError, match="PKG001"):
        make(*FULL, representations=(tables,))
