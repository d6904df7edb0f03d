"""Texts that were harmed on their way: wrong or double encoding, lost characters, control characters."""

from collections.abc import Iterator

import pyarrow.compute as pc

from leverans.quality.bench import Bench, Mark

_CP1252 = bytes(range(0x80, 0xA0)).decode("cp1252", errors="ignore")  # what Latin-1 has no letters for
_SIGNS = (
    # UTF-8 read as Latin-1 or Windows-1252, once or twice: Ã¥, Ã„, Â§, ÃƒÂ¥, â€“, ï»¿
    ("QUA115", "UTF-8", rf"[ÃÂ][\x{{80}}-\x{{BF}}{_CP1252}]|â€[\x{{80}}-\x{{BF}}{_CP1252}]|ï»¿"),
    # CP437 or CP850 read as Windows-1252: å ä ö become † „ ” in the middle of words
    ("QUA115", "CP850", r"[A-Za-zÅÄÖåäöéÉ][†„”]\p{Ll}"),
    # Swedish ISO 646 (SEN 85 02 00 B) read as ASCII: R]DAL, h|st
    ("QUA115", "ISO 646", r"\p{Lu}[\[\]\\]\p{Lu}|\p{Ll}[{}|]\p{Ll}"),
    ("QUA116", "U+FFFD", r"\x{FFFD}"),
    ("QUA116", "control", r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x{9F}\x{FFFE}\x{FFFF}]"),
)


def encoding(bench: Bench) -> Iterator[Mark]:
    """Texts that were read with the wrong encoding, or hold lost characters or control characters."""
    for name in bench.fields():
        text = bench.column(name)
        for code, sign, pattern in _SIGNS:
            yield Mark(pc.fill_null(pc.match_substring_regex(text, pattern), False), code, f"{name}: {sign}")
