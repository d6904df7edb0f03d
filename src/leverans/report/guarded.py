"""What may be told of a name or a text that a person or a source wrote."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from leverans.ledger import Aside, AsideName

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


def apart(called: Sequence[tuple[str, str | None, int]]) -> list[str]:
    """Tell things of the same name apart: by their keys, ``HL 2019/20 (4711)``, else by number, ``… nr 17``.

    ``quarantine show`` and ``--object`` take what this gives.

    Args:
        called: names as `named` gives them, keys (pseudonyms when personal), and numbers in the ledger.
    """
    alike = Counter(name for name, _, _ in called)
    same = Counter((name, key) for name, key, _ in called)
    return [
        name
        if alike[name] == 1
        else f"{name} ({key})"
        if key and key not in name and same[name, key] == 1 and masked(key) == key
        else f"{name} nr {number}"
        for name, key, number in called
    ]


@dataclass(frozen=True, slots=True)
class Names:
    """What may be told of what lies in quarantine: the same as in the report.

    Attributes:
        files: streams whose keys are paths of files; None when that is not known, then no row's key is told.
    """

    files: frozenset[str] | None

    def name(self, aside: Aside) -> str:
        """Give what it may be called; ``quarantine show`` and ``--object`` take that name."""
        called = AsideName(aside.object, aside.reference, aside.key, aside.stream, aside.number)
        return named(called, self.files or frozenset(), known=self.files is not None)

    def key(self, aside: Aside) -> str | None:
        """Give the source's key, None where it may not be told."""
        if aside.object is None and (self.files is None or aside.stream in self.files):
            return None
        return _untouched(aside.key)

    def reference(self, aside: Aside) -> str | None:
        """Give the reference code, None where it may not be told."""
        return _untouched(aside.reference)


def _untouched(text: str | None) -> str | None:
    return text if text is None or _PERSONAL.search(text) is None else None
