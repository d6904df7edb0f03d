"""`send`: the municipality's side. Every step is found done or done again after a kill."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from pyrage.x25519 import Identity

from leverans.blobs import ContentStore, canonical_digest, commit, digest_file, sweep
from leverans.clock import Clock, iso
from leverans.errors import IntegrityError
from leverans.sources.carrying import packing, sealing
from leverans.sources.carrying.carrier import BLOB, CHUNK, PART, READY, REPLY, Carrier
from leverans.sources.carrying.messages import (
    Head,
    Listed,
    Malformed,
    Marker,
    Reply,
    read_reply,
    sending,
)
from leverans.sources.carrying.moving import TooLong, fetch_bytes, put, put_bytes
from leverans.sources.carrying.outbox import HEAD, Outbox, Sealed, acknowledged
from leverans.sources.carrying.packing import Member, line
from leverans.sources.contract import Progress, Silent
from leverans.sources.landing.folder import Landing


@dataclass(frozen=True, slots=True)
class Sent:
    """What a sending did.

    Attributes:
        landing: id of the landing.
        packs: packs in the sending.
        sent: packs that went over now.
        files: files in the sending: documents and files of the landing.
        bytes: their bytes.
        sent_bytes: sealed bytes that went over now.
        left_out: documents that the centre has acknowledged before and that were left out.
        received: the centre has acknowledged the landing.
        replies_ignored: replies in the drop that did not come from the centre.
    """

    landing: str
    packs: int
    sent: int
    files: int
    bytes: int
    sent_bytes: int
    left_out: int
    received: bool
    replies_ignored: int = 0


def send(
    landing: Landing,
    store: ContentStore,
    carrier: Carrier,
    *,
    state: Path,
    recipient: str,
    clock: Clock,
    bound: int = packing.PACK_BYTES,
    delta: bool = False,
    again: bool = False,
    progress: Progress | None = None,
) -> Sent:
    """Bring a landing and its documents to the drop, sealed, and mark it as complete at the end.

    The same call goes on where a killed one was. A landing that the centre has acknowledged is not sent.

    Args:
        landing: the landing; it is verified before anything is sealed.
        store: the content store the landing's documents are in.
        carrier: the drop.
        state: where sendings are remembered, one folder per landing.
        recipient: the centre's age recipient.
        clock: tells when it was sent, and makes the reply's token.
        bound: bytes in a pack.
        delta: leave out documents of earlier sendings that the centre has acknowledged.
        again: send it even if the centre has acknowledged it.
        progress: listens.

    Raises:
        IntegrityError: SRC130, SRC132 or SRC133: the landing or a document is not what was landed.
        ConfigurationError: CAR003, the recipient is none.
        LeveransError: whatever the carrier raises; what went over is used the next time.
        OSError: the disk takes no more.
    """
    outbox = Outbox(state / landing.id)
    sweep(outbox.folder)
    if again:
        outbox.forget(received=True)
    work = _Sending(
        landing=landing,
        store=store,
        carrier=carrier,
        outbox=outbox,
        recipient=recipient,
        clock=clock,
        progress=progress or Silent(),
    )
    return work.run(bound, delta=delta)


def replied(carrier: Carrier, name: str, folder: Path) -> str | None:
    """Say what the centre has replied to a sending of this host; None when there is no reply from the centre.

    Args:
        carrier: the drop.
        name: the sending.
        folder: what the sender remembers of it.
    """
    if not (folder / HEAD).is_file() or REPLY not in carrier.list(name):
        return None
    reply = _reply(carrier, name, Outbox(folder).head() or {})
    return None if reply is None else reply.state


def _reply(carrier: Carrier, name: str, head: dict[str, Any]) -> Reply | None:
    """Read the centre's reply; None for one that does not come from the centre."""
    try:
        sealed = fetch_bytes(carrier, f"{name}/{REPLY}")
        reply = read_reply(sealing.unseal_bytes(sealed, [Identity.from_str(head["reply"])]))
    except (TooLong, Malformed, sealing.Damaged, sealing.Foreign):
        return None
    return reply if reply.token == head["token"] else None


