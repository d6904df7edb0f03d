"""What may be told of a name or a text that a person or a source wrote."""

import re

from leverans.ledger import AsideName

_PERSONAL = re.compile(
    r"(?<!\d)(?:1[89]|20)?\d\d"  # year
    r"(?:0[1-9]|1[0-2])"  # month
    r"(?:0[1-9]|[12]\d|3[01]|6[1-9]|[78]\d|9[01])"  # day, or day + 60
    r" ?[-+]? ?[\dA-Za-z]{2}\d\d(?!\d)"
)
"""Ten or twelve digits with a day in them: personnummer, samordningsnummer, reserve numbers with letters."""
MASK = "••••••-••••"
_LONGEST = 120


def masked(text: str) -> str:
    """Give a text with anything that looks like a personal identity number masked, and not too long."""
    clean = _PERSONAL.sub(MASK, text)
    return clean if len(clean) <= _LONGEST else f"{clean[: _LONGEST - 1]}…"


def named(name: AsideName, files: frozenset[str], *, known: bool) -> str:
    """Give what an object or row may be called in a report.

    An object goes by its reference code or key, as the ledger has them (a pseudonym when personal). A row
    goes by stream and key, but a file's name is content and is not told: such a row goes by its number in
    the ledger.

    Args:
        name: the object or row.
        files: streams whose keys are paths of files.
        known: whether `files` is known; when not, no row's key is told.
    """
    if name.object is not None:
        return masked(name.reference or name.key or name.object)
    if known and name.stream not in files and name.key:
        return masked(f"{name.stream} {name.key}")
    return f"{name.stream} nr {name.number}"
