"""A mapping bound to its sources: what the delivery room executes, bucket by bucket."""

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

import pyarrow as pa

from leverans.mapping.language import Check, Mapping


@dataclass(frozen=True, slots=True)
class Context:
    """What a mapping must know that does not stand in it.

    Attributes:
        municipality: the tenant; part of every object id.
        system: the source system; part of every object id unless the mapping names one itself.
        secret: the municipality's key for pseudonyms.
        creators: archival creators as (name, valid from, valid to), both days included, None is open.
        reference_time: the delivery's only clock.
        period: first and last day of the agreement, None is open.
    """

    municipality: str
    system: str
    secret: bytes = field(repr=False)
    creators: tuple[tuple[str, date | None, date | None], ...]
    reference_time: datetime
    period: tuple[date | None, date | None] | None = None

    @property
    def as_of(self) -> date:
        """The day that everything counts years from: that of the reference time."""
        return self.reference_time.date()


@dataclass(frozen=True, slots=True)
class MappedBucket:
    """One bucket as archive objects.

    Attributes:
        tables: every table of `leverans.model.SCHEMAS`, faulty and voided objects too.
        rows: ``stream, key, root, role, disposition``: every row of every bucketed stream once.
            `disposition` is null where the row follows its object, else ``quarantine`` or ``exclude``.
        documents: ``stream, ref, root, sha256, status, disposition``: every listed document of the bucket
            once, and those that a row refers to and that were not listed (status ``missing``).
        verdicts: ``root, stream, key, code, disposition, rule, where, detail``.
    """

    tables: dict[str, pa.Table]
    rows: pa.Table
    documents: pa.Table
    verdicts: pa.Table


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """One line of the column ledger: what became of one column of the source.

    Attributes:
        use: ``mapped``, ``joined``, ``conditioned``, ``key``, ``dropped`` or ``left`` (its table is left).
        target: the archive field, join or rule that uses it; empty where it is not used.
        reason: why it is dropped or left, with the decision for gallring.
    """

    stream: str
    column: str
    use: Literal["mapped", "joined", "conditioned", "key", "dropped", "left"]
    target: str
    reason: str
    where: str


@dataclass(frozen=True, slots=True)
class FieldLineage:
    """Where one field of one entity comes from; written once per package."""

    entity: str
    field: str
    stream: str
    columns: tuple[str, ...]
    operators: tuple[str, ...]
    where: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A bound mapping.

    Attributes:
        mapping: what it was bound from.
        keys: per stream the columns that identify a row, as its catalogue says.
        personal: streams whose keys are shown as pseudonyms.
        columns: per stream its columns and their Arrow types, in the source's order.
        documents: streams that hold documents.
        uses: the column ledger.
        lines: the static lineage.
        digest: SHA-256 over the mapping with all that it extends and uses, lower-case hex.
    """

    mapping: Mapping
    keys: dict[str, tuple[str, ...]]
    personal: frozenset[str]
    columns: dict[str, dict[str, str]]
    documents: frozenset[str]
    uses: tuple[ColumnUse, ...]
    lines: tuple[FieldLineage, ...]
    digest: str

    @property
    def information_type(self) -> str:
        """What kind of records these are, as in the submission agreement."""
        return self.mapping.information_type

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the sources it reads."""
        return self.mapping.sources

    @property
    def root_stream(self) -> str:
        """``source.stream`` of the root objects; of a virtual table the one that it is made of."""
        return self.mapping.base_of(self.mapping.entities[self.mapping.root].table)

    @property
    def checks(self) -> tuple[Check, ...]:
        """Rules about finished objects, for the quality room."""
        return self.mapping.checks

    def column_ledger(self) -> list[ColumnUse]:
        """Give every use of every column of every table, in the source's order."""
        return list(self.uses)

    def lineage(self) -> list[FieldLineage]:
        """Give where each field of each entity comes from, in the mapping's order."""
        return list(self.lines)

    def execute(
        self, bucket: AnyMapping[str, pa.Table], shared: AnyMapping[str, pa.Table], context: Context
    ) -> MappedBucket:
        """Map one bucket; faults of the data are verdicts, never exceptions.

        Args:
            bucket: the bucket's part of every stream that has a root, by ``source.stream``.
            shared: streams that lie whole (code tables, parties), by ``source.stream``.
            context: who delivers, when, under which agreement.

        Raises:
            ConfigurationError: MAP190, a value is bad and its mapping says ``on_error: fail``.
        """
        from leverans.mapping.execution.run import execute

        return execute(self, bucket, shared, context)
