"""A demo world, delivered once by the public command; and hands to deliver others."""

import contextlib
import io
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from leverans.cli import main

ROOT = Path(__file__).resolve().parents[2]
AT = "2026-06-30T12:00:00Z"


def leverans(*words):
    """Run the command in this process; give exit status and the JSON it printed."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main([str(word) for word in words])
    text = out.getvalue()
    return status, json.loads(text) if text.lstrip().startswith(("{", "[")) else text + err.getvalue()


@dataclass
class World:
    """A world with its content root, a work root, and the truth about it."""

    path: Path
    home: Path

    @property
    def truth(self):
        return json.loads((self.path / "truth.json").read_text(encoding="utf-8"))

    def run(self, *words, delivery="mora/alkt"):
        return self.ask("run", delivery, *words)

    def ask(self, *words):
        return leverans(*words, "--json", "--content", self.path, "--home", self.home)

    def packages(self, route="packages"):
        return sorted((self.home / "mora" / route).rglob("*.zip"))

    def copy(self, target):
        shutil.copytree(self.path, target / "world", symlinks=True)
        shutil.copytree(self.home, target / "home", symlinks=True)
        return World(target / "world", target / "home")


def make_world(folder, *, cases, seed):
    status, _ = leverans(
        "demo", "build", folder / "world", "--cases", cases, "--seed", seed, "--json", "--content", ROOT
    )
    assert status == 0
    return World(folder / "world", folder / "home")


@pytest.fixture(scope="session")
def delivered(tmp_path_factory):
    """A world of 120 cases, delivered; tests that change it work on a copy."""
    world = make_world(tmp_path_factory.mktemp("delivered"), cases=120, seed=7)
    status, result = world.run("--at", AT)
    assert status == 0, result
    world.result = result
    return world


@pytest.fixture
def fresh(tmp_path):
    """A small world that nothing was done with yet."""
    return make_world(tmp_path, cases=60, seed=5)
