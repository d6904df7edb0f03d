"""eark-validator in an environment of its own, and what it says of packages."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
REQUIREMENTS, DRIVER = HERE / "eark-requirements.txt", HERE / "eark_driver.py"
VERSIONS = ("V2_0_4", "V2_1_0")  # the only ones it knows: none for 2.2


def python() -> Path | None:
    """Give the interpreter that has eark-validator, made when it is not there; None when no index answers."""
    mark = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()[:16]
    home = Path(tempfile.gettempdir()) / f"leverans-eark-{os.getuid()}-{mark}"
    interpreter = home / "bin/python"
    if not (home / "complete").exists():
        shutil.rmtree(home, ignore_errors=True)
        if not _install(home, interpreter):
            return None
        (home / "complete").touch()
    return interpreter


def _install(home: Path, interpreter: Path) -> bool:
    if uv := shutil.which("uv"):
        steps = (
            [uv, "venv", "-q", "--python", sys.executable, str(home)],
            [uv, "pip", "install", "-q", "--python", str(interpreter), "-r", str(REQUIREMENTS)],
        )
    else:
        steps = (
            [sys.executable, "-m", "venv", str(home)],
            [str(interpreter), "-m", "pip", "install", "-q", "--retries", "1", "-r", str(REQUIREMENTS)],
        )
    return all(subprocess.run(step, check=False, timeout=300).returncode == 0 for step in steps)


def judge(
    interpreter: Path, vocabularies: Path, packages: Iterable[Path], version: str = "V2_1_0"
) -> list[dict[str, Any]]:
    """Give for each package ``found`` (id → severity) or ``broke`` (name of the exception)."""
    command = [str(interpreter), "-I", str(DRIVER), version, str(vocabularies), *map(str, packages)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    for line in lines:
        if "found" in line:
            line["found"] = dict(line["found"])
    return lines
