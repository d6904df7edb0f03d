"""What the documents say of the software is so."""

import argparse
import re

import pytest

from leverans.cli.parser import build_parser
from leverans.findings import catalogue
from leverans.sources.loading import load_connector
from leverans.sources.reader import Reader

REFERENCE = "docs/connector-reference.md"
LINK = re.compile(r"\]\(([^)\s]+)\)")


def examples(root):
    text = (root / REFERENCE).read_text(encoding="utf-8")
    return re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def pages(root):
    return [root / "README.md", *sorted((root / "docs").rglob("*.md"))]


def anchors(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#+ +(.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def actions(parser):
    found = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    return {name: below for one in found for name, below in one.choices.items()}


@pytest.fixture
def known_keys(root, tmp_path, monkeypatch):
    """Every key that the loader asks for while it reads the reference's own examples."""
    keys = set()
    original = Reader.mapping

    def noting(self, value, path, required, optional):
        keys.update(required | optional)
        return original(self, value, path, required, optional)

    monkeypatch.setattr(Reader, "mapping", noting)
    for number, example in enumerate(examples(root)):
        (tmp_path / f"{number}.yaml").write_text(example, encoding="utf-8")
        load_connector(tmp_path / f"{number}.yaml", tmp_path)
    return keys


def test_the_examples_of_the_connector_reference_load_and_show_every_kind(root, tmp_path):
    kinds = []
    for number, example in enumerate(examples(root)):
        (tmp_path / f"{number}.yaml").write_text(example, encoding="utf-8")
        kinds.append(load_connector(tmp_path / f"{number}.yaml", tmp_path).kind)
    assert {"flat", "json", "rest", "share", "sie", "soap", "sql", "xml"} == set(kinds)


def test_every_key_of_a_connector_stands_in_its_reference(root, known_keys):
    rows = [
        line for line in (root / REFERENCE).read_text(encoding="utf-8").splitlines() if line.startswith("| ")
    ]
    told = {name for line in rows for name in re.findall(r"`(\w+)`", line.split("|")[1])}
    assert {"streams", "root", "via", "otherwise", "encoding", "column", "delimiter"} <= known_keys
    assert (sorted(told - known_keys), sorted(known_keys - told)) == ([], [])


def test_every_relative_link_leads_somewhere(root):
    broken = []
    for page in pages(root):
        for link in LINK.findall(page.read_text(encoding="utf-8")):
            if re.match(r"[a-z]+:", link):
                continue
            path, _, anchor = link.partition("#")
            target = (page.parent / path) if path else page
            if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
                broken.append(f"{page.relative_to(root)}: {link}")
    assert broken == []


def test_every_command_stands_in_the_documentation(root):
    lines = (root / "docs" / "cli.md").read_text(encoding="utf-8").splitlines()
    missing = []
    for name, parser in actions(build_parser()).items():
        told = [line for line in lines if f"`leverans {name}" in line]
        missing += [] if told else [name]
        missing += [
            f"{name} {action}"
            for action in actions(parser)
            if not any(re.search(rf"`(leverans {name} )?{action}\b", line) for line in told)
        ]
    assert missing == []


def test_every_command_that_a_remedy_names_is_there():
    commands = actions(build_parser())
    wrong = []
    for kind in catalogue().values():
        for name, action in re.findall(r"\bleverans ([a-z]+)(?: ([a-z]+))?", kind.remedy_en):
            below = actions(commands[name]) if name in commands else {}
            if name not in commands or (below and action not in below):
                wrong.append(f"{kind.code}: {name} {action}")
    assert wrong == []
