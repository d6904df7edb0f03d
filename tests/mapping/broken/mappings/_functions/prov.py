"""Funktioner för provet."""

import pyarrow as pa
import pyarrow.compute as pc


def sma(text: pa.Array) -> pa.Array:
    """Ge texten med små bokstäver."""
    return pc.utf8_lower(text)
