"""Archive objects of every shape, for properties: each type of the model with each field filled or not."""

import dataclasses
import typing

from hypothesis import strategies as st

from leverans.model import (
    AXES,
    Agent,
    Case,
    Class,
    Custody,
    Event,
    Extra,
    File,
    Fonds,
    Location,
    Place,
    Record,
    Relation,
    Restriction,
    Row,
    SubCase,
)

TEXT = st.text(max_size=6) | st.sampled_from(
    ["", " ", "unknown", "-", "ej angivet", "<&>\"'", "å \r\n\t", "\x00\\u0041", "keep", "P1Y"]
)
WORD = st.text(max_size=6) | st.sampled_from(
    ["", " ", "-", "creator", "replaces", "other", "closed", "sender"]
)
DATE = st.sampled_from([
    "2003-04-02", "2003", "2003-04", "2003-04-02T00:00:00", "2003-04-02T09:18:37.120", "2003-04-02T09:18",
    "2003-04-02 09:18:37", "2003-04-02T00:00:00+02:00", "20030402", "i går", "", "9999-12-31", "２００３-04-02",
])  # fmt: skip
NUMBER = st.integers(0, 2**40)
_CLOSED = {
    (Event, "kind"): ["event", "decision", "annat", "", " "],
    (Restriction, "axis"): list(AXES),
    (Restriction, "web"): ["full", "metadata", "none"],
    (Location, "basis"): ["source", "declared"],
    (Custody, "kind"): ["custodian", "successor"],
    (Record, "direction"): ["incoming", "outgoing", "internal", "bud", "", " "],
    (Record, "medium"): ["physical", "digital", "physical_and_digital", "mikrofilm"],
    (File, "signature"): ["exists", "removed", "okänd", ""],
    (Case, "retention_rule"): ["keep", "10", "007", "P5Y", "tills vidare", ""],
    (Case, "kind"): ["caseFile", "personfil", "volume", "", " "],
    (Case, "status"): ["closed", "open", "vilande", ""],
    (Case, "route"): ["open", "protected"],
}
_DATES = {
    "date", "opened", "closed", "created", "received", "sent", "until", "valid_from", "valid_to",
    "creator_from", "creator_to", "retention_start", "signature_date",
}  # fmt: skip
_WORDS = {(Agent, "type"), (Relation, "type"), (Case, "replaces")}
_SAME = {SubCase: Case, Record: Case}
"""Types whose closed words are those of another."""


def scalar(kind, name):
    """Give any value of one field."""
    hint = typing.get_type_hints(kind)[name]
    none = st.none() if type(None) in typing.get_args(hint) else st.nothing()
    words = _CLOSED.get((kind, name)) or _CLOSED.get((_SAME.get(kind, kind), name))
    if words:
        return none | st.sampled_from(words)
    if (kind, name) in _WORDS:
        return none | WORD
    if name == "id":
        return st.uuids().map(str)
    if int in {hint, *typing.get_args(hint)}:
        return none | NUMBER
    return none | (DATE if name in _DATES else TEXT)


def filled(kind, **nested):
    """Give things of a type, with any of its fields."""
    names = [entry.name for entry in dataclasses.fields(kind)]
    hints = typing.get_type_hints(kind)
    own = {name: scalar(kind, name) for name in names if typing.get_origin(hints[name]) is not tuple}
    return st.builds(kind, **own, **nested)


def few(strategy, most=2):
    """Give a tuple of at most `most`."""
    return st.lists(strategy, max_size=most).map(tuple)


PARTS = {
    "agents": few(filled(Agent)),
    "events": few(filled(Event)),
    "restrictions": few(filled(Restriction), 3),
    "relations": few(filled(Relation)),
    "places": few(filled(Place)),
    "locations": few(filled(Location)),
    "extras": few(filled(Extra)),
}
FILES = filled(File, restrictions=PARTS["restrictions"], extras=PARTS["extras"])
RECORDS = filled(Record, files=few(FILES), **PARTS)
_LISTS = {
    **PARTS,
    "records": few(RECORDS),
    "classes": few(filled(Class)),
    "custody": few(filled(Custody), 1),
}


@st.composite
def subcases(draw, depth=2):
    """Give a few sub-cases, some with sub-cases of their own."""
    below = subcases(depth - 1) if depth else st.just(())
    return draw(few(filled(SubCase, subcases=below, **_LISTS), 2 if depth == 2 else 1))


CASES = filled(Case, subcases=subcases(), fonds=few(filled(Fonds)), rows=few(filled(Row)), **_LISTS).map(
    lambda case: dataclasses.replace(case, version=case.version + 1)
)


def unlike(cases):
    """Say whether no two things have the same id."""
    ids = [
        thing.id
        for case in cases
        for thing in (
            case,
            *case.all_subcases(),
            *case.all_records(),
            *(file for record in case.all_records() for file in record.files),
        )
    ]
    return len(ids) == len(set(ids))
