"""Accounts in SIE, delivered: a fiscal year with its vouchers and the file itself; counts equal to the files'."""

import hashlib
import zipfile

import pytest
from tests.content.conftest import Work, assert_nothing_new, assert_valid, delivered
from tests.mapping.real.kit import archived_documents
from tests.support.bookkeeping import books

pytestmark = pytest.mark.e2e
DELIVERY = "borlange/bokforing"


def package_texts(path):
    with zipfile.ZipFile(path) as file:
        return [file.read(name).decode() for name in file.namelist() if name.endswith(".xml")]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Two made-up years, delivered; (work, result)."""
    folder = tmp_path_factory.mktemp("bokforing")
    books(folder / "bokforing")
    work = Work(folder, tmp_path_factory.mktemp("borlange"))
    return work, delivered(work, DELIVERY)


def test_every_voucher_and_line_arrives(whole):
    work, result = whole
    files = sorted((work.sources / "bokforing").iterdir())
    text = "".join(file.read_bytes().decode("latin-1") for file in files)
    assert (result["status"], result["balanced"], result["problems"]) == ("complete", True, [])
    assert result["entities"] == {"case": 2, "record": text.count("#VER ") + 2, "file": 2}
    rows = {name: shown["rows"] for name, shown in result["streams"].items()}
    assert (rows["bok.verifikation"], rows["bok.transaktion"]) == (text.count("#VER "), text.count("#TRANS "))


def test_the_files_are_the_bytes_that_came_and_letters_are_right(whole):
    work, result = whole
    found = archived_documents(work, "borlange")
    for file in (work.sources / "bokforing").iterdir():
        assert hashlib.sha256(file.read_bytes()).hexdigest() in found
    assert_valid(work, "borlange", result["packages"])
    texts = [text for path in work.packages("borlange") for text in package_texts(path)]
    assert sum("Provnämnden 1, å" in text for text in texts) >= 2


def test_again_nothing_is_new(whole):
    assert_nothing_new(whole[0], DELIVERY, whole[1])
