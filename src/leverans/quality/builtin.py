"""The engine of our own: columns in, marks out, nothing per row."""

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from leverans.quality.bench import Bench, Mark
from leverans.quality.kinds import KINDS
from leverans.quality.port import Check, Facts, Outcome
from leverans.quality.subject import Unable, subject
from leverans.quality.verdicts import joined, nothing_proved, of_rows


class BuiltinEngine:
    """Evaluates rules of our own kinds with Arrow and pandas."""

    def run(self, checks: Sequence[Check], tables: Mapping[str, pa.Table], facts: Facts) -> list[Outcome]:
        """Evaluate every rule.

        A rule that cannot be checked proves nothing about any object: every object gets a verdict QUA002.
        """
        return [_outcome(check, tables, facts) for check in checks]


def _outcome(check: Check, tables: Mapping[str, pa.Table], facts: Facts) -> Outcome:
    try:
        bench = Bench(check, subject(check, tables, facts), tables, facts)
        marks = list(KINDS.get(check.kind, _unknown)(bench))
    except Unable as reason:
        return Outcome(check.id, 0, nothing_proved(check, tables, str(reason)), unable=str(reason))
    return Outcome(check.id, bench.table.num_rows, _verdicts(check, bench.table, marks))


def _unknown(bench: Bench) -> Iterator[Mark]:
    raise Unable(f"no kind {bench.check.kind}")


def _verdicts(check: Check, table: pa.Table, marks: Sequence[Mark]) -> pa.Table:
    return joined([of_rows(check, table, mark.mask, mark.code, mark.detail) for mark in marks])
