"""The restaurants of the world, their owners and the people who write to the office: all invented."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from leverans.demo.lexicon import lexicon
from leverans.demo.streams import stream


@dataclass(frozen=True, slots=True)
class Owner:
    """A company; its number fails the checksum, so that it can be nobody's."""

    id: int
    number: str
    name: str
    entered: datetime
    changed: datetime | None


@dataclass(frozen=True, slots=True)
class Place:
    """A restaurant."""

    id: int
    owner: Owner
    name: str
    entered: datetime
    changed: datetime | None


@dataclass(frozen=True, slots=True)
class Cast:
    """All owners and places of a world."""

    owners: list[Owner]
    places: list[Place]


def draw_cast(seed: int, cases: int) -> Cast:
    """The owners and places of a world of so many cases."""
    owners = [_owner(seed, number) for number in range(max(6, cases // 9))]
    places = [_place(seed, number, owners) for number in range(max(8, cases // 6))]
    return Cast(owners, places)


def person(chance: Random) -> str:
    """An invented person's name."""
    words = lexicon().words
    return f"{chance.choice(words['given'])} {chance.choice(words['family'])}"


def check_digit(digits: str) -> int:
    """The digit that would make a Swedish organisation number valid (modulus 10)."""
    doubled = (int(digit) * (2 - index % 2) for index, digit in enumerate(digits))
    return -sum(value // 10 + value % 10 for value in doubled) % 10


def _number(chance: Random, serial: int) -> str:
    digits = f"556{serial % 1000:03d}{chance.randrange(1000):03d}"
    wrong = (check_digit(digits) + chance.randrange(1, 10)) % 10
    return f"{digits[:6]}-{digits[6:]}{wrong}"


def _moments(chance: Random) -> tuple[datetime, datetime | None]:
    entered = datetime(1996, 1, 1, 8) + timedelta(seconds=chance.randrange(200_000_000))  # noqa: DTZ001 - the source knows no zones
    changed = entered + timedelta(milliseconds=chance.randrange(400_000_000_000))
    return entered, changed if chance.random() < 0.6 else None


def _owner(seed: int, serial: int) -> Owner:
    chance = stream(seed, "owner", serial)
    words = lexicon().words
    name = chance.choice(words["companies"]).format(noun=chance.choice(words["nouns"]))
    return Owner(50 + 2 * serial, _number(chance, serial), name[:40], *_moments(chance))


def _place(seed: int, serial: int, owners: list[Owner]) -> Place:
    chance = stream(seed, "place", serial)
    words = lexicon().words
    name = chance.choice(words["places"]).format(noun=chance.choice(words["nouns"]))
    name += chance.choice(words["villages"])
    return Place(200 + 3 * serial, chance.choice(owners), name[:40], *_moments(chance))
