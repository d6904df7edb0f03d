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
from collections import Counter
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
    made = make_world(tmp_path_factory.mktemp("kill"), cases=40, seed=13)
    for rules in (made.path / "mappings").rglob("*.rules.yaml"):
        rules.unlink()  # fifty runs would each import Great Expectations, and no rule of it writes anything
    return made


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


ONE_AFTER_THE_OTHER = """
import io, json, sys
from contextlib import redirect_stdout
from leverans.cli.main import main
told = []
for words in json.loads(sys.argv[1]):
    with redirect_stdout(io.StringIO()) as out:
        status = main(words)
    told.append([status, json.loads(out.getvalue())])
print(json.dumps(told))
"""


def after(world, home):
    """Ask the ledger by the public command, start the run again, and verify the archive: one process."""
    status = ["status", "--json", "--home", str(home)]
    verify = ["archive", "verify", "mora", "--json", "--home", str(home)]
    commands = json.dumps([status, words(world, home)[3:], verify])
    done = subprocess.run(
        [sys.executable, "-c", ONE_AFTER_THE_OTHER, commands],
        capture_output=True, check=False, env=environment(),
    )  # fmt: skip
    assert done.returncode == 0, (home, done.stderr[-2000:])
    return json.loads(done.stdout)


def numbered(names):
    """Give each call by its name and its number among the calls of that name, as strace counts them."""
    seen = Counter()
    steps = []
    for name in names:
        seen[name] += 1
        steps.append((name, seen[name]))
    return steps


def spread(total):
    """First, last and evenly between: at least POINTS calls to be killed at."""
    return sorted({1, 2, total - 1, total, *(1 + number * (total - 1) // POINTS for number in range(POINTS))})


def test_a_killed_run_ends_in_the_same_bytes(strace, world, tmp_path):
    calm = tmp_path / "calm"
    log = tmp_path / "calm.strace"
    trace = [strace, "-f", "-qq", "-o", str(log), "-e", f"trace={CALLS}"]
    done = subprocess.run([*trace, *words(world, calm)], capture_output=True, check=True, env=environment())
    baseline = json.loads(done.stdout)
    first = log.read_text().split(None, 1)[0]
    calls = [line for line in log.read_text().splitlines() if line.split(None, 1)[0] == first and "(" in line]
    steps = numbered(re.split(r"[ (]+", line)[1] for line in calls)
    assert {"rename", "syncfs"} <= {name for name, _ in steps}
    assert {name for name, _ in steps} & {"fsync", "fdatasync"}
    packages, archived = tree(calm, "packages", "packages-protected"), contents(calm)
    assert packages
    assert archived

    def killed(point):
        name, number = point
        home = tmp_path / f"killed-{name}-{number}"
        inject = [strace, "-f", "-qq", "-o", os.devnull, "-e", f"trace={name}"]
        inject += ["-e", f"inject={name}:signal=KILL:when={number}"]
        struck = subprocess.run(
            [*inject, *words(world, home)], capture_output=True, check=False, env=environment()
        )
        assert struck.returncode != 0, point
        (_, known), (again, result), (verified, _) = after(world, home)
        ended = [entry["status"] for entry in known["deliveries"]] == ["complete"]
        assert again == 0, (point, result)
        same = {name: result[name] for name in COMPARED} == {name: baseline[name] for name in COMPARED}
        if (
            ended
        ):  # the kill came after the run had ended: what follows is a second run, and finds nothing new
            same = result["packages"] == 0 and result["streams"] == baseline["streams"]
            same = same and result["objects"]["unchanged"] == baseline["objects"]["archived"]
        outcome = (
            point,
            same,
            tree(home, "packages", "packages-protected") == packages,
            contents(home) == archived,
            verified,
            ended,
        )
        shutil.rmtree(home)
        return outcome

    points = [steps[at - 1] for at in spread(len(steps))]
    assert len(points) >= 20
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(killed, points))
    assert sum(1 for *_, ended in outcomes if ended) < len(outcomes) // 4
    assert [outcome for outcome in outcomes if outcome[1:-1] != (True, True, True, 0)] == []
