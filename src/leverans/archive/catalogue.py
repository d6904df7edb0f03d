"""What is in a storage root: read from the root itself, and written beside it for people with plain tools."""

import heapq
import json
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import IO

from leverans.archive import casefile
from leverans.archive.result import Entry
from leverans.blobs import commit, sweep
from leverans.errors import IntegrityError, UsageError
from leverans.formats.ocfl import Malformed, read_inventory, walk
from leverans.store import StorageRoot

_RUN = 50_000
_URN = "urn:uuid:"

Line = tuple[str, str, int, str]


def list_objects(root: StorageRoot) -> Iterator[Entry]:
    """Yield every archived case in the order of the folders; the newest version of each.

    An object that cannot be read comes as an entry that is not `readable`; `verify` says what is wrong.

    Raises:
        OSError: the root cannot be read.
    """
    for folder in walk(root.path):
        place = folder.relative_to(root.path).as_posix()
        try:
            inventory = read_inventory(folder)
            if casefile.is_case(inventory):
                yield _entry(casefile.read(folder, inventory), place)
        except (Malformed, IntegrityError, KeyError, TypeError):
            yield Entry("", "", "", 0, "", 0, 0, place, readable=False)


def find(root: StorageRoot, wanted: str, *, none: str = "ARC020") -> str:
    """Give the object id of an archived case by its id or reference code.

    Args:
        root: where it is archived.
        wanted: object id, with or without ``urn:uuid:``, or reference code.
        none: the code when there is none.

    Raises:
        UsageError: `none`, or ARC021 there are several.
    """
    try:
        own = str(uuid.UUID(wanted.removeprefix(_URN)))
    except ValueError:
        own = ""
    if own and root.object(f"{_URN}{own}") is not None:
        return own
    found = sorted(one.id for one in list_objects(root) if one.readable and one.reference_code == wanted)
    if not found:
        raise UsageError(none)
    if len(found) > 1:
        raise UsageError("ARC021", ids=", ".join(found))
    return found[0]


def _entry(plain: dict[str, object], place: str) -> Entry:
    records = plain["records"]
    if not isinstance(records, list):
        raise TypeError(place)
    return Entry(
        reference_code=str(plain["reference_code"]),
        title=str(plain["title"]),
        id=str(plain["id"]),
        version=int(str(plain["version"])),
        access=str(plain["access"]),
        records=len(records),
        files=sum(len(record["files"]) for record in records),
        path=place,
    )


def catalogue_path(root: StorageRoot) -> Path:
    """Give where the catalogue of a root lies: beside it, since inside OCFL allows nothing of ours."""
    return root.path.with_name(f"{root.path.name}.catalogue.jsonl")


def write_catalogue(root: StorageRoot) -> Path | None:
    """Write ``<root>.catalogue.jsonl``: a line per case, sorted by reference code; made anew from the root.

    A line reads ``{"reference_code": …, "id": …, "version": …, "path": …}``, so that ``grep`` finds the
    folder of a case. For a protected root nothing is written, and None is the answer.

    Raises:
        OSError: the disk is full or the root cannot be read.
    """
    if root.protected:
        return None
    target = catalogue_path(root)
    lines = (
        (entry.reference_code, entry.id, entry.version, entry.path)
        for entry in list_objects(root)
        if entry.readable
    )
    staging = root.path.with_name(f"{root.path.name}.catalogue.staging")
    with root.writing():
        sweep(root.path.parent, staging=staging)
        with commit(root.path.parent, staging=staging) as group:
            _write_sorted(lines, group.file(target))
    return target


def _write_sorted(lines: Iterable[Line], path: Path) -> None:
    with ExitStack() as stack, path.open("w", encoding="utf-8") as stream:
        runs = [stack.enter_context(run) for run in _runs(lines, path.parent)]
        stream.writelines(map(_text, heapq.merge(*map(_read, runs))))


def _text(line: Line) -> str:
    plain = dict(zip(("reference_code", "id", "version", "path"), line, strict=True))
    return json.dumps(plain, ensure_ascii=False) + "\n"


def _runs(lines: Iterable[Line], folder: Path) -> Iterator[IO[str]]:
    """Sort in runs of bounded size, each spooled to a file without a name."""
    waiting = iter(lines)
    while run := sorted(islice(waiting, _RUN)):
        spool = tempfile.TemporaryFile("w+", encoding="utf-8", dir=folder)  # noqa: SIM115  # the caller closes
        spool.writelines(json.dumps(line) + "\n" for line in run)
        spool.seek(0)
        yield spool


def _read(run: IO[str]) -> Iterator[Line]:
    for text in run:
        code, own, version, path = json.loads(text)
        yield code, own, version, path
