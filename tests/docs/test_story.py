"""The story in the docs, command by command, on the real schema of a case system."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tests.content import casedata_loader

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).resolve().parents[2]
STORY = ROOT / "docs" / "story.md"
BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "=== step"
FAULTS = (
    "update errand set case_type = 'NO_SUCH_TYPE' where id = 1000001",
    "update attachment set content = null where id = 1000002",
    "update errand set start_date = '2023-02-03', end_date = '2023-02-02' where id = 2000003",
)


def steps():
    """Each block of commands with the lines that its output must hold."""
    found = []
    for kind, text in BLOCK.findall(STORY.read_text(encoding="utf-8")):
        if kind == "sh":
            found.append((text, []))
        else:
            found[-1][1].extend(text.splitlines())
    return found


@pytest.fixture(scope="module")
def place(shared, tmp_path_factory):
    folder = tmp_path_factory.mktemp("story")
    for name in ("connectors", "mappings", "municipalities", "docs"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "sources").mkdir()
    database = folder / "sources" / "casedata.sqlite"
    casedata_loader.merge(database, shared / "data" / "casedata_mariadb")
    with closing(sqlite3.connect(database)) as connection, connection:
        for fault in FAULTS:
            connection.execute(fault)
    return folder


@pytest.fixture(scope="module")
def told(place):
    """What each step printed, standard error with it."""
    script = "set -euo pipefail\n" + "".join(
        f"echo '{MARK} {number}'\n{text}" for number, (text, _) in enumerate(steps())
    )
    bin_folder = Path(sys.executable).parent
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LEVERANS_")} | {
        "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "200",
    }
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=place,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
        check=False,
    )
    (place / "told.txt").write_text(done.stdout, encoding="utf-8")
    assert done.returncode == 0, done.stdout[-6000:]
    return re.split(rf"^{MARK} \d+\n", done.stdout, flags=re.MULTILINE)[1:]


def test_the_story_has_its_six_chapters():
    assert len(re.findall(r"^## \d\. ", STORY.read_text(encoding="utf-8"), re.MULTILINE)) == 6
    assert len(steps()) >= 10


@pytest.mark.parametrize("number", range(len(steps())))
def test_the_step_says_what_the_story_says(told, number):
    _, wanted = steps()[number]
    lines = told[number].splitlines()
    for line in wanted:
        shape = re.compile(".*".join(re.escape(part) for part in line.split("…")))
        assert any(shape.fullmatch(said.strip()) for said in lines), f"{line!r} is not in:\n{told[number]}"


def test_no_key_and_no_database_is_left_open(place, told):
    for path in place.rglob("keys/*"):
        if path.suffix in {".key", ".pem", ".age"}:
            assert path.stat().st_mode & 0o077 == 0, path
