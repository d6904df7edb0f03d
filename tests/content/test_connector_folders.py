"""Every folder in connectors/ says what was seen and what is assumed, and is tried or says why it is not."""

import re

import pytest
from tests.content.conftest import ROOT

from leverans.registry import deliveries, load_delivery

FOLDERS = sorted(
    path for path in (ROOT / "connectors").iterdir() if path.is_dir() and path.name[0] not in "._"
)
LEAST = 15
"""Letters: less says nothing."""


def faults(folder):
    """Give what is wrong with a connector's folder."""
    if not (folder / "connector.yaml").is_file():
        yield "no connector.yaml"
    readme = folder / "README.md"
    text = readme.read_text(encoding="utf-8") if readme.is_file() else ""
    for word in ("Sett", "Antaget"):
        found = re.search(rf"\*\*{word}:\*\*(.*?)(?=\*\*|\n\n|\Z)", text, re.DOTALL)
        if found is None or len(re.sub(r"\W", "", found[1])) < LEAST:
            yield f"README.md does not say **{word}:**"
    if "*In English.*" not in text:
        yield "README.md has no English"
    tried = (folder / "contract.yaml").is_file()
    reason = re.search(r"\*\*Utan contract\.yaml:\*\* (.{15,}?); .*?`(tests/[\w/]+\.py)`", text)
    if tried == bool(reason):
        yield "neither contract.yaml nor a reason, or both"
    if reason and not (ROOT / reason[2]).is_file():
        yield f"{reason[2]} is not there"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda one: one.name)
def test_a_connector_says_what_it_rests_on_and_is_tried(folder):
    assert list(faults(folder)) == []


def run_by(name):
    """Tests that run a delivery into an archive: those that name it, or its municipality and its own name."""
    municipality, own = name.split("/")
    places = (
        "tests/content",
        "tests/mapping/real",
        "tests/mapping/real_nested",
        "tests/sources",
        "tests/e2e",
    )
    for path in (file for place in places for file in sorted((ROOT / place).glob("test_*.py"))):
        text = path.read_text(encoding="utf-8")
        apart = f'"{own}"' in text and f"{municipality}/{{" in text
        if (f'"{name}"' in text or apart) and re.search(r"delivered\(|\.run\(", text):
            yield path.name


def test_every_connector_reaches_the_archive_in_some_test():
    """By a delivery of the repository, or in the place of one."""
    instead = (ROOT / "tests" / "sources" / "test_wire_delivered.py").read_text(encoding="utf-8")
    reached = {
        source.connector
        for name in deliveries(ROOT)
        if name == "mora/alkt" or list(run_by(name))
        for source in load_delivery(ROOT, name).sources
    }
    assert {one.name for one in FOLDERS} - reached == set(re.findall(r'"(byggr_soap|ss12000_rest)"', instead))


def test_what_is_missing_is_found(tmp_path):
    assert len(list(faults(tmp_path))) == 5
    (tmp_path / "connector.yaml").touch()
    (tmp_path / "contract.yaml").touch()
    text = "**Sett:** . **Antaget:** att det är så som det är.\n\n*In English.* x\n"
    (tmp_path / "README.md").write_text(text, encoding="utf-8")
    assert list(faults(tmp_path)) == ["README.md does not say **Sett:**"]
    text = text.replace("Sett:** .", "Sett:** ett uttag med allt i.")
    excuse = "**Utan contract.yaml:** ingen har hunnit göra den; se `tests/content/test_borta.py`.\n"
    (tmp_path / "README.md").write_text(text + excuse, encoding="utf-8")
    assert list(faults(tmp_path)) == [
        "neither contract.yaml nor a reason, or both",
        "tests/content/test_borta.py is not there",
    ]
