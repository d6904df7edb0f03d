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
from leverans.sources.carrying.proving import DAMAGED, Proven, kept_aside, set_aside
from leverans.sources.carrying.sendings import Complete, complete
from leverans.sources.carrying.unpacking import Mismatch, Splitter
from leverans.sources.contract import Progress, Silent
from leverans.sources.transferring import transfer

FINDINGS, EMPTYING, RECORD, STAGING = "findings.json", "emptying.json", "received.json", ".staging"
ASKED, INDEX, _PROVEN = "asked.json", "index.jsonl", "proven"
_STAYS = {RECORD, EMPTYING, DAMAGED}


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
        already: files of the sending that were here; each was read and held against its digest.
        fetched_bytes: sealed bytes that came over now.
        removed: files removed from the drop.
        replaced: documents here whose bytes were wrong and that came anew; the wrong bytes are kept.
    """

    landing: str
    packs: int = 0
    opened: int = 0
    files: int = 0
    bytes: int = 0
    already: int = 0
    fetched_bytes: int = 0
    removed: int = 0
    replaced: int = 0


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

    The same call goes on where a killed one was. Documents that are here are not fetched again, unless their
    bytes are not those of their digest: nothing is acknowledged that was not read and found right. A receipt
    that was killed after it had acknowledged the landing is finished, and told with the counts it noted then.

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
    for record in place.state.glob(f"*/{RECORD}"):
        if not (record.parent / ASKED).exists() and (
            found is None or found.marker.landing != record.parent.name
        ):
            _tidy(record.parent)
    listener = progress or Silent()
    if found is not None:
        return _Receipt(carrier, place, found, identities=identities, clock=clock, progress=listener).run()
    done = landing or next(iter(emptied), None)
    if done is not None and _whole(place, done, listener):
        return _finished(place.state / done, done, emptied.get(done))
    raise Outage("CAR020", carrier.place, delivery=delivery)


def _finished(folder: Path, landing: str, removed: int | None) -> Received:
    """Tell of a landing that is here: as it was noted, if the receipt was finished only now."""
    try:
        noted = json.loads((folder / RECORD).read_bytes())
    except FileNotFoundError:
        return Received(landing, removed=removed or 0)
    if removed is None:
        return Received(landing, packs=noted["packs"], already=noted["files"])
    return Received(**{name: noted[name] for name in Received.__slots__ if name in noted})


def _whole(place: Place, landing: str, progress: Progress) -> bool:
    """Say whether a landing and its documents are here, every byte of them read and found right."""
    try:
        transfer(
            place.landings / landing,
            place.landings,
            place.store,
            place.store,
            progress,
            proven=lambda _: False,
        )
    except IntegrityError:
        return False
    return True


def _tidy(folder: Path) -> None:
    """Clear away what lies in the state of an acknowledged landing: its rows are elsewhere and safe."""
    for left in folder.iterdir():
        if left.name not in _STAYS:
            shutil.rmtree(left) if left.is_dir() else left.unlink()


def _empty(carrier: Carrier, note: Path) -> int:
    """Clear away here, then remove from the drop what was noted.

    The marker goes first, so that nobody takes what is left for whole; the note last, so that a kill anywhere
    is made up for by the next call.
    """
    _tidy(note.parent)
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
        self._listed = {"files": 0, "bytes": 0}
        self._faults: list[Finding] = []
        self._bad: list[str] = []
        self._sound: set[str] = set()
        self._proven: Proven

    def run(self) -> Received:
        """Fetch and open what is missing, seal the landing, answer, and empty the drop."""
        self._incoming.mkdir(parents=True, exist_ok=True)
        index = fetch_index(self._carrier, self._found, self._folder, self._identities)
        self._counts["fetched_bytes"] += index.fetched
        for listed in index.packs():
            self._listed["files"] += len(listed.members)
            self._listed["bytes"] += sum(member.size for member in listed.members)
        if _whole(self._place, self._landing, self._progress):
            self._counts["already"] += self._listed["files"]
        else:
            with Proven(self._folder / _PROVEN) as self._proven:
                self._take(index)
        return self._close(index)

    def _take(self, index: Index) -> None:
        self._progress.stage(self._landing, index.head.packs)
        for listed in index.packs():
            self._pack(listed)
            self._progress.advance()
        self._judge(index)
        self._seal(index)

    def _pack(self, listed: Listed) -> None:
        missing = [member for member in listed.members if not self._there(member)]
        self._counts["already"] += len(listed.members) - len(missing)
        if not missing:
            (self._folder / listed.name).unlink(missing_ok=True)  # killed after its files were let in
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
                self._keep_wrong(targets)
        except sealing.Foreign:
            raise _Bad("CAR023") from None
        except sealing.Damaged:
            raise _Bad("CAR022", reason="age") from None
        except Mismatch as fault:
            raise _Bad("CAR024", reason=str(fault)) from None
        sealed.unlink()
        self._proven.add(member.sha256 for member in targets if member.kind == "document")
        self._counts["opened"] += 1
        self._counts["files"] += splitter.files
        self._counts["bytes"] += splitter.bytes

    def _keep_wrong(self, targets: Mapping[Member, Path]) -> None:
        """Set aside what lies in the store in the place of the documents that are about to come."""
        for member, path in targets.items():
            if member.kind == "document" and path.is_file():
                set_aside(path, member.sha256, digest_file(path).sha256, self._folder)

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
        """Say whether a file is here: its bytes, not only its size; each is read once in a call."""
        if member.path in self._sound or (member.kind == "document" and self._proven.knows(member.sha256)):
            return True
        path = self._path(member)
        try:
            right = path.stat().st_size == member.size and digest_file(path).sha256 == member.sha256
        except FileNotFoundError:
            return False
        if right and member.kind == "document":
            self._proven.add([member.sha256])
        elif right:
            self._sound.add(member.path)
        return right

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
            store, root = self._place.store, self._place.landings
            transfer(self._incoming, root, store, store, self._progress, proven=self._proven.knows)
        except IntegrityError as fault:
            if fault.code not in {"SRC132", "SRC133"}:
                shutil.rmtree(self._incoming)
                raise IntegrityError("CAR027", self._found.name) from fault
            self._answer(index, Reply(index.head.token, "wanted", whole=True))
            count = fault.parameters.get("count", 1)
            raise Outage("CAR028", self._found.name, count=count) from fault

    def _close(self, index: Index) -> Received:
        """Note it, answer, then empty the drop; in this order, each found done or done again after a kill."""
        replaced = kept_aside(self._folder)
        done = Received(self._landing, packs=index.head.packs, replaced=replaced, **self._counts)
        names = [READY, *sorted(name for name in self._found.entries if name not in {READY, REPLY})]
        with commit(self._folder) as group:
            note = {**asdict(done), **self._listed, "removed": len(names), "at": iso(self._clock.now())}
            group.file(self._folder / RECORD).write_bytes(line(note))
        self._answer(index, Reply(index.head.token, "received"))
        with commit(self._folder) as group:
            emptying = {"sending": self._found.name, "names": names}
            group.file(self._folder / EMPTYING).write_bytes(line(emptying))
        return replace(done, removed=_empty(self._carrier, self._folder / EMPTYING))

    def _answer(self, index: Index, reply: Reply) -> None:
        sealed = sealing.seal_bytes(reply.written(), index.head.reply_to)
        put_bytes(self._carrier, f"{self._found.name}/{REPLY}", sealed)
        if reply.state == "wanted":
            asked = {"packs": index.head.packs, "wanted": len(reply.packs), "whole": reply.whole}
            with commit(self._folder) as group:
                group.file(self._folder / ASKED).write_bytes(line({**self._listed, **asked}))


class _Bad(Exception):
    """A pack that cannot be received: a code and what fills its text."""

    def __init__(self, code: str, **parameters: str | int) -> None:
        self.code = code
        self.parameters = parameters
        super().__init__(code)
