"""The root objects: identity, partition, period, creator."""

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leverans.mapping import language as lang
from leverans.mapping.execution.arrow import Text, blank, holds, present, repeated, where
from leverans.mapping.execution.bench import Bench
from leverans.mapping.execution.dates import real_day
from leverans.mapping.execution.frames import NOBODY, Frame, whole
from leverans.mapping.execution.hierarchy import tops
from leverans.mapping.execution.latest import TIED, Newest, newest
from leverans.mapping.execution.values import Evaluator
from leverans.mapping.execution.verdicts import Cause

_YEAR = r"^\d{4}$"


def root_frame(bench: Bench, entity: lang.Entity) -> tuple[Frame, Text]:
    """Give one row per root object and the object ids, ascending; the number of a root is its place there.

    Rows without a key belong to nobody; of rows with the same key one is the object, and all set it aside.
    """
    versions, late = root_rows(bench, entity)
    every = versions.subset(late.chosen)
    keys = [every.text(column) for column in entity.key]
    keyless = where(pc.invert(_all_present(keys)))
    bench.fault(every, keyless, Cause("MAP114", "quarantine", entity.name, entity.where))
    bench.told.setdefault(entity.table, set()).update(every.rows[keyless].tolist())
    keyed = every.subset(where(_all_present(keys)))
    ids = bench.object_ids(entity, [keyed.text(column) for column in entity.key])
    roots = pc.unique(ids)
    roots = roots.take(pc.sort_indices(roots))
    keyed.root = np.asarray(pc.cast(pc.index_in(ids, value_set=roots), pa.int64()))
    twice = where(holds(pc.is_in(ids, value_set=repeated(ids))))
    bench.fault(keyed, twice, Cause("MAP113", "quarantine", entity.name, entity.where))
    every.root[where(_all_present(keys))] = keyed.root
    _older(bench, entity, versions, late, every.root)
    _, first = np.unique(keyed.root, return_index=True)
    return keyed.subset(first), roots


def root_rows(bench: Bench, entity: lang.Entity) -> tuple[Frame, Newest]:
    """Give the rows that root objects are versions of, and which of them are the latest."""
    every = whole(bench.stream(entity.table))
    every.key = entity.key
    if entity.hierarchy is not None:
        every = every.subset(tops(every, entity.hierarchy))
    if entity.latest is None:
        rows = np.arange(len(every))
        return every, Newest(rows, rows, np.empty(0, dtype=np.int64))
    return every, newest(every, entity.latest)


def _older(bench: Bench, entity: lang.Entity, versions: Frame, late: Newest, roots: np.ndarray) -> None:
    """Let older versions follow the latest, and tell of those that are equally late."""
    owners = np.full(len(versions), NOBODY)
    owners[late.chosen] = roots
    versions.root = owners[late.stands]
    bench.claims(entity.table).take(versions.rows, versions.root)
    if entity.latest is not None:
        cause = Cause(TIED, "quarantine", entity.name, entity.latest.where)
        bench.fault(versions, late.tied, cause)


def keep(bench: Bench, entity: lang.Entity, frame: Frame) -> None:
    """Apply the named rules of the root."""
    from leverans.mapping.execution.frames import satisfies

    for rule in entity.rules:
        out = where(pc.invert(satisfies(frame, rule.keep)))
        code = "MAP140" if rule.otherwise == "exclude" else "MAP141"
        bench.fault(frame, out, Cause(code, rule.otherwise, rule.name, rule.where))


def unique(bench: Bench, entity: lang.Entity, frame: Frame, fields: dict[str, Text]) -> None:
    """Set cases aside that share a value which only one may have."""
    for name in entity.unique:
        shared = holds(pc.is_in(fields[name], value_set=repeated(fields[name])))
        place = entity.fields[name].where
        bench.fault(frame, where(shared), Cause("MAP100", "quarantine", f"{entity.name}.{name}", place))


