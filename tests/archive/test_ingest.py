"""Ingest: one object per case, nothing twice, nothing in the wrong order, nothing unproved."""

import json
import shutil
import subprocess
import zipfile

import pytest
from lxml import etree
from tests.archive.conftest import BYTES, ONE, ONE_LATER, PAPER, TWO, Archive, case

from leverans import archive
from leverans.errors import IntegrityError
from leverans.formats.ocfl import read_inventory
from leverans.model import Extra, SubCase
from leverans.testing.builders import a_record, an_id


def told(made, one, version=None):
    folder = made.folder_of(one.id)
    inventory = read_inventory(folder)
    return json.loads((folder / inventory.content_path("case.json", version)).read_bytes())


def names(path):
    with zipfile.ZipFile(path) as container:
        assert container.testzip() is None
        return [entry.filename for entry in container.infolist()]


def test_a_package_becomes_an_object_per_case_and_one_of_evidence(made):
    result = made.ingest(made.package("p1", ONE, TWO, PAPER))
    assert result.package_id == an_id("p1")
    assert [each.object_id for each in result.objects] == [ONE.id, TWO.id, PAPER.id]
    assert [(each.version, each.documents) for each in result.objects] == [(1, 3), (1, 2), (1, 0)]
    assert [each.digest for each in result.objects] == [ONE.digest, TWO.digest, PAPER.digest]
    assert result.objects[1].bytes == 2 * len(BYTES["a"])
    assert (result.stored_documents, result.stored_bytes) == (4, sum(len(BYTES[name]) for name in "aabc"))
    assert result.skipped == ()
    report = archive.verify(made.root)
    assert (report.objects, report.valid, report.findings) == (4, True, ())


