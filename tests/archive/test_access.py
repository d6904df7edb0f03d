"""Finding cases and getting them back out."""

import json
import subprocess
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.archive.conftest import BYTES, ONE, ONE_LATER, PAPER, TWO, Archive, case

from leverans import archive
from leverans.archive import catalogue
from leverans.archive.dissemination import safe_name
from leverans.errors import IntegrityError, UsageError
from leverans.testing.builders import an_id


@pytest.fixture
def filled(made):
    made.ingest(made.package("p1", ONE, TWO, PAPER))
    made.ingest(made.package("p2", ONE_LATER))
    return made


def test_the_list_shows_cases_only_and_their_newest_version(filled):
    entries = {entry.reference_code: entry for entry in archive.list_objects(filled.root)}
    assert sorted(entries) == ["KS 2003/1", "KS 2003/2", "KS 2003/3"]
    one = entries["KS 2003/1"]
    assert (one.id, one.version, one.records, one.files, one.access) == (ONE.id, 2, 3, 5, "staff")
    assert filled.path / one.path == filled.folder_of(ONE.id)


def test_a_damaged_object_does_not_stop_the_list(filled):
    (filled.folder_of(TWO.id) / "v1/content/case.json").write_bytes(b"")
    entries = list(archive.list_objects(filled.root))
    assert len(entries) == 3
    assert [entry.path for entry in entries if not entry.readable] == [
        filled.folder_of(TWO.id).relative_to(filled.path).as_posix()
    ]


def test_a_case_comes_back_with_its_documents(filled, tmp_path):
    place = archive.get(filled.root, "KS 2003/1", tmp_path / "out")
    assert place == tmp_path / "out" / "KS 2003_1"
    assert {path.name: path.read_bytes() for path in place.iterdir() if path.name != "case.json"} == {
        "brev å.pdf": BYTES["a"],
        "BREV Å (2).pdf": BYTES["b"],
        "beslut.pdf": BYTES["c"],
        "sent.pdf": BYTES["late"],
        "igen.pdf": BYTES["a"],
    }
    assert json.loads((place / "case.json").read_text())["version"] == 2
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["KS 2003_1"]


def test_an_older_version_comes_back_as_it_was(filled, tmp_path):
    place = archive.get(filled.root, ONE.id, tmp_path, version=1)
    assert sorted(path.name for path in place.iterdir()) == [
        "BREV Å (2).pdf",
        "beslut.pdf",
        "brev å.pdf",
        "case.json",
    ]


def test_a_case_is_found_by_its_id_and_urn(filled, tmp_path):
    assert archive.get(filled.root, PAPER.id, tmp_path / "a").name == "KS 2003_3"
    assert archive.get(filled.root, f"urn:uuid:{PAPER.id}", tmp_path / "b").name == "KS 2003_3"


@pytest.mark.parametrize("wanted", ["KS 1999/1", "", "00000000-0000-4000-8000-000000000000", an_id("p1")])
def test_what_is_not_there_is_said_so_without_repeating_it(filled, tmp_path, wanted):
    with pytest.raises(UsageError) as caught:
        archive.get(filled.root, wanted, tmp_path / "out")
    assert caught.value.code == "ARC020"
    assert not wanted or wanted not in caught.value.text("sv")
    assert not (tmp_path / "out").exists()


def test_two_cases_of_one_reference_code_are_both_listed_and_asked_about(made, tmp_path):
    made.ingest(made.package("p1", ONE, case("other", [], reference_code="KS 2003/1")))
    entries = [entry.id for entry in archive.list_objects(made.root)]
    assert sorted(entries) == sorted([ONE.id, an_id("case/other")])
    with pytest.raises(UsageError) as caught:
        archive.get(made.root, "KS 2003/1", tmp_path)
    assert caught.value.code == "ARC021"
    assert all(own in caught.value.text("en") for own in entries)
    assert archive.get(made.root, ONE.id, tmp_path).is_dir()


