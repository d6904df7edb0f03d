"""Storage roots: opening, adding versions, refusing what does not fit."""

import hashlib
import json
import threading

import pytest

from leverans.clock import FixedClock
from leverans.errors import ConfigurationError, IntegrityError
from leverans.formats.ocfl import Problem, locator, survey, verify_object, walk
from leverans.store import Layout, NewVersion, StorageRoot, StoredFile, User
from leverans.store import root as module

CLOCK = FixedClock()
USER = User("Arkivet", "mailto:arkiv@example.org")


def writing(files):
    def write(folder):
        stored = []
        for path, raw in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(raw)
            stored.append(StoredFile(path, hashlib.sha256(raw).hexdigest(), len(raw)))
        return stored

    return write


def version(own, number, files, keep=()):
    return NewVersion(f"urn:example:{own}", number, f"package {number}", writing(files), keep)


def put(root, *versions):
    return root.put(versions, CLOCK, USER)


def sound(root):
    """Nothing is wrong but the digest algorithm we chose."""
    found = list(survey(root.path))
    assert not [each for each in found if isinstance(each, Problem)]
    for folder in found:
        assert {problem.code for problem in verify_object(folder).problems} == {"W004"}
    return len(found)


@pytest.fixture
def root(tmp_path):
    return StorageRoot.create_or_open(tmp_path / "archive")


def test_a_new_root_declares_itself_and_its_layout(root):
    assert sorted(path.relative_to(root.path).as_posix() for path in root.path.rglob("*")) == [
        "0=ocfl_1.1",
        "extensions",
        "extensions/0004-hashed-n-tuple-storage-layout",
        "extensions/0004-hashed-n-tuple-storage-layout/config.json",
        "ocfl_layout.json",
    ]
    assert (root.path / "0=ocfl_1.1").read_bytes() == b"ocfl_1.1\n"
    config = json.loads(
        (root.path / "extensions" / "0004-hashed-n-tuple-storage-layout" / "config.json").read_text()
    )
    assert config["extensionName"] == "0004-hashed-n-tuple-storage-layout"
    assert sound(root) == 0


@pytest.mark.parametrize(
    ("layout", "own", "path"),
    [  # the examples of extension 0004 itself
        (
            Layout(3, 3),
            "object-01",
            "3c0/ff4/240/3c0ff4240c1e116dba14c7627f2319b58aa3d77606d0d90dfc6161608ac987d4",
        ),
        (Layout(2, 2), "object-01", "3c/0f/3c0ff4240c1e116dba14c7627f2319b58aa3d77606d0d90dfc6161608ac987d4"),
        (Layout(0, 0), "object-01", "3c0ff4240c1e116dba14c7627f2319b58aa3d77606d0d90dfc6161608ac987d4"),
    ],
)
def test_the_layout_is_that_of_the_extension(layout, own, path):
    assert layout.relative(own) == path


@pytest.mark.parametrize("layout", [Layout(2, 2), Layout(3, 1), Layout(0, 0)])
def test_the_reader_finds_objects_where_the_writer_puts_them(tmp_path, layout):
    root = StorageRoot.create_or_open(tmp_path / "archive", layout=layout)
    assert locator(root.path)("urn:example:å") == str(root.path_of("urn:example:å"))


def test_a_root_keeps_the_layout_it_was_made_with(tmp_path):
    StorageRoot.create_or_open(tmp_path / "archive", layout=Layout(3, 1))
    assert StorageRoot.create_or_open(tmp_path / "archive").layout == Layout(3, 1)
    assert StorageRoot.open(tmp_path / "archive").layout == Layout(3, 1)


def test_objects_and_versions(root):
    assert (
        put(root, version("a", 1, {"x.txt": b"1", "sub/y.txt": b"2"}), version("b", 1, {"x.txt": b"3"})) == 2
    )
    assert put(root, version("a", 2, {"z.txt": b"new"}, keep=("x.txt",))) == 1
    inventory = root.object("urn:example:a")
    assert inventory.number == 2
    assert inventory.version(1).message == "package 1"
    assert sorted(inventory.version(1).state) == ["sub/y.txt", "x.txt"]
    assert sorted(inventory.version().state) == ["x.txt", "z.txt"]
    assert inventory.content_path("x.txt") == "v1/content/x.txt"
    assert (inventory.version().user, inventory.version().address) == (USER.name, USER.address)
    assert inventory.version().created == "2026-01-01T12:00:00Z"
    assert root.object("urn:example:c") is None
    assert sound(root) == 2
    assert not root.path.with_name("archive.staging").exists()


