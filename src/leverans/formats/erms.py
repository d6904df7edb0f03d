"""Reads CITS ERMS (ärende, handling) as a stream of top aggregations."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO


@dataclass(frozen=True, slots=True)
class Appendix:
    """One file of a record (``additionalInformation/appendix``): `path` as written, `name`, `format`."""

    path: str
    name: str
    format: str | None = None


@dataclass(frozen=True, slots=True)
class Restriction:
    """A restriction: `type` (``restriction/@restrictionType``) and `regulation`."""

    type: str
    regulation: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A record (handling).

    Attributes:
        system_identifier: ``@systemIdentifier``.
        reference_code: ``objectId``.
        title: ``title``.
        extra_ids: ``extraId`` by ``@extraIdType``; the first of each type.
        status: ``status/@value``.
        dates: ``dates/date`` by ``@dateType``; the first of each type.
        restrictions: in the document's order.
        agents: how many agents it names.
        protected: some agent has a ``protectedIdentity`` that is true.
        appendices: its files, in the document's order.
    """

    system_identifier: str
    reference_code: str | None = None
    title: str | None = None
    extra_ids: dict[str, str] = field(default_factory=dict)
    status: str | None = None
    dates: dict[str, str] = field(default_factory=dict)
    restrictions: tuple[Restriction, ...] = ()
    agents: int = 0
    protected: bool = False
    appendices: tuple[Appendix, ...] = ()


@dataclass(frozen=True, slots=True)
class Aggregation(Record):
    """An aggregation (ärende): what a record has, and what lies in it.

    Attributes:
        kind: ``@aggregationType``.
        records: its direct records.
        aggregations: its direct sub-aggregations.
        xml: for a top aggregation read with ``xml=True`` its own element as UTF-8, with the namespaces that
            were in scope, so that it is a document of its own.
    """

    kind: str = ""
    records: tuple[Record, ...] = ()
    aggregations: tuple["Aggregation", ...] = ()
    xml: bytes | None = None


def read(stream: BinaryIO, *, xml: bool = False) -> Iterator[Aggregation]:
    """Yield each top aggregation as soon as it ends; memory holds one at a time.

    Args:
        stream: the document.
        xml: give each aggregation's own bytes too.

    Raises:
        XmlFault: not well-formed, a DTD, or beyond the limits of `leverans.formats.xmlstream`.
    """
    raise NotImplementedError


def read_records(stream: BinaryIO) -> Iterator[Record]:
    """Yield each record of a document of loose records (``erms/records``); raises as `read`."""
    raise NotImplementedError
