"""Rules about counting: nothing is lost, nothing comes twice, and what moves is told."""

import gc
import weakref
from itertools import islice
from typing import Any

from leverans.contracts import ControlTotals
from leverans.sources.certifying.judging import AT_ONCE, BATCH_BYTES, BATCH_ROWS
from leverans.sources.contract import Connector
from leverans.testing.contract.rules import rule
from leverans.testing.contract.subject import Reading, Subject, end, read_all, same_rows, totals_of
from leverans.testing.contract.verdicts import NotApplicable, ensure

_CUT = 2


@rule("totals", "Control totals agree with what is read, row by row and NULL by NULL, before and after.")
def totals(subject: Subject) -> None:
    """Count what was read."""
    reading = subject.reading("plain")
    ensure(reading.before == reading.after, "totals differ before and after, though nothing moved")
    for name in reading.batches:
        ensure(reading.before[name].rows == reading.counted(name), f"{name}: other rows than read")
        _nulls(reading, reading.before[name])
    for name, number in subject.sources.get("plain").rows.items():
        ensure(reading.counted(name) == number, f"{name}: other rows than the source has")
    for name, documents in reading.documents.items():
        ensure(reading.before[name].rows == len(documents), f"{name}: other documents than listed")
        size = sum(one.size for one in documents)
        ensure(reading.before[name].bytes in {0, size}, f"{name}: other bytes than listed")


def _nulls(reading: Reading, told: ControlTotals) -> None:
    held = {one.column for many in reading.documents.values() for one in many if one.column}
    rows = reading.rows(told.stream)
    for column, number in told.nulls.items():
        if column not in held:
            ensure(
                number == sum(row[column] is None for row in rows), f"{told.stream}: other NULLs than read"
            )


@rule("change-told", "What is written to the source while it is read is kept out by a snapshot, or told.")
def change_told(subject: Subject) -> None:
    """Change the source between two looks at it."""
    source = subject.sources.fresh("moving")
    ensure(source.change is not None, "the rig cannot change its source")
    with subject.open(source) as connector:
        catalogue = connector.discover()
        before, mark = totals_of(connector, catalogue), connector.fingerprint()
        first = _read(connector)
        if source.change is not None:
            source.change()
        second = _read(connector)
        after, now = totals_of(connector, catalogue), connector.fingerprint()
    snapshot = all(same_rows(first[name], second[name]) for name in first)
    listed = not first  # a share
    told = after != before or now != mark
    ensure(told or (snapshot and not listed), "a source that moved is read as if it had not")
    ensure(told == (not snapshot) or listed or told, "a snapshot that tells of a change")


def _read(connector: Connector) -> dict[str, tuple[Any, ...]]:
    catalogue = connector.discover()
    names = [stream.name for stream in connector.definition.streams]
    return {name: tuple(connector.read(name)) for name in names if catalogue.stream(name).kind == "table"}


@rule("resume-live", "A read that is cut off between batches, and begun again, gives what one read gives.")
def resume_live(subject: Subject) -> None:
    """Cut off after the second batch and begin again in the same session."""
    source = subject.sources.get("many")
    whole = subject.reading("many")
    if whole.batches:
        name = _longest(whole)
        batches = whole.batches[name]
        with subject.open(source) as connector:
            broken = connector.read(name)
            list(islice(broken, _CUT))
            end(broken)
            ensure(same_rows(tuple(connector.read(name)), batches), f"{name}: it goes on elsewhere")
    else:
        with subject.open(source) as connector:
            first = connector.documents(next(iter(whole.documents)))
            next(first, None)
            end(first)
            again = read_all(connector)
        ensure(_listed(again) == _listed(whole), "after a listing that was cut off it lists otherwise")


def _longest(reading: Reading) -> str:
    return max(reading.batches, key=lambda name: reading.before[name].rows)


def _listed(reading: Reading) -> list[str]:
    return [one.ref for many in reading.documents.values() for one in many]


@rule(
    "resume-anew",
    "A source that is closed in the middle of a read and opened anew gives what one read gives.",
)
def resume_anew(subject: Subject) -> None:
    """Close while reading."""
    source = subject.sources.get("many")
    whole = subject.reading("many")
    connector = subject.opened(source)
    if whole.batches:
        next(connector.read(_longest(whole)), None)
    connector.close()
    again = read_all(connector)
    connector.close()
    ensure(
        all(same_rows(again.batches[name], whole.batches[name]) for name in whole.batches)
        and _listed(again) == _listed(whole)
        and again.before == whole.before,
        "opened anew after a read that was cut off, it reads otherwise",
    )


@rule("memory", "Rows come in bounded batches as they are read; no batch is kept.")
def memory(subject: Subject) -> None:
    """Watch how many batches are alive while a long stream is read."""
    source = subject.sources.get("many")
    with subject.open(source) as connector:
        whole = subject.reading("many")
        if not whole.batches:
            raise NotApplicable("a share has no rows; its documents are listed one by one")
        stream = _longest(whole)
        alive: list[weakref.ref[Any]] = []
        most = number = 0
        for batch in connector.read(stream):
            number += 1
            ensure(batch.rows.num_rows <= BATCH_ROWS, "a batch of too many rows")
            ensure(batch.rows.nbytes <= BATCH_BYTES, "a batch of too many bytes")
            alive.append(weakref.ref(batch.rows))
            most = max(most, sum(one() is not None for one in alive))
            del batch
        gc.collect(0)
    ensure(number > AT_ONCE, f"a long stream comes in {number} batches")
    ensure(most <= AT_ONCE, f"{most} batches are kept at once")