def test_the_same_bytes_in_a_later_version_are_found_at_the_first_place(root):
    put(root, version("a", 1, {"x.txt": b"same"}))
    put(root, version("a", 2, {"y.txt": b"same"}))
    inventory = root.object("urn:example:a")
    assert inventory.content_path("y.txt", 2) == "v1/content/x.txt"
    assert sound(root) == 1


def test_one_object_twice_in_one_call_makes_two_versions(root):
    assert put(root, version("a", 1, {"x": b"1"}), version("a", 2, {"y": b"2"}, keep=("x",))) == 2
    assert root.object("urn:example:a").number == 2
    assert sound(root) == 1


@pytest.mark.parametrize(("first", "second"), [(2, None), (1, 1), (1, 3)])
def test_a_version_that_does_not_follow_is_refused(root, first, second):
    with pytest.raises(IntegrityError, match="STO011"):
        put(root, version("a", first, {"x": b"1"}))
        put(root, version("a", second, {"y": b"2"}))
    assert sound(root) in {0, 1}


def test_a_failing_writer_leaves_nothing_of_its_group(root):
    def fail(folder):
        (folder / "half").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        put(root, version("a", 1, {"x": b"1"}), NewVersion("urn:example:b", 1, "m", fail))
    assert list(walk(root.path)) == []
    assert sound(root) == 0
    assert not root.path.with_name("archive.staging").exists()


def test_groups_are_durable_one_by_one(root, monkeypatch):
    monkeypatch.setattr(module, "GROUP_OBJECTS", 2)
    seen = []
    versions = [version(str(number), 1, {"x": bytes([number])}) for number in range(5)]
    assert root.put(versions, CLOCK, USER, lambda group: seen.append([each.object_id for each in group])) == 5
    assert [len(group) for group in seen] == [2, 2, 1]
    monkeypatch.setattr(module, "GROUP_BYTES", 1)
    seen.clear()
    root.put([version(str(number), 2, {"y": b"yy"}, ("x",)) for number in range(3)], CLOCK, USER, seen.append)
    assert [[each.bytes for each in group] for group in seen] == [[2], [2], [2]]
    assert sound(root) == 5


def test_two_writers_take_turns(tmp_path):
    StorageRoot.create_or_open(tmp_path / "archive")

    def work(name):
        own = StorageRoot.create_or_open(tmp_path / "archive")
        for number in range(5):
            put(own, version(f"{name}{number}", 1, {"x": name.encode()}))

    threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sound(StorageRoot.open(tmp_path / "archive")) == 10


def test_a_folder_with_other_things_is_no_root(tmp_path):
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "mine.txt").write_bytes(b"")
    with pytest.raises(ConfigurationError, match="STO001"):
        StorageRoot.create_or_open(tmp_path / "archive")
    with pytest.raises(ConfigurationError, match="STO002"):
        StorageRoot.open(tmp_path / "archive")
    with pytest.raises(ConfigurationError, match="STO002"):
        StorageRoot.open(tmp_path / "nowhere")


def test_an_empty_folder_becomes_a_root(tmp_path):
    (tmp_path / "archive").mkdir()
    assert sound(StorageRoot.create_or_open(tmp_path / "archive")) == 0


@pytest.mark.parametrize(
    "text", ["{}", "no json", '{"extension": "0002-flat-direct-storage-layout", "description": ""}']
)
def test_a_root_with_another_layout_is_refused(root, text):
    (root.path / "ocfl_layout.json").write_text(text)
    with pytest.raises(ConfigurationError, match="STO003"):
        StorageRoot.create_or_open(root.path)


def test_a_damaged_inventory_is_an_error_not_a_missing_object(root):
    put(root, version("a", 1, {"x": b"1"}))
    path = root.path_of("urn:example:a") / "inventory.json"
    path.write_bytes(path.read_bytes().replace(b"package 1", b"package 2"))
    with pytest.raises(IntegrityError, match="STO010"):
        root.object("urn:example:a")
    with pytest.raises(IntegrityError, match="STO010"):
        put(root, version("a", 2, {"y": b"2"}))


def test_an_inventory_reads_well(root):
    put(root, version("a", 1, {"å.txt": b"1"}))
    text = (root.path_of("urn:example:a") / "inventory.json").read_text(encoding="utf-8")
    assert text.splitlines()[:2] == ["{", '  "id": "urn:example:a",']
    assert '"å.txt"' in text
