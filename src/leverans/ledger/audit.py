"""The audit log: an append-only Merkle tree (RFC 6962) over what begins, ends, is decided and issued.

A leaf is the canonical JSON of ``{"at", "entry", "kind"}`` of one entry; its position is its place in the
tree, from 0. The tree's head (size and root) stands signed in every receipt and in ``heads.jsonl`` beside
them, so that an entry that is edited, deleted, inserted, reordered or cut off at the end is found.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from leverans.contracts import Finding
from leverans.ledger.engine import Engine
from leverans.ledger.sealing import ContentSet, content_set, seal_of
from leverans.ledger.tables import audit, event, run
from leverans.ledger.types import Run
from leverans.trust import canonical, merkle

CREATED = "ledger.created"
BEGUN = "run.begun"
SEALED = "run.sealed"
ISSUED = "receipt.issued"
COUNTERSIGNED = "receipt.countersigned"
DECISION = "decision"
KEY_CREATED = "key.created"
KEY_ROTATED = "key.rotated"
KEY_REVOKED = "key.revoked"
PURGE = "purge"
REVEAL = "reveal"
CLEARANCE = "clearance"
BACKUP = "backup"
RESTORE = "restore"
REBUILD = "rebuild"
RECEIVED = "landing.received"
ACCEPTED = "head.accepted"
KINDS = (
    CREATED,
    BEGUN,
    SEALED,
    ISSUED,
    COUNTERSIGNED,
    DECISION,
    KEY_CREATED,
    KEY_ROTATED,
    KEY_REVOKED,
    PURGE,
    REVEAL,
    CLEARANCE,
    BACKUP,
    RESTORE,
    REBUILD,
    RECEIVED,
    ACCEPTED,
)
"""Every kind of entry."""

Witness = Callable[[Sequence[bytes], int], Callable[[], None]]
"""Told every leaf hash, those of the open transaction with them, and how many there were before it; gives
what is to be done when the transaction is committed. What it raises undoes the transaction."""


@dataclass(frozen=True, slots=True)
class Head:
    """The state of the log: how many entries, and the root over them, lower-case hex."""

    size: int
    root: str

    def plain(self) -> dict[str, Any]:
        """Give it as plain data."""
        return {"size": self.size, "root": self.root}


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry.

    Attributes:
        position: its place, from 0.
        at: when it was written, ISO 8601 in UTC with milliseconds.
        kind: one of `KINDS`.
        entry: what happened; never personal data of those the records are about.
        leaf: the leaf hash as stored.
    """

    position: int
    at: str
    kind: str
    entry: Mapping[str, Any]
    leaf: bytes

    def computed(self) -> bytes:
        """Give the leaf hash that the entry should have."""
        return leaf_of(self.at, self.kind, canonical(dict(self.entry)).decode())


def leaf_of(at: str, kind: str, entry: str) -> bytes:
    """Give the leaf hash of an entry.

    Args:
        at: when it was written.
        kind: what kind it is.
        entry: its canonical JSON.
    """
    return merkle.leaf_hash(canonical({"at": at, "entry": json.loads(entry), "kind": kind}))


