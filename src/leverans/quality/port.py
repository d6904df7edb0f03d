"""The port behind which rule engines stand, and what goes through it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

import pyarrow as pa

EXPECTATION = "expectation"
"""The kind of a rule that Great Expectations evaluates."""

DOCUMENT = "document"
"""The table of documents that rows refer to (``stream, ref, root, sha256, status, disposition``)."""

VERDICTS = pa.schema(
    [
        pa.field("root", pa.string()),
        pa.field("stream", pa.string()),
        pa.field("key", pa.string()),
        pa.field("code", pa.string()),
        pa.field("disposition", pa.string()),
        pa.field("rule", pa.string()),
        pa.field("where", pa.string()),
        pa.field("detail", pa.string()),
    ]
)
"""The columns of verdicts, as the mapping gives them too."""


class Check(Protocol):
    """A rule about finished objects, as a mapping or a file of rules beside it writes it."""

    @property
    def id(self) -> str:
        """The rule's name, unique in its mapping."""
        ...

    @property
    def on(self) -> str:
        """Table of the model, entity of the mapping, or ``document``, that it is about."""
        ...

    @property
    def kind(self) -> str:
        """One of `leverans.quality.KINDS`, or ``expectation``."""
        ...

    @property
    def arguments(self) -> Any:
        """As written: a list of fields, or field → what is demanded; of an expectation class and ``with``."""
        ...

    @property
    def severity(self) -> str:
        """``critical`` stops packages of its partition, ``quarantine`` sets aside, ``warning`` is told."""
        ...

    @property
    def text(self) -> Mapping[str, str]:
        """What it says when it fails, by language."""
        ...

    @property
    def where(self) -> str:
        """``file:line:column`` of the rule."""
        ...

    @property
    def when(self) -> Any:
        """Which rows it is about: `tests` of columns that must all hold; no tests always hold."""
        ...


@dataclass(frozen=True, slots=True)
class Facts:
    """What rules need to know beside the tables.

    Attributes:
        as_of: the day that ``today`` in a rule means; the day of the run's reference time.
        entities: entity of the mapping → table of the model, where their names differ.
        twice: per ``unique`` rule the hashes of values that more than one object of the whole delivery has
            (`leverans.quality.Census`); without it a bucket is only held against itself.
        known: per ``orphans`` rule and field the sorted hashes of the values of the whole delivery that may
            be referred to; without it a bucket is only held against itself.
    """

    as_of: date | None = None
    entities: Mapping[str, str] = field(default_factory=dict)
    twice: Mapping[str, Any] = field(default_factory=dict)
    known: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one rule on one bucket.

    Attributes:
        check: id of the rule.
        looked_at: rows that it looked at.
        verdicts: rows of `VERDICTS`.
        unable: why it could not be checked at all, empty when it was.
    """

    check: str
    looked_at: int
    verdicts: pa.Table
    unable: str = ""


class Engine(Protocol):
    """What evaluates rules; exactly one outcome per rule asked for, in any order."""

    def run(self, checks: Sequence[Check], tables: Mapping[str, pa.Table], facts: Facts) -> Sequence[Outcome]:
        """Evaluate every rule on the tables of one bucket; data never makes it raise."""
        ...
