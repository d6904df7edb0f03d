"""Reads what `leverans.packaging` wrote back into the archive model: the proof that a package loses nothing.

Own elements go before the standard's: they stand where the standard's element does not give the value back.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any

from lxml import etree

from leverans.formats.profiles import Profile
from leverans.model import Case, File, Record, SubCase
from leverans.packaging.codes import record_code
from leverans.packaging.erms import years_of
from leverans.packaging.reading_parts import Element, Owned, PartReader, nested, number_of, text_at
from leverans.packaging.when import day_or_time

Facts = Callable[[str], Mapping[str, Any]]
"""Gives the fields of a file that ERMS does not hold, by its path."""

_SHARED = (
    "restrictions", "extras", "events", "agents", "relations", "places", "locations",
)  # fmt: skip


def read_cases(stream: IO[bytes], profile: Profile, facts: Facts) -> Iterator[Case]:
    """Yield the cases of an ERMS document that `leverans.packaging.erms` wrote, without their source rows.

    Args:
        stream: the document.
        profile: what it was written with.
        facts: gives ``id``, ``sha256``, ``size``, ``crc32`` and what else is known of the file at a path.

    Raises:
        lxml.etree.XMLSyntaxError: it is not well-formed.
    """
    namespace = profile.namespaces["erms"]
    top = f"{{{namespace}}}aggregation"
    depth = 0
    events = etree.iterparse(
        stream,
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
    )
    reader = _Reader(profile, facts)
    for event, element in events:
        depth += 1 if event == "start" else -1
        if event == "end" and depth == 2 and element.tag == top:
            yield reader.case(Element(element, namespace))
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]


class _Reader:
    def __init__(self, profile: Profile, facts: Facts) -> None:
        self._parts = PartReader(profile)
        self._facts = facts
        self._wrapper = profile.words["wrapper"]["records"]
        self._ids = profile.words["extra_id"]

    def case(self, element: Element) -> Case:
        own = Owned.of(element)
        ids = {one.get("extraIdType"): one.text for one in element.each("extraId")}
        code = text_at(element, "objectId") or ""
        given = self._aggregation(element, own, code)
        agents, relations = given.pop("agents"), given.pop("relations")
        creator, agents = _creator(own, agents)
        replaces, relations = _replaced(own, relations)
        return Case(
            **given,
            key=ids[self._ids["key"]],
            reference_code=code,
            version=int(ids[self._ids["version"]]),
            digest=ids.get(self._ids["digest"], ""),
            partition=own.one("partition") or "",
            route=own.one("route") or "",
            creator=creator,
            creator_from=own.one("creator.from"),
            creator_to=own.one("creator.to"),
            replaces=replaces,
            agents=agents,
            relations=relations,
            fonds=self._parts.things(element, "fonds"),
        )

    def _subcase(self, element: Element, above: str, place: int) -> SubCase:
        own = Owned.of(element)
        written = text_at(element, "objectId") or ""
        return SubCase(
            **self._aggregation(element, own, written),
            key=text_at(element, "extraId") or "",
            reference_code=_code(own, written, f"{above}/{place}"),
        )

    def _aggregation(self, element: Element, own: Owned, code: str) -> dict[str, Any]:
        """Give what cases and sub-cases share; `code` is how what lies in it is named after it."""
        inner = element.each("aggregation")
        direct = inner[0] if inner and inner[0].get("otherAggregationType") == self._wrapper else None
        holder = element if direct is None else direct
        parts = inner if direct is None else inner[1:]
        classes = self._parts.things(element, "classes")
        return {
            "id": element.get("systemIdentifier") or "",
            "title": text_at(element, "title") or "",
            "kind": own.told("kind", self._parts.word(element, "aggregation_type", "aggregationType")),
            "type": text_at(element, "subject"),
            "status": self._parts.coded(element, "status", "value", "case_status", own),
            "description": own.one("description")
            if own.has("description.made")
            else text_at(element, "description"),
            "access": text_at(element, "access") or "",
            "classes": classes,
            "custody": self._parts.things(element, "custody"),
            "records": tuple(
                self._record(one, code, place) for place, one in enumerate(holder.each("record"), start=1)
            ),
            "subcases": tuple(self._subcase(one, code, place) for place, one in enumerate(parts, start=1)),
            **_classification(element, own, len(classes)),
            **_dates(element, own, ("created", "opened", "closed")),
            **_retention(element, own),
            **self._parts.shared(element, own, _SHARED),
        }

    def _record(self, element: Element, above: str, place: int) -> Record:
        own = Owned.of(element)
        written = text_at(element, "runningNumber") or own.one("runningNumber")
        number = number_of(written)
        return Record(
            id=element.get("systemIdentifier") or "",
            key=text_at(element, "extraId") or "",
            title=text_at(element, "title") or "",
            reference_code=_code(own, text_at(element, "objectId") or "", record_code(above, number, place)),
            number=number,
            type=element.get("recordType"),
            direction=own.told(
                "direction",
                self._parts.maybe_word(element.first("direction"), "direction", "directionDefinition"),
            ),
            medium=self._parts.coded(element, "", "recordPhysicalOrDigital", "medium", own),
            description=text_at(element, "description"),
            access=text_at(element, "access") or "",
            files=tuple(self._files(element)),
            **_dates(element, own, ("created", "received", "sent")),
            **_retention(element, own),
            **self._parts.shared(element, own, _SHARED),
        )

    def _files(self, element: Element) -> Iterator[File]:
        known = {group.get("name"): group for group in nested(element, "file")}
        for one in element.each("additionalInformation", "appendix"):
            path = one.get("path") or ""
            group = known.get(path)
            told: dict[str, Any] = {
                **self._facts(path),
                "name": one.get("name") or "",
                "title": one.get("description"),
                "puid": one.get("fileFormat"),
                **_signature(one),
                **({} if group is None else self._parts.of_file(group)),
            }
            yield File(**told)


def _signature(appendix: Element) -> dict[str, Any]:
    """Read what an appendix says of its electronic signature."""
    if appendix.get("eSignatureHasExisted") is not None:
        return {"signature": "removed"}
    held = appendix.first("eSignature")
    verified = None if held is None else held.get("dateeSignatureIsVerified")
    return {
        "signature": None if held is None else "exists",
        "signature_date": None if verified is None else day_or_time(verified),
    }


def _creator(own: Owned, agents: tuple[Any, ...]) -> tuple[str | None, tuple[Any, ...]]:
    if agents and agents[0].type == "creator" and own.one("creator") is None:
        return agents[0].name, agents[1:]
    return None, agents


def _replaced(own: Owned, relations: tuple[Any, ...]) -> tuple[str | None, tuple[Any, ...]]:
    if relations and relations[0].type == "replaces" and own.one("replaces") is None:
        return relations[0].target, relations[1:]
    return own.one("replaces.blank"), relations


def _code(own: Owned, written: str, made: str) -> str | None:
    """Give the code of a record or sub-case; one that the writer made is none."""
    if own.has("reference_code.made"):
        return None
    return written if written != made else own.one("reference_code")


def _classification(element: Element, own: Owned, classes: int) -> dict[str, str | None]:
    found = element.each("classification")
    if len(found) == classes:
        return {"classification_code": None, "classification_title": None}
    title = own.one("classification.title")
    return {
        "classification_code": found[0].get("fullyQualifiedClassificationCode"),
        "classification_title": title if title is not None else found[0].text or None,
    }


def _dates(element: Element, own: Owned, kinds: tuple[str, ...]) -> dict[str, Any]:
    written = {one.get("dateType"): one.text for one in element.each("dates", "date")}
    made: dict[str, str | None] = {}
    for kind in kinds:
        value = written.get(kind)
        made[kind] = own.one(f"date.{kind}")
        if made[kind] is None and value is not None and (kind != "created" or not own.has("created.basis")):
            made[kind] = day_or_time(value)
    return made


def _retention(element: Element, own: Owned) -> dict[str, Any]:
    disposal = element.first("disposal")
    rule = own.one("disposal.rule")
    if disposal is not None:
        keep = disposal.get("disposable") == "false"
        told = own.one("disposal.rule")
        period = years_of(text_at(disposal, "disposalPeriod") or "")
        rule = "keep" if keep else period if told is None else told
    authority = None if disposal is None else text_at(disposal, "disposalMandate")
    return {
        "retention_rule": rule,
        "retention_authority": authority if disposal is not None else own.one("disposal.mandate"),
        "retention_start": own.one("disposal.start"),
    }
