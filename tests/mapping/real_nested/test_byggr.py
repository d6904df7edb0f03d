"""ByggR: the real answers of its service, through the public commands into an archive."""

import shutil

import pytest
from lxml import etree
from tests.content.conftest import ROOT, Work, assert_nothing_new, assert_valid, delivered
from tests.mapping.real.kit import archived_documents
from tests.mapping.real_nested.kit import answers, conserved, packaged, told, tree

pytestmark = pytest.mark.e2e
NS = {"a": "www.tekis.se/arende", "t": "www.tekis.se/ServiceContract"}
DRAFT = "a:arbetsmaterial = 'true' or a:makulerad = 'true'"


@pytest.fixture(scope="module")
def whole(shared, tmp_path_factory):
    """The real answers, delivered; (work, result, the answer as a tree)."""
    sources = tmp_path_factory.mktemp("byggr")
    folder = answers(shared, sources / "byggr")
    work = Work(sources, tmp_path_factory.mktemp("sater"))
    return work, delivered(work, "sater/bygglov"), tree(folder / "GetUpdatedArenden-1.xml")


def count(root, path):
    return int(root.xpath(f"count({path})", namespaces=NS))


def test_nothing_is_wrong_and_every_path_is_told(whole):
    ledger = told(whole[0], "sater/bygglov")
    assert ledger[("byggr.intressent", "nummer")]["use"] == "mapped"
    assert ledger[("byggr.handelse", "arbetsmaterial")]["use"] == "conditioned"


def test_as_many_cases_events_and_files_as_an_xpath_finds(whole):
    work, result, root = whole
    ended = "//t:arende[a:status = 'Avslutat']"
    events = f"{ended}//a:handelse[not({DRAFT})]"
    kept = root.xpath(
        f"{events}//a:handling[not(a:makulerad = 'true' or a:status = 'Arbetsmtrl')]/@handlingId",
        namespaces=NS,
    )
    assert result["entities"] == {
        "case": count(root, ended), "record": count(root, events), "file": len(set(kept)),
    }  # fmt: skip
    assert result["excluded"]["pagaende-arende"] == count(root, "//t:arende[a:status = 'Pågående']")
    assert result["excluded"]["arbetsmaterial-handelse"] >= count(
        root, f"{ended}//a:handelse[a:arbetsmaterial = 'true']"
    )
    conserved(result, {
        "byggr.svar": count(root, "//t:arende"), "byggr.hanvisning": count(root, "//a:dokument"),
        "byggr.dokument": len(list((work.sources / "byggr").glob("GetDocument-*"))),
        "byggr.handlingstyp": 232, "byggr.roll": 25,
    })  # fmt: skip


def test_excluded_documents_leave_with_their_answers(whole):
    _, result, _ = whole
    assert result["documents"]["excluded"] == result["streams"]["byggr.dokument"]["excluded"]
    assert result["documents"]["archived"] == result["streams"]["byggr.dokument"]["part_of"]
    assert result["objects"]["quarantined"] == 0


def test_numbers_titles_and_places_stand_in_the_archive(whole):
    work, _, root = whole
    cases = packaged(work, "sater", "bygglov")
    ended = root.xpath("//t:arende[a:status = 'Avslutat']", namespaces=NS)
    assert len(cases) == len(ended)
    for case in ended:
        text = cases[case.get("dnr")]
        assert " ".join(case.findtext("a:beskrivning", namespaces=NS).split()) in text
        for place in case.iterfind(".//a:fastighet", NS):
            said = f"{place.findtext('a:trakt', namespaces=NS)} {place.findtext('a:fbetNr', namespaces=NS)}"
            assert said in text
        for event in case.xpath(f".//a:handelse[not({DRAFT})]", namespaces=NS):
            assert " ".join(event.findtext("a:rubrik", namespaces=NS).split()) in text
    assert len(archived_documents(work, "sater")) > 0


def test_the_packages_are_valid_and_a_second_run_makes_none(whole):
    work, result, _ = whole
    assert_valid(work, "sater", result["packages"])
    assert_nothing_new(work, "sater/bygglov", result)


