"""Paper: an archivist's word for where a series lies, for cases without document and place in the data."""

import numpy as np
import pyarrow as pa

from leverans.mapping.execution.arrow import Text, repeat
from leverans.mapping.execution.bench import Bench
from leverans.mapping.execution.frames import Frame, satisfies
from leverans.mapping.execution.verdicts import Cause

_RULE = "paper"


def declare_paper(bench: Bench, frame: Frame, ids: Text) -> None:
    """Give paper-only cases the place that is declared for their series; MAP215 where none is.

    Args:
        bench: what is worked on; files and places of all objects stand in its output already.
        frame: the cases.
        ids: the object id of each case.
    """
    declarations = bench.mapping.paper
    if not declarations:
        return
    placed = np.isin(frame.root, [*bench.output.roots("file"), *bench.output.roots("location")])
    waiting = ~placed
    for number, declared in enumerate(declarations):
        at = np.flatnonzero(waiting & np.asarray(satisfies(frame, declared.condition), dtype=bool))
        waiting[at] = False
        place = repeat(f"{declared.series}, {declared.place}", len(at))
        fields = {"place": place, "basis": repeat("declared", len(at))}
        owners = ids.take(pa.array(at, pa.int64()))
        bench.output.add("location", frame.root[at], owners, fields, block=number)
    cause = Cause("MAP215", "warn", _RULE, declarations[0].where)
    bench.fault(frame, np.flatnonzero(waiting), cause)
