"""Receipts of the receiver, held against what was sent: each object has one answer or a finding.

The form is known from published scripts alone, so it is read by element names wherever they stand.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from leverans.contracts import Finding
from leverans.formats.profiles import Profile
from leverans.packaging.cspackage.elements import Element, local
from leverans.packaging.cspackage.streaming import Unreadable, elements
from leverans.packaging.objectxml.build import Sent

_LONG = 12


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receipt says of one object.

    Attributes:
        id: the receiver's id for it.
        refused: whether it was anything but accepted without an error.
        error: why.
        known: whether it says so in a word that is known; one that is not accepts nothing.
    """

    id: str
    refused: bool
    error: str = ""
    known: bool = True


@dataclass(slots=True)
class TargetReceipt:
    """A receipt.

    Attributes:
        name: file name.
        total: objects in the batch, None where it does not say.
        items: objects that the receipt is about.
        correlation: what ties it to a batch.
        date: as written.
        answers: what it says of single objects.
        findings: what is wrong with the file.
    """

    name: str
    total: int | None = None
    items: int | None = None
    correlation: str = ""
    date: str = ""
    answers: list[Answer] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What was sent, held against receipts; object ids.

    ``accepted``, ``refused`` and ``missing`` together are what was sent; ``accepted``, ``refused``,
    ``doubled`` and ``unknown`` together are the answers.

    Attributes:
        accepted: taken by the receiver.
        refused: not taken, answered both ways, or in a word that is not known to accept.
        missing: without an answer.
        doubled: further answers about an object that has one, and the file names of receipts of counts that
            tell once more what another told.
        unknown: answers about what was not sent, as the receipt names them.
        by_count: True when receipts without ids were believed because they are of this sending and their
            counts are those of all sent.
        findings: all that is not as it should be.
    """

    accepted: tuple[str, ...]
    refused: tuple[str, ...]
    missing: tuple[str, ...]
    doubled: tuple[str, ...]
    unknown: tuple[str, ...]
    by_count: bool
    findings: tuple[Finding, ...]

    @property
    def complete(self) -> bool:
        """Everything that was sent was accepted, once, and nothing else was answered."""
        return not (self.refused or self.missing or self.doubled or self.unknown or self.findings)


def read_receipt(stream: BinaryIO, name: str, profile: Profile) -> TargetReceipt:
    """Read a receipt; one that cannot be read is a finding."""
    receipt = TargetReceipt(name)
    reading = _Reading(receipt, profile)
    try:
        for _, raw in elements(stream, ("end",)):
            reading.take(raw)
    except Unreadable as fault:
        receipt.findings.append(Finding.of("TRC001", f"{name}:{fault.line}", reason=fault.reason))
    receipt.findings += [Finding.of("TRC010", f"{name}:{one.sourceline or 0}") for one in reading.loose]
    if receipt.total is None and receipt.items is None and not receipt.answers:
        receipt.findings.append(Finding.of("TRC002", name))
    if receipt.total is not None and receipt.items is not None and receipt.total != receipt.items:
        told = {"total": receipt.total, "items": receipt.items}
        receipt.findings.append(Finding.of("TRC003", name, None, **told))
    return receipt


class _Reading:
    """Reads one receipt; `loose` are errors, and words that do not accept, of no single object."""

    def __init__(self, receipt: TargetReceipt, profile: Profile) -> None:
        self._receipt, self._words = receipt, profile.words["receipt"]
        self._accepting = profile.terms["receipt_accepted"]
        self.loose: list[Any] = []

    def take(self, raw: Any) -> None:
        """Take in an element that has ended."""
        receipt, words = self._receipt, self._words
        name, element = local(raw), Element(raw, ours=False)
        if name == words["total"]:
            receipt.total = _number(element.text)
        elif name == words["items"]:
            receipt.items = _number(element.text)
        elif name == words["correlation"]:
            receipt.correlation = element.text.strip()
        elif name == words["date"] and not receipt.date:
            receipt.date = element.text.strip()
        elif name == words["error"]:
            self.loose += [raw] * bool(element.text.strip())
        else:
            self._answer(raw, element)

    def _answer(self, raw: Any, element: Element) -> None:
        words = self._words
        own = element.text_at(words["id"])
        status = " ".join((element.text_at(words["status"]) or "").lower().split())
        counted = any(element.first(words[name]) is not None for name in ("total", "items"))
        if own is None and counted:
            self.loose += [raw] * bool(status and status not in self._accepting)
        elif own is not None or status:
            errors = list(raw.iter(f"{{*}}{words['error']}"))
            self.loose = [one for one in self.loose if one not in errors]
            told = (Element(one, ours=False).text.strip() for one in errors)
            error = next((one for one in told if one), "")
            refused, accepted = status == words["refused"], status in self._accepting
            known = accepted or refused or bool(error)
            self._receipt.answers.append(
                Answer((own or "").strip(), not accepted or bool(error), error, known)
            )


def _number(text: str) -> int | None:
    bare = text.strip()
    return int(bare) if bare.isdecimal() and len(bare) <= _LONG else None


def reconcile(
    sent: Sequence[Sent], receipts: Iterable[TargetReceipt], batches: Iterable[str] = ()
) -> Reconciled:
    """Hold what was sent against its receipts.

    A receipt's id may be the object's id, its folder or its code. Receipts that name no objects count only
    when they are about everything that was sent, and once each; one that names a batch must name one of
    this sending.

    Args:
        sent: the objects.
        receipts: what came back.
        batches: by what the receiver may name what was sent as a whole (``correlationId``).
    """
    known = list(receipts)
    findings = [finding for one in known for finding in one.findings]
    keys = _keys(sent)
    answers: dict[str, list[Answer]] = {}
    unknown: list[str] = []
    for receipt in known:
        for answer in receipt.answers:
            found = keys.get(answer.id)
            if found is None:
                unknown.append(answer.id)
                findings.append(Finding.of("TRC006", receipt.name))
            else:
                answers.setdefault(found, []).append(answer)
    told, again = _counts(known, frozenset(one.casefold() for one in batches), findings)
    counted = _by_count(len(sent), told) and not answers and not unknown
    accepted, refused, missing, doubled = _sorted(sent, answers, counted, findings)
    return Reconciled(accepted, refused, missing, doubled + again, tuple(unknown), counted, tuple(findings))


def _keys(sent: Iterable[Sent]) -> dict[str, str]:
    """Give object id by each name that a receipt may use; a name that two objects share is none."""
    found: dict[str, set[str]] = {}
    for one in sent:
        for name in {one.id, one.folder, one.code or one.id}:
            found.setdefault(name, set()).add(one.id)
    return {name: next(iter(ids)) for name, ids in found.items() if len(ids) == 1}


def _counts(
    receipts: Iterable[TargetReceipt], batches: frozenset[str], findings: list[Finding]
) -> tuple[list[tuple[TargetReceipt, bool]], tuple[str, ...]]:
    """Give each receipt of counts once, with whether it may be believed; and the names of the others."""
    told: dict[object, tuple[TargetReceipt, bool]] = {}
    again: list[str] = []
    for one in receipts:
        if one.total is None or one.answers:
            continue
        batch = one.correlation.casefold()
        mark = batch or (one.total, one.items, one.date)
        if mark in told:
            again.append(one.name)
            findings.append(Finding.of("TRC011", one.name))
            continue
        foreign = bool(batch) and batch not in batches
        if foreign:
            findings.append(Finding.of("TRC009", one.name))
        told[mark] = one, not foreign and not one.findings and one.total == one.items
    return list(told.values()), tuple(again)


def _by_count(number: int, told: Sequence[tuple[TargetReceipt, bool]]) -> bool:
    whole = bool(told) and all(good for _, good in told)
    return whole and sum(one.items or 0 for one, _ in told) == number


def _sorted(
    sent: Iterable[Sent], answers: Mapping[str, list[Answer]], counted: bool, findings: list[Finding]
) -> tuple[tuple[str, ...], ...]:
    accepted: list[str] = []
    refused: list[str] = []
    missing: list[str] = []
    doubled: list[str] = []
    for own in (one.id for one in sent):
        told = answers.get(own, [])
        if not told and not counted:
            missing.append(own)
            findings.append(Finding.of("TRC004", own))
            continue
        if any(one.refused for one in told):
            refused.append(own)
            said = any(one.refused and one.known for one in told)
            findings.append(Finding.of("TRC005" if said else "TRC008", own))
        else:
            accepted.append(own)
        for _ in told[1:]:
            doubled.append(own)
            findings.append(Finding.of("TRC007", own))
    return tuple(accepted), tuple(refused), tuple(missing), tuple(doubled)
