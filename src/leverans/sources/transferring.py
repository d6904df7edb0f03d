"""`transfer`: a landing goes from one host's folders to another's, by digest and counted."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pyarrow.compute as pc

from leverans.blobs import ContentStore, Group, commit, digest_file
from leverans.errors import IntegrityError
from leverans.sources.contract import Progress, Silent
from leverans.sources.landing.documents import GROUP_BYTES, GROUP_FILES
from leverans.sources.landing.folder import MANIFEST, Landing


@dataclass(frozen=True, slots=True)
class TransferResult:
    """What a transfer did.

    Attributes:
        files: files copied: those of the landing and documents.
        bytes: their bytes.
        already: files that were there.
    """

    files: int
    bytes: int
    already: int


def transfer(
    folder: Path,
    root: Path,
    source: ContentStore,
    target: ContentStore,
    progress: Progress | None = None,
    *,
    proven: Callable[[str], bool] | None = None,
) -> TransferResult:
    """Copy a landing and its documents; every byte is held against its digest on the way.

    What is there already is not copied again, so a transfer that was cut off goes on where it was. Where both
    stores are the same folder the documents are only looked for, with their size, unless `proven` is given.

    Args:
        folder: the landing to copy.
        root: where landings lie on this side; the copy is ``root/<landing id>``.
        source: the content store the landing's documents are in.
        target: the content store they go to.
        progress: listens.
        proven: says which digests were held against their bytes already; all other documents that are there
            are, now.

    Raises:
        IntegrityError: SRC130 the landing was changed, SRC132 or SRC133 documents (all of them are counted
            in `parameters`, the first is named), SRC134 counts that are not the manifest's. Sound documents
            were copied, the landing was not sealed.
        OSError: the disk takes no more.
    """
    landing = Landing.open(folder)
    damaged = landing.verify()
    if damaged:
        raise IntegrityError(damaged[0].code, damaged[0].where, **damaged[0].parameters)
    listener = progress or Silent()
    listener.stage(landing.id, landing.manifest.documents.landed)
    courier = _Courier(source, target, proven)
    _carry(landing, courier, listener)
    copied = _copy_landing(landing, root)
    return TransferResult(
        courier.files + copied.files, courier.bytes + copied.bytes, courier.already + copied.already
    )


class _Courier:
    """Brings documents over and counts them."""

    def __init__(
        self, source: ContentStore, target: ContentStore, proven: Callable[[str], bool] | None
    ) -> None:
        self._source = source
        self._target = target
        self._proven = proven
        self._same = os.path.realpath(source.root) == os.path.realpath(target.root)
        self.files = self.bytes = self.already = 0
        self.faults = 0
        self.first: tuple[str, str] = ("", "")

    def bring(self, documents: dict[str, int]) -> None:
        """Bring some documents (digest → size) in one commit."""
        missing = {digest: size for digest, size in documents.items() if not self._there(digest, size)}
        if not missing or self._same:
            for digest, size in missing.items():
                self._fault("SRC133" if self._target.has(digest) else "SRC132", digest, size)
            return
        with commit(self._target.root) as group:
            for digest, size in missing.items():
                self._copy(digest, size, group)

    def _there(self, digest: str, size: int) -> bool:
        path = self._target.path(digest)
        try:
            found = path.stat().st_size == size and (
                self._trusted(digest) or digest_file(path).sha256 == digest
            )
        except FileNotFoundError:
            return False
        self.already += found
        return found

    def _trusted(self, digest: str) -> bool:
        """Say whether the size is enough: just landed on one host, or digested in this work."""
        return self._same if self._proven is None else self._proven(digest)

    def _copy(self, digest: str, size: int, group: Group) -> None:
        staged = group.scratch()
        try:
            shutil.copyfile(self._source.path(digest), staged)
        except FileNotFoundError:
            self._fault("SRC132", digest, size)
            return
        if digest_file(staged).sha256 != digest:
            self._fault("SRC133", digest, size)
            return
        group.adopt(staged, self._target.path(digest))
        self.files += 1
        self.bytes += size

    def _fault(self, code: str, digest: str, _size: int) -> None:
        self.faults += 1
        self.first = self.first if self.first[0] else (code, digest)


def _carry(landing: Landing, courier: _Courier, progress: Progress) -> None:
    listed = landed = size = 0
    for part in _documents(landing):
        listed += len(part)
        known = [row for row in part if row[0] is not None]
        landed += len(known)
        size += sum(row[1] for row in known)
        courier.bring({str(digest): number for digest, number in known})
        progress.advance(len(known))
    if courier.faults:
        raise IntegrityError(courier.first[0], courier.first[1], count=courier.faults)
    totals = landing.manifest.documents
    if (listed, landed, size) != (totals.listed, totals.landed, totals.bytes):
        wanted = f"{totals.listed}, {totals.landed}, {totals.bytes} B"
        raise IntegrityError("SRC134", landing.id, found=f"{listed}, {landed}, {size} B", wanted=wanted)


def _documents(landing: Landing) -> Iterator[list[tuple[str | None, int]]]:
    """Give digest (None when not landed) and size of all documents in groups, each one commit."""
    part: list[tuple[str | None, int]] = []
    weight = 0
    for table in landing.documents():
        digests = pc.if_else(pc.equal(table["status"], "landed"), table["sha256"], None)
        for digest, size in zip(digests.to_pylist(), table["size"].to_pylist(), strict=True):
            part.append((digest, size))
            weight += size
            if len(part) >= GROUP_FILES or weight >= GROUP_BYTES:
                yield part
                part, weight = [], 0
    if part:
        yield part


def _copy_landing(landing: Landing, root: Path) -> TransferResult:
    target = root / landing.id
    names = [*landing.files(), MANIFEST]
    if (target / MANIFEST).is_file() and not Landing.open(target).verify():
        return TransferResult(0, 0, len(names))
    with ExitStack() as stack:
        group = stack.enter_context(commit(root))
        if target.exists():
            shutil.rmtree(target)
        staged = group.directory(target)
        (staged / "streams").mkdir()
        size = sum(_copy_file(landing.folder / name, staged / name) for name in names[:-1])
        size += _copy_file(landing.folder / MANIFEST, group.seal(target / MANIFEST))
        _verify_copy(landing, staged)
    return TransferResult(len(names), size, 0)


def _copy_file(source: Path, target: Path) -> int:
    shutil.copyfile(source, target)
    return target.stat().st_size


def _verify_copy(landing: Landing, staged: Path) -> None:
    copy = Landing(staged, landing.id, landing.manifest, landing.catalogues)
    damaged = copy.verify()
    if damaged:
        raise IntegrityError(damaged[0].code, damaged[0].where, **damaged[0].parameters)
