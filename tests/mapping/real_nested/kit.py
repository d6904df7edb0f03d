"""What every mapping of nested sources is asked, and how the sources are counted without the product."""

import shutil

from lxml import etree
from tests.mapping.real.kit import aggregations, assert_checked, column_ledger, erms

SHARES = ("object", "part_of", "reference", "quarantined", "excluded")


ANSWERS = {
    "GetUpdatedArenden-1.xml": "arendeexport.GetUpdatedArenden.200.xml",
    "GetUpdatedArenden-2.xml": "arendeexport.GetUpdatedArenden.200.empty.xml",
    "GetUpdatedArenden-3.xml": "arendeexport.GetUpdatedArenden.500.xml",
    "GetRelateradeArenden-1.xml": "byggr_GetRelateradeArendenByPersOrgNrAndRole.xml",
    "GetHandlingTyper-1.xml": "api-byggr-get-handlingtyper-response.xml",
    "GetRoller-1.xml": "api-byggr-get-roles-response.xml",
}


def answers(shared, folder):
    """Lay the real answers under the names that a pull gives them, with one answer per document."""
    given = shared / "data" / "byggr"
    folder.mkdir()
    for name, real in ANSWERS.items():
        shutil.copyfile(given / real, folder / name)
    one = (given / "arendeexport.GetDocument.200.xml").read_text(encoding="utf-8")
    for name in ("GetUpdatedArenden-1.xml", "GetRelateradeArenden-1.xml"):
        for number in {each.get("dokId") for each in tree(folder / name).iter("{*}dokument")}:
            text = one.replace('dokId="dokId"', f'dokId="{number}"')
            (folder / f"GetDocument-{number}.xml").write_text(text, encoding="utf-8")
    return folder


def laid(shared, folder):
    """Lay the extraction: its structure file and its documents, apart."""
    given = shared / "data" / "noark5" / "uttrekk1" / "n5uttrekk"
    (folder / "noark5").mkdir()
    shutil.copyfile(given / "arkivstruktur.xml", folder / "noark5" / "arkivstruktur.xml")
    target = folder / "noark5-filer" / "dokumenter"
    target.mkdir(parents=True)
    for path in (given / "dokumenter").iterdir():
        shutil.copyfile(path, target / path.name)
    return folder


def told(work, delivery):
    """The check finds nothing, and every column and path has a use or a reason; give the ledger."""
    assert_checked(work, delivery)
    ledger = column_ledger(work, delivery)
    for entry in ledger.values():
        assert entry["use"] in {"mapped", "joined", "conditioned", "key", "dropped", "left", "document"}
        assert len(entry["reason"]) > 10 or entry["use"] not in {"dropped", "left"}, entry
    return ledger


def conserved(result, rows):
    """Every item of the source has exactly one fate, and so has every document."""
    assert (result["status"], result["balanced"], result["problems"]) == ("complete", True, [])
    assert {name: shown["rows"] for name, shown in result["streams"].items()} == rows
    for shown in result["streams"].values():
        assert sum(shown[share] for share in SHARES) == shown["rows"]
    documents = result["documents"]
    assert documents["listed"] == sum(documents[word] for word in ("archived", "quarantined", "excluded"))


def tree(path):
    """Read an XML file with a parser of its own."""
    return etree.parse(path).getroot()


def packaged(work, municipality, delivery):
    """Give reference code → the text of each archived case."""
    return aggregations(erms(work, municipality, delivery))
