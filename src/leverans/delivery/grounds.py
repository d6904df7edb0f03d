"""What every decision must say: who, why, and by which written decision; and nothing about a third person."""

import re
import unicodedata

import pyarrow as pa

from leverans.errors import UsageError
from leverans.identify.numbers import persons

_PERSONAL = re.compile(r"(?<!\d)(?:\d{2})?\d{6} ?[-+]? ?\d{4}(?!\d)")
"""Ten or twelve digits: refused whatever they say."""

_GROUPED = re.compile(
    r"(?<!\d)(?=(?P<year>(?:\d\d[ -]?)?\d\d)[ -]?(?P<day>\d\d[ -]?\d\d)"
    r"(?P<mark> ?[-+]? ?)(?P<last>\d{4}|TF ?\d\d|T ?\d{3})(?!\d))",
    re.IGNORECASE,
)
"""Whatever may be a number of a person, in any grouping: refused when `persons` reads one of any class."""
_WORDS = {"by": "--by", "reason": "--reason", "reference": "--decision"}


def grounds(
    person: str, reason: str, reference: str, *, demanded: tuple[str, ...] = ("by", "reason", "reference")
) -> None:
    """Hold the grounds of a decision to their form.

    Args:
        person: who decides.
        reason: why.
        reference: the written decision.
        demanded: which of ``by``, ``reason`` and ``reference`` must be there.

    Raises:
        UsageError: DEC001 something is missing, DEC012 a personal identity number seems to stand in it.
    """
    told = {"by": person, "reason": reason, "reference": reference}
    missing = [_WORDS[name] for name in demanded if not told[name].strip()]
    if missing:
        raise UsageError("DEC001", missing=", ".join(missing))
    for name, text in told.items():
        if _personal(text):
            raise UsageError("DEC012", word=_WORDS[name])


def _personal(text: str) -> bool:
    """Say whether a number of a person seems to stand in a text, however its parts are held together."""
    plain = "".join(
        "-" if unicodedata.category(sign) == "Pd" or sign == "\N{MINUS SIGN}" else sign
        for sign in unicodedata.normalize("NFKC", text)
        if unicodedata.category(sign) != "Cf"
    )
    plain = re.sub(r"\s+", " ", plain)
    if _PERSONAL.search(plain):
        return True
    found = [_written(match) for match in _GROUPED.finditer(plain)]
    return bool(found) and bool(persons(pa.array(found, pa.string()), None).valid.any())


def _written(match: re.Match[str]) -> str:
    """Write what was found as the Tax Agency writes it; a TF number without its century is one, too."""
    year, day, last = (re.sub(r"[ -]", "", match[name]).upper() for name in ("year", "day", "last"))
    century = "19" if len(year) == 2 and last.startswith("T") else ""
    return f"{century}{year}{day}{'+' if '+' in match['mark'] else '-'}{last}"


def same_person(one: str, other: str) -> bool:
    """Say whether two names are the same, whatever their case and the spaces in them."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
