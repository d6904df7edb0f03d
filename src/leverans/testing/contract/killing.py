"""The rule about frozen sources: a landing whose process is killed, begun again, is that of one read."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from leverans.blobs import ContentStore, LocalFilesystem, use
from leverans.errors import LeveransError
from leverans.sources import LandingResult, land
from leverans.sources.around import Around
from leverans.sources.contract import Batch, Connector, Document, ReadsOn
from leverans.testing.contract.rules import rule
from leverans.testing.contract.source import Source
from leverans.testing.contract.subject import Subject
from leverans.testing.contract.verdicts import Broken, NotApplicable, ensure

CUT = 2
"""After so many batches of the longest stream the process is killed; without rows, at the second document."""
_LONGEST = 120.0
"""Seconds that the killed landing may take to get there."""


@rule(
    "resume-frozen",
    "A frozen source whose landing is killed between batches gives the landing of one read: no row twice.",
)
def resume_frozen(subject: Subject) -> None:
    """Land; land in a process that is killed; land again where that one ended."""
    source = subject.sources.get("many")
    source = replace(source, access=replace(source.access, frozen=True))
    with TemporaryDirectory(prefix="leverans-contract-") as name:
        folder = Path(name)
        try:
            whole = _landed(subject.opened(source), folder / "whole")
        except LeveransError as fault:
            raise NotApplicable(
                f"{fault.code}: it cannot be landed at all, which other rules tell"
            ) from fault
        stream = _longest(subject, source)
        status = _killed(lambda: _landed(Cut(subject.opened(source), stream), folder / "again"))
        if status == 0:
            raise NotApplicable("it is landed before there is anything to cut off")
        ensure(status == -signal.SIGKILL, "the landing that was to be killed failed by itself")
        ensure(not list((folder / "again").glob("*/manifest.json")), "a landing that was killed is sealed")
        result = _landed(subject.opened(source), folder / "again")
        ensure(result.landing_id == whole.landing_id, "after the kill it is another landing")
        ensure(result.manifest.streams == whole.manifest.streams, "after the kill it has other rows")
        ensure(
            result.resumed or not _reads_on(subject, source, stream),
            "it can read on, and begins anew instead",
        )


class Unsynced(LocalFilesystem):
    """Syncs nothing: what a killed process has written is there; only a power cut would take it."""

    def sync(self, folder: Path) -> None:
        """Do nothing."""


class Cut(Around):
    """Kills its own process when more than `CUT` batches of a stream, or a second document, are asked for.

    Args:
        inner: the connector.
        stream: name of the stream, or an empty text where no stream has rows.
    """

    def __init__(self, inner: Connector, stream: str) -> None:
        super().__init__(inner)
        self._stream = stream
        self._opened = 0

    def read(self, stream: str) -> Iterator[Batch]:
        """Read, and be killed."""
        return self._cut(self.inner.read(stream), stream)

    def read_on(self, stream: str, rows: int) -> Iterator[Batch] | None:
        """Read on, and be killed."""
        if not isinstance(self.inner, ReadsOn):
            return None
        found = self.inner.read_on(stream, rows)
        return None if found is None else self._cut(found, stream)

    def open(self, document: Document) -> BinaryIO:
        """Open, and be killed."""
        self._opened += 1
        if self._opened > 1 and not self._stream:
            os.kill(os.getpid(), signal.SIGKILL)
        return self.inner.open(document)

    def _cut(self, batches: Iterator[Batch], stream: str) -> Iterator[Batch]:
        for number, batch in enumerate(batches, start=1):
            if stream == self._stream and number > CUT:
                os.kill(os.getpid(), signal.SIGKILL)
            yield batch


def _longest(subject: Subject, source: Source) -> str:
    """The stream of the most rows, or an empty text."""
    with subject.open(source) as connector:
        catalogue = connector.discover()
        tables = [
            one.name for one in connector.definition.streams if catalogue.stream(one.name).kind == "table"
        ]
        return max(tables, key=lambda name: connector.totals(name).rows, default="")


def _reads_on(subject: Subject, source: Source, stream: str) -> bool:
    """Rows that carry documents are not kept: they begin anew, whatever the connector can."""
    with subject.open(source) as connector:
        if not stream or connector.definition.stream(stream).documents or not isinstance(connector, ReadsOn):
            return False
        return connector.read_on(stream, 0) is not None


def _landed(connector: Connector, folder: Path) -> LandingResult:
    with use(Unsynced()), connector:
        return land("kommun/prov", [connector], root=folder / "landing", store=ContentStore(folder / "blobs"))


def _killed(work: Callable[[], object]) -> int:
    """Do `work` in a process of its own; give its exit code, 0 where nobody killed it.

    Raises:
        Broken: it does not end.
    """
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    end = time.monotonic() + _LONGEST
    while time.monotonic() < end:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    raise Broken("the landing that was to be killed does not end")
