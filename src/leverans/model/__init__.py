"""What an archive holds: frozen types and the Arrow schema of each.

Objects live in two shapes. *Columns*: one flat Arrow table per type, children point to their owner; mapping,
checks and storage between stages use these. *Objects*: one `Case` with everything nested; writers use these.
`assemble` goes from the first to the second, `disassemble` back.
"""

from leverans.model.assembly import assemble, disassemble
from leverans.model.columns import SCHEMAS, empty, schema_of
from leverans.model.types import (
    AXES,
    ROUTES,
    STATES,
    Agent,
    Case,
    Event,
    Extra,
    File,
    Location,
    Record,
    Relation,
    Restriction,
    Row,
)

__all__ = [
    "AXES",
    "ROUTES",
    "SCHEMAS",
    "STATES",
    "Agent",
    "Case",
    "Event",
    "Extra",
    "File",
    "Location",
    "Record",
    "Relation",
    "Restriction",
    "Row",
    "assemble",
    "disassemble",
    "empty",
    "schema_of",
]
