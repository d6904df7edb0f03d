"""Numbers and days of SIE lines: what is one, what is not, and what tells that fields have moved."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from leverans.sources.sie.items import Field, Item
from leverans.sources.sie.tables import LABELS

_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)")
_DAY = re.compile("[0-9]{8}")


def number(field: Field) -> Decimal | None:
    """Give a number exactly: digits 0 to 9, a sign, one point or comma; None for anything else."""
    if isinstance(field, tuple) or not _NUMBER.fullmatch(field):
        return None
    return Decimal(field.replace(",", "."))


def amount(item: Item) -> Decimal | None:
    """Give the amount of a balance or transaction exactly; None where it tells none."""
    at = _places(item)["belopp" if "belopp" in _places(item) else "saldo"]
    return number(item.fields[at]) if at < len(item.fields) else None


def doubts(item: Item) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    """Yield code and parameters of what looks wrong in a balance or a transaction.

    A blank in a number makes two fields of it, and moves all behind it.
    """
    if amount(item) is None:
        yield "SRC206", ()
    told = {name: item.fields[at] for name, at in _places(item).items() if at < len(item.fields)}
    for name in ("belopp", "saldo", "kvantitet"):
        if "," in (value := told.get(name, "")) and number(value) is not None:
            yield "SRC209", (("field", name),)
    if not _fits(told.get("transdat", "")):
        yield "SRC208", (("field", "transdat"),)
    if told.get("kvantitet") and number(told["kvantitet"]) is None:
        yield "SRC208", (("field", "kvantitet"),)
    if any(number(field) is not None for field in item.fields[len(_places(item)) :]):
        yield "SRC208", (("field", "ovrigt"),)


def _places(item: Item) -> dict[str, int]:
    return {name: at for at, name in enumerate(LABELS[item.label].fields)}


def _fits(day: Field) -> bool:
    if not day:
        return True
    try:
        return isinstance(day, str) and bool(_DAY.fullmatch(day) and date.fromisoformat(day))
    except ValueError:
        return False
