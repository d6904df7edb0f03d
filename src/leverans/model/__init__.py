"""What an archive holds: frozen types and the Arrow schema of each.

Objects live in two shapes. *Columns*: one flat Arrow table per type, children point to their owner; mapping,
checks and storage between stages use these. *Objects*: one `Case` with everything nested; writers use these.
`assemble` goes from the first to the second, `disassemble` back.
"""

from leverans.model.assembly import assemble, disassemble
from leverans.model.columns import SCHEMAS, empty, schema_of
from leverans.model.parts import (
    Agent,
    Class,
    Custody,
    Event,
    Extra,
    Fonds,
    Location,
    Place,
    Relation,
    Restriction,
    Row,
)
from leverans.model.types import AXES, DEEPEST, ROUTES, STATES, Case, File, Record, SubCase

__all__ = [
    "AXES",
    "DEEPEST",
    "ROUTES",
    "SCHEMAS",
    "STATES",
    "Agent",
    "Case",
    "Class",
    "Custody",
    "Event",
    "Extra",
    "File",
    "Fonds",
    "Location",
    "Place",
    "Record",
    "Relation",
    "Restriction",
    "Row",
    "SubCase",
    "assemble",
    "disassemble",
    "empty",
    "schema_of",
]
