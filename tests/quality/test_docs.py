"""docs/rules.md says what the software does."""

import re
import shutil

import pytest

from leverans.errors import ConfigurationError
from leverans.formats import yamltext
from leverans.mapping import expectations, load
from leverans.mapping.rules import rules_path
from leverans.quality import KINDS

COMMON = "    severity: warning\n    text: {sv: aa, en: bb}\n    because: cc\n"


@pytest.fixture(scope="module")
def page(root):
    return (root / "docs" / "rules.md").read_text(encoding="utf-8")


def table(page, title):
    """The rows of the first table below a title."""
    below = page.split(title, 1)[1].split("\n#", 1)[0]
    lines = [line for line in below.splitlines() if line.startswith("| ")]
    assert len(lines) > 2
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[1:]]


def test_every_kind_stands_in_the_table_with_an_example_that_is_accepted(page, root, tmp_path):
    rows = table(page, "### Our own kinds\n")
    assert {row[0].strip("`") for row in rows} == set(KINDS)
    shutil.copytree(root / "mappings", tmp_path / "mappings", ignore=shutil.ignore_patterns("*.rules.yaml"))
    mapping = tmp_path / "mappings/alkt/serveringstillstand.yaml"
    tables = {
        "personal_number": "agent",
        "organisation_number": "agent",
        "legal_ground": "restriction",
        "files_exist": "document",
    }
    for number, (kind, _text, example) in enumerate(rows):
        assert example.strip("`").startswith(kind.strip("`") + ":")
        on = tables.get(kind.strip("`"), "case")
        body = example.strip("`").replace("target:", "title:")
        rules = f"rules: 1\nchecks:\n  - id: X-{number}\n    on: {on}\n    {body}\n{COMMON}"
        rules_path(mapping).write_text(rules, encoding="utf-8")
        try:
            made = load(mapping, content=tmp_path, plan_folder=root / "municipalities/mora/plan")
        except ConfigurationError as fault:
            raise AssertionError([problem.text("en") for problem in fault.problems]) from fault
        assert made.checks[-1].kind == kind.strip("`")


def test_every_expectation_stands_in_the_table_with_its_parameters(page):
    rows = table(page, "### Expectations of Great Expectations\n")
    told = {row[0].strip("`"): (row[1], row[2]) for row in rows}
    assert set(told) == set(expectations.allowed())
    for name, known in expectations.allowed().items():
        text, parameters = told[name]
        assert text == known.text, name
        wanted = [*known.required, *(f"*{parameter}*" for parameter in known.optional)]
        assert parameters.split(", ") == wanted, name


def test_the_examples_are_yaml_of_the_language(page):
    blocks = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        data = yamltext.parse(
            block if block.startswith("rules") else "checks:\n" + block, "docs/rules.md"
        ).data
        (rule,) = data["checks"]
        assert {"id", "on", "severity", "text", "because"} <= set(rule)


def test_every_severity_is_explained(page):
    from leverans.mapping.nodes import NODES

    for word in NODES["archive_rule"].keys["severity"].type.choices:
        assert f"| `{word}` |" in page


def test_the_shipped_files_are_read_with_their_mappings(root):
    found = sorted((root / "mappings").glob("*/*.rules.yaml"))
    assert len(found) == 18
    for path in found:
        assert path.with_name(path.name.replace(".rules.yaml", ".yaml")).is_file()
    without = {path.parent.name for path in found if "expectation:" not in path.read_text(encoding="utf-8")}
    assert without == {"betyg", "dokumentutdelning", "ermsxml", "noark3", "noark5", "ss12000"}
