"""The Swedish papers: what each must say, and when it may not be written."""

import json
from dataclasses import replace

import pytest
from lxml import html
from tests.report.conftest import bare, broken, made

from leverans.report import PAPERS
from leverans.report.papers import points, render_paper
from leverans.report.parts import AsideFacts, Cut, ProblemFacts
from leverans.report.rendering import render_json
from leverans.report.writing import _unfit


def text(paper, facts):
    return html.document_fromstring(render_paper(paper, facts)).text_content()


def test_a_good_run_meets_every_point_but_the_decisions():
    assert [one.passed for one in points(made())] == [True] * 6 + [None, False]
    whole = made(undecided=0, formats=Cut())
    assert [one.passed for one in points(whole)] == [True] * 7


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (broken(), "Varje källrad"),
        (made(objects=replace(made().objects, found=301)), "Funna objekt"),
        (made(documents=replace(made().documents, archived=1)), "Förtecknade dokument"),
        (made(problems=Cut((ProblemFacts("DLV003", "p", "s", "e"),), 1)), "Varje paket"),
        (made(problems=Cut((ProblemFacts("DLV004", "p", "s", "e"),), 1)), "läst tillbaka"),
        (made(balanced=False), "läst tillbaka"),
        (made(problems=Cut((ProblemFacts("AGR003", "p", "s", "e"),), 1)), "överenskommelsen"),
    ],
)
def test_what_does_not_hold_is_a_deviation(facts, said):
    missed = [one.sv for one in points(facts) if one.passed is False]
    assert any(said in sv for sv in missed), missed
    assert "✗ avvikelse" in text("slutverifieringsprotokoll", facts)


def test_the_transfer_certificate_names_parties_volume_packages_and_signatures():
    told = text("leveransreversal", made())
    for said in (
        "Mora kommun, 212000-2213",
        "Socialnämnden",
        "Kommunstyrelsen",
        "E-arkivcentrum",
        "MORA-LÖ-1",
        "1996-01-01 – 2025-12-31",
        "ja, till arkivmyndigheten",
        "slutarkiv",
        "SN 2019 § 112",
        "SN 2019 § 113",
        "7609" * 16,
        "ab" * 32,
        "30 paket",
        "9,9\N{NO-BREAK SPACE}MB",
        "Överlämnat, för arkivbildaren",
        "Mottaget, för arkivmyndigheten",
    ):
        assert said in told, said


def test_the_list_of_disposal_has_columns_rules_and_decisions_and_nothing_kept():
    page = html.document_fromstring(render_paper("gallringslista", made()))
    rows = [
        row.xpath("string(./th)")
        for row in page.xpath("//section[h2/@id='columns']//tbody/tr[th[@scope='row']]")
    ]
    assert rows == ["Text", "AndradDatum"]
    told = page.text_content()
    assert "db.Ärende 2 kolumner, 1 utan plats" in " ".join(told.split())
    facts = made()
    cut = render_paper("gallringslista", replace(facts, columns=replace(facts.columns, total=9)))
    assert "2 kolumner visade, 1 utan plats" in " ".join(cut.split())
    for said in ("SN 2019 § 112", "makulerat-arende", "technical: ändrad", "working: logg", "SN 2026/140"):
        assert said in told, said


def test_the_protocol_of_faults_sums_what_was_set_aside():
    page = html.document_fromstring(render_paper("felprotokoll", made()))
    assert "där nyckeln pekar ut en person (personal: true) står bara en pseudonym" in page.text_content()
    foot = [one.text_content() for one in page.xpath("//tfoot//td")]
    assert foot == ["3", "11", "1", "1"]
    told = page.text_content()
    for said in ("A-1", "A-2", "share.share nr 3", "Lägg till den.", "mappings/a/b.yaml:58:7", "SN 2026/140"):
        assert said in told, said


def test_the_test_protocol_has_points_samples_and_judgement():
    told = text("testprotokoll", made(test=True))
    for said in (
        "Ingenting har överlämnats",
        "Godkänd med anmärkning",
        "Underkänd",
        "leverans approve 00002-bb",
    ):
        assert said in told, said


def test_a_paper_is_refused_for_a_run_of_another_kind():
    live, test, wrong = made(), made(test=True), broken()
    assert _unfit("testprotokoll", live)
    assert not _unfit("testprotokoll", test)
    for paper in ("slutverifieringsprotokoll", "leveransreversal"):
        assert not _unfit(paper, live)
        assert _unfit(paper, test)
        assert _unfit(paper, wrong)
        assert _unfit(paper, bare())
    for paper in ("felprotokoll", "gallringslista"):
        assert not any(_unfit(paper, facts) for facts in (live, test, wrong, bare()))


@pytest.mark.parametrize("paper", PAPERS)
def test_the_facts_of_a_paper_are_json(paper):
    plain = json.loads(render_json(paper, made()))
    assert plain["paper"] == paper
    assert plain["facts"]["objects"]["found"] == 300
    assert plain["facts"]["asides"][0]["names"] == {"shown": ["A-1", "A-2"], "total": 2}


def test_pages_stay_small_however_much_was_set_aside():
    names = Cut(tuple(f"ALK-2007-{number:05d}" for number in range(200)), 1_000_000)
    one = made().asides[0]
    asides = tuple(
        AsideFacts(
            "quarantined", replace(one.kind, code=f"MAP{code}"), (), 1_000_000, 0, 0, 0, one.places, names
        )
        for code in range(100, 140)
    )
    facts = made(asides=asides)
    assert len(render_paper("felprotokoll", facts)) < 600_000