class _Sending:
    """One call of `send`."""

    def __init__(
        self,
        *,
        landing: Landing,
        store: ContentStore,
        carrier: Carrier,
        outbox: Outbox,
        recipient: str,
        clock: Clock,
        progress: Progress,
    ) -> None:
        self._landing = landing
        self._store = store
        self._carrier = carrier
        self._outbox = outbox
        self._recipient = recipient
        self._clock = clock
        self._progress = progress
        self._name = sending(landing.manifest.delivery, landing.id)
        self._sent = self._sent_bytes = self._ignored = 0
        self._whole = False

    def run(self, bound: int, *, delta: bool) -> Sent:
        if self._outbox.received() is None:
            self._hear()
        if self._outbox.received() is not None:
            self._tidy()
            return self._told(self._outbox.received() or {}, received=True)
        head = self._planned(bound, delta=delta and not self._whole)
        self._carrier.make(self._name)
        self._remove_strangers()
        self._send_packs(head)
        self._send_index(head)
        return self._told(head, received=False)

    def _told(self, head: dict[str, Any], *, received: bool) -> Sent:
        return Sent(
            landing=self._landing.id,
            packs=head["packs"],
            sent=self._sent,
            files=head["files"],
            bytes=head["bytes"],
            sent_bytes=self._sent_bytes,
            left_out=head["left_out"],
            received=received,
            replies_ignored=self._ignored,
        )

    def _planned(self, bound: int, *, delta: bool) -> dict[str, Any]:
        """Take the plan that is there, unless it is for another recipient or leaves out what is wanted."""
        known = self._outbox.head()
        if known is not None and known["recipient"] == self._recipient and not self._whole:
            return known
        damaged = self._landing.verify()
        if damaged:
            raise IntegrityError(damaged[0].code, damaged[0].where, **damaged[0].parameters)
        left = acknowledged(self._outbox.folder.parent) if delta else ()
        with packing.Documents(self._landing, self._outbox.folder / "sorting", left) as documents:
            head = {
                "recipient": self._recipient,
                "reply": str(Identity.generate()),
                "token": self._clock.token(32).hex(),
                "left_out": documents.left_out,
            }
            return self._outbox.plan(chain(documents, packing.files(self._landing)), head, bound)

    def _hear(self) -> None:
        """Read the centre's reply; one that does not come from the centre counts for nothing."""
        head = self._outbox.head()
        if head is None or REPLY not in self._carrier.list(self._name):
            return
        reply = _reply(self._carrier, self._name, head)
        if reply is None:
            self._ignored += 1
        elif reply.state == "received":
            note = {name: head[name] for name in ("packs", "files", "bytes", "left_out")}
            self._outbox.note_received({**note, "at": iso(self._clock.now())})
        else:
            self._renew(reply)

    def _renew(self, reply: Reply) -> None:
        """Forget what is wanted anew, then the request; it is sealed again as if it had never been."""
        for number, sealed in self._outbox.packs().items():
            if sealed.name in reply.packs:
                self._outbox.note_pack(number).unlink()
        self._whole = reply.whole
        if self._whole:
            self._outbox.forget()
        for name in (READY, *(name for name in reply.packs if BLOB.fullmatch(name)), REPLY):
            self._carrier.remove(f"{self._name}/{name}")

    def _tidy(self) -> None:
        """Take away what is left in the drop of a sending that the centre has."""
        for name in self._carrier.list(self._name):
            self._carrier.remove(f"{self._name}/{name}")
        self._carrier.remove(self._name)

    def _remove_strangers(self) -> None:
        """Remove what no note tells of: packs that were sealed anew, halves of them."""
        index = self._outbox.index() or {}
        known = {sealed.name for sealed in self._outbox.packs().values()} | {index.get("name"), READY, REPLY}
        there = self._carrier.list(self._name)
        strangers = [name for name in there if name.removesuffix(PART) not in known]
        if strangers and READY in there:  # the marker may speak of them
            strangers.insert(0, READY)
        for name in strangers:
            self._carrier.remove(f"{self._name}/{name}")

    def _send_packs(self, head: dict[str, Any]) -> None:
        there = self._carrier.list(self._name)
        sealed = self._outbox.packs()
        self._progress.stage(self._landing.id, head["packs"])
        for number, members in self._outbox.parts():
            known = sealed.get(number)
            entry = there.get(known.name) if known else None
            if known is None or entry is None or entry.size != known.size:
                if READY in there:  # the index behind the marker is about to be wrong
                    self._carrier.remove(f"{self._name}/{READY}")
                    del there[READY]
                self._bring(self._sealed(number, members, known))
                self._sent += 1
            self._progress.advance()

    def _sealed(self, number: int, members: list[Member], known: Sealed | None) -> Sealed:
        """Give the sealed pack, as it lies there from before or sealed now."""
        if known is not None and self._staged(known):
            return known
        return self._seal(self._pieces(members), self._outbox.note_pack(number))

    def _staged(self, known: Sealed) -> bool:
        path = self._outbox.staged(known)
        return path.is_file() and digest_file(path).sha256 == known.name

    def _seal(self, pieces: Iterator[bytes], note: Path) -> Sealed:
        with commit(self._outbox.folder) as group:
            scratch = group.scratch()
            made = Sealed(*sealing.seal(pieces, scratch, self._recipient))
            group.adopt(scratch, self._outbox.staged(made))
            group.seal(note).write_bytes(line({"name": made.name, "size": made.size}))
        return made

    def _bring(self, sealed: Sealed) -> None:
        path = self._outbox.staged(sealed)
        self._sent_bytes += put(self._carrier, f"{self._name}/{sealed.name}", path, sealed.size)
        path.unlink()

    def _pieces(self, members: list[Member]) -> Iterator[bytes]:
        """Give the bytes of a pack's files one after the other, each held against its digest."""
        for member in members:
            yield from self._bytes(member)

    def _bytes(self, member: Member) -> Iterator[bytes]:
        document = member.kind == "document"
        path = self._store.path(member.sha256) if document else self._landing.folder / member.path
        where = member.sha256 if document else f"{self._landing.id}/{member.path}"
        sha, size = hashlib.sha256(), 0
        try:
            with path.open("rb", buffering=0) as stream:
                while chunk := stream.read(CHUNK):
                    sha.update(chunk)
                    size += len(chunk)
                    yield chunk
        except FileNotFoundError:
            raise IntegrityError("SRC132" if document else "SRC130", where) from None
        if (sha.hexdigest(), size) != (member.sha256, member.size):
            raise IntegrityError("SRC133" if document else "SRC130", where)

    def _send_index(self, head: dict[str, Any]) -> None:
        """Bring the index and then the marker, unless both are there and are those of these packs."""
        packs = self._outbox.packs()
        of = canonical_digest([packs[number].name for number in sorted(packs)])
        note = self._outbox.index()
        current = note is not None and note["of"] == of
        if note is not None and current and self._stands(note):
            return
        self._carrier.remove(f"{self._name}/{READY}")
        index = Sealed(note["name"], note["size"]) if note is not None else None
        if index is None or not current or not self._staged(index):
            for name in (index.name, f"{index.name}{PART}") if index else ():
                self._carrier.remove(f"{self._name}/{name}")
            index = self._seal_index(head, packs, of)
        self._bring(index)
        at = iso(self._clock.now())
        marker = Marker(self._landing.manifest.delivery, self._landing.id, index.name, index.size, at)
        sealed = sealing.seal_bytes(marker.written(), self._recipient)
        with commit(self._outbox.folder) as group:
            marked = {"name": index.name, "size": index.size, "of": of, "marker": _digest(sealed)}
            group.file(self._outbox.folder / "index.json").write_bytes(line(marked))
        put_bytes(self._carrier, f"{self._name}/{READY}", sealed)

    def _stands(self, note: dict[str, Any]) -> bool:
        """Read marker and index back from the drop: they are small, and a damaged one stops the centre."""
        there = self._carrier.list(self._name)
        entry = there.get(note["name"])
        if READY not in there or entry is None or entry.size != note["size"]:
            return False
        sha = hashlib.sha256()
        with self._carrier.read(f"{self._name}/{note['name']}", 0) as chunks:
            for chunk in chunks:
                sha.update(chunk)
        if sha.hexdigest() != note["name"]:
            return False
        try:
            return _digest(fetch_bytes(self._carrier, f"{self._name}/{READY}")) == note.get("marker")
        except TooLong:
            return False

    def _seal_index(self, head: dict[str, Any], packs: dict[int, Sealed], of: str) -> Sealed:
        with commit(self._outbox.folder) as group:
            scratch = group.scratch()
            made = Sealed(*sealing.seal(self._index_lines(head, packs), scratch, self._recipient))
            group.adopt(scratch, self._outbox.staged(made))
            group.seal(self._outbox.folder / "index.json").write_bytes(
                line({"name": made.name, "size": made.size, "of": of})
            )
        return made

    def _index_lines(self, head: dict[str, Any], packs: dict[int, Sealed]) -> Iterator[bytes]:
        reply_to = str(Identity.from_str(head["reply"]).to_public())
        delivery = self._landing.manifest.delivery
        yield Head(delivery, self._landing.id, reply_to, head["token"], head["packs"]).written()
        for number, members in self._outbox.parts():
            sealed = packs[number]
            yield Listed(sealed.name, sealed.size, tuple(members)).written()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
