"""What the archive model lets a mapping say: fields, required ones, closed sets of words."""

import pyarrow as pa

from leverans.mapping.blocks import PAIRS
from leverans.model import SCHEMAS

AUTOMATIC = {
    "case": {"id", "key", "partition", "access", "route", "version", "replaces", "digest"},
    "subcase": {"id", "key", "access"},
    "record": {"id", "key", "access"},
    "file": {
        "id",
        "sha256",
        "size",
        "crc32",
        "puid",
        "format",
        "format_version",
        "mime",
        "basis",
        "reference",
    },
}
"""Fields of the model that are filled without the mapping's help."""
_ALWAYS = {"root", "owner", "seq"}

REQUIRED: dict[str, tuple[str, ...]] = {
    "case": ("reference_code", "title"),
    "subcase": ("title",),
    "record": ("title",),
    "file": (),
    "agent": ("type", "name"),
    "event": ("kind",),
    "location": ("place",),
    "relation": ("type", "target"),
    "fonds": ("name",),
    "class": ("code",),
    "place": (),
    "custody": ("holder",),
    "extra": ("name", "value"),
}
"""Fields without which an object cannot be in the archive."""

DATES = frozenset(
    {
        "opened",
        "closed",
        "created",
        "received",
        "sent",
        "date",
        "until",
        "valid_from",
        "valid_to",
        "creator_from",
        "creator_to",
        "signature_date",
    }
)
"""Fields of the model that hold ISO dates; the value of an ``extra`` may be one, too."""

NAMING = {
    "agent": "name",
    "location": "place",
    "relation": "target",
    "fonds": "name",
    "class": "code",
    "custody": "holder",
    "extra": "value",
}
"""Parts are made only where this field has a value; events are always made."""

ANY_OF = {
    "place": ("designation", "key", "address", "postal_code", "city", "municipality", "north", "east"),
}
"""Parts are made only where any of these fields has a value."""

WORDS: dict[tuple[str, str], frozenset[str]] = {
    ("record", "direction"): frozenset({"incoming", "outgoing", "internal"}),
    ("record", "medium"): frozenset({"physical", "digital", "physical_and_digital"}),
    ("file", "signature"): frozenset({"exists", "removed"}),
    ("event", "kind"): frozenset({"event", "decision"}),
    ("location", "basis"): frozenset({"source", "declared"}),
    ("custody", "kind"): frozenset({"custodian", "successor"}),
}
"""Fields of the model that only take these words."""

PARTS: dict[str, frozenset[str]] = {
    "case": frozenset(
        {"agent", "event", "location", "relation", "fonds", "class", "place", "custody", "extra"}
    ),
    "subcase": frozenset({"agent", "event", "location", "relation", "class", "place", "custody", "extra"}),
    "record": frozenset({"agent", "event", "location", "relation", "place", "extra"}),
    "file": frozenset({"extra"}),
}
"""Which parts an entity of each model can have."""


def fields_of(model: str) -> tuple[str, ...]:
    """Give the fields that a mapping may fill, in the model's order; pairs stand beside their halves."""
    own = [name for name in SCHEMAS[model].names if name not in _ALWAYS | AUTOMATIC.get(model, set())]
    own += [pair for pair, halves in PAIRS.items() if all(half in own for half in halves)]
    return tuple(own)


def is_whole(model: str, field: str) -> bool:
    """Say whether a field of the model is a whole number."""
    return field not in PAIRS and pa.types.is_integer(SCHEMAS[model].field(field).type)
