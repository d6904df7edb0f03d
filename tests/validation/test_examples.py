"""The official examples: what is found in them as they are, and what one more breach adds, {id, XPath} exactly."""

import re
import tomllib
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from leverans.validation import validate

TABLE = tomllib.loads(Path(__file__).with_name("examples.toml").read_text("utf-8"))
REAL = tomllib.loads(Path(__file__).with_name("real.toml").read_text("utf-8"))["file"]
MUTATIONS = [(example, row) for example in TABLE["example"] for row in example["mutation"]]


def found(path):
    """Count (id, place without its line) of the findings."""
    return Counter((finding.code, xpath(finding.where)) for finding in validate(path).findings)


def xpath(where):
    place, _, way = where.partition(" /")
    return f"{place.rpartition(':')[0]} /{way}" if way else where


def mutated(shared, example, row, where):
    """Write the example with one place of one of its documents changed."""
    source = shared / "specs" / example["path"]
    target = where / source.name
    if not zipfile.is_zipfile(source):
        target.write_bytes(changed(source.read_bytes(), row))
        return target
    with zipfile.ZipFile(source) as read, zipfile.ZipFile(target, "w") as out:
        for info in read.infolist():
            content = read.read(info)
            if info.filename.partition("/")[2] == row["document"]:
                content = changed(content, row)
            out.writestr(info, content)
    return target


def changed(content, row):
    """Drop the element or attribute at a place, or give it another value."""
    tree = etree.fromstring(content)
    path, _, attribute = row["at"].partition("/@")
    steps = re.sub(r"/(\w+)", r"/*[local-name()='\1']", path)
    element = tree.xpath(steps)[0]
    if not attribute and "value" in row:
        element.text = row["value"]
    elif not attribute:
        element.getparent().remove(element)
    else:
        name = next((name for name in element.attrib if etree.QName(name).localname == attribute), attribute)
        element.attrib.pop(name, None)
        if "value" in row:
            element.set(name, row["value"])
    return etree.tostring(tree)


@pytest.mark.parametrize("row", REAL, ids=lambda row: row["path"])
def test_real_files_give_exactly_what_is_defended(shared, row):
    assert sorted(found(shared / row["path"]).elements()) == [tuple(pair) for pair in row["findings"]]
    assert validate(shared / row["path"]).valid == row["valid"]
    assert row.get("why", {}).keys() == {code for code, _ in row["findings"]}


def test_every_real_file_is_judged(shared):
    folders = {Path(row["path"]).parent for row in REAL}
    suffixes = {".zip", ".xml", ".siard"}
    there = {
        str(path.relative_to(shared))
        for folder in folders
        for path in (shared / folder).iterdir()
        if path.suffix in suffixes
    }
    assert there == {row["path"] for row in REAL}


@pytest.fixture(scope="module")
def before(shared):
    return {example["path"]: found(shared / "specs" / example["path"]) for example in TABLE["example"]}


@pytest.mark.parametrize(("example", "row"), MUTATIONS, ids=[row["at"] for _, row in MUTATIONS])
def test_each_breach_of_an_official_example_adds_its_finding(shared, before, tmp_path, example, row):
    after = found(mutated(shared, example, row, tmp_path))
    assert sorted((after - before[example["path"]]).elements()) == sorted(map(tuple, row["adds"]))
    gone = sorted((before[example["path"]] - after).elements())
    assert gone == sorted(map(tuple, row.get("takes", [])))


@pytest.mark.parametrize("example", TABLE["example"], ids=lambda example: Path(example["path"]).name[:20])
def test_each_example_has_its_mutations(example):
    assert len(example["mutation"]) >= 10