def test_the_case_can_be_read_without_us(made):
    made.ingest(made.package("p1", ONE))
    folder = made.folder_of(ONE.id)
    text = subprocess.run(
        ["python3", "-m", "json.tool", folder / "v1/content/case.json"],
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    plain = json.loads(text)
    assert plain["reference_code"] == "KS 2003/1"
    assert plain["title"] == "Bygglov för Åsa"
    assert plain["version"] == 1
    assert plain["id"] == ONE.id
    assert plain["content_digest"] == ONE.digest
    assert plain["access"] == "metadata open, file by order"
    assert plain["web"] == {"secrecy": "none", "copyright": "full"}
    assert plain["status"] == "closed"
    assert plain["dates"]["closed"] == "2003-09-30"
    assert plain["restrictions"] == [{"type": "confidential", "law": "OSL 21 kap. 7 §", "text": "Sekretess"}]
    assert plain["physical_locations"] == ["F1a:12"]
    assert plain["package"]["id"] == an_id("p1")
    first = plain["records"][0]["files"][0]
    assert first["original_name"] == "brev å.pdf"
    assert first["format"] == {"puid": "fmt/18", "name": "PDF", "version": "1.4"}
    inside = zipfile.ZipFile(folder / "v1/content" / first["container"]).read(first["path"])
    assert inside == BYTES["a"]
    assert (first["size"], first["sha256"]) == (len(inside), ONE.records[0].files[0].sha256)
    stated = (folder / "inventory.json.sha256").read_text()
    check = subprocess.run(
        ["sha256sum", "--check"], input=stated, text=True, cwd=folder, capture_output=True, check=False
    )
    assert check.returncode == 0


def test_the_zip_holds_documents_erms_and_rows(made, shared):
    made.ingest(made.package("p1", ONE, TWO))
    content = made.folder_of(ONE.id) / "v1/content"
    found = names(content / "v1.zip")
    assert found[-2:] == ["ERMS.xml", "rows.jsonl"]
    with zipfile.ZipFile(content / "v1.zip") as container:
        document = etree.fromstring(container.read("ERMS.xml"))
        rows = container.read("rows.jsonl").decode()
    ns = "{https://DILCIS.eu/XML/ERMS}"
    assert [one.get("systemIdentifier") for one in document.iter(f"{ns}aggregation")] == [ONE.id]
    assert {one.get("path") for one in document.iter(f"{ns}appendix")} == set(found[:-2])
    assert json.loads(rows)["object"] == ONE.id
    assert rows.count("\n") == 1
    schema = etree.XMLSchema(etree.parse(shared / "specs" / "cits-erms" / "schemas" / "ERMS.xsd")) if (
        shared / "specs" / "cits-erms" / "schemas" / "ERMS.xsd").exists() else None  # fmt: skip
    assert schema is None or schema.validate(document), schema.error_log


def test_equal_documents_of_a_case_are_kept_once(made):
    made.ingest(made.package("p1", TWO))
    assert len(names(made.folder_of(TWO.id) / "v1/content/v1.zip")) == 3
    one, other = told(made, TWO)["records"][0]["files"]
    assert (one["container"], one["path"]) == (other["container"], other["path"])
    assert one["original_name"] != other["original_name"]


def test_the_evidence_is_the_package_without_its_documents(made):
    path, descriptor = made.package("p1", ONE)
    made.ingest((path, descriptor))
    folder = made.folder_of(an_id("p1")) / "v1/content"
    assert json.loads((folder / "package.json").read_text()) == {
        "schema_version": 1, "id": an_id("p1"), "sha256": descriptor.sha256, "cases": 1,
    }  # fmt: skip
    kept = {each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file()}
    assert {"METS.xml", "representations/rep1/METS.xml"} <= kept
    assert "representations/rep1/metadata/preservation/premis.xml" in kept
    assert any(name.startswith("documentation/") for name in kept)
    assert any(name.startswith("schemas/") for name in kept)
    assert not any("/data/" in name or name.endswith("rows.jsonl") for name in kept)
    with zipfile.ZipFile(path) as package:
        root = package.namelist()[0].partition("/")[0]
        for name in kept - {"package.json"}:
            assert (folder / name).read_bytes() == package.read(f"{root}/{name}")


def test_a_second_ingest_writes_nothing(made):
    package = made.package("p1", ONE, TWO)
    first = made.ingest(package)
    before = made.tree()
    second = made.ingest(package)
    assert made.tree() == before
    assert second.objects == ()
    assert second.skipped == first.objects
    assert second.stored_documents == 0


def test_a_new_version_stores_only_new_bytes(made):
    made.ingest(made.package("p1", ONE, TWO))
    before = made.tree()
    result = made.ingest(made.package("p2", ONE_LATER, status="SUPPLEMENT"))
    assert (result.stored_documents, result.stored_bytes) == (1, len(BYTES["late"]))
    assert result.objects[0].documents == 5
    folder = made.folder_of(ONE.id)
    assert len(names(folder / "v2/content/v2.zip")) == 3
    assert sorted(read_inventory(folder).version().state) == ["case.json", "v1.zip", "v2.zip"]
    places = [file["container"] for record in told(made, ONE)["records"] for file in record["files"]]
    assert places == ["v1.zip", "v1.zip", "v1.zip", "v2.zip", "v1.zip"]
    assert told(made, ONE, 1)["package"]["id"] == an_id("p1")
    after = made.tree()
    changed = {path for path in before if before[path] != after[path]}
    assert {path.rpartition("/")[2] for path in changed} == {"inventory.json", "inventory.json.sha256"}
    assert archive.verify(made.root).findings == ()


def test_bytes_that_an_older_version_had_are_found_again(made):
    made.ingest(made.package("p1", case("9", [[("a.pdf", BYTES["a"])]])))
    made.ingest(made.package("p2", case("9", [[("b.pdf", BYTES["b"])]], version=2)))
    inventory = read_inventory(made.folder_of(an_id("case/9")))
    assert sorted(inventory.version().state) == ["case.json", "v2.zip"]
    result = made.ingest(made.package("p3", case("9", [[("a.pdf", BYTES["a"])]], version=3)))
    assert result.stored_documents == 0
    inventory = read_inventory(made.folder_of(an_id("case/9")))
    assert sorted(inventory.version().state) == ["case.json", "v1.zip", "v3.zip"]
    assert archive.verify(made.root).findings == ()


def test_an_older_package_again_after_a_newer_one_is_skipped(made):
    first = made.package("p1", ONE)
    made.ingest(first)
    made.ingest(made.package("p2", ONE_LATER))
    before = made.tree()
    assert [each.version for each in made.ingest(first).skipped] == [1]
    assert made.tree() == before


def refused(made, code, package, **changes):
    assert made.root
    before = made.tree()
    with pytest.raises(IntegrityError) as caught:
        made.ingest(package, **changes)
    assert caught.value.code == code
    assert made.tree() == before
    return caught.value


def test_a_version_too_early_is_refused(made):
    refused(made, "ARC007", made.package("p2", ONE_LATER))


def test_the_same_version_from_another_package_is_refused(made):
    made.ingest(made.package("p1", ONE))
    refused(made, "ARC008", made.package("other", ONE))


def test_the_same_version_with_another_digest_is_refused(made):
    made.ingest(made.package("p1", ONE))
    (made.folder / "p1.zip").unlink()
    refused(made, "ARC008", made.package("p1", case("1", [], digest="f" * 64)))


def test_other_cases_under_the_name_of_a_package_that_is_there_are_refused(made):
    """No case contradicts one that is stored: only the evidence knows that the name is taken."""
    made.ingest(made.package("p1", ONE))
    (made.folder / "p1.zip").unlink()
    refused(made, "ARC008", made.package("p1", TWO))


def test_another_zip_of_a_package_whose_evidence_is_not_there_is_refused(made):
    """An ingest was killed before the evidence: only the cases know which zip they came with."""
    made.ingest(made.package("p1", ONE))
    shutil.rmtree(made.folder_of(an_id("p1")))
    (made.folder / "p1.zip").unlink()
    refused(made, "ARC008", made.package("p1", ONE, TWO))


@pytest.mark.parametrize("raw", [b"[]", b"{}", b"no json"])
def test_evidence_that_is_none_is_not_believed(made, raw):
    package = made.package("p1", ONE)
    made.ingest(package)
    (made.folder_of(an_id("p1")) / "v1/content/package.json").write_bytes(raw)
    refused(made, "ARC005", package)


def test_one_case_twice_in_a_package_is_refused(made):
    refused(made, "ARC008", made.package("p1", ONE, ONE))


def test_a_package_that_was_touched_is_refused(made):
    path, descriptor = made.package("p1", ONE)
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    refused(made, "ARC002", (path, descriptor))


def rewritten(package, change):
    """Write a package's zip anew, with the members as `change(name, bytes)` gives them (None: left out)."""
    path, descriptor = package
    with zipfile.ZipFile(path) as source:
        members = [(name, source.read(name)) for name in source.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as target:
        for name, raw in members:
            new = change(name, raw)
            if new is not None:
                target.writestr(name, new)
    return path, descriptor


def sha256(path):
    return subprocess.run(["sha256sum", path], capture_output=True, check=True, text=True).stdout.split()[0]


@pytest.mark.parametrize(
    ("code", "ending", "new"),
    [
        ("ARC006", "01-01.pdf", b"other bytes"),
        ("ARC004", "01-01.pdf", None),
        ("ARC004", "rows.jsonl", b""),
        ("ARC003", "rows.jsonl", b"no json\n"),
        ("ARC003", "ERMS.xml", b"<erms"),
        ("ARC004", "ERMS.xml", None),
        ("ARC004", "rep1/METS.xml", None),
        ("ARC003", "rep1/METS.xml", b"<mets"),
    ],
)
def test_a_package_that_contradicts_itself_is_refused(made, code, ending, new):
    path, descriptor = rewritten(
        made.package("p1", ONE), lambda name, raw: new if name.endswith(ending) else raw
    )
    error = refused(made, code, (path, descriptor), package_sha256=sha256(path))
    assert "Åsa" not in error.text("sv") + error.where
    assert error.remedy("sv")


def test_a_path_that_leads_out_of_the_package_is_refused(made):
    def climb(name, raw):
        return raw.replace(b'path="KS-2003-1/0001-01.pdf"', b'path="../../../0001-01.pdf"')

    path, descriptor = rewritten(made.package("p1", ONE), climb)
    refused(made, "ARC003", (path, descriptor), package_sha256=sha256(path))


def test_a_file_that_is_no_zip_is_refused(made):
    path = made.folder / "p.zip"
    path.write_bytes(b"no zip at all")
    _, descriptor = made.package("p1", ONE)
    refused(made, "ARC001", (path, descriptor), package_sha256=sha256(path))


def test_a_compressed_package_by_others_is_read_too(made):
    path, descriptor = made.package("p1", ONE)
    with zipfile.ZipFile(path) as source:
        members = [(name, source.read(name)) for name in source.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, raw in members:
            target.writestr(name, raw)
    assert made.ingest((path, descriptor), package_sha256=sha256(path)).stored_documents == 3
    assert archive.verify(made.root).findings == ()


def test_a_damaged_case_in_the_store_is_not_built_upon(made):
    made.ingest(made.package("p1", ONE))
    (made.folder_of(ONE.id) / "v1/content/case.json").write_bytes(b"{}")
    refused(made, "ARC005", made.package("p2", ONE_LATER))


def test_progress_is_told_of_what_is_durable(made):
    seen = []
    made.ingest(made.package("p1", ONE, TWO), progress=lambda objects, size: seen.append((objects, size)))
    assert sum(objects for objects, _ in seen) == 3
    assert sum(size for _, size in seen) > 4 * len(BYTES["a"])


def test_two_ingests_give_the_same_bytes(tmp_path):
    trees = []
    for name in ("one", "two"):
        made = Archive(tmp_path / name)
        made.ingest(made.package("p1", ONE, TWO))
        made.ingest(made.package("p2", ONE_LATER))
        trees.append(made.tree())
    assert trees[0] == trees[1]


def test_a_status_outside_the_standard_is_told_as_archived(made):
    part = SubCase(an_id("part"), "1", "Del", status="BESLUTAT")
    named = (Extra("case_status", "en uppgift ur källan"),)
    whole = case("st", [[("brev.pdf", BYTES["a"])]], status="AVSLUTAT", subcases=(part,), extras=named)
    bare = case("no", [[("brev.pdf", BYTES["a"])]], status=None, extras=named)
    made.ingest(made.package("p1", whole, bare))
    plain = told(made, whole)
    assert (plain["status"], plain["sub_cases"][0]["status"]) == ("AVSLUTAT", "BESLUTAT")
    assert told(made, bare)["status"] is None


def test_sub_cases_are_told_with_what_they_lie_within(made):
    inner = SubCase(an_id("inner"), "2", "Bilaga", records=(a_record("x.2"),))
    outer = SubCase(an_id("outer"), "1", "Överklagande", status="open", subcases=(inner,))
    whole = case("sub", [[("brev.pdf", BYTES["a"])]], subcases=(outer,))
    made.ingest(made.package("p1", whole))
    plain = told(made, whole)
    assert [(one["id"], one["within"], one["title"]) for one in plain["sub_cases"]] == [
        (outer.id, whole.id, "Överklagande"),
        (inner.id, outer.id, "Bilaga"),
    ]
    assert [(one["title"], one["within"]) for one in plain["records"]] == [
        ("Handling sub.1", whole.id),
        ("Handling x.2", inner.id),
    ]
    assert len(plain["records"][0]["files"]) == 1
