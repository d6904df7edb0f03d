"""Text that will make trouble or has been harmed already: reported, never mended."""

import numpy as np
import pyarrow.compute as pc

from leverans.mapping.execution.arrow import Text, bytes_of, where

_SIGNS = (
    ("MAP150", r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x{9F}\x{FFFE}\x{FFFF}]"),
    ("MAP151", r"\x{FFFD}"),
    ("MAP152", r"Ã[\x{80}-\x{BF}…„–‰€]|Â[\x{A0}-\x{BF}]|â€"),
)
_ANY = "|".join(pattern for _code, pattern in _SIGNS)
_RARE = np.zeros(256, dtype=bool)
_RARE[[*range(0x20), 0x7F, 0xC2, 0xEF]] = True
_RARE[[0x09, 0x0A, 0x0D]] = False
_LEAD, _AFTER = 0xC3, (0x82, 0x83, 0xA2)
"""UTF-8 of ``Â``, ``Ã`` and ``â``; every other sign begins with a rare byte or is one."""


def _may_be(data: np.ndarray) -> bool:
    """Say whether any of the signs can be in some UTF-8; the bytes are looked at, no text."""
    if _RARE[data].any():
        return True
    leads = np.flatnonzero(data == _LEAD)
    return bool(np.isin(data[leads + 1], _AFTER).any())


def suspicious(text: Text) -> list[tuple[str, np.ndarray]]:
    """Give (code, positions) of texts with control characters, U+FFFD or the marks of a wrong encoding."""
    if not _may_be(bytes_of(text)) or not pc.any(pc.match_substring_regex(text, _ANY)).as_py():
        return []
    found = []
    for code, pattern in _SIGNS:
        at = where(pc.fill_null(pc.match_substring_regex(text, pattern), False))
        if len(at):
            found.append((code, at))
    return found
