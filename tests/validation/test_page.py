"""The report as a page: whole without anything else, in two languages, places escaped."""

import re
from html import escape
from html.parser import HTMLParser
from pathlib import Path

from tests.validation.builder import ROOT, Builder

from leverans.cli.main import main
from leverans.contracts import Finding
from leverans.validation import Report, validate
from leverans.validation.page import MOST_PLACES, page


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.text, self.outside = [], [], []

    def handle_starttag(self, tag, attrs):
        self.outside += [value for name, value in attrs if name in {"src", "href"}]
        if tag != "meta" and tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def read(html):
    reader = Reader()
    reader.feed(html)
    assert reader.open == []
    assert reader.outside == []
    return " ".join(reader.text)


def test_a_finding_stands_with_code_clause_place_and_two_languages(tmp_path):
    report = validate(
        Builder().change(ROOT, lambda text: text.replace(' TYPE="Datasets"', ' TYPE="D"')).folder(tmp_path)
    )
    text = read(page([report]))
    finding = report.findings[0]
    for word in ("CSIP2", finding.clause, finding.where, finding.text("sv"), finding.text("en"), "Ogiltigt"):
        assert word in text
    assert "<script" not in page([report])


def test_what_a_stranger_wrote_is_text():
    wicked = Finding.of("FIX004", "<script>alert(1)</script>&\"'")
    html = page([Report("<b>p</b>", valid=False, profile="<i>", findings=(wicked,), counts={"<u>": 1})])
    assert not re.search(r"<(script|b|i|u)>", html)
    assert "<script>alert(1)</script>" in read(html)


def test_many_places_are_cut_and_told():
    many = tuple(Finding.of("FIX004", f"f{number}") for number in range(MOST_PLACES + 5))
    text = read(page([Report("p", valid=False, profile="x", findings=many)]))
    assert "5 till" in text
    assert f"f{MOST_PLACES}" not in text


def test_the_command_writes_it_and_keeps_its_exit_code(tmp_path, capsys):
    good = Builder().folder(tmp_path)
    target = tmp_path / "rapport.html"
    assert main(["validate", str(good), "--html", str(target)]) == 0
    assert "Giltigt" in read(target.read_text("utf-8"))
    (good / "extra.txt").write_text("x")
    assert main(["validate", str(good), "--html", str(target)]) == 1
    assert "extra.txt" in read(target.read_text("utf-8"))
    assert main(["validate", str(good), "--html", str(tmp_path / "ingen" / "x.html")]) != 0
    assert "VAL007" in "".join(capsys.readouterr())


def test_a_package_is_headed_by_the_whole_name_of_its_folder(tmp_path, monkeypatch):
    """No name of a folder holds a slash: of `a/b` the package is b, and one that is asked for as `.` has a name."""
    path = tmp_path / "<b onclick=alert(1)>&lt;b"
    path.mkdir()
    monkeypatch.chdir(path)
    for asked in (path, Path()):
        html = page([validate(asked)])
        assert f"<h2>{escape(path.name)} <span" in html
