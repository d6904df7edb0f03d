"""Connectors that break exactly one rule each; `breaks` says which, `on` where it is tried."""

import io
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from leverans.contracts import Catalogue, Column
from leverans.errors import ConfigurationError, LeveransError, Outage
from leverans.sources.contract import Document, DocumentFault
from leverans.testing.contract import Around
from leverans.testing.contract.source import DECIMAL, DST, LONG, MISREAD, NAMES, NUL, ZEROS


class Saboteur(Around):
    on = "sqlite"


class Unhealthy(Saboteur):
    breaks = "check-healthy"

    def check(self):
        return replace(self.inner.check(), reachable=False)


class RaisesMissing(Saboteur):
    breaks = "check-missing"

    def check(self):
        found = self.inner.check()
        if any(problem.code == "SRC012" for problem in found.problems):
            raise found.problems[0]
        return found


class SwallowsPermission(Saboteur):
    breaks = "check-permission"

    def check(self):
        found = self.inner.check()
        kept = tuple(
            ConfigurationError("SRC012", self.name) if one.code == "SRC014" else one for one in found.problems
        )
        return replace(found, problems=kept)


class AnyVersion(Saboteur):
    breaks = "check-version"

    def check(self):
        found = self.inner.check()
        kept = tuple(one for one in found.problems if one.code not in {"SRC010", "SRC011"})
        return replace(found, problems=kept)


class TakesAnything(Saboteur):
    breaks = "check-not-that"

    def check(self):
        found = self.inner.check()
        kept = tuple(
            Outage("SRC018", self.name, reason="?") if one.code == "SRC013" else one for one in found.problems
        )
        return replace(found, problems=kept)


class Restless(Saboteur):
    breaks = "discover-twice"
    calls = 0

    def discover(self):
        found = self.inner.discover()
        self.calls += 1
        first, *rest = found.streams
        column = Column(f"ny {self.calls}", "string")
        if self.calls == 2:
            first = replace(first, columns=(*first.columns, column))
        return Catalogue(found.source, found.system, (first, *rest))


class HidesTheRest(Saboteur):
    breaks = "discover-all"

    def discover(self):
        found = self.inner.discover()
        return replace(
            found, streams=tuple(one for one in found.streams if not one.name.startswith("tabell 1"))
        )


class OtherKey(Saboteur):
    breaks = "keys"

    def discover(self):
        found = self.inner.discover()
        return replace(
            found,
            streams=tuple(replace(one, key=one.key[:1]) if one.key[1:] else one for one in found.streams),
        )


class _Batches(Saboteur):
    """Changes each batch of a read."""

    def read(self, stream):
        for batch in self.inner.read(stream):
            yield replace(batch, rows=self.rows(batch.rows))


class OtherTypes(_Batches):
    breaks = "schema"

    def rows(self, rows):
        return rows if rows.column(rows.num_columns - 1).null_count else rows.cast(
            pa.schema([(one.name, pa.large_string() if one.type == pa.string() and rows.num_rows == 3 else one.type)
                       for one in rows.schema])
        )  # fmt: skip


class NullTypes(_Batches):
    breaks = "schema-all-null"

    def rows(self, rows):
        empty = [
            rows.num_rows and rows.column(at).null_count == rows.num_rows for at in range(rows.num_columns)
        ]
        if "fritext" not in rows.schema.names or not empty[rows.schema.get_field_index("fritext")]:
            return rows
        columns = [pa.nulls(rows.num_rows) if gone else rows.column(at) for at, gone in enumerate(empty)]
        return pa.RecordBatch.from_arrays(columns, names=rows.schema.names)


class Shuffles(Saboteur):
    breaks = "read-twice"
    discovered = False

    def discover(self):
        self.discovered = True
        return self.inner.discover()

    def read(self, stream):
        for batch in self.inner.read(stream):
            number = batch.rows.num_rows
            turned = not self.discovered and number == 3
            yield replace(batch, rows=batch.rows.take(pa.array(range(number))[::-1])) if turned else batch


class _Values(_Batches):
    """Changes one value wherever it stands."""

    def rows(self, rows):
        columns = []
        for column in rows.columns:
            found = column.to_pylist() if column.type == pa.string() else []
            hit = any(one == self.value for one in found)
            made = [self.spoilt(one) if one == self.value else one for one in found]
            columns.append(pa.array(made, pa.string()) if hit else column)
        return pa.RecordBatch.from_arrays(columns, schema=rows.schema)


def _value(rule, value, spoilt, on="sqlite"):
    body = {"breaks": rule, "on": on, "value": value, "spoilt": staticmethod(spoilt)}
    return type(f"Spoils-{rule}", (_Values,), body)


class Renames(Saboteur):
    """Changes one name in the catalogue and in batches alike."""

    def discover(self):
        found = self.inner.discover()
        return replace(found, streams=tuple(
            replace(one, columns=tuple(replace(c, name=self.new if c.name == self.old else c.name) for c in one.columns))
            for one in found.streams))  # fmt: skip

    def read(self, stream):
        for batch in self.inner.read(stream):
            names = [self.new if name == self.old else name for name in batch.rows.schema.names]
            yield replace(batch, rows=batch.rows.rename_columns(names))

    def totals(self, stream):
        found = self.inner.totals(stream)
        nulls = {self.new if name == self.old else name: number for name, number in found.nulls.items()}
        return replace(found, nulls=nulls)


def _rename(rule, old):
    return type(f"Renames-{rule}", (Renames,), {"breaks": rule, "old": old, "new": "col_7"})


