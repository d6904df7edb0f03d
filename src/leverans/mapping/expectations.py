"""What a rule may ask of Great Expectations, as data: names, parameters and what the columns must hold.

The data lie in ``expectations.toml``; a test holds them against the typed classes of the installed release.
"""

import math
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from leverans.findings.phrases import phrase
from leverans.mapping.repeating import may_not_end

COLUMNS = ("column", "column_A", "column_B", "column_list")
"""Parameters that name fields."""

_SCALARS = (str, int, float)
_MOMENT = datetime(2003, 4, 12, 17, 30, 45)  # noqa: DTZ001 - any moment; Great Expectations' own have no zone


@dataclass(frozen=True, slots=True)
class Expectation:
    """One class of Great Expectations that a rule may use.

    Attributes:
        name: the class.
        holds: what its columns must hold: ``text``, ``number`` or ``any``.
        required: parameter → what it holds.
        optional: parameter → what it holds.
        least_one: at least one of these must stand.
        text: what it demands, in a few words.
    """

    name: str
    holds: Literal["text", "number", "any"]
    required: dict[str, str]
    text: str
    optional: dict[str, str] = field(default_factory=dict)
    least_one: tuple[str, ...] = ()


@cache
def allowed() -> Mapping[str, Expectation]:
    """Give the expectations that a rule may use, by class name."""
    return {
        name: Expectation(
            name=name,
            holds=entry["holds"],
            required=entry["required"],
            text=entry["text"],
            optional=entry.get("optional", {}),
            least_one=tuple(entry.get("least_one", ())),
        )
        for name, entry in _data().items()
        if name != "refused"
    }


@cache
def refused() -> Mapping[str, str]:
    """Give the expectations that are known but not allowed: class name → ``whole`` or ``unfit``."""
    return {name: why for why, names in _data()["refused"].items() for name in names}


def class_name(written: str) -> str:
    """Give the class that is meant by ``ExpectX`` or ``expect_x``; what is not known stays as written."""
    plain = _plain(written)
    return next((name for name in (*allowed(), *refused()) if _plain(name) == plain), written)


def faults(known: Expectation, given: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Give what is wrong with parameters: (kind, parameter, what is allowed or expected).

    The kinds are ``unknown``, ``missing`` and ``wrong``.
    """
    parameters = known.required | known.optional
    for name in given:
        if name not in parameters:
            yield "unknown", name, ", ".join(parameters)
    for name in known.required:
        if name not in given:
            yield "missing", name, known.required[name]
    if known.least_one and not any(name in given for name in known.least_one):
        yield "missing", " | ".join(known.least_one), parameters[known.least_one[0]]
    for name, value in given.items():
        if name in parameters and not _fits(parameters[name], value):
            yield "wrong", name, parameters[name].replace("|", ", ")
        elif parameters.get(name) in {"regex", "regexes"} and _endless(value):
            yield "wrong", name, phrase("no repetition inside a repetition; write a rule with pattern")
    least: Any = given.get("min_value")
    most: Any = given.get("max_value")
    if _is_number(least) and _is_number(most) and least > most:
        yield "wrong", "min_value", phrase("<= max_value ({most})", most=most)


def unlike(given: Mapping[str, Any], numbers: Mapping[str, bool]) -> Iterator[tuple[str, str]]:
    """Give what can never be equal to what its field holds: (parameter, what is expected).

    Args:
        given: the parameters, without `faults`.
        numbers: field → whether it holds numbers; otherwise it holds text.
    """
    for parameter, rows in (
        ("value_set", _rows(given)),
        ("value_pairs_set", given.get("value_pairs_set", ())),
    ):
        for name, values in zip(columns(given), zip(*rows, strict=True), strict=False):
            if name in numbers and any(_is_number(value) != numbers[name] for value in values):
                told = "numbers ({name})" if numbers[name] else "text in quotes ({name})"
                yield parameter, phrase(told, name=name)


def _rows(given: Mapping[str, Any]) -> list[tuple[Any]]:
    return [(value,) for value in given.get("value_set", ())]


def columns(given: Mapping[str, Any]) -> list[str]:
    """Give the fields that parameters name, in their order."""
    named: list[str] = []
    for parameter in COLUMNS:
        value = given.get(parameter)
        named += [value] if isinstance(value, str) else [str(one) for one in value or ()]
    return named


@cache
def _data() -> dict[str, Any]:
    text = files("leverans.mapping").joinpath("expectations.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _fits(kind: str, value: Any) -> bool:
    judge = _KINDS.get(kind)
    return isinstance(value, str) and value in kind.split("|") if judge is None else judge(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, _SCALARS) and not isinstance(value, bool)


def _list_of(judge: Callable[[Any], bool], value: Any, least: int = 1) -> bool:
    return isinstance(value, list) and len(value) >= least and all(judge(one) for one in value)


def _is_pair(value: Any) -> bool:
    return _list_of(_is_scalar, value) and len(value) == 2


def _is_regex(value: Any) -> bool:
    """Say whether Python's and Arrow's engines both read it, so that it means the same everywhere."""
    try:
        re.compile(value)
        pc.match_substring_regex(pa.array([""]), value)
    except (re.error, pa.ArrowInvalid, TypeError):
        return False
    return True


def _endless(value: str | list[str]) -> bool:
    return any(may_not_end(regex) for regex in ([value] if isinstance(value, str) else value))


def _is_strftime(value: Any) -> bool:
    """Say whether dates can be written in the notation and read again, as Great Expectations demands."""
    try:
        datetime.strptime(_MOMENT.strftime(value), value)  # noqa: DTZ007 - a notation is tried, no time is read
    except (ValueError, TypeError, IndexError, re.error):
        return False
    return "%" in value.replace("%%", "")


_KINDS: dict[str, Callable[[Any], bool]] = {
    "column": _is_text,
    "text": _is_text,
    "columns": lambda value: _list_of(_is_text, value, 2),
    "regex": _is_regex,
    "strftime": _is_strftime,
    "regexes": lambda value: _list_of(_is_regex, value),
    "whole": lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 0,
    "number": _is_number,
    "bool": lambda value: isinstance(value, bool),
    "scalars": lambda value: _list_of(_is_scalar, value),
    "pairs": lambda value: _list_of(_is_pair, value),
}
