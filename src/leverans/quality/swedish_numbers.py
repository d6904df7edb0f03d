"""Swedish numbers of persons and organisations, columnar: form, date, century, class, check digit.

Sources: 18 and 18 a §§ folkbokföringslagen (1991:481), SKV 704 and SKV 707 (the Tax Agency); TF numbers as
the Health and Social Care Inspectorate and Statistics Sweden describe them (no check digit); lagen (1974:174)
om identitetsbeteckning för juridiska personer. The raw value is never changed and never quoted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from leverans.quality.bench import Bench, Mark

PERSONAL_CLASSES = ("personnummer", "samordningsnummer", "tf-nummer")
GROUPS = {
    "estate": "1",
    "public": "2",
    "foreign": "3",
    "company": "5",
    "simple_partnership": "6",
    "economic_association": "7",
    "association": "8",
    "partnership": "9",
}
"""Kind of organisation → the first digit of its number."""

ANY, SOLE_TRADER = "any", "sole_trader"
_PERSON = (
    r"^(?P<century>\d\d)?(?P<yy>\d\d)(?P<mm>\d\d)(?P<dd>\d\d)(?P<mark>[-+])?"
    r"(?:(?P<last>\d{4})|(?P<tf>TF\d\d|T\d{3}))$"
)
_ORGANISATION = r"^(?:16)?(?P<first>\d{6})-?(?P<last>\d{4})$"
_COORDINATION = 60
_CENTURIES = (18, 19, 20)
_WEIGHTS = np.array([2, 1, 2, 1, 2, 1, 2, 1, 2, 1])


@dataclass(frozen=True, slots=True)
class Persons:
    """What a column of numbers of persons says, one boolean per row.

    Attributes:
        given: there is a value.
        form: it looks like a number of a person.
        dated: its date is a day that has been (a coordination number may leave month or day open).
        checked: its check digit is right; a TF number has none.
        classes: per class the rows of it.
    """

    given: np.ndarray
    form: np.ndarray
    dated: np.ndarray
    checked: np.ndarray
    classes: dict[str, np.ndarray]

    @property
    def valid(self) -> np.ndarray:
        """Rows that are right in every way."""
        return np.asarray(self.form & self.dated & self.checked, dtype=bool)


def personal_number(bench: Bench) -> Iterator[Mark]:
    """Numbers of persons of the allowed classes; rows without a value are skipped."""
    for name, demand in bench.demands():
        allowed = bench.words(name, demand, PERSONAL_CLASSES)
        read = persons(bench.column(name), bench.facts.as_of)
        wanted = np.logical_or.reduce([read.classes[word] for word in allowed])
        reasons = {
            "form": ~read.form,
            "date": read.form & ~read.dated,
            "check digit": read.form & read.dated & ~read.checked,
            "class": read.valid & ~wanted,
        }
        for reason, mask in reasons.items():
            yield Mark(pa.array(read.given & mask), "QUA109", f"{name}: {reason}")


def organisation_number(bench: Bench) -> Iterator[Mark]:
    """Numbers of organisations of the allowed groups; rows without a value are skipped."""
    for name, demand in bench.demands():
        allowed = bench.words(name, demand, (ANY, *GROUPS, SOLE_TRADER))
        text = bench.column(name)
        given = _bools(pc.is_valid(text))
        parts = pc.extract_regex(text.combine_chunks(), _ORGANISATION)
        form = _bools(pc.is_valid(parts))
        ten = _filled(pc.binary_join_element_wise(_part(parts, "first"), _part(parts, "last"), ""), "0" * 10)
        digits = _digits(ten)
        legal = form & (digits[:, 2] >= 2)
        right = legal & _luhn(digits)
        groups = (
            set(GROUPS.values()) if ANY in allowed else {GROUPS[word] for word in allowed if word in GROUPS}
        )
        wanted = np.isin(digits[:, 0], [int(group) for group in groups])
        person = persons(text, bench.facts.as_of).valid if SOLE_TRADER in allowed else ~given
        reasons = {"form": ~legal, "check digit": legal & ~right, "group": right & ~wanted}
        for reason, mask in reasons.items():
            yield Mark(pa.array(given & mask & ~person), "QUA110", f"{name}: {reason}")


def persons(text: pa.ChunkedArray, as_of: date | None) -> Persons:
    """Read a column of numbers of persons.

    Args:
        text: the values as they are.
        as_of: the day after which nobody was born; it also tells the century of ten digits.
    """
    parts = pc.extract_regex(text.combine_chunks(), _PERSON)
    given, matched = _bools(pc.is_valid(text)), _bools(pc.is_valid(parts))
    century, yy, mm, dd = (_whole(_part(parts, name)) for name in ("century", "yy", "mm", "dd"))
    temporary = _bools(pc.not_equal(_filled(_part(parts, "tf"), ""), ""))
    plus = _bools(pc.equal(_filled(_part(parts, "mark"), ""), "+"))
    coordination = (dd > _COORDINATION - 1) & ~temporary
    day = np.where(coordination, dd - _COORDINATION, dd)
    year = np.where(century < 0, _year(yy, mm, day, as_of) - 100 * plus, century * 100 + yy)
    dated = _real(year, mm, day, as_of, open_parts=coordination) & (
        (century < 0) | np.isin(century, _CENTURIES)
    )
    if as_of is not None:
        dated &= ~plus | (as_of.year - year >= 100)
    form = matched & (~temporary | (century >= 0))
    last = _filled(_part(parts, "last"), "0000")
    last = pc.if_else(pc.equal(last, ""), "0000", last)
    six = [_filled(_part(parts, name), "00") for name in ("yy", "mm", "dd")]
    digits = _digits(pc.binary_join_element_wise(*six, last, ""))
    checked = temporary | (_luhn(digits) & (digits[:, 6:9].sum(axis=1) > 0))
    classes = {
        "personnummer": ~coordination & ~temporary,
        "samordningsnummer": coordination,
        "tf-nummer": temporary,
    }
    return Persons(given, form, dated, checked, classes)


def _year(yy: np.ndarray, mm: np.ndarray, day: np.ndarray, as_of: date | None) -> np.ndarray:
    """Give the latest year that ten digits can mean."""
    now = as_of or date(2099, 12, 31)
    year = now.year // 100 * 100 + yy
    later = year * 10_000 + mm * 100 + day > now.year * 10_000 + now.month * 100 + now.day
    return np.asarray(year - 100 * later)


def _real(
    year: np.ndarray, mm: np.ndarray, day: np.ndarray, as_of: date | None, *, open_parts: np.ndarray
) -> np.ndarray:
    month = np.where(open_parts & (mm == 0), 1, mm)
    day = np.where(open_parts & (day == 0), 1, day)
    frame = pd.DataFrame({"year": year, "month": month, "day": day})
    read = pd.to_datetime(frame.where(frame["year"] > 0, 0), errors="coerce")
    real = read.notna() if as_of is None else read <= pd.Timestamp(as_of)
    return np.array(real, dtype=bool)


def _luhn(digits: np.ndarray) -> np.ndarray:
    """Say which rows of ten digits have the right check digit (modulus 10, weights 2 and 1)."""
    products = digits * _WEIGHTS
    return np.asarray((products // 10 + products % 10).sum(axis=1) % 10 == 0, dtype=bool)


def _digits(ten: pa.Array) -> np.ndarray:
    fixed = ten.cast(pa.binary()).cast(pa.binary(10))
    raw = np.frombuffer(fixed.buffers()[1] or b"", dtype=np.uint8)
    return raw[fixed.offset * 10 : (fixed.offset + len(fixed)) * 10].reshape(-1, 10).astype(np.int64) - ord(
        "0"
    )


def _part(parts: pa.StructArray, name: str) -> pa.Array:
    return pc.struct_field(parts, name)


def _filled(text: pa.Array, value: str) -> pa.Array:
    return pc.fill_null(text, value)


def _whole(text: pa.Array) -> np.ndarray:
    """Give numbers, -1 where there is none."""
    return np.asarray(pc.cast(pc.if_else(pc.equal(_filled(text, ""), ""), "-1", text), pa.int64()))


def _bools(mask: pa.Array | pa.ChunkedArray) -> np.ndarray:
    return np.asarray(mask, dtype=bool)
