"""The source's own keys of root objects, and the object ids that they give."""

from collections import Counter
from collections.abc import Mapping

import pyarrow as pa

from leverans.mapping.plan import Context, Plan


def root_keys(
    plan: Plan, bucket: Mapping[str, pa.Table], context: Context
) -> tuple[list[tuple[str, ...]], list[str]]:
    """Give key and object id of every root object of a bucket whose key is whole and stands there once.

    Args:
        plan: the bound mapping.
        bucket: the rows of one bucket.
        context: who delivers; with the municipality's key for pseudonyms.
    """
    from leverans.mapping.execution.bench import Bench
    from leverans.mapping.execution.cases import root_rows

    bench = Bench(plan, bucket, {}, context)
    entity = plan.mapping.entities[plan.mapping.root]
    versions, late = root_rows(bench, entity)
    frame = versions.subset(late.chosen)
    keys = list(zip(*(frame.text(column).to_pylist() for column in entity.key), strict=True))
    complete = [key for key in keys if all(part not in {None, ""} for part in key)]
    columns = [pa.array([key[at] for key in complete], pa.string()) for at in range(len(entity.key))]
    ids = bench.object_ids(entity, columns).to_pylist() if complete else []
    seen = Counter(ids)
    pairs = [(key, own) for key, own in zip(complete, ids, strict=True) if seen[own] == 1]
    return [key for key, _ in pairs], [own for _, own in pairs]
