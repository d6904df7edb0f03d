"""The page of findings is what the code tables say."""

import json
import subprocess
import sys

import pytest
from tests.mapping.tools.findings_page import PAGE, ROOT, examples, render

from leverans.findings import catalogue

MAPPED_BY_HAND = {"MAP046", "MAP067", "MAP068", "MAP000", "MAP017", "MAP021", "MAP026", "MAP029", "MAP050"}
"""Told of several places, of a delivery, or of a table that all mappings share."""


def test_the_page_is_current():
    assert PAGE.read_text(encoding="utf-8") == render(), "run: python -m tests.mapping.tools.findings_page"


def test_every_code_told_before_a_row_is_read_has_an_example():
    early = {code for code in catalogue() if code.startswith("MAP0")}
    assert early - set(examples()) <= MAPPED_BY_HAND


@pytest.mark.parametrize("code", [code for code in sorted(catalogue()) if code.startswith(("MAP", "MTL"))])
def test_every_code_stands_in_the_page(code):
    kind = catalogue()[code]
    text = PAGE.read_text(encoding="utf-8")
    assert f"### {code}\n" in text
    assert kind.sv in text and kind.en in text and kind.remedy_sv in text


def test_the_schema_is_also_given_by_the_module(tmp_path):
    command = [sys.executable, "-m", "leverans", "mapping", "schema", "rules", "--content", str(ROOT)]
    plain = json.loads(subprocess.run(command, check=True, capture_output=True, cwd=tmp_path).stdout)
    assert plain["$ref"] == "#/definitions/rules"
