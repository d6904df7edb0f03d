"""FGS with the system's own data: made-up files of persons, counted without the product."""

import hashlib

import pytest
from lxml import etree
from tests.content.conftest import Work, assert_nothing_new, assert_valid, delivered
from tests.mapping.real.kit import archived_documents
from tests.mapping.real_nested.kit import conserved, packaged, told, tree
from tests.support import nested

pytestmark = pytest.mark.e2e
DELIVERY = "smedjebacken/individ"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An export, delivered; (work, result, truth)."""
    sources = tmp_path_factory.mktemp("erms")
    truth = nested.erms(sources, files=9, seed=1)
    work = Work(sources, tmp_path_factory.mktemp("smedjebacken"))
    return work, delivered(work, DELIVERY), truth


def test_nothing_is_wrong_and_every_path_is_told(whole):
    ledger = told(whole[0], DELIVERY)
    assert ledger[("fgs.akt", "nummer")]["use"] == "mapped"


def test_every_file_has_one_fate(whole):
    work, result, truth = whole
    root = tree(work.sources / "ermsxml" / "export.xml")
    number = {name: len(list(root.iter(f"{{*}}{name}"))) for name in ("ArkivobjektArende", "Bilaga")}
    conserved(result, {"fgs.arkivobjekt": number["ArkivobjektArende"], "fgs.filhanvisning": number["Bilaga"]})
    assert result["entities"] == {
        "case": len(truth.closed), "record": truth.records, "file": len(truth.closed),
    }  # fmt: skip
    assert result["excluded"]["oppen-akt"] == len(truth.objects) - len(truth.closed) == 1
    assert set(packaged(work, "smedjebacken", "individ")) == truth.closed


def test_the_elements_are_those_that_others_read(whole, shared):
    """What the generator writes in the system's own data stands among the facts."""
    facts = (shared / "data" / "facts" / "boras_iipax_export_shapes.json").read_text(encoding="utf-8")
    for element in tree(whole[0].sources / "ermsxml" / "export.xml").iter("{urn:viva:arendeinfo}*"):
        assert f"ca:{etree.QName(element).localname}" in facts, element.tag


def test_nobody_sees_that_the_files_exist(whole):
    work, _, truth = whole
    _, answer = work.leverans("archive", "list", "smedjebacken")
    assert not truth.objects or not set(truth.objects) & {str(one) for one in answer["objects"]}
    cases = packaged(work, "smedjebacken", "individ")
    assert all("OSL 26 kap. 1 §" in text for text in cases.values())


def test_attachments_are_the_bytes_that_came_and_open_files_stay(whole):
    work, _, truth = whole
    kept = {ref: data for ref, data in truth.files.items() if ref.split("/")[1] in truth.closed}
    found = archived_documents(work, "smedjebacken")
    for ref, data in truth.files.items():
        assert (hashlib.sha256(data).hexdigest() in found) == (ref in kept), ref


def test_the_packages_are_valid_and_a_second_run_makes_none(whole):
    work, result, _ = whole
    assert_valid(work, "smedjebacken", result["packages"])
    assert_nothing_new(work, DELIVERY, result)


def test_content_that_nobody_decided_on_sets_its_file_aside(tmp_path):
    nested.erms(tmp_path, files=2, seed=1)
    path = tmp_path / "ermsxml" / "export.xml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("<ca:Ekonomi/>", "<ca:Ekonomi><ca:Post>1</ca:Post></ca:Ekonomi>", 1), encoding="utf-8"
    )
    result = delivered(Work(tmp_path, tmp_path / "home"), DELIVERY)
    assert result["quarantined"] == {"MAP162": 1}