def partition(bench: Bench, entity: lang.Entity, frame: Frame, fields: dict[str, Text]) -> tuple[Text, Text]:
    """Give the partition of every case and the day (or year) that it was taken from.

    A case must be within the delivery's period: by that day, or where the partition is no date (a key, a
    class) by the day it was opened or created.
    """
    rule = bench.mapping.partition
    evaluator = Evaluator(bench, frame, f"{entity.name}.partition")
    made = evaluator.make(rule.by, inspect=False)
    when = _dated(made)
    name = pc.utf8_slice_codeunits(when, 0, 4) if rule.take == "year" else made
    told = present(name)
    lost = where(pc.and_(pc.invert(told), pa.array(~evaluator.failed)))
    bench.fault(frame, lost, Cause("MAP130", "quarantine", f"{entity.name}.partition", rule.where))
    days = [_dated(fields[field]) for field in ("opened", "created") if field in fields]
    _within(bench, entity, frame, pc.coalesce(when, *days), told)
    return pc.if_else(told, name, pa.scalar(None, pa.string())), when


def _dated(text: Text) -> Text:
    """Give days and years of texts that begin with one, and nothing for others."""
    dated = pc.or_(real_day(text), holds(pc.match_substring_regex(text, _YEAR)))
    return pc.if_else(dated, pc.utf8_slice_codeunits(text, 0, 10), pa.scalar(None, pa.string()))


def creator(
    bench: Bench, entity: lang.Entity, frame: Frame, fields: dict[str, Text], when: Text
) -> dict[str, Text]:
    """Give the archival creator of every case by its date, with its time; a gap sets the case aside."""
    creators = sorted(bench.context.creators, key=lambda entry: entry[1] or date.min)
    rows = len(frame)
    if "creator" in fields or not creators:
        return {"creator": fields.get("creator", blank(rows))}
    full = pc.if_else(
        pc.equal(pc.utf8_length(when), 4), pc.binary_join_element_wise(when, "12-31", "-"), when
    )
    days = pc.utf8_slice_codeunits(
        pc.coalesce(fields.get("opened", blank(rows)), fields.get("created", blank(rows)), full), 0, 10
    )
    number = pa.nulls(rows, pa.int64())
    for place, (_name, first, last) in enumerate(creators):
        number = pc.if_else(_between(days, first, last), pa.scalar(place, pa.int64()), number)
    gap = pc.and_(pc.is_valid(days), pc.is_null(number))
    at = bench.mapping.partition.where
    bench.fault(frame, where(gap), Cause("MAP132", "quarantine", f"{entity.name}.creator", at))
    told = {
        "creator": [name for name, _first, _last in creators],
        "creator_from": [None if first is None else str(first) for _name, first, _last in creators],
        "creator_to": [None if last is None else str(last) for _name, _first, last in creators],
    }
    return {name: pa.array(values, pa.string()).take(number) for name, values in told.items()}


def discard_rows(bench: Bench, frame: Frame, rule: lang.Rule) -> None:
    """Note rows below the root that a named rule excludes; they belong to no object."""
    fresh = bench.claims(frame.stream.name).discard(frame.rows, frame.root)
    bench.discards.append((frame.subset(fresh), rule))


def _all_present(keys: list[Text]) -> Text:
    mask = present(keys[0])
    for key in keys[1:]:
        mask = pc.and_(mask, present(key))
    return mask


def _within(bench: Bench, entity: lang.Entity, frame: Frame, when: Text, told: Text) -> None:
    period = bench.context.period
    if period is None:
        return
    first, last = period
    years = pc.equal(pc.utf8_length(when), 4)
    inside = pc.if_else(
        years,
        _between(when, None if first is None else str(first.year), None if last is None else str(last.year)),
        _between(when, first, last),
    )
    outside = pc.and_(pc.and_(told, pc.is_valid(when)), pc.invert(holds(inside)))
    place = bench.mapping.partition.where
    bench.fault(frame, where(outside), Cause("MAP131", "quarantine", f"{entity.name}.partition", place))


def _between(days: Text, first: date | str | None, last: date | str | None) -> Text:
    mask = pc.is_valid(days)
    if first is not None:
        mask = pc.and_(mask, holds(pc.greater_equal(days, str(first))))
    if last is not None:
        mask = pc.and_(mask, holds(pc.less_equal(days, str(last))))
    return mask
