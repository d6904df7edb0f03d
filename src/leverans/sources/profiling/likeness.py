"""How alike the names of a column and of what it may refer to are, in Swedish and English."""

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[^\W\d_A-Za-z]+")
_LETTERS = re.compile(r"([a-z]{1,3})id")
_PLURALS = ("erna", "arna", "orna", "ies", "er", "ar", "or", "en", "et", "an", "s", "n")
_OWNED = 0.8
_SHORT = 3
_ALIKE = 0.78


@cache
def words() -> Mapping[str, Any]:
    """Read the lists of words."""
    text = files("leverans.sources.profiling").joinpath("words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def tokens(name: str) -> tuple[str, ...]:
    """Give the words of a name, folded: ``ÄrendeID`` → ``arende, id``, ``AR_ENHET`` → ``ar, enhet``."""
    return tuple(word.lower() for word in _WORDS.findall(_folded(name)))


def _folded(name: str) -> str:
    apart = unicodedata.normalize("NFKD", name.replace("ø", "o").replace("Ø", "O").replace("æ", "a"))
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def whole(name: str) -> str:
    """Give a name as one word, folded, without what only parts its words."""
    return re.sub(r"[\s_-]+", "", _folded(name)).lower()


@dataclass(frozen=True, slots=True)
class Name:
    """A table's name, or a column's within its table.

    Attributes:
        whole: all its words in one.
        words: its words without empty prefixes and ends that say "key".
        keyed: it ends in a word that says "key".
    """

    whole: str
    words: tuple[str, ...]
    keyed: bool = False

    @property
    def short(self) -> str:
        """Its words in one; empty for a name that is only "id"."""
        return "".join(self.words)


class Names:
    """The names of a source: prefixes that tables, or the columns of a table, have in common say nothing."""

    def __init__(self, tables: Mapping[str, Sequence[str]]) -> None:
        common = _common(tables)
        self._tables = {name: _table(name, common) for name in tables}
        self._columns: dict[tuple[str, str], Name] = {}
        for table, columns in tables.items():
            owned = _common(columns)
            for column in columns:
                self._columns[table, column] = _column(column, owned)

    def table(self, name: str) -> Name:
        """Give the name of a table."""
        return self._tables[name]

    def column(self, table: str, name: str) -> Name:
        """Give the name of a column."""
        return self._columns[table, name]

    def owned(self, table: str, column: str) -> bool:
        """Say whether a column is named after its own table (``ArendeID`` of ``Ärende``), or is only "id"."""
        own = self._columns[table, column].short
        return not own or alike(own, self._tables[table].short) == 1

    def likeness(self, table: str, column: str, target: str, other: str, *, key: bool) -> float:
        """Say how much a column's name points at a column of another table (or of its own), 0 to 1.

        Args:
            table: the table of the column.
            column: the column.
            target: the other table.
            other: its column.
            key: that column is the other table's key; a namesake that is none says little.
        """
        own, there = self._columns[table, column], self._columns[target, other]
        aim = self._tables[target]
        if not key and not (there.short and alike(there.short, aim.short)):
            return 0.3 if own.whole == there.whole else 0.0
        same = 0.0
        if own.whole == there.whole and there.short:
            same = 1.0 if alike(there.short, aim.short) else 0.92
        elif own.whole == there.whole and own.short and table != target:
            same = 0.92  # AR_ID of another table's rows: there AR_ is only the prefix of all columns
        found = max(same, _points_at(own, aim, itself=table == target))
        if table == target:
            return found
        return max(found, _continued(own, self._tables[table], aim), _begins(own, aim))


@lru_cache(maxsize=1 << 17)
def alike(one: str, other: str) -> float:
    """Say how alike two words are: 1 when they differ in their endings only, 0 for different ones."""
    if not one or not other:
        return 0.0
    if forms(one) & forms(other):
        return 1.0
    short, long = sorted((singular(one), singular(other)), key=len)
    if len(short) >= _SHORT and long.startswith(short):
        return 0.6 + 0.2 * len(short) / len(long)
    ratio = SequenceMatcher(None, short, long, autojunk=False).ratio()
    return 0.85 * ratio if ratio >= _ALIKE and len(short) > _SHORT else 0.0


def _begins(own: Name, aim: Name) -> float:
    """Say how much a column is named after the first letters of a table: ``AID`` of ``ARENDE``."""
    letters = _LETTERS.fullmatch(own.whole)
    return (
        0.5 if letters is not None and len(aim.short) > _SHORT and aim.short.startswith(letters[1]) else 0.0
    )


@cache
def forms(word: str) -> frozenset[str]:
    """Give a word and what is left without a plural or definite ending, as ``category``."""
    found = {word, word.rstrip("e") if len(word) > _SHORT + 1 else word}
    for ending in _PLURALS:
        if word.endswith(ending) and len(word) - len(ending) > _SHORT:
            found.add(word.removesuffix(ending) + ("y" if ending == "ies" else ""))
    return frozenset(found)


@cache
def singular(word: str) -> str:
    """Give the shortest form of a word."""
    return min(forms(word), key=lambda form: (len(form), form))


@lru_cache(maxsize=1 << 17)
def _points_at(own: Name, aim: Name, *, itself: bool) -> float:
    if itself:
        return 0.75 if set(own.words) & set(words()["above"]) or _within(own, aim) else 0.0
    best = max(alike(own.short, aim.short), _within(own, aim))
    if len(aim.words) > 1 and own.words and len(own.short) > _SHORT:
        best = max(best, 0.8 * alike(own.short, aim.words[-1]))
    return max(best, _role(own, aim))


def _within(own: Name, aim: Name) -> float:
    """A role before the table's name: ``billing_customer_id``, ``huvudarendeId``; or one word of several."""
    if not aim.short or len(aim.short) <= _SHORT:
        return 0.0
    size = len(aim.words)
    parts = ["".join(own.words[at : at + size]) for at in range(len(own.words) - size + 1)]
    if len(own.words) > size and any(alike(part, aim.short) == 1 for part in parts[-1:]):
        return 0.85
    best = max((alike(word, aim.short) for word in own.words), default=0.0) if len(own.words) > 1 else 0.0
    ends = own.short.endswith(singular(aim.short)) and own.short != aim.short
    return max(0.7 * best, 0.75 if ends and len(aim.short) > _SHORT + 1 else 0.0)


def _continued(own: Name, table: Name, aim: Name) -> float:
    """Say whether the table's name begins with the other's, of which the column says the end."""
    ends = "".join(aim.words[-len(own.words) :]) if own.words else ""
    begins = len(aim.short) > _SHORT and table.short.startswith(singular(aim.short))
    return 0.95 if begins and ends and alike(own.short, ends) == 1 else 0.0


def _role(own: Name, aim: Name) -> float:
    for role, hints in words()["roles"].items():
        if any(word in hints for word in own.words):
            for target in words()["targets"][role]:
                if any(alike(word, target) == 1 for word in (*aim.words, aim.short)):
                    return 0.62
    return 0.0


def _table(name: str, common: str) -> Name:
    found = list(tokens(name))
    while len(found) > 1 and (found[0] == common or found[0] in words()["prefix"]):
        found.pop(0)
    return Name(whole(name), tuple(found))


def _column(name: str, owned: str) -> Name:
    found = list(tokens(name))
    if len(found) > 1 and found[0] == owned:
        found.pop(0)
    ends = words()["key"]
    while found and found[-1] in ends:
        found.pop()
    if len(found) == 1:
        found = [_cut(found[0], ends)]
    left = tuple(word for word in found if word)
    return Name(whole(name), left, not whole(name).endswith("".join(left)) or not left)


def _cut(word: str, ends: Sequence[str]) -> str:
    """Cut an end that is written together with the word: ``ORDERID``."""
    for end in ("lopnr", "nummer", "guid", "kod", "id", "nr"):
        if end in ends and word.endswith(end) and len(word) - len(end) >= _SHORT:
            return word.removesuffix(end)
    return word


def _common(names: Iterable[str]) -> str:
    """Give the first word that nearly all of several names begin with, or nothing."""
    firsts = [found[0] for name in names if len(found := tokens(name)) > 1]
    total = len(list(names))
    if total <= _SHORT or not firsts:
        return ""
    word, count = Counter(firsts).most_common(1)[0]
    return word if count >= _OWNED * total else ""
