"""Text that will make trouble or has been harmed already: reported, never mended."""

import numpy as np
import pyarrow.compute as pc

from leverans.mapping.execution.arrow import Text, where

_SIGNS = (
    ("MAP150", r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x{9F}\x{FFFE}\x{FFFF}]"),
    ("MAP151", r"\x{FFFD}"),
    ("MAP152", r"Ã[\x{80}-\x{BF}…„–‰€]|Â[\x{A0}-\x{BF}]|â€"),
)
_ANY = "|".join(pattern for _code, pattern in _SIGNS)


def suspicious(text: Text) -> list[tuple[str, np.ndarray]]:
    """Give (code, positions) of texts with control characters, U+FFFD or the marks of a wrong encoding."""
    if not pc.any(pc.match_substring_regex(text, _ANY)).as_py():
        return []
    found = []
    for code, pattern in _SIGNS:
        at = where(pc.fill_null(pc.match_substring_regex(text, pattern), False))
        if len(at):
            found.append((code, at))
    return found
