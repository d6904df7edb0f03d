"""What a document is: PRONOM ids by signature, container or extension, remembered by digest."""

from leverans.identify.identifier import Identifier, Item
from leverans.identify.result import Basis, Identification, Warned

__all__ = ["Basis", "Identification", "Identifier", "Item", "Warned"]
