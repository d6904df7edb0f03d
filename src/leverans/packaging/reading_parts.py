"""Reads the blocks that ERMS reuses, and our own elements, back into parts of the archive model."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from lxml import etree

from leverans.formats.profiles import Profile
from leverans.formats.xmltext import unescape
from leverans.model import (
    Agent,
    Class,
    Custody,
    Event,
    Extra,
    Fonds,
    Location,
    Place,
    Relation,
    Restriction,
)
from leverans.packaging.erms_parts import BARE, NO_WORD, blank
from leverans.packaging.when import day_or_time

_THINGS: dict[str, type] = {"fonds": Fonds, "classes": Class, "places": Place, "custody": Custody}
_WEB = "web."
_AXIS = "restriction."
_FILE = {
    "name": "name",
    "reference": "reference",
    "format": "format",
    "format_version": "format_version",
    "signature.state": "signature",
    "signature.type": "signature_type",
    "signature.date": "signature_date",
}
_INTEGER = re.compile(r"-?[0-9]+")


class Element:
    """An XML element by local names, its text and attributes without our escapes."""

    def __init__(self, raw: etree._Element, namespace: str) -> None:
        self._raw = raw
        self._namespace = namespace

    @property
    def text(self) -> str:
        """The text in it."""
        return unescape(self._raw.text or "")

    def get(self, name: str) -> str | None:
        """Give an attribute."""
        value = self._raw.get(name)
        return None if value is None else unescape(value)

    def first(self, name: str) -> "Element | None":
        """Give the first child of a name."""
        found = self._raw.find(f"{{{self._namespace}}}{name}")
        return None if found is None else Element(found, self._namespace)

    def each(self, *names: str) -> "list[Element]":
        """Give all descendants at the path of local names."""
        path = "/".join(f"{{{self._namespace}}}{name}" for name in names)
        return [Element(found, self._namespace) for found in self._raw.iterfind(path)]

    def word_in(self, namespace: str) -> str | None:
        """Give the text of the first descendant of another namespace."""
        found = next(self._raw.iter(f"{{{namespace}}}*"), None)
        return None if found is None else unescape(found.text or "")


@dataclass(frozen=True, slots=True)
class Owned:
    """Our own elements of one object, as (name, value) in their order."""

    pairs: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, element: Element) -> "Owned":
        """Read the group ``archive model``."""
        found = nested(element, "archive model")
        return cls(tuple((one.get("name") or "", text_at(one, "value") or "") for one in found))

    def one(self, name: str) -> str | None:
        """Give the first value of a name."""
        return next((value for key, value in self.pairs if key == name), None)

    def told(self, name: str, read: str | None) -> Any:
        """Give the value of a name, or what was `read` where there is none."""
        found = self.one(name)
        return read if found is None else found

    def every(self, name: str) -> list[str]:
        """Give all values of a name."""
        return [value for key, value in self.pairs if key == name]

    def has(self, name: str) -> bool:
        """Say whether there is a value of a name."""
        return any(key == name for key, _value in self.pairs)


def text_at(element: Element, name: str) -> str | None:
    """Give the text of the first child of a name; None when there is none."""
    found = element.first(name)
    return None if found is None else found.text


def number_of(text: str | None) -> int | None:
    """Give a whole number."""
    return int(text) if text is not None and _INTEGER.fullmatch(text) else None


def nested(element: Element, description: str) -> list[Element]:
    """Give the elements of the own groups of a description."""
    return [
        one
        for group in element.each("additionalInformation", "ownElement")
        if text_at(group, "ownElementDescription") == description
        for one in group.each("ownElement")
    ]


class PartReader:
    """Reads parts; the profile tells which word of the standard stands for which of the model."""

    def __init__(self, profile: Profile) -> None:
        self._words = {
            place: {term: word for word, term in words.items()} for place, words in profile.words.items()
        }
        self._missing = profile.words["missing"]
        self._own = profile.namespaces["own"]
        self._address_type = str(profile.erms["address_type"])

    def shared(self, element: Element, own: Owned, names: Iterable[str]) -> dict[str, Any]:
        """Read those parts that every object has, by the names of its fields."""
        readers: dict[str, Callable[[], Any]] = {
            "restrictions": lambda: self._restrictions(element, own),
            "extras": lambda: self._extras(nested(element, "source fields")),
            "events": lambda: self._events(element, own),
            "agents": lambda: self._agents(element, own),
            "relations": lambda: self._relations(element, own),
            "places": lambda: self.things(element, "places"),
            "locations": lambda: self._locations(element, own),
        }
        return {name: readers[name]() for name in names}

    def things(self, element: Element, description: str) -> tuple[Any, ...]:
        """Read things that have no element in the standard."""
        kind = _THINGS[description]
        return tuple(
            kind(
                **{field.get("name") or "": text_at(field, "value") or "" for field in one.each("ownElement")}
            )
            for one in nested(element, description)
        )

    def of_file(self, group: Element) -> dict[str, Any]:
        """Read what is known of a file beyond its appendix."""
        inner = group.each("ownElement")
        told = [
            (one.get("name") or "", text_at(one, "value") or "")
            for one in inner
            if one.get("dataType") is None
        ]
        pairs = [(name.removeprefix(_AXIS), value) for name, value in told if name.startswith(_AXIS)]
        axes: list[dict[str, str]] = []
        for name, value in pairs:
            if name == "axis":
                axes.append({})
            axes[-1][name] = value
        fields = [one for one in inner if one.get("dataType") is not None]
        beside = {_FILE[name]: value for name, value in told if name in _FILE}
        return {
            "restrictions": tuple(Restriction(**axis) for axis in axes),
            "extras": self._extras(fields),
            **beside,
        }

    def word(self, element: Element, place: str, attribute: str) -> str:
        """Give the model's word of a type attribute, or the source's where the standard has none."""
        other = f"other{attribute[:1].upper()}{attribute[1:]}"
        given = element.get(other)
        return given if given is not None else self._model_word(place, element.get(attribute) or "")

    def maybe_word(self, element: Element | None, place: str, attribute: str) -> str | None:
        """Give the word of an element that may not be there."""
        return None if element is None else self.word(element, place, attribute)

    def coded(self, element: Element, child: str, attribute: str, place: str, own: Owned) -> str | None:
        """Give the model's word of a place that takes no other; other words stand in own elements."""
        holder = element.first(child) if child else element
        term = None if holder is None else holder.get(attribute)
        return own.one(place) if term is None else self._model_word(place, term)

    def _model_word(self, place: str, term: str) -> str:
        return self._words.get(place, {}).get(term, term)

    def _agents(self, element: Element, own: Owned) -> tuple[Agent, ...]:
        found = element.each("agents", "agent")
        ours = len(found) and found[0].get("agentType") == "creator" and not own.has("creator")
        skipped = 1 if ours and own.has("route") else 0  # the creator of a case is not counted
        return tuple(self._agent(one, place - skipped, own) for place, one in enumerate(found, start=1))

    def _agent(self, element: Element, place: int, own: Owned) -> Agent:
        number = element.first("idNumber")
        guarded = element.first("protectedIdentity") is not None
        return Agent(
            type=own.told(f"agent.{place}.type", self.word(element, "agent_type", "agentType")),
            name=text_at(element, "name") or "",
            organisation=text_at(element, "organisation"),
            unit=text_at(element, "unitName"),
            id_number=None if number is None else number.text,
            id_number_type=own.one(f"agent.{place}.idNumberType")
            if number is None
            else number.get("idNumberType"),
            role=text_at(element, "role"),
            protected_identity=element.word_in(self._own) if guarded else None,
            **self._reach(element, f"agent.{place}", own),
        )

    def _reach(self, element: Element, at: str, own: Owned) -> dict[str, str | None]:
        """Read where an agent is reached, and the note about it."""
        found: dict[str, str | None] = {"note": next((n.text for n in element.each("notes", "note")), None)}
        for place, line, typed in (
            ("address", "addressLine", self._address_type), ("contact", "contactLine", "contactType"),
        ):  # fmt: skip
            lines = {one.get(typed): one.text for one in element.each("addressContactInformation", line)}
            found.update({word: lines.get(term) for term, word in self._words[place].items()})
        return {name: own.one(f"{at}.{name}") if value is None else value for name, value in found.items()}

    def _events(self, element: Element, own: Owned) -> tuple[Event, ...]:
        return tuple(
            self._event(one, f"action.{place}", own)
            for place, one in enumerate(element.each("action"), start=1)
        )

    def _event(self, element: Element, name: str, own: Owned) -> Event:
        kind = text_at(element, "actionType")
        text = text_at(element, "actionText")
        instead = self._missing["action"] if kind is None else kind
        dates = element.each("dates", "actionDate")
        agents = element.each("agents", "agent")
        date = own.one(f"{name}.date")
        return Event(
            kind=own.told(
                f"{name}.kind", self.word(dates[0], "action_date", "dateType") if dates else "event"
            ),
            type=kind,
            text=own.one(f"{name}.text") if text == instead else text,
            date=day_or_time(dates[0].text) if date is None and dates else date,
            agent=text_at(agents[0], "name") if agents else None,
            key=own.one(f"{name}.key"),
        )

    def _restrictions(self, element: Element, own: Owned) -> tuple[Restriction, ...]:
        written = [
            (self.word(one, "restriction_type", "restrictionType"), one)
            for one in element.each("restriction")
        ]
        made: list[Restriction] = []
        for name, web in own.pairs:
            if name.startswith(_WEB):
                axis = name.removeprefix(_WEB)
                at = f"restriction.{len(made) + 1}"
                named = NO_WORD if blank(axis) else axis
                here = bool(written) and written[0][0] == named and not own.has(f"{at}.{BARE}")
                found = written.pop(0)[1] if here else None
                made.append(self._restriction(axis, web, found, at, own))
        return tuple(made)

    def _restriction(self, axis: str, web: str, element: Element | None, at: str, own: Owned) -> Restriction:
        until = own.one(f"{at}.until")
        if element is None:
            return Restriction(axis, web, until=until)
        dates = element.each("dates", "date")
        law = text_at(element, "regulation")
        return Restriction(
            axis=axis,
            web=web,
            law=own.one(f"{at}.law") if law == self._missing["regulation"] else law,
            text=text_at(element, "explanatoryText"),
            until=day_or_time(dates[0].text) if until is None and dates else until,
        )

    def _relations(self, element: Element, own: Owned) -> tuple[Relation, ...]:
        return tuple(
            Relation(
                own.told(f"relation.{place}.type", self.word(one, "relation_type", "relationType")), one.text
            )
            for place, one in enumerate(element.each("relation"), start=1)
        )

    def _locations(self, element: Element, own: Owned) -> tuple[Location, ...]:
        places = [
            one.text for one in element.each("physicalLocations", "physicalLocation", "currentLocation")
        ]
        basis = own.every("location.basis") or ["source"] * len(places)
        return tuple(Location(*pair) for pair in zip(places, basis, strict=True))

    def _extras(self, elements: Iterable[Element]) -> tuple[Extra, ...]:
        return tuple(
            Extra(one.get("name") or "", text_at(one, "value") or "", one.get("dataType") or "")
            for one in elements
        )
