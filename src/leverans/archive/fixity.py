"""Fixity: the whole root looked at, every file re-read, everything that is wrong named."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from leverans.archive.ingest import URN
from leverans.archive.result import Progress, VerifyReport
from leverans.contracts import Finding
from leverans.formats.ocfl import ObjectReport, Problem, survey, verify_object
from leverans.store import StorageRoot

ACCEPTED = frozenset({"W004"})
"""What our own roots do on purpose: SHA-256 instead of SHA-512, so that ``sha256sum`` alone verifies.

Any other warning is an error here: our writer gives no cause for one, so somebody else was at work.
"""

_OWN = {"E087": "ARC012"}
"""OCFL lets a validator pass over an unknown file in the root; in our root nobody may have put one."""


def verify(
    root: StorageRoot, progress: Progress | None = None, objects: Iterable[str] | None = None
) -> VerifyReport:
    """Check a storage root.

    Args:
        root: the root.
        progress: told of every object and the bytes read for it.
        objects: ids (a UUID or a URI) of the only objects to check; everything, the root's own files
            included, when None.

    Returns:
        The report; what could not be checked (ARC010, ARC011) makes it as little `valid` as what is wrong.
    """
    check = _Check(root, progress)
    if objects is None:
        check.everything()
    else:
        check.some(objects)
    return check.report()


class _Check:
    def __init__(self, root: StorageRoot, progress: Progress | None) -> None:
        self._root = root
        self._progress = progress
        self._findings: list[Finding] = []
        self._objects = 0
        self._files = 0
        self._bytes = 0

    def report(self) -> VerifyReport:
        return VerifyReport(self._objects, self._files, self._bytes, tuple(self._findings))

    def everything(self) -> None:
        try:
            for found in survey(self._root.path):
                if isinstance(found, Problem):
                    self._add(found, "")
                else:
                    self._object(found)
        except OSError as error:
            self._findings.append(Finding.of("ARC010", self._root.path.name, reason=type(error).__name__))

    def some(self, objects: Iterable[str]) -> None:
        for wanted in objects:
            own = wanted if ":" in wanted else f"{URN}{wanted}"
            folder = self._root.path_of(own)
            if folder.is_dir():
                self._object(folder)
            else:
                self._findings.append(Finding.of("ARC011", own))

    def _object(self, folder: Path) -> None:
        place = folder.relative_to(self._root.path).as_posix()
        try:
            report = verify_object(folder)
        except OSError as error:
            self._findings.append(Finding.of("ARC010", place, reason=type(error).__name__))
            return
        for problem in (*report.problems, *self._misplaced(report, place)):
            self._add(problem, place)
        self._findings += [Finding.of("ARC012", f"{place}/{path}") for path in report.unchecked]
        self._objects += 1
        self._files += report.files
        self._bytes += report.bytes
        if self._progress is not None:
            self._progress(1, report.bytes)

    def _misplaced(self, report: ObjectReport, place: str) -> Iterator[Problem]:
        if report.id and self._root.layout.relative(report.id) != place:
            yield Problem("E083", "", report.id)

    def _add(self, problem: Problem, place: str) -> None:
        if problem.code in ACCEPTED:
            return
        where = "/".join(part for part in (place, problem.where) if part)
        code = _OWN.get(problem.code, f"OCFL-{problem.code}")
        self._findings.append(Finding.of(code, where, severity="error", detail=problem.detail))
