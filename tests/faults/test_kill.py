"""A run killed from outside, anywhere, and started again ends as if nothing had happened.

strace traces the renames and syncs of an undisturbed run (those of SQLite among them) and then, in fresh homes,
delivers SIGKILL at chosen ones of these calls. Whatever was written by then is what the next run finds.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.support.worlds import AT, make_world

pytestmark = pytest.mark.fault
CALLS = "rename,renameat,renameat2,fsync,fdatasync,syncfs"
POINTS = 24
COMPARED = ("status", "balanced", "objects", "entities", "streams", "documents", "packages", "findings")


@pytest.fixture(scope="module")
def strace():
    found = shutil.which("strace")
    if found is None:
        pytest.skip("needs strace, which kills the run from outside")
    tried = subprocess.run([found, "-e", "trace=none", "true"], capture_output=True, check=False)
    if tried.returncode != 0:
        pytest.skip("strace may not trace here")
    return found


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return make_world(tmp_path_factory.mktemp("kill"), cases=60, seed=13)


def words(world, home):
    run = ["run", "mora/alkt", "--at", AT, "--json", "--content", str(world.path), "--home", str(home)]
    return [sys.executable, "-m", "leverans", *run]


def environment():
    return {name: value for name, value in os.environ.items() if not name.startswith("LEVERANS_")}


def tree(home, *rooms):
    return {
        path.relative_to(home).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for room in rooms
        for path in sorted((home / "mora" / room).rglob("*"))
        if path.is_file()
    }


def contents(home):
    """The archive without its clock: every content file by its place."""
    files = tree(home, "archive", "archive-protected")
    return {name: digest for name, digest in files.items() if "/content/" in name and "rep" not in name}


def spread(total):
    """First, last and evenly between: at least POINTS calls to be killed at."""
    return sorted({1, 2, total - 1, total, *(1 + number * (total - 1) // POINTS for number in range(POINTS))})


def test_a_killed_run_ends_in_the_same_bytes(strace, world, tmp_path):
    calm = tmp_path / "calm"
    log = tmp_path / "calm.strace"
    trace = [strace, "-f", "--seccomp-bpf", "-qq", "-o", str(log), "-e", f"trace={CALLS}"]
    done = subprocess.run([*trace, *words(world, calm)], capture_output=True, check=True, env=environment())
    baseline = json.loads(done.stdout)
    first = log.read_text().split(None, 1)[0]
    calls = [line for line in log.read_text().splitlines() if line.split(None, 1)[0] == first and "(" in line]
    names = {re.split(r"[ (]+", line)[1] for line in calls}
    assert {"rename", "syncfs"} <= names
    assert names & {"fsync", "fdatasync"}
    packages, archived = tree(calm, "packages", "packages-protected"), contents(calm)
    assert packages
    assert archived

    def killed(point):
        home = tmp_path / f"killed-{point}"
        inject = [strace, "-f", "--seccomp-bpf", "-qq", "-o", os.devnull, "-e", f"trace={CALLS}"]
        inject += ["-e", f"inject={CALLS}:signal=KILL:when={point}"]
        struck = subprocess.run(
            [*inject, *words(world, home)], capture_output=True, check=False, env=environment()
        )
        assert struck.returncode != 0, point
        again = subprocess.run(words(world, home), capture_output=True, check=False, env=environment())
        assert again.returncode == 0, (point, again.stderr[-2000:])
        result = json.loads(again.stdout)
        same = {name: result[name] for name in COMPARED} == {name: baseline[name] for name in COMPARED}
        outcome = (
            point,
            same,
            tree(home, "packages", "packages-protected") == packages,
            contents(home) == archived,
            subprocess.run(
                [sys.executable, "-m", "leverans", "archive", "verify", "mora", "--home", str(home)],
                capture_output=True,
                check=False,
                env=environment(),
            ).returncode,
        )
        shutil.rmtree(home)
        return outcome

    points = spread(len(calls))
    assert len(points) >= 20
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(killed, points))
    assert [outcome for outcome in outcomes if outcome[1:] != (True, True, True, 0)] == []
