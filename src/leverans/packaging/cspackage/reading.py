"""FGS Ärendehantering → cases and records of the archive model, from our writer or any supplier's.

What has no field of its own becomes an extra under the element's name; nothing that stands in the document is
dropped, and nothing in it raises.
"""

import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from leverans.formats.profiles import Profile
from leverans.model import Agent, Case, Class, Event, Extra, File, Location, Record, Relation, Restriction
from leverans.packaging.codes import record_code
from leverans.packaging.cspackage.elements import Element
from leverans.packaging.cspackage.leftover import Leftover

Facts = Mapping[str, Any]
"""What is known of a file beside its ``Bilaga``: id, digest, size, format."""

Find = Callable[[str], Facts | None]
"""Gives the facts of a file by the link to it, None where there is no such file."""

Tell = Callable[..., None]
"""Notes a finding: code, element, parameters."""

_DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d:\d\d)?)?)?", re.ASCII)
_CLASS = re.compile(r"(?P<code>[^\s,]*\d[^\s,]*)(?:,? +(?P<title>.*))?", re.DOTALL)
_ID_PREFIX = re.compile(r"(?i)^(?:urn:)?(?:uuid|guid):")
_CLOSED, _DIGITS = "none", 10


def _silent(*_: object, **__: object) -> None:
    return


