"""Lets a day be acted, and looks for canaries in what people, monitors or strangers may see of it."""

import html
import json
import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path
from urllib.parse import quote

from tests.privacy.planted import CANARIES, plant

ROOT = Path(__file__).resolve().parents[2]

_HOME = (
    r"(home|away|restored)/[^/]+/"
    r"((landing|outbox|blobs|mapped|(test-)?packages(-protected)?|(test-)?archive(-protected)?)/"
    r"|(test-)?archive\.catalogue\.jsonl$)"
)
_BACKUP = r"backup2?/[^/]+/(open|protected)/files/"
_CLEARED = r"clearance/.*\.csv$|(home|restored)/[^/]+/clearances/.*\.csv$"
HOLDS_RECORDS = re.compile(f"{_HOME}|{_BACKUP}|{_CLEARED}|(content|sources)/")
"""Where records are kept: the archive, working copies on the way to it, their backup; and the lists by which a
municipality erases them at the source."""


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


def seen(folder):
    """Every file that people, monitors or strangers may see."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not HOLDS_RECORDS.match(name):
            yield name, path


def acted(folder, acts, module, *words):
    """Act a day in a process of its own, with its output kept beside its work; every act must end."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("LEVERANS_", "PREFECT_"))
    } | plant(folder)
    environment |= {
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_LOGGING_LEVEL": "DEBUG",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
        "COLUMNS": "400",
    }
    done = subprocess.run(
        [sys.executable, "-m", module, *words, folder],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        timeout=600,
        check=False,
    )
    (folder / "stdout.txt").write_bytes(done.stdout)
    (folder / "stderr.txt").write_bytes(done.stderr)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    assert done.stdout.count(b"=== ") == acts, done.stdout.decode()[-3000:]
    return folder
