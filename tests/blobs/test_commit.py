"""The commit: all, nothing, or whole files without the seal."""

import ctypes
import errno
import itertools
import sys
from pathlib import Path

import pytest

from leverans.blobs import LocalFilesystem, commit, filesystem, sweep, use
from leverans.testing.faults import KILLED, FailingFilesystem, stopped


def fill(root: Path) -> None:
    with commit(root) as group:
        group.file(root / "a.txt").write_text("new a")
        tree = group.directory(root / "sub" / "tree")
        (tree / "x").write_text("x")
        group.seal(root / "seal").write_text("sealed")
        scratch = group.scratch()
        scratch.write_text("later")
        group.adopt(scratch, root / "deep" / "er" / "b.txt")


def tree(root: Path) -> dict[str, str | None]:
    return {
        path.relative_to(root).as_posix(): path.read_text() if path.is_file() else None
        for path in sorted(root.rglob("*"))
    }


def whole(root: Path) -> dict[str, str | None]:
    fill(root)
    return tree(root)


def test_everything_comes_to_its_place_and_nothing_else_stays(tmp_path):
    assert whole(tmp_path / "r") == {
        "a.txt": "new a",
        "deep": None,
        "deep/er": None,
        "deep/er/b.txt": "later",
        "seal": "sealed",
        "sub": None,
        "sub/tree": None,
        "sub/tree/x": "x",
    }


def test_a_file_that_is_there_is_replaced_at_once(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    fill(tmp_path)
    assert (tmp_path / "a.txt").read_text() == "new a"


def test_an_exception_inside_the_block_leaves_nothing(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(RuntimeError), commit(tmp_path) as group:
        group.file(tmp_path / "a.txt").write_text("new")
        raise RuntimeError
    assert tree(tmp_path) == {"a.txt": "old"}


def test_a_folder_is_never_replaced(tmp_path):
    (tmp_path / "sub" / "tree").mkdir(parents=True)
    (tmp_path / "sub" / "tree" / "mine").write_text("mine")
    with pytest.raises(OSError, match="not empty"):
        fill(tmp_path)
    assert (tmp_path / "sub" / "tree" / "mine").read_text() == "mine"


def test_an_empty_commit_syncs_nothing(tmp_path):
    fs = FailingFilesystem(1)
    with commit(tmp_path, fs):
        pass
    assert fs.calls == 0
    assert tree(tmp_path) == {}


def test_one_sync_before_the_renames_one_after_one_after_the_seals(tmp_path):
    seen = []

    class Watching(LocalFilesystem):
        def rename(self, source, target):
            seen.append(target.name)
            super().rename(source, target)

        def sync(self, folder):
            seen.append("sync")

    with use(Watching()):
        fill(tmp_path)
    assert seen == ["sync", "a.txt", "tree", "b.txt", "sync", "seal", "sync"]


def holds(found: dict[str, str | None], wanted: dict[str, str | None]) -> None:
    """Nothing half, and no seal without all the rest."""
    files = {path: text for path, text in found.items() if text is not None}
    assert all(text in {wanted[path], "old"} for path, text in files.items())
    if "seal" in files:
        assert found == wanted


def test_an_error_at_any_point_leaves_whole_files_and_no_early_seal(tmp_path):
    wanted = whole(tmp_path / "undisturbed")
    for at in itertools.count(1):
        root = tmp_path / str(at)
        root.mkdir()
        (root / "a.txt").write_text("old")
        try:
            with use(FailingFilesystem(at, errno.ENOSPC)):
                fill(root)
        except OSError as error:
            assert error.errno == errno.ENOSPC
            assert not (root / ".staging").exists()
            holds(tree(root), wanted)
            continue
        assert tree(root) == wanted
        assert at == 8
        break


@pytest.mark.fault
@pytest.mark.parametrize("loss", ["none", "all", "last", "first"])
def test_a_kill_or_power_cut_at_any_point_leaves_whole_files_and_no_early_seal(tmp_path, loss):
    wanted = whole(tmp_path / "undisturbed")
    for at in itertools.count(1):
        root = tmp_path / str(at)
        root.mkdir()
        (root / "a.txt").write_text("old")
        code = stopped(at, lambda root=root: fill(root), loss)
        assert sweep(root) == (1 if code == KILLED else 0)
        found = tree(root)
        holds(found, wanted)
        if code != KILLED:
            break
        if (root / "sub" / "tree").exists():
            continue
        fill(root)
        assert tree(root) == wanted
    assert at == 8


def test_the_file_system_in_use_comes_back(tmp_path):
    before = filesystem()
    with pytest.raises(RuntimeError), use(FailingFilesystem(1)):
        raise RuntimeError
    assert filesystem() is before


def test_two_commits_at_once_do_not_meet(tmp_path):
    with commit(tmp_path) as one:
        with commit(tmp_path) as two:
            two.file(tmp_path / "two").write_text("2")
        one.file(tmp_path / "one").write_text("1")
    assert tree(tmp_path) == {"one": "1", "two": "2"}


def test_staging_may_lie_elsewhere(tmp_path):
    root, aside = tmp_path / "root", tmp_path / "aside"
    with commit(root, staging=aside) as group:
        staged = group.file(root / "a")
        staged.write_text("a")
        assert aside in staged.parents
        assert list(root.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["root"]


def test_a_failed_write_back_is_an_error_with_its_number(tmp_path, monkeypatch):
    def refuse(handle):
        ctypes.set_errno(errno.EIO)
        return -1

    monkeypatch.setattr(sys.modules["leverans.blobs.filesystem"], "_syncfs", refuse)
    with pytest.raises(OSError) as caught:
        LocalFilesystem().sync(tmp_path)
    assert caught.value.errno == errno.EIO


def test_sweep_of_nothing_is_nothing(tmp_path):
    assert sweep(tmp_path / "nowhere") == 0
