"""Numbers by the habits of a country: text in, plain digits out; nothing rounded."""

import re
from dataclasses import dataclass

import pyarrow.compute as pc

from leverans.mapping import language as lang
from leverans.mapping.execution.arrow import Mask, Text, holds

_SPACES = r"[ \x{A0}\x{2009}\x{202F}]"
_MOST = 18
"""Digits of a whole number that a 64-bit field holds."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Read numbers: plain text (NULL where it is none), and which texts are no number."""

    plain: Text
    unfit: Mask


def read_figures(text: Text, value: lang.Value) -> Figures:
    """Read whole and decimal numbers with the marks that the value names; NULL stays NULL."""
    plain = pc.replace_substring(text, "\N{MINUS SIGN}", "-")
    whole = r"\d+"
    if value.thousands:
        mark = _SPACES if value.thousands == "space" else re.escape(value.thousands)
        whole = rf"(?:\d+|\d{{1,3}}(?:{mark}\d{{3}})+)"
    rest = rf"(?:{re.escape(value.decimal_mark)}\d+)?" if value.kind == "decimal" else ""
    fits = pc.match_substring_regex(plain, f"^-?{whole}{rest}$")
    if value.thousands:
        plain = pc.replace_substring_regex(plain, pattern=mark, replacement="")
    if value.kind == "decimal":
        plain = pc.replace_substring(plain, value.decimal_mark, ".")
    else:
        fits = pc.and_(fits, pc.match_substring_regex(plain, rf"^-?\d{{1,{_MOST}}}$"))
        plain = _digits(plain, fits)
    return Figures(pc.if_else(holds(fits), plain, None), holds(pc.invert(fits)))


def _digits(text: Text, fits: Mask) -> Text:
    """Write whole numbers without leading zeros."""
    sound = pc.if_else(holds(fits), text, None)
    return pc.cast(pc.cast(sound, "int64"), "string")
