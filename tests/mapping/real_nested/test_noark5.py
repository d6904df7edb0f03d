"""Noark 5: the real extraction, whole and with its one wrong file name mended."""

import hashlib
import shutil

import pytest
from tests.content.conftest import ROOT, Work, assert_nothing_new, assert_valid, delivered
from tests.mapping.real.kit import archived_documents
from tests.mapping.real_nested.kit import conserved, laid, packaged, told, tree

from leverans.sources import load_connector, open_connector

pytestmark = pytest.mark.e2e
DELIVERY = "sater/saksmapp"
WRONG, RIGHT = "7f2f-492c-a770-c7bc18c902c6", "7f2f-492c-a770-c7bc18c802c6"


@pytest.fixture(scope="module")
def mended(shared, tmp_path_factory):
    """The extraction, its structure naming the file that is there; (work, result, tree)."""
    sources = laid(shared, tmp_path_factory.mktemp("noark5"))
    path = sources / "noark5" / "arkivstruktur.xml"
    path.write_text(path.read_text(encoding="utf-8").replace(WRONG, RIGHT), encoding="utf-8")
    work = Work(sources, tmp_path_factory.mktemp("sater"))
    return work, delivered(work, DELIVERY), tree(path)


def test_nothing_is_wrong_and_every_path_is_told(mended):
    ledger = told(mended[0], DELIVERY)
    assert ledger[("n5.reg", "mottatt")]["use"] == "mapped"


def test_as_many_folders_registrations_and_files_as_an_xpath_finds(mended):
    _, result, root = mended
    number = {
        name: len(list(root.iter(f"{{*}}{name}"))) for name in ("mappe", "registrering", "dokumentobjekt")
    }
    assert result["entities"] == {
        "case": number["mappe"], "record": number["registrering"], "file": number["dokumentobjekt"],
    }  # fmt: skip
    conserved(result, {"n5.mappe": number["mappe"], "n5.filhanvisning": number["dokumentobjekt"]})
    assert result["documents"]["archived"] == number["dokumentobjekt"] == 4


def test_the_files_are_the_bytes_that_came_and_the_declared_checksums_travel(mended):
    """One of the four declared checksums is not that of its file; it is kept as the extraction says it."""
    work, _, root = mended
    declared = {each.text for each in root.iter("{*}sjekksum")}
    files = {hashlib.sha256(path.read_bytes()).hexdigest() for path in work.sources.rglob("*.pdf")}
    assert len(declared & files) == len(files) - 1 == 3
    assert files <= archived_documents(work, "sater")
    text = "".join(packaged(work, "sater", "saksmapp").values())
    assert all(f"SHA-256 {each}" in text for each in declared)


def test_titles_parties_and_the_fonds_stand_in_the_archive(mended):
    work, _, root = mended
    cases = packaged(work, "sater", "saksmapp")
    ns = {"n": root.tag[1:].partition("}")[0]}
    for folder in root.iterfind(".//n:mappe", ns):
        text = cases[folder.findtext("n:mappeID", namespaces=ns)]
        wanted = [folder.findtext("n:tittel", namespaces=ns), root.findtext("n:tittel", namespaces=ns)]
        wanted += [each.text for each in folder.iterfind(".//n:registreringsID", ns)]
        wanted += [each.text for each in folder.iterfind(".//n:korrespondansepartNavn", ns)]
        assert [words for words in wanted if words not in text] == []


def test_the_packages_are_valid_and_a_second_run_makes_none(mended):
    work, result, _ = mended
    assert_valid(work, "sater", result["packages"])
    assert_nothing_new(work, DELIVERY, result)


def test_the_file_that_is_named_otherwise_is_found_out(shared, tmp_path):
    """As it came: one file is not called what the structure says; its folder and the file are set aside."""
    work = Work(laid(shared, tmp_path), tmp_path / "home")
    result = delivered(work, DELIVERY)
    assert result["quarantined"] == {"MAP120": 1, "MAP123": 1}
    assert (result["objects"]["archived"], result["objects"]["quarantined"]) == (1, 1)
    assert (result["documents"]["archived"], result["documents"]["quarantined"]) == (2, 3)


def test_the_class_path_is_that_of_the_elements_around(shared, tmp_path):
    """The example with three levels of classes: what is lifted is what an XPath finds."""
    given = shared / "data" / "noark5" / "ContentClassificationSystem" / "arkivstruktur.xml"
    (tmp_path / "noark5").mkdir()
    shutil.copyfile(given, tmp_path / "noark5" / "arkivstruktur.xml")
    definition = load_connector(ROOT / "connectors" / "noark5" / "connector.yaml", ROOT)
    made = open_connector("n5", definition, "noark5", tmp_path)
    rows = [row for batch in made.read("mappe") for row in batch.rows.to_pylist()]
    folders = list(tree(given).iter("{*}mappe"))
    assert [row["systemID"] for row in rows] == [each.findtext("{*}systemID") for each in folders]
    for row, folder in zip(rows, folders, strict=True):
        around = [each.findtext("{*}klasseID") for each in folder.iterancestors("{*}klasse")][::-1]
        assert row["klass"] == " / ".join(around)
        assert len(around) == 3
