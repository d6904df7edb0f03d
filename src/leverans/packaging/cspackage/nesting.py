"""Sub-cases beside a flat list of records: each names its records by id, and gets them back by it."""

from collections.abc import Iterable
from dataclasses import replace

from leverans.model import Case, Record, SubCase


def reference(own: str) -> Record:
    """Give what stands for a record of this id."""
    return Record(own, "", "")


def skeletons(subcases: Iterable[SubCase]) -> tuple[SubCase, ...]:
    """Give sub-cases whose records are references."""
    return tuple(
        replace(
            one,
            records=tuple(reference(record.id) for record in one.records),
            subcases=skeletons(one.subcases),
        )
        for one in subcases
    )


def nested(case: Case) -> Case:
    """Move the records of a case into the sub-cases that refer to them."""
    if not case.subcases:
        return case
    waiting = {record.id: record for record in case.records}
    subcases = tuple(_filled(one, waiting) for one in case.subcases)
    return replace(case, records=tuple(waiting.values()), subcases=subcases)


def _filled(subcase: SubCase, waiting: dict[str, Record]) -> SubCase:
    found = (waiting.pop(one.id, None) for one in subcase.records)
    records = tuple(one for one in found if one is not None)
    return replace(
        subcase, records=records, subcases=tuple(_filled(one, waiting) for one in subcase.subcases)
    )
