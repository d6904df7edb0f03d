"""What rigs of files share."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

from leverans.testing.contract.declared import Declared
from leverans.testing.contract.source import Source
from leverans.testing.contract.verdicts import NotHere

HTML = b"<!DOCTYPE html>\n<html><head><title>404</title></head><body><h1>404 Not Found</h1></body></html>\n"
"""A page saved as data."""


def not_there(connector: Path, path: Path, content: bytes | None = None) -> Source:
    """Give a source that is not there, or something else in its place."""
    if content is not None:
        path.write_bytes(content)
    return Source(connector, path.name, path.parent)


def copied(declared: Declared, folder: Path) -> Path:
    """Copy the fixture of a connector; give where it lies now.

    Raises:
        NotHere: ``contract.yaml`` names no fixture, or it is not there.
    """
    if declared.fixture is None or not declared.fixture.exists():
        raise NotHere("needs fixture: in contract.yaml")
    target = folder / declared.fixture.name
    if declared.fixture.is_dir():
        shutil.copytree(declared.fixture, target)
    else:
        shutil.copyfile(declared.fixture, target)
    return target


def deny(path: Path) -> None:
    """Take every permission from a file, or from all files of a folder and the folder."""
    for one in [*(path.rglob("*") if path.is_dir() else ()), path]:
        if one.is_file():
            one.chmod(0)
    if path.is_dir():
        path.chmod(0)


def digest(content: bytes) -> str:
    """Give the SHA-256 of some bytes."""
    return hashlib.sha256(content).hexdigest()


def appender(path: Path, content: bytes) -> Callable[[], object]:
    """Give what appends some bytes to a file."""

    def append() -> None:
        with path.open("ab") as file:
            file.write(content)

    return append
