"""Signs of texts that were harmed: wrong or double encoding, lost characters, control characters.

A sign is told only where nothing else explains it. What a wrong encoding makes of a letter may be a letter of
another language (``Gšteborg``, ``fõr``) or a mark with a use of its own (``”``, ``™``, ``|``): then its
neighbours in the word decide, and where they do not, nothing is told.
"""

# ruff: noqa: RUF001, RUF003 - look-alike signs are what this module is about

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

_HIGH = rf"[\x{{80}}-\x{{BF}}{bytes(range(0x80, 0xA0)).decode('cp1252', errors='ignore')}]"
"""What the bytes 80 to BF are in Latin-1 or Windows-1252: the later bytes of a letter in UTF-8."""

_START = r"(?:^|[\s(/-])"
_END = r"(?:$|[^\p{L}\p{N}])"
_CONSONANTS = "BCDFGHJKLMNPQRSTVWXZbcdfghjklmnpqrstvwxz"
_HARD = f"[{_CONSONANTS.replace('R', '').replace('r', '')}]"


@dataclass(frozen=True, slots=True)
class Sign:
    """What tells a fault: a regular expression (RE2), and what in the same text explains it otherwise."""

    code: str
    name: str
    pattern: str
    unless: str = ""


def _apart(mark: str, left: str, word: str) -> str:
    """Tell a mark between two parts of a word, of which one has no vowel and is no word of its own.

    A separator stands between words (``ja|nej``); the harmed letter stands in one (``h|st``).
    """
    return (
        rf"(?:^|[^\p{{L}}\p{{N}}|\\]){left}{mark}{word}{{2}}|{word}{{2}}{mark}[{_CONSONANTS}]{_END}"
        rf"|(?:^|[^\p{{L}}\p{{N}}|\\])(?:[{_CONSONANTS}]{{2,4}}){mark}{word}*[aeiouyåäöAEIOUYÅÄÖ]"
    )


