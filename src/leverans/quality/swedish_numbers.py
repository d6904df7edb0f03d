"""Rules about Swedish numbers of persons and organisations: form, date, century, class, check digit.

What a number says is read by `leverans.identify.numbers`. The raw value is never changed and never quoted.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from leverans.identify.numbers import PERSONAL_CLASSES, organisations, persons
from leverans.quality.bench import Bench, Mark

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


def personal_number(bench: Bench) -> Iterator[Mark]:
    """Numbers of persons of the allowed classes; rows without a value are skipped."""
    for name, demand in bench.demands():
        allowed = bench.words(name, demand, PERSONAL_CLASSES)
        read = persons(bench.given(name), bench.facts.as_of)
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
        text = bench.given(name)
        read = organisations(text)
        groups = (
            set(GROUPS.values()) if ANY in allowed else {GROUPS[word] for word in allowed if word in GROUPS}
        )
        wanted = np.isin(read.group, [int(group) for group in groups])
        person = persons(text, bench.facts.as_of).valid if SOLE_TRADER in allowed else ~read.given
        reasons = {
            "form": ~read.form,
            "check digit": read.form & ~read.checked,
            "group": read.valid & ~wanted,
        }
        for reason, mask in reasons.items():
            yield Mark(pa.array(read.given & mask & ~person), "QUA110", f"{name}: {reason}")


__all__ = ["GROUPS", "organisation_number", "personal_number", "persons"]
