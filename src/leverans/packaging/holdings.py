"""What a package holds above its cases: fonds, series and paper volumes, and who created them.

Collected as cases come; memory holds one entry per fonds, creator, class and volume, never per case.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from leverans.model import Case, Fonds, Location, SubCase
from leverans.packaging.when import moment

_DAY = len("2003-04-02")
_BLANK = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Creator:
    """An archival creator, or one of its times: name, organisation number, first and last day."""

    name: str
    number: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """The cases of one class.

    Attributes:
        code: code of the class, None for cases without a class.
        title: title of the class.
        scheme: name of the scheme it is a class of.
        cases: how many cases there are.
        first: the earliest whole day in them, None when they have none.
        last: the latest.
        volumes: where their paper lies, in the order of the cases.
    """

    code: str | None
    title: str | None
    scheme: str | None
    cases: int
    first: str | None
    last: str | None
    volumes: tuple[Location, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldFonds:
    """A fonds: name and reference code, its creators in turn, its series."""

    name: str
    reference_code: str | None
    creators: tuple[Creator, ...] = ()
    series: tuple[Series, ...] = ()


@dataclass(frozen=True, slots=True)
class Holdings:
    """All that a package holds: its fonds, the series that belong to no named fonds, every creator."""

    fonds: tuple[HeldFonds, ...] = ()
    series: tuple[Series, ...] = ()
    creators: tuple[Creator, ...] = ()

    @property
    def all_series(self) -> tuple[Series, ...]:
        """Every series, of all fonds and none."""
        return (*(one for fonds in self.fonds for one in fonds.series), *self.series)

    @property
    def first(self) -> str | None:
        """The earliest whole day of all."""
        return min((one.first for one in self.all_series if one.first is not None), default=None)

    @property
    def last(self) -> str | None:
        """The latest whole day of all."""
        return max((one.last for one in self.all_series if one.last is not None), default=None)


_Key = tuple[str, str | None]
_Class = tuple[str | None, str | None, str | None]


@dataclass(slots=True)
class _Growing:
    cases: int = 0
    first: str | None = None
    last: str | None = None
    volumes: dict[Location, None] = field(default_factory=dict)

    def add(self, case: Case) -> None:
        self.cases += 1
        days = [day for text in (case.created, case.opened, case.closed) if (day := whole_day(text))]
        self.first = min(filter(None, [self.first, *days]), default=None)
        self.last = max(filter(None, [self.last, *days]), default=None)
        self.volumes.update(dict.fromkeys(_locations(case)))


class Collector:
    """Takes cases one at a time and tells what they are part of."""

    def __init__(self) -> None:
        self._creators: dict[Creator, None] = {}
        self._fonds: dict[_Key, dict[Creator, None]] = {}
        self._series: dict[tuple[_Key | None, _Class], _Growing] = {}

    def add(self, case: Case) -> None:
        """Take a case in."""
        own = _creator(case.creator, None, case.creator_from, case.creator_to)
        if own is not None and not any(one.creator == case.creator for one in case.fonds):
            self._creators[own] = None
        for fonds in case.fonds:
            self._belongs(fonds)
        key = _key(case.fonds[0]) if case.fonds else None
        self._series.setdefault((key, _class(case)), _Growing()).add(case)

    def holdings(self) -> Holdings:
        """Give all that was taken in, in the order it came."""
        fonds = tuple(
            HeldFonds(name, code, tuple(creators), self._of((name, code)))
            for (name, code), creators in self._fonds.items()
        )
        return Holdings(fonds, self._of(None), tuple(self._creators))

    def _belongs(self, fonds: Fonds) -> None:
        creators = self._fonds.setdefault(_key(fonds), {})
        one = _creator(fonds.creator, fonds.creator_number, fonds.valid_from, fonds.valid_to)
        if one is not None:
            creators[one] = None
            self._creators[one] = None

    def _of(self, key: _Key | None) -> tuple[Series, ...]:
        return tuple(
            Series(*kind, one.cases, one.first, one.last, tuple(one.volumes))
            for (owner, kind), one in self._series.items()
            if owner == key
        )


def whole_day(text: str | None) -> str | None:
    """Give the day of a date that has one, nothing for a year, a month or what is no date."""
    if text is None or len(text) < _DAY:
        return None
    value = moment(text).value
    return None if value is None else value[:_DAY]


def _key(fonds: Fonds) -> _Key:
    return fonds.name, fonds.reference_code


def _creator(name: str | None, number: str | None, begins: str | None, ends: str | None) -> Creator | None:
    """Give a creator; one whose name is blank is none."""
    return Creator(name, number, begins, ends) if name is not None and name.strip(_BLANK) else None


def _class(case: Case) -> _Class:
    code = case.classification_code
    scheme = next((one.scheme for one in case.classes if one.code == code), None)
    return code, case.classification_title, scheme


def _locations(thing: Case | SubCase) -> Iterator[Location]:
    yield from thing.locations
    for record in thing.records:
        yield from record.locations
    for part in thing.subcases:
        yield from _locations(part)
