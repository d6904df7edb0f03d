"""Rules on a mapped bucket: what they must know, their verdicts in the order that decides, what they stop."""

from collections.abc import Collection
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from leverans.delivery.bucket import EXCLUDE, QUARANTINE, VOID, Judged
from leverans.delivery.counting import tally
from leverans.delivery.decided import WARN
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


def yielding(plan: Plan, verdicts: pa.Table, archived: Collection[str]) -> pa.Table:
    """Let rules about objects that the mapping leaves out only tell what they saw.

    A named rule of the mapping comes first: what it excludes, or calls void before it was ever archived, is
    not archived, whatever is wrong with it. Where the mapping itself could not read the object, that decides.

    Args:
        plan: whose checks the rules are.
        verdicts: all verdicts about a bucket.
        archived: objects that are in the archive already: a void one of them gets a new version.
    """
    words, roots = verdicts["disposition"], verdicts["root"]
    void = pc.and_(
        pc.equal(words, VOID), pc.invert(pc.is_in(roots, value_set=pa.array(list(archived), pa.string())))
    )
    out = pc.drop_null(roots.filter(pc.or_(pc.equal(words, EXCLUDE), void))).combine_chunks()
    rules = pa.array([check.id for check in plan.checks], pa.string())
    told = pc.and_(pc.is_in(roots, value_set=out), pc.is_in(verdicts["rule"], value_set=rules))
    told = pc.and_(told, pc.and_(_of_rules(verdicts), pc.equal(words, QUARANTINE)))
    place = verdicts.schema.get_field_index("disposition")
    return verdicts.set_column(place, verdicts.schema.field(place), pc.if_else(told, pa.scalar(WARN), words))


def warned(verdicts: pa.Table) -> dict[str, int]:
    """Count the verdicts that only told, by code, as mapping and rules gave them, before any decision."""
    return tally(verdicts["code"].filter(pc.equal(verdicts["disposition"], WARN)))


def stopped(plan: Plan, judged: Judged) -> dict[str, int]:
    """Count the objects set aside by a critical rule, per ``partition/route``: nothing of it is delivered."""
    critical = _critical(plan)
    counts: dict[str, int] = {}
    for row in judged.settled:
        if row["disposition"] == "quarantined" and row["rule"] in critical:
            name = f"{row['partition']}/{row['route']}"
            counts[name] = counts.get(name, 0) + 1
    return counts


def _of_rules(verdicts: pa.Table) -> pa.Array:
    """Say which verdicts rules gave: a rule of the mapping may have the name of one."""
    return pc.starts_with(verdicts["code"], "QUA")


def _critical(plan: Plan) -> set[str]:
    return {check.id for check in plan.checks if check.severity == "critical"}
