"""One case as its office would have left it, clean; `dirt` does the rest."""

from datetime import datetime, time, timedelta
from itertools import accumulate
from random import Random
from typing import Final

from leverans.demo.cast import Cast, person
from leverans.demo.files import SHARES, SUFFIXES
from leverans.demo.lexicon import lexicon
from leverans.demo.plan import Plan
from leverans.demo.streams import stream
from leverans.demo.things import Case, Decision, Document, Event

REOPENED: Final = "ÅTÖPP"
"""The event code of a reopened case: only the scripted change uses it."""

_KINDS = tuple(SHARES)
_WEIGHTS = tuple(accumulate(SHARES.values()))


def make_case(plan: Plan, cast: Cast, index: int) -> Case:
    """The case at this position of the plan, without its dirt."""
    chance = stream(plan.seed, "case", plan.ids[index])
    lex = lexicon()
    place = chance.choice(cast.places)
    kind, term = chance.choice(list(lex.terms("A").items()))
    opened = _opening(plan, index, chance)
    case = Case(
        id=plan.ids[index],
        reference=plan.references[index],
        opened=opened,
        closed=None if index in plan.unclosed else _closing(opened, chance),
        kind=kind,
        place_id=place.id,
        place=place.name,
        handler=chance.choice(lex.words["handlers"]),
        title=f"{term}, {place.name}",
        counterpart=place.owner.name if chance.random() < 0.5 else person(chance),
    )
    _happen(case, chance)
    _furnish(case, chance, with_files=plan.with_files[index])
    if index in plan.shadows:
        case.registered = False
        case.documents = []
    return case


def _opening(plan: Plan, index: int, chance: Random) -> datetime:
    midnight = datetime.combine(plan.opened[index], time())
    if chance.random() < 0.5:
        return midnight
    return midnight + timedelta(hours=8, milliseconds=chance.randrange(8 * 3_600_000))


def _closing(opened: datetime, chance: Random) -> datetime:
    return opened + timedelta(days=chance.randrange(5, 200), milliseconds=chance.randrange(6 * 3_600_000))


def _within(case: Case, chance: Random) -> datetime:
    end = case.closed or case.opened + timedelta(days=90)
    return case.opened + timedelta(seconds=chance.randrange(1, int((end - case.opened).total_seconds())))


def _happen(case: Case, chance: Random) -> None:
    codes = [code for code in lexicon().terms("D") if code != REOPENED]
    moments = sorted(_within(case, chance) for _ in range(chance.randrange(2, 7)))
    case.events = [Event(chance.choice(codes), at) for at in moments]
    if case.closed is None:
        return
    rulings = list(lexicon().terms("B"))
    moments = sorted(_within(case, chance) for _ in range(chance.choice((0, 1, 1, 1, 2))))
    case.decisions = [Decision(chance.choice(rulings), at) for at in moments]


def _furnish(case: Case, chance: Random, *, with_files: bool) -> None:
    if not with_files or chance.random() < 0.2:
        case.volume = f"F{chance.choice('123')}{chance.choice('ab')}:{chance.randrange(1, 80)}"
    if not with_files:
        return
    moments = sorted(_within(case, chance) for _ in range(chance.randrange(3, 13)))
    names: set[str] = set()
    for number, at in enumerate(moments, start=1):
        kind = chance.choices(_KINDS, cum_weights=_WEIGHTS)[0]
        title, direction = chance.choice(lexicon().titles[kind])
        name = _free_name(title, SUFFIXES[kind], names)
        case.documents.append(Document(number, title, title, f"{case.folder}/{name}", kind, direction, at))


def _free_name(title: str, suffix: str, names: set[str]) -> str:
    """A file name nobody has, not even in other letters: twins are made on purpose only."""
    stem = title.translate({ord(c): None for c in ';"'})
    name, number = stem + suffix, 1
    while name.casefold() in names:
        number += 1
        name = f"{stem} ({number}){suffix}"
    names.add(name.casefold())
    return name
