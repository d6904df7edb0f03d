"""The engine of our own: columns in, marks out, nothing per row."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from leverans.quality.kinds import KINDS, Bench, Mark, Unable
from leverans.quality.port import VERDICTS, Check, Facts, Outcome
from leverans.quality.verdicts import joined, of_all, of_rows

UNABLE = "QUA002"


class BuiltinEngine:
    """Evaluates rules with Arrow and pandas."""

    def run(self, checks: Sequence[Check], tables: Mapping[str, pa.Table], facts: Facts) -> list[Outcome]:
        """Evaluate every rule.

        A rule that cannot be checked proves nothing about any object: every object gets a verdict QUA002.
        """
        return [_outcome(check, tables, facts) for check in checks]


def _outcome(check: Check, tables: Mapping[str, pa.Table], facts: Facts) -> Outcome:
    try:
        bench = _bench(check, tables, facts)
        marks = list(KINDS[check.kind](bench))
    except Unable as reason:
        return Outcome(check.id, 0, _nothing_proved(check, tables, str(reason)), unable=str(reason))
    return Outcome(check.id, bench.table.num_rows, _verdicts(check, bench.table, marks))


def _bench(check: Check, tables: Mapping[str, pa.Table], facts: Facts) -> Bench:
    table = tables.get(facts.entities.get(check.on, check.on))
    if table is None:
        raise Unable(f"no table {check.on}")
    if check.kind not in KINDS:
        raise Unable(f"no kind {check.kind}")
    return Bench(check, table, tables, facts)


def _nothing_proved(check: Check, tables: Mapping[str, pa.Table], reason: str) -> pa.Table:
    cases = tables.get("case")
    if cases is None:
        return VERDICTS.empty_table()
    return of_all(check, cases["root"], UNABLE, reason)


def _verdicts(check: Check, table: pa.Table, marks: Sequence[Mark]) -> pa.Table:
    return joined([of_rows(check, table, mark.mask, mark.code, mark.detail) for mark in marks])
