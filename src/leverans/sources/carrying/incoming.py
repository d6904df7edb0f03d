"""`receive`: the centre's side. Nothing is used before its digest is seen or removed before it is safe."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pyrage.x25519 import Identity

from leverans.blobs import ContentStore, commit, digest_file, sweep
from leverans.clock import Clock, iso
from leverans.contracts import Finding, to_json
from leverans.errors import IntegrityError, Outage
from leverans.sources.carrying import sealing
from leverans.sources.carrying.carrier import READY, REPLY, Carrier
from leverans.sources.carrying.index import Index, fetch_index
from leverans.sources.carrying.messages import Listed, Reply
from leverans.sources.carrying.moving import fetch, put_bytes
from leverans.sources.carrying.packing import Member, line
from leverans.sources.carrying.sendings import Complete, complete
from leverans.sources.carrying.unpacking import Mismatch, Splitter
from leverans.sources.contract import Progress, Silent
from leverans.sources.transferring import transfer

FINDINGS, EMPTYING, RECORD, STAGING = "findings.json", "emptying.json", "received.json", ".staging"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a delivery's landings arrive at the centre.

    Attributes:
        state: what the receiver remembers, one folder per landing; on the file system of the store.
        landings: where landings lie.
        store: the content store.
    """

    state: Path
    landings: Path
    store: ContentStore


@dataclass(frozen=True, slots=True)
class Received:
    """What a receipt did.

    Attributes:
        landing: id of the landing.
        packs: packs in the sending.
        opened: packs that were fetched and opened now.
        files: files that came now: documents and files of the landing.
        bytes: their bytes.
        already: files of the sending that were here.
        fetched_bytes: sealed bytes that came over now.
        removed: files removed from the drop.
    """

    landing: str
    packs: int = 0
    opened: int = 0
    files: int = 0
    bytes: int = 0
    already: int = 0
    fetched_bytes: int = 0
    removed: int = 0


def receive(
    carrier: Carrier,
    place: Place,
    *,
    delivery: str,
    identities: Sequence[Identity],
    clock: Clock,
    landing: str | None = None,
    progress: Progress | None = None,
) -> Received:
    """Take a complete sending from the drop, verify it, and empty the drop when the landing is safe here.

    The same call goes on where a killed one was. Documents that are here are not fetched again.

    Args:
        carrier: the drop.
        place: where landings arrive.
        delivery: ``municipality/delivery``.
        identities: the centre's keys, in any order.
        clock: tells when it was received.
        landing: id of the landing wanted; the oldest complete sending of the delivery when None.
        progress: listens.

    Raises:
        Outage: CAR020 nothing complete waits, CAR028 documents that were left out are not here (the whole
            landing was asked for), or the carrier's own.
        IntegrityError: CAR022 to CAR027, CAR029: nothing wrong came in, the good packs are kept, and the bad
            ones are asked for anew.
        OSError: the disk takes no more.
    """
    place.state.mkdir(parents=True, exist_ok=True)
    place.state.chmod(0o700)
    sweep(place.state)
    emptied = {note.parent.name: _empty(carrier, note) for note in sorted(place.state.glob(f"*/{EMPTYING}"))}
    found = complete(carrier, delivery, identities, landing)
    if found is not None:
        return _Receipt(
            carrier, place, found, identities=identities, clock=clock, progress=progress or Silent()
        ).run()
    done = landing or next(iter(emptied), None)
    if done is not None and _whole(place, done):
        return Received(done, removed=emptied.get(done, 0))
    raise Outage("CAR020", carrier.place, delivery=delivery)


def _whole(place: Place, landing: str) -> bool:
    """Say whether a landing and its documents are here, verified."""
    try:
        transfer(place.landings / landing, place.landings, place.store, place.store)
    except IntegrityError:
        return False
    return True


def _empty(carrier: Carrier, note: Path) -> int:
    """Remove from the drop what was noted: the marker first, so that nobody takes what is left for whole."""
    noted = json.loads(note.read_bytes())
    for name in noted["names"]:
        carrier.remove(f"{noted['sending']}/{name}")
    note.unlink()
    return len(noted["names"])


