"""CITS ERMS: control, one aggregation per case and sub-case, one record per record, one appendix per file.

What the standard has no place for, or cannot give back exactly, stands in own elements, so that
`leverans.packaging.reading` gives the same objects back.
"""

import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from leverans.formats import xmltext
from leverans.model import Agent, Case, Fonds, Record, Relation, SubCase
from leverans.packaging.codes import record_code, record_codes, told_apart
from leverans.packaging.erms_parts import Blocks, Own, blank
from leverans.packaging.order import PackageOrder
from leverans.packaging.schemes import Schemes
from leverans.packaging.when import day_or_time, moment

_INT = 1 << 31
_YEARS = re.compile(r"P([0-9]+)Y")
_DIRECT = "records"
_NONE = "none"


class ErmsWriter:
    """Writes the document in pieces: `aggregation` for each case, and around them `head` and `tail`.

    `head` names the classification schemes that the cases use, so it is asked for after them.

    Attributes:
        blocks: the writer of the reused blocks, with its counts.
        supplied: cases and records that had no date at all and got the reference time.
    """

    def __init__(self, order: PackageOrder) -> None:
        self.blocks = Blocks(order.profile)
        self.supplied = 0
        self._order = order
        self._ids = order.profile.words["extra_id"]
        self._schemes = Schemes(order.profile, order.reference_time, self.blocks.escapes)

    def head(self) -> str:
        """Write everything before the first aggregation."""
        order, text, attribute = self._order, xmltext.text, xmltext.attribute
        status = order.profile.term("maintenance_status", order.status) or "unknown"
        code = order.municipality.code
        agency = f'<agencyCode type="ORG">{text(code)}</agencyCode>' if code else ""
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<erms xmlns="{attribute(order.profile.namespaces["erms"])}">\n<control>'
            f'<identification identificationType="packageId">{text(order.id)}</identification>'
            f'<identification identificationType="delivery">{text(order.delivery)}</identification>'
            f'<identification identificationType="partition">{text(order.partition)}</identification>'
            f'<identification identificationType="agreement">{text(order.agreement["id"])}</identification>'
            f"<informationClass>{text(order.information_type)}</informationClass>{self._schemes.written()}"
            f'<maintenanceInformation><maintenanceStatus value="{status}"/>'
            f"<maintenanceAgency>{agency}<agencyName>{text(order.municipality.name)}</agencyName>"
            "</maintenanceAgency><maintenanceHistory><maintenanceEvent>"
            f'<eventType value="created"/><eventDateTime>{text(order.reference_time)}</eventDateTime>'
            f'<agent agentType="other" otherAgentType="software">'
            f"<name>{text(order.software.name)} {text(order.software.version)}</name></agent>"
            "</maintenanceEvent></maintenanceHistory></maintenanceInformation>"
            '<systemInformation><agents><agent agentType="other" otherAgentType="source system">'
            f"<name>{text(order.system.label)}</name></agent></agents>"
            "</systemInformation></control>\n<aggregations>\n"
        )

    def tail(self) -> str:
        """Write everything after the last aggregation."""
        return "</aggregations>\n</erms>\n"

    def aggregation(self, case: Case, paths: Sequence[Sequence[str]]) -> str:
        """Write one case.

        Args:
            case: the case.
            paths: the path of each file by record, in the order of `Case.all_records`, relative to the
                document's folder.
        """
        own = _case_own(case)
        start = self._created((case.created, case.opened, _earliest(case), case.closed), own)
        told = case.replaces is not None and not blank(case.replaces)
        replaced = (Relation("replaces", case.replaces or ""),) if told else ()
        agents = case.agents if case.creator is None else (Agent("creator", case.creator), *case.agents)
        frame = _Frame(
            code=case.reference_code,
            start=start,
            ids=self._case_ids(case),
            relations=(*replaced, *case.relations),
            agents=agents,
            fonds=case.fonds,
        )
        self.blocks.beside_agents(case.agents, own)
        return self._thing(case, frame, own, iter(paths)) + "\n"

    def _thing(self, thing: Case | SubCase, frame: "_Frame", own: Own, paths: Iterator[Sequence[str]]) -> str:
        """Write a case or sub-case with all that is in it; `paths` are taken as records come."""
        blocks = self.blocks
        kind = blocks.kind(
            "aggregation_type",
            "aggregationType",
            "otherAggregationType",
            thing.kind,
            "own_aggregation_definition",
        )
        if blank(thing.kind):
            own.append(("kind", thing.kind))
        status = blocks.coded("case_status", thing.status, own)
        restrictions = blocks.restrictions(thing.restrictions, own)
        dates = blocks.dates(
            (("created", frame.start), ("opened", thing.opened), ("closed", thing.closed)), own
        )
        actions = blocks.actions(thing.events, own)
        locations = blocks.locations(thing.locations, own)
        disposal = self._disposal(thing, thing.closed, frame.start, own)
        classes = self._classification(thing, own) + blocks.classes(thing.classes)
        groups = (
            blocks.things("fonds", "fonds", frame.fonds)
            + blocks.things("classes", "class", thing.classes)
            + blocks.things("places", "place", thing.places)
            + blocks.things("custody", "custody", thing.custody)
        )
        used = self._schemes.used(thing.classification_code, thing.classes)
        inner = self._inside(thing, frame, paths)
        description = self._description(thing, own)
        return (
            f'<aggregation systemIdentifier="{blocks.escapes.attribute(thing.id)}" {kind}{used}>'
            f"{blocks.element('objectId', frame.code)}{blocks.extra_ids(frame.ids)}"
            f"{self._fonds(frame.fonds)}{classes}{blocks.element('title', thing.title)}"
            f"{blocks.element('subject', thing.type)}{_valued('status', status)}"
            f"{blocks.relations(frame.relations, own)}"
            f"{blocks.information('', thing.extras, own, groups=groups)}{restrictions}{disposal}"
            f"{blocks.agents(frame.agents)}{blocks.element('description', description)}"
            f"{dates}{actions}{blocks.history(thing.custody)}{blocks.element('access', thing.access)}"
            f"{locations}{inner}</aggregation>"
        )

    def _inside(self, thing: Case | SubCase, frame: "_Frame", paths: Iterator[Sequence[str]]) -> str:
        """Write the records and sub-cases; ERMS lets an aggregation hold one kind or the other."""
        codes = record_codes(frame.code, thing.records)
        records = "".join(
            self._record(frame, record, (place, code), next(paths))
            for place, (record, code) in enumerate(zip(thing.records, codes, strict=True), start=1)
        )
        if not thing.subcases:
            return records
        made = [f"{frame.code}/{place}" for place in range(1, len(thing.subcases) + 1)]
        known = told_apart([part.reference_code for part in thing.subcases], made)
        parts = "".join(
            self._subcase(frame, part, (usual, code), paths)
            for part, usual, code in zip(thing.subcases, made, known, strict=True)
        )
        return (self._direct(thing, frame, records) if records else "") + parts

    def _description(self, thing: Case | SubCase, own: Own) -> str | None:
        """Give the description; where there is no title to read either, our word for that [ERMS211]."""
        told = thing.description
        if thing.title.strip() or (told is not None and told.strip()):
            return told
        own.append(("description.made", "true"))
        if told is not None:
            own.append(("description", told))
        return self._order.profile.words["missing"]["title"]

    def _direct(self, thing: Case | SubCase, frame: "_Frame", records: str) -> str:
        """Write the records of a case that has sub-cases, too, as an aggregation of their own."""
        attribute, text = self.blocks.escapes.attribute, self.blocks.escapes.text
        own = uuid.uuid5(uuid.NAMESPACE_URL, f"urn:uuid:{thing.id}#{_DIRECT}")
        kind = self._order.profile.words["wrapper"]["records"]
        return (
            f'\n<aggregation systemIdentifier="{own}" aggregationType="own_aggregation_definition"'
            f' otherAggregationType="{attribute(kind)}"><objectId>{text(frame.code)}</objectId>'
            f"<title>{text(thing.title)}</title>"
            f"{'' if thing.title.strip() else self.blocks.element('description', kind)}"
            f"{self.blocks.dates((('created', frame.start),), [])}"
            f"<access>{text(thing.access)}</access>{records}</aggregation>"
        )

    def _subcase(
        self, above: "_Frame", part: SubCase, codes: tuple[str, str], paths: Iterator[Sequence[str]]
    ) -> str:
        own: Own = []
        code = _named(part.reference_code, codes, own)
        start = self._created((part.created, part.opened, _earliest(part), part.closed, above.start), own)
        self.blocks.beside_agents(part.agents, own)
        frame = _Frame(code, start, [(self._ids["key"], part.key)], part.relations, part.agents)
        return "\n" + self._thing(part, frame, own, paths)

    def _record(self, above: "_Frame", record: Record, named: tuple[int, str], paths: Sequence[str]) -> str:
        blocks = self.blocks
        own: Own = []
        medium = blocks.coded("medium", record.medium, own)
        restrictions = blocks.restrictions(record.restrictions, own)
        first = self._created((record.created, record.received, record.sent, above.start), own)
        dates = blocks.dates((("created", first), ("received", record.received), ("sent", record.sent)), own)
        actions = blocks.actions(record.events, own)
        locations = blocks.locations(record.locations, own)
        number = self._number(record, own)
        disposal = self._disposal(record, None, first, own)
        blocks.beside_agents(record.agents, own)
        appendices = "".join(map(blocks.appendix, record.files, paths))
        groups = blocks.things("places", "place", record.places)
        files = "".join(blocks.file_group(path, file) for file, path in zip(record.files, paths, strict=True))
        usual = record_code(above.code, record.number, named[0])
        code = _named(record.reference_code, (usual, named[1]), own)
        kind = "" if record.type is None else f' recordType="{blocks.escapes.attribute(record.type)}"'
        form = "" if medium is None else f' recordPhysicalOrDigital="{medium}"'
        return (
            f'\n<record systemIdentifier="{blocks.escapes.attribute(record.id)}"{kind}{form}>'
            f"{blocks.element('objectId', code)}{blocks.extra_ids(((self._ids['key'], record.key),))}"
            f"{blocks.element('title', record.title)}{number}{blocks.relations(record.relations, own)}"
            f"{restrictions}{disposal}{self._direction(record, own)}{blocks.agents(record.agents)}"
            f"{blocks.element('description', record.description)}{dates}{actions}"
            f"{blocks.element('access', record.access)}{locations}"
            f"{blocks.information(appendices, record.extras, own, groups=groups, files=files)}</record>"
        )

    def _case_ids(self, case: Case) -> list[tuple[str, str]]:
        found = [(self._ids["key"], case.key), (self._ids["version"], str(case.version))]
        return [*found, (self._ids["digest"], case.digest)] if case.digest else found

    def _fonds(self, fonds: Sequence[Fonds]) -> str:
        codes = dict.fromkeys(one.reference_code for one in fonds if one.reference_code is not None)
        return "".join(
            f'<identification identificationType="fonds">{self.blocks.escapes.text(code)}</identification>'
            for code in codes
        )

    def _classification(self, thing: Case | SubCase, own: Own) -> str:
        code, title = thing.classification_code, thing.classification_title
        if code is None and title is None:
            return ""
        if title == "":
            own.append(("classification.title", title))
        return self.blocks.classification(code, title)

    def _disposal(self, thing: Case | SubCase | Record, closed: str | None, start: str, own: Own) -> str:
        """Write ``disposal``; what it cannot say as the plan says it is noted in `own`."""
        rule = thing.retention_rule
        if thing.retention_start is not None:
            own.append(("disposal.start", thing.retention_start))
        if rule is None:
            if thing.retention_authority is not None:
                own.append(("disposal.mandate", thing.retention_authority))
            return ""
        if thing.retention_start is not None and moment(thing.retention_start).value is None:
            return self._unbegun(rule, thing.retention_authority, own)
        keep = rule == "keep"
        period = f"P{int(rule)}Y" if rule.isdecimal() else rule
        if not keep and years_of(period) != rule:
            own.append(("disposal.rule", rule))
        given = (thing.retention_start, closed, start)
        begins = next(value for value in (moment(text or "").value for text in given) if value is not None)
        asked = "" if keep else f"<disposalPeriod>{self.blocks.escapes.text(period)}</disposalPeriod>"
        return (
            f'<disposal disposable="{"false" if keep else "true"}">{asked}'
            f"{self.blocks.element('disposalMandate', thing.retention_authority)}"
            f'<dates><disposalDate dateType="retention_period_start">{begins}'
            "</disposalDate></dates></disposal>"
        )

    def _unbegun(self, rule: str, authority: str | None, own: Own) -> str:
        """Note what cannot be written: ERMS wants a day, and another one than was given would be invented."""
        self.blocks.unwritable += 1
        own.append(("disposal.rule", rule))
        if authority is not None:
            own.append(("disposal.mandate", authority))
        return ""

    def _direction(self, record: Record, own: Own) -> str:
        if record.direction is None:
            return ""
        if blank(record.direction):
            own.append(("direction", record.direction))
        kind = self.blocks.kind(
            "direction", "directionDefinition", "otherDirectionDefinition", record.direction, "other"
        )
        return f"<direction {kind}/>"

    def _number(self, record: Record, own: Own) -> str:
        if record.number is None:
            return ""
        if -_INT <= record.number < _INT:
            return f"<runningNumber>{record.number}</runningNumber>"
        own.append(("runningNumber", str(record.number)))
        return ""

    def _created(self, dates: Sequence[str | None], own: Own) -> str:
        """Choose the date ``created`` [ERMS135, ERMS204]: the object's own, else the best there is."""
        if dates[0] is not None and moment(dates[0]).value is not None:
            return dates[0]
        if dates[0] is not None:
            self.blocks.unwritable += 1
            own.append(("date.created", dates[0]))
        for other in dates[1:]:
            written = None if other is None else moment(other).value
            if written is not None:
                own.append(("created.basis", "another date"))
                return day_or_time(written)
        self.supplied += 1
        own.append(("created.basis", "reference time"))
        return self._order.reference_time


