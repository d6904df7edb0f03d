"""The centre signs what the audit log becomes, before it becomes so: nothing lies in it unsigned.

The signature lies in ``.heads.next`` before the transaction that appends is committed, and goes into
``heads.jsonl`` afterwards. A process that is killed in between leaves either an entry whose signature lies
ready, or a signature that the log does not lead to and that is written over. What somebody else wrote into
the log has no signature: nothing is signed on top of it until a person has answered for it.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import BinaryIO

from leverans.blobs import commit
from leverans.clock import Clock
from leverans.delivery.heads import SignedHead, head_body, heads_path, keyring, next_path
from leverans.delivery.lock import patient
from leverans.delivery.traces import refuse_lost
from leverans.errors import IntegrityError
from leverans.ledger import Head, Ledger
from leverans.ledger.audit import ACCEPTED, root_at
from leverans.settings import MunicipalityHome, Settings
from leverans.trust import CENTRE, Trust, canonical
from leverans.trust.merkle import Tree

_LOCK = ".heads"


class Witness:
    """Signs every head of one municipality's audit log; `leverans.ledger.Ledger.open` is given it.

    Args:
        settings: the installation's roots.
        municipality: its name.
        clock: time of the signatures.
        accepting: a person answers for the entries that nobody signed.
    """

    def __init__(
        self, settings: Settings, municipality: str, clock: Clock, *, accepting: bool = False
    ) -> None:
        self._settings, self._municipality, self._clock = settings, municipality, clock
        self._home = settings.municipality(municipality)
        self._accepting = accepting
        self._tree = Tree()

    def __call__(self, leaves: Sequence[bytes], before: int) -> Callable[[], None]:
        """Sign what the log becomes; called with the ledger's write lock held.

        Raises:
            IntegrityError: AUD003, AUD004, AUD018, what was there before is not what was signed.
        """
        with self._alone():
            self._hold(leaves[:before])
            line = canonical(self._signed(leaves).plain()) + b"\n"
            self._lay(line)
        return partial(self._publish, line)

    def hold(self, ledger: Ledger) -> None:
        """Refuse a log that is not exactly what was signed.

        Raises:
            IntegrityError: AUD003, AUD004, AUD018.
        """
        with self._alone():
            self._hold(ledger.audit.leaves())

    def sign(self, ledger: Ledger) -> SignedHead:
        """Sign the present head once more, now.

        Raises:
            IntegrityError: AUD003, AUD004, AUD018.
        """
        with self._alone():
            leaves = ledger.audit.leaves()
            self._hold(leaves)
            signed = self._signed(leaves)
            self._add(canonical(signed.plain()) + b"\n")
        return signed

    def ready(self, ledger: Ledger) -> None:
        """Lay the signature of another file's log ready, which is about to take the present one's place."""
        with self._alone():
            line = canonical(self._signed(ledger.audit.leaves()).plain()) + b"\n"
            self._lay(line)

    def newest(self) -> Head | None:
        """Give the newest head that the centre signed; None when there is none."""
        return self._newest(self._trust())

    def _newest(self, trust: Trust) -> Head | None:
        path = heads_path(self._home)
        lines = path.read_bytes().splitlines(keepends=True) if path.is_file() else []
        return next(filter(None, (self._believed(line, trust) for line in reversed(lines))), None)

    def _hold(self, leaves: Sequence[bytes]) -> None:
        """Hold the log to the newest head; what a killed process left ready is put in its place first."""
        trust, present = self._trust(), self._head(leaves)
        newest, size = self._newest(trust), present.size
        if newest != present:
            newest = self._awaited(present, trust) or newest
        if newest == present or (newest is None and size <= 1):
            return
        if newest is not None and newest.size > size:
            raise IntegrityError("AUD004", self._municipality, size=newest.size, found=size)
        if newest is not None and root_at(leaves, newest.size) != newest.root:
            raise IntegrityError("AUD003", self._municipality, size=newest.size)
        known = newest.size if newest else 0
        if not self._accepting:
            raise IntegrityError("AUD018", self._municipality, count=size - known, first=known)

    def _awaited(self, present: Head, trust: Trust) -> Head | None:
        """Put the signature that lies ready in its place, if it is the present head's."""
        waiting = next_path(self._home)
        line = waiting.read_bytes() if waiting.is_file() else b""
        ready = self._believed(line, trust) if line else None
        if ready != present:
            return None
        self._add(line)
        return ready

    def _head(self, leaves: Sequence[bytes]) -> Head:
        return Head(len(leaves), self._tree.follow(leaves).hex())

    def _signed(self, leaves: Sequence[bytes]) -> SignedHead:
        head = self._head(leaves)
        signer = keyring(self._settings, CENTRE, self._clock).signer(create=True)
        return SignedHead(self._municipality, head, signer.sign("head", head_body(self._municipality, head)))

    def _trust(self) -> Trust:
        ring = keyring(self._settings, CENTRE, self._clock)
        return Trust(ring.history()) if ring.exists else Trust()

    def _believed(self, line: bytes, trust: Trust) -> Head | None:
        """Give the head of a line that a key of the centre signed, whether it may still sign today or not."""
        try:
            signed = SignedHead.read(line, "")
            signed.verify(trust)
        except IntegrityError as fault:
            if fault.code != "SIG007":
                return None
        return signed.head if signed.municipality == self._municipality else None

    def _publish(self, line: bytes) -> None:
        """Put a signature in its place, unless the next writer has done so."""
        waiting = next_path(self._home)
        with self._alone():
            if waiting.is_file() and waiting.read_bytes() == line:
                self._add(line)
                waiting.unlink()

    def _add(self, line: bytes) -> None:
        """Add a line at the end of ``heads.jsonl``; the file itself is made in a commit."""
        path = heads_path(self._home)
        if not path.is_file():
            with commit(path.parent) as group:
                group.file(path).write_bytes(line)
            return
        with path.open("r+b") as file:
            known = file.read()
            torn = known[known.rfind(b"\n") + 1 :]
            file.seek(-len(torn) if line.startswith(torn) else 0, os.SEEK_END)
            _durable(file, line if line.startswith(torn) else b"\n" + line)

    def _lay(self, line: bytes) -> None:
        """Lay a signature ready, in place: what lay there is in ``heads.jsonl`` or of no worth."""
        path = next_path(self._home)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            _durable(file, line)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with patient(self._home.lock(_LOCK)):
            yield


