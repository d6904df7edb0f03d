"""The archive: ingest into the store, the list of what is there, fixity, and getting a case back out.

::

    ingest(package, root=, package_sha256=, clock=, user=, progress=) -> IngestResult
    verify(root, progress=, objects=) -> VerifyReport
    list_objects(root) -> Iterator[Entry]
    find(root, reference_or_id) -> str
    get(root, reference_or_id, target, version=) -> Path
    write_catalogue(root) -> Path | None
"""

from leverans.archive.catalogue import find, list_objects, write_catalogue
from leverans.archive.dissemination import get
from leverans.archive.fixity import verify
from leverans.archive.ingest import ingest
from leverans.archive.result import Archived, Entry, IngestResult, Progress, VerifyReport

__all__ = [
    "Archived",
    "Entry",
    "IngestResult",
    "Progress",
    "VerifyReport",
    "find",
    "get",
    "ingest",
    "list_objects",
    "verify",
    "write_catalogue",
]