@dataclass(frozen=True, slots=True)
class _Frame:
    """What an aggregation says that its kind decides: code, date ``created``, ids, relations, agents."""

    code: str
    start: str
    ids: Sequence[tuple[str, str]]
    relations: Sequence[Relation]
    agents: Sequence[Agent]
    fonds: Sequence[Fonds] = ()


def years_of(period: str) -> str:
    """Give the number of years of an ISO 8601 period of whole years, any other text as it is."""
    found = _YEARS.fullmatch(period)
    return found[1] if found is not None else period


def _case_own(case: Case) -> Own:
    own: Own = [("partition", case.partition), ("route", case.route)]
    told = (("creator.from", case.creator_from), ("creator.to", case.creator_to))
    own += [(name, value) for name, value in told if value is not None]
    if case.creator is None and case.agents and case.agents[0].type == "creator":
        own.append(("creator", _NONE))
    if case.replaces is not None and blank(case.replaces):
        own.append(("replaces.blank", case.replaces))
    if blank(case.replaces or "") and case.relations and case.relations[0].type == "replaces":
        own.append(("replaces", _NONE))
    return own


def _named(code: str | None, codes: tuple[str, str], own: Own) -> str:
    """Give the code to write; `codes` are the one usually made and that.

    An own code that looks like a made one is noted, and a made one that does not.
    """
    usual, written = codes
    if code == usual:
        own.append(("reference_code", code))
    elif code is None and written != usual:
        own.append(("reference_code.made", written))
    return written


def _earliest(case: Case | SubCase) -> str | None:
    dates = [
        text
        for record in case.all_records()
        for text in (record.created, record.received, record.sent)
        if text is not None and moment(text).value is not None
    ]
    return min(dates, default=None)


def _valued(name: str, value: str | None) -> str:
    return "" if value is None else f'<{name} value="{value}"/>'