class CaseReader:
    """Reads cases and records by the standard's own elements.

    Args:
        profile: gives the standard's words.
        ours: whether the document is of our writer, whose escapes, codes and ids are taken as they are.
        tell: takes findings.
        space: namespace of the ids that objects get which have none.
    """

    def __init__(
        self, profile: Profile, *, ours: bool, tell: Tell = _silent, space: uuid.UUID = uuid.NAMESPACE_URL
    ) -> None:
        self._ours, self._tell, self._space, self._profile = ours, tell, space, profile
        self._terms = profile.terms
        self._ids, self._missing = profile.words["extra_id"], profile.words["missing"]
        self._own, self._access = profile.namespaces["own"], profile.terms["access"]
        self._words = {
            place: _inverse(profile.words[place])
            for place in (
                "case_status",
                "direction",
                "relation",
                "restriction_type",
                "id_number",
                "role",
                "signature",
            )
        }

    def case(self, raw: Any) -> Case:
        """Read an ``ArkivobjektArende``, without its records."""
        element = self.element(raw)
        left = Leftover(self._tell, self._profile)
        code = element.text_at("ArkivobjektID") or ""
        ids = self._extra_ids(element, left)
        creator, agents = self._agents(element)
        agents += tuple(self._person(one, "counterpart", left) for one in element.each("Motpart"))
        filed, classes = self._classes(element)
        version = ids.get(self._ids["version"], "")
        values: dict[str, Any] = {
            "id": self.identity(element, f"case/{code}"),
            "key": ids.get(self._ids["key"], code),
            "partition": "",
            "reference_code": code,
            "title": element.text_at("Arendemening") or "",
            "type": element.text_at("ArendeTyp"),
            "status": self._word(element, "StatusArande", "case_status", left),
            "opened": self._opened(element, left),
            "closed": self._date(element, "Avslutat", left),
            "created": self._date(element, "Skapad", left),
            "classification_code": filed[0],
            "classification_title": filed[1],
            "creator": creator,
            "route": "protected" if any(one.protected_identity for one in agents) else "open",
            "version": int(version) if version.isdecimal() and len(version) < _DIGITS else 1,
            "digest": ids.get(self._ids["digest"], ""),
            "agents": agents,
            "events": tuple(Event("decision", date=one.text) for one in element.each("Beslutat")),
            "relations": self._relations(element, "ArendeRelation"),
            "classes": classes,
            **self._shared(element, left),
        }
        known = self._terms["case_many"] | ({"Inkommen"} if element.first("Upprattad") is None else set())
        return Case(**values, extras=self._extras(element, left, self._terms["case_once"], known))

    def record(self, raw: Any, above: str, place: int, find: Find) -> Record:
        """Read an ``ArkivobjektHandling``.

        Args:
            raw: the element.
            above: reference code of its case.
            place: its place in the case, from 1.
            find: gives what is known of its files.
        """
        element = self.element(raw)
        left = Leftover(self._tell, self._profile)
        ids = self._extra_ids(element, left)
        code, number = element.text_at("ArkivobjektID") or "", self._number(element, left)
        sender = element.first("Avsandare")
        agents = [] if sender is None else [self._person(sender, "sender", left)]
        agents += map(self._agent, element.each("Agent"))
        agents += [self._person(one, "recipient", left) for one in element.each("Mottagare")]
        values: dict[str, Any] = {
            "id": self.identity(element, f"{above}/record/{place}/{code}"),
            "key": ids.get(self._ids["key"], code),
            "title": self._title(element),
            "reference_code": None if self._ours and code == record_code(above, number, place) else code,
            "number": number,
            "type": element.text_at("Handlingstyp"),
            "direction": self._word(element, "StatusHandling", "direction", left),
            "created": self._date(element, "Skapad", left),
            "received": self._date(element, "Inkommen", left),
            "sent": self._date(element, "Expedierad", left),
            "agents": tuple(agents),
            "relations": self._relations(element, "HandlingRelation"),
            "files": self.files(element, find, left),
            **self._shared(element, left),
        }
        return Record(
            **values,
            extras=self._extras(element, left, self._terms["record_once"], self._terms["record_many"]),
        )

    def element(self, raw: Any) -> Element:
        """Wrap what lxml read."""
        return Element(raw, ours=self._ours)

    def identity(self, element: Element, name: str) -> str:
        """Give the id of an object: its own where it is a UUID, else one made of package and place."""
        stated = element.get("Systemidentifierare") or ""
        if self._ours and stated:
            return stated
        try:
            return str(uuid.UUID(_ID_PREFIX.sub("", stated.strip())))
        except ValueError:
            return str(uuid.uuid5(self._space, ascii(name)))

    def appendices(self, element: Element, find: Find) -> tuple[tuple[File, ...], tuple[Extra, ...]]:
        """Read the files that stand in a case itself, and what is left of those that are not there."""
        left = Leftover(self._tell, self._profile)
        return self.files(element, find, left), tuple(left.extras)

    def files(self, element: Element, find: Find, left: Leftover) -> tuple[File, ...]:
        """Read the ``Bilaga`` of an element; one whose file is not there becomes an extra."""
        found = []
        for one in element.each("Bilaga"):
            link = one.get("Lank") or ""
            facts = find(link)
            if facts is None:
                self._tell("CSP004", one)
                left.add("Bilaga", link)
            else:
                self._compare(one, facts)
                found.append(self._file(one, link, facts))
        return tuple(found)

    def _compare(self, one: Element, facts: Facts) -> None:
        """Hold what a ``Bilaga`` itself says of its file against the file."""
        size, digest = one.get("Storlek") or "", (one.get("Checksumma") or "").strip().lower()
        wrong = size.isdecimal() and size != str(facts["size"])
        if (one.get("ChecksummaMetod") or "").upper() in {"SHA-256", "SHA256"}:
            wrong |= digest not in {"", facts["sha256"]}
        if wrong:
            self._tell("CSP005", one)

    def _file(self, one: Element, link: str, facts: Facts) -> File:
        known = dict(facts)
        if not self._ours:
            known["reference"] = known.get("reference") or link
            known["mime"] = known.get("mime") or one.get("Mimetyp") or "application/octet-stream"
        left = Leftover(self._tell, self._profile)
        left.attributes(one, self._terms["appendix"])
        left.children(one, frozenset(), frozenset())
        signed = self._words["signature"].get(one.get("Esignatur") or "")
        if signed is None and one.get("Esignatur") is not None:
            left.add("@Esignatur", one.get("Esignatur") or "")
        name, title = one.get("Namn") or "", one.get("Beskrivning")
        return File(**known, name=name, title=title, signature=signed, extras=tuple(left.extras))

    def _shared(self, element: Element, left: Leftover) -> dict[str, Any]:
        rule, authority = self._disposal(element, left)
        access = element.text_at("Atkomst")
        if access is not None and access not in self._access:
            left.add("Atkomst", access)
        return {
            "description": element.text_at("Beskrivning"),
            "retention_rule": rule,
            "retention_authority": authority,
            "access": access if access in self._access else "staff",
            "locations": tuple(Location(one.text) for one in element.each("Forvaringsplats")),
            "restrictions": tuple(self._restriction(one, left) for one in element.each("Restriktion")),
        }

    def _title(self, element: Element) -> str:
        title = element.text_at("Rubrik")
        if title is None and not self._ours:
            title = element.text_at("Beskrivning")
        if not title and not self._ours:
            self._tell("CSP011", element)
        return title or ""

    def _number(self, element: Element, left: Leftover) -> int | None:
        text = element.text_at("Lopnummer")
        try:
            return None if text is None else int(text)
        except ValueError:
            left.add("Lopnummer", text or "")
            return None

    def _extra_ids(self, element: Element, left: Leftover) -> dict[str, str]:
        """Give our own ids by kind; those of others become extras."""
        ours = set(self._ids.values()) if self._ours else set()
        found: dict[str, str] = {}
        for one in element.each("ExtraID"):
            kind = one.get("ExtraIDTyp") or ""
            if kind in ours:
                found[kind] = one.text
            else:
                left.add(f"ExtraID/{kind}" if kind else "ExtraID", one.text)
        return found

    def _opened(self, element: Element, left: Leftover) -> str | None:
        name = "Inkommen" if element.first("Upprattad") is None else "Upprattad"
        return self._date(element, name, left)

    def _date(self, element: Element, name: str, left: Leftover) -> str | None:
        found = element.first(name)
        if found is None:
            return None
        text = found.text
        if self._ours or _DATE.fullmatch(text):
            return text
        self._tell("CSP009", found, name=name)
        left.add(name, text)
        return None

    def _word(self, element: Element, name: str, place: str, left: Leftover) -> str | None:
        found = element.first(name)
        if found is None:
            return None
        word = self._words[place].get(found.text)
        if word is None:
            left.add(name, found.text)
            self._tell("CSP009", found, name=name)
        return word

    def _disposal(self, element: Element, left: Leftover) -> tuple[str | None, str | None]:
        found = element.first("Gallring")
        if found is None:
            return None, None
        period, keep = found.text_at("GallringsFrist"), found.get("Gallras") in {"false", "0"}
        end = found.text_at("GallringsPeriodSlut")
        if end is not None:
            left.add("Gallring/GallringsPeriodSlut", end)
        if keep and period is not None:
            left.add("Gallring/GallringsFrist", period)
        rule = "keep" if keep else self._missing["disposal"] if period is None else period
        return rule, found.text_at("GallringsForklaring")

    def _agents(self, element: Element) -> tuple[str | None, tuple[Agent, ...]]:
        """Give the archival creator, where the first agent is one, and the others."""
        agents = tuple(map(self._agent, element.each("Agent")))
        if agents and agents[0].type == "creator":
            return agents[0].name, agents[1:]
        return None, agents

    def _agent(self, element: Element) -> Agent:
        word, _, role = (element.text_at("Roll") or "").partition(": ")
        return Agent(
            type=self._words["role"].get(word, word),
            name=element.text_at("Namn") or "",
            organisation=element.text_at("Organisationsnamn"),
            unit=element.text_at("Enhetsnamn"),
            role=role or None,
        )

    def _person(self, element: Element, kind: str, left: Leftover) -> Agent:
        number = element.first("IDnummer")
        typed = None if number is None else number.get("Typ")
        shield = element.text_at("SkyddadIdentitet")
        left.children(element, self._terms["person"], frozenset(), under=f"{element.name}/")
        return Agent(
            type=kind,
            name=element.text_at("Namn") or "",
            organisation=element.text_at("Organisation"),
            id_number=None if number is None else number.text,
            id_number_type=None if typed is None else self._words["id_number"].get(typed, typed),
            protected_identity="true" if shield in {"true", "1"} else None,
            address=element.text_at("Postadress"),
            postal_code=element.text_at("Postnummer"),
            city=element.text_at("Postort"),
            country=element.text_at("Land"),
            phone=element.text_at("Telefon"),
            email=element.text_at("EPost"),
        )

    def _classes(self, element: Element) -> tuple[tuple[str | None, str | None], tuple[Class, ...]]:
        pairs = [_class(one.text) for one in element.each("Klass")]
        filed = pairs[0] if pairs else (None, None)
        return filed, tuple(Class(code or title or "", title if code else None) for code, title in pairs[1:])

    def _restriction(self, element: Element, left: Leftover) -> Restriction:
        kind = element.get("Typ") or ""
        other = element.get("AnnanTyp")
        return Restriction(
            axis=self._words["restriction_type"].get(kind, kind if other is None else other),
            web=_CLOSED,
            law=element.text_at("Lagrum"),
            text=element.text_at("ForklarandeText"),
            until=self._date(element, "RestriktionsDatum", left),
        )

    def _relations(self, element: Element, name: str) -> tuple[Relation, ...]:
        return tuple(self._relation(one) for one in element.each(name))

    def _relation(self, element: Element) -> Relation:
        kind, other = element.get("Typ") or "", element.get("AnnanTyp")
        return Relation(self._words["relation"].get(kind, kind if other is None else other), element.text)

    def _extras(
        self, element: Element, left: Leftover, once: frozenset[str], many: frozenset[str] | set[str]
    ) -> tuple[Extra, ...]:
        for group in element.each("EgnaElement"):
            if not self._ours or group.text_at("EgnaElementBeskrivning") != self._own:
                left.fields(group)
        left.children(element, once, frozenset(many))
        for more in element.each("TillkommandeXMLdata"):
            left.foreign(more, ours=self._ours)
        return tuple(left.extras)


def _class(text: str) -> tuple[str | None, str | None]:
    found = _CLASS.fullmatch(text)
    return (None, text) if found is None else (found["code"], found["title"])


def _inverse(words: Mapping[str, str]) -> dict[str, str]:
    """Turn a table of words round; of several words with one translation the first is taken."""
    turned: dict[str, str] = {}
    for word, term in words.items():
        turned.setdefault(term, word)
    return turned
