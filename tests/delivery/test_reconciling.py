"""Reconcile reads the archive itself: every forgery here is consistent but for the one thing it forges.

All forgeries of a kind go into one archive, each into an object of its own, and one run must name every one.
"""

import hashlib
import json
import shutil
import zipfile

import pytest
from tests.support.worlds import AT, make_world

LATER = "2026-07-01T12:00:00Z"
OTHER_BYTES = b"bytes that nobody delivered\n"


def sha256(raw):
    return hashlib.sha256(raw).hexdigest()


class Stored:
    """An object of the archive with one version, and hands to forge it so that OCFL has nothing to say."""

    def __init__(self, folder):
        self.folder = folder
        self.content = folder / "v1" / "content"
        self.inventory = json.loads((folder / "inventory.json").read_bytes())

    @property
    def name(self):
        return self.inventory["id"]

    @property
    def case(self):
        return json.loads((self.content / "case.json").read_bytes())

    @property
    def files(self):
        return [file for record in self.case["records"] for file in record["files"]]

    def put(self, name, raw):
        """Write a file of the version, and its digest into the inventory."""
        old = sha256((self.content / name).read_bytes())
        (self.content / name).write_bytes(raw)
        for block in (
            self.inventory["manifest"],
            *(each["state"] for each in self.inventory["versions"].values()),
        ):
            if old in block:
                block[sha256(raw)] = block.pop(old)

    def put_case(self, case):
        self.put("case.json", json.dumps(case, ensure_ascii=False).encode())

    def put_zip(self, change):
        """Write the zip anew with the members as `change(name, bytes)` gives them (None: left out)."""
        path = self.content / "v1.zip"
        with zipfile.ZipFile(path) as old:
            members = [(name, old.read(name)) for name in old.namelist()]
        new = path.with_suffix(".new")
        with zipfile.ZipFile(new, "w", zipfile.ZIP_STORED) as target:
            for name, raw in members:
                changed = change(name, raw)
                if changed is not None:
                    target.writestr(name, changed)
        raw = new.read_bytes()
        new.unlink()
        self.put("v1.zip", raw)

    def seal(self):
        """Write the inventory and its sidecar, in the root and in the newest version's folder."""
        raw = json.dumps(self.inventory).encode()
        for folder in (self.folder, self.folder / self.inventory["head"]):
            (folder / "inventory.json").write_bytes(raw)
            (folder / "inventory.json.sha256").write_text(f"{sha256(raw)} inventory.json\n")


def another_digest(stored):
    stored.put_case(stored.case | {"content_digest": "0" * 64})


def another_package(stored):
    stored.inventory["versions"]["v1"]["message"] = "package 00000000-0000-4000-8000-000000000000"


def no_message(stored):
    del stored.inventory["versions"]["v1"]["message"]


def a_document_fewer(stored):
    case = stored.case
    record = next(record for record in case["records"] if record["files"])
    gone = record["files"].pop()
    stored.put_case(case)
    stored.put_zip(lambda name, raw: None if name == gone["path"] else raw)


def a_document_more(stored):
    """The new one has bytes that were delivered, so only the number tells."""
    case = stored.case
    record = next(record for record in case["records"] if record["files"])
    record["files"].append(dict(record["files"][-1]))
    stored.put_case(case)


def a_document_not_delivered(stored):
    """Case, zip and inventory agree about the new bytes; only what was delivered tells."""
    case, old = stored.case, stored.files[0]
    new = {"sha256": sha256(OTHER_BYTES), "size": len(OTHER_BYTES)}
    for record in case["records"]:
        record["files"] = [file | new if file["path"] == old["path"] else file for file in record["files"]]
    stored.put_case(case)
    stored.put_zip(
        lambda name, raw: (
            OTHER_BYTES
            if name == old["path"]
            else raw.replace(old["sha256"].encode(), new["sha256"].encode())
        )
    )


def a_document_twice_in_place_of_another(stored):
    """The number is right and every digest was delivered; only the set of them tells."""
    case = stored.case
    places = [(record, at) for record in case["records"] for at in range(len(record["files"]))]
    (first, one), (last, other) = places[0], places[-1]
    gone = last["files"][other]
    assert gone["sha256"] != first["files"][one]["sha256"]
    last["files"][other] = dict(first["files"][one])
    stored.put_case(case)
    stored.put_zip(lambda name, raw: None if name == gone["path"] else raw)


def a_version_more(stored):
    versions = stored.inventory["versions"]
    versions["v2"] = json.loads(json.dumps(versions["v1"]))
    stored.inventory["head"] = "v2"
    (stored.folder / "v2").mkdir()


def a_case_that_is_gone(stored):
    stored.inventory["manifest"] = {
        digest: paths for digest, paths in stored.inventory["manifest"].items() if "case.json" not in paths[0]
    }
    state = stored.inventory["versions"]["v1"]["state"]
    stored.inventory["versions"]["v1"]["state"] = {
        digest: paths for digest, paths in state.items() if paths != ["case.json"]
    }
    (stored.content / "case.json").unlink()


def an_object_that_is_gone(stored):
    shutil.rmtree(stored.folder)


FORGERIES = (
    another_digest,
    another_package,
    no_message,
    a_document_fewer,
    a_document_more,
    a_document_twice_in_place_of_another,
    a_document_not_delivered,
    a_version_more,
    a_case_that_is_gone,
)


def flip(stored, member):
    path = stored.content / "v1.zip"
    with zipfile.ZipFile(path) as container:
        at = container.getinfo(member).header_offset + 30 + len(member.encode()) + 8
    raw = bytearray(path.read_bytes())
    raw[at] ^= 1
    path.write_bytes(raw)


def a_flipped_byte(stored):
    """In a document, without a word in the inventory."""
    flip(stored, stored.files[0]["path"])


