"""Packages by FGS Ärendehantering 1.0, one around a real document, delivered."""

import pytest
from tests.content.conftest import Work, assert_nothing_new, assert_official, assert_valid, delivered
from tests.support.fgspackages import pack, packages

pytestmark = pytest.mark.e2e
DELIVERY = "sater/paket"
NAME = "Namn på dokumentet 10.pdf"


@pytest.fixture(scope="module")
def whole(shared, tmp_path_factory):
    """A real document with a file of its own, and a made-up package, delivered; (work, result)."""
    folder = tmp_path_factory.mktemp("paket")
    document = (shared / "data" / "fgs" / "metadata.valid.xml").read_text(encoding="utf-8")
    pack(folder / "fgs-paket" / "1.zip", document, {f"Bilagor/{NAME}": b"%PDF-1.4 karta\n"})
    packages(folder / "fgs-paket")
    (folder / "fgs-paket" / "3.zip").write_bytes(b"<html>404</html>")
    work = Work(folder, tmp_path_factory.mktemp("sater"))
    return work, delivered(work, DELIVERY)


def test_cases_arrive_by_their_own_routes(whole):
    _, result = whole
    assert (result["status"], result["balanced"], result["problems"]) == ("complete", True, [])
    objects = result["objects"]
    assert [objects[word] for word in ("found", "archived", "archived_protected", "quarantined")] == [
        3,
        2,
        1,
        1,
    ]
    assert (result["documents"]["listed"], result["documents"]["archived"]) == (3, 2)
    shown = result["streams"]["paket.arende"]
    assert (shown["rows"], shown["object"], shown["quarantined"]) == (4, 2, 2)  # one case, one package


def test_the_real_case_has_its_file_and_the_packages_are_valid(whole, official, tmp_path):
    work, result = whole
    folder = work.restore("sater", "BYGG 2022-000046", tmp_path / "case")
    assert (folder / NAME).read_bytes() == b"%PDF-1.4 karta\n"
    assert result["packages"] == 2  # one of them on the protected way
    assert_valid(work, "sater", 1)
    assert_official(work, "sater", official)


def test_again_nothing_is_new(whole):
    assert_nothing_new(whole[0], DELIVERY, whole[1])
