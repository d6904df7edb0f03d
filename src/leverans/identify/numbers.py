"""Swedish numbers of persons and organisations, columnar: form, date, century, class, check digit.

Sources: 18 and 18 a §§ folkbokföringslagen (1991:481), SKV 704 and SKV 707 (the Tax Agency); TF numbers as
the Health and Social Care Inspectorate and Statistics Sweden describe them (no check digit); lagen (1974:174)
om identitetsbeteckning för juridiska personer. The raw value is never changed and never quoted.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

PERSONAL_CLASSES = ("personnummer", "samordningsnummer", "tf-nummer")
ORGANISATION = "organisationsnummer"
_PERSON = (
    r"^(?P<century>\d\d)?(?P<yy>\d\d)(?P<mm>\d\d)(?P<dd>\d\d)(?P<mark>[-+])?"
    r"(?:(?P<last>\d{4})|(?P<tf>TF\d\d|T\d{3}))$"
)
_ORGANISATION = r"^(?P<lead>16)?(?P<first>\d{6})-?(?P<last>\d{4})$"
_COORDINATION = 60
_CENTURIES = (18, 19, 20)
_WEIGHTS = np.array([2, 1, 2, 1, 2, 1, 2, 1, 2, 1])
_LENGTHS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


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


@dataclass(frozen=True, slots=True)
class Organisations:
    """What a column of numbers of organisations says, per row.

    Attributes:
        given: there is a value.
        form: it looks like a number of a legal person (its third digit is at least 2).
        checked: its check digit is right.
        group: the first digit, the kind of organisation.
        marked: it is written with the leading ``16`` of a legal person.
    """

    given: np.ndarray
    form: np.ndarray
    checked: np.ndarray
    group: np.ndarray
    marked: np.ndarray

    @property
    def valid(self) -> np.ndarray:
        """Rows that are right in every way."""
        return np.asarray(self.form & self.checked, dtype=bool)


def persons(text: Any, as_of: date | None) -> Persons:
    """Read a column of numbers of persons.

    Args:
        text: an Arrow column of the values as they are.
        as_of: the day after which nobody was born; it also tells the century of ten digits.
    """
    parts = pc.extract_regex(_whole_array(text), _PERSON)
    given, matched = _bools(pc.is_valid(text)), _bools(pc.is_valid(parts))
    century, yy, mm, dd = (_number(_part(parts, name)) for name in ("century", "yy", "mm", "dd"))
    temporary = _bools(pc.not_equal(_filled(_part(parts, "tf"), ""), ""))
    plus = _bools(pc.equal(_filled(_part(parts, "mark"), ""), "+"))
    coordination = (dd > _COORDINATION - 1) & ~temporary
    day = np.where(coordination, dd - _COORDINATION, dd)
    year = np.where(century < 0, latest_year(yy, mm, day, as_of) - 100 * plus, century * 100 + yy)
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


def organisations(text: Any) -> Organisations:
    """Read an Arrow column of numbers of legal persons, with or without the leading ``16``."""
    parts = pc.extract_regex(_whole_array(text), _ORGANISATION)
    matched = _bools(pc.is_valid(parts))
    ten = _filled(pc.binary_join_element_wise(_part(parts, "first"), _part(parts, "last"), ""), "0" * 10)
    digits = _digits(ten)
    form = matched & (digits[:, 2] >= 2)
    marked = matched & _bools(pc.equal(_filled(_part(parts, "lead"), ""), "16"))
    return Organisations(_bools(pc.is_valid(text)), form, _luhn(digits), digits[:, 0], marked)


def latest_year(yy: np.ndarray, mm: np.ndarray, day: np.ndarray, as_of: date | None) -> np.ndarray:
    """Give the latest year, not after a day, that two digits of a year with month and day can mean."""
    now = as_of or date(2099, 12, 31)
    year = now.year // 100 * 100 + yy
    later = year * 10_000 + mm * 100 + day > now.year * 10_000 + now.month * 100 + now.day
    return np.asarray(year - 100 * later)


def _real(
    year: np.ndarray, mm: np.ndarray, day: np.ndarray, as_of: date | None, *, open_parts: np.ndarray
) -> np.ndarray:
    month = np.where(open_parts & (mm == 0), 1, mm)
    day = np.where(open_parts & (day == 0), 1, day)
    sound = (year > 0) & (month >= 1) & (month <= 12)
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    lengths = _LENGTHS[np.where(sound, month, 0)] + ((month == 2) & leap)
    real = sound & (day >= 1) & (day <= lengths)
    if as_of is not None:
        real &= year * 10_000 + month * 100 + day <= as_of.year * 10_000 + as_of.month * 100 + as_of.day
    return np.asarray(real, dtype=bool)


def _luhn(digits: np.ndarray) -> np.ndarray:
    """Say which rows of ten digits have the right check digit (modulus 10, weights 2 and 1)."""
    products = digits * _WEIGHTS
    return np.asarray((products // 10 + products % 10).sum(axis=1) % 10 == 0, dtype=bool)


def _digits(ten: Any) -> np.ndarray:
    fixed = ten.cast(pa.binary()).cast(pa.binary(10))
    raw = np.frombuffer(fixed.buffers()[1] or b"", dtype=np.uint8)
    return raw[fixed.offset * 10 : (fixed.offset + len(fixed)) * 10].reshape(-1, 10).astype(np.int64) - ord(
        "0"
    )


def _whole_array(text: Any) -> Any:
    return text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text


def _part(parts: Any, name: str) -> Any:
    return pc.struct_field(parts, name)


def _filled(text: Any, value: str) -> Any:
    return pc.fill_null(text, value)


def _number(text: Any) -> np.ndarray:
    """Give numbers, -1 where there is none."""
    return np.asarray(pc.cast(pc.if_else(pc.equal(_filled(text, ""), ""), "-1", text), pa.int64()))


def _bools(mask: Any) -> np.ndarray:
    return np.asarray(mask, dtype=bool)
