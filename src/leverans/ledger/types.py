"""What the ledger gives back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from string import Formatter
from typing import Any, Literal

RunStatus = Literal["complete", "incomplete", "refused"]

_UNKNOWN = "–"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a delivery.

    Attributes:
        number: its number in this ledger, from 1.
        id: ``00001-<random>``, fit for a folder name.
        delivery: ``municipality/delivery``.
        test: a test delivery.
        reference_time: the only clock inside its packages, UTC.
        code_version: version of this software.
        agreement: id of the submission agreement.
        by: who or what started it.
        started: real clock, UTC.
    """

    number: int
    id: str
    delivery: str
    test: bool
    reference_time: datetime
    code_version: str
    agreement: str
    by: str
    started: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a run that is written down anew: its number, its id, and when it began."""

    number: int
    id: str
    started: datetime


@dataclass(frozen=True, slots=True)
class RunState:
    """A run and what became of it.

    Attributes:
        run: the run.
        status: as `Ledger.finish` was told; None while the run has not ended.
        ended: real clock, UTC, or None.
        payload: what `Ledger.finish` was told.
        parent: id of the full run whose quarantine it settles; None for a full run.
    """

    run: Run
    status: RunStatus | None
    ended: datetime | None
    payload: Mapping[str, Any] = field(default_factory=dict)
    parent: str | None = None

    @property
    def full(self) -> bool:
        """It delivers everything, not only what was decided about."""
        return self.parent is None


@dataclass(frozen=True, slots=True)
class DeliveryState:
    """Where a delivery stands: its latest run and what the archive holds of it.

    Attributes:
        delivery: ``municipality/delivery``.
        test: a test delivery.
        latest: the latest run.
        archived: objects with at least one archived version.
        quarantined: objects in quarantine: set aside by the latest full run that was not refused, and not
            archived by a settling run since.
        undecided: objects, rows and documents in quarantine that nobody has decided about.
        pending: what was accepted and is not archived yet.
        balanced: the latest full run and the settling runs after it ended complete and balanced.
    """

    delivery: str
    test: bool
    latest: RunState
    archived: int
    quarantined: int
    undecided: int = 0
    pending: int = 0
    balanced: bool = False

    @property
    def settled(self) -> bool:
        """Balanced, nothing undecided, and every decision carried out."""
        return self.balanced and not self.undecided and not self.pending


@dataclass(frozen=True, slots=True)
class Tally:
    """Objects of one run that share route, disposition and state."""

    route: str
    disposition: str
    state: str | None
    objects: int
    records: int
    documents: int


@dataclass(frozen=True, slots=True)
class Aside:
    """An object, or a row or document without an object, that was set aside.

    Attributes:
        run: id of the run.
        object: object id, None for a row or document that belongs to no object.
        stream: ``source.stream``, None for an object.
        key: the source's key (a pseudonym when personal), None on the protected route.
        reference: reference code, None on the protected route.
        partition: part of the delivery.
        route: ``open`` or ``protected``.
        code: reason, a code of `leverans.findings`.
        rule: name of the rule or field that said so.
        where: ``file:line:column`` of it.
        number: its number in the ledger, for what has no name that may be told.
    """

    run: str
    object: str | None
    stream: str | None
    key: str | None
    reference: str | None
    partition: str | None
    route: str
    code: str
    rule: str | None
    where: str | None
    number: int = 0

    def goes_by(self, thing: str) -> bool:
        """Say whether `thing` names it: object id, reference code, key, or what lists call it.

        Lists call a row by its stream, and one of several with the same name by its number, too.
        """
        names = {self.object, self.key, self.reference, f"{self.reference} ({self.key})"}
        if self.object is None:
            names |= {f"{self.stream} {self.key}", f"{self.stream} nr {self.number}"}
        return thing in names | {f"{name} nr {self.number}" for name in names if name}

    def text(self, language: str) -> str:
        """Give the reason in ``sv`` or ``en``."""
        return reason_text(self.code, self.rule, language)


@dataclass(frozen=True, slots=True)
class Entry:
    """What one run did with an object.

    Attributes:
        run: the run and its status.
        at: when it was recorded, real clock, UTC.
        partition: part of the delivery.
        route: ``open`` or ``protected``.
        disposition: ``archived``, ``unchanged``, ``quarantined``, ``excluded`` or ``vanished``.
        state: the object's state against what was archived.
        version: version in the archive.
        digest: content digest.
        package: package id.
        code: reason, or None.
        rule: name of the rule or field behind it.
        where: ``file:line:column`` of it.
        records: records in it.
        documents: documents in it.
    """

    run: RunState
    at: datetime
    partition: str | None
    route: str
    disposition: str
    state: str | None
    version: int | None
    digest: str | None
    package: str | None
    code: str | None
    rule: str | None
    where: str | None
    records: int
    documents: int

    def text(self, language: str) -> str:
        """Give the reason in ``sv`` or ``en``; empty when there is none."""
        return reason_text(self.code, self.rule, language) if self.code else ""


@dataclass(frozen=True, slots=True)
class History:
    """Everything the ledger knows about one object, oldest first."""

    object: str
    key: str | None
    reference: str | None
    entries: tuple[Entry, ...]


def reason_text(code: str, rule: str | None, language: str) -> str:
    """Give the text of a reason; a code that this version no longer knows stands for itself.

    The ledger keeps the name of the rule or field, not what else a text may name: such a place shows ``–``.
    """
    from leverans.findings import catalogue

    kind = catalogue().get(code)
    if kind is None:
        return code
    places = {name for _, name, _, _ in Formatter().parse(kind.sv + kind.en) if name}
    said = rule or _UNKNOWN
    return kind.text(
        language, {**dict.fromkeys(places, _UNKNOWN), "field": said, "check": said, "rule": said}
    )
