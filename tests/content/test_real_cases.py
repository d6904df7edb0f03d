"""Three real cases of AlkT through the same files as the demo."""

import csv
import json
import shutil

import pytest
from tests.content.conftest import (
    Work,
    assert_conserved,
    assert_nothing_new,
    assert_valid,
    delivered,
    table_counts,
)

pytestmark = pytest.mark.e2e
DELIVERY = "mora/alkt"
CASES = {
    "1234567": "Stadigvarande servering",
    "2345678": "Ändrade förhållanden",
    "3456789": "Tillfällig servering",
}


@pytest.fixture(scope="module")
def real(shared, tmp_path_factory):
    """The real database with a register and a share, written here."""
    sources = tmp_path_factory.mktemp("real")
    shutil.copyfile(shared / "data" / "alkt_sqlserver" / "alkt.sqlite", sources / "alkt.sqlite")
    names = ("DiarieNr", "Löpnr", "Rubrik", "Filnamn", "Riktning", "Datum", "Makulerad", "Sekretess", "Lagrum",
             "Motpart", "SkyddadIdentitet", "Volym")  # fmt: skip
    with (sources / "register.csv").open("w", encoding="utf-8", newline="") as file:
        register = csv.DictWriter(file, names, delimiter=";", restval="")
        register.writeheader()
        for number, title in CASES.items():
            register.writerow(
                {"DiarieNr": number, "Löpnr": "0", "Rubrik": title, "Makulerad": "N", "Volym": "F1:7"}
            )
            path = f"{number}/ansökan åäö.txt"
            register.writerow(
                {"DiarieNr": number, "Löpnr": "1", "Rubrik": "Ansökan", "Filnamn": path, "Riktning": "I",
                 "Datum": "1996-01-18"}
            )  # fmt: skip
            (sources / "share" / number).mkdir(parents=True)
            (sources / "share" / path).write_text(f"Ansökan i ärende {number}\n", encoding="utf-8")
    work = Work(sources, tmp_path_factory.mktemp("mora"))
    return work, delivered(work, DELIVERY)


def test_the_three_cases_are_archived(real):
    work, result = real
    assert_conserved(result, table_counts(work.sources / "alkt.sqlite"))
    assert result["objects"]["found"] == result["objects"]["archived"] == 3
    assert result["objects"]["quarantined"] == result["objects"]["archived_protected"] == 0
    assert result["entities"] == {"case": 3, "record": 3, "file": 3}
    assert result["streams"]["register.register"] == {
        "rows": 6, "object": 0, "part_of": 6, "reference": 0, "quarantined": 0, "excluded": 0,
    }  # fmt: skip
    assert result["streams"]["db.Klartext"]["reference"] == 242
    assert result["settled"] is True


def test_they_stand_in_the_archive_under_their_numbers(real, tmp_path):
    work, _ = real
    for number, title in CASES.items():
        folder = work.restore("mora", number, tmp_path / number)
        case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
        assert (case["reference_code"], case["title"], case["status"]) == (number, title, "closed")
        assert (folder / "ansökan åäö.txt").read_text(encoding="utf-8") == f"Ansökan i ärende {number}\n"


def test_the_packages_are_valid_and_a_second_run_makes_none(real):
    work, result = real
    assert_valid(work, "mora", result["packages"])
    assert_nothing_new(work, DELIVERY, result)