class AuditLog:
    """The log of one ledger; `Ledger.audit` gives it."""

    def __init__(self, engine: Engine, now: Callable[[], str]) -> None:
        self._engine, self._now = engine, now

    def append(self, kind: str, entry: Mapping[str, Any]) -> int:
        """Append an entry, durably; give its position.

        Args:
            kind: one of `KINDS`.
            entry: plain data with whole numbers; never personal data of those the records are about.

        Raises:
            ValueError: the kind is unknown.
            TypeError: the entry has no canonical form.
        """
        with self._engine.write(f"audit:{kind}", durable=True) as connection:
            return self.append_in(connection, kind, entry)

    def append_in(self, connection: sa.Connection, kind: str, entry: Mapping[str, Any]) -> int:
        """Append an entry within an open transaction: it is written with the rest, or not at all."""
        if kind not in KINDS:
            raise ValueError(f"the audit log knows no {kind}")
        text, at = canonical(dict(entry)).decode(), self._now()
        last = connection.scalar(sa.select(sa.func.max(audit.c.position)))
        position = 0 if last is None else int(last) + 1
        values = {
            "position": position,
            "at": at,
            "kind": kind,
            "entry": text,
            "leaf": leaf_of(at, kind, text),
        }
        connection.execute(sa.insert(audit), values)
        self._engine.appended += 1
        return position

    def head(self) -> Head:
        """Give the present head."""
        with self._engine.read() as connection:
            return self.head_in(connection)

    def head_in(self, connection: sa.Connection, size: int | None = None) -> Head:
        """Give the head within an open transaction, or the one the log had at an earlier size."""
        found = leaves(connection)[:size]
        return Head(len(found), merkle.root(found).hex())

    def entries(self, *kinds: str, since: str = "", until: str = "~") -> Iterator[AuditEntry]:
        """Yield the entries in order.

        Args:
            kinds: only these; all when none is given.
            since: from this moment on, ISO 8601 in UTC (a year alone will do).
            until: before this moment.
        """
        query = sa.select(audit).where(audit.c.at >= since, audit.c.at < until)
        if kinds:
            query = query.where(audit.c.kind.in_(kinds))
        with self._engine.read() as connection:
            for row in connection.execute(query.order_by(audit.c.position)):
                yield AuditEntry(row.position, row.at, row.kind, json.loads(row.entry), bytes(row.leaf))

    def leaves(self) -> list[bytes]:
        """Give every leaf hash as stored, in order."""
        with self._engine.read() as connection:
            return leaves(connection)

    def check(self, heads: Iterable[Head] = ()) -> list[Finding]:
        """Hold the ledger to the log, and the log to heads that were signed earlier; give every fault."""
        from leverans.ledger.checking import check

        with self._engine.read() as connection:
            return check(connection, heads)

    def leading(self, heads: Iterable[Head]) -> list[Finding]:
        """Hold the log to heads that were signed earlier; give every one that it does not lead to."""
        from leverans.ledger.checking import led

        return list(led(self.leaves(), heads))

    def adopt_in(self, connection: sa.Connection, municipality: str, since: str) -> None:
        """Write the first entry, and seal the runs that ended before there was a log.

        Args:
            connection: an open transaction.
            municipality: whose ledger it is.
            since: when that was told to the ledger.
        """
        ended = sa.select(event.c.run).where(event.c.kind == "finished").order_by(event.c.run)
        latest = int(connection.scalar(sa.select(sa.func.max(run.c.number))) or 0)
        earlier = {"earlier_runs": latest} if latest else {}
        self.append_in(connection, CREATED, {"municipality": municipality, "since": since, **earlier})
        for number in list(connection.scalars(ended)):
            self.append_in(connection, SEALED, seal_of(connection, number))

    def empty_in(self, connection: sa.Connection) -> bool:
        """Say whether there is no entry yet."""
        return connection.scalar(sa.select(audit.c.position).limit(1)) is None

    def seal_in(self, connection: sa.Connection, of: Run) -> int | None:
        """Append a digest over all that stands about a run; None when the latest one says the same."""
        seal = seal_of(connection, of.number)
        told = sa.select(audit.c.entry).where(audit.c.kind == SEALED).order_by(audit.c.position.desc())
        for text in connection.scalars(told):
            known = json.loads(text)
            if known["run"] == of.id:
                if known == seal:
                    return None
                break
        return self.append_in(connection, SEALED, seal)

    def content(self, of: Run) -> ContentSet:
        """Give the set of content digests that the delivery stands for after a run."""
        with self._engine.read() as connection:
            return content_set(connection, of.number)


def attach(engine: Engine, witness: Witness) -> None:
    """Have a witness told of all that is appended, before it is committed."""

    def before(connection: sa.Connection) -> Callable[[], None]:
        found = leaves(connection)
        return witness(found, len(found) - engine.appended)

    engine.before_commit = before


def leaves(connection: sa.Connection) -> list[bytes]:
    """Give every leaf hash as stored, in order."""
    cursor: Any = connection.connection.cursor()  # the driver's: read at every append
    try:
        return [as_bytes(leaf) for (leaf,) in cursor.execute("SELECT leaf FROM audit ORDER BY position")]
    finally:
        cursor.close()


def as_bytes(stored: object) -> bytes:
    """Give a stored leaf hash; none where something else stands in its place."""
    return bytes(stored) if isinstance(stored, bytes | memoryview) else b""


def root_at(found: Sequence[bytes], size: int) -> str:
    """Give the root over the first `size` leaf hashes, lower-case hex."""
    return merkle.root(found[:size]).hex()
