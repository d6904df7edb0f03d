"""OCFL 1.0 and 1.1, reading only: inventories, the walk of a storage root, and the judgement of an object.

Nothing but the standard library is imported here: the reconciliation reads counts and digests back from the
store with this room, which shares no line with the code that wrote them. Codes (``E023``, ``W005`` …) are
those of the specification's validation codes; their texts are findings named ``OCFL-<code>``.
"""

from leverans.formats.ocfl.inventory import Malformed, ObjectInventory, Version, read_inventory
from leverans.formats.ocfl.locate import locator
from leverans.formats.ocfl.rules import Problem
from leverans.formats.ocfl.tree import is_object, read_content, survey, walk
from leverans.formats.ocfl.verify import ObjectReport, verify_object

__all__ = [
    "Malformed",
    "ObjectInventory",
    "ObjectReport",
    "Problem",
    "Version",
    "is_object",
    "locator",
    "read_content",
    "read_inventory",
    "survey",
    "verify_object",
    "walk",
]
