"""What seems to be personal, or harmed, in texts: rows are counted, no value is kept."""

from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from leverans.identify.harmed import harms
from leverans.identify.numbers import persons

PERSONAL_NUMBER, MAIL, PHONE = "personal_number", "mail", "phone"

_UNUSUAL = r"[^\x20-\x25\x27-\x5A\x5E-\x7A\x7E\t\n\råäöÅÄÖéÉ]"
"""Every sign of a harmed text has one of these in it."""
_MARK = r"[-+ \x{2010}-\x{2015}\x{2212}]"
_YEAR, _MONTH, _DAY = r"(?:18|19|20)?\d{2}", r"(?:0\d|1[0-2])", r"(?:[0-2]\d|3[01]|[6-8]\d|9[01])"
_CANDIDATES = (
    rf"(?:^|[^\d])(?P<day>{_YEAR}{_MONTH}{_DAY})(?P<mark>{_MARK}?)(?P<last>\d{{4}})(?:[^\d]|$)",
    rf"(?:^|[^\d])(?P<day>{_YEAR}-{_MONTH}-{_DAY})(?P<mark>{_MARK})(?P<last>\d{{4}})(?:[^\d-]|-[^\d]|-?$)",
)
"""Numbers of persons as people write them; the second is no range of days."""
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
        number = int(np.logical_or.reduce([_numbers(texts, pattern) for pattern in _CANDIDATES]).sum())
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


def _numbers(texts: pa.Array, pattern: str) -> NDArray[np.bool_]:
    """Tell rows with a number of a person: dated, and with a right check digit or a mark that parts it."""
    shown = pc.fill_null(pc.match_substring_regex(texts, pattern), fill_value=False)
    made: NDArray[np.bool_] = np.array(shown, dtype=bool)
    if not made.any():
        return made
    parts = pc.extract_regex(texts.filter(shown), pattern)
    day, mark, last = (pc.struct_field(parts, name) for name in ("day", "mark", "last"))
    marked = pc.not_equal(mark, "")
    plain = pc.if_else(pc.equal(mark, "+"), "+", pc.if_else(marked, "-", ""))
    told = persons(pc.binary_join_element_wise(pc.replace_substring(day, "-", ""), plain, last, ""), None)
    made[made] = told.form & told.dated & (told.checked | np.asarray(marked, dtype=bool))
    return made


def listed(counted: Counter[str]) -> tuple[tuple[str, int], ...]:
    """Give kinds and rows, the most common first."""
    return tuple(sorted(counted.items(), key=lambda one: (-one[1], one[0])))