def a_flipped_byte_beside_the_documents(stored):
    """In what case.json does not speak of, so only the inventory tells."""
    flip(stored, "ERMS.xml")


def a_zip_that_is_gone(stored):
    (stored.content / "v1.zip").unlink()


def a_zip_with_other_bytes(stored):
    """The inventory knows the new zip; only case.json says what the document was."""
    victim = stored.files[0]["path"]
    stored.put_zip(lambda name, raw: OTHER_BYTES if name == victim else raw)


def a_zip_without_a_document(stored):
    victim = stored.files[0]["path"]
    stored.put_zip(lambda name, raw: None if name == victim else raw)


DAMAGES = (a_flipped_byte, a_flipped_byte_beside_the_documents, a_zip_that_is_gone)
HOLLOW = (a_zip_with_other_bytes, a_zip_without_a_document)


def objects(home, root="archive"):
    """Give the objects of a root that hold a case with at least two different documents."""
    for path in sorted((home / "mora" / root).rglob("case.json")):
        stored = Stored(path.parents[2])
        if len({file["sha256"] for file in stored.files}) == len(stored.files) > 1:
            yield stored


def forged(home, forgeries):
    """Forge one object after the other; give the name of each by its forgery."""
    names = {}
    for forge, stored in zip(forgeries, list(objects(home)), strict=False):
        forge(stored)
        if stored.folder.exists():
            stored.seal()
        names[forge] = stored.name
    assert len(names) == len(forgeries), "the world has too few cases with documents"
    return names


def blamed(result):
    return [problem["where"] for problem in result["problems"] if problem["code"] == "DLV004"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    world = make_world(tmp_path_factory.mktemp("whole"), cases=60, seed=5)
    status, result = world.run("--at", AT)
    assert (status, result["status"]) == (0, "complete")
    return world


@pytest.fixture(scope="module")
def forgery(whole, tmp_path_factory):
    """A run over an archive of earlier runs in which every forgery was made once."""
    world = whole.copy(tmp_path_factory.mktemp("forged"))
    names = forged(world.home, (*FORGERIES, an_object_that_is_gone))
    status, result = world.run("--at", LATER)
    return world, names, status, result


def test_a_run_over_a_forged_archive_is_not_complete(forgery):
    _, _, status, result = forgery
    assert status == 1
    assert (result["status"], result["balanced"], result["settled"]) == ("incomplete", False, False)
    assert result["objects"]["archived"] == 0


@pytest.mark.parametrize("forge", [*FORGERIES, an_object_that_is_gone], ids=lambda forge: forge.__name__)
def test_a_forged_object_is_named(forgery, forge):
    _, names, _, result = forgery
    assert names[forge] in blamed(result)


def test_nothing_else_is_named(forgery):
    _, names, _, result = forgery
    assert sorted(blamed(result)) == sorted(names.values())


@pytest.mark.parametrize("forge", [another_digest, a_document_not_delivered, a_version_more])
def test_one_forged_object_is_enough(whole, tmp_path, forge):
    world = whole.copy(tmp_path)
    names = forged(world.home, [forge])
    status, result = world.run("--at", LATER)
    assert (status, result["status"], blamed(result)) == (1, "incomplete", [names[forge]])


def test_a_storage_root_that_is_gone_is_not_passed_over(whole, tmp_path):
    world = whole.copy(tmp_path)
    lost = {path.parents[2] for path in (world.home / "mora/archive-protected").rglob("case.json")}
    shutil.rmtree(world.home / "mora/archive-protected")
    status, result = world.run("--at", LATER)
    assert (status, result["error"]["code"]) == (1, "OPR071")
    assert len(lost) > 0
    assert str(len(lost)) in result["error"]["text"]["en"]


@pytest.fixture(scope="module")
def damaged(whole, tmp_path_factory):
    """A run whose archive is damaged between the last delivery and the reconciliation."""
    from leverans.delivery import session as run

    folder, names = tmp_path_factory.mktemp("damaged"), {}
    shutil.copytree(whole.path, folder / "world", symlinks=True)
    world = type(whole)(folder / "world", folder / "home")
    reconcile = run.reconcile

    def after_damage(*words, **more):
        candidates = list(objects(world.home))
        for damage, stored in zip((*DAMAGES, *HOLLOW), candidates, strict=False):
            damage(stored)
            stored.seal()
            names[damage] = stored.name
        return reconcile(*words, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "reconcile", after_damage)
        status, result = world.run("--at", AT)
    assert len(names) == len(DAMAGES) + len(HOLLOW)
    return names, status, result


@pytest.mark.parametrize("damage", [*DAMAGES, *HOLLOW], ids=lambda damage: damage.__name__)
def test_what_this_run_delivered_is_read_to_the_last_byte(damaged, damage):
    names, status, result = damaged
    assert (status, result["status"], result["balanced"]) == (1, "incomplete", False)
    assert names[damage] in blamed(result)


def test_what_was_not_damaged_is_not_named(damaged):
    names, _, result = damaged
    assert sorted(blamed(result)) == sorted(names.values())


def test_an_unharmed_archive_verifies(whole):
    status, answer = whole.ask("archive", "verify", "mora")
    assert (status, [root["findings"] for root in answer["roots"] if root["findings"]]) == (0, [])


@pytest.mark.parametrize(
    "forge",
    [*DAMAGES, *HOLLOW, another_digest, another_package, a_document_not_delivered, an_object_that_is_gone],
    ids=lambda forge: forge.__name__,
)
def test_the_archive_does_not_verify(whole, tmp_path, forge):
    world = whole.copy(tmp_path)
    forged(world.home, [forge])
    assert world.ask("archive", "verify", "mora")[0] == 1