class Miscounts(Saboteur):
    breaks = "totals"

    def totals(self, stream):
        found = self.inner.totals(stream)
        return replace(found, nulls={name: number + 1 for name, number in found.nulls.items()})


class LooksAway(Saboteur):
    breaks = "change-told"
    on = "flat"
    kept = None

    def fingerprint(self):
        return ""

    def totals(self, stream):
        if self.kept is None:
            self.kept = {}
        return self.kept.setdefault(stream, self.inner.totals(stream))

    def close(self):
        self.kept = None
        self.inner.close()


class GoesOn(Saboteur):
    breaks = "resume-live"

    def __init__(self, inner):
        super().__init__(inner)
        self.at = 0

    def read(self, stream):
        number = 0
        for number, batch in enumerate(self.inner.read(stream), start=1):
            if number > self.at:
                self.at = number if number == 2 else self.at
                yield batch
        self.at = 0

    def close(self):
        self.at = 0
        self.inner.close()


class GoesOnAfterClose(Saboteur):
    breaks = "resume-anew"
    closed = False
    begun = 0

    def read(self, stream):
        skip = 1 if self.closed and self.begun == 1 else 0
        self.begun = 0
        for number, batch in enumerate(self.inner.read(stream), start=1):
            self.begun += batch.rows.num_rows > 3
            if number > skip:
                yield batch

    def close(self):
        self.closed = True
        self.inner.close()


class GivesTwice(Saboteur):
    """Whoever goes on gets the rows after the seam twice."""

    breaks = "resume-frozen"
    on = "postgresql"

    def read_on(self, stream, rows):
        found = self.inner.read_on(stream, rows)
        return found if not rows else self.doubled(found)

    def doubled(self, batches):
        for number, batch in enumerate(batches):
            yield batch
            if number == 1:
                yield batch


class Hoards(Saboteur):
    breaks = "memory"

    def read(self, stream):
        yield from list(self.inner.read(stream))


class OtherBytes(Saboteur):
    breaks = "documents"
    opened = 0

    def open(self, document):
        self.opened += 1
        content = self.inner.open(document)
        if self.opened == 2:
            content.close()
            return io.BytesIO(b"andra")
        return content


class CutsBig(Saboteur):
    breaks = "blob-big"

    def open(self, document):
        file = self.inner.open(document)
        first = file.read(1 << 20)
        if len(first) < 1 << 20:
            file.close()
            return io.BytesIO(first)
        rest = first + b"".join(iter(lambda: file.read(1 << 20), b""))
        file.close()
        return io.BytesIO(rest[:-1])


class RaisesGone(Saboteur):
    breaks = "document-missing"
    on = "share"

    def open(self, document):
        try:
            return self.inner.open(document)
        except DocumentFault as fault:
            raise fault.__cause__ from None


class FollowsOut(Saboteur):
    breaks = "path-traversal"
    on = "share"

    def documents(self, stream):
        for one in self.inner.documents(stream):
            yield replace(one, status="landed", fault="") if one.fault == "SRC112" else one

    def open(self, document: Document):
        path = Path(document.token)
        return path.open("rb") if path.is_symlink() else self.inner.open(document)


class Writes(Saboteur):
    breaks = "only-reading"

    def statements(self):
        return (*self.inner.statements(), "UPDATE t SET a = 1")


class Litters(Saboteur):
    breaks = "source-untouched"
    place = None

    def check(self):
        found = self.inner.check()
        path = self.inner._engine._path
        if found.reachable:
            path.with_name("x.lock").touch()
        return found


HELD = []


class Holds(Saboteur):
    breaks = "closed-on-cancel"

    def read(self, stream):
        HELD.append(self.inner._engine._path.open("rb"))
        yield from self.inner.read(stream)


class ClosesOnce(Saboteur):
    breaks = "close-twice"
    closed = False

    def discover(self):
        self.closed = False
        return self.inner.discover()

    def close(self):
        self.inner.close()
        if self.closed:
            raise RuntimeError("closed")
        self.closed = True


class LostNetwork(Saboteur):
    breaks = "check-network"
    on = "postgresql"

    def check(self):
        found = self.inner.check()
        kept = tuple(
            ConfigurationError("SRC153", self.name, database="x") if isinstance(one, Outage) else one
            for one in found.problems
        )
        return replace(found, problems=kept)


class NoPassword(Saboteur):
    breaks = "check-auth"
    on = "postgresql"

    def check(self):
        found = self.inner.check()
        kept = tuple(
            Outage("SRC155", self.name, server="x") if one.code == "SRC151" else one for one in found.problems
        )
        return replace(found, problems=kept)


class Talks(Saboteur):
    breaks = "no-secret"
    on = "postgresql"

    def __repr__(self):
        return self.inner._engine._access.secret("password")


def lenient(load, path):
    try:
        return load(path)
    except LeveransError:
        return None


ALL = [
    *(one for one in list(globals().values()) if isinstance(one, type) and issubclass(one, Saboteur) and hasattr(one, "breaks")),
    *(_rename(rule, name) for rule, name in NAMES.items()),
    _value("value-nul", NUL, lambda _: "före"),
    _value("value-zeros", ZEROS, lambda _: None),
    _value("value-misread", MISREAD, lambda one: one.encode("cp1252", "ignore").decode("utf-8", "ignore")),
    _value("value-dst", DST, lambda _: "2024-10-27 01:30:00"),
    _value("value-long", LONG, lambda one: one[:65_535]),
    _value("value-decimal", DECIMAL, lambda one: str(float(one)), on="flat"),
    _value("value-empty", "", lambda _: None),
]  # fmt: skip
