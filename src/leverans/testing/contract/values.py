"""Rules about hostile names and values: nothing is mended, cut, rounded or lost on the way."""

from collections.abc import Callable
from functools import partial

from leverans.testing.contract.rules import Check, rule
from leverans.testing.contract.source import NAMES, VALUES
from leverans.testing.contract.subject import Subject
from leverans.testing.contract.verdicts import Broken, NotApplicable, ensure

_NAMES = {
    "name-letters": "å, ä and ö",
    "name-space": "spaces",
    "name-reserved": "a reserved word",
    "name-digit": "a digit first",
    "name-emoji": "an emoji",
}
_VALUES = {
    "value-nul": "NUL inside a text",
    "value-zeros": "00000000",
    "value-misread": "UTF-8 once read as Windows-1252",
    "value-empty": "the empty text, beside NULL",
    "value-decimal": "30 digits with 10 decimals",
    "value-dst": "the hour that is there twice",
    "value-long": "a text of 5 MB",
}


def _name(subject: Subject, name: str) -> None:
    source = subject.sources.get("names")
    if name in source.refused:
        raise NotApplicable(source.refused[name])
    if name not in source.names:
        raise NotApplicable("columns and streams are named by the connector, not by the source")
    reading = subject.reading("names")
    stream, column = source.names[name]
    if column:
        there = [one for one in reading.catalogue.streams if any(item.name == column for item in one.columns)]
        ensure(there, "a column is not in the catalogue by its own name")
        read = there[0].name in reading.batches
        filled = read and any(row.get(column) for row in reading.rows(there[0].name))
        ensure(filled or not read, "its values are not read")
        return
    if any(one.name == stream for one in reading.catalogue.streams):
        ensure(reading.before[stream].rows, "a table is there but its rows are not counted")
        return
    names = {one.name for documents in reading.documents.values() for one in documents}
    ensure(stream in names, "a table or file is not there by its own name")


def _value(subject: Subject, name: str) -> None:
    source = subject.sources.get("values")
    if name in source.refused:
        raise NotApplicable(source.refused[name])
    wanted = [one for one in source.planted if one.rule == name]
    ensure(wanted, "the rig planted nothing")
    reading = subject.reading("values")
    for one in wanted:
        column, key = one.row
        rows = [row for row in reading.rows(one.stream) if row[column] == key]
        if len(rows) != 1:
            raise Broken(f"its row was read {len(rows)} times, {reading.aside(one.stream)} were set aside")
        found = rows[0][one.column]
        same = type(found) is type(one.value) and found == one.value
        ensure(same, f"{one.stream}.{one.column}: the value is another ({type(found).__name__})")


_About = Callable[[Subject, str], None]


def _register(names: tuple[str, ...], words: dict[str, str], text: str, check: _About) -> None:
    for name in names:
        tried: Check = partial(_tried, check, name)
        rule(name, text.format(words[name]))(tried)


def _tried(check: _About, name: str, subject: Subject) -> None:
    check(subject, name)


_register(tuple(NAMES), _NAMES, "Names with {} stay as they are.", _name)
_register(VALUES, _VALUES, "A value stays as it is: {}.", _value)
