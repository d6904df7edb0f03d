"""A real journal in fixed width (Noark 3), delivered: every case and every registered record arrives."""

import json
import shutil

import pytest
from tests.content.conftest import Work, assert_nothing_new, assert_official, assert_valid, delivered

pytestmark = pytest.mark.e2e
DELIVERY = "sater/journal"


@pytest.fixture(scope="module")
def whole(shared, tmp_path_factory):
    """The real extraction, delivered; (work, result)."""
    folder = tmp_path_factory.mktemp("journal")
    shutil.copytree(shared / "data" / "noark3_fixedwidth", folder / "noark3")
    work = Work(folder, tmp_path_factory.mktemp("sater"))
    return work, delivered(work, DELIVERY)


def test_every_case_and_record_arrives(whole):
    _, result = whole
    assert (result["status"], result["balanced"], result["problems"]) == ("complete", True, [])
    assert result["entities"] == {"case": 55, "record": 195, "file": 0}
    assert {name: (shown["rows"], shown["object"] + shown["part_of"] + shown["reference"]) for name, shown in result["streams"].items()} == {
        "journal.Saksregisterpost": (55, 55), "journal.Eksterne_dokumenter": (185, 185), "journal.Interne_dokumenter": (10, 10),
        "journal.Arkivnoekkelregisterpost": (329, 329),
    }  # fmt: skip


def test_the_packages_are_valid_and_hold_what_was_registered(whole, official, tmp_path):
    work, result = whole
    assert_valid(work, "sater", result["packages"])
    assert_official(work, "sater", official)
    case = json.loads(
        (work.restore("sater", "1991/00009", tmp_path / "case") / "case.json").read_text(encoding="utf-8")
    )
    assert len(case["records"]) == 21
    assert {one["reference_code"] for one in case["records"]} == {
        f"1991/00009-{number:03}" for number in range(1, 22)
    }
    assert case["access"] == "staff"


def test_again_nothing_is_new(whole):
    assert_nothing_new(whole[0], DELIVERY, whole[1])
