"""Nothing that a source holds about a person, and no secret, is seen outside landing, packages and archive."""

import html
import json
import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path
from urllib.parse import quote

import pytest
from pyarrow import parquet
from tests.privacy.planted import CANARIES, DELIVERY, plant

ROOT = Path(__file__).resolve().parents[2]
HOLDS_RECORDS = re.compile(
    r"home/[^/]+/(landing|outbox|blobs|mapped|(test-)?packages(-protected)?|(test-)?archive(-protected)?)/"
    r"|home/[^/]+/(test-)?archive\.catalogue\.jsonl$"
)
"""Where records are kept: the municipality's own archive and the working copies on the way to it."""

ACTS = 10


def forms(text):
    """Give the bytes that a text may hide as."""
    for plain in {text, unicodedata.normalize("NFD", text), text.upper(), repr(text)[1:-1]}:
        for written in {plain, json.dumps(plain)[1:-1], html.escape(plain), quote(plain)}:
            yield written.encode()
            yield written.encode("utf-16-le")


def hits(name, data):
    """Name what is seen; a finding's words are not one, the canaries are made up."""
    return [
        f"{kind} in {name}" for kind, text in CANARIES.items() if any(form in data for form in forms(text))
    ]


def acted(folder, by):
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("LEVERANS_", "PREFECT_"))
    } | plant(folder)
    environment |= {
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_LOGGING_LEVEL": "DEBUG",
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "400",
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.privacy.acting", by, folder],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        timeout=600,
        check=False,
    )
    (folder / "stdout.txt").write_bytes(done.stdout)
    (folder / "stderr.txt").write_bytes(done.stderr)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    assert done.stdout.count(b"=== ") == ACTS, done.stdout.decode()[-3000:]
    return folder


@pytest.fixture(scope="module", params=["command", "flow"])
def day(request, tmp_path_factory):
    return request.param, acted(tmp_path_factory.mktemp(request.param), request.param)


def seen(folder):
    """Every file that people, monitors or strangers may see."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if (
            path.is_file()
            and not HOLDS_RECORDS.search(name)
            and not name.startswith(("content/", "sources/"))
        ):
            yield name, path


def test_there_are_enough_canaries():
    assert len(CANARIES) >= 20
    assert len(set(CANARIES.values())) == len(CANARIES)


def test_each_canary_was_on_the_way(day):
    """A canary that never flew proves nothing: all but the secrets stand in the landing."""
    _, folder = day
    landed = [table(path) for path in sorted(folder.glob("home/*/landing/**/*.parquet"))]
    blobs = [path.read_bytes() for path in folder.glob("home/*/blobs/*/*")]
    records = b"".join([*landed, *blobs])
    flown = {kind for kind, text in CANARIES.items() if text.encode() in records}
    assert set(CANARIES) - flown == {"password", "token", "text in a line that cannot be read"}


def table(path):
    """Every text of a landed file; a control character is written as it is."""
    rows = parquet.read_table(path).to_pylist()
    return "\n".join(str(value) for row in rows for value in row.values()).encode()


def test_no_canary_is_seen(day):
    by, folder = day
    names = [name for name, _ in seen(folder)]
    assert any("/receipts/" in name for name in names)
    assert any(name.endswith("report.html") for name in names)
    assert by == "command" or any(name.startswith("prefect/") and name.endswith(".db") for name in names)
    assert [hit for name, path in seen(folder) for hit in hits(name, path.read_bytes() + name.encode())] == []


def test_the_runs_went_well_and_failed_as_meant(day):
    """The acts reached the places where errors are told."""
    by, folder = day
    told = ((folder / "stdout.txt").read_bytes() + (folder / "stderr.txt").read_bytes()).decode()
    assert "ValueError" in told
    assert ("RUN006" if by == "command" else "FLW001") in told
    assert "SRC" in told


@pytest.mark.parametrize("kind", CANARIES)
def test_a_canary_would_be_found(kind):
    said = f"… {CANARIES[kind]} …"
    assert f"{kind} in x" in hits("x", said.encode())
    assert f"{kind} in x" in hits("x", json.dumps({DELIVERY: said}).encode())