def test_no_such_version_and_a_target_that_is_taken(filled, tmp_path):
    for version in (0, 3):
        with pytest.raises(UsageError, match="ARC022"):
            archive.get(filled.root, ONE.id, tmp_path, version=version)
    archive.get(filled.root, ONE.id, tmp_path)
    with pytest.raises(UsageError, match="ARC023"):
        archive.get(filled.root, ONE.id, tmp_path)


def test_nothing_is_restored_from_damaged_bytes(filled, tmp_path):
    path = filled.folder_of(TWO.id) / "v1/content/v1.zip"
    raw = path.read_bytes()
    path.write_bytes(raw.replace(BYTES["a"][:20], BYTES["a"][:20].swapcase()))
    with pytest.raises(IntegrityError, match="ARC009"):
        archive.get(filled.root, TWO.id, tmp_path / "out")
    with zipfile.ZipFile(path, "w") as container:  # a zip that is sound in itself
        container.writestr("KS-2003-2/0001-01.pdf", b"other bytes")
    with pytest.raises(IntegrityError, match="ARC009"):
        archive.get(filled.root, TWO.id, tmp_path / "out")
    path.unlink()
    with pytest.raises(IntegrityError, match="ARC009"):
        archive.get(filled.root, TWO.id, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_the_catalogue_is_sorted_complete_and_outside_the_root(filled):
    before = filled.tree()
    path = archive.write_catalogue(filled.root)
    assert path == filled.folder / "archive.catalogue.jsonl"
    assert filled.tree() == before
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["reference_code"] for line in lines] == ["KS 2003/1", "KS 2003/2", "KS 2003/3"]
    assert lines[0]["version"] == 2
    assert (filled.path / lines[0]["path"]).is_dir()
    assert sorted(each.name for each in filled.folder.iterdir()) == [
        "archive", "archive.catalogue.jsonl", "archive.lock", "blobs", "p1.zip", "p2.zip"
    ]  # fmt: skip


def test_the_catalogue_is_sorted_in_runs_of_bounded_size(filled, monkeypatch):
    whole = archive.write_catalogue(filled.root).read_bytes()
    monkeypatch.setattr(catalogue, "_RUN", 1)
    assert archive.write_catalogue(filled.root).read_bytes() == whole


def test_plain_tools_are_enough(filled, tmp_path):
    """grep, unzip, sha256sum and json.tool find and open a case."""
    archive.write_catalogue(filled.root)
    script = r"""
    set -eu
    line=$(grep -F '"KS 2003/2"' archive.catalogue.jsonl)
    path=$(printf '%s' "$line" | python3 -c 'import json,sys; print(json.load(sys.stdin)["path"])')
    cd "archive/$path"
    echo "$(cat inventory.json.sha256 | cut -d' ' -f1)  inventory.json" | sha256sum --check --quiet
    python3 -m json.tool v1/content/case.json > /dev/null
    python3 -m zipfile -e v1/content/v1.zip "$1"
    """
    subprocess.run(["bash", "-c", script, "bash", tmp_path / "x"], cwd=filled.folder, check=True)
    assert (tmp_path / "x" / "KS-2003-2" / "0001-01.pdf").read_bytes() == BYTES["a"]


def test_no_catalogue_of_protected_cases(tmp_path):
    made = Archive(tmp_path / "work", protected=True)
    made.ingest(made.package("p1", ONE, route="protected"))
    assert archive.write_catalogue(made.root) is None
    assert not list(made.folder.glob("*catalogue*"))


@given(st.text(max_size=300))
def test_a_safe_name_is_safe(name):
    safe = safe_name(name)
    assert safe
    assert len(safe.encode()) <= 255 - len(" (99999)")
    assert "/" not in safe
    assert "\\" not in safe
    assert safe not in {".", ".."}
    assert all(ord(sign) >= 32 for sign in safe)
    assert safe_name(safe) == safe


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "_.._etc_passwd"),
        ("brev å ä ö.PDF", "brev å ä ö.PDF"),
        ("CON.txt", "_CON.txt"),
        ("a\u0308.txt", "ä.txt"),
        ("  .. ", "_"),
        ("å" * 300 + ".pdf", "å" * 98 + ".pdf"),
    ],
)
def test_names_made_safe(name, safe):
    assert safe_name(name) == safe
