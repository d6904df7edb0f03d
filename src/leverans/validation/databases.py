"""SIARD files: one that is judged alone, and those that lie in a package."""

import os
import tempfile
from functools import partial
from pathlib import Path
from posixpath import normpath

from leverans.errors import LeveransError
from leverans.formats.entries import Container, Entry, Survey
from leverans.formats.member import Bytes
from leverans.formats.zipreader import Zip
from leverans.validation.package import Package
from leverans.validation.siard import check_siard
from leverans.validation.siard.archive import METADATA
from leverans.validation.siard.model import Metadata
from leverans.validation.sink import Sink

SUFFIX = ".siard"
SPOOL_LIMIT = 2 << 30
_STEP = 1 << 20
_ZIP = b"PK"
_OTHERS = {b"7z\xbc\xaf\x27\x1c": "7z", b"\x1f\x8b": "gzip", b"Rar!": "rar"}


def is_siard(survey: Survey, path: Path) -> bool:
    """Tell whether what was opened is a SIARD file: by its name, or by what it holds."""
    if path.suffix.casefold() == SUFFIX:
        return True
    return METADATA in survey.index


def validate_siard(container: Container, survey: Survey, path: Path, sink: Sink) -> dict[str, int]:
    """Judge a SIARD file on its own; give the counts of the report."""
    if not isinstance(container, Zip):
        sink.report("G_4.1-1", path.name, value=type(container).__name__.lower())
    if path.suffix.casefold() != SUFFIX:
        sink.report("G_4.1-5", path.name)
    found = check_siard(container, survey, sink)
    return {"files": len(survey.index), "bytes": survey.bytes} | counts(found)


def counts(found: Metadata) -> dict[str, int]:
    """Give how many tables and rows a SIARD file says to hold."""
    return {"tables": len(found.tables), "rows": sum(max(0, table.rows) for table in found.tables)}


def form_of(head: bytes) -> str:
    """Name what a file is that should have been a zip."""
    return next((name for start, name in _OTHERS.items() if head.startswith(start)), "?")


class Databases:
    """The SIARD files of one package, judged as their entries come by."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self.seen: dict[str, list[tuple[str, Metadata]]] = {}

    def take(self, entry: Entry) -> None:
        """Judge an entry when it is a SIARD file."""
        if not entry.path.casefold().endswith(SUFFIX) or entry.flags:
            return
        sink = self._package.sink
        before = sink.counts["errors"]
        found = Metadata()
        try:
            source = self._source(entry)
            if source is not None:
                found = self._judge(entry, source)
        except LeveransError as fault:
            reason = str(fault.parameters.get("reason", ""))
            sink.report(fault.code, f"{entry.path}!/", reason=reason)
        except OSError as fault:
            sink.report("VAL003", entry.path, reason=fault.strerror or type(fault).__name__)
        if sink.counts["errors"] > before:
            sink.report("SIARD_17", entry.path)
        parts = entry.path.split("/")
        if len(parts) > 2:
            self.seen.setdefault(parts[1], []).append((entry.path, found))
        for name, number in counts(found).items():
            self._package.count(name, number)

    def _source(self, entry: Entry) -> Bytes | None:
        """Give its bytes by offset; a compressed one is unpacked into an unnamed file."""
        source = self._package.container.window(entry)
        if source is not None:
            return source
        if entry.size > SPOOL_LIMIT:
            self._package.sink.report("SRD011", entry.path)
            return None
        with tempfile.TemporaryFile() as spool:
            with self._package.container.open(entry) as stream:
                while chunk := stream.read(_STEP):
                    spool.write(chunk)
            spool.flush()
            return Bytes(os.dup(spool.fileno()))

    def _judge(self, entry: Entry, source: Bytes) -> Metadata:
        sink = self._package.sink
        head = source.read_at(0, 8)
        if not head.startswith(_ZIP):
            source.close()
            sink.report("G_4.1-1", entry.path, value=form_of(head))
            return Metadata()
        with Zip(Path(entry.path.rpartition("/")[2]), source) as inner:
            prefix = f"{entry.path}!/"
            return check_siard(
                inner, inner.survey(), sink, prefix=prefix, outside=partial(self._beside, entry.path)
            )

    def _beside(self, siard: str, href: str) -> bool:
        """Tell whether a file that a cell names relative to the SIARD file is in the package."""
        whole = normpath(f"{siard}/{href}")
        near = normpath(f"{siard.rpartition('/')[0]}/{href}")
        index = self._package.inventory.index
        return whole in index or near in index
