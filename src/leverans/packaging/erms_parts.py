"""The blocks that ERMS reuses, as text: agents, dates, actions, restrictions, own elements.

Children stand in the order of the schema's sequences. Values of closed vocabularies come from the profile; a
word that the standard does not have is kept as its *other* form or as an own element, never dropped.
"""

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

from leverans.formats.profiles import Profile
from leverans.formats.xmltext import Escapes
from leverans.model import Agent, Class, Custody, Event, Extra, File, Location, Relation, Restriction
from leverans.packaging.when import moment

Pair = tuple[str, str]
Own = list[Pair]
_EXISTS, _REMOVED = "exists", "removed"
BARE = "bare"
"""What is noted of a restriction without an element before one with an element on the same axis."""
NO_WORD = "-"
"""What stands for a word that is blank, where the standard asks for one."""


class Blocks:
    """Writes the blocks of one document.

    Attributes:
        escapes: what XML could not hold, counted.
        unwritable: dates that are no xs:dateTime, counted.
    """

    def __init__(self, profile: Profile) -> None:
        self.escapes = Escapes()
        self.unwritable = 0
        self._profile = profile
        self._text = self.escapes.text
        self._attribute = self.escapes.attribute
        self._own_namespace = profile.namespaces["own"]
        self._missing = profile.words["missing"]

    def element(self, name: str, value: str | None) -> str:
        """Write ``<name>value</name>``, or nothing for None."""
        return "" if value is None else f"<{name}>{self._text(value)}</{name}>"

    def extra_ids(self, pairs: Iterable[Pair]) -> str:
        """Write ``extraId`` elements."""
        return "".join(
            f'<extraId extraIdType="{kind}">{self._text(value)}</extraId>' for kind, value in pairs
        )

    def agents(self, agents: Iterable[Agent]) -> str:
        """Write ``agents``, or nothing when there are none."""
        inner = "".join(map(self.agent, agents))
        return f"<agents>{inner}</agents>" if inner else ""

    def beside_agents(self, agents: Iterable[Agent], own: Own) -> None:
        """Note what the elements of agents have no place for."""
        for place, agent in enumerate(agents, start=1):
            own.extend((f"agent.{place}.{name}", value) for name, value in self._beside_agent(agent))

    def agent(self, agent: Agent) -> str:
        """Write one ``agent``; the source's word for a protected identity stands in its extension."""
        kind = self.kind("agent_type", "agentType", "otherAgentType", agent.type, "other")
        number = ""
        if agent.id_number is not None:
            kind_of = agent.id_number_type
            named = "" if kind_of is None else f' idNumberType="{self._attribute(kind_of)}"'
            number = f"<idNumber{named}>{self._text(agent.id_number)}</idNumber>"
        shield = word = ""
        if agent.protected_identity is not None:
            shield = "<protectedIdentity>true</protectedIdentity>"
            word = (
                "<agentExtendingInformation><agentExtendingXMLInformation>"
                f'<protection xmlns="{self._own_namespace}">'
                f"{self._text(agent.protected_identity)}</protection>"
                "</agentExtendingXMLInformation></agentExtendingInformation>"
            )
        return (
            f"<agent {kind}><name>{self._text(agent.name)}</name>{word}"
            f"{self.element('organisation', agent.organisation)}{self.element('unitName', agent.unit)}"
            f"{number}{self.element('role', agent.role)}{self._reach(agent)}"
            f"{shield}{self._note(agent)}</agent>"
        )

    def dates(self, pairs: Iterable[tuple[str, str | None]], own: Own) -> str:
        """Write ``dates``; what is no date, or a part of one only, is also noted in `own`."""
        inner = "".join(self._date(kind, text, own) for kind, text in pairs if text is not None)
        return f"<dates>{inner}</dates>" if inner else ""

    def actions(self, events: Iterable[Event], own: Own) -> str:
        """Write one ``action`` per event or decision, in their order."""
        return "".join(self._action(place, event, own) for place, event in enumerate(events, start=1))

    def restrictions(self, restrictions: Iterable[Restriction], own: Own) -> str:
        """Write ``restriction`` where an axis restricts; what it allows on the web goes to `own` always."""
        written: list[str] = []
        bare: dict[str, list[int]] = {}
        for number, place in enumerate(restrictions, start=1):
            own.append((f"web.{place.axis}", place.web))
            if place.law is not None or place.text is not None or place.web != "full":
                written.append(self._restriction(number, place, own))
                own.extend((f"restriction.{one}.{BARE}", "true") for one in bare.pop(place.axis, ()))
                continue
            bare.setdefault(place.axis, []).append(number)
            if place.until is not None:
                own.append((f"restriction.{number}.until", place.until))
        return "".join(written)

    def relations(self, relations: Iterable[Relation], own: Own) -> str:
        """Write ``relation`` elements; a blank type is noted in `own`."""
        told = list(enumerate(relations, start=1))
        own.extend((f"relation.{number}.type", one.type) for number, one in told if blank(one.type))
        return "".join(
            f"<relation {self._relation_kind(one.type)}>{self._text(one.target)}</relation>"
            for _, one in told
        )

    def locations(self, locations: Iterable[Location], own: Own) -> str:
        """Write ``physicalLocations``; where any is an archivist's word, the basis of each goes to `own`."""
        places = list(locations)
        if not places:
            return ""
        if any(place.basis != "source" for place in places):
            own.extend(("location.basis", place.basis) for place in places)
        inner = "".join(
            f"<physicalLocation><currentLocation>{self._text(place.place)}</currentLocation></physicalLocation>"
            for place in places
        )
        return f"<physicalLocations>{inner}</physicalLocations>"

    def information(
        self, appendices: str, extras: Iterable[Extra], own: Own, *, groups: str = "", files: str = ""
    ) -> str:
        """Write ``additionalInformation``, or nothing.

        Args:
            appendices: the files of a record.
            extras: the source's fields without a target.
            own: what the standard has no place for.
            groups: what `things` gave.
            files: what `file_group` gave.
        """
        fields = "".join(map(self.extra, extras))
        ours = "".join(self._own(name, value) for name, value in own)
        inner = appendices + group("source fields", fields) + groups + group("archive model", ours) + files
        return f"<additionalInformation>{inner}</additionalInformation>" if inner else ""

    def things(self, description: str, name: str, things: Iterable[Any]) -> str:
        """Write things that the standard has no element for, each with the fields that it has."""
        return group(description, "".join(self._thing(name, thing) for thing in things))

    def _thing(self, name: str, thing: Any) -> str:
        told = ((entry.name, getattr(thing, entry.name)) for entry in dataclasses.fields(thing))
        inner = "".join(self._own(field, value) for field, value in told if value is not None)
        return f'<ownElement name="{name}">{inner}</ownElement>'

    def history(self, custody: Iterable[Custody]) -> str:
        """Write ``archivalHistory`` in words, one line for each that kept the records."""
        lines = "".join(f"<historyLine>{self._text(_history_line(one))}</historyLine>" for one in custody)
        return f"<archivalHistory>{lines}</archivalHistory>" if lines else ""

    def classes(self, classes: Iterable[Class]) -> str:
        """Write one ``classification`` for each class."""
        return "".join(self.classification(one.code, one.title, one.scheme) for one in classes)

    def classification(self, code: str | None, title: str | None, scheme: str | None = None) -> str:
        """Write one ``classification``."""
        named = "" if scheme is None else f' classificationId="{self._attribute(scheme)}"'
        if code is not None:
            named += f' fullyQualifiedClassificationCode="{self._attribute(code)}"'
        return f"<classification{named}>{self._text(title or '')}</classification>"

    def appendix(self, file: File, path: str) -> str:
        """Write one ``appendix``, with its electronic signature where it holds one."""
        puid = "" if file.puid is None else f' fileFormat="{self._attribute(file.puid)}"'
        title = "" if file.title is None else f' description="{self._attribute(file.title)}"'
        existed = ' eSignatureHasExisted="true"' if file.signature == _REMOVED else ""
        name = path.rpartition("/")[2] if blank(file.name) else self._attribute(file.name)
        opened = f'<appendix name="{name}"{title}{puid} path="{path}"{existed}'
        if file.signature != _EXISTS:
            return f"{opened}/>"
        verified = None if file.signature_date is None else moment(file.signature_date).value
        dated = "" if verified is None else f' dateeSignatureIsVerified="{verified}"'
        return f'{opened}><eSignature present="true"{dated}/></appendix>'

    def file_group(self, name: str, file: File) -> str:
        """Write what is known of one file beyond its ``appendix`` as an own element called `name`."""
        fields = "".join(map(self.extra, file.extras))
        signed = "".join(self._own(f"signature.{key}", value) for key, value in _beside_signature(file))
        signed += "".join(self._own(*pair) for pair in self._beside_file(file))
        axes = "".join(
            self._own(f"restriction.{key}", value)
            for axis in file.restrictions
            for key, value in (
                ("axis", axis.axis),
                ("web", axis.web),
                ("law", axis.law),
                ("text", axis.text),
                ("until", axis.until),
            )
            if value is not None
        )
        if not fields and not axes and not signed:
            return ""
        inner = f'<ownElement name="{self._attribute(name)}">{signed}{axes}{fields}</ownElement>'
        return group("file", inner)

    def _beside_file(self, file: File) -> Iterator[Pair]:
        """Give what no element takes of a file: what is blank, and a format called as an unknown one is."""
        for name in ("name", "reference", "format", "format_version"):
            value = getattr(file, name)
            if value is not None and (blank(value) or (name, value) == ("format", self._missing["format"])):
                yield name, value

    def extra(self, extra: Extra) -> str:
        """Write one field of the source as an ``ownElement``."""
        return (
            f'<ownElement name="{self._attribute(extra.name)}" dataType="{self._attribute(extra.data_type)}">'
            f"<value>{self._text(extra.value)}</value></ownElement>"
        )

    def coded(self, place: str, word: str | None, own: Own) -> str | None:
        """Translate a word for a place that takes no other; an unknown word goes to `own`."""
        if word is None:
            return None
        term = self._profile.term(place, word)
        if term is None:
            own.append((place, word))
        return term

    def kind(self, place: str, attribute: str, other: str, word: str, fallback: str) -> str:
        """Write a type attribute; `fallback` and the attribute `other` where the standard lacks the word."""
        term = self._profile.term(place, word)
        if term is not None:
            return f'{attribute}="{term}"'
        return f'{attribute}="{fallback}" {other}="{NO_WORD if blank(word) else self._attribute(word)}"'

    def _beside_agent(self, agent: Agent) -> Iterator[Pair]:
        if blank(agent.type):
            yield "type", agent.type
        if agent.id_number is None and agent.id_number_type is not None:
            yield "idNumberType", agent.id_number_type
        address, contacts = self._lines(agent, "address"), self._lines(agent, "contact")
        if not self._reachable(address, contacts):
            yield from ((name, value) for name, _term, value in (*address, *contacts))
        if agent.note is not None and not self._profile.erms["agent_notes"]:
            yield "note", agent.note

    def _lines(self, agent: Agent, place: str) -> list[tuple[str, str, str]]:
        """Give (field, the standard's word, value) of the lines of one kind."""
        told = ((name, term, getattr(agent, name)) for name, term in self._profile.words[place].items())
        return [(name, term, value) for name, term, value in told if value is not None]

    def _reachable(self, address: list[tuple[str, str, str]], contacts: list[tuple[str, str, str]]) -> bool:
        """Say whether the standard's element can hold these lines."""
        alone = bool(self._profile.erms["lines_alone"])
        return bool(address or contacts) if alone else bool(address and contacts)

    def _reach(self, agent: Agent) -> str:
        """Write ``addressContactInformation``."""
        address, contacts = self._lines(agent, "address"), self._lines(agent, "contact")
        if not self._reachable(address, contacts):
            return ""
        typed = self._profile.erms["address_type"]
        inner = [
            f'<addressLine {typed}="{term}">{self._text(value)}</addressLine>' for _, term, value in address
        ]
        inner += [
            f'<contactLine contactType="{term}">{self._text(value)}</contactLine>'
            for _, term, value in contacts
        ]
        return f"<addressContactInformation>{''.join(inner)}</addressContactInformation>"

    def _note(self, agent: Agent) -> str:
        if agent.note is None or not self._profile.erms["agent_notes"]:
            return ""
        return f"<notes>{self.element('note', agent.note)}</notes>"

    def _own(self, name: str, value: str) -> str:
        return f'<ownElement name="{self._attribute(name)}"><value>{self._text(value)}</value></ownElement>'

    def _relation_kind(self, word: str) -> str:
        own = "own_relation_definition"
        return self.kind("relation_type", "relationType", "otherRelationType", word, own)

    def _date(self, kind: str, text: str, own: Own) -> str:
        found = moment(text)
        if not found.exact:
            own.append((f"date.{kind}", text))
        if found.value is None:
            self.unwritable += 1
            return ""
        return f'<date dateType="{kind}">{found.value}</date>'

    def _action(self, place: int, event: Event, own: Own) -> str:
        instead = self._missing["action"] if event.type is None else event.type
        text = instead if event.text is None else event.text
        if event.text == instead:
            own.append((f"action.{place}.text", instead))
        if event.key is not None:
            own.append((f"action.{place}.key", event.key))
        dated = self._action_date(place, event, own)
        if blank(event.kind) or (not dated and event.kind != "event"):
            own.append((f"action.{place}.kind", event.kind))
        by = ""
        if event.agent is not None:
            by = f'<agents><agent agentType="agent"><name>{self._text(event.agent)}</name></agent></agents>'
        return (
            f"<action><actionText>{self._text(text)}</actionText>"
            f"{self.element('actionType', event.type)}{dated}{by}</action>"
        )

    def _action_date(self, place: int, event: Event, own: Own) -> str:
        if event.date is None:
            return ""
        found = moment(event.date)
        if not found.exact:
            own.append((f"action.{place}.date", event.date))
        if found.value is None:
            self.unwritable += 1
            return ""
        kind = self.kind("action_date", "dateType", "otherDateType", event.kind, "other")
        return f"<dates><actionDate {kind}>{found.value}</actionDate></dates>"

    def _restriction(self, number: int, place: Restriction, own: Own) -> str:
        kind = self.kind(
            "restriction_type", "restrictionType", "otherRestrictionType", place.axis, "other_type"
        )
        missing = self._missing["regulation"]
        if place.law == missing:
            own.append((f"restriction.{number}.law", missing))
        until = self._until(number, place.until, own)
        return (
            f"<restriction {kind}>{self.element('explanatoryText', place.text)}"
            f"<regulation>{self._text(missing if place.law is None else place.law)}</regulation>{until}"
            "</restriction>"
        )

    def _until(self, number: int, until: str | None, own: Own) -> str:
        if until is None:
            return ""
        found = moment(until)
        if not found.exact:
            own.append((f"restriction.{number}.until", until))
        if found.value is None:
            self.unwritable += 1
            return ""
        return f'<dates><date dateType="expiration">{found.value}</date></dates>'


def blank(value: str) -> bool:
    """Say whether a text has nothing to read."""
    return not value.strip()


def group(description: str, inner: str) -> str:
    """Write an ``ownElement`` that says what is in it, or nothing."""
    if not inner:
        return ""
    return f"<ownElement><ownElementDescription>{description}</ownElementDescription>{inner}</ownElement>"


def _beside_signature(file: File) -> Iterator[Pair]:
    """Give what ``eSignature`` does not give back of a file's electronic signature."""
    if file.signature is not None and file.signature not in {_EXISTS, _REMOVED}:
        yield "state", file.signature
    if file.signature_type is not None:
        yield "type", file.signature_type
    date = file.signature_date
    if date is not None and (file.signature != _EXISTS or not moment(date).exact):
        yield "date", date


def _history_line(one: Custody) -> str:
    dated = one.valid_from is not None or one.valid_to is not None
    time = f"{one.valid_from or ''}–{one.valid_to or ''}" if dated else ""
    return "; ".join(part for part in (one.holder, one.kind, time, one.authority, one.text) if part)
