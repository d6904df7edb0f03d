"""PREMIS beside a package: what happened to it after it was closed, by the real clock."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from leverans.contracts import PackageDescriptor
from leverans.formats.profiles import Profile
from leverans.formats.xmltext import text
from leverans.packaging.order import Organisation, Software
from leverans.packaging.premis import identifier

_CONTAINER = "container"
_SOFTWARE, _KEEPER = "software", "preservation"


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that was done to a package.

    Attributes:
        step: ``package``, ``validate`` or ``ingest``.
        at: xs:dateTime in UTC.
        outcome: ``success`` or ``failure``.
        note: what came of it, in numbers.
    """

    step: str
    at: str
    outcome: str
    note: str


def write_lifecycle(
    profile: Profile,
    package: PackageDescriptor,
    happenings: Sequence[Happening],
    software: Software,
    keeper: Organisation,
) -> bytes:
    """Write the PREMIS document of one package; it lies beside the container, never in it."""
    space, own = profile.namespaces["premis"], uuid.UUID(package.id)
    ids = {name: str(uuid.uuid5(own, name)) for name in (_CONTAINER, _SOFTWARE, _KEEPER)}
    words = profile.words["event"]
    events = "".join(_event(own, words[one.step], one, ids) for one in happenings)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<premis xmlns="{space}" xmlns:xsi="{profile.namespaces["xsi"]}" '
        f'version="{profile.versions["premis"]}">\n'
        f'<object xsi:type="intellectualEntity">{identifier("object", "UUID", package.id)}'
        "<relationship><relationshipType>structural</relationshipType>"
        "<relationshipSubType>is represented by</relationshipSubType>"
        f"{identifier('relatedObject', 'UUID', ids[_CONTAINER])}</relationship></object>\n"
        f'<object xsi:type="file">{identifier("object", "UUID", ids[_CONTAINER])}'
        "<objectCharacteristics><fixity><messageDigestAlgorithm>SHA-256</messageDigestAlgorithm>"
        f"<messageDigest>{package.sha256}</messageDigest></fixity><size>{package.size}</size><format>"
        f"<formatDesignation><formatName>{profile.media_type(package.path)}</formatName></formatDesignation>"
        "</format></objectCharacteristics><storage><contentLocation>"
        "<contentLocationType>relative path</contentLocationType>"
        f"<contentLocationValue>{text(package.path)}</contentLocationValue></contentLocation></storage></object>\n"
        f"{events}"
        f"<agent>{identifier('agent', 'UUID', ids[_SOFTWARE])}<agentName>{text(software.name)}</agentName>"
        f"<agentType>software</agentType><agentVersion>{text(software.version)}</agentVersion></agent>\n"
        f"<agent>{identifier('agent', 'UUID', ids[_KEEPER])}<agentName>{text(keeper.name)}</agentName>"
        "<agentType>organization</agentType></agent>\n</premis>\n"
    ).encode()


def _event(own: uuid.UUID, word: str, one: Happening, ids: dict[str, str]) -> str:
    agents = [_SOFTWARE, _KEEPER] if one.step == "ingest" else [_SOFTWARE]
    linked = "".join(identifier("linkingAgent", "UUID", ids[name]) for name in agents)
    return (
        f"<event>{identifier('event', 'UUID', str(uuid.uuid5(own, f'after/{one.step}')))}"
        f"<eventType>{text(word)}</eventType><eventDateTime>{text(one.at)}</eventDateTime>"
        f"<eventDetailInformation><eventDetail>{text(one.step)}</eventDetail></eventDetailInformation>"
        f"<eventOutcomeInformation><eventOutcome>{text(one.outcome)}</eventOutcome><eventOutcomeDetail>"
        f"<eventOutcomeDetailNote>{text(one.note)}</eventOutcomeDetailNote></eventOutcomeDetail>"
        f"</eventOutcomeInformation>{linked}{identifier('linkingObject', 'UUID', ids[_CONTAINER])}</event>\n"
    )
