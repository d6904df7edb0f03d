"""What every decision must say: who, why, and by which written decision; and nothing about a third person."""

import re

from leverans.errors import UsageError

_PERSONAL = re.compile(r"(?<!\d)(?:\d{2})?\d{6}[-+ ]?\d{4}(?!\d)")
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
        if _PERSONAL.search(text):
            raise UsageError("DEC012", word=_WORDS[name])


def same_person(one: str, other: str) -> bool:
    """Say whether two names are the same, whatever their case and the spaces in them."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
