"""What lies in the archive is replaced, and every digest beside it is made to fit: found all the same."""

import hashlib
import json
import zipfile

import pytest

pytestmark = pytest.mark.e2e


def reseal(folder, path, data):
    """Write other bytes and make the object's inventories agree with them, as a forger would."""
    old = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(data)
    new = hashlib.sha256(data).hexdigest()
    for inventory in [*folder.glob("v*/inventory.json"), folder / "inventory.json"]:
        text = inventory.read_bytes().replace(old.encode(), new.encode())
        inventory.write_bytes(text)
        sidecar = f"{hashlib.sha256(text).hexdigest()} inventory.json\n"
        inventory.with_name("inventory.json.sha256").write_text(sidecar)


def another_year(folder):
    path = folder / "v1" / "content" / "case.json"
    reseal(folder, path, path.read_bytes().replace(b"20", b"19", 1))


def an_empty_zip(folder):
    path = folder / "v1" / "content" / "v1.zip"
    with zipfile.ZipFile(path.with_suffix(".forged"), "w"):
        pass
    forged = path.with_suffix(".forged")
    data = forged.read_bytes()
    forged.unlink()
    reseal(folder, path, data)


def another_mets(folder):
    path = next(folder.glob("v1/content/**/METS.xml"))
    reseal(folder, path, path.read_bytes().replace(b"Mora", b"Sala"))


def objects(world, *, cases):
    """The folders of archived cases without documents, or of the packages' own papers."""
    for inventory in sorted((world.home / "mora" / "archive").rglob("inventory.json")):
        folder = inventory.parent
        if folder.name.startswith("v"):
            continue
        case = folder / "v1" / "content" / "case.json"
        if case.exists() == cases and (
            not cases or not any(record["files"] for record in json.loads(case.read_bytes())["records"])
        ):
            yield folder


@pytest.mark.parametrize(
    "forge", [another_year, an_empty_zip, another_mets], ids=lambda forge: forge.__name__
)
def test_a_replacement_with_digests_that_fit_is_found(delivered, tmp_path, forge):
    world = delivered.copy(tmp_path)
    folder = next(objects(world, cases=forge is not another_mets))
    forge(folder)
    status, answer = world.ask("archive", "verify", "mora")
    assert status == 1
    assert [root["findings"] for root in answer["roots"] if root["findings"]] == []  # the store fits itself
    assert answer["ledger"]["broken"] == 1


def test_a_run_finds_a_replaced_object_of_an_earlier_run(delivered, tmp_path):
    world = delivered.copy(tmp_path)
    another_year(next(objects(world, cases=True)))
    status, result = world.run("--at", "2026-07-01T12:00:00Z")
    assert (status, result["status"]) == (1, "incomplete")
    assert [problem["code"] for problem in result["problems"]] == ["DLV004"]


def test_the_receipt_holds_what_the_archive_holds(delivered):
    receipt = json.loads((delivered.home / "mora" / delivered.result["receipt"]).read_bytes())["receipt"]
    lines = []
    for inventory in (delivered.home / "mora").glob("archive*/**/v1/inventory.json"):
        plain = json.loads(inventory.read_bytes())
        if (inventory.parent / "content" / "case.json").exists():
            own = plain["id"].removeprefix("urn:uuid:")
            lines.append(f"{own} 1 {hashlib.sha256(inventory.read_bytes()).hexdigest()}\n")
    assert receipt["content"]["objects"] == len(lines)
    assert receipt["content"]["stored"] == hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()
