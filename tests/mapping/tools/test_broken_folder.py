"""A folder of broken mappings: the command finds each fault at its place, all layers in one pass."""

from collections import defaultdict
from pathlib import Path

import pytest
from tests.support.worlds import leverans

FOLDER = Path(__file__).resolve().parents[1] / "broken"
MAPPINGS = sorted(
    path.relative_to(FOLDER).as_posix() for path in (FOLDER / "mappings/diarium").glob("*.yaml")
)


def expected():
    found = defaultdict(set)
    for line in (FOLDER / "expected.txt").read_text(encoding="utf-8").splitlines():
        name, where, code = line.split()
        found[name].add((where, code))
    return found


@pytest.fixture(scope="module")
def answer():
    words = ("mapping", "check", FOLDER / "mappings/diarium", "--content", FOLDER, "--for", "provkommun")
    return leverans(*words, "--catalogue", FOLDER / "catalogue.json", "--json")


def test_there_are_at_least_sixty_and_each_is_expected_to_fail():
    assert len(MAPPINGS) >= 60
    assert set(expected()) == set(MAPPINGS)


def test_the_command_ends_with_1_and_counts(answer):
    status, plain = answer
    assert status == 1
    assert plain["findings"] == sum(len(faults) for faults in expected().values())


@pytest.mark.parametrize("name", MAPPINGS)
def test_every_fault_is_told_at_its_place(answer, name):
    _status, plain = answer
    (found,) = [one for one in plain["mappings"] if one["name"] == name]
    assert {(one["where"], one["code"]) for one in found["findings"]} == expected()[name]


def test_a_fault_is_told_in_two_languages_with_a_remedy(answer):
    _status, plain = answer
    for fault in (fault for one in plain["mappings"] for fault in one["findings"]):
        assert fault["text"]["sv"] != fault["text"]["en"]
        assert fault["remedy"]["sv"] and fault["remedy"]["en"]


def test_all_faults_of_a_pass_are_told_not_only_the_first():
    several = [name for name, faults in expected().items() if len(faults) > 1]
    assert len(several) >= 10


def test_without_a_municipality_what_only_a_delivery_can_have_is_no_fault():
    name = "mappings/diarium/gallring-without-decision.yaml"
    status, plain = leverans("mapping", "check", FOLDER / name, "--content", FOLDER, "--json")
    assert (status, plain["findings"]) == (0, 0)


def test_for_people_each_fault_is_a_line_with_its_place():
    name = "mappings/diarium/unknown-key.yaml"
    status, text = leverans("mapping", "check", FOLDER / name, "--content", FOLDER)
    assert status == 1
    assert text.startswith(f"{name}:3:1: MAP001 ")
    assert text.count("MAP001") == 2
