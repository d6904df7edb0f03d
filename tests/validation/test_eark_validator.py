"""The public validator beside ours: on the golden packages exactly what the files in expected/ say."""

import os
import tomllib
from pathlib import Path

import pytest
from tests.validation import golden
from tests.validation.tools import eark, verdicts

from leverans.validation import validate

EXPECTED = Path(__file__).with_name("expected")


def expected(name):
    return tomllib.loads((EXPECTED / f"{name}.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def interpreter():
    """eark-validator's own environment; only outside CI may it be missing."""
    found = eark.python()
    if found is None:
        if os.environ.get("LEVERANS_CI"):
            pytest.fail("eark-validator could not be installed from the package index")
        pytest.skip("eark-validator is not installed and no package index answers")
    return found


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    where = tmp_path_factory.mktemp("golden")
    return {name: golden.package(where, name) for name in golden.NAMES}


@pytest.mark.parametrize("name", golden.NAMES)
def test_the_golden_packages_give_what_is_expected_of_us(packages, name):
    report = validate(packages[name])
    assert report.profile == name
    assert {finding.code for finding in report.findings} == set(expected(name)["ours"])
    assert report.valid


@pytest.mark.parametrize("name", golden.NAMES)
def test_the_golden_packages_give_what_is_expected_of_eark_validator(shared, interpreter, packages, name):
    row = expected(name)
    (line,) = eark.judge(interpreter, verdicts.vocabularies(shared), [packages[name]], row["version"])
    assert (set(line.get("found", ())), line.get("broke")) == (set(row["findings"]), row.get("broke"))


def test_each_expected_finding_has_its_reason():
    rows = [expected(path.stem) for path in EXPECTED.glob("*.toml")]
    assert len(rows) == len(golden.NAMES)
    for row in rows:
        assert all(len(reason.split()) > 2 for reason in (row["findings"] | row["ours"]).values())


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_recorded_verdicts_are_those_of_eark_validator(shared, interpreter, tmp_path):
    assert verdicts.record(interpreter, shared, tmp_path) == verdicts.recorded()
