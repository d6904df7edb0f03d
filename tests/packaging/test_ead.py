"""Fonds, series, creators and volumes: read back as they were, whatever the source said."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from tests.packaging.conftest import EAD, NAMES
from tests.packaging.test_reading import nested_case
from tests.support.objects import CASES

from leverans.model import Class, Fonds, Location
from leverans.packaging.ead import write_eac, write_ead
from leverans.packaging.holdings import Collector, Creator, Holdings
from leverans.packaging.opening import read_package_holdings
from leverans.packaging.reading_ead import read_holdings
from leverans.testing.builders import a_case, a_full_case, a_record, an_order

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
BOARD = Fonds("Byggnadsnämnden", "SE/X/1", "Byggnadsnämnden", "212000-0000", "1992-01-01", "2006-12-31")
LATER = Fonds("Byggnadsnämnden", "SE/X/1", "Byggnadsnämnden", "212000-0000", "2007-01-01")


def collected(cases):
    collector = Collector()
    for case in cases:
        collector.add(case)
    return collector.holdings()


def again(holdings, **fields):
    order = an_order(**fields)
    authorities = [write_eac(order, creator).encode() for creator in holdings.creators]
    return read_holdings(write_ead(order, holdings).encode(), authorities)


@settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
@given(st.lists(CASES, min_size=1, max_size=3))
def test_holdings_come_back_as_they_were(cases):
    holdings = collected(cases)
    assert again(holdings) == holdings


def hybrid():
    """Two classes of one board in two times; most of it is paper, some of it by an archivist's word."""
    return [
        a_case("1", fonds=(BOARD, LATER), classification_code="3.4", classification_title="Bygga",
               classes=(Class("3.4", "Bygga", "Diarieplan"),), opened="1998-05-06", closed="1999-01-02",
               locations=(Location("F1a:12"), Location("F1a", "declared"))),
        a_case("2", fonds=(BOARD, LATER), classification_code="3.4", classification_title="Bygga",
               classes=(Class("3.4", "Bygga", "Diarieplan"),), opened="1997", closed=None, created=None,
               records=(a_record(locations=(Location("F1a:12"), Location("Ritningar:3"))),)),
        a_case("3", fonds=(BOARD,), classification_code=None),
        a_case("4", creator="Kommunstyrelsen", creator_from="1971-01-01"),
    ]  # fmt: skip


def test_paper_stands_in_its_series_and_says_who_told(make):
    package = make(hybrid())
    tree = package.tree(EAD)
    assert tree.xpath("//ead:c/@level", namespaces=NAMES) == [
        "fonds", "series", "otherlevel", "otherlevel", "otherlevel", "series", "series",
    ]  # fmt: skip
    first = tree.xpath("//ead:c[@level='series'][1]", namespaces=NAMES)[0]
    assert first.xpath(".//ead:container/text()", namespaces=NAMES) == ["F1a:12", "F1a", "Ritningar:3"]
    assert first.xpath(".//ead:didnote/text()", namespaces=NAMES) == ["source", "declared", "source"]
    assert first.xpath(".//ead:quantity/text()", namespaces=NAMES) == ["2"]
    assert first.xpath(".//ead:fileplan/ead:p/text()", namespaces=NAMES) == ["Diarieplan"]
    assert first.xpath(".//ead:fromdate/@standarddate", namespaces=NAMES) == ["1998-05-06"]
    assert read_package_holdings(package.path) == collected(hybrid())


def test_each_time_of_a_creator_has_a_record_of_its_own(make):
    package = make(hybrid())
    records = [package.tree(name) for name in package.names() if "/eac-cpf-" in name]
    names = [one.findtext(".//{*}nameEntry/{*}part") for one in records]
    assert names == ["Byggnadsnämnden", "Byggnadsnämnden", "Kommunstyrelsen"]
    assert [one.findtext(".//{*}identityId") for one in records] == ["212000-0000", "212000-0000", None]
    linked = package.find(EAD, "//ead:c[@level='fonds']/ead:did//ead:corpname/@identifier")
    assert linked == [one.findtext(".//{*}recordId") for one in records[:2]]


def test_mets_refers_to_each_with_its_kind(make):
    package = make(hybrid())
    found = package.find("METS.xml", "//m:dmdSec/m:mdRef")
    assert [one.get("MDTYPE") for one in found] == ["EAD", "EAC-CPF", "EAC-CPF", "EAC-CPF"]
    listed = package.find("METS.xml", "//m:div[@LABEL='Metadata']/@DMDID")[0].split()
    assert listed == package.find("METS.xml", "//m:dmdSec/@ID")


def test_a_creator_without_a_name_is_none():
    assert collected([a_case(creator=" \t")]).creators == ()
    assert collected([a_case(creator="\x00")]).creators == (Creator("\x00"),)


@pytest.mark.parametrize(
    "cases", [[a_full_case()], [nested_case()], hybrid(), [a_case(opened=None, created=None)]]
)
def test_what_is_read_from_a_package_is_what_went_in(make, cases):
    package = make(cases, [b"a", b"b"])
    assert read_package_holdings(package.path) == collected(cases)


def test_nothing_about_a_case_stands_in_the_finding_aid():
    case = a_full_case()
    text = write_ead(an_order(), collected([case]))
    for secret in (case.title, case.reference_code, case.key, case.agents[0].name):
        assert secret not in "".join(etree.fromstring(text.encode()).itertext())


def test_a_package_of_nothing_above_its_cases():
    assert again(Holdings()) == Holdings()
