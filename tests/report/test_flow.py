"""The drawing: widths are shares, nothing overlaps, sums meet."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html
from tests.report.conftest import bare, made

from leverans.report.flow import BAR, LEFT, MOST_STREAMS, RIGHT, SLOT, TALL, THINNEST, WIDTH, flow
from leverans.report.parts import Cut, DocumentCounts, ObjectCounts, StreamFacts
from leverans.report.rendering import render

counts = st.integers(0, 2_000_000)
objects = st.builds(
    lambda a, b, c, d: ObjectCounts(a + b + c + d, a, b, c, d), counts, counts, counts, counts
)
documents = st.builds(lambda a, b, c: DocumentCounts(a + b + c, 0, a, b, c), counts, counts, counts)
streams = st.lists(st.tuples(counts, counts, counts, counts, counts), max_size=30)


@settings(max_examples=60, deadline=None)
@given(objects, documents, streams)
def test_any_counts_give_a_sound_drawing(found, listed, rows):
    told = tuple(StreamFacts(f"db.s{at}", sum(row), *row) for at, row in enumerate(rows))
    drawing = flow(made(objects=found, documents=listed, streams=Cut(told, len(told))))
    assert [band.sv for band in drawing.bands] == [
        name
        for name, total in (
            ("Objekt", found.found),
            ("Dokument", listed.listed),
            ("Rader", sum(map(sum, rows))),
        )
        if total
    ]
    for band in drawing.bands:
        sound(band)


def sound(band):
    assert sum(box.value for box in band.left) == sum(box.value for box in band.right) == band.total
    assert sum(one.value for one in band.ribbons) == band.total
    for side, end in ((band.left, "source"), (band.right, "target")):
        for above, below in pairwise(side):
            assert below.label - above.label >= SLOT - 1e-6
            assert below.y >= above.y + above.height - 1e-6
        for at, box in enumerate(side):
            own = [one for one in band.ribbons if getattr(one, end) == at]
            assert sum(one.thick for one in own) == pytest.approx(box.height)
            assert sum(one.value for one in own) == box.value
            assert box.y >= 0
            assert box.y + box.height <= band.height
            assert SLOT / 2 <= box.label <= band.height - SLOT / 2
            edges = sorted((one.y0 if end == "source" else one.y1, one.thick) for one in own)
            for (y, thick), (after, _) in pairwise(edges):
                assert after >= y + thick - 1e-6
            for y, thick in edges:
                assert box.y - 1e-6 <= y
                assert y + thick <= box.y + box.height + 1e-6
    for one in band.ribbons:
        assert one.thick == pytest.approx(max(THINNEST, one.value / band.total * TALL))
    assert len(band.left) <= MOST_STREAMS


def test_one_lost_row_among_a_million_is_seen():
    drawing = flow(made(objects=ObjectCounts(1_000_000, 999_999, 0, 1, 0), streams=Cut()))
    lost = next(one for one in drawing.bands[0].ribbons if one.value == 1)
    assert lost.thick == THINNEST
    assert drawing.widened


def test_shares_are_drawn_as_they_are_when_all_can_be_seen():
    drawing = flow(made(objects=ObjectCounts(100, 50, 0, 50, 0), documents=DocumentCounts(), streams=Cut()))
    assert [one.thick for one in drawing.bands[0].ribbons] == [TALL / 2, TALL / 2]
    assert not drawing.widened


def test_many_streams_are_drawn_together_and_none_is_lost():
    told = tuple(StreamFacts(f"db.s{at}", at, 0, at, 0, 0, 0) for at in range(1, 41))
    (band,) = flow(made(objects=ObjectCounts(), documents=DocumentCounts(), streams=Cut(told, 40))).bands
    assert len(band.left) == MOST_STREAMS
    assert band.left[-1].sv == "32 strömmar till"
    assert band.total == sum(range(1, 41))


def test_a_run_of_which_nothing_came_has_no_drawing():
    assert flow(bare()).bands == ()
    assert not html.document_fromstring(render("report", bare())).xpath("//svg")


def test_the_drawing_stands_in_the_page_as_reckoned_and_names_itself():
    facts = made()
    page = html.document_fromstring(render("report", facts))
    drawings = page.xpath("//svg")
    assert len(drawings) == len(flow(facts).bands) == 3
    for svg, band in zip(drawings, flow(facts).bands, strict=True):
        assert svg.get("role") == "img"
        assert svg.get("viewbox") == f"0 0 {WIDTH} {round(band.height)}"
        assert svg.xpath("./title")[0].text.startswith(band.sv)
        assert len(svg.xpath("./path")) == len(band.ribbons)
        bars = svg.xpath("./rect")
        assert [float(bar.get("x")) for bar in bars] == [LEFT] * len(band.left) + [RIGHT] * len(band.right)
        assert {float(bar.get("width")) for bar in bars} == {BAR}
        for bar, box in zip(bars, (*band.left, *band.right), strict=True):
            assert float(bar.get("y")) == pytest.approx(box.y, abs=0.01)
            assert float(bar.get("height")) == pytest.approx(box.height, abs=0.01)
