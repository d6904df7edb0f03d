"""The door of the room: every rule asked for is evaluated honestly, or the run stops."""

from collections import Counter
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from leverans.errors import IntegrityError
from leverans.quality.engines import engine_for
from leverans.quality.port import Check, Engine, Facts, Outcome
from leverans.quality.subject import Unable, columns, subject
from leverans.quality.verdicts import disposition, joined


def evaluate(
    checks: Sequence[Check],
    tables: Mapping[str, pa.Table],
    facts: Facts | None = None,
    engine: Engine | None = None,
) -> pa.Table:
    """Hold the objects of one bucket against rules.

    Args:
        checks: the rules.
        tables: the tables of the model by name, with the schemas of `leverans.model.SCHEMAS`, and
            ``document`` where rules are about documents.
        facts: what rules need to know beside the tables.
        engine: what evaluates; by default what `engine_for` gives.

    Returns:
        Verdicts with the columns of `VERDICTS`, sorted by root, rule and detail: a root may have several.

    Raises:
        IntegrityError: QUA001, the engine did not evaluate exactly the rules asked for; QUA005, it did not
            look at every row, kept silent about a field that is not there, or gave another verdict than the
            rule's severity asks for.
        ConfigurationError: QUA004, Great Expectations does not take a rule.
    """
    found = outcomes(checks, tables, facts, engine)
    verdicts = joined([outcome.verdicts for outcome in found])
    order = [(name, "ascending") for name in ("root", "rule", "code", "detail")]
    return verdicts.sort_by(order)


def outcomes(
    checks: Sequence[Check],
    tables: Mapping[str, pa.Table],
    facts: Facts | None = None,
    engine: Engine | None = None,
) -> list[Outcome]:
    """Give what became of each rule, in the order of `checks`; otherwise as `evaluate`."""
    told = facts or Facts()
    done = (engine or engine_for(checks)).run(checks, tables, told)
    asked, answered = Counter(check.id for check in checks), Counter(outcome.check for outcome in done)
    if asked != answered or any(number > 1 for number in asked.values()):
        strange = sorted((asked - answered) + (answered - asked)) or sorted(asked)
        raise IntegrityError(
            "QUA001", "", requested=asked.total(), evaluated=answered.total(), rules=", ".join(strange[:10])
        )
    by_id = {outcome.check: outcome for outcome in done}
    for check in checks:
        reason = _dishonest(check, by_id[check.id], tables, told)
        if reason:
            raise IntegrityError("QUA005", check.where, rule=check.id, reason=reason)
    return [by_id[check.id] for check in checks]


def _dishonest(check: Check, outcome: Outcome, tables: Mapping[str, pa.Table], facts: Facts) -> str:
    """Give what cannot be true of an outcome, or nothing: held against the tables, not against the engine."""
    roots = tables["case"]["root"] if "case" in tables else pa.chunked_array([], pa.string())
    wrong = pc.not_equal(outcome.verdicts["disposition"], disposition(check))
    if pc.any(wrong).as_py() or pc.any(pc.not_equal(outcome.verdicts["rule"], check.id)).as_py():
        return "verdicts of another rule or severity"
    if not pc.all(pc.is_in(outcome.verdicts["root"], value_set=roots)).as_py() and outcome.verdicts.num_rows:
        return "verdicts about objects that are not there"
    if outcome.unable:
        told = pc.count_distinct(outcome.verdicts["root"]).as_py()
        return "" if told == len(roots) else "objects without a verdict though nothing was proved"
    try:
        rows = subject(check, tables, facts)
    except Unable:
        return "a table or field of when that is not there"
    absent = [name for name in columns(check) if name not in rows.column_names]
    if absent:
        return f"fields that are not there: {', '.join(absent)}"
    return "" if outcome.looked_at == rows.num_rows else f"{outcome.looked_at} of {rows.num_rows} rows"
