"""What was delivered, once more for another receiver: by the command, whole, and only when it is what was delivered."""

import json
import zipfile
from pathlib import Path

import pytest
from tests.support.worlds import AT

from leverans.formats import profiles
from leverans.formats.container import open_container
from leverans.packaging.cspackage import CasePackage
from leverans.packaging.opening import read_package
from leverans.validation import validate

RECEIPT = '<r xmlns="urn:x"><item><Id>{}</Id><status>{}</status></item></r>'


def delivered_cases(world, route="packages"):
    profile = profiles.load("fgs-2.0")
    return {case.id: case for path in world.packages(route) for case in read_package(path, profile)}


def test_a_delivery_is_exported_whole_as_valid_packages(delivered, tmp_path):
    status, done = delivered.ask("export", "mora/alkt", "--profile", "fgs-1.2", "--to", tmp_path)
    assert (status, done["left_out"]) == (0, 0), done
    profile, found = profiles.load("fgs-1.2"), {}
    for one in done["packages"]:
        with open_container(Path(one["path"])) as container:
            package = CasePackage(container, profile)
            for received in package.cases():
                assert received.findings == ()
                found[received.case.id] = received.case
            assert package.findings == []
        report = validate(Path(one["path"]), profile="fgs-1.2")
        assert report.valid, report.findings[:5]
    assert found == delivered_cases(delivered)
    told = sum(1 for path in tmp_path.glob("*.reported.csv") for _ in path.read_text().splitlines()[1:])
    assert told > 0


def test_the_same_export_twice_is_the_same_bytes(delivered, tmp_path):
    made = [
        delivered.ask("export", "mora/alkt", "--profile", "fgs-1.2", "--to", tmp_path / place)[1]["packages"]
        for place in "ab"
    ]
    assert [one["sha256"] for one in made[0]] == [one["sha256"] for one in made[1]]


def test_objects_are_sent_and_their_receipts_reconciled(delivered, tmp_path):
    status, done = delivered.ask("export", "mora/alkt", "--profile", "archive-object-2.2", "--to", tmp_path)
    assert status == 0, done
    sent = sorted(tmp_path.glob("*.sent.json"))
    objects = [one for path in sent for one in json.loads(path.read_text())["objects"]]
    assert {one["id"] for one in objects} == set(delivered_cases(delivered))
    names = {name for one in done["packages"] for name in zipfile.ZipFile(one["path"]).namelist()}
    assert {f"{one['folder']}/Archive.xml" for one in objects} < names
    words = [word for path in sent for word in ("--sent", path)]
    first = tmp_path / "kvitto.xml"
    first.write_text(RECEIPT.format(objects[0]["folder"], "not valid"))
    status, found = delivered.ask("reconcile", first, *words)
    assert (status, found["refused"], len(found["missing"])) == (1, [objects[0]["id"]], len(objects) - 1)
    first.write_text(
        f"<r><TotalBatchSize>{len(objects)}</TotalBatchSize><ItemsInReceipt>{len(objects)}</ItemsInReceipt></r>"
    )
    status, found = delivered.ask("reconcile", first, *words)
    assert (status, len(found["accepted"])) == (0, len(objects))


def test_only_what_was_delivered_is_exported(delivered, tmp_path):
    world = delivered.copy(tmp_path)
    path = world.packages()[0]
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    status, text = world.ask("export", "mora/alkt", "--profile", "fgs-1.2", "--to", tmp_path / "out")
    assert status == 1
    assert "EXP003" in str(text)
    path.unlink()
    status, text = world.ask("export", "mora/alkt", "--profile", "fgs-1.2", "--to", tmp_path / "out")
    assert "EXP002" in str(text)
    status, text = world.ask("export", "mora/alkt", "--profile", "ingen", "--to", tmp_path / "out")
    assert "PKG010" in str(text)


@pytest.mark.parametrize("name", ["fgs-1.2", "archive-object-2.2"])
def test_the_archive_says_that_it_takes_another_form(fresh, name):
    path = fresh.path / "municipalities/mora/alkt.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("profile: fgs-2.0", f"profile: {name}"), encoding="utf-8")
    status, said = fresh.run("--at", AT)
    assert status != 0
    assert "EXP001" in str(said)


def test_packages_of_another_profile_are_exported_as_tar_and_valid(delivered, tmp_path):
    status, done = delivered.ask(
        "export", "mora/alkt", "--profile", "eark-2.2", "--container", "tar", "--to", tmp_path
    )
    assert status == 0, done
    for one in done["packages"]:
        assert one["path"].endswith(".tar")
        report = validate(Path(one["path"]), profile="eark-2.2")
        assert report.valid, report.findings[:5]
