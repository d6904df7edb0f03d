"""Rules on a mapped bucket: what they must know, their verdicts in the order that decides, what they stop."""

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from leverans.delivery.bucket import Judged
from leverans.mapping import MappedBucket, Plan
from leverans.quality import DOCUMENT, Facts, evaluate


def facts_of(plan: Plan, day: date) -> Facts:
    """Give what rules must know of one bucket: the day that counts as today, and the names of tables."""
    return Facts(as_of=day, entities={name: entity.model for name, entity in plan.mapping.entities.items()})


def checked(plan: Plan, mapped: MappedBucket, facts: Facts) -> pa.Table:
    """Give all verdicts of mapping and rules about a bucket; those of critical rules come first.

    The first verdict on an object is the reason that stands in ledger and receipt.

    Raises:
        IntegrityError: QUA001 or QUA005, the engine did not evaluate the rules honestly.
    """
    tables = {**mapped.tables, DOCUMENT: mapped.documents}
    own = evaluate(plan.checks, tables, facts).cast(mapped.verdicts.schema)
    first = pc.is_in(own["rule"], value_set=pa.array(sorted(_critical(plan)), pa.string()))
    return pa.concat_tables([own.filter(first), mapped.verdicts, own.filter(pc.invert(first))])


def stopped(plan: Plan, judged: Judged) -> dict[str, int]:
    """Count the objects set aside by a critical rule, per ``partition/route``: nothing of it is delivered."""
    critical = _critical(plan)
    counts: dict[str, int] = {}
    for row in judged.settled:
        if row["disposition"] == "quarantined" and row["rule"] in critical:
            name = f"{row['partition']}/{row['route']}"
            counts[name] = counts.get(name, 0) + 1
    return counts


def _critical(plan: Plan) -> set[str]:
    return {check.id for check in plan.checks if check.severity == "critical"}