def test_the_same_case_in_a_later_answer_is_its_next_version(whole, tmp_path):
    """A case that was open is closed in a later answer: the later one counts, both travel."""
    work, _, root = whole
    shutil.copytree(work.sources, tmp_path / "sources")
    folder = tmp_path / "sources" / "byggr"
    again = count(root, "//t:arende[a:status = 'Pågående']")
    (folder / "GetUpdatedArenden-9.xml").write_bytes(_closed(folder / "GetUpdatedArenden-1.xml"))
    own = Work(tmp_path / "sources", tmp_path / "home")
    told_now = delivered(own, "sater/bygglov")
    cases = count(root, "//t:arende")
    assert told_now["objects"]["found"] == cases
    assert (told_now["objects"]["archived"], told_now["objects"]["quarantined"]) == (cases, 0)
    assert told_now["streams"]["byggr.svar"]["rows"] == cases + again
    assert told_now["streams"]["byggr.svar"]["part_of"] == again
    assert told_now["entities"]["record"] == count(root, f"//a:handelse[not({DRAFT})]")


def _closed(path):
    """Give the cases of an answer that were open, closed."""
    root = tree(path)
    for case in root.xpath("//t:arende", namespaces=NS):
        if case.findtext("a:status", namespaces=NS) == "Avslutat":
            case.getparent().remove(case)
            continue
        case.find("a:status", NS).text = "Avslutat"
        case.find("a:uppdateradDatum", NS).text = "2022-02-01"
        if case.find("a:slutDatum", NS) is None:
            etree.SubElement(case, f"{{{NS['a']}}}slutDatum").text = "2022-01-31"
    return etree.tostring(root)


def test_an_organisation_is_told_by_its_number_in_the_other_answer(shared, tmp_path):
    """The answer by person: 25 open cases of one organisation; here they are closed."""
    folder = answers(shared, tmp_path / "byggr")
    path = folder / "GetRelateradeArenden-1.xml"
    text = path.read_text(encoding="utf-8").replace(">Pågående<", ">Avslutat<")
    text = text.replace("</uppdateradDatum>", "</uppdateradDatum>\n<s:slutDatum/>").replace(
        "<s:slutDatum/>", '<slutDatum xmlns="www.tekis.se/arende">2022-01-31</slutDatum>'
    )
    path.write_text(text, encoding="utf-8")
    for answer in folder.glob("GetDocument-*"):
        if answer.stem.removeprefix("GetDocument-") not in text:
            answer.unlink()
    work = Work(tmp_path, tmp_path / "home")
    told(work, "sater/bygglov-person")
    result = delivered(work, "sater/bygglov-person")
    root = tree(path)
    assert result["objects"]["archived"] == count(root, "//t:Arende") == 25
    assert result["entities"]["file"] == count(root, "//a:handling")
    assert result["documents"]["archived"] == result["documents"]["listed"] == count(root, "//a:dokument")
    assert result["findings"]["MAP213"] == 25  # the number in the answer is masked: its check digit is wrong
    cases = packaged(work, "sater", "bygglov-person")
    assert all("16123456-1234" in case for case in cases.values())


def test_preview_diff_and_trace_speak_of_virtual_tables(whole, tmp_path):
    """What was unfolded from an answer is shown, compared and traced like any table."""
    work = whole[0]
    _, shown = work.leverans("mapping", "preview", "sater/bygglov", "--count", "1")
    (one,) = shown["objects"]
    assert {row["stream"] for row in one["rows"]} >= {"byggr.arende", "byggr.handelse"}
    fields = {field["path"]: field for field in one["fields"]}
    assert fields["title"]["columns"] == ["byggr.arende.beskrivning"]

    other = tmp_path / "mappings" / "byggr"
    shutil.copytree(ROOT / "mappings" / "byggr", other)
    text = (other / "bygglov.yaml").read_text(encoding="utf-8")
    title = "title: {from: beskrivning, clean: [strip, collapse_space]"
    assert title in text
    (other / "bygglov.yaml").write_text(
        text.replace(title, "title: {from: beskrivning, clean: [upper]"), encoding="utf-8"
    )
    status, changed = work.leverans("mapping", "diff", "sater/bygglov", "--with", other / "bygglov.yaml")
    assert status == 1
    assert set(changed["fields"]) == {"case.title"}

    _, told = work.leverans("trace", "sater", one["object"], "title")
    (origin,) = told["origins"]
    assert (origin["stream"], origin["columns"]) == ("byggr.arende", ["beskrivning"])
    assert (told["exact"], told["value"]) == (True, fields["title"]["value"])
