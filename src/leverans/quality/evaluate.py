"""The door of the room: every rule asked for is evaluated, or the run stops."""

from collections import Counter
from collections.abc import Mapping, Sequence

import pyarrow as pa

from leverans.errors import IntegrityError
from leverans.quality.builtin import BuiltinEngine
from leverans.quality.port import Check, Engine, Facts, Outcome
from leverans.quality.verdicts import joined


def evaluate(
    checks: Sequence[Check],
    tables: Mapping[str, pa.Table],
    facts: Facts | None = None,
    engine: Engine | None = None,
) -> pa.Table:
    """Hold the objects of one bucket against rules.

    Args:
        checks: the rules.
        tables: the tables of the model by name, with the schemas of `leverans.model.SCHEMAS`.
        facts: what rules need to know beside the tables.
        engine: what evaluates; our own by default.

    Returns:
        Verdicts with the columns of `VERDICTS`, sorted by root, rule and detail: a root may have several.

    Raises:
        IntegrityError: QUA001, the engine did not evaluate exactly the rules asked for.
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
    done = (engine or BuiltinEngine()).run(checks, tables, facts or Facts())
    asked, answered = Counter(check.id for check in checks), Counter(outcome.check for outcome in done)
    if asked != answered or any(number > 1 for number in asked.values()):
        strange = sorted((asked - answered) + (answered - asked)) or sorted(asked)
        raise IntegrityError(
            "QUA001", "", requested=asked.total(), evaluated=answered.total(), rules=", ".join(strange[:10])
        )
    by_id = {outcome.check: outcome for outcome in done}
    return [by_id[check.id] for check in checks]
