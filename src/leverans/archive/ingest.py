"""Ingest: one package in, one OCFL object per case, and the package's own papers as evidence.

The object ``urn:uuid:<case id>`` holds in version n ``case.json`` and ``v<n>.zip``: the documents whose bytes
no earlier zip of the object has, the case's ERMS, and its source rows. Its state names every earlier zip that
is still referred to, so a late document adds its own bytes and nothing else. The object
``urn:uuid:<package id>`` holds METS, PREMIS, documentation and schemas of the package, and comes last.
"""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from leverans.archive import casefile, evidence
from leverans.archive.caseobject import CaseVersion
from leverans.archive.result import Archived, IngestResult, Progress
from leverans.archive.sip import Sip, SipCase
from leverans.blobs import digest_file
from leverans.clock import Clock
from leverans.errors import IntegrityError
from leverans.formats.ocfl import Malformed, ObjectInventory, read_content, read_inventory
from leverans.store import NewVersion, StorageRoot, Stored, User

URN = "urn:uuid:"


def ingest(
    package: Path,
    *,
    root: StorageRoot,
    package_sha256: str,
    clock: Clock,
    user: User,
    progress: Progress | None = None,
) -> IngestResult:
    """Take a package into a storage root; a second call with the same package writes nothing.

    Args:
        package: the package's zip.
        root: where to keep it.
        package_sha256: digest of the zip as its builder stated it; the bytes are held against it first.
        clock: gives the moment of the versions.
        user: who does it.
        progress: told of objects and bytes that have become durable.

    Raises:
        IntegrityError: ARC001 the zip is damaged, ARC002 its bytes are others than promised, ARC003 or ARC004
            something in it is broken or missing, ARC005 what is stored is damaged, ARC006 a document's bytes
            are not what METS states, ARC007 a version does not follow, ARC008 the version is there already
            with other content, STO010 an inventory is damaged. Cases of groups written before stay.
        OSError: the disk is full or cannot be read.
    """
    if digest_file(package).sha256 != package_sha256:
        raise IntegrityError("ARC002", package.name)
    with Sip(package) as sip:
        run = _Run(sip, root, package_sha256)
        root.put(run.versions(), clock, user, _teller(progress))
        return run.result()


def _teller(progress: Progress | None) -> Callable[[list[Stored]], None] | None:
    if progress is None:
        return None
    return lambda group: progress(len(group), sum(each.bytes for each in group))


class _Run:
    """One ingest: decides of each case whether it is new here, and keeps the account."""

    def __init__(self, sip: Sip, root: StorageRoot, package_sha256: str) -> None:
        self._sip = sip
        self._root = root
        self._sha256 = package_sha256
        self._message = f"package {sip.id}"
        self._seen: set[str] = set()
        self._objects: list[Archived] = []
        self._skipped: list[Archived] = []
        self._documents = 0
        self._bytes = 0

    def result(self) -> IngestResult:
        objects, skipped = tuple(self._objects), tuple(self._skipped)
        brought = {each.object_id: each.version for each in (*objects, *skipped)} | {self._sip.id: 1}
        inventories = {own: self._inventory(own, number) for own, number in sorted(brought.items())}
        return IngestResult(self._sip.id, objects, skipped, self._documents, self._bytes, inventories)

    def _inventory(self, own: str, number: int) -> str:
        """Give the digest of the inventory that a version brought, also where a newer one stands now."""
        return read_inventory(self._root.path_of(f"{URN}{own}") / f"v{number}").sha256

    def versions(self) -> Iterator[NewVersion]:
        for case in self._sip.cases():
            own = case.aggregation.id
            if own in self._seen:
                raise IntegrityError("ARC008", own, version=case.aggregation.version)
            self._seen.add(own)
            version = self._case(case)
            if version is not None:
                yield version
        if not self._evidence_is_there():
            write = partial(evidence.write, sip=self._sip, package_sha256=self._sha256, cases=len(self._seen))
            yield NewVersion(f"{URN}{self._sip.id}", 1, self._message, write)

    def _case(self, case: SipCase) -> NewVersion | None:
        own, number = case.aggregation.id, case.aggregation.version
        inventory = self._root.object(f"{URN}{own}")
        newest = inventory.number if inventory else 0
        if number > newest + 1:
            raise IntegrityError("ARC007", own, version=number, newest=newest)
        known = self._known(own, inventory, min(newest, number))
        version = CaseVersion(case, self._sip.members, casefile.places(known[: number - 1]))
        archived = Archived(own, number, case.aggregation.digest, version.documents, version.bytes)
        if number <= newest:
            self._same(case, known[-1])
            self._skipped.append(archived)
            return None
        self._objects.append(archived)
        self._documents += len(version.fresh)
        self._bytes += sum(document.stated.size for document in version.fresh)
        write = partial(version.write, package_id=self._sip.id, package_sha256=self._sha256)
        return NewVersion(f"{URN}{own}", number, self._message, write, version.keep)

    def _known(self, own: str, inventory: ObjectInventory | None, upto: int) -> list[dict[str, object]]:
        if inventory is None:
            return []
        folder = self._root.path_of(f"{URN}{own}")
        return [casefile.read(folder, inventory, number) for number in range(1, upto + 1)]

    def _same(self, case: SipCase, stored: dict[str, object]) -> None:
        """Hold a version that is there against the one in the package: it must have come with this one."""
        if stored.get("package") != {"id": self._sip.id, "sha256": self._sha256}:
            raise IntegrityError("ARC008", case.aggregation.id, version=case.aggregation.version)

    def _evidence_is_there(self) -> bool:
        own = f"{URN}{self._sip.id}"
        inventory = self._root.object(own)
        if inventory is None:
            return False
        try:
            plain = json.loads(read_content(self._root.path_of(own), inventory, evidence.NAME))
            same = plain["sha256"] == self._sha256
        except (Malformed, ValueError, KeyError, TypeError) as error:
            raise IntegrityError("ARC005", self._sip.id, reason=type(error).__name__) from error
        if not same:
            raise IntegrityError("ARC008", self._sip.id, version=1)
        return True
