"""Numbers of persons and organisations: the class of each, and what is wrong with it. None is changed."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leverans.identify.numbers import ORGANISATION, PERSONAL_CLASSES, organisations, persons
from leverans.mapping.execution.arrow import Text

WORDS = {
    "personnummer": "personnummer",
    "samordningsnummer": "samordningsnummer",
    "tf": "tf-nummer",
    "organisationsnummer": ORGANISATION,
}
"""The mapping's word for a class → the class."""


@dataclass(frozen=True, slots=True)
class Identities:
    """Read numbers.

    Attributes:
        classes: the class of each number that is right, NULL for the others.
        faults: rows by code: MAP211 no such form, MAP212 no such day, MAP213 the check digit, MAP214 a right
            number of another class than the mapping says. Each row stands under one code at most.
    """

    classes: Text
    faults: dict[str, np.ndarray]


def read_identities(text: Text, wanted: str, as_of: date) -> Identities:
    """Read a column of numbers; NULL stays NULL and is no fault.

    Args:
        text: the numbers as they are written; blanks around them are overlooked.
        wanted: ``auto`` or a class as the mapping calls it. A number that can be one of an organisation (the
            third digit is at least 2, or 16 stands before it) never can be one of a person.
        as_of: the day after which nobody was born.
    """
    trimmed = pc.utf8_trim_whitespace(text)
    person, organisation = persons(trimmed, as_of), organisations(trimmed)
    legal = organisation.form | organisation.marked
    given = np.asarray(pc.is_valid(text), dtype=bool)
    form = np.where(legal, organisation.form, person.form)
    dated = legal | person.dated
    checked = np.where(legal, organisation.checked, person.checked)
    right = given & form & dated & checked
    names = np.full(len(given), None, dtype=object)
    for name in PERSONAL_CLASSES:
        names[right & ~legal & person.classes[name]] = name
    names[right & legal] = ORGANISATION
    allowed = right if wanted == "auto" else right & (names == WORDS[wanted])
    return Identities(
        pa.array(names, pa.string()),
        {
            "MAP211": given & ~form,
            "MAP212": given & form & ~dated,
            "MAP213": given & form & dated & ~checked,
            "MAP214": right & ~allowed,
        },
    )
