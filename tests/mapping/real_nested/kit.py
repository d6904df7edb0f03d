"""What every mapping of nested sources is asked, and how the sources are counted without the product."""

from lxml import etree
from tests.mapping.real.kit import aggregations, assert_checked, column_ledger, erms

SHARES = ("object", "part_of", "reference", "quarantined", "excluded")


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
