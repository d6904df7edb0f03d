"""``Archive.xml`` of one object: attributes, documents, files, each with its protection."""

from collections.abc import Iterable, Iterator, Sequence

from leverans.formats.profiles import Profile
from leverans.formats.xmltext import attribute, text
from leverans.model import Agent, Case, File, Place, Record, SubCase
from leverans.packaging.objectxml.protection import Protection, Shield

Pairs = Iterator[tuple[str, str]]


class ObjectWriter:
    """Writes one document per case.

    Args:
        profile: the receiver's words.
        system: the source system.
        producer: who created the records, where the case itself does not say.
    """

    def __init__(self, profile: Profile, system: str, producer: str) -> None:
        self._profile, self._words = profile, profile.words
        self._system, self._producer = system, producer
        self._protection = Protection(profile)

    def document(self, case: Case, names: Sequence[Sequence[str]]) -> str:
        """Write ``Archive.xml``.

        Args:
            case: the case.
            names: the name of each file in the object's folder of files, by record, in the order of
                `Case.all_records`.
        """
        own = self._protection.of(case.restrictions, agents=case.agents)
        below = list(self._below(case, own))
        shields = [shield for record, shield in below if record is not None]
        documents = "".join(
            self._record(record, shield, files)
            for record, shield, files in zip(case.all_records(), shields, names, strict=True)
        )
        everything = own.over(
            shield
            for record, above in below
            for shield in (above, *(self._protection.of(file.restrictions, above) for file in _files(record)))
        )
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<ArchiveSip xmlns="{attribute(self._profile.namespaces["object"])}" '
            f'system="{attribute(self._system)}" producer="{attribute(case.creator or self._producer)}">\n'
            f"<ArchiveObject>{self._head(f'{case.reference_code} {case.title}', 'case')}"
            f"{self._attributes(self._case_pairs(case))}{self._shield(own)}\n{documents}"
            f"{self._original(everything)}</ArchiveObject>\n</ArchiveSip>\n"
        )

    def _below(self, thing: Case | SubCase, own: Shield) -> Iterator[tuple[Record | None, Shield]]:
        """Yield every record in a thing with its protection, and that of every sub-case with no record.

        The receiver has no sub-cases: what closes one is told, with its grounds, of each record in it.
        """
        grounds = own.laws if isinstance(thing, SubCase) else ()
        for record in thing.records:
            yield record, self._protection.of(record.restrictions, own, record.agents).under(grounds)
        for part in thing.subcases:
            shield = self._protection.of(part.restrictions, own, part.agents).under(grounds)
            yield None, shield
            yield from self._below(part, shield)

    def _record(self, record: Record, shield: Shield, names: Sequence[str]) -> str:
        files = "".join(
            self._file(file.title or file.name, name, self._protection.of(file.restrictions, shield))
            for file, name in zip(record.files, names, strict=True)
        )
        return (
            f"<Document>{self._head(record.title, 'record')}"
            f"{self._attributes(self._record_pairs(record))}{self._shield(shield)}{files}</Document>\n"
        )

    def _original(self, shield: Shield) -> str:
        name = self._words["place"]["original"]
        file = self._file(name, name, shield)
        return f"<Document>{self._head(name, 'original')}{self._shield(shield)}{file}</Document>\n"

    def _file(self, title: str, name: str, shield: Shield) -> str:
        place = f"./{self._words['place']['folder']}/{name}"
        return (
            f"<File><DisplayName>{text(title)}</DisplayName><Content><URI>{text(place)}</URI></Content>"
            f"{self._shield(shield)}</File>"
        )

    def _head(self, title: str, kind: str) -> str:
        typed = self._words["object_type"][kind]
        return f"<DisplayName>{text(title)}</DisplayName><ObjectType>{text(typed)}</ObjectType>"

    def _shield(self, shield: Shield) -> str:
        law = self._words["protection"]["law"]
        pairs = [(name, str(value)) for name, value in shield.values.items()]
        return self._attributes([*pairs, *((law, ground) for ground in shield.laws)])

    def _attributes(self, pairs: Iterable[tuple[str, str]]) -> str:
        return "".join(
            f'<Attribute name="{attribute(name)}"><Value>{text(value)}</Value></Attribute>'
            for name, value in pairs
        )

    def _case_pairs(self, case: Case) -> Pairs:
        yield from self._told(case, "case")
        yield from self._common(case.agents, case.places)
        yield from ((self._words["more"]["location"], one.place) for one in case.locations)

    def _record_pairs(self, record: Record) -> Pairs:
        yield from self._told(record, "record")
        yield from self._common(record.agents, record.places)
        yield from ((self._words["more"]["location"], one.place) for one in record.locations)

    def _told(self, thing: Case | Record, kind: str) -> Pairs:
        for field, name in self._words[kind].items():
            value = getattr(thing, field)
            if value is not None and value != "":
                yield name, str(value)

    def _common(self, agents: Iterable[Agent], places: Iterable[Place]) -> Pairs:
        """Give persons by their part in it, but no protected ones, and the places."""
        words, more = self._words["agent"], self._words["more"]
        for agent in agents:
            if agent.type in words and agent.protected_identity is None:
                yield words[agent.type], agent.name
        for place in places:
            for field in ("designation", "address"):
                value = getattr(place, field)
                if value is not None:
                    yield more[field], value


def _files(record: Record | None) -> tuple[File, ...]:
    return () if record is None else record.files
