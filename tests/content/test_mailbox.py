"""A mailbox in a share, delivered: every mail a case with its own file, its texts and attachments."""

import hashlib
import json
import shutil

import pytest
from tests.content.conftest import Work, assert_nothing_new, assert_official, assert_valid, delivered
from tests.mapping.real.kit import archived_documents
from tests.support.mailbox import mailbox

pytestmark = pytest.mark.e2e
DELIVERY = "avesta/brevlada"


@pytest.fixture(scope="module")
def whole(shared, tmp_path_factory):
    """A made-up mailbox with three real mails beside it, delivered; (work, result)."""
    folder = tmp_path_factory.mktemp("brevlada")
    mailbox(folder / "brevlada")
    shutil.copytree(shared / "data" / "files" / "mail", folder / "brevlada" / "mail")
    shutil.copy(
        shared / "data" / "files" / "siegfried_benchmark" / "Benchmark.msg",
        folder / "brevlada" / "utkast.msg",
    )
    work = Work(folder, tmp_path_factory.mktemp("avesta"))
    return work, delivered(work, DELIVERY)


def test_every_mail_arrives_and_what_is_none_is_told(whole):
    _, result = whole
    assert (result["status"], result["balanced"], result["problems"]) == ("complete", True, [])
    objects, documents = result["objects"], result["documents"]
    assert (objects["found"], objects["archived"], objects["quarantined"]) == (
        7,
        6,
        1,
    )  # a draft was never sent
    assert documents["listed"] == documents["archived"] + documents["quarantined"]
    assert result["entities"] == {"case": 6, "record": 13, "file": 18}
    shown = result["streams"]["post.brev"]
    assert (shown["rows"], shown["object"], shown["part_of"], shown["quarantined"]) == (9, 6, 1, 2)


def test_files_and_attachments_are_the_bytes_that_came(whole):
    work, _ = whole
    found = archived_documents(work, "avesta")
    letters = [path for path in (work.sources / "brevlada").rglob("*.eml") if path.name != "5.eml"]
    assert len(letters) == 5
    for data in (
        *(path.read_bytes() for path in letters),
        b"%PDF-1.4\n%%EOF\n",
        b"dold bilaga",
        b"prov",
        b"a;b\n1;2\n",
    ):
        assert hashlib.sha256(data).hexdigest() in found


def test_the_packages_are_valid_and_a_mail_in_a_mail_lies_below_it(whole, official, tmp_path):
    work, result = whole
    assert_valid(work, "avesta", result["packages"])
    assert_official(work, "avesta", official)
    folder = work.restore("avesta", "Inkorg å/2.eml", tmp_path / "case")
    case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    assert case["title"] == "Vidare: prov"
    (inner,) = case["sub_cases"]
    assert inner["title"] == "Prov"
    below = [one for one in case["records"] if one["within"] == inner["id"]]
    assert [file["original_name"] for one in below for file in one["files"]] == ["del 2.1", "tabell.csv"]


def test_again_nothing_is_new(whole):
    assert_nothing_new(whole[0], DELIVERY, whole[1])
