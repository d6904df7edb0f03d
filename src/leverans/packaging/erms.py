"""CITS ERMS: control, one aggregation per case, one record per record, one appendix per file."""

from collections.abc import Sequence

from leverans.formats import xmltext
from leverans.model import Agent, Case, File, Record, Relation
from leverans.packaging.erms_parts import Blocks, Own
from leverans.packaging.order import PackageOrder
from leverans.packaging.when import moment

_INT = 1 << 31


class ErmsWriter:
    """Writes the document in pieces: `head`, `aggregation` for each case, `tail`.

    Attributes:
        blocks: the writer of the reused blocks, with its counts.
        supplied: cases and records that had no date at all and got the reference time.
    """

    def __init__(self, order: PackageOrder) -> None:
        self.blocks = Blocks(order.profile)
        self.supplied = 0
        self._order = order
        self._ids = order.profile.words["extra_id"]

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
            f"<informationClass>{text(order.information_type)}</informationClass>"
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
            paths: the path of each file by record, relative to the document's folder.
        """
        blocks, own = self.blocks, self._case_own(case)
        kind = blocks.kind(
            "aggregation_type",
            "aggregationType",
            "otherAggregationType",
            case.kind,
            "own_aggregation_definition",
        )
        status = blocks.coded("case_status", case.status, own)
        replaced = (Relation("replaces", case.replaces),) if case.replaces else ()
        restrictions = blocks.restrictions(case.restrictions, own)
        start = self._created((case.created, case.opened, _earliest(case), case.closed), own)
        dates = blocks.dates((("created", start), ("opened", case.opened), ("closed", case.closed)), own)
        actions = blocks.actions(case.events, own)
        locations = blocks.locations(case.locations, own)
        disposal = self._disposal(case, start)
        records = "".join(
            self._record(case, record, place, start, names)
            for place, (record, names) in enumerate(zip(case.records, paths, strict=True), start=1)
        )
        return (
            f'<aggregation systemIdentifier="{blocks.escapes.attribute(case.id)}" {kind}>'
            f"{blocks.element('objectId', case.reference_code)}{blocks.extra_ids(self._case_ids(case))}"
            f"{self._classification(case)}{blocks.element('title', case.title)}"
            f"{blocks.element('subject', case.type)}{_valued('status', status)}"
            f"{blocks.relations((*replaced, *case.relations))}"
            f"{blocks.information('', case.extras, own)}{restrictions}{disposal}"
            f"{blocks.agents(self._case_agents(case))}{blocks.element('description', case.description)}"
            f"{dates}{actions}{blocks.element('access', case.access)}{locations}{records}</aggregation>\n"
        )

    def _record(self, case: Case, record: Record, place: int, start: str, paths: Sequence[str]) -> str:
        blocks = self.blocks
        own: Own = []
        medium = blocks.coded("medium", record.medium, own)
        restrictions = blocks.restrictions(record.restrictions, own)
        first = self._created((record.created, record.received, record.sent, start), own)
        dates = blocks.dates((("created", first), ("received", record.received), ("sent", record.sent)), own)
        actions = blocks.actions(record.events, own)
        locations = blocks.locations(record.locations, own)
        number = self._number(record, own)
        appendices = "".join(map(self._appendix, record.files, paths))
        groups = "".join(
            blocks.file_group(path, file.restrictions, file.extras)
            for file, path in zip(record.files, paths, strict=True)
            if file.restrictions or file.extras
        )
        named = record.reference_code or f"{case.reference_code}:{record.number or place}"
        kind = "" if record.type is None else f' recordType="{blocks.escapes.attribute(record.type)}"'
        form = "" if medium is None else f' recordPhysicalOrDigital="{medium}"'
        return (
            f'\n<record systemIdentifier="{blocks.escapes.attribute(record.id)}"{kind}{form}>'
            f"{blocks.element('objectId', named)}{blocks.extra_ids(((self._ids['key'], record.key),))}"
            f"{blocks.element('title', record.title)}{number}{blocks.relations(record.relations)}"
            f"{restrictions}{self._direction(record)}{blocks.agents(record.agents)}"
            f"{blocks.element('description', record.description)}{dates}{actions}"
            f"{blocks.element('access', record.access)}{locations}"
            f"{blocks.information(appendices, record.extras, own, groups)}</record>"
        )

    def _appendix(self, file: File, path: str) -> str:
        attribute = self.blocks.escapes.attribute
        puid = "" if file.puid is None else f' fileFormat="{attribute(file.puid)}"'
        title = "" if file.title is None else f' description="{attribute(file.title)}"'
        return f'<appendix name="{attribute(file.name)}"{title}{puid} path="{path}"/>'

    def _case_ids(self, case: Case) -> list[tuple[str, str]]:
        found = [(self._ids["key"], case.key), (self._ids["version"], str(case.version))]
        return [*found, (self._ids["digest"], case.digest)] if case.digest else found

    def _case_own(self, case: Case) -> Own:
        return [("partition", case.partition), ("route", case.route)]

    def _case_agents(self, case: Case) -> tuple[Agent, ...]:
        return case.agents if case.creator is None else (Agent("creator", case.creator), *case.agents)

    def _classification(self, case: Case) -> str:
        if case.classification_code is None and case.classification_title is None:
            return ""
        attribute = self.blocks.escapes.attribute
        code = (
            ""
            if case.classification_code is None
            else f' fullyQualifiedClassificationCode="{attribute(case.classification_code)}"'
        )
        title = self.blocks.escapes.text(case.classification_title or "")
        return f"<classification{code}>{title}</classification>"

    def _disposal(self, case: Case, start: str) -> str:
        rule = case.retention_rule
        if rule is None:
            return ""
        text = self.blocks.escapes.text
        keep = rule == "keep"
        period = f"P{int(rule)}Y" if rule.isdecimal() else rule
        begins = moment(case.closed).value if case.closed is not None else None
        asked = "" if keep else f"<disposalPeriod>{text(period)}</disposalPeriod>"
        return (
            f'<disposal disposable="{"false" if keep else "true"}">{asked}'
            f"{self.blocks.element('disposalMandate', case.retention_authority)}"
            f'<dates><disposalDate dateType="retention_period_start">{begins or moment(start).value}'
            "</disposalDate></dates></disposal>"
        )

    def _direction(self, record: Record) -> str:
        if record.direction is None:
            return ""
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
            if other is not None and moment(other).value is not None:
                own.append(("created.basis", "another date"))
                return other
        self.supplied += 1
        own.append(("created.basis", "reference time"))
        return self._order.reference_time


def _earliest(case: Case) -> str | None:
    dates = [
        text
        for record in case.records
        for text in (record.created, record.received, record.sent)
        if text is not None and moment(text).value is not None
    ]
    return min(dates, default=None)


def _valued(name: str, value: str | None) -> str:
    return "" if value is None else f'<{name} value="{value}"/>'