_SIGNS = (
    # UTF-8 read as Windows-1252, Latin-1, MacRoman, CP850 or CP437: Ã¥, â‚¬, √•, ├ñ
    Sign("QUA115", "UTF-8", rf"[ÃÂ]{_HIGH}|â[€‚„†ˆ‰]{_HIGH}|ï»¿|ðŸ|√[•§∂ÖÑñ©]|├[ÑñÂ╢àäûû®⌐Ü]"),
    # CP850 or CP437 read as Windows-1252: å ä ö Ä Ö é become † „ ” Ž ™ ‚
    Sign("QUA115", "CP850", r"\p{L}†\p{L}|\p{L}[„‚]|™\p{L}|\p{Ll}Ž"),
    Sign("QUA115", "CP850", r"\p{L}”{1,2}\p{L}", unless=rf"{_START}”[^”]*\p{{L}}”"),
    Sign("QUA115", "CP850", rf"{_START}†\p{{Ll}}|(?:^|[^\p{{L}}])\p{{Ll}}†{_END}"),
    Sign("QUA115", "CP850", rf"{_START}„\p{{Ll}}", unless=r"[“\"]|[^\s(/-]”"),
    Sign("QUA115", "CP850", rf"{_START}”\p{{Ll}}", unless=r"[“\"„]|[^\s(/-]”"),
    Sign("QUA115", "CP850", rf"\p{{L}}”{_END}", unless=r"[“\"„]|(?s:”.*”)|\p{N}”"),
    Sign("QUA115", "CP850", rf"\p{{Lu}}[{_CONSONANTS.upper()}]™|J™", unless=r"\p{Ll}"),
    Sign(
        "QUA115",
        "CP850",
        rf"{_START}Ž(?i:n[gdsknt]|m[mn]|l[dvmgls]|pp|gg|gn|kt|s[kst]|tt|dd|rend|r{_END}|ven{_END})"
        rf"|[BDFGHJKLMNPSTV]Ž[{_CONSONANTS.upper()}]",
    ),
    # Windows-1252 read as CP850, CP437 or MacRoman: ÷ ┼ ─ ╓ σ Σ Θ, ‰ ˆ ≈ ƒ
    Sign(
        "QUA115",
        "Windows-1252",
        r"\p{L}÷\p{L}{2}|\p{L}{2}÷\p{L}|(?:^|[\s(/-])÷\p{L}{2}|\p{L}{2}÷(?:$|[^\p{L}\p{N} ])"
        r"|\p{L}[┼╓]|[┼╓]\p{L}|\p{Lu}─\p{Lu}"
        r"|[A-Za-z][σΣΘ][A-Za-z]|[A-Za-z]{2}[σΣΘ]|(?:^|[\s(/-])[σΣ][a-z]{2}"
        r"|[A-Za-zåäöÅÄÖ](?:‰|ˆ(?:$|\P{N}))|(?:^|[\s(/-])[‰ˆ≈][a-z]{2}|\p{L}ƒ\p{L}|ƒ\p{L}{2}"
        r"|\p{L}≈\p{L}{2}|\p{L}{2}≈\p{L}"
        r"|[a-z]Õ|[a-z]{2}Ú",
    ),
    # MacRoman read as Windows-1252: the capitals Œ Š Â in the middle of a word, € before one
    Sign("QUA115", "MacRoman", r"\p{Ll}[ŒŠÂ]|\p{Lu}[ŒŠÂ]\p{Ll}|šš|\p{L}€\p{L}|(?:^|[.(] ?)€\p{Ll}{2}"),
    # Swedish ISO 646 (SEN 85 02 00 B) read as ASCII: R]DAL, V{xj|, h|st, K\PING
    Sign(
        "QUA115", "ISO 646", r"\p{L}[{}]\p{Ll}|\p{Lu}[\[\]]\p{Lu}", unless=r"[\[{][^\[\]{}]*[\]}](?:\P{L}|$)"
    ),
    Sign("QUA115", "ISO 646", r"\p{L}\{\p{L}*[{|]|\p{Lu}\[\p{Lu}+\]\p{Lu}|^[^\[]*\p{Lu}\](?:$|\s)"),
    Sign("QUA115", "ISO 646", r"^[^{]*\p{L}\}|(?:^|[\s(/-])\}\p{Ll}{2}|(?:^|[\s(/-])\]\p{Ll}{2}"),
    Sign("QUA115", "ISO 646", r"(?:^|[\s(/-])\{\p{Ll}{2}", unless=r"\}"),
    Sign(
        "QUA115", "ISO 646", rf"{_apart(r'[|]', f'[{_CONSONANTS}]', r'[a-zåäö]')}|(?:^|\P{{L}})[Ff]\|r{_END}"
    ),
    Sign(
        "QUA115",
        "ISO 646",
        _apart(r"\\", f"[{_CONSONANTS.upper()}]", "[A-ZÅÄÖ]"),
        unless=r":\\|\\\\|\\.*\\.*\\",
    ),
    Sign("QUA115", "ISO 646", r"(?:^|\s)\\\p{L}{3}", unless=r":\\|\\.*\\|[.{}]"),
    # letters written as HTML, where no tag says that the whole text is HTML
    Sign(
        "QUA115",
        "HTML",
        r"&(?:[A-Za-z](?:ring|uml|acute|grave|circ|cedil)|amp|lt|gt|quot|apos|nbsp|#\d{2,6}|#[xX][0-9A-Fa-f]{2,5});",
        unless=r"<[A-Za-z/!]",
    ),
    Sign("QUA116", "U+FFFD", r"\x{FFFD}"),
    Sign("QUA116", "control", r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x{9F}\x{FFFE}\x{FFFF}]"),
)


def harms(text: pa.ChunkedArray | pa.Array) -> Iterator[tuple[Sign, pa.ChunkedArray | pa.Array]]:
    """Give every sign with the rows that show it; of one code each row shows one sign only.

    Args:
        text: a column of texts; NULL shows nothing.
    """
    told: dict[str, pa.ChunkedArray | pa.Array] = {}
    for sign in _SIGNS:
        shown = _shown(text, sign)
        if sign.code in told:  # one wrong encoding leaves signs that look like another's
            shown = pc.and_not(shown, told[sign.code])
        told[sign.code] = pc.or_(shown, told.get(sign.code, shown))
        yield sign, shown


def _shown(text: pa.ChunkedArray | pa.Array, sign: Sign) -> pa.ChunkedArray | pa.Array:
    found = pc.fill_null(pc.match_substring_regex(text, sign.pattern), False)
    if not sign.unless or not pc.any(found).as_py():
        return found
    return pc.and_not(found, pc.fill_null(pc.match_substring_regex(text, sign.unless), False))
