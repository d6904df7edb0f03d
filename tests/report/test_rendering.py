"""The page as HTML: structure, accessibility, escaping, nothing from outside, equal bytes."""

import re
from dataclasses import fields, is_dataclass, replace
from itertools import pairwise

import pytest
from lxml import html
from tests.report.conftest import bare, broken, kind, made

from leverans.report import PAPERS
from leverans.report.facts import RunFacts
from leverans.report.papers import render_paper
from leverans.report.parts import AsideFacts, Cut
from leverans.report.rendering import clipped, moments, number, render, share, signed, size, tail

EVIL = '<script>alert("x")</script>\'"&<img src=x onerror=alert(1)>'
STATES = {
    "complete": made(),
    "test": made(test=True),
    "incomplete": broken(),
    "refused": bare("refused"),
    "interrupted": bare("interrupted"),
}


def pages(facts):
    yield "report", render("report", facts)
    for paper in PAPERS:
        yield paper, render_paper(paper, facts)


@pytest.fixture(params=STATES)
def state(request):
    return STATES[request.param]


def test_every_page_is_whole_in_every_state(state):
    for name, text in pages(state):
        page = html.document_fromstring(text)
        assert text.startswith("<!DOCTYPE html>"), name
        assert page.get("lang") == "sv"
        assert len(page.xpath("//h1")) == len(page.xpath("//main")) == 1
        assert page.xpath("//header") and page.xpath("//footer")
        assert page.xpath("//title")[0].text.strip()
        headings = [int(one.tag[1]) for one in page.xpath("//h1|//h2|//h3")]
        assert headings[0] == 1
        assert all(after - before <= 1 for before, after in pairwise(headings)), name
        ids = page.xpath("//@id")
        assert len(ids) == len(set(ids))
        for named in page.xpath("//@aria-labelledby"):
            assert set(named.split()) <= set(ids)
        for target in page.xpath("//a/@href"):
            assert target.startswith("#") and target[1:] in ids


def test_every_table_has_a_caption_and_named_heads(state):
    for name, text in pages(state):
        for table in html.document_fromstring(text).xpath("//table"):
            assert table.xpath("./caption")[0].text_content().strip(), name
            assert all(head.get("scope") for head in table.xpath(".//th")), name
            width = {sum(int(cell.get("colspan", 1)) for cell in row) for row in table.xpath(".//tr")}
            assert len(width) == 1, (name, html.tostring(table)[:300])


def test_nothing_comes_from_outside(state):
    for name, text in pages(state):
        page = html.document_fromstring(text)
        assert not page.xpath("//script|//iframe|//object|//embed|//base|//form|//img|//video|//audio"), name
        assert not [one for one in page.iter() for key in one.attrib if key.startswith("on")]
        policy = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
        assert policy == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]
        assert page.xpath("//link/@href") == ["data:,"]
        for one in page.iter():
            for key, value in one.attrib.items():
                assert "//" not in value, (name, key, value)
        for style in page.xpath("//style/text()"):
            assert not re.search(r"@import|url\(|//|@font-face|expression", style)


def test_the_state_is_a_word_and_a_colour():
    for name, word in (
        ("complete", "Fullständig"),
        ("incomplete", "Ofullständig"),
        ("refused", "Nekad"),
        ("interrupted", "Avbruten"),
    ):
        badge = html.document_fromstring(render("report", STATES[name])).xpath("//*[@class='status']/*")[0]
        assert badge.get("class") == f"badge {name}"
        assert badge.text.strip() == word


def test_a_test_is_marked_on_every_page_and_nothing_else_is():
    for name, text in pages(STATES["test"]):
        marks = html.document_fromstring(text).xpath("//*[@class='test']")
        assert [mark.text for mark in marks] == ["TEST"], name
        assert "TEST" in html.document_fromstring(text).xpath("//title")[0].text
    for _, text in pages(STATES["complete"]):
        assert not html.document_fromstring(text).xpath("//*[@class='test']")


def test_every_command_about_the_quarantine_of_a_test_names_the_test():
    aside = AsideFacts("quarantined", kind(), (), 40, 0, 0, 0, (), Cut(("A-1",), 40))
    for test in (True, False):
        found = [
            command
            for _, text in pages(made(test=test, asides=(aside,)))
            for command in re.findall(r"leverans quarantine list[^<\n]*", text)
        ]
        assert len(found) >= 3
        assert {"--test" in command for command in found} == {test}


def test_swedish_first_and_english_second():
    page = html.document_fromstring(render("report", made()))
    for head in page.xpath("//h2|//h3|//thead//th|//caption|//dt"):
        english = head.xpath("./*[@lang='en']")
        if english and head.text_content().strip() != "PUID":
            assert (head.xpath("string(./text()[normalize-space()])") or head[0].text).strip()
            assert head.text_content().strip().endswith(english[-1].text_content().strip())
    without = [
        head.text_content()
        for head in page.xpath("//h2|//thead//th|//dt")
        if not head.xpath(".//*[@lang='en']")
    ]
    assert without == ["PUID"]