def _durable(file: BinaryIO, data: bytes) -> None:
    """Write to the disk in one piece; a name that lies in a folder already needs no commit."""
    file.write(data)
    file.flush()
    os.fsync(file.fileno())


@contextmanager
def witnessed(settings: Settings, municipality: str, clock: Clock) -> Iterator[Ledger]:
    """Open a municipality's ledger to write to: whatever is appended to its audit log is signed with it.

    Raises:
        IntegrityError: AUD003, AUD004, AUD018, the log is not exactly what was signed; OPR070, the ledger
            is lost.
        LeveransError: as `leverans.ledger.Ledger.open`.
    """
    home, witness = settings.municipality(municipality), Witness(settings, municipality, clock)
    with ExitStack() as stack:
        try:
            ledger = stack.enter_context(Ledger.open(home.ledger, municipality, clock, witness=witness))
            witness.hold(ledger)
        except IntegrityError as fault:
            if fault.code == "AUD004":
                _refuse_empty(home, municipality, clock)
            raise
        yield ledger


def _refuse_empty(home: MunicipalityHome, municipality: str, clock: Clock) -> None:
    """Say that the ledger is lost, where that is why the log is shorter than it was."""
    with Ledger.look(home.ledger, clock) as ledger:
        refuse_lost(home, municipality, ledger)


def accept(settings: Settings, municipality: str, clock: Clock, *, by: str, reason: str) -> SignedHead:
    """Let a person answer for the entries that nobody signed; that is an entry itself.

    Nothing is written when there are none.

    Args:
        settings: the installation's roots.
        municipality: whose log.
        clock: real time.
        by: the person.
        reason: why they are right.

    Raises:
        IntegrityError: AUD003, AUD004, the log does not lead to what was signed: nobody can answer for that.
    """
    witness = Witness(settings, municipality, clock, accepting=True)
    path = settings.municipality(municipality).ledger
    with Ledger.open(path, municipality, clock, witness=witness) as ledger:
        witness.hold(ledger)
        newest, size = witness.newest(), ledger.audit.head().size
        known = newest.size if newest else 0
        if known < size and not (newest is None and size <= 1):
            kinds: dict[str, int] = {}
            for entry in ledger.audit.entries():
                if entry.position >= known:
                    kinds[entry.kind] = kinds.get(entry.kind, 0) + 1
            told = {"by": by, "reason": reason, "first": known, "last": size - 1, "kinds": kinds}
            ledger.audit.append(ACCEPTED, told)
            witness = Witness(settings, municipality, clock)
        return witness.sign(ledger)
