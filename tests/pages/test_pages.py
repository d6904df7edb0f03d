"""Report and papers in a real browser without a network: they show, print on A4 and complain of nothing."""

import re
import zlib

import pytest
from lxml import html
from tests.pages.browser import PROGRAM, Browser
from tests.report.conftest import bare, broken, made

from leverans.report import PAPERS
from leverans.report.papers import render_paper
from leverans.report.rendering import render

pytestmark = pytest.mark.skipif(
    PROGRAM is None, reason="needs Chromium (apt: chromium), which is not installed"
)
ACCENT, RED = bytes.fromhex("0b5563"), bytes.fromhex("a1241f")
A4 = (595, 842)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    return Browser(tmp_path_factory.mktemp("browser"))


@pytest.fixture(scope="module")
def put(browser):
    def write(name, text):
        path = browser.folder / f"{name}.html"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="module")
def page(put):
    return put("report", render("report", made()))


def test_the_browser_sees_an_outside_address_and_a_script(browser, put):
    """The saboteur: with a picture from outside and a script the console is not silent."""
    text = render("report", made()).replace(
        "<main", '<img src="http://leverans.invalid/a.png"><script>console.log("x")</script><main'
    )
    _, told = browser.picture(put("sabotaged", text), height=200)
    assert any("img-src" in line for line in told)
    assert any("script-src" in line or "default-src" in line for line in told)


def test_a_page_shows_with_colour_and_margins_and_without_complaint(browser, page):
    picture, told = browser.picture(page)
    assert told == []
    assert ACCENT in picture.colours()
    assert RED not in picture.colours()
    assert picture.margin("left")
    assert picture.margin("right")


def test_a_page_looks_the_same_with_and_without_a_network(browser, page):
    without, _ = browser.picture(page, height=900)
    beside, told = browser.picture(page, height=900, network=True)
    assert without.rows == beside.rows
    assert told == []


@pytest.mark.parametrize("facts", [broken(), bare("refused")], ids=["incomplete", "refused"])
def test_what_went_wrong_is_red(browser, put, facts):
    picture, told = browser.picture(put(f"state-{facts.status}", render("report", facts)), height=500)
    assert told == []
    assert RED in picture.colours()


def test_a_narrow_screen_is_not_wider_than_itself(browser, page):
    picture, told = browser.picture(page, width=500, height=1200)
    assert told == []
    assert picture.margin("left")
    assert picture.margin("right")


def test_the_browser_reads_the_whole_page(browser, page):
    dom = html.document_fromstring(browser.shown(page))
    wanted = html.document_fromstring(page.read_text(encoding="utf-8"))
    for path in ("//section", "//table", "//svg", "//h2"):
        assert len(dom.xpath(path)) == len(wanted.xpath(path)) > 0
    assert dom.xpath("string(//main)").split() == wanted.xpath("string(//main)").split()


@pytest.mark.parametrize("name", ["report", *PAPERS])
def test_every_page_prints_on_a4(browser, put, name):
    facts = made(test=name == "testprotokoll")
    text = render("report", facts) if name == "report" else render_paper(name, facts)
    data, told = browser.paper(put(f"print-{name}", text))
    assert told == []
    assert data.startswith(b"%PDF-")
    sizes = {
        tuple(round(float(number)) for number in box.split())[2:]
        for box in re.findall(rb"/MediaBox\s*\[([^\]]+)\]", unpacked(data))
    }
    assert sizes == {A4}
    assert 1 <= sheets(data) <= 6


def test_a_long_list_breaks_over_pages_with_its_heads(browser, put):
    one = made().packages.shown[0]
    many = made(packages=type(made().packages)((one,) * 300, 300))
    data, _ = browser.paper(put("long", render("report", many)))
    assert sheets(data) > 6


def unpacked(data):
    """The PDF with its compressed streams beside it."""
    parts = [data]
    for packed in re.findall(rb"stream\r?\n(.*?)endstream", data, re.DOTALL):
        try:
            parts.append(zlib.decompress(packed))
        except zlib.error:
            continue
    return b"\n".join(parts)


def sheets(data):
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", unpacked(data)))
