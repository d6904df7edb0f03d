"""From YAML to columns: a mapping is read, bound to its sources, and executed bucket by bucket.

Three layers of errors: `load` holds the file against the language, `bind` holds it against the source
catalogue and the archive model before any row is read, `Plan.execute` turns faults of the data into verdicts.
"""

from leverans.mapping.api import bind, load
from leverans.mapping.language import Check, Mapping
from leverans.mapping.plan import ColumnUse, Context, FieldLineage, MappedBucket, Plan
from leverans.mapping.rootkeys import root_keys

__all__ = [
    "Check",
    "ColumnUse",
    "Context",
    "FieldLineage",
    "MappedBucket",
    "Mapping",
    "Plan",
    "bind",
    "load",
    "root_keys",
]
