"""Connections, transactions and faults of the ledger's SQLite file.

WAL, so that readers and the one writer do not wait for each other. A commit that is a checkpoint is synced
(``synchronous=FULL``); the bulk commits between two checkpoints survive a killed process, and a lost power
supply takes them back whole, in order.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from leverans.errors import AccessDenied, IntegrityError, LeveransError, Outage

CommitHook = Callable[[str, str], None]
BeforeCommit = Callable[[sa.Connection], Callable[[], None]]
_hook: ContextVar[CommitHook | None] = ContextVar("ledger_commit_hook", default=None)
_WAIT = 10.0
_CACHE_KIB = 64 * 1024
_FAULTS: dict[str, tuple[type[LeveransError], str]] = {
    "SQLITE_BUSY": (Outage, "LED001"),
    "SQLITE_LOCKED": (Outage, "LED001"),
    "SQLITE_NOTADB": (IntegrityError, "LED002"),
    "SQLITE_CORRUPT": (IntegrityError, "LED002"),
    "SQLITE_FULL": (Outage, "RUN002"),
    "SQLITE_IOERR": (Outage, "RUN002"),
    "SQLITE_CANTOPEN": (AccessDenied, "RUN003"),
    "SQLITE_READONLY": (AccessDenied, "RUN003"),
    "SQLITE_PERM": (AccessDenied, "RUN003"),
}


@contextmanager
def commit_hook(hook: CommitHook) -> Iterator[None]:
    """Call `hook(moment, label)` around every commit, moment ``before`` or ``after``; for fault tests."""
    token = _hook.set(hook)
    try:
        yield
    finally:
        _hook.reset(token)


class Engine:
    """The one way to the file: reads and writes as whole transactions.

    Args:
        path: the SQLite file.
        read_only: neither the file nor anything beside it is made or changed.

    Attributes:
        path: the SQLite file.
        seconds: real time inside transactions that write, for benchmarks.
        appended: how many entries of the audit log the open transaction holds.
        before_commit: called before a transaction is committed; what it gives is called afterwards.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self.seconds = 0.0
        self.appended = 0
        self.before_commit: BeforeCommit | None = None
        self._read_only = read_only
        self._engine = sa.create_engine(
            "sqlite://", creator=self._connect, poolclass=sa.pool.QueuePool, hide_parameters=True
        )
        sa.event.listen(self._engine, "begin", _begin)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Open a snapshot to read from."""
        with self._told(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self, label: str, *, durable: bool = False) -> Iterator[sa.Connection]:
        """Open a transaction that is committed whole at the end of the block, or not at all.

        Args:
            label: what is written, for the commit hook.
            durable: return only when it is on the disk, with all that was committed before.

        Raises:
            Outage: LED001 somebody else writes, RUN002 the disk is full.
            IntegrityError: LED002, the file is damaged.
            AccessDenied: RUN003.
        """
        since = time.monotonic()
        with self._told(), self._engine.connect() as plain:
            _pragma(plain, f"synchronous={'FULL' if durable else 'NORMAL'}")
            connection = plain.execution_options(leverans_write=True)
            connection.begin()
            self.appended = 0
            yield connection
            after = self.before_commit(connection) if self.before_commit and self.appended else None
            self._commit(connection, label)
            if after:
                after()
        self.seconds += time.monotonic() - since

    def close(self) -> None:
        """Close every connection; the last one folds the write-ahead log into the file."""
        self._engine.dispose()

    def _commit(self, connection: sa.Connection, label: str) -> None:
        hook = _hook.get()
        if hook:
            hook("before", label)
        connection.commit()
        if hook:
            hook("after", label)

    def _connect(self) -> sqlite3.Connection:
        place = _untouched(self.path) if self._read_only else self.path.absolute().as_uri()
        connection = sqlite3.connect(
            place, timeout=_WAIT, isolation_level=None, check_same_thread=False, uri=True
        )
        if not self._read_only:
            connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        return connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sa.exc.DBAPIError, sqlite3.Error) as fault:
            known = _known(fault, self.path)
            if known is None:
                raise
            raise known from fault


def _untouched(path: Path) -> str:
    """Give the address that reads a file without a trace.

    Without a write-ahead log nobody is writing, and a plain reader would make one; else it is there already.
    """
    log = path.with_name(f"{path.name}-wal")
    return f"{path.absolute().as_uri()}?mode=ro" + ("" if log.exists() else "&immutable=1")


def _known(fault: Exception, path: Path) -> LeveransError | None:
    original: Any = fault.orig if isinstance(fault, sa.exc.DBAPIError) else fault
    name = str(getattr(original, "sqlite_errorname", ""))
    for known, (kind, code) in _FAULTS.items():
        if name.startswith(known):
            return kind(code, path.name, reason=name)
    return None


def _begin(connection: sa.Connection) -> None:
    """Take the write lock at once: a transaction that reads first and writes later could be turned away."""
    write = connection.get_execution_options().get("leverans_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _pragma(connection: sa.Connection, text: str) -> None:
    raw: Any = connection.connection.dbapi_connection
    raw.execute(f"PRAGMA {text}")
