"""What a source holds: streams, columns, keys and control totals."""

from dataclasses import dataclass, field
from typing import Literal

ArrowType = Literal["string", "int64", "double", "binary", "bool"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column as the source names it.

    Attributes:
        name: the source's own name, unchanged.
        type: the Arrow type it lands as.
        source_type: the type as the source declares it.
        nullable: whether the source allows NULL.
    """

    name: str
    type: ArrowType
    source_type: str = ""
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Stream:
    """One table, record type or document tree of a source.

    Attributes:
        name: the source's own name of the table.
        kind: ``table`` (rows) or ``documents`` (files that are listed and landed).
        columns: in the source's order.
        key: names of the columns that identify a row; empty when the source has none.
        personal: the key is or holds a personal identity number.
    """

    name: str
    kind: Literal["table", "documents"]
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What `discover` found in one source; two calls on an unchanged source give equal catalogues."""

    source: str
    system: str
    streams: tuple[Stream, ...]
    schema_version: int = 1

    def stream(self, name: str) -> Stream:
        """Give the stream called `name`.

        Raises:
            KeyError: there is none.
        """
        for stream in self.streams:
            if stream.name == name:
                return stream
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class ControlTotals:
    """What a stream counts to, taken before and after the read; equal means that nothing moved.

    Attributes:
        stream: the stream's name.
        rows: rows (or listed files).
        bytes: bytes of the listed files, 0 for rows.
        nulls: NULLs per column.
    """

    stream: str
    rows: int
    bytes: int = 0
    nulls: dict[str, int] = field(default_factory=dict)