def poisoned(value):
    """The same facts with a poison in every text that could come from a person or a source."""
    if isinstance(value, str):
        return EVIL
    if isinstance(value, tuple):
        return tuple(poisoned(one) for one in value)
    if is_dataclass(value):
        return replace(value, **{one.name: poisoned(getattr(value, one.name)) for one in fields(value)})
    return value


def test_what_people_and_sources_wrote_comes_out_harmless():
    kept = {"delivery", "status", "run", "reference_time", "started", "ended", "written"}
    clean = made()
    names = [one.name for one in fields(RunFacts) if one.name not in kept]
    facts = replace(clean, **{name: poisoned(getattr(clean, name)) for name in names})
    facts = replace(facts, comparison=replace(facts.comparison, status="complete"))
    facts = replace(facts, findings=tuple(replace(one, severity="warning") for one in facts.findings))
    for name, text in pages(facts):
        page = html.document_fromstring(text)
        assert not page.xpath("//script|//img"), name
        assert not page.xpath("//@onerror"), name
        assert EVIL not in text
        assert "alert(" in page.text_content()


def test_equal_facts_give_equal_bytes(state):
    assert list(pages(state)) == list(pages(state))


def test_a_list_that_is_cut_says_how_many_more_and_which_command():
    names = Cut(tuple(f"A-{number}" for number in range(200)), 100_000)
    facts = made(asides=(AsideFacts("quarantined", kind(count=100_000), (), 100_000, 0, 0, 0, (), names),))
    text = html.document_fromstring(render("report", facts)).text_content()
    assert "A-11" in text and "A-12\n" not in text
    assert f"och {number(99_988)} till" in text
    assert "leverans quarantine list mora/alkt --code MAP105" in text
    paper = html.document_fromstring(render_paper("felprotokoll", facts)).text_content()
    assert "A-199" in paper
    assert f"och {number(99_800)} till" in paper


def test_the_report_tells_what_the_brief_asks_for():
    text = html.document_fromstring(render("report", made())).text_content()
    for said in (
        "Anna Svensson",
        "SN 2026/140",
        "Arbetskopior",
        "mappings/a/b.yaml:58:7",
        "7609" * 16,
        "makulerat-arende",
        "fmt/18",
        "technical: ändrad",
        "db.Ärende.Nytt",
        "MAP110",
        "ab" * 32,
        "0123456789abcdef",
        "cd" * 32,
        "leverans receipt verify",
        "1 på den skyddade vägen",
        "−10",
    ):
        assert said in text, said


def test_a_protected_package_is_only_counted():
    text = html.document_fromstring(render("report", made())).xpath("string(//*[@id='packages']/..)")
    assert "skyddad väg" in text
    assert len(re.findall(r"\b[0-9a-f]{64}\b", text)) == 1


def test_a_refused_run_shows_what_stopped_it_and_no_empty_sections():
    facts = replace(broken(), status="refused", balanced=None, streams=Cut())
    page = html.document_fromstring(render("report", replace(bare(), problems=facts.problems)))
    assert "DLV002" in page.text_content() and "Anmäl." in page.text_content()
    assert [head.get("id") for head in page.xpath("//h2")] == ["problem", "proof"]


def test_sections_are_numbered_without_gaps():
    page = html.document_fromstring(render("report", made()))
    numbers = [int(one.text) for one in page.xpath("//h2/*[@class='no']")]
    assert numbers == list(range(1, 11))
    links = [one.text for one in page.xpath("//nav//a")]
    assert [int(text.split()[0]) for text in links] == numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (number(1_234_567), "1 234 567"),
        (signed(-1500), "−1 500"),
        (signed(0), "±0"),
        (signed(7), "+7"),
        (size(999), "999 byte"),
        (size(692_513), "692,5 kB"),
        (size(18_500_000_000_000), "18,5 TB"),
        (share(283, 300), "94,3 %"),
        (share(1, 10_000_000), "< 0,1 %"),
        (share(9_999_999, 10_000_000), "> 99,9 %"),
        (share(0, 0), "0,0 %"),
        (tail("mappings/a/b.yaml:1:2"), "b.yaml:1:2"),
        (clipped("a" * 40, 28), "a" * 14 + "…" + "a" * 13),
        (moments("2026-06-30T12:00:00Z", "2026-06-30T12:04:00Z"), "2026-06-30 12:00 – 12:04 UTC"),
        (
            moments("2026-06-30T12:00:00Z", "2026-07-01T12:04:00Z"),
            "2026-06-30 12:00 UTC – 2026-07-01 12:04 UTC",
        ),
        (moments("2026-06-30T12:00:00Z", ""), "2026-06-30 12:00 UTC –"),
    ],
)
def test_numbers_and_times_are_written_the_swedish_way(value, text):
    assert value.replace("\N{NO-BREAK SPACE}", " ") == text
