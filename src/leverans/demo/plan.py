"""What each case will be, drawn before the first is made: numbers, dates, paper or files, and which dirt."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Literal, NamedTuple

from leverans.demo.lexicon import lexicon
from leverans.demo.streams import stream

_RATE = 0.007
_UNCLOSED = 0.04


class Kind(NamedTuple):
    """One kind of dirt: its least number, the cases that can carry it, their fate, how it is listed."""

    name: str
    least: int
    carrier: Literal["any", "files", "paper"]
    fate: Literal["quarantined", "excluded", "protected", "archived"]
    key: Literal["ArendeID", "path"] = "ArendeID"


DUPLICATE = "duplicate_reference"

KINDS = (
    Kind("closed_before_opened", 1, "any", "quarantined"),
    Kind("unmapped_code", 3, "any", "quarantined"),
    Kind("missing_file", 1, "files", "quarantined", "path"),
    Kind("empty_file", 1, "files", "quarantined", "path"),
    Kind("no_register_row", 1, "paper", "quarantined"),
    Kind("twins_case", 1, "files", "archived", "path"),
    Kind("twins_unicode", 1, "files", "archived", "path"),
    Kind("control_characters", 2, "files", "archived"),
    Kind("mojibake", 1, "any", "archived"),
    Kind("wrong_extension", 1, "files", "archived", "path"),
    Kind("voided", 1, "any", "excluded"),
    Kind("secret", 2, "any", "archived"),
    Kind("secret_documents", 1, "files", "archived", "path"),
    Kind("protected_identity", 3, "any", "protected"),
    Kind("unregistered_files", 1, "files", "archived", "path"),
    Kind("code_in_type_b_space", 2, "any", "archived"),
)
"""Every kind that a single case carries; `duplicate_reference` takes two."""


@dataclass(slots=True)
class Plan:
    """The plan of a world: parallel lists by position of the case in time.

    `dirt` gives the kind and its running number within the kind; `shadows` are the second cases of a
    reference code that was given twice; after a case in `orphans` an event follows whose case is missing;
    the clean cases in `unclosed` are still open.
    """

    seed: int
    ids: list[int]
    opened: list[date]
    references: list[str]
    with_files: list[bool]
    dirt: dict[int, tuple[str, int]] = field(default_factory=dict)
    shadows: set[int] = field(default_factory=set)
    orphans: set[int] = field(default_factory=set)
    unclosed: set[int] = field(default_factory=set)


def draw_plan(seed: int, cases: int) -> Plan:
    """The plan of a world of so many cases.

    At most half of the cases carry dirt: from 60 cases on every kind is there, smaller worlds leave some out.
    """
    chance = stream(seed, "plan")
    opened = _days(chance, cases)
    plan = Plan(seed, _ids(chance, cases), opened, _references(opened), _with_files(chance, cases))
    often = round(cases * _RATE)
    free = chance.sample(range(cases), cases)
    room = _double(plan, free, max(1, often), cases // 2)
    for kind in KINDS:
        anew = chance.sample(free, cases)  # the front of `free` would by now be left with paper cases only
        room = _spread(plan, anew, kind, min(room, max(kind.least, often)), room)
    plan.orphans = set(chance.sample(range(cases), min(cases, max(2, often))))
    clean = [index for index in free if index not in plan.dirt]
    plan.unclosed = set(clean[: max(1, round(cases * _UNCLOSED))])
    return plan


def _days(chance: Random, cases: int) -> list[date]:
    world = lexicon().world
    first = date.fromisoformat(world["first_day"])
    span = (date.fromisoformat(world["last_day"]) - first).days + 1
    return [first + timedelta(days) for days in sorted(chance.randrange(span) for _ in range(cases))]


def _ids(chance: Random, cases: int) -> list[int]:
    ids = []
    last = chance.randrange(2, 40)
    for _ in range(cases):
        ids.append(last)
        last += chance.randrange(2, 7)  # never the next number: orphans name the case that is not there
    return ids


def _references(opened: list[date]) -> list[str]:
    prefix = lexicon().world["prefix"]
    counts: dict[int, int] = {}
    references = []
    for day in opened:
        counts[day.year] = counts.get(day.year, 0) + 1
        references.append(f"{prefix}-{day.year}-{counts[day.year]:05d}")
    return references


def _with_files(chance: Random, cases: int) -> list[bool]:
    paper = set(chance.sample(range(cases), cases // 3))
    return [index not in paper for index in range(cases)]


def _double(plan: Plan, free: list[int], pairs: int, room: int) -> int:
    """Gives pairs of neighbours one reference code; neighbours of the same year first."""
    last = len(plan.ids) - 1
    heads = [index for index in free if index < last]
    heads.sort(key=lambda index: plan.opened[index].year != plan.opened[index + 1].year)
    number = 0
    for head in heads:
        if number == pairs or room < 2:
            break
        if head in plan.dirt or head + 1 in plan.dirt:
            continue
        plan.dirt[head] = plan.dirt[head + 1] = (DUPLICATE, number)
        plan.references[head + 1] = plan.references[head]
        plan.shadows.add(head + 1)
        number += 1
        room -= 2
    return room


def _spread(plan: Plan, free: list[int], kind: Kind, wanted: int, room: int) -> int:
    """Gives a kind of dirt to the first free cases that can carry it."""
    number = 0
    for index in free:
        if number == wanted:
            break
        if index in plan.dirt or not _can_carry(kind, plan.with_files[index]):
            continue
        plan.dirt[index] = (kind.name, number)
        number += 1
    return room - number


def _can_carry(kind: Kind, with_files: bool) -> bool:
    return kind.carrier == "any" or (kind.carrier == "files") == with_files
