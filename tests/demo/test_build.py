"""The same world from the same seed, whole or not at all."""

import hashlib
import os
import signal
import subprocess
import sys
import time

import pytest

from leverans.demo import DemoError, build
from leverans.demo import world as world_module

SLOW = """
import os, sys
from leverans.demo import build
build(sys.argv[1], cases=400, seed=3, progress=lambda done, _: done == 150 and os.kill(os.getpid(), 9))
"""


def tree(root):
    """Names, kinds, times and digests of everything below a folder."""
    found = {}
    for path in sorted([root, *root.rglob("*")]):
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        found[str(path.relative_to(root))] = (path.stat().st_mtime_ns, digest)
    return found


def test_same_seed_same_bytes_and_times(tmp_path):
    one = tree(build(tmp_path / "one", cases=80, seed=5))
    time.sleep(0.01)
    assert tree(build(tmp_path / "other", cases=80, seed=5)) == one
    assert "sources/alkt.sqlite" in one


def test_same_seed_same_bytes_in_another_process_with_another_hash_seed(tmp_path):
    here = tree(build(tmp_path / "here", cases=60, seed=5))
    code = "import sys; from leverans.demo import build; build(sys.argv[1], cases=60, seed=5)"
    environment = {**os.environ, "PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    subprocess.run([sys.executable, "-c", code, tmp_path / "there"], env=environment, check=True)
    assert tree(tmp_path / "there") == here


def test_another_seed_gives_another_world(tmp_path):
    one, other = (tree(build(tmp_path / str(seed), cases=60, seed=seed)) for seed in (1, 2))
    assert not {digest for _, digest in one.values()} & {digest for _, digest in other.values()} - {
        "folder",
        hashlib.sha256().hexdigest(),
    }


@pytest.mark.parametrize("cases", [60, 61, 77])
@pytest.mark.parametrize("seed", [0, 9, 2024])
def test_every_kind_is_there_in_the_smallest_worlds(tmp_path, read_world, cases, seed):
    world = read_world(build(tmp_path / "world", cases=cases, seed=seed))
    assert all(world.dirt.values())
    assert all(world.truth["dirt_cases"].values())
    assert world.truth["code_in_type_b_space"]


@pytest.mark.parametrize("cases", [1, 2, 7, 30])
def test_smaller_worlds_leave_dirt_out_but_stand(tmp_path, read_world, cases):
    world = read_world(build(tmp_path / "world", cases=cases))
    assert len(world.references) == cases
    assert sum(map(len, world.truth["dirt_cases"].values())) <= cases // 2


def test_a_case_does_not_depend_on_its_neighbours_files(tmp_path, monkeypatch):
    whole = build(tmp_path / "whole", cases=60)
    monkeypatch.setattr(world_module, "_litter", lambda *_: None)
    less = build(tmp_path / "less", cases=60)
    kept = {name: found[1] for name, found in tree(less / "sources/share").items()}
    assert kept.items() <= {name: found[1] for name, found in tree(whole / "sources/share").items()}.items()


def test_progress_counts_to_the_end(tmp_path):
    seen = []
    build(tmp_path / "world", cases=60, progress=lambda done, all_: seen.append((done, all_)))
    assert seen == [(done, 60) for done in range(1, 61)]


def test_an_empty_folder_and_an_older_world_are_replaced(tmp_path):
    target = tmp_path / "world"
    target.mkdir()
    build(target, cases=60, seed=1)
    build(target, cases=60, seed=2)
    assert tree(target) == tree(build(tmp_path / "fresh", cases=60, seed=2))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fresh", "world"]


def test_anything_else_is_refused_and_left_alone(tmp_path):
    folder, file, link = tmp_path / "folder", tmp_path / "file", tmp_path / "link"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    file.write_text("mine")
    link.symlink_to(folder)
    before = tree(tmp_path)
    for target in (folder, file, link):
        with pytest.raises(DemoError, match=target.name):
            build(target, cases=60)
    with pytest.raises(DemoError, match="one case or more"):
        build(tmp_path / "new", cases=0)
    assert tree(tmp_path) == before


def test_a_killed_build_leaves_nothing_that_looks_finished(tmp_path):
    target = tmp_path / "world"
    killed = subprocess.run([sys.executable, "-c", SLOW, target], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not target.exists()
    (left,) = tmp_path.iterdir()
    assert left.name == ".world.building"
    assert not (left / "truth.json").exists()
    build(target, cases=60)
    assert [path.name for path in tmp_path.iterdir()] == ["world"]


def test_a_failed_build_leaves_the_older_world(tmp_path):
    target = build(tmp_path / "world", cases=60)
    before = tree(target)

    def stop(done, _all):
        if done == 30:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(target, cases=90, progress=stop)
    assert tree(target) == before
    assert [path.name for path in tmp_path.iterdir()] == ["world"]


def test_a_file_system_that_folds_names_is_named_as_the_cause(tmp_path, monkeypatch):
    monkeypatch.setattr("leverans.demo.share.Path.open", lambda *_: (_ for _ in ()).throw(FileExistsError))
    with pytest.raises(DemoError, match="two names"):
        world_module.Share(tmp_path, 1).add_loose(*loose())


def loose():
    from leverans.demo.cases import make_case
    from leverans.demo.cast import draw_cast
    from leverans.demo.plan import draw_plan

    plan = draw_plan(1, 60)
    case = next(case for case in (make_case(plan, draw_cast(1, 60), n) for n in range(60)) if case.documents)
    case.documents[0].path = "Mallar/x.pdf"
    return case, case.documents[0]
