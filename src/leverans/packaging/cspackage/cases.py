"""FGS Ärendehantering: one ``ArkivobjektArende`` per case, one ``ArkivobjektHandling`` per record.

Records of sub-cases stand in their case, which has no cases in it here. What the elements do not give back is
found by reading them (`leverans.packaging.cspackage.beyond`).
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from lxml import etree

from leverans.formats.profiles import Profile
from leverans.formats.xmltext import Escapes
from leverans.model import Agent, Case, Extra, File, Record, Relation, Restriction
from leverans.packaging.codes import record_codes
from leverans.packaging.cspackage.beyond import Difference, Left, Report, arranged, differences
from leverans.packaging.cspackage.inherited import closing, restricts, shielded
from leverans.packaging.cspackage.nesting import skeletons
from leverans.packaging.cspackage.owned import OwnWriter
from leverans.packaging.cspackage.reading import CaseReader, Facts
from leverans.packaging.parsing import own_parser
from leverans.packaging.when import moment

_DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d:\d\d)?)?)?", re.ASCII)
_TIME = len("2003-04-02T09:18:37")
_INT = 1 << 31
_CASE, _RECORD = "ArkivobjektArende", "ArkivobjektHandling"


class CaseWriter:
    """Writes the document in pieces: `head`, `case` for each case, `tail`.

    Args:
        profile: the target profile.
        report: told of everything that the standard's own elements do not carry.

    Attributes:
        escapes: what XML could not hold, counted.
        beside: values that stand beside the standard's elements.
        left_out: values that are left out.
    """

    def __init__(self, profile: Profile, report: Report | None = None) -> None:
        self.escapes = Escapes()
        self.beside = self.left_out = 0
        self._profile = profile
        self._report = report
        self._carries = profile.words["beyond"]["carried"] == "own"
        self._text, self._attribute = self.escapes.text, self.escapes.attribute
        self._own = OwnWriter(profile, self.escapes)
        self._reader, self._parser = CaseReader(profile, ours=True), own_parser()
        self._ids, self._missing = profile.words["extra_id"], profile.words["missing"]

    def head(self, documentation: Iterable[tuple[str, str]]) -> str:
        """Write everything before the first case; `documentation` is (name, path) of the package's papers."""
        names = self._profile.namespaces
        place = next(one.address for one in self._profile.schemas if one.namespace == names["erms"])
        papers = "".join(
            f'<Bilaga Namn="{self._attribute(name)}" Lank="{self._attribute(path)}"/>\n'
            for name, path in documentation
        )
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<Leveransobjekt xmlns="{names["erms"]}" xmlns:xsi="{names["xsi"]}" '
            f'xsi:schemaLocation="{names["erms"]} {place}">\n{papers}{self._own.mark()}\n'
            "<ArkivobjektListaArenden>\n"
        )

    def tail(self) -> str:
        """Write everything after the last case."""
        return "</ArkivobjektListaArenden>\n</Leveransobjekt>\n"

    def case(self, case: Case, paths: Sequence[Sequence[str]]) -> str:
        """Write one case.

        Args:
            case: the case.
            paths: the path of each file in the package, by record, in the order of `Case.all_records`.
        """
        records = tuple(case.all_records())
        flat, order = arranged_case(case)
        before = self._case(flat, shielded(case))
        written = self._reader.case(self._parsed(f"{before}</{_CASE}>"))
        wanted = differences(flat, written) + order
        own = self._beyond(case.id, wanted)
        codes = record_codes(case.reference_code, records)
        inner = "".join(
            self._record((case.reference_code, place, code), record, closed, names)
            for place, (record, closed, code, names) in enumerate(
                zip(records, closing(case), codes, paths, strict=True), start=1
            )
        )
        listed = f"<ArkivobjektListaHandlingar>{inner}</ArkivobjektListaHandlingar>" if inner else ""
        return f"{before}{own}{self._rows(case)}{listed}</{_CASE}>\n"

    def _case(self, case: Case, shielded: Iterable[Agent]) -> str:
        creator = () if case.creator is None else (Agent("creator", case.creator),)
        agents = [agent for agent in case.agents if not _rank_in_case(agent)]
        parties = [*(agent for agent in case.agents if _rank_in_case(agent)), *shielded]
        decided = (one.date for one in case.events if one.kind == "decision" and one.date is not None)
        ids = [(self._ids["key"], case.key), (self._ids["version"], str(case.version))]
        return (
            f'<{_CASE} Systemidentifierare="{self._attribute(case.id)}">'
            f"{self._element('ArkivobjektID', case.reference_code)}"
            f"{self._extra_ids(ids + [(self._ids['digest'], case.digest)] * bool(case.digest))}"
            f"{self._element('ArendeTyp', case.type)}{self._date('Avslutat', case.closed)}"
            f"{self._element('Beskrivning', case.description)}"
            f"{''.join(self._date('Beslutat', date) for date in decided)}"
            f"{self._each('Forvaringsplats', (one.place for one in case.locations))}{self._disposal(case)}"
            f"{''.join(map(self._agent, (*creator, *agents)))}{self._classes(case)}"
            f"{self._restrictions(case.restrictions)}"
            f"{''.join(self._person('Motpart', one) for one in parties)}"
            f"{self._relations('ArendeRelation', 'case_relation', case.relations)}"
            f"{self._date('Skapad', case.created)}{self._term('StatusArande', 'case_status', case.status)}"
            f"{self._date('Upprattad', case.opened)}{self._access(case.access)}"
            f"{self._element('Arendemening', case.title)}{self._extras(case.extras)}"
        )

    def _record(
        self,
        where: tuple[str, int, str],
        record: Record,
        closed: tuple[Restriction, ...],
        paths: Sequence[str],
    ) -> str:
        """Write one record; `where` is the code above it, its place and the code to write.

        `closed` is what closes the sub-cases that it lies in.
        """
        above, place, code = where
        flat, order = arranged_record(record)
        facts = {path: self._facts(file) for path, file in zip(paths, record.files, strict=True)}
        told = replace(flat, restrictions=(*flat.restrictions, *closed))
        before = self._record_text(code, told, paths)
        element = self._parsed(f"{before}</{_RECORD}>")
        written = self._reader.record(element, above, place, facts.get)
        own = self._beyond(record.id, differences(flat, written) + order)
        return f"\n{before}{own}</{_RECORD}>"

    def _record_text(self, code: str, record: Record, paths: Sequence[str]) -> str:
        ranks = _ranks_in_record(record.agents)
        sender, others, recipients = (
            [agent for agent in record.agents if ranks(agent) == rank] for rank in range(3)
        )
        number = record.number
        counted = None if number is None or not -_INT <= number < _INT else str(number)
        return (
            f'<{_RECORD} Systemidentifierare="{self._attribute(record.id)}">'
            f"{self._element('ArkivobjektID', code)}"
            f"{self._extra_ids([(self._ids['key'], record.key)])}{self._element('Handlingstyp', record.type)}"
            f"{''.join(self._person('Avsandare', one) for one in sender)}"
            f"{self._element('Beskrivning', self._described(record))}{self._date('Expedierad', record.sent)}"
            f"{self._disposal(record)}{''.join(map(self._agent, others))}"
            f"{self._date('Inkommen', record.received)}{self._element('Lopnummer', counted)}"
            f"{''.join(self._person('Mottagare', one) for one in recipients)}"
            f"{self._relations('HandlingRelation', 'record_relation', record.relations)}"
            f"{self._element('Rubrik', record.title)}{self._date('Skapad', record.created)}"
            f"{self._term('StatusHandling', 'direction', record.direction)}{self._access(record.access)}"
            f"{self._each('Forvaringsplats', (one.place for one in record.locations))}"
            f"{self._restrictions(record.restrictions)}"
            f"{''.join(map(self._appendix, record.files, paths))}{self._extras(record.extras)}"
        )

    def _described(self, record: Record) -> str | None:
        """Give the description; where there is no title to read either, our word for that [FGS12-A5]."""
        blank = not record.title.strip() and not (record.description or "").strip()
        return self._missing["title"] if blank else record.description

    def _beyond(self, own: str, wanted: list[Difference]) -> str:
        for one in wanted:
            self._tell(Left(own, one.field, one.leaves, beside=self._carries))
        return self._own.differences(wanted) if self._carries else ""

    def _rows(self, case: Case) -> str:
        if not case.rows:
            return ""
        self._tell(Left(case.id, "rows", len(case.rows), beside=self._carries))
        return self._own.rows(case.rows) if self._carries else ""

    def _tell(self, left: Left) -> None:
        if left.beside:
            self.beside += left.count
        else:
            self.left_out += left.count
        if self._report is not None:
            self._report(left)

    def _parsed(self, text: str) -> etree._Element:
        erms = self._profile.namespaces["erms"]
        whole = f'<Leveransobjekt xmlns="{erms}">{text}</Leveransobjekt>'.encode()
        return etree.fromstring(whole, self._parser)[0]

    def _facts(self, file: File) -> Facts:
        known = ("id", "sha256", "size", "crc32", "mime", "puid", "format", "format_version", "reference")
        return {name: getattr(file, name) for name in known}

    def _element(self, name: str, value: str | None) -> str:
        return "" if value is None else f"<{name}>{self._text(value)}</{name}>"

    def _each(self, name: str, values: Iterable[str]) -> str:
        return "".join(self._element(name, value) for value in values)

    def _extra_ids(self, pairs: Iterable[tuple[str, str]]) -> str:
        return "".join(f'<ExtraID ExtraIDTyp="{kind}">{self._text(value)}</ExtraID>' for kind, value in pairs)

    def _date(self, name: str, value: str | None) -> str:
        """Write a date as exactly as ``EgetTidDatum`` can: no zone, no parts of a second."""
        if value is None:
            return ""
        known = value if _DATE.fullmatch(value) else (moment(value).value or "")[:_TIME]
        return f"<{name}>{known}</{name}>" if known else ""

    def _term(self, name: str, place: str, word: str | None) -> str:
        term = None if word is None else self._profile.term(place, word)
        return self._element(name, term)

    def _access(self, access: str) -> str:
        return self._element("Atkomst", access if access in self._profile.terms["access"] else None)

    def _disposal(self, thing: Case | Record) -> str:
        rule = thing.retention_rule
        if rule is None:
            return ""
        keep = rule == "keep"
        return (
            f'<Gallring Gallras="{"false" if keep else "true"}">'
            f"{self._element('GallringsFrist', None if keep else rule)}"
            f"{self._element('GallringsForklaring', thing.retention_authority)}</Gallring>"
        )

    def _agent(self, agent: Agent) -> str:
        word = self._profile.words["role"].get(agent.type, agent.type)
        role = word if agent.role is None else f"{word}: {agent.role}"
        return (
            f"<Agent>{self._element('Roll', role)}{self._element('Namn', agent.name)}"
            f"{self._element('Organisationsnamn', agent.organisation)}"
            f"{self._element('Enhetsnamn', agent.unit)}</Agent>"
        )

    def _person(self, name: str, agent: Agent) -> str:
        shield = "" if agent.protected_identity is None else "<SkyddadIdentitet>true</SkyddadIdentitet>"
        return (
            f"<{name}>{self._element('Namn', agent.name)}{self._element('Organisation', agent.organisation)}"
            f"{self._element('Postadress', agent.address)}{self._element('Postnummer', agent.postal_code)}"
            f"{self._element('Postort', agent.city)}{self._element('Land', agent.country)}"
            f"{self._id_number(agent)}{self._element('Telefon', agent.phone)}"
            f"{self._element('EPost', agent.email)}{shield}</{name}>"
        )

    def _id_number(self, agent: Agent) -> str:
        """Write an identity number as the standard wants it: without hyphen and spaces."""
        if agent.id_number is None:
            return ""
        kind = self._profile.words["id_number"].get(agent.id_number_type or "")
        typed = "" if kind is None else f' Typ="{kind}"'
        bare = agent.id_number.replace("-", "").replace(" ", "")
        return f"<IDnummer{typed}>{self._text(bare)}</IDnummer>"

    def _classes(self, case: Case) -> str:
        own = [(case.classification_code, case.classification_title)]
        pairs = (own if own != [(None, None)] else []) + [(one.code, one.title) for one in case.classes]
        return self._each("Klass", (" ".join(part for part in pair if part is not None) for pair in pairs))

    def _restrictions(self, restrictions: Iterable[Restriction]) -> str:
        """Write those that restrict; one that lets everything be shown would say the opposite here."""
        return "".join(self._restriction(one) for one in restrictions if restricts(one))

    def _restriction(self, one: Restriction) -> str:
        kind = self._profile.words["restriction_type"].get(one.axis)
        typed = f'Typ="{kind}"' if kind else f'Typ="Annan typ" AnnanTyp="{self._attribute(one.axis)}"'
        return (
            f"<Restriktion {typed}>{self._element('ForklarandeText', one.text)}"
            f"{self._element('Lagrum', one.law)}{self._date('RestriktionsDatum', one.until)}</Restriktion>"
        )

    def _relations(self, name: str, place: str, relations: Iterable[Relation]) -> str:
        return "".join(self._relation(name, place, one) for one in relations)

    def _relation(self, name: str, place: str, one: Relation) -> str:
        kind = self._profile.words["relation"].get(one.type)
        typed = f'Typ="{kind}"'
        if kind is None or kind not in self._profile.terms[place]:
            typed = f'Typ="Egen relationsdefinition" AnnanTyp="{self._attribute(one.type)}"'
        return f"<{name} {typed}>{self._text(one.target)}</{name}>"

    def _appendix(self, file: File, path: str) -> str:
        title = "" if file.title is None else f' Beskrivning="{self._attribute(file.title)}"'
        size = f' Storlek="{file.size}"' if file.size < _INT else ""
        signed = self._profile.words["signature"].get(file.signature or "")
        held = "" if signed is None else f' Esignatur="{signed}"'
        return (
            f'<Bilaga Namn="{self._attribute(file.name)}"{title} Lank="{path}"{size} '
            f'Mimetyp="{self._attribute(file.mime)}" Checksumma="{file.sha256}" '
            f'ChecksummaMetod="SHA-256"{held}/>'
        )

    def _extras(self, extras: Sequence[Extra]) -> str:
        inner = "".join(map(self._own.field, extras))
        return self._own.group(self._missing["source_fields"], inner)


def arranged_case(case: Case) -> tuple[Case, list[Difference]]:
    """Give a case as its element holds it, without records, and the order of its agents."""
    bare = replace(case, records=(), rows=(), subcases=skeletons(case.subcases))
    made: tuple[Case, list[Difference]] = arranged(bare, "agents", _rank_in_case)
    return made


def arranged_record(record: Record) -> tuple[Record, list[Difference]]:
    """Give a record as its element holds it, and the order of its agents."""
    made: tuple[Record, list[Difference]] = arranged(record, "agents", _ranks_in_record(record.agents))
    return made


def _rank_in_case(agent: Agent) -> int:
    return 1 if agent.type == "counterpart" else 0


def _ranks_in_record(agents: Sequence[Agent]) -> Callable[[Agent], int]:
    """Give where each agent of a record stands: the only sender first, recipients last."""
    first = next((agent for agent in agents if agent.type == "sender"), None)

    def rank(agent: Agent) -> int:
        return 0 if agent is first else 2 if agent.type == "recipient" else 1

    return rank
