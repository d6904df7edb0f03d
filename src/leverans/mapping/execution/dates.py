"""Dates and times by layouts: text in, ISO 8601 text out, nothing rounded and nothing guessed."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leverans.identify.numbers import latest_year
from leverans.mapping.execution.arrow import Mask, Text, blank, holds, present
from leverans.mapping.layouts import Layout, compile_layout

_LENGTHS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@dataclass(frozen=True, slots=True)
class Dates:
    """Parsed dates.

    Attributes:
        iso: the ISO text; NULL where the text fits no layout or is no real time.
        unfit: texts that fit no layout.
        unreal: texts that fit a layout and name no real day or time.
        local: rows with a time of day and no offset of their own.
        edge: rows whose century follows from `as_of`, more than 99 years before it.
    """

    iso: Text
    unfit: Mask
    unreal: Mask
    local: np.ndarray
    edge: np.ndarray


def parse_dates(values: Text, layouts: tuple[str, ...], *, time: bool, as_of: date | None = None) -> Dates:
    """Read texts by the first layout that each fits; NULL stays NULL and is no fault.

    Args:
        values: the texts.
        layouts: how they may be written, tried in order.
        time: a time of day may stand in a layout.
        as_of: a year of two digits is the latest one that gives no day after this.
    """
    iso = blank(len(values))
    local = np.zeros(len(values), dtype=bool)
    short = np.zeros(len(values), dtype=bool)
    fits = pa.repeat(pa.scalar(False), len(values))
    for text in layouts:
        layout = compile_layout(text, time=time)
        pieces = pc.extract_regex(values, pattern=layout.expression)
        now = pc.and_not(pc.is_valid(pieces), fits)
        iso = pc.if_else(now, _iso(pieces, layout, as_of), iso)
        fits = pc.or_(fits, now)
        if "H" in layout.pieces and "z" not in layout.pieces:
            local |= np.asarray(now, dtype=bool)
        if "y" in layout.pieces:
            short |= np.asarray(now, dtype=bool)
    given = pc.is_valid(values)
    local &= np.asarray(pc.is_valid(iso), dtype=bool)
    edge = np.zeros(len(values), dtype=bool)
    if as_of is not None and short.any():
        at = np.flatnonzero(short & np.asarray(pc.is_valid(iso), dtype=bool))
        edge[at] = _at_the_edge(iso.take(pa.array(at)), as_of)
    return Dates(iso, pc.and_not(given, fits), pc.and_(fits, pc.is_null(iso)), local, edge)


def _at_the_edge(days: Text, as_of: date) -> np.ndarray:
    """Say which days lie more than 99 years before the delivery's: later they were of this century."""
    year, month, day = (_number(pc.utf8_slice_codeunits(days, *piece)) for piece in ((0, 4), (5, 7), (8, 10)))
    age = as_of.year * 372 + as_of.month * 31 + as_of.day - (year * 372 + month * 31 + day)
    found: np.ndarray = age > 99 * 372
    return found


def real_day(texts: Text) -> Mask:
    """Say which texts begin with a real day written ``2003-04-02``."""
    pieces = pc.extract_regex(texts, pattern=r"^(?P<Y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})(?:\D.*)?$")
    days = (pc.struct_field(pieces, name) for name in ("Y", "m", "d"))
    return pc.and_(pc.is_valid(pieces), pa.array(_calendar(*days)))


def years_after(days: Text, years: np.ndarray) -> Text:
    """Give the same day some years later; 29 February becomes 1 March where there is none."""
    known = holds(pc.match_substring_regex(days, r"^\d{4}-\d{2}-\d{2}"))
    year = _number(pc.if_else(known, pc.utf8_slice_codeunits(days, 0, 4), "0001")) + years
    rest = pc.if_else(known, pc.utf8_slice_codeunits(days, 4, 10), "-01-01")
    lost = pc.and_(pc.equal(rest, "-02-29"), pa.array(~_leap(year)))
    rest = pc.if_else(holds(lost), "-03-01", rest)
    text = pc.utf8_lpad(pc.cast(pa.array(year), pa.string()), width=4, padding="0")
    fits = pc.and_(known, pa.array((year > 0) & (year <= 9999)))
    return pc.if_else(fits, pc.binary_join_element_wise(text, rest, ""), pa.scalar(None, pa.string()))


def _iso(pieces: pa.StructArray, layout: Layout, as_of: date | None) -> Text:
    part = {name: pc.struct_field(pieces, name) for name in layout.pieces}
    part |= {name: pc.utf8_lpad(part[name], width=2, padding="0") for name in "mdH" if name in part}
    if "y" in part:
        part["Y"] = _full_year(part, as_of)
    real = _calendar(part["Y"], part["m"], part["d"])
    text = pc.binary_join_element_wise(part["Y"], part["m"], part["d"], "-")
    if "H" in part:
        seconds = part.get("S", pa.scalar("00"))
        text = pc.binary_join_element_wise(
            text, pc.binary_join_element_wise(part["H"], part["M"], seconds, ":"), "T"
        )
        real &= (_number(part["H"]) < 24) & (_number(part["M"]) < 60)
        real &= _number(part["S"]) < 60 if "S" in part else True
    if "f" in part:
        text = pc.binary_join_element_wise(text, part["f"], ".")
    if "z" in part:
        text = pc.binary_join_element_wise(text, _zone(part["z"]), "")
        real &= _zone_is_real(part["z"])
    return pc.if_else(pa.array(real), text, pa.scalar(None, pa.string()))


def _full_year(part: dict[str, Text], as_of: date | None) -> Text:
    """Give years of four digits for years of two; NULL stays NULL."""
    years = latest_year(_number(part["y"]), _number(part["m"]), _number(part["d"]), as_of)
    written = pc.utf8_lpad(pc.cast(pa.array(years), pa.string()), width=4, padding="0")
    return pc.if_else(pc.is_valid(part["y"]), written, pa.scalar(None, pa.string()))


def _calendar(years: Text, months: Text, days: Text) -> np.ndarray:
    year, month, day = (_number(text) for text in (years, months, days))
    sound = (year >= 1) & (month >= 1) & (month <= 12)
    lengths = _LENGTHS[np.where(sound, month, 0)] + ((month == 2) & _leap(year))
    real: np.ndarray = sound & (day >= 1) & (day <= lengths)
    return real


def _leap(year: np.ndarray) -> np.ndarray:
    leap: np.ndarray = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    return leap


def _number(text: Text) -> np.ndarray:
    digits = pc.if_else(present(text), text, "0")
    return np.asarray(pc.cast(digits, pa.int64()))


def _zone(text: Text) -> Text:
    return pc.replace_substring_regex(text, pattern=r"^([+-]\d{2}):?(\d{2})$", replacement=r"\1:\2")


def _zone_is_real(text: Text) -> np.ndarray:
    fits = holds(pc.match_substring_regex(text, r"^(?:Z|[+-](?:0\d|1[0-4]):?[0-5]\d)$"))
    return np.asarray(fits, dtype=bool)