class _Receipt:
    """One call of `receive` for one sending."""

    def __init__(
        self,
        carrier: Carrier,
        place: Place,
        found: Complete,
        *,
        identities: Sequence[Identity],
        clock: Clock,
        progress: Progress,
    ) -> None:
        self._carrier = carrier
        self._place = place
        self._found = found
        self._identities = identities
        self._clock = clock
        self._progress = progress
        self._landing = found.marker.landing
        self._folder = place.state / self._landing
        self._incoming = self._folder / "incoming" / self._landing
        self._counts = dict.fromkeys(("opened", "files", "bytes", "already", "fetched_bytes"), 0)
        self._faults: list[Finding] = []
        self._bad: list[str] = []
        self._sound: set[str] = set()

    def run(self) -> Received:
        """Fetch and open what is missing, seal the landing, answer, and empty the drop."""
        self._incoming.mkdir(parents=True, exist_ok=True)
        index = fetch_index(self._carrier, self._found, self._folder, self._identities)
        self._counts["fetched_bytes"] += index.fetched
        self._progress.stage(self._landing, index.head.packs)
        if _whole(self._place, self._landing):
            self._counts["already"] += sum(len(listed.members) for listed in index.packs())
        else:
            for listed in index.packs():
                self._pack(listed)
                self._progress.advance()
            self._judge(index)
            self._seal(index)
        return self._close(index)

    def _pack(self, listed: Listed) -> None:
        missing = [member for member in listed.members if not self._there(member)]
        self._counts["already"] += len(listed.members) - len(missing)
        if not missing:
            return
        try:
            self._open(listed, {member: self._path(member) for member in missing})
        except _Bad as fault:
            self._bad.append(listed.name)
            where = f"{self._found.name}/{listed.name}"
            self._faults.append(Finding(fault.code, where, fault.parameters, "critical"))

    def _open(self, listed: Listed, targets: Mapping[Member, Path]) -> None:
        """Fetch a pack, open it, and let the files in that are not here: all of them or none.

        Raises:
            _Bad: it is missing, damaged, foreign, or not what the index says.
        """
        sealed = self._folder / listed.name
        try:
            self._fetch(listed, sealed)
            with commit(self._place.store.root, staging=self._place.state / STAGING) as group:
                splitter = Splitter(listed.members, group, targets.get)
                with sealed.open("rb") as data, splitter:
                    sealing.unseal(data, splitter, self._identities)
                    splitter.end()
        except sealing.Foreign:
            raise _Bad("CAR023") from None
        except sealing.Damaged:
            raise _Bad("CAR022", reason="age") from None
        except Mismatch as fault:
            raise _Bad("CAR024", reason=str(fault)) from None
        sealed.unlink()
        self._counts["opened"] += 1
        self._counts["files"] += splitter.files
        self._counts["bytes"] += splitter.bytes

    def _fetch(self, listed: Listed, sealed: Path) -> None:
        entry = self._found.entries.get(listed.name)
        if entry is None:
            raise _Bad("CAR021")
        if entry.size != listed.size:
            raise _Bad("CAR022", reason=f"{entry.size} B / {listed.size} B")
        for _ in range(2):  # what was damaged on the way to here is fetched once more
            came = fetch(self._carrier, f"{self._found.name}/{listed.name}", sealed, listed.size)
            self._counts["fetched_bytes"] += came
            if digest_file(sealed).sha256 == listed.name:
                return
            sealed.unlink()
        raise _Bad("CAR022", reason="sha256")

    def _there(self, member: Member) -> bool:
        """Say whether a file is here; what was let in was held against its digest then."""
        path = self._path(member)
        try:
            same = path.stat().st_size == member.size
        except FileNotFoundError:
            return False
        if not same or member.kind == "document" or member.path in self._sound:
            return same
        if digest_file(path).sha256 == member.sha256:
            self._sound.add(member.path)
        return member.path in self._sound

    def _path(self, member: Member) -> Path:
        if member.kind == "document":
            return self._place.store.path(member.sha256)
        return self._incoming / member.path

    def _judge(self, index: Index) -> None:
        """Ask anew for what was bad; the rest is kept.

        Raises:
            IntegrityError: the one fault, or CAR029 for several.
        """
        if not self._faults:
            return
        with commit(self._folder) as group:
            group.file(self._folder / FINDINGS).write_text(to_json(self._faults), encoding="utf-8")
        self._answer(index, Reply(index.head.token, "wanted", tuple(self._bad)))
        first = self._faults[0]
        if len(self._faults) == 1:
            raise IntegrityError(first.code, first.where, **first.parameters)
        raise IntegrityError(
            "CAR029", first.where, count=len(self._faults), total=index.head.packs, first=first.code
        )

    def _seal(self, index: Index) -> None:
        """Hold landing and documents to the manifest and bring the landing to its place.

        Raises:
            IntegrityError: CAR027, the files are not those of the manifest.
            Outage: CAR028, documents were left out that are not here; the whole landing was asked for.
        """
        try:
            transfer(self._incoming, self._place.landings, self._place.store, self._place.store)
        except IntegrityError as fault:
            if fault.code not in {"SRC132", "SRC133"}:
                shutil.rmtree(self._incoming)
                raise IntegrityError("CAR027", self._found.name) from fault
            self._answer(index, Reply(index.head.token, "wanted", whole=True))
            count = fault.parameters.get("count", 1)
            raise Outage("CAR028", self._found.name, count=count) from fault

    def _close(self, index: Index) -> Received:
        """Note it, answer, then empty the drop; in this order, each found done or done again after a kill."""
        done = Received(self._landing, packs=index.head.packs, **self._counts)
        names = [READY, *sorted(name for name in self._found.entries if name not in {READY, REPLY})]
        with commit(self._folder) as group:
            note = {**asdict(done), "removed": len(names), "at": iso(self._clock.now())}
            group.file(self._folder / RECORD).write_bytes(line(note))
        self._answer(index, Reply(index.head.token, "received"))
        with commit(self._folder) as group:
            emptying = {"sending": self._found.name, "names": names}
            group.file(self._folder / EMPTYING).write_bytes(line(emptying))
        removed = _empty(self._carrier, self._folder / EMPTYING)
        for left in self._folder.iterdir():
            if left.name != RECORD:
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        return replace(done, removed=removed)

    def _answer(self, index: Index, reply: Reply) -> None:
        sealed = sealing.seal_bytes(reply.written(), index.head.reply_to)
        put_bytes(self._carrier, f"{self._found.name}/{REPLY}", sealed)


class _Bad(Exception):
    """A pack that cannot be received: a code and what fills its text."""

    def __init__(self, code: str, **parameters: str | int) -> None:
        self.code = code
        self.parameters = parameters
        super().__init__(code)
