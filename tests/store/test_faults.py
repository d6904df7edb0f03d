"""The store under every error, every kill and every power cut: opened again, it is what it would have been."""

import itertools
import resource
import signal

import pytest

from leverans.blobs import use
from leverans.clock import FixedClock
from leverans.formats.ocfl import Problem, survey, verify_object
from leverans.store import NewVersion, StorageRoot, StoredFile, User
from leverans.store import root as module
from leverans.testing.faults import KILLED, FailingFilesystem, stopped

CLOCK = FixedClock()
USER = User("Arkivet", "mailto:arkiv@example.org")
DIGEST = "4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865"  # of b"1\n"


def version(own, number):
    def write(folder):
        (folder / f"f{number}").write_bytes(b"1\n")
        return [StoredFile(f"f{number}", DIGEST, 2)]

    keep = tuple(f"f{before}" for before in range(1, number))
    return NewVersion(f"urn:example:{own}", number, f"v{number}", write, keep)


def bring(path, wanted):
    """Bring every object to the version wanted of it, as a resumed ingest does."""
    root = StorageRoot.create_or_open(path)

    def missing():
        for own, number in wanted.items():
            inventory = root.object(f"urn:example:{own}")
            if (inventory.number if inventory else 0) < number:
                yield version(own, number)

    root.put(missing(), CLOCK, USER)


def work(path):
    bring(path, {"a": 1, "b": 1, "c": 1})
    bring(path, {"a": 2, "b": 1, "c": 2, "d": 1})
    bring(path, {"a": 3, "b": 2, "c": 2, "d": 1, "e": 1})


def tree(path):
    return {
        each.relative_to(path.parent).as_posix(): each.read_bytes() if each.is_file() else None
        for each in sorted(path.parent.rglob("*"))
    }


def sound(path):
    for found in survey(path):
        assert not isinstance(found, Problem), found
        assert {problem.code for problem in verify_object(found).problems} <= {"W004"}


@pytest.fixture(autouse=True)
def _small_groups(monkeypatch):
    monkeypatch.setattr(module, "GROUP_OBJECTS", 3)


@pytest.fixture
def wanted(tmp_path):
    path = tmp_path / "undisturbed" / "archive"
    work(path)
    sound(path)
    return tree(path)


def recovered(path):
    """Open: whatever was half done is completed or gone."""
    StorageRoot.create_or_open(path)
    sound(path)
    assert not path.with_name("archive.staging").exists()


@pytest.mark.fault
@pytest.mark.parametrize("loss", ["none", "all", "last", "first"])
def test_after_a_kill_or_power_cut_anywhere_the_root_is_sound_and_the_work_ends_the_same(
    tmp_path, wanted, loss
):
    for at in itertools.count(1):
        path = tmp_path / str(at) / "archive"
        code = stopped(at, lambda path=path: work(path), loss)
        recovered(path)
        if code == KILLED:
            work(path)
        assert tree(path) == wanted
        if code != KILLED:
            break
    assert at > 20


@pytest.mark.fault
def test_after_an_error_anywhere_the_root_is_sound_and_the_work_ends_the_same(tmp_path, wanted):
    for at in itertools.count(1):
        path = tmp_path / str(at) / "archive"
        try:
            with use(FailingFilesystem(at)):
                work(path)
        except OSError:
            recovered(path)
            work(path)
            assert tree(path) == wanted
            continue
        assert tree(path) == wanted
        break
    assert at > 20


@pytest.mark.fault
def test_a_recovery_that_is_itself_killed_is_recovered_from(tmp_path, wanted):
    places = set()
    for at in itertools.count(1):
        probe = tmp_path / f"probe-{at}" / "archive"
        if stopped(at, lambda path=probe: work(path), "none") != KILLED:
            break
        for again in itertools.count(1):
            path = tmp_path / f"{at}-{again}" / "archive"
            stopped(at, lambda path=path: work(path), "none")
            code = stopped(again, lambda path=path: StorageRoot.create_or_open(path), "all")
            places.add((at, again))
            recovered(path)
            work(path)
            assert tree(path) == wanted
            if code != KILLED:
                break
    assert any(again > 3 for _, again in places)


@pytest.mark.fault
def test_a_version_folder_that_is_not_whole_is_removed(tmp_path):
    path = tmp_path / "archive"
    bring(path, {"a": 1})
    before = tree(path)
    root = StorageRoot.open(path)
    folder = root.path_of("urn:example:a")
    (folder / "v2" / "content").mkdir(parents=True)
    (folder / "v2" / "content" / "f2").write_bytes(b"half")
    staging = path.with_name("archive.staging")
    staging.mkdir()
    (staging / "x.journal").write_text(f"{folder.relative_to(path)}\nab/cd/half-a-li")
    recovered(path)
    assert tree(path) == before


@pytest.mark.fault
def test_a_disk_that_fills_while_writing_leaves_nothing(tmp_path, wanted):
    path = tmp_path / "full" / "archive"

    def squeeze():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600))
        try:
            work(path)
        except OSError:
            return
        raise AssertionError

    assert stopped(10_000, squeeze) == 0
    recovered(path)
    work(path)
    assert tree(path) == wanted
