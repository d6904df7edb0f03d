"""The ledger: the truth about runs."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import sqlalchemy as sa

from leverans.clock import Clock
from leverans.contracts import PackageDescriptor, from_json, to_json
from leverans.errors import AccessDenied, ConfigurationError, IntegrityError
from leverans.ledger import bulk, chains, queries, schema
from leverans.ledger.asides import Asides, asides
from leverans.ledger.audit import BEGUN, ISSUED, AuditLog, Head
from leverans.ledger.chains import Chain
from leverans.ledger.decisions import Decisions
from leverans.ledger.engine import Engine
from leverans.ledger.sealing import run_row
from leverans.ledger.status import delivery_states
from leverans.ledger.tables import batch, event, identity, object_event, row_event, run
from leverans.ledger.types import Aside, DeliveryState, History, Known, Run, RunState, RunStatus, Tally
from leverans.trust import digest

_TOKEN = 4


class Ledger:
    """Append-only events of one municipality, and the states derived from them.

    One process writes at a time; others may read. Every write is one transaction: a killed process leaves
    whole ones. What is written for the same run and part twice is written once.
    """

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    @classmethod
    def open(cls, path: Path, municipality: str, clock: Clock) -> "Ledger":
        """Open the file, or make it, and bring it to the present version.

        Args:
            path: the SQLite file.
            municipality: whose ledger it is; told once and held against ever after.
            clock: tells when something was recorded.

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

    def unfinished(self, delivery: str, *, test: bool = False, settling: bool = False) -> Run | None:
        """Give the latest run of a delivery if it has not ended: it can be resumed.

        Args:
            delivery: ``municipality/delivery``.
            test: of the test deliveries.
            settling: a settling run, and not a full one.
        """
        states = [state for state in self.runs(delivery) if state.run.test == test]
        if not states or states[-1].status is not None or states[-1].full is settling:
            return None
        return states[-1].run

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

    def runs(self, delivery: str | None = None) -> list[RunState]:
        """Give every run, oldest first."""
        with self._engine.read() as connection:
            return queries.runs(connection, delivery)

    def heard(self, of: Run) -> datetime:
        """Give when a run last wrote an event (real clock, UTC); when it began if it never did."""
        with self._engine.read() as connection:
            return queries.heard(connection, of.number) or of.started

    # Events

    def event(self, of: Run, kind: str, payload: Mapping[str, Any]) -> None:
        """Append an event; the payload never holds personal data."""
        with self._open_run(of, kind) as connection:
            self._append(connection, of, kind, "", payload)

    def events(self, of: Run, kind: str) -> list[dict[str, Any]]:
        """Give the payloads of one kind of event, in the order they were written."""
        with self._engine.read() as connection:
            return queries.payloads(connection, of.number, kind)

    def checkpoint(self, of: Run, stage: str, part: str, payload: Mapping[str, Any] | None = None) -> None:
        """Write down that a part of a stage is done; it is on the disk afterwards, with all before it."""
        with self._open_run(of, f"checkpoint:{stage}", durable=True) as connection:
            self._append(connection, of, f"checkpoint:{stage}", part, payload or {})

    def checkpoints(self, of: Run, stage: str) -> dict[str, Any]:
        """Give the payload of every part of a stage that is done, the latest where told twice."""
        with self._engine.read() as connection:
            return queries.checkpoints(connection, of.number, stage)

    def record_package(self, of: Run, descriptor: PackageDescriptor) -> None:
        """Write down a package; the same package id is written once."""
        payload = json.loads(to_json(descriptor))
        with self._open_run(of, "package", durable=True) as connection:
            self._once(connection, of, "package", descriptor.id, payload)

    def packages(self, of: Run) -> list[PackageDescriptor]:
        """Give the packages of a run, in the order they were recorded."""
        return [from_json(PackageDescriptor, json.dumps(plain)) for plain in self.events(of, "package")]

    def record_findings(self, of: Run, part: str, counts: Mapping[str, int]) -> None:
        """Write down how often each code was found in a part; the same part is written once."""
        with self._open_run(of, "findings") as connection:
            self._once(connection, of, "findings", part, counts)

    def findings(self, of: Run) -> dict[str, int]:
        """Sum the findings of a run by code, sorted."""
        total: dict[str, int] = {}
        for counts in self.events(of, "findings"):
            for code, count in counts.items():
                total[code] = total.get(code, 0) + count
        return dict(sorted(total.items()))

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

    def current(self, delivery: str, *, test: bool = False, before: Run | None = None) -> Iterator[pa.Table]:
        """Yield the last archived version of every object, sorted by object id, 50,000 at a time.

        Args:
            delivery: ``municipality/delivery``.
            test: of the test deliveries.
            before: only what runs before this one archived; a resumed run gives itself.

        Yields:
            Tables with the columns of `leverans.ledger.CURRENT_COLUMNS`.
        """
        with self._engine.read() as connection:
            yield from queries.current(connection, delivery, test=test, before=_number(before))

    def lookup(
        self, ids: Sequence[str], delivery: str, *, test: bool = False, before: Run | None = None
    ) -> pa.Table:
        """Give the last archived version of those of `ids` that have one; otherwise as `current`."""
        with self._engine.read() as connection:
            return queries.lookup(connection, ids, delivery, test=test, before=_number(before))

    def missing(self, of: Run) -> Iterator[pa.Table]:
        """Yield, as `current` does, what earlier runs archived and this run did not find (vanished).

        Objects that this run recorded as ``vanished`` are still given, so that a resumed run gives the same.
        """
        with self._engine.read() as connection:
            yield from queries.current(
                connection, of.delivery, test=of.test, before=of.number, absent=of.number
            )

    def tallies(self, of: Run) -> list[Tally]:
        """Count the objects of a run by route, disposition and state."""
        with self._engine.read() as connection:
            return queries.tallies(connection, of.number)

    def reasons(self, of: Run) -> dict[tuple[str, str], int]:
        """Count the objects of a run that were set aside, by disposition and reason code."""
        with self._engine.read() as connection:
            return queries.reasons(connection, of.number)

    def asides(self, of: Run, *, most: int) -> Asides:
        """Group what a run set aside or excluded; at most `most` names per code, none of them protected."""
        with self._engine.read() as connection:
            return asides(connection, of.number, most)

    # What people ask

    def status(self) -> list[DeliveryState]:
        """Give where every delivery stands, sorted by name, live before test."""
        with self._engine.read() as connection:
            return delivery_states(connection)

    def quarantine(
        self,
        delivery: str,
        *,
        code: str | None = None,
        object: str | None = None,  # noqa: A002  # the word people use
        test: bool = False,
    ) -> list[Aside]:
        """List what is in quarantine: objects first, then rows and documents.

        It is what the latest full run that was not refused set aside, less what settling runs have archived
        since; `Ledger.decisions` tells what was decided about it.

        Args:
            delivery: ``municipality/delivery``.
            code: only with this reason.
            object: only with this object id, key or reference code.
            test: of the test deliveries.
        """
        with self._engine.read() as connection:
            of = chains.chain(connection, delivery, test=test)
            return [] if of is None else chains.quarantined(connection, of, code=code, thing=object)

    def chain(self, delivery: str, *, test: bool = False) -> Chain | None:
        """Give the latest full run that was not refused, with the settling runs after it."""
        with self._engine.read() as connection:
            return chains.chain(connection, delivery, test=test)

    def outcomes(self, of: Chain, ids: Iterable[str]) -> dict[str, tuple[str, str]]:
        """Give what became of objects after a chain of runs: disposition and rule, by object id."""
        with self._engine.read() as connection:
            return chains.outcomes(connection, of, ids)

    def count_kept(self, of: Chain) -> int:
        """Count the objects that are archived after a chain of runs: by it, or unchanged from before."""
        with self._engine.read() as connection:
            return chains.count_kept(connection, of)

    @property
    def decisions(self) -> Decisions:
        """What people decided."""
        return Decisions(self._engine, self._clock, self.audit.append_in)

    def explain(self, text: str) -> list[History]:
        """Give the history of every object with that id, reference code or key (at most 100)."""
        with self._engine.read() as connection:
            return queries.explain(connection, text)

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
                    self.audit.adopt_in(connection, owner)
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


def _number(of: Run | None) -> int | None:
    return None if of is None else of.number
