"""No number of a living person stands in this repository, nor in the world that the demo makes."""

import subprocess
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import pytest
from tests.privacy.numbers import ALLOWED, allowed, bearers
from tests.privacy.planted import CANARIES
from tests.support.worlds import make_world

ROOT = Path(__file__).resolve().parents[2]
HASHES = ("requirements.txt", "requirements-dev.txt")


def strangers(texts):
    return {
        f"{name}: {number[:2]}…{number[-2:]}"
        for name, text in texts
        for number in bearers(text)
        if not allowed(number)
    }


def tracked():
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in done.stdout.decode().split("\0"):
        if name and name not in HASHES and (ROOT / name).is_file():
            yield name, (ROOT / name).read_bytes().decode("utf-8", "replace")


def test_every_number_in_the_repository_is_accounted_for():
    texts = dict(tracked())
    assert len(texts) > 500
    assert strangers(texts.items()) == set()


def test_every_allowed_number_is_needed():
    """What nobody uses any more is no longer allowed."""
    found = {number for _, text in tracked() for number in bearers(text)}
    assert {one for one in ALLOWED if not {one, one[-10:]} & found} == set()


def test_the_planted_keys_are_nobodys():
    assert list(bearers(" ".join(CANARIES.values()))) == []


@pytest.mark.parametrize("cases", [60])
def test_the_demo_world_holds_nobodys_number(tmp_path, cases):
    world = make_world(tmp_path, cases=cases, seed=11).path
    files = [path for path in sorted(world.rglob("*")) if path.is_file()]
    assert len(files) > cases
    texts = [(path.name, f"{path.name}\n{path.read_bytes().decode('utf-8', 'replace')}") for path in files]
    for path in files:
        if path.suffix == ".sqlite":
            with closing(connect(path)) as connection:
                texts.append((path.name, "\n".join(connection.iterdump())))
    assert strangers(texts) == set()


@pytest.mark.parametrize(
    "head", ["640823-324", "640823324", "19640823-324", "640883-322", "16212000-999", "212000-999"]
)
def test_a_number_that_somebody_may_bear_is_found(head):
    """One of the ten last digits is right; none of these stands whole in this file."""
    found = [digit for digit in "0123456789" if strangers([("x", f"pnr={head}{digit};")])]
    assert len(found) == 1


def test_a_reserve_number_is_found():
    assert strangers([("x", "20100301" + "-TF12")])


@pytest.mark.parametrize(
    "text", ["640823-3235", "19900231-4440", "a6408233234", "64082332345", "202611221551"]
)
def test_what_nobody_bears_is_let_be(text):
    assert list(bearers(text)) == []
