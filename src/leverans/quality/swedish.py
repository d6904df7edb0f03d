"""Swedish notations: diary numbers, property designations, paragraphs of the secrecy act."""

import csv
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

import pyarrow as pa
import pyarrow.compute as pc

from leverans.quality.bench import Bench, Mark
from leverans.quality.subject import Unable

ANY = "any"
_PLACES = {
    "{series}": r"(?:\p{L}[\p{L}\p{N}]*)",
    "{year}": r"(?P<year>\d{4})",
    "{yy}": r"(?P<yy>\d{2})",
    "{number}": r"(?P<number>0*[1-9]\d*)",
}
_WORD = r"\p{L}[\p{L}\p{N}.'&/-]*"
# förordningen (2000:308) om fastighetsregister: registerområde (kommun), trakt, block:enhet; samfälligheter
# (S), gemensamhetsanläggningar (GA), fiske (FS); kvartersnamn har inget block; > pekar ut ett område;
# block, enhet och område räknas från 1
_NUMBER = r"[1-9]\d{0,4}"
_AREA = r"(?:>[1-9]\d{0,3})?"
_TRACT = rf"(?:{_WORD} )+(?:{_NUMBER}|S|GA|FS):{_NUMBER}{_AREA}"
_QUARTER = rf"(?:{_WORD} )+{_NUMBER}{_AREA}"
_ACT = r"(?:OSL|offentlighets- och sekretesslag(?:en)?(?: ?\(2009:400\))?)"
_OLD_ACT = r"(?:SekrL|sekretesslag(?:en)?(?: ?\(1980:100\))?)"
_ONE = r"[1-9]\d?(?: ?[a-z])?"
_PARAGRAPHS = rf"{_ONE}(?:(?:, ?| och | ?[-–] ?){_ONE})* ?§{{1,2}}"
_ORDINAL = r"(?:första|andra|tredje|fjärde|femte|sjätte|sjunde|åttonde|nionde|tionde)"
_STYCKE = (
    rf"(?: {_ORDINAL} stycket| [1-9] ?st\.?)?"
    rf"(?: (?:(?:p\.?|punkten) ?[1-9]\d?|[1-9]\d? ?p\.?|{_ORDINAL} punkten))?"
)
_RANGE = rf"{_ONE}(?: ?[-–] ?{_ONE})?"
_AND = r"(?:, ?(?:och |samt )?| och | samt |; ?)"
_BARE = rf"(?:(?:[1-9]|1\d|2[0-3]):[1-9]|(?:2[4-9]|3\d|4[0-4]):[1-9]\d?)(?: ?[a-z])?(?: ?[-–] ?{_ONE})?"
"""Chapter and paragraph without the act's name, as far as it cannot be the time of a day."""


def diary_number(bench: Bench) -> Iterator[Mark]:
    """Diary numbers of a declared form (QUA111), whose year is that of a date of the row (QUA112)."""
    for name, demand in bench.demands():
        if not isinstance(demand, Mapping) or "pattern" not in demand or set(demand) - {"pattern", "year"}:
            raise Unable(f"{name}: pattern is wanted")
        text = bench.given(name)
        read = pc.extract_regex(text.combine_chunks(), _diary(str(demand["pattern"])))
        matched = pc.is_valid(read)
        yield Mark(pc.and_(pc.is_valid(text), pc.invert(matched)), "QUA111", name)
        if "year" in demand:
            yield Mark(_other_year(bench, read, str(demand["year"])), "QUA112", f"{name}, {demand['year']}")


def property_designation(bench: Bench) -> Iterator[Mark]:
    """Property designations in the municipalities named, or in any; rows without a value are skipped.

    A unit without a block is taken only where something else tells a quarter from any text that ends in a
    number: the name of the municipality, or the word quarter. In any municipality two numbers with a colon
    are taken after a name with a capital, which is none of the words before times, pages and verses.
    """
    for name, demand in bench.demands():
        if not isinstance(demand, list | tuple) or not demand:
            raise Unable(f"{name}: a list of municipalities is wanted")
        if ANY in demand:
            form = rf"{_TRACT}|(?:{_WORD} )*(?:kv\.?|kvarteret) {_QUARTER}"
            yield Mark(_before_numbers(bench.given(name)), "QUA113", name)
        else:
            form = rf"(?:{'|'.join(re.escape(str(one)) for one in demand)}) (?:{_TRACT}|{_QUARTER})"
            yield Mark(_numbered(bench.given(name)), "QUA113", name)
        yield _unlike(bench, name, rf"(?i)(?:{form})", "QUA113")


