"""Reference codes for what has none of its own: made of the code above, and never the code of another."""

from collections.abc import Sequence

from leverans.model import Record


def record_code(above: str, number: int | None, place: int) -> str:
    """Give the code of a record that has none of its own: that above it, and its number or place (from 1)."""
    return f"{above}:{place if number is None else number}"


def record_codes(above: str, records: Sequence[Record]) -> list[str]:
    """Give the code of each of the records that lie together, its own or one that is made."""
    made = [record_code(above, one.number, place) for place, one in enumerate(records, start=1)]
    return told_apart([one.reference_code for one in records], made)


def told_apart(given: Sequence[str | None], made: Sequence[str]) -> list[str]:
    """Give each sibling its own code or the made one; what another has gets ``.2``, ``.3`` … behind it."""
    taken = {code for code in given if code is not None}
    codes = []
    for own, proposed in zip(given, made, strict=True):
        code, count = own if own is not None else proposed, 1
        while own is None and code in taken:
            count += 1
            code = f"{proposed}.{count}"
        taken.add(code)
        codes.append(code)
    return codes
