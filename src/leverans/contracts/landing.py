"""The manifest of a landing: what an extract brought, addressed by digest.

A landing folder holds ``manifest.json``, ``catalogue.json`` and Parquet files. Rows that belong to root
objects lie in buckets by a hash of the root key, so that mapping works bucket by bucket in bounded memory;
rows that are shared (code tables, parties) lie whole.
"""

from dataclasses import dataclass, field

from leverans.contracts.catalogue import ControlTotals


@dataclass(frozen=True, slots=True)
class LandedFile:
    """One Parquet file of a landing.

    Attributes:
        path: relative to the landing folder, forward slashes.
        sha256: digest of the file's bytes, lower-case hex.
        rows: rows in it.
        bucket: number of the bucket, or None for a stream that lies whole (shared by all buckets).
    """

    path: str
    sha256: str
    rows: int
    bucket: int | None = None


@dataclass(frozen=True, slots=True)
class LandedStream:
    """One landed stream, named ``source.stream``.

    Attributes:
        name: ``source.stream``.
        rows: rows read, those set aside counted in; equal to the control totals unless drift was found.
        files: its Parquet files (none for a stream that was only counted).
        totals: control totals taken before the read.
        left: the stream was counted but not read (the connector does not select it).
        set_aside: rows of it that could not be read (a broken line, undecodable text); they are in no file of
            the stream but, with their place, in the landing's table of rows set aside.
    """

    name: str
    rows: int
    files: tuple[LandedFile, ...]
    totals: ControlTotals
    left: bool = False
    set_aside: int = 0


@dataclass(frozen=True, slots=True)
class DocumentTotals:
    """Documents of a landing: listed at the source, landed in the content store, and their bytes."""

    listed: int = 0
    landed: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Manifest:
    """A landing, immutable.

    Attributes:
        delivery: ``municipality/delivery``.
        buckets: how many buckets the root objects were spread over.
        streams: every stream of every source, in reading order.
        documents: totals over all document streams.
        sources: per source name the digest of its connector files.
        companions: digest by path of each other file of the folder (catalogue, findings, rows set aside).
    """

    delivery: str
    buckets: int
    streams: tuple[LandedStream, ...]
    documents: DocumentTotals
    sources: dict[str, str] = field(default_factory=dict)
    companions: dict[str, str] = field(default_factory=dict)
    schema_version: int = 1