def _before_numbers(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """Mark what has the form of a designation but is a time, a page, a scale or a verse."""
    words = "|".join(re.escape(word) for word in _no_tracts())
    small = pc.match_substring_regex(text, r"^\p{Ll}")
    other = pc.match_substring_regex(text, rf"(?i)(?:^| )(?:{words})\.? {_NUMBER}:{_NUMBER}")
    return pc.fill_null(pc.or_(small, other), False)


def _numbered(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """Mark what has the form of a unit in a quarter but is some other number: a telephone, a flat."""
    words = "|".join(re.escape(word) for word in _no_tracts())
    return pc.fill_null(pc.match_substring_regex(text, rf"(?i) (?:{words})\.? {_NUMBER}$"), False)


@cache
def _no_tracts() -> tuple[str, ...]:
    text = files("leverans.quality").joinpath("no_tracts.csv").read_text(encoding="utf-8")
    return tuple(row["word"] for row in csv.DictReader(text.splitlines()))


def legal_ground(bench: Bench) -> Iterator[Mark]:
    """Paragraphs of the secrecy act of 2009, or of its forerunner of 1980 where that is named."""
    new, old = r"(?:[1-9]|[1-3]\d|4[0-4])", r"(?:[1-9]|1[0-6])"
    long = _chapter(new)
    forms = [
        rf"(?:{_ACT},? )?{_listed(f'(?:{long}|{_BARE})')}",
        rf"{_ACT},? {_listed(f'(?:{long}|{new}:{_RANGE})')}",
        rf"{_listed(f'(?:{long}|{new}:{_RANGE})')},? (?:i )?{_ACT}",
        rf"{_OLD_ACT},? {_listed(_chapter(old))}",
        rf"{_listed(_chapter(old))},? (?:i )?{_OLD_ACT}",
    ]
    for name in bench.fields():
        yield _unlike(bench, name, rf"(?i)(?:{'|'.join(forms)})\.?", "QUA114")


def _chapter(number: str) -> str:
    """Give the form of paragraphs of one chapter: ``26 kap. 1 § andra stycket och 2 §``."""
    paragraphs = f"{_PARAGRAPHS}{_STYCKE}"
    return rf"{number} ?kap\.? ?{_listed(paragraphs)}"


def _listed(form: str) -> str:
    return f"{form}(?:{_AND}{form})*"


def _diary(pattern: str) -> str:
    pieces = re.split(r"(\{series\}|\{year\}|\{yy\}|\{number\})", pattern)
    if pieces.count("{number}") != 1 or max(pieces.count("{year}"), pieces.count("{yy}")) > 1:
        raise Unable("the form of the diary number cannot be read")
    return "^" + "".join(_PLACES.get(piece) or re.escape(piece) for piece in pieces) + "$"


def _other_year(bench: Bench, read: pa.StructArray, field: str) -> pa.Array:
    """Mark numbers whose year is not that of the date; where there is no date nothing is said."""
    names = {part.name for part in read.type}
    if not names & {"year", "yy"}:
        raise Unable("the form of the diary number has no year")
    given = bench.given(field).combine_chunks()
    year = pc.if_else(pc.match_substring_regex(given, r"^\d{4}"), pc.utf8_slice_codeunits(given, 0, 4), None)
    if "year" in names:
        wrong = pc.not_equal(pc.struct_field(read, "year"), year)
    else:
        wrong = pc.not_equal(pc.struct_field(read, "yy"), pc.utf8_slice_codeunits(year, 2, 4))
    return pc.fill_null(wrong, False)


def _spaced(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """Blanks that no line breaks at, as printed texts have them, are blanks."""
    return pc.replace_substring_regex(text, "[\u00a0\u2007\u2009\u202f]", " ")


def _unlike(bench: Bench, name: str, pattern: str, code: str) -> Mark:
    text = _spaced(bench.given(name))
    return Mark(pc.fill_null(pc.invert(pc.match_substring_regex(text, f"^{pattern}$")), False), code, name)
