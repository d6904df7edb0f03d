"""Rules across tables: references that lead nowhere, registered files that are not there."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leverans.quality.bench import Bench, Mark
from leverans.quality.census import hashes
from leverans.quality.subject import Unable

_STATES = ("missing", "unreadable", "refused")


def orphans(bench: Bench) -> Iterator[Mark]:
    """Values that must stand in a field of another table; rows without a value are skipped."""
    counted = bench.facts.known.get(bench.check.id, {})
    for name, demand in bench.demands():
        values = hashes([bench.any_column(name)])
        known = counted.get(name)
        found = values.given & ~np.isin(values.digests, _within(bench, demand) if known is None else known)
        yield Mark(pa.array(found), "QUA117", name)


def files_exist(bench: Bench) -> Iterator[Mark]:
    """Documents that a row refers to and that could not be landed."""
    states = bench.words("status", bench.check.arguments, _STATES)
    status = bench.column("status")
    for state in states:
        yield Mark(pc.fill_null(pc.equal(status, state), False), "QUA118", state)


def _within(bench: Bench, target: object) -> np.ndarray:
    """Give the values that may be referred to, as far as this bucket has them."""
    on, dot, column = str(target).partition(".")
    table = bench.tables.get(bench.facts.entities.get(on, on))
    if not dot or table is None or column not in table.column_names:
        raise Unable(f"no field {target}")
    values = hashes([table[column]])
    return np.asarray(values.digests[values.given])
