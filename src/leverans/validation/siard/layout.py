"""The tree of a SIARD file: content, header, names (P_4.2)."""

import re
from collections.abc import Callable

from leverans.formats.entries import Container

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)?", re.ASCII)
_VERSION = "siardversion"
Report = Callable[..., None]


def check_layout(container: Container, report: Report) -> None:
    """Hold every entry against P_4.2-1, P_4.2-2, P_4.2-3 and P_4.2-6."""
    named: set[str] = set()
    for entry in container.entries():
        parts = entry.path.split("/")
        folder = entry.kind == "folder"
        _check_place(parts, entry.path, report, folder=folder)
        for step in parts[1:] if _VERSION not in parts else ():
            if len(named) < _MOST and step not in named and not _NAME.fullmatch(step):
                named.add(step)
                report("P_4.2-6", entry.path, value=step)


def _check_place(parts: list[str], path: str, report: Report, *, folder: bool) -> None:
    if parts[0] not in {"content", "header"} or (len(parts) == 1 and not folder):
        report("P_4.2-1", path)
    elif parts[0] == "content" and not folder:
        if len(parts) < _TABLE:
            report("P_4.2-2", path)
        elif len(parts) == _TABLE and parts[3] not in {f"{parts[2]}.xml", f"{parts[2]}.xsd"}:
            report("P_4.2-3", path)


_TABLE = 4
_MOST = 1_000
