"""The ledger: the truth about runs."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import sqlalchemy as sa

from leverans.clock import Clock
from leverans.contracts import PackageDescriptor, to_json
from leverans.errors import AccessDenied, ConfigurationError, IntegrityError
from leverans.ledger import bulk, queries, schema
from leverans.ledger.audit import BEGUN, ISSUED, AuditLog, Head, Witness, attach
from leverans.ledger.decisions import Decisions
from leverans.ledger.engine import Engine
from leverans.ledger.reading import Reading
from leverans.ledger.sealing import run_row
from leverans.ledger.tables import batch, event, identity, object_event, row_event, run
from leverans.ledger.types import Known, Run, RunStatus
from leverans.trust import digest

_TOKEN = 4


class Ledger(Reading):
    """Append-only events of one municipality, and the states derived from them.

    One process writes at a time; others may read. Every write is one transaction: a killed process leaves
    whole ones. What is written for the same run and part twice is written once.
    """

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    @classmethod
    def open(cls, path: Path, municipality: str, clock: Clock, *, witness: Witness | None = None) -> "Ledger":
        """Open the file, or make it, and bring it to the present version.

        Args:
            path: the SQLite file.
            municipality: whose ledger it is; told once and held against ever after.
            clock: tells when something was recorded.
            witness: told of whatever is appended to the audit log, before it is committed
                (`leverans.delivery.witness`).

        Raises:
            ConfigurationError: LED003 it is another municipality's, LED004 a newer version wrote it.
            IntegrityError: LED002, the file is damaged or no ledger.
            Outage: LED001 it is locked, RUN002 the disk is full.
            AccessDenied: RUN003.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise AccessDenied("RUN003", path.name, reason=type(fault).__name__) from fault
        engine = Engine(path)
        if witness is not None:
            attach(engine, witness)
        try:
            schema.upgrade(engine)
            ledger = cls(engine, clock)
            ledger._claim(municipality)
        except BaseException:
            engine.close()
            raise
        return ledger

    @classmethod
    def look(cls, path: Path, clock: Clock) -> "Ledger":
        """Open a file that is there for questions only: nothing in its folder is made or changed.

        Raises:
            ConfigurationError: LED004 a newer version of the software wrote it, OPR010 an older one.
            IntegrityError: LED002, the file is damaged or no ledger.
            AccessDenied: RUN003, it is not there or may not be read.
        """
        engine = Engine(path, read_only=True)
        try:
            with engine.read() as connection:
                found = schema.version(connection)
            _present(path, found)
        except BaseException:
            engine.close()
            raise
        return cls(engine, clock)

    def close(self) -> None:
        """Close the file."""
        self._engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def audit(self) -> AuditLog:
        """The audit log, in the same file."""
        return AuditLog(self._engine, self._now)

    # Runs

    def begin(
        self,
        delivery: str,
        *,
        reference_time: datetime,
        test: bool,
        code_version: str,
        agreement: str,
        by: str,
        settles: Mapping[str, Any] | None = None,
        known: Known | None = None,
    ) -> Run:
        """Write down that a run begins.

        Args:
            delivery: ``municipality/delivery``.
            reference_time: with its zone; the only clock inside the packages, whole seconds.
            test: a test delivery.
            code_version: version of this software.
            agreement: id of the submission agreement.
            by: who or what started it.
            settles: for a settling run, the id of its full run (``parent``) and of the decision it carries
                out (``decision``).
            known: number, id and time of a run that is written down anew (`leverans.delivery.keeping`).
        """
        moment = known.started.astimezone(UTC).isoformat(timespec="milliseconds") if known else self._now()
        with self._engine.write("begin", durable=True) as connection:
            number = int(connection.scalar(sa.select(sa.func.max(run.c.number))) or 0) + 1
            number = known.number if known else number
            values = {
                "number": number,
                "id": known.id if known else f"{number:05d}-{self._clock.token(_TOKEN).hex()}",
                "delivery": delivery,
                "test": test,
                "reference_time": reference_time.astimezone(UTC).isoformat(timespec="seconds"),
                "code_version": code_version,
                "agreement": agreement,
                "by": by,
                "at": moment,
            }
            connection.execute(sa.insert(run), values)
            row = connection.execute(sa.select(run).where(run.c.number == number)).one()
            begun = queries.to_run(row)
            if settles is not None:
                self._append(connection, begun, queries.SETTLES, "", settles)
            self.audit.append_in(connection, BEGUN, run_row(connection, number))
        return begun

    def finish(
        self,
        of: Run,
        status: RunStatus,
        payload: Mapping[str, Any] | None = None,
        *,
        at: datetime | None = None,
    ) -> None:
        """Write down how a run ended; the same end told twice is written once.

        Args:
            of: the run.
            status: how it ended.
            payload: what else is to be remembered.
            at: when it ended, for a run that is written down anew; now by default.

        Raises:
            IntegrityError: LED006, it has ended otherwise.
        """
        with self._engine.write("finish", durable=True) as connection:
            ended = self._ended(connection, of)
            if ended is None:
                self._append(connection, of, "finished", "", {**(payload or {}), "status": status}, at=at)
                self.audit.seal_in(connection, of)
            elif ended != status:
                raise IntegrityError("LED006", of.id, status=ended)

    # Events

    def event(self, of: Run, kind: str, payload: Mapping[str, Any]) -> None:
        """Append an event; the payload never holds personal data."""
        with self._open_run(of, kind) as connection:
            self._append(connection, of, kind, "", payload)

    def checkpoint(self, of: Run, stage: str, part: str, payload: Mapping[str, Any] | None = None) -> None:
        """Write down that a part of a stage is done; it is on the disk afterwards, with all before it."""
        with self._open_run(of, f"checkpoint:{stage}", durable=True) as connection:
            self._append(connection, of, f"checkpoint:{stage}", part, payload or {})

    def record_package(self, of: Run, descriptor: PackageDescriptor) -> None:
        """Write down a package; the same package id is written once."""
        payload = json.loads(to_json(descriptor))
        with self._open_run(of, "package", durable=True) as connection:
            self._once(connection, of, "package", descriptor.id, payload)

    def record_findings(self, of: Run, part: str, counts: Mapping[str, int]) -> None:
        """Write down how often each code was found in a part; the same part is written once."""
        with self._open_run(of, "findings") as connection:
            self._once(connection, of, "findings", part, counts)

    def record_receipt(self, of: Run, path: str, make: Callable[[Head], Mapping[str, Any]]) -> dict[str, Any]:
        """Seal the run and write down its receipt: one body per run, whoever comes again.

        Args:
            of: the run.
            path: where the receipt will lie, below the municipality's folder.
            make: gives the body, told the head of the audit log that holds the seal; not called when the
                run's receipt is written down already.

        Returns:
            ``path``, ``sha256`` of the canonical body, and the ``body``, as first written down.
        """
        with self._open_run(of, "receipt", durable=True) as connection:
            found = queries.payloads(connection, of.number, "receipt")
            if found:
                return found[0]
            self.audit.seal_in(connection, of)
            body = dict(make(self.audit.head_in(connection)))
            told = {"path": path, "sha256": digest(body), "body": body}
            self._append(connection, of, "receipt", "", told)
            self.audit.append_in(
                connection,
                ISSUED,
                {"run": of.id, "delivery": of.delivery, "path": path, "sha256": told["sha256"]},
            )
            return queries.payloads(connection, of.number, "receipt")[0]

    # Objects and rows

    def record_objects(self, of: Run, part: str, rows: pa.Table) -> bool:
        """Write down what became of objects, in one transaction.

        Record ``archived`` only when the store has them: `current` and `lookup` believe it. Keys and
        references of the protected route are left out, whoever sent them.

        Args:
            of: the run.
            part: names the call in the run; the same part is written once.
            rows: columns of `leverans.ledger.OBJECT_COLUMNS`.

        Returns:
            Whether it was written now (False: it was there).

        Raises:
            ValueError: the columns or words are not as agreed.
            IntegrityError: LED005 the part was written with other rows, LED006 the run has ended.
        """
        return self._bulk(of, part, bulk.fitted(rows, bulk.OBJECT_COLUMNS), object_event)

    def record_rows(self, of: Run, part: str, rows: pa.Table) -> bool:
        """Write down rows and documents that belong to no object and were set aside; see `record_objects`.

        Args:
            of: the run.
            part: names the call in the run; the same part is written once.
            rows: columns of `leverans.ledger.ROW_COLUMNS`; `route` is ``open`` and `disposition`
                ``quarantined`` where the column is left out.
        """
        return self._bulk(of, part, bulk.fitted(rows, bulk.ROW_COLUMNS), row_event)

    # What people ask

    @property
    def decisions(self) -> Decisions:
        """What people decided."""
        return Decisions(self._engine, self._clock, self.audit.append_in)

    # Inside

    @contextmanager
    def _open_run(self, of: Run, label: str, *, durable: bool = False) -> Iterator[sa.Connection]:
        with self._engine.write(label, durable=durable) as connection:
            ended = self._ended(connection, of)
            if ended is not None:
                raise IntegrityError("LED006", of.id, status=ended)
            yield connection

    def _ended(self, connection: sa.Connection, of: Run) -> str | None:
        finished = queries.payloads(connection, of.number, "finished")
        return str(finished[0]["status"]) if finished else None

    def _append(
        self,
        connection: sa.Connection,
        of: Run,
        kind: str,
        part: str,
        payload: Mapping[str, Any],
        *,
        at: datetime | None = None,
    ) -> None:
        moment = at.astimezone(UTC).isoformat(timespec="milliseconds") if at else self._now()
        text = json.dumps(dict(payload), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        values = {"run": of.number, "at": moment, "kind": kind, "part": part, "payload": text}
        connection.execute(sa.insert(event), values)

    def _once(
        self, connection: sa.Connection, of: Run, kind: str, part: str, payload: Mapping[str, Any]
    ) -> None:
        found = queries.payloads(connection, of.number, kind, part)
        if not found:
            self._append(connection, of, kind, part, payload)
        elif found[0] != dict(payload):
            raise IntegrityError("LED005", of.id, part=f"{kind}:{part}")

    def _bulk(self, of: Run, part: str, rows: pa.Table, table: sa.Table) -> bool:
        with self._open_run(of, f"{table.name}:{part}") as connection:
            told = sa.select(batch.c.rows, batch.c.sha256).where(
                batch.c.run == of.number, batch.c.kind == table.name, batch.c.part == part
            )
            found = connection.execute(told).one_or_none()
            if found is not None:
                self._same(of, part, rows, found)
                return False
            number = int(connection.scalar(sa.select(sa.func.max(batch.c.number))) or 0) + 1
            digest = bulk.insert(connection, table, (number, of.number), rows)
            values = {
                "number": number,
                "run": of.number,
                "kind": table.name,
                "part": part,
                "rows": rows.num_rows,
                "sha256": digest,
                "at": self._now(),
            }
            connection.execute(sa.insert(batch), values)
        return True

    def _same(self, of: Run, part: str, rows: pa.Table, found: Any) -> None:
        if found.rows != rows.num_rows or found.sha256 != bulk.fingerprint(rows):
            raise IntegrityError("LED005", of.id, part=part)

    def _claim(self, municipality: str) -> None:
        with self._engine.read() as connection:
            owner = connection.scalar(sa.select(identity.c.municipality))
            whole = owner is not None and not self.audit.empty_in(connection)
        if not whole and owner in {None, municipality}:
            with self._engine.write("claim", durable=True) as connection:
                owner = connection.scalar(sa.select(identity.c.municipality))
                if owner is None:
                    owner = municipality
                    connection.execute(sa.insert(identity), {"municipality": owner, "at": self._now()})
                if self.audit.empty_in(connection):
                    since = connection.scalar(sa.select(identity.c.at))
                    self.audit.adopt_in(connection, owner, str(since))
        if owner != municipality:
            raise ConfigurationError("LED003", self._engine.path.name, owner=owner, municipality=municipality)

    def _now(self) -> str:
        return self._clock.now().astimezone(UTC).isoformat(timespec="milliseconds")


def _present(path: Path, found: str | None) -> None:
    """Hold the version of a file that may not be changed against the one of the code."""
    if found is None:
        raise IntegrityError("LED002", path.name, reason="SQLITE_NOTADB")
    if found != schema.HEAD:
        code = "OPR010" if found < schema.HEAD else "LED004"
        raise ConfigurationError(code, path.name, found=found, known=schema.HEAD)
