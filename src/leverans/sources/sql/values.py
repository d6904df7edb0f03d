"""Values of a database driver → Arrow columns; what does not decode is found row by row."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from leverans.sources.contract import ARROW_TYPES
from leverans.sources.sql.engine import Profile


def array(values: Sequence[Any], profile: Profile) -> pa.Array:
    """Make a column; text comes as UTF-8 bytes.

    Raises:
        pa.ArrowInvalid: a text is no UTF-8 (see `undecodable`).
    """
    given = [as_text(value) for value in values] if profile.mixed else values
    return pa.array(given, ARROW_TYPES[profile.type])


def as_text(value: Any) -> Any:
    """Give a number as its shortest exact text; text, bytes and NULL unchanged."""
    if value is None or isinstance(value, (bytes, str)):
        return value
    return repr(value) if isinstance(value, float) else str(value)


def undecodable(values: Sequence[Any]) -> list[int]:
    """Give the indexes of the texts that are no UTF-8."""
    return [index for index, value in enumerate(values) if isinstance(value, bytes) and not _decodes(value)]


def display(values: Sequence[Any]) -> str:
    """Give a key as people read it: its columns joined with ``|``."""
    texts = (as_text(value) for value in values)
    return "|".join(
        text.decode("utf-8", "replace") if isinstance(text, bytes) else text or "" for text in texts
    )


def _decodes(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True
