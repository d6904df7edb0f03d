"""What seems to be personal, or harmed, in texts: rows are counted, no value is kept."""

from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leverans.identify.harmed import harms
from leverans.identify.numbers import persons

PERSONAL_NUMBER, MAIL, PHONE = "personal_number", "mail", "phone"

_UNUSUAL = r"[^\x20-\x25\x27-\x5A\x5E-\x7A\x7E\t\n\råäöÅÄÖéÉ]"
"""Every sign of a harmed text has one of these in it."""
_DAY = r"(?:0\d|1[0-2])(?:[0-2]\d|3[01]|[6-8]\d|9[01])"
_CANDIDATE = rf"(?:^|[^\d])(?P<number>(?:18|19|20)?\d{{2}}{_DAY}[-+]?\d{{4}})(?:[^\d]|$)"
_MARKED = r"[-+]\d{4}$"
_OTHERS = {
    MAIL: r"[\w.+-]+@[\w-]+\.[A-Za-z]{2,}",
    PHONE: (
        r"(?:^|[^\d+/:.-])(?:\+46 ?\(?0?\)?|0)[1-9]\d{0,2}[- /]"
        r"(?:\d{3} ?\d{2}|\d{2,3} ?\d{2} ?\d{2,3})(?:[^\d]|$)"
    ),
}
_BIG = 10**9


class Suspicion:
    """Counts the rows of one column that look personal or harmed."""

    def __init__(self) -> None:
        self.personal: Counter[str] = Counter()
        self.harmed: Counter[str] = Counter()

    def add(self, values: pa.Array) -> None:
        """Count a batch; other types than texts and whole numbers say nothing."""
        if pa.types.is_integer(values.type):
            if (pc.max(values).as_py() or 0) >= _BIG:
                self._personal(values.cast(pa.string()))
        elif pa.types.is_string(values.type):
            self._personal(values)
            self._harmed(values)

    def _personal(self, texts: pa.Array) -> None:
        found = texts.filter(pc.fill_null(pc.match_substring_regex(texts, _CANDIDATE), fill_value=False))
        number = _numbers(found) if len(found) else 0
        if number:
            self.personal[PERSONAL_NUMBER] += number
        for kind, pattern in _OTHERS.items():
            number = pc.sum(pc.match_substring_regex(texts, pattern)).as_py() or 0
            if number:
                self.personal[kind] += number

    def _harmed(self, texts: pa.Array) -> None:
        unusual = texts.filter(pc.fill_null(pc.match_substring_regex(texts, _UNUSUAL), fill_value=False))
        if not len(unusual):
            return
        for sign, shown in harms(unusual):
            number = pc.sum(shown).as_py() or 0
            if number:
                self.harmed[sign.name] += number


def _numbers(texts: pa.Array) -> int:
    """Count numbers of persons: dated, and with a right check digit or the mark that parts it."""
    number = pc.struct_field(pc.extract_regex(texts, _CANDIDATE), "number")
    told = persons(number, None)
    marked = np.asarray(pc.match_substring_regex(number, _MARKED), dtype=bool)
    return int((told.form & told.dated & (told.checked | marked)).sum())


def listed(counted: Counter[str]) -> tuple[tuple[str, int], ...]:
    """Give kinds and rows, the most common first."""
    return tuple(sorted(counted.items(), key=lambda one: (-one[1], one[0])))
